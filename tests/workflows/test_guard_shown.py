"""備考, who comes, reasons and places: no name in them reaches who may not read the case."""

from dataclasses import fields
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, MANAGER
from tests.support.spoilt import make_unreadable
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.core.messages import Command
from workflows.meetings.answer import AnswerDates, AnswerSlot
from workflows.meetings.answer_views import GetAskedDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.record import SaveRecord
from workflows.meetings.register import GetMeetings
from workflows.meetings.views import GetMeeting
from workflows.model.meeting import Attendance, Attended, Meeting, Record, SlotAnswer

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

COLLEAGUE = "M27"  # of ELDERLY's agency
PERSON: dict[str, Any] = {"name": "架空 花子", "kana": "カクウ ハナコ", "phone": "0000-12-3456"}
NAME, PHONE = "架空花子さん", "0000-12-3456"
WORD = f"{NAME}（電話{PHONE}）と伺います"
MASKED = "■■さん（電話000■■）と伺います"


@pytest.fixture
def poll(hall: TownHall) -> str:
    """地域包括 (ELDERLY) reads the case by consent; 障害 (DISABILITY) comes, and has not sworn."""
    case_id = hall.open_case("A14", **consented("A14"), **PERSON)
    return hall.convene(case_id, required=("A13", "A14", "A17"), days_ahead=(20, 21))


def slots(hall: TownHall, meeting_id: str) -> list[str]:
    return [slot.id for slot in hall.meeting(meeting_id).slots]


def answered(hall: TownHall, meeting_id: str, agency: str = "A17", **words: Any) -> AnswerDates:
    ids = slots(hall, meeting_id)
    yes, comment = dict.fromkeys(ids, "yes"), {ids[0]: words.pop("comment", "")}
    return AnswerDates(meeting_id, agency, yes, comment, **words)


def outcome(hall: TownHall, command: Command[Any], by: str, door: str = "web") -> object:
    try:
        hall.desk.handle(command, by, door=door)
    except Invalid as wrong:
        return {(e.field, e.key) for e in wrong.errors}
    return "taken"


# -- coming in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["comment", "who", "said_by"])
def test_who_reads_the_case_is_told_beside_the_field(hall: TownHall, poll: str, field: str) -> None:
    """On the dates and on 出欠: by a page or a chat, the answer is not taken with it."""
    hall.swear(poll, DISABILITY)
    ids = slots(hall, poll)
    beside = f"comment.{ids[0]}" if field == "comment" else field
    told = {(beside, "guard.name"), (beside, "guard.phone")}
    assert outcome(hall, answered(hall, poll, **{field: WORD}), DISABILITY) == told
    if field == "comment":
        assert outcome(hall, AnswerSlot(poll, "A17", ids[0], "yes", WORD), DISABILITY) == told
    assert "A17" not in hall.meeting(poll).answers
    hall.fix(poll, reason="急ぐため。")
    words: dict[str, Any] = {field: WORD}
    attend = ConfirmAttendance(poll, "A17", True, **words)
    assert outcome(hall, attend, DISABILITY) == {(field, "guard.name"), (field, "guard.phone")}


def test_who_may_not_read_it_learns_nothing_by_answering(hall: TownHall, poll: str) -> None:
    """A right and a wrong guess are taken alike, and what they wrote they see as they wrote it."""
    for guess in (NAME, "見本月子さん"):
        assert outcome(hall, answered(hall, poll, comment=guess, who=guess), DISABILITY) == "taken"
        asked = hall.desk.ask(GetAskedDates(poll), DISABILITY)
        assert {c for _, c in asked.answers.values() if c} == {guess}
        assert asked.who == guess
        seen = hall.desk.ask(GetMeeting(poll), DISABILITY)
        assert guess in {c for _, c in seen.answers.values()}


@pytest.mark.parametrize("field", ["comment", "who", "said_by"])
def test_by_a_link_a_right_guess_looks_like_a_wrong_one(
    hall: TownHall, poll: str, field: str
) -> None:
    """Even of a member who reads: whoever holds the link may be anybody."""
    hall.swear(poll, DISABILITY)
    for guess in (WORD, "見本月子さん"):
        by_link = answered(hall, poll, **{field: guess})
        assert outcome(hall, by_link, DISABILITY, "link") == "taken"
        asked = hall.desk.ask(GetAskedDates(poll), DISABILITY, door="link")
        assert guess in repr(asked)


def test_words_that_stand_there_keep_nobody_from_answering(hall: TownHall, poll: str) -> None:
    """A press in a chat sends them along: it is taken, though who presses reads the case."""
    said = answered(hall, poll, comment=WORD, who=NAME)
    assert outcome(hall, said, DISABILITY, "link") == "taken"
    hall.swear(poll, DISABILITY)
    assert outcome(hall, said, DISABILITY) == "taken"
    new = answered(hall, poll, comment=f"{WORD}。", who=NAME)
    beside = f"comment.{slots(hall, poll)[0]}"
    told = {(beside, "guard.name"), (beside, "guard.phone")}
    assert outcome(hall, new, DISABILITY) == told
    hall.fix(poll, reason="急ぐため。")
    assert outcome(hall, ConfirmAttendance(poll, "A17", True, NAME), DISABILITY) == "taken"


# -- shown -----------------------------------------------------------------------------------------


def written(hall: TownHall, meeting_id: str) -> None:
    """Words that came in by a link, in every field of dates and 出欠."""
    by_link = answered(hall, meeting_id, comment=WORD, who=NAME, said_by=NAME)
    assert outcome(hall, by_link, DISABILITY, "link") == "taken"
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id, reason="急ぐため。")
    attend = ConfirmAttendance(meeting_id, "A17", True, NAME, WORD, said_by=NAME)
    assert outcome(hall, attend, DISABILITY, "link") == "taken"


def looks(hall: TownHall, meeting_id: str, who: str, door: str = "web") -> list[object]:
    found: list[object] = [
        hall.desk.ask(GetMeeting(meeting_id), who, door=door),
        hall.desk.ask(GetMeetings(), who, door=door),
    ]
    return found


def test_it_is_masked_for_who_may_not_read_and_for_nobody_else(hall: TownHall, poll: str) -> None:
    """地域包括 and who convened read the case; the chair has not confirmed the duty yet."""
    written(hall, poll)
    for who in (COORDINATOR, ELDERLY):
        if who == ELDERLY:
            hall.swear(poll, ELDERLY)
        assert WORD in repr(looks(hall, poll, who))
    for who in (CHAIR, MANAGER):
        told = repr(looks(hall, poll, who))
        assert "架空" not in told
        assert "3456" not in told
    assert MASKED in repr(looks(hall, poll, CHAIR))
    hall.swear(poll, CHAIR)
    assert WORD in repr(looks(hall, poll, CHAIR)), "with the duty confirmed, they read"


@pytest.mark.parametrize("field", ["title", "place", "online_url", "override_reason"])
def test_what_stands_on_the_meeting_itself_is_masked_too(
    hall: TownHall, poll: str, field: str
) -> None:
    """Written by somebody who could not be told of it, or before the name was known."""
    hall.fix(poll, reason="急ぐため。")
    with hall.database.open() as unit:
        meeting = unit.meetings.get(poll, change=True)
        assert meeting is not None
        setattr(meeting, field, f"https://example.jp/{NAME}" if field == "online_url" else WORD)
        unit.commit()
    assert "架空" in repr(looks(hall, poll, COORDINATOR))
    assert "架空" not in repr(looks(hall, poll, CHAIR))


def test_what_comes_back_masked_stays_as_it_was_written(hall: TownHall) -> None:
    """A colleague corrects another date, and saves what the page showed them."""
    poll = hall.convene(hall.open_case("A17", **PERSON), days_ahead=(20, 21))
    by_link = answered(hall, poll, "A14", comment=WORD, who=NAME)
    assert outcome(hall, by_link, ELDERLY, "link") == "taken"
    asked = hall.desk.ask(GetAskedDates(poll), COLLEAGUE)
    assert MASKED in repr(asked)
    again = AnswerDates(
        poll,
        "A14",
        dict.fromkeys(asked.answers, "no"),
        {s: c for s, (_, c) in asked.answers.items()},
        asked.who,
    )
    hall.desk.handle(again, COLLEAGUE)
    kept = hall.meeting(poll).answers["A14"]
    assert {(a.comment, a.who) for a in kept.values()} == {(WORD, NAME), ("", NAME)}


def test_who_came_is_looked_at_and_masked_in_the_record(hall: TownHall, poll: str) -> None:
    hall.fix(poll, reason="急ぐため。")
    hall.clock.move(days=20, hours=5)
    hall.swear(poll, COORDINATOR)
    save = SaveRecord(poll, 0, {"A17": ("present", WORD)}, {})
    told = outcome(hall, save, COORDINATOR)
    assert told == {("A17.who", "guard.name"), ("A17.who", "guard.phone")}


def test_of_a_case_that_cannot_be_opened_every_word_is_masked(hall: TownHall, poll: str) -> None:
    """What its people are called is not known: pages and lists stand, and dates are answered."""
    written(hall, poll)
    (case_id,) = hall.case_ids()
    make_unreadable(hall, case_id, "content")
    told = repr(looks(hall, poll, CHAIR))
    assert "花子" not in told
    assert "comment='■■'" in told
    attend = ConfirmAttendance(poll, "A14", True, "代理", "遅れます。")
    assert outcome(hall, attend, ELDERLY) == "taken"


# -- nothing forgotten -----------------------------------------------------------------------------

# Every text of a meeting that somebody types, with how it is kept from who may not read the case.
SHOWN = "guard_shown.MaskedTexts"
TEXTS: dict[type[Any], dict[str, str]] = {
    Meeting: {
        "place": SHOWN,
        "online_url": SHOWN,
        "override_reason": SHOWN,
        "cancel_reason": SHOWN,
        "title": SHOWN,
    },
    SlotAnswer: {"comment": SHOWN, "who": SHOWN, "said_by": SHOWN},
    Attendance: {"comment": SHOWN, "who": SHOWN, "said_by": SHOWN},
    Attended: {"who": SHOWN},
    Record: {"summary": "guard_typing.masked_for"},
}
CODES = {
    "id", "kind", "by", "heard_by", "organiser_id", "chair_id", "organiser_agency_id",
    "chair_agency_id", "writer_id", "writer_agency_id", "outcome_told",
    "saved_by",
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS, ids=lambda k: k.__name__)
def test_every_text_of_a_meeting_is_on_the_list(kind: type[Any]) -> None:
    """A new one is refused here until it is said how it is kept from others."""
    texts = {f.name for f in fields(kind) if f.type in (str, "str")} - CODES
    assert texts == set(TEXTS[kind])
