"""Everything that LINE WORKS is sent, at its largest, before judges who know nothing of this house.

A town in which every name has 50 letters and every list is full (tests/slack/largest_town.py) is
walked through by its people (tests/lineworks/largest_tour.py). What was sent is held against the
stand-in, the schemas of LINE WORKS's own tables and, for flex, the models of line-bot-sdk.
"""

import re
from collections.abc import Iterator

from handlers.lineworks import asking, contents, door
from handlers.lineworks.cards import plain_card
from tests.lineworks.flex import flex_faults
from tests.lineworks.largest import Collected, collecting
from tests.lineworks.largest_tour import tour
from tests.lineworks.limits import faults_in, faults_in_event, faults_in_menu
from tests.lineworks.pieces import Json
from tests.lineworks.product import LineworksTown, lineworks_product
from tests.lineworks.screen import as_text, quick_replies
from tests.slack.largest_told import KEYS, LONG_NAME
from tests.slack.largest_town import crowd, grow
from tests.slack.limits import texts_in
from tests.support.largest_notice import largest
from tests.support.town import TownHall
from workflows.model.card import Card

NUMBER = re.compile(r"R\d+-\d{4}")
DAY = re.compile(r"令和\d+年\d+月\d+日|\d+/\d+（")
TOUR = "let tests/lineworks/largest_tour.py come by it"
TYPES = {"text", "button_template", "list_template", "carousel", "flex"}
# Where a card itself says the beginning of what may be endless: all of it stands on the page.
ENDLESS = {"名" * n + "…" for n in (15, 39)}
# For whom somebody does it who is away: the beginning of the name is enough.
FOR_WHOM = re.compile("（[^（]{,11}…さんの代わりに?）")


def test_everything_that_lineworks_is_sent_is_taken_at_its_largest(hall: TownHall) -> None:
    """Every verb, notice, kind of event and reader of typed text takes part; no judge finds fault
    with what was sent, and nothing had to be cut.

    One test, because walking through the town takes longer than all the judges together.
    """
    collected = _collected(hall)
    assert collected.broken == []
    assert collected.refused == []  # by the stand-in, with LINE WORKS's numbers
    assert collected.unsent == []
    _nothing_is_missing(collected)
    _it_is_large(collected)
    assert collected.cut == []
    _nothing_needed_is_lost(collected)
    assert [fault for content in collected.contents for fault in faults_in(content)] == []
    assert [fault for one in _flex(collected) for fault in flex_faults(one["contents"])] == []
    (menu,) = collected.bodies["menu.register"]
    assert faults_in_menu(menu) == []
    events = collected.bodies["events.create"]
    assert [fault for event in events for fault in faults_in_event(event)] == []


def _collected(hall: TownHall) -> Collected:
    grow(hall)
    with lineworks_product(hall, LINEWORKS_CALENDAR="yes") as town:
        town.lineworks.rates.off()
        town.part.door.outgoing.pace.room = 10_000  # a year's messages while the clock stands
        crowded = crowd(town)
        with collecting(town) as collected:
            tour(town, crowded, collected)
    return collected


def _nothing_is_missing(collected: Collected) -> None:
    """Whatever is registered from now on is missed here until the tour comes by it."""
    reached = collected.reached
    assert set(KEYS) - collected.told.keys() == set(), TOUR
    assert door.PRESSED.keys() - reached.verbs == set(), f"{TOUR}; page_only needs a card"
    assert door.HAPPENED.keys() - reached.kinds == set(), TOUR
    assert door.NOTICES.keys() - reached.drawn == set(), TOUR
    assert {read.__name__ for _, read in door.UNDERSTOOD} - reached.readers == set(), TOUR
    assert asking.READS.keys() - reached.typed == set(), TOUR
    assert {content["type"] for content in collected.contents} == TYPES


def _it_is_large(collected: Collected) -> None:
    """Long names, full carousels, full quick replies, 20 dates."""
    everything = "\n".join(as_text(content) for content in collected.contents)
    assert LONG_NAME in everything
    columns = [len(one["columns"]) for one in collected.contents if one["type"] == "carousel"]
    assert max(columns) == contents.COLUMNS
    assert max(len(quick_replies(one)) for one in collected.contents) == contents.QUICK
    dates = [as_text(one).count("△ 必要なら出席") for one in collected.contents]
    assert max(dates) > 20
    assert "いまお尋ねする日：" in everything
    assert re.search(r"\nほかに\d\d件\n", everything)  # of the digest's waiting ones


def _nothing_needed_is_lost(collected: Collected) -> None:
    """Of a notice every word and button; of everything that waits what it is about and its day."""
    assert [
        fault for card, content in collected.told.values() for fault in _lost(card, content)
    ] == []
    shown = {text for content in collected.contents for text in texts_in(content) if "…" in text}
    for name in sorted(ENDLESS, key=len, reverse=True):
        shown = {FOR_WHOM.sub("", text).replace(name, "") for text in shown}
    # A name that is cut in a card's sentence stands whole in its facts.
    assert [text for text in shown if "…" in text and LONG_NAME not in text] == []
    for title, text in _several(collected):
        assert NUMBER.search(title), title
        assert DAY.search(text), text
    for content in _flex(collected):
        assert as_text(content).endswith("[まとめを開く]")


def _lost(card: Card, content: Json) -> Iterator[str]:
    """What of a card does not stand in its message. No file is offered where the meeting comes into
    the calendar by itself."""
    shown = as_text(content)
    words = [card.title, card.body, *(f"{heading}：{value}" for heading, value in card.facts)]
    yield from (one for one in words if one not in shown)
    needed = [action.label for action in card.actions if action.verb != "calendar"]
    yield from (label for label in needed if f"[{label}]" not in shown)


def _several(collected: Collected) -> Iterator[tuple[str, str]]:
    for content in collected.contents:
        for one in content.get("columns", []):
            yield one["title"], one["text"]
        for one in content.get("elements", []):
            yield one["title"], one["subtitle"]


def _flex(collected: Collected) -> list[Json]:
    return [content for content in collected.contents if content["type"] == "flex"]


def test_every_notice_at_its_largest_is_taken_whole(lineworks_town: LineworksTown) -> None:
    """Each key of the messages, on every rung and each way round, held against the schemas: every
    word and every button of its card is there."""
    door_of = lineworks_town.part.door
    cards = [door_of.texts.card(notice) for key in KEYS for notice in largest(key)]
    drawn = [(card, plain_card(door_of, card)) for card in cards]
    assert len(drawn) > 200
    assert [fault for _, content in drawn for fault in faults_in(content)] == []
    assert [fault for card, content in drawn for fault in _lost(card, content)] == []
