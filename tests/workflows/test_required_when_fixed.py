"""A required agency whose word on the fixed date is missing is asked for it, and said to be so."""

import pytest

from tests.support.people import COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import FixDate
from workflows.meetings.run import CloseAnswers, InviteAgency, UninviteAgency
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.model.promise import PromiseKind


@pytest.fixture
def fixed(hall: TownHall) -> str:
    """社協 and 地域包括 are required and can come; 基幹相談 was asked as 任意 and said nothing."""
    meeting_id = hall.convene(
        hall.open_case("A14", "A17"), required=("A13", "A14"), optional=("A17",)
    )
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    return meeting_id


def seen(hall: TownHall, meeting_id: str) -> MeetingView:
    return hall.desk.ask(GetMeeting(meeting_id), COORDINATOR)


def invites(hall: TownHall, meeting_id: str, agency_id: str, *, required: bool) -> None:
    hall.desk.handle(InviteAgency(meeting_id, agency_id, required), COORDINATOR)


def takes_off(hall: TownHall, meeting_id: str, agency_id: str) -> None:
    hall.desk.handle(UninviteAgency(meeting_id, agency_id), COORDINATOR)


def says(hall: TownHall, meeting_id: str, agency_id: str, by: str, *, comes: bool) -> None:
    hall.desk.handle(ConfirmAttendance(meeting_id, agency_id, comes), by)


def test_who_becomes_required_after_fixing_is_asked(hall: TownHall, fixed: str) -> None:
    """With the date and a deadline that is still ahead; the organiser sees that it has not said."""
    assert seen(hall, fixed).required_unanswered == ()
    slot = hall.meeting(fixed).fixed_slot
    assert slot is not None
    hall.clock.set(hall.promises(fixed, PromiseKind.ATTEND)[0].due_at)
    hall.clock.move(hours=1)
    invites(hall, fixed, "A17", required=True)
    (asked,) = hall.notices(DISABILITY, "attend_reminder")
    (owed,) = (p for p in hall.promises(fixed, PromiseKind.ATTEND) if p.agency_id == "A17")
    assert hall.clock.at < owed.due_at < slot.starts_at
    assert (asked.facts["due_at"], asked.promise) == (owed.due_at.isoformat(), owed.key)
    assert asked.facts["now_required"]
    assert seen(hall, fixed).required_unanswered == (hall.agency_name("A17"),)
    says(hall, fixed, "A17", DISABILITY, comes=True)
    assert seen(hall, fixed).required_unanswered == ()


def test_who_has_said_whether_it_comes_is_asked_no_more(hall: TownHall, fixed: str) -> None:
    """× stays ×, and is said so."""
    says(hall, fixed, "A17", DISABILITY, comes=False)
    invites(hall, fixed, "A17", required=True)
    assert not hall.notices(DISABILITY, "attend_reminder")
    assert seen(hall, fixed).required_no == (hall.agency_name("A17"),)
    assert seen(hall, fixed).required_unanswered == ()


@pytest.mark.parametrize("required", [True, False])
def test_who_is_invited_after_fixing_is_asked_in_time(
    hall: TownHall, fixed: str, required: bool
) -> None:
    """Its deadline runs from when it was asked, not from when the date was fixed."""
    takes_off(hall, fixed, "A17")
    hall.clock.set(hall.promises(fixed, PromiseKind.ATTEND)[0].due_at)
    hall.clock.move(hours=1)
    invites(hall, fixed, "A17", required=required)
    (owed,) = (p for p in hall.promises(fixed, PromiseKind.ATTEND) if p.agency_id == "A17")
    asked = hall.notices(DISABILITY, "meeting_fixed")[-1]
    assert asked.facts["attend_by"] == owed.due_at.isoformat()
    assert owed.due_at > hall.clock.at
    names = (hall.agency_name("A17"),) if required else ()
    assert seen(hall, fixed).required_unanswered == names


def test_an_agency_without_contact_is_brought_to_the_organiser(hall: TownHall, fixed: str) -> None:
    takes_off(hall, fixed, "A17")
    with hall.database.open() as unit:
        theirs = [m.id for m in unit.directory.members() if m.agency_id == "A17"]
    hall.has_left(*theirs)
    invites(hall, fixed, "A17", required=True)
    (said,) = hall.notices(COORDINATOR, "no_contact")
    assert said.facts["agency"] == hall.agency_name("A17")


def test_no_word_on_a_date_that_was_moved_is_no_word(hall: TownHall, fixed: str) -> None:
    """What was said of the old date counts for nothing."""
    hall.move(fixed, 30)
    names = {hall.agency_name("A13"), hall.agency_name("A14")}
    assert set(seen(hall, fixed).required_unanswered) == names


def test_who_is_taken_off_and_invited_again_was_required(hall: TownHall) -> None:
    """× or silence of a required agency is not gone by this way either."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    takes_off(hall, meeting_id, "A14")
    invites(hall, meeting_id, "A14", required=False)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(FixDate(meeting_id, hall.meeting(meeting_id).slots[0].id), COORDINATOR)
    assert [e.key for e in refused.value.errors] == ["fix.was_required"]
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)


def test_who_could_come_is_taken_off_and_invited_again_like_any_other(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    takes_off(hall, meeting_id, "A14")
    invites(hall, meeting_id, "A14", required=False)
    hall.fix(meeting_id)


def test_who_is_invited_after_the_answers_were_closed_is_not_asked_in_vain(hall: TownHall) -> None:
    """Nobody may answer any more: the organiser hears that, and the agency no question."""
    meeting_id = hall.convene(hall.open_case("A14", "A17"), required=("A13", "A14"))
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    invites(hall, meeting_id, "A17", required=True)
    assert not hall.notices(DISABILITY, "dates_asked")
