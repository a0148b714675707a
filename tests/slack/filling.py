"""Forms on somebody's screen, filled and read by the names that questions have in the form."""

from collections.abc import Mapping
from typing import Any

from tests.slack.person import Person
from tests.slack.product import SlackTown


def blocks_of(person: Person) -> dict[str, str]:
    """The questions on the screen: their names in the form, with their block ids."""
    assert person.view is not None
    named = [str(b["block_id"]) for b in person.view.blocks if b["type"] == "input"]
    return {n.partition("~")[0]: n for n in named}


def put(person: Person, values: Mapping[str, Any]) -> None:
    """Fill in those of these answers that are asked on the screen."""
    here = blocks_of(person)
    person.fill({here[k]: v for k, v in values.items() if k in here})


def stands(person: Person, name: str) -> Any:
    """What stands in one question, by its name in the form."""
    assert person.view is not None
    state = person.view.raw["state"]["values"][blocks_of(person)[name]]
    element = next(iter(state.values()))
    for key in ("value", "selected_date"):
        if key in element:
            return element[key] or ""
    if "selected_options" in element:
        return [o["value"] for o in element["selected_options"]]
    return (element["selected_option"] or {}).get("value", "")


def press_token(town: SlackTown, person: Person, token: str) -> None:
    """Press a button that carries this token, as if it stood on the open view."""
    surface = person._surfaces("view")[0]
    action = {
        "type": "button",
        "action_id": "x",
        "block_id": "x",
        "value": token,
        "action_ts": town.slack.world.ts(),
    }
    person._act(surface, action)
