"""Who came to a meeting is what somebody said, never what was usual: docs/rules.md 12."""

from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, FARMING
from tests.support.town import TownHall
from workflows.cases.disclosures import GetDisclosures
from workflows.core.errors import Invalid, Refused
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.record import ConfirmRecord, SaveRecord, TakeOverWriting
from workflows.meetings.record_views import GetRecord, PreviewRecord, RecordView, WriteRecord
from workflows.model.meeting import Attended, Meeting

COME = ("A13", "A14", "A20")


@pytest.fixture
def held(hall: TownHall) -> str:
    """A meeting whose hour has passed; nobody said beforehand whether they come."""
    case_id = hall.open_case("A14", name="浮舟はつ江", **consented(*COME))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id, required=COME)
    hall.fix(meeting_id, reason="急ぐため。")
    return meeting_id


def chair_agency(hall: TownHall) -> str:
    with hall.database.open() as unit:
        chair = unit.directory.member(CHAIR)
    assert chair is not None
    return chair.agency_id


def begins(hall: TownHall, meeting_id: str) -> None:
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.swear(meeting_id, CHAIR, COORDINATOR)


def write(hall: TownHall, meeting_id: str) -> RecordView:
    return hall.desk.ask(WriteRecord(meeting_id), COORDINATOR)


def decided(meeting: Meeting) -> dict[str, Any]:
    return {i.case_id: {"decisions": [{"text": "見守る。"}]} for i in meeting.agenda}


def save(
    hall: TownHall, meeting_id: str, came: dict[str, tuple[str, str]], *, ready: bool = True
) -> int:
    meeting = hall.meeting(meeting_id)
    version = meeting.record.version if meeting.record else 0
    command = SaveRecord(meeting_id, version, came, decided(meeting), ready)
    return hall.desk.handle(command, COORDINATOR).version


def edit(hall: TownHall, meeting_id: str, **attended: Attended) -> None:
    """Make the stored record one of an earlier version."""
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        assert meeting.record is not None
        meeting.record.attended = dict(attended)
        unit.commit()


def test_nobodys_answer_stays_blank_in_the_draft(hall: TownHall, held: str) -> None:
    """Neither 出席 nor 欠席; the chair's own agency stands in the list though nobody invited it."""
    begins(hall, held)
    came = {c.agency_id: c.presence for c in write(hall, held).came}
    assert set(came.values()) == {"unknown"}
    chairs = chair_agency(hall)
    assert chairs not in COME
    assert set(came) == {*COME, chairs}


def test_a_word_said_beforehand_is_a_hint_and_no_statement(hall: TownHall, held: str) -> None:
    """○ and × to the date, 出席 and 欠席 of 出欠 stand beside the field; the field stays blank."""
    hall.desk.handle(ConfirmAttendance(held, "A14", True, "高橋"), ELDERLY)
    hall.desk.handle(ConfirmAttendance(held, "A20", False), FARMING)
    begins(hall, held)
    found = {c.agency_id: c for c in write(hall, held).came}
    assert {c.presence for c in found.values()} == {"unknown"}
    assert (found["A14"].said, found["A14"].said_who) == ("comes", "高橋")
    assert found["A20"].said == "absent"
    assert found["A13"].said == ""


def test_who_answered_no_to_the_very_date_is_not_drafted_as_present(hall: TownHall) -> None:
    """The × is shown beside it."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=["A13"], optional=["A14", "A20"])
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    hall.answer(meeting_id, "A20", by=FARMING)
    hall.fix(meeting_id, reason="急ぐため。")
    begins(hall, meeting_id)
    found = {c.agency_id: c for c in write(hall, meeting_id).came}
    assert (found["A14"].presence, found["A14"].answered) == ("unknown", "no")
    assert (found["A20"].presence, found["A20"].answered) == ("unknown", "yes")
    assert found["A13"].answered == ""


def test_a_blank_blocks_handing_in_with_each_field_named(hall: TownHall, held: str) -> None:
    """It may be saved unfinished; ready it names every agency of which nobody said anything."""
    begins(hall, held)
    assert save(hall, held, {"A14": ("present", "")}, ready=False) == 1
    with pytest.raises(Invalid) as wrong:
        save(hall, held, {"A14": ("present", "")})
    chairs = chair_agency(hall)
    fields = {e.field for e in wrong.value.errors}
    assert fields == {f"{a}.presence" for a in ("A13", "A20", chairs)}
    assert {e.key for e in wrong.value.errors} == {"record.who_came"}
    everybody = dict.fromkeys(("A13", "A14", chairs), ("present", ""))
    save(hall, held, everybody | {"A20": ("absent", "")})
    hall.confirm_record(held)


def test_a_choice_can_be_taken_back_to_blank(hall: TownHall, held: str) -> None:
    """A slip has its way back; what a door did not ask stays."""
    begins(hall, held)
    save(hall, held, {"A14": ("absent", ""), "A20": ("present", "")}, ready=False)
    save(hall, held, {"A14": ("unknown", "")}, ready=False)
    kept = {c.agency_id: c.presence for c in write(hall, held).came}
    assert (kept["A14"], kept["A20"]) == ("unknown", "present")


def test_a_blank_blocks_confirming_whatever_stands_ready(hall: TownHall, held: str) -> None:
    """A record handed in by an earlier version may lack agencies: the chair is told which."""
    begins(hall, held)
    hall.save_record(held)
    edit(hall, held, A13=Attended("present"), A14=Attended("present"))
    record = hall.meeting(held).record
    assert record is not None
    with pytest.raises(Refused) as blank:
        hall.desk.handle(ConfirmRecord(held, record.version), CHAIR)
    assert blank.value.key == "record.who_came_of"
    names = [hall.agency_name("A20"), hall.agency_name(chair_agency(hall))]
    assert set(blank.value.facts["agencies"]) == set(names)  # type: ignore[call-overload]


def test_a_confirmed_record_of_before_keeps_what_it_says(hall: TownHall, held: str) -> None:
    """What is stored stays; an agency of which it says nothing is not known."""
    begins(hall, held)
    hall.save_record(held)
    hall.confirm_record(held)
    edit(hall, held, A13=Attended("present"), A14=Attended("absent"))
    seen = hall.desk.ask(GetRecord(held), CHAIR)
    assert {c.agency_id: c.presence for c in seen.came} == {
        "A13": "present",
        "A14": "absent",
        "A20": "unknown",
    }
    assert (seen.summary["came"], seen.summary["not_known"]) == (1, 1)


def test_a_draft_that_nobody_saved_states_nothing(hall: TownHall, held: str) -> None:
    """Naming a writer began a record; one of an earlier version then said 出席 of everybody, or
    what each had said beforehand."""
    hall.desk.handle(TakeOverWriting(held, ELDERLY), COORDINATOR)
    said = {"A14": Attended("present", "高橋"), "A20": Attended("absent")}
    edit(hall, held, A13=Attended("present"), **said)
    begins(hall, held)
    assert {c.presence for c in write(hall, held).came} == {"unknown"}
    with pytest.raises(Invalid) as wrong:
        save(hall, held, {})
    assert len(wrong.value.errors) == 4


def test_the_preview_counts_nobody_of_whom_nothing_was_said(hall: TownHall, held: str) -> None:
    """What the chat would show: how many came, how many are not known yet."""
    begins(hall, held)
    meeting = hall.meeting(held)
    facts = hall.desk.ask(
        PreviewRecord(held, {"A14": ("present", "")}, decided(meeting)), COORDINATOR
    )
    assert (facts["came"], facts["invited"], facts["not_known"]) == (1, 4, 3)


def test_a_disclosure_says_only_what_somebody_stated(hall: TownHall, held: str) -> None:
    """Of a blank it says nothing; the chair's agency, which was there, is among those told."""
    begins(hall, held)
    save(hall, held, {"A14": ("present", ""), "A20": ("absent", "")}, ready=False)
    case_id = hall.meeting(held).agenda[0].case_id

    def of(agency: str) -> tuple[str, list[str]]:
        seen = hall.desk.ask(GetDisclosures(case_id), COORDINATOR)
        named = [a for m in seen.meetings for a in m.attendees if a.agency == agency]
        told = [t.what for a in named for t in a.told]
        return (named[0].presence if named else "", [w for w in told if w == "sitting"])

    assert of(hall.agency_name("A14")) == ("present", ["sitting"])
    assert of(hall.agency_name("A13")) == ("", [])
    assert of(hall.agency_name("A20")) == ("absent", [])
    chairs = chair_agency(hall)
    assert of(hall.agency_name(chairs)) == ("", [])
    save(hall, held, {chairs: ("present", "")}, ready=False)
    assert of(hall.agency_name(chairs)) == ("present", ["sitting"])


def test_a_chair_who_is_not_named_was_not_told_a_restricted_case(hall: TownHall) -> None:
    """docs/rules.md 7: to sit at the table is not to hear of whom one may not see."""
    case_id = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, required=["A13", "A14"])
    hall.fix(meeting_id, reason="急ぐため。")
    begins(hall, meeting_id)
    hall.save_record(meeting_id)
    seen = hall.desk.ask(GetDisclosures(case_id), COORDINATOR)
    chairs = hall.agency_name(chair_agency(hall))
    named = CHAIR in hall.case(case_id).named_member_ids
    told = [t for m in seen.meetings for a in m.attendees if a.agency == chairs for t in a.told]
    assert bool(told) is named
