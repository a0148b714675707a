"""A record is confirmed of a meeting that took place, and of attendance that somebody stated."""

from datetime import datetime, timedelta

import pytest

from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Conflict, Refused
from workflows.core.permissions import Caller
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.record import ConfirmRecord, SaveRecord
from workflows.meetings.record_views import RecordView, WriteRecord
from workflows.meetings.send_back import SendBackRecord
from workflows.model.meeting import Attended
from workflows.model.promise import PromiseKind
from workflows.reminders.open_days_changed import RecalculateDueTimes

OWED = (PromiseKind.RECORD, PromiseKind.CONFIRM_RECORD)


@pytest.fixture
def handed_in(hall: TownHall) -> str:
    """A meeting that has begun; its record was handed in to the chair."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.fix(meeting_id)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", True, ""), ELDERLY)
    hall.clock.set(begins(hall, meeting_id) + timedelta(minutes=10))
    hall.save_record(meeting_id)
    return meeting_id


def begins(hall: TownHall, meeting_id: str) -> datetime:
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    return slot.starts_at


def owed(hall: TownHall, meeting_id: str) -> set[PromiseKind]:
    return {p.kind for p in hall.promises(meeting_id, *OWED)}


def seen(hall: TownHall, meeting_id: str) -> RecordView:
    return hall.desk.ask(WriteRecord(meeting_id), COORDINATOR)


def presences(hall: TownHall, meeting_id: str) -> dict[str, str]:
    return {c.agency_id: c.presence for c in seen(hall, meeting_id).came}


def test_a_record_handed_in_is_taken_back_when_its_meeting_is_moved(
    hall: TownHall, handed_in: str
) -> None:
    """It did not take place: who came is blank again, the words stay, the record is owed anew."""
    assert owed(hall, handed_in) == {PromiseKind.CONFIRM_RECORD}
    before = seen(hall, handed_in)
    hall.move(handed_in, 30)
    after = seen(hall, handed_in)
    assert (before.state, after.state) == ("asked", "begun")
    assert after.cases[0].values == before.cases[0].values
    assert set(presences(hall, handed_in).values()) == {"unknown"}
    (promise,) = hall.promises(handed_in, *OWED)
    assert promise.kind is PromiseKind.RECORD
    assert promise.due_at > begins(hall, handed_in)
    hall.swear(handed_in, CHAIR)
    for version in (before.version, after.version):
        with pytest.raises(Refused, match=r"record\.not_ready"):
            hall.desk.handle(ConfirmRecord(handed_in, version), CHAIR)
        with pytest.raises(Refused, match=r"record\.not_ready"):
            hall.desk.handle(SendBackRecord(handed_in, version), CHAIR)
    hall.clock.set(begins(hall, handed_in))
    with pytest.raises(Conflict):  # a page that was open since the first day
        hall.desk.handle(SaveRecord(handed_in, before.version, {}, {}), COORDINATOR)
    hall.save_record(handed_in)
    hall.confirm_record(handed_in)
    assert seen_confirmed(hall, handed_in)


def seen_confirmed(hall: TownHall, meeting_id: str) -> bool:
    record = hall.meeting(meeting_id).record
    return record is not None and record.confirmed_at is not None


def edit(hall: TownHall, meeting_id: str, attended: dict[str, Attended] | None) -> None:
    """Make the stored record say this; with None, one that was handed in before its meeting was
    moved to another day."""
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        assert meeting.record is not None
        if attended is None:
            meeting.slots[0].starts_at += timedelta(days=10)
            meeting.slots[0].ends_at += timedelta(days=10)
        else:
            meeting.record.attended = attended
        unit.commit()
    hall.desk.handle(
        RecalculateDueTimes(f"meeting:{meeting_id}"), Caller.CLOCK
    )  # as after a restart


def test_one_handed_in_before_its_meeting_begins_is_confirmed_by_nobody(
    hall: TownHall, handed_in: str
) -> None:
    """As the version before left it, that took nothing back."""
    edit(hall, handed_in, None)
    assert begins(hall, handed_in) > hall.desk.now()
    assert owed(hall, handed_in) == {PromiseKind.RECORD}
    with pytest.raises(Refused, match=r"record\.not_ready"):
        hall.confirm_record(handed_in)


def test_a_record_confirmed_before_stays_as_it_is(hall: TownHall, handed_in: str) -> None:
    hall.confirm_record(handed_in)
    edit(hall, handed_in, {"A13": Attended("present"), "A14": Attended("present")})
    assert {c.agency_id: c.presence for c in seen(hall, handed_in).came} == {
        "A13": "present",
        "A14": "present",
    }
