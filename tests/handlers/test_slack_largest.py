"""Everything that Slack is sent, at its largest, before judges who know nothing of this house.

A town in which every name has 50 letters, every list is full and every form is filled to its last
letter (tests/slack/largest_*.py) is walked through by its people. What reached the stand-in is
held against the stand-in's own numbers, slackblocks (rebuilt.py) and `@slack/types` (typed.py).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.slack.door import FOR_ANYBODY, PRESSED, SUBMITTED
from handlers.slack.ui.drawing import NOTICES, POST_DRAWERS
from tests.slack.allowed import HOME, MESSAGE, MODAL
from tests.slack.largest import Collected, collecting
from tests.slack.largest_told import KEYS, LONG_NAME
from tests.slack.largest_tour import tour
from tests.slack.largest_town import NAME, WHO, crowd, grow
from tests.slack.limits import Json, texts_in
from tests.slack.made import actions, button, field, modal, option, section, select, words
from tests.slack.product import slack_product
from tests.slack.rebuilt import refusal
from tests.slack.typed import Payload, type_errors
from tests.support.town import TownHall

TOUR = "let tests/slack/largest_tour.py come by it"


def test_everything_that_slack_is_sent_is_taken_at_its_largest(
    hall: TownHall, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every verb, callback, message and kind takes part, and no judge finds fault with a payload.

    One test, because walking through the town takes longer than all the judges together.
    """
    collected = _collected(hall)
    assert collected.broken == []
    assert collected.refused == []  # by the stand-in, with Slack's numbers
    _nothing_is_missing(collected)
    _it_is_large(collected)
    _nobody_is_called_and_nobody_named(collected)
    assert [told for p in collected.payloads if (told := refusal(p))] == []
    request.getfixturevalue("slack_types")
    assert type_errors(collected.payloads, tmp_path / "types") == {}


def _collected(hall: TownHall) -> Collected:
    grow(hall)
    with slack_product(hall) as town:
        town.slack.rates.off()
        town.part.door.outgoing.pace.room = 10_000  # a year's messages while the clock stands
        with collecting(town) as collected:
            tour(town, crowd(town), collected)
    return collected


def _nothing_is_missing(collected: Collected) -> None:
    """Whatever is registered from now on is missed here until the tour comes by it."""
    reached = collected.reached
    assert collected.unsent == []
    assert set(KEYS) - collected.posted == set(), TOUR
    assert PRESSED.keys() - reached.verbs == set(), TOUR
    assert FOR_ANYBODY.keys() - reached.by_anybody == set(), TOUR
    assert SUBMITTED.keys() - reached.callbacks == set(), TOUR
    assert NOTICES.keys() - reached.drawn == set(), TOUR
    assert POST_DRAWERS.keys() - reached.kinds == set(), TOUR


def _it_is_large(collected: Collected) -> None:
    """Names of 50 letters reach every surface; 20 dates, 10 agencies and full lists are there."""
    assert len(LONG_NAME) == NAME
    seen = {kind: _written(collected, kind) for kind in (MESSAGE, MODAL, HOME)}
    shown = LONG_NAME.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown in seen[MESSAGE]
    blocks = {
        kind: max(len(p.content["blocks"]) for p in collected.payloads if p.surface == kind)
        for kind in seen
    }
    assert blocks[MESSAGE] > 15
    assert blocks[MODAL] > 55
    assert blocks[HOME] > 50
    assert any(b["type"] == "image" for p in collected.payloads for b in p.content["blocks"])
    fullest = max(_options(p.content) for p in collected.payloads)
    assert fullest > 30


def _nobody_is_called_and_nobody_named(collected: Collected) -> None:
    """Nothing that Slack would read as its own mark; of the person no word outside modals."""
    marked = [text for p in collected.payloads for text in _marked(p)]
    assert [text for text in marked if "<" in text or ">" in text] == []
    for kind in (MESSAGE, HOME):
        written = _written(collected, kind)
        assert [name for name, secret in WHO.items() if secret[:6] in written] == []
    assert WHO["name"] in _written(collected, MODAL)


def _written(collected: Collected, kind: str) -> str:
    return "\n".join(
        text for p in collected.payloads if p.surface == kind for text in texts_in(p.content)
    )


def _marked(payload: Payload) -> Iterator[str]:
    """Every text in which Slack reads its marks."""
    if payload.surface == MESSAGE:
        yield payload.content["text"]
    yield from _mrkdwn(payload.content)


def _mrkdwn(part: object) -> Iterator[str]:
    match part:
        case {"type": "mrkdwn", "text": str() as text}:
            yield text
        case dict():
            for one in part.values():
                yield from _mrkdwn(one)
        case list():
            for one in part:
                yield from _mrkdwn(one)
        case _:
            return


def _options(part: object) -> int:
    """How many choices the longest list in it has."""
    match part:
        case dict():
            own = part.get("options")
            return max([len(own or ()), *(_options(one) for one in part.values())])
        case list():
            return max((_options(one) for one in part), default=0)
        case _:
            return 0


# -- the judges can say no ------------------------------------------------------------------------

SOUND: dict[str, tuple[str, Json]] = {
    "message": (MESSAGE, {"text": "はい", "blocks": [section(), actions(button())]}),
    "modal": (MODAL, modal()),
    "home": (HOME, {"type": "home", "blocks": [section()]}),
}
WRONG_TYPE: dict[str, tuple[str, Json]] = {
    "a field that nobody knows": (MODAL, modal(colour="red")),
    "a misspelt field": (MESSAGE, {"text": "", "blocks": [actions(button(valeu="1"))]}),
    "a picture without words": (
        MESSAGE,
        {"text": "", "blocks": [{"type": "image", "image_url": "https://example.jp/a.png"}]},
    ),
    "an object for a string": (MESSAGE, {"text": words(), "blocks": []}),
    "a string for an object": (MODAL, modal(title="題")),
    "a block that nobody knows": (HOME, {"type": "home", "blocks": [{"type": "table-top"}]}),
    "an element in the wrong place": (
        MODAL,
        modal(actions({"type": "plain_text_input", "action_id": "a"})),
    ),
    "marks in a button": (MESSAGE, {"text": "", "blocks": [actions(button() | {
        "text": words("押す", "mrkdwn")})]}),
    "a style of our own": (MESSAGE, {"text": "", "blocks": [actions(button(style="quiet"))]}),
    "a modal without a title": (MODAL, {"type": "modal", "blocks": []}),
}  # fmt: skip
TOO_MUCH: dict[str, tuple[str, Json]] = {
    "101 options": (MODAL, modal(field(select(*(option(str(n)) for n in range(101)))))),
    "a title of 25 letters": (MODAL, modal(title=words("題" * 25))),
    "51 blocks in a message": (MESSAGE, {"text": "", "blocks": [section()] * 51}),
    "101 blocks in a modal": (MODAL, modal(*[section()] * 101)),
    "3,001 letters": (MESSAGE, {"text": "", "blocks": [section("あ" * 3001)]}),
    "26 buttons": (
        MESSAGE,
        {"text": "", "blocks": [actions(*(button(action_id=str(n)) for n in range(26)))]},
    ),
    "a button of 76 letters": (MESSAGE, {"text": "", "blocks": [actions(button("押" * 76))]}),
    "a question without a button": (
        MODAL,
        {k: v for k, v in modal().items() if k != "submit"},
    ),
    "a choice of 76 letters": (MODAL, modal(field(select(option("高" * 76))))),
}


def _payloads(*wanted: dict[str, tuple[str, Json]]) -> list[Payload]:
    return [Payload(name, *one) for cases in wanted for name, one in cases.items()]


def test_slacks_own_types_refuse_what_is_none_of_them(tmp_path: Path, slack_types: None) -> None:
    """What is sound is taken; each of these is refused, and told by its name."""
    found = type_errors(_payloads(SOUND, WRONG_TYPE), tmp_path / "types")
    assert found.keys() == WRONG_TYPE.keys()


@pytest.mark.parametrize("payload", _payloads(SOUND), ids=lambda p: p.name)
def test_slackblocks_builds_what_is_sound_as_it_was(payload: Payload) -> None:
    assert refusal(payload) == ""


@pytest.mark.parametrize("payload", _payloads(TOO_MUCH), ids=lambda p: p.name)
def test_slackblocks_refuses_what_is_too_much(payload: Payload) -> None:
    assert refusal(payload) != ""


def test_a_payload_is_compared_word_for_word() -> None:
    """slackblocks says nothing about what it leaves out: we see it."""
    view = modal(field({"type": "plain_text_input", "action_id": "type", "colour": "red"}))
    assert refusal(Payload("view", MODAL, view)) != ""
