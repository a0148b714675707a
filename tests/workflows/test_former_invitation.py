"""What stood at a meeting before an agency, or a case, was taken off it: who reads it."""

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, MANAGER, OTHER_COORDINATOR
from tests.support.town import TownHall
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import shown_in
from workflows.meetings.answer import AnswerDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.preparation import GetPreparations, Preparations, SavePreparation
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import InviteAgency, UninviteAgency
from workflows.meetings.views import GetMeeting, MeetingView

WORDS, ANEW = "初めに書いたこと。", "書き直したこと。"


@pytest.fixture
def case_id(hall: TownHall) -> str:
    return hall.open_case("A14", "A17", **consented("A13", "A14", "A17"))


@pytest.fixture
def meeting_id(hall: TownHall, case_id: str) -> str:
    """A 支援会議 by consent, for which 地域包括 has prepared, twice."""
    found = hall.convene(case_id, bases=("multi_layered",), required=("A13", "A14", "A17"))
    hall.swear(found, ELDERLY, COORDINATOR, CHAIR, DISABILITY)
    for words in (WORDS, ANEW):
        prepare(hall, found, words)
        hall.clock.move(minutes=5)
    return found


def prepare(hall: TownHall, meeting_id: str, words: str, by: str = ELDERLY) -> None:
    hall.desk.handle(SavePreparation(meeting_id, "R8-0001", {"household_view": words}), by)


def sheets(hall: TownHall, meeting_id: str, by: str) -> Preparations:
    return hall.desk.ask(GetPreparations(meeting_id, "R8-0001"), by, door="web")


def seen(hall: TownHall, meeting_id: str, by: str) -> MeetingView:
    return hall.desk.ask(GetMeeting(meeting_id), by, door="web")


def take_off(hall: TownHall, meeting_id: str, agency_id: str = "A14") -> None:
    hall.desk.handle(UninviteAgency(meeting_id, agency_id), COORDINATOR)


def answer(hall: TownHall, meeting_id: str, comment: str, by: str = ELDERLY) -> None:
    first, *others = (s.id for s in hall.meeting(meeting_id).slots)
    symbols = {first: "maybe"} | dict.fromkeys(others, "yes")
    command = AnswerDates(meeting_id, "A14", symbols, {first: comment}, who="日向坂")
    hall.desk.handle(command, by)


# -- sheets ---------------------------------------------------------------------------------------


def test_what_was_written_anew_is_read_by_who_wrote_it_and_who_runs_the_meeting(
    hall: TownHall, meeting_id: str
) -> None:
    """Everybody else who attends reads what stands there now, as before."""
    mine = sheets(hall, meeting_id, ELDERLY).mine
    assert mine is not None
    assert mine.values["household_view"] == ANEW
    assert [e.values["household_view"] for e in mine.earlier] == [WORDS]
    (one,) = sheets(hall, meeting_id, COORDINATOR).others
    assert [e.values["household_view"] for e in one.earlier] == [WORDS]
    (one,) = sheets(hall, meeting_id, DISABILITY).others
    assert (one.values["household_view"], one.earlier, one.former) == (ANEW, (), False)


def test_the_sheet_of_an_agency_that_was_taken_off_is_marked(
    hall: TownHall, meeting_id: str
) -> None:
    """It reads nothing there any more itself; invited once more its own, marked no more."""
    take_off(hall, meeting_id)
    for reader in (COORDINATOR, DISABILITY):
        (one,) = sheets(hall, meeting_id, reader).others
        assert one.former
    with pytest.raises((NotAllowed, NotFound)):
        sheets(hall, meeting_id, ELDERLY)
    hall.desk.handle(InviteAgency(meeting_id, "A14", True), COORDINATOR)
    (one,) = sheets(hall, meeting_id, COORDINATOR).others
    assert not one.former


def test_what_was_prepared_for_a_case_that_was_taken_off_is_read_by_who_may_still(
    hall: TownHall, case_id: str, meeting_id: str
) -> None:
    """The person withdrew; the coordinator who runs it answers for the person, and reads it. Who
    was shut out reads nothing, and nobody writes there."""
    hall.consent(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    assert hall.meeting(meeting_id).item(case_id) is None
    assert seen(hall, meeting_id, COORDINATOR).former_cases == ("R8-0001",)
    found = sheets(hall, meeting_id, COORDINATOR)
    assert (found.off_agenda, found.may_write) == (True, False)
    assert [o.values["household_view"] for o in found.others] == [ANEW]
    look = [e for e in hall.events(case_id) if e.actor_id == COORDINATOR][-1]
    assert [(s.part, s.fields) for s in shown_in(look.facts) or ()] == [("preparations", ("A14",))]
    for shut in (ELDERLY, DISABILITY, CHAIR):
        with pytest.raises((NotAllowed, NotFound)):
            sheets(hall, meeting_id, shut)
    assert seen(hall, meeting_id, CHAIR).former_cases == ()
    with pytest.raises((NotFound, Refused)):
        prepare(hall, meeting_id, "あとから。", by=COORDINATOR)


def test_of_a_restricted_case_the_named_alone_read_it(
    hall: TownHall, case_id: str, meeting_id: str
) -> None:
    hall.consent(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    hall.edit(case_id, danger="yes")
    assert seen(hall, meeting_id, COORDINATOR).former_cases == ("R8-0001",)
    hall.desk.handle(NameMember(case_id, OTHER_COORDINATOR, True), COORDINATOR)
    hall.desk.handle(NameMember(case_id, COORDINATOR, False), OTHER_COORDINATOR)
    assert seen(hall, meeting_id, COORDINATOR).former_cases == ()
    with pytest.raises((NotAllowed, NotFound)):
        sheets(hall, meeting_id, COORDINATOR)


# -- answers --------------------------------------------------------------------------------------


def test_what_an_agency_had_answered_is_read_by_who_runs_the_meeting(
    hall: TownHall, meeting_id: str
) -> None:
    answer(hall, meeting_id, "午後は難しいです。")
    take_off(hall, meeting_id)
    for runs in (COORDINATOR, CHAIR):
        (one,) = seen(hall, meeting_id, runs).former_agencies
        assert (one.agency, one.who) == ("地域包括支援センターひだまり", "日向坂")
        first = one.answers[0]
        assert (first.symbol, first.comment) == ("maybe", "午後は難しいです。")
        assert first.starts_at == hall.meeting(meeting_id).slots[0].starts_at
    for other in (DISABILITY, MANAGER):
        assert seen(hall, meeting_id, other).former_agencies == ()
    hall.desk.handle(InviteAgency(meeting_id, "A14", True), COORDINATOR)
    assert seen(hall, meeting_id, ELDERLY).former_agencies, "its own, once it is invited again"


def test_its_word_on_the_fixed_date_is_kept_as_well(hall: TownHall, meeting_id: str) -> None:
    """What it wrote there was lost until now."""
    answer(hall, meeting_id, "")
    hall.fix(meeting_id, reason="急ぐため。")
    command = ConfirmAttendance(meeting_id, "A14", False, "所長", "別の会議があります。")
    hall.desk.handle(command, ELDERLY)
    take_off(hall, meeting_id)
    (one,) = seen(hall, meeting_id, COORDINATOR).former_agencies
    assert one.attendance is not None
    assert (one.attendance.comes, one.attendance.comment) == (False, "別の会議があります。")


def test_the_agency_reads_its_own_sheet_alone_of_a_case_that_was_taken_off(
    hall: TownHall, case_id: str, meeting_id: str
) -> None:
    """Also where it still reads the case, and others had prepared there."""
    prepare(hall, meeting_id, "ほかの機関の考え。", by=DISABILITY)
    hall.reply(case_id, "A14", by=ELDERLY)
    second = hall.case(hall.open_case("A14", **consented("A13", "A14", "A17"))).number
    command = PutOnAgenda(meeting_id, (second,), "", {second: ["A13", "A14", "A17"]})
    hall.desk.handle(command, COORDINATOR)  # they are invited on
    other = hall.open_case("A20", **consented("A20"))
    hall.desk.handle(MergeCases(case_id, hall.case(other).number), COORDINATOR)
    assert hall.meeting(meeting_id).item(case_id) is None
    found = sheets(hall, meeting_id, ELDERLY)
    assert "ほかの機関の考え。" not in str(found)
    assert len(sheets(hall, meeting_id, COORDINATOR).others) == 2
