"""Anybody presses any button of anybody's about anything, and types anything into what opens.

A token carries no right: whoever presses is asked for at the desk. The stand-ins refuse what Slack
and LINE WORKS would refuse, so that a text that is shown again too long is found as well.
"""

import random
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.attack.test_fuzz_pages import COLLEAGUE, MEMBERS, SECRETS
from tests.lineworks.product import LineworksTown
from tests.slack.fields import LISTS, Field, fields_of, state_key
from tests.slack.person import Person
from tests.slack.product import SlackTown
from tests.slack.screen import options_of
from tests.support.chat_town import ChatTown
from tests.support.people import ELDERLY, OTHER_COORDINATOR

PRESSES: Final = 40  # of a round
CALLERS: Final = (*MEMBERS, OTHER_COORDINATOR, OTHER_COORDINATOR, COLLEAGUE)
DEEP: Final = 3  # how often what opened is submitted

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


def _open_cases(town: ChatTown) -> str:
    """One case under way and a restricted one, with a meeting on each; the latter's id."""
    restricted = town.open_case("A14", danger="yes", **SECRETS)
    case_id = town.open_case("A14", "A19")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    for one in (case_id, restricted):
        town.convene(one)
    return restricted


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
    for who in MEMBERS:
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
def test_whoever_presses_whatever_in_slack_and_types_anything_learns_and_breaks_nothing(
    slack_town: SlackTown, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Every answer is one that Slack takes, nothing fails, and no word of a restricted case is on
    the screen of whoever was never named on it."""
    dice, town = random.Random(seed), slack_town
    restricted = _open_cases(town)
    secrets = (*SECRETS.values(), town.case(restricted).number)
    buttons = _drawn(town)
    knows: set[str] = set()
    for _ in range(PRESSES):
        person = town.person(who := dice.choice(CALLERS))
        if person.view and dice.random() < 0.7:
            person.close_view(everything=True)
        label = dice.choice(sorted({one["text"]["text"] for one in buttons}))
        button = dice.choice([one for one in buttons if one["text"]["text"] == label])
        wrong = (seed, who, button)
        _press(town, person, button)
        for _ in range(DEEP):
            if person.view:
                _go_on(dice, person)
        knows |= set(town.case(restricted).named_member_ids)
        if who not in knows:
            seen = person.screen_text() if person.view else ""
            seen += str(person.messages()) + str(person.ephemerals())
            assert not [word for word in secrets if word in seen], wrong
        assert "failed" not in caplog.text, (wrong, caplog.text)
    town.settle()
    assert not any(word in caplog.text for word in SECRETS.values())


def _actions(shown: Any) -> Iterator[dict[str, Any]]:
    """What can be pressed in a message of LINE WORKS, at any depth."""
    match shown:
        case {"type": "postback", "data": str()} | {"type": "message", "postback": str()}:
            yield shown
        case dict():
            for one in shown.values():
                yield from _actions(one)
        case list():
            for one in shown:
                yield from _actions(one)
        case _:
            return


@pytest.mark.parametrize("seed", seeds(1))
def test_whoever_presses_whatever_in_line_works_and_says_anything_learns_and_breaks_nothing(
    lineworks_town: LineworksTown, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The same; what is drawn for one may be pressed by another, and more comes of it to press."""
    dice, town = random.Random(seed), lineworks_town
    restricted = _open_cases(town)
    secrets = (*SECRETS.values(), town.case(restricted).number)
    town.tick()
    people = {who: town.person(who) for who in MEMBERS}
    knows: set[str] = set()
    for _ in range(PRESSES):
        person = people[who := dice.choice(CALLERS)]
        drawn = [m.content for one in people.values() for m in one.messages() if m.by == "bot"]
        there = [*_actions(drawn), *_actions(person._menu())]
        said: object
        if there and dice.random() < 0.7:
            action = said = dice.choice(there)
            person._act(action, "", quick=dice.random() < 0.5)
        else:
            text = said = odd(dice)[:2_000]
            person.say(text)
        town.settle()
        knows |= set(town.case(restricted).named_member_ids)
        wrong = (seed, who, said)
        if who not in knows:
            seen = "".join(str(m.content) for m in person.messages() if m.by == "bot")
            assert not [word for word in secrets if word in seen], wrong
        assert "failed" not in caplog.text, (wrong, caplog.text)
    assert not any(word in caplog.text for word in SECRETS.values())
