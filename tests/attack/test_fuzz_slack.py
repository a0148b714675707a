"""Anybody presses any button of anybody's about anything, and types anything into what opens.

A token carries no right: whoever presses is asked for at the desk. The stand-in refuses what Slack
would refuse, so that a text that is shown again too long is found as well.
"""

import random
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.attack.test_fuzz_pages import SECRETS
from tests.slack.fields import LISTS, Field, fields_of, state_key
from tests.slack.person import Person
from tests.slack.product import SlackTown
from tests.slack.screen import options_of
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, LIVELIHOOD, MANAGER, OUTSIDER

PRESSES: Final = 40  # of a round
DEEP: Final = 3  # how often what opened is submitted
CALLERS: Final = (COORDINATOR, CHAIR, MANAGER, ELDERLY, LIVELIHOOD, OUTSIDER)

pytestmark = [pytest.mark.attack(Kind.FUZZ), pytest.mark.timeout(600)]


def _state(dice: random.Random, one: Field) -> dict[str, Any] | None:
    """What somebody could put into this field; None: they leave it."""
    kind = one.element["type"]
    options = options_of(one.element)
    match kind:
        case "plain_text_input" | "number_input" | "email_text_input" | "url_text_input":
            value: Any = odd(dice)[: one.element.get("max_length", 3_000)]
        case "datepicker":
            value = dice.choice((None, "2026-12-01", "0001-01-01", "9999-12-31"))
        case "timepicker":
            value = dice.choice((None, "00:00", "23:59"))
        case _ if not options:
            return None
        case _ if kind in LISTS:
            value = dice.sample(options, dice.randint(0, len(options)))
        case _:
            value = dice.choice(options)
    return {"type": kind, state_key(kind): value}


def _typed(dice: random.Random, person: Person) -> None:
    """Fill some fields of what is open, without what Slack sends while somebody types."""
    (surface, *_) = person._surfaces("view")
    for one in fields_of(surface.blocks):
        if dice.random() < 0.7 and (state := _state(dice, one)):
            surface.values.put(one.key, state)


def _buttons(shown: Any) -> Iterator[dict[str, Any]]:
    """The buttons in what somebody sees, at any depth."""
    match shown:
        case {"type": "button", "value": str()}:
            yield {k: v for k, v in shown.items() if k != "confirm"}
        case dict():
            for one in shown.values():
                yield from _buttons(one)
        case list():
            for one in shown:
                yield from _buttons(one)
        case _:
            return


def _drawn(town: SlackTown) -> list[dict[str, Any]]:
    """Every button that the bot put up for any of them, on their home or in a message."""
    town.tick()
    found: list[dict[str, Any]] = []
    for who in CALLERS:
        person = town.person(who)
        person.open_home()
        found += _buttons([person.home.blocks if person.home else [], person.messages()])
    return found


def _press(town: SlackTown, person: Person, button: dict[str, Any]) -> None:
    """As if somebody had sent it on to them."""
    block = {"type": "actions", "block_id": "b", "elements": [button]}
    message = town.slack.world.post(town.slack.world.dm(person.id), {"blocks": [block]})
    person.press(button["text"]["text"], in_={**message, "channel": person.dm_id})


def _go_on(dice: random.Random, person: Person) -> None:
    """Press something in what is open, or type into it and hand it in."""
    view = person.view
    assert view is not None
    inside = [one for one in _buttons(view.blocks) if "url" not in one]
    if inside and dice.random() < 0.5:
        person.press(dice.choice(inside)["text"]["text"], in_="view")
    elif view.raw["submit"]:
        _typed(dice, person)
        person.submit()


@pytest.mark.parametrize("seed", seeds(1))
def test_whoever_presses_whatever_and_types_anything_learns_nothing_and_breaks_nothing(
    slack_town: SlackTown, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Every answer is one that Slack takes, nothing fails, and no word of a restricted case is on
    the screen of whoever was never named on it."""
    dice, town = random.Random(seed), slack_town
    restricted = town.open_case("A14", danger="yes", **SECRETS)
    case_id = town.open_case("A14", "A19")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    for one in (case_id, restricted):
        town.convene(one)
    buttons = _drawn(town)
    knows: set[str] = set()
    for _ in range(PRESSES):
        person = town.person(who := dice.choice(CALLERS))
        if person.view and dice.random() < 0.7:
            person.close_view(everything=True)
        button = dice.choice(buttons)
        wrong = (seed, who, button)
        _press(town, person, button)
        for _ in range(DEEP):
            if person.view:
                _go_on(dice, person)
        knows |= set(town.case(restricted).named_member_ids)
        if who not in knows:
            seen = person.screen_text() if person.view else ""
            seen += str(person.messages()) + str(person.ephemerals())
            assert not [word for word in SECRETS.values() if word in seen], wrong
        assert "failed" not in caplog.text, (wrong, caplog.text)
    town.settle()
    assert not any(word in caplog.text for word in SECRETS.values())
