"""What was asked for and is over is asked for no more: every kind of news, every way it can end.

In Slack the card is drawn anew, in the inbox it is shown as settled; LINE WORKS' cards stay as they
are, see test_lineworks_old_buttons.py, and a mail's page is asked again each time it is opened.
"""

from typing import Final

from handlers.slack.door import SLACK
from tests.slack.limits import Json
from tests.slack.product import SlackTown
from tests.slack.screen import words_in
from tests.support.notice_endings import (
    LEADS_ON,
    OF_RECORDS,
    Walk,
    asked_on_page,
    asking,
    asking_of_case,
    asking_of_meeting,
)
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, MANAGER, OTHER_COORDINATOR
from tests.support.web import TownSeat
from workflows.absences.enter import EndAbsence, SaveAbsence
from workflows.cases.merge_cases import MergeCases
from workflows.core.permissions import Caller
from workflows.directory.link_account import RefuseAccountRequest, RequestAccountLink
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import UninviteAgency
from workflows.model.promise import PromiseKind

HERE: Final = "A14"
COLLEAGUE: Final = "M27"  # of the same agency as ELDERLY
RECORDS: Final = frozenset({"confirm_record", "record_ask", "record_returned"})


def asks_nothing_in_the_inbox(walk: Walk, member_id: str) -> None:
    """Of all that was put up for them last; what was told since is news of its own."""
    seat = TownSeat(walk.town.app)
    seat.sign_in(walk.town, member_id)  # anew: time may have gone by
    news = walk.articles(seat.text("/"))
    assert news
    assert {a: found for a in news if (found := asked_on_page(a))} == {}


def said(card: Json) -> str:
    return "\n".join(words_in(card["blocks"]))


def some(keys: dict[str, PromiseKind | None]) -> dict[str, PromiseKind | None]:
    return dict(list(keys.items())[::5])


# -- on a case ------------------------------------------------------------------------------------


def closed(town: SlackTown, case_id: str) -> None:
    town.close(case_id)


def merged(town: SlackTown, case_id: str) -> None:
    other = town.case(town.open_case("A14")).number
    town.desk.handle(MergeCases(case_id, other), COORDINATOR)


def restricted(town: SlackTown, case_id: str) -> None:
    town.edit(case_id, by=COORDINATOR, danger="yes")


def left(town: SlackTown, case_id: str) -> None:
    town.has_left(ELDERLY)
    town.clock.move(days=1)  # whoever leaves works here till the end of a day


def test_what_a_case_asked_for_is_over_with_it(slack_town: SlackTown) -> None:
    """Closed, merged into another one, shut for the reader, or the reader works here no more."""
    walk, every = Walk(slack_town), asking_of_case()
    ways = (
        (closed, ELDERLY),
        (merged, COORDINATOR),
        (restricted, OTHER_COORDINATOR),
        (left, ELDERLY),
    )
    for ends, reader in ways:
        keys = every if ends is closed else some(every)  # for the others all are alike
        case_id = slack_town.open_case("A14", by=COORDINATOR)
        slack_town.reply(case_id, "A14", "partly", by=ELDERLY)
        walk.put(keys, reader, case_id=case_id, agency="A14")
        before = walk.cards(reader, case_id)
        asked = [key for key, card in before.items() if asking(card)]
        assert len(asked) >= len(keys) / 3, "they ask till then"
        ends(slack_town, case_id)
        slack_town.tick()
        cards = {k: c for k, c in walk.cards(reader, case_id).items() if k in keys}
        assert {k: found for k, c in cards.items() if (found := asking(c))} == {}, ends
        for card in walk.gone:
            assert asking(card) == [], card["text"]
        assert bool(cards) == (ends in (closed, merged)), "of what one may see the card stays"
        if ends in (closed, merged):
            asks_nothing_in_the_inbox(walk, reader)


# -- at a meeting ---------------------------------------------------------------------------------


def cancelled(town: SlackTown, meeting_id: str) -> None:
    town.desk.handle(CancelMeeting(meeting_id, "事情が変わったため。"), COORDINATOR)


def uninvited(town: SlackTown, meeting_id: str) -> None:
    town.desk.handle(UninviteAgency(meeting_id, HERE), COORDINATOR)


def recorded(town: SlackTown, meeting_id: str) -> None:
    town.save_record(meeting_id)
    town.confirm_record(meeting_id)


def passed(town: SlackTown, meeting_id: str) -> None:
    """Nothing is done: it is over, and its record is all that is left to write."""
    slot = town.meeting(meeting_id).fixed_slot
    assert slot is not None
    town.clock.at = slot.ends_at


def test_what_a_meeting_asked_for_is_over_with_it(slack_town: SlackTown) -> None:
    """Cancelled, the reader not invited any more, over while its record is owed, and recorded."""
    town, walk = slack_town, Walk(slack_town)
    records = {k for k, kind in asking_of_meeting().items() if kind in OF_RECORDS} | RECORDS
    ways = (((uninvited,), ELDERLY), ((cancelled,), COORDINATOR), ((passed, recorded), COORDINATOR))
    for number, (endings, reader) in enumerate(ways):
        case_id = town.open_case("A14", by=COORDINATOR)
        meeting_id = town.convene(
            case_id, required=("A13", "A14"), days_ahead=(20,), starts=f"{9 + number}:00"
        )
        town.fix(meeting_id)
        keys = asking_of_meeting() if uninvited not in endings else some(asking_of_meeting())
        walk.put(keys, reader, meeting_id=meeting_id, agency="A14")
        before = walk.cards(reader, meeting_id=meeting_id)
        asked = [key for key, card in before.items() if asking(card)]
        assert len(asked) >= len(keys) / 3, "they ask till then"
        for ends in endings:
            ends(town, meeting_id)
            town.tick()
            found = walk.cards(reader, meeting_id=meeting_id)
            keys_over = set(keys) - (records if ends is passed else set())
            assert {k: a for k, c in found.items() if k in keys_over and (a := asking(c))} == {}, (
                ends
            )
            for card in walk.gone:
                assert asking(card) == [], card["text"]
        asks_nothing_in_the_inbox(walk, reader)


# -- in the town ----------------------------------------------------------------------------------


def test_news_of_two_things_stands_side_by_side_and_what_is_settled_says_so(
    slack_town: SlackTown,
) -> None:
    """Two weeks' digests and two accounts that ask, each with its own card; a trouble that is told
    anew has one. An account that was answered elsewhere asks no more, after five minutes."""
    town, walk = slack_town, Walk(slack_town)
    for on in ("2026-11-16", "2026-11-24"):
        walk.put({"weekly_digest": None}, MANAGER, once=on, on=on)
    for user in ("U0ONE", "U0TWO"):
        town.desk.handle(RequestAccountLink(SLACK, user, "山田"), Caller.DOOR)
    for day in ("20", "21"):
        walk.put({"channel_trouble": None}, ADMINISTRATOR, once=f"slack:x::2026-11-{day}")
    town.tick()
    digests = [m for m in town.person(MANAGER).messages() if "週次のまとめ" in m["text"]]
    assert [LEADS_ON in m["text"] for m in digests] == [False, False]
    asked = [m for m in town.person(ADMINISTRATOR).messages() if "登録の依頼" in m["text"]]
    assert [asking(m)[1] for m in asked] == ["page:accounts"] * 2
    over = [m for m in town.person(ADMINISTRATOR).messages() if LEADS_ON in m["text"]]
    assert len(over) == 1, "the older card of the trouble leads to the newer one"
    town.desk.handle(RefuseAccountRequest(SLACK, "U0ONE"), ADMINISTRATOR)
    town.clock.move(minutes=5)
    town.tick()
    asked = [m for m in town.person(ADMINISTRATOR).messages() if "登録の依頼" in m["text"]]
    assert sorted(bool(asking(m)) for m in asked) == [False, True]
    assert sum("対応は済んでいます" in m["text"] for m in asked) == 1


def test_a_card_that_was_pressed_after_the_end_leads_to_how_it_is(slack_town: SlackTown) -> None:
    """On a screen that shows the card as it was, 出席 is pressed when the meeting has been: it is
    told so, and nothing is kept."""
    town = slack_town
    meeting_id = town.convene(town.open_case("A14"), required=("A13", "A14"))
    town.fix(meeting_id)
    town.tick()
    person = town.person(ELDERLY)
    old = next(m for m in reversed(person.messages()) if "日程が決まりました" in m["text"])
    assert {"attend_as", "attend"} <= set(asking(old))
    passed(town, meeting_id)
    town.tick()
    new = next(m for m in person.messages() if m["ts"] == old["ts"])
    assert asking(new) == []
    person.press("attend_as.yes", in_=old)
    assert "終わりました" in str(person.ephemerals()[-1])
    assert town.meeting(meeting_id).invites[1].attendance is None


# -- an absence -----------------------------------------------------------------------------------


def test_the_card_of_an_absence_says_at_once_that_it_is_over(slack_town: SlackTown) -> None:
    """The deputy's first card is drawn anew as the absence is ended, not on its last day."""
    absence_id = slack_town.desk.handle(SaveAbsence(ELDERLY, "11/20", "12/4", COLLEAGUE), ELDERLY)
    slack_town.tick()
    (card,) = slack_town.person(COLLEAGUE).messages()
    assert "代わりの期間は終わりました" not in said(card)
    slack_town.desk.handle(EndAbsence(ELDERLY, absence_id), ELDERLY)
    slack_town.tick()
    cards = {one["ts"]: said(one) for one in slack_town.person(COLLEAGUE).messages()}
    assert "代わりの期間は終わりました" in cards[card["ts"]]
