"""The rule for each case's part of a meeting, asked by itself: what other checks before it hold up
as well is not left to them alone."""

from dataclasses import replace

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, LIVELIHOOD, OTHER_COORDINATOR
from tests.support.town import TownHall
from workflows.cases.fax import GetFaxReply
from workflows.cases.find_case import GetMyReply
from workflows.cases.merge_cases import MergeCases
from workflows.core.errors import NotFound, Refused
from workflows.meetings.fax import GetFaxInvitation
from workflows.meetings.parts import may_read_meeting_result, may_read_part
from workflows.meetings.run import must_be_named
from workflows.overview.coordinator_desk import GetCoordinatorDesk

COLLEAGUE = "M27"  # of A14, as ELDERLY is, and named on nothing


def reads_part(hall: TownHall, meeting_id: str, case_id: str, who: str) -> bool:
    with hall.database.open() as unit:
        work = hall.desk._work(unit, who, "")
        meeting, row = unit.meetings.get(meeting_id), unit.cases.row(case_id)
        assert meeting is not None
        assert row is not None
        return may_read_part(meeting, row, work)


def reads_decided(hall: TownHall, meeting_id: str, case_id: str, who: str) -> bool:
    with hall.database.open() as unit:
        row = unit.cases.row(case_id)
        assert row is not None
        return may_read_meeting_result(meeting_id, row, hall.desk._work(unit, who, ""))


def test_of_a_mixed_agenda_the_restricted_part_is_for_the_named_alone(hall: TownHall) -> None:
    """Whatever else they hear at the same sitting, as the same agency."""
    case_id, restricted = hall.open_case("A14"), hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, restricted, required=("A13", "A14"))
    hall.swear(meeting_id, ELDERLY, COLLEAGUE)
    found = {
        (who, one): reads_part(hall, meeting_id, one, who)
        for who in (ELDERLY, COLLEAGUE)
        for one in (case_id, restricted)
    }
    assert [k for k, reads in found.items() if not reads] == [(COLLEAGUE, restricted)]
    fax = hall.desk.ask(GetFaxInvitation(meeting_id, "A14"), COORDINATOR)
    number = hall.case(case_id).number
    assert fax.numbers == (number,), "paper lies where anybody passes by"
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")  # else its own promise presses more
    lines = hall.desk.ask(GetCoordinatorDesk(), OTHER_COORDINATOR).lines
    (line,) = [one for one in lines if one.meeting_id == meeting_id]
    assert (line.numbers, line.not_shown) == ((number,), 0), "it is not even counted"


def test_to_whom_a_restricted_case_is_opened_is_decided_by_the_named(hall: TownHall) -> None:
    case_id = hall.open_case("A14", danger="yes")
    case = hall.case(case_id)
    with hall.database.open() as unit:
        must_be_named(case, hall.desk._work(unit, COORDINATOR, ""))
        with pytest.raises(Refused, match=r"invite\.restricted"):
            must_be_named(case, hall.desk._work(unit, OTHER_COORDINATOR, ""))


def test_what_was_decided_is_for_whom_its_record_is_open(hall: TownHall) -> None:
    """Who came confirms the secrecy duty first, and reads it no longer than the record."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A19"), days_ahead=(10,))
    assert not reads_decided(hall, meeting_id, case_id, LIVELIHOOD)
    hall.swear(meeting_id, LIVELIHOOD)
    assert reads_decided(hall, meeting_id, case_id, LIVELIHOOD)
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    assert reads_decided(hall, meeting_id, case_id, LIVELIHOOD)
    hall.clock.move(days=31)
    assert not reads_decided(hall, meeting_id, case_id, LIVELIHOOD)
    assert reads_decided(hall, meeting_id, case_id, COORDINATOR)


def test_who_runs_it_and_was_never_covered_reads_nothing_while_it_is_held(hall: TownHall) -> None:
    """Who was covered when it took place writes it down to the end; nobody else by running it."""
    case_id = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",), chair=CHAIR, days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    assert not reads_part(hall, meeting_id, case_id, CHAIR)
    assert reads_part(hall, meeting_id, case_id, COORDINATOR)


def test_a_ground_of_its_own_is_no_consent_for_a_meeting_that_asks_for_one(hall: TownHall) -> None:
    """The person said no: an agency that is told on a ground is told nothing there."""
    case_id = hall.open_case("A14", **consented("A14"))
    with hall.database.open() as unit:
        row = unit.cases.row(case_id)
    assert row is not None
    assert row.allows("A14")
    told = replace(row, has_consent=False, scope=(), grounds=("A14",))
    assert (told.covers("A14"), told.allows("A14")) == (True, False)


def test_of_a_restricted_case_nothing_goes_by_fax_or_by_an_answer_of_ones_own(
    hall: TownHall,
) -> None:
    """Each opens without being named on it, or lies where anybody passes by."""
    case_id = hall.open_case("A14", "A19")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    mine = GetMyReply(hall.case(case_id).number, hall.referral(case_id, "A14").id)
    sheet = GetFaxReply(case_id, hall.referral(case_id, "A19").id)
    assert hall.desk.ask(mine, ELDERLY).number
    assert hall.desk.ask(sheet, COORDINATOR).number
    hall.edit(case_id, danger="yes")
    with pytest.raises(NotFound):
        hall.desk.ask(mine, ELDERLY)
    with pytest.raises(Refused, match=r"fax\.restricted"):
        hall.desk.ask(sheet, COORDINATOR)


def test_a_merge_puts_no_restricted_case_on_an_agenda(hall: TownHall) -> None:
    """Those who come there were chosen for the other one: who hears this one is decided anew."""
    agreed = consented("A01", "A04", "A13", "A14")
    for danger, goes in (("", True), ("yes", False)):
        ended, kept = hall.open_case("A14", **agreed), hall.open_case("A14", **agreed)
        if danger:
            hall.edit(kept, danger=danger)
        meeting_id = hall.convene(ended, required=("A13", "A14"))
        hall.desk.handle(MergeCases(ended, hall.case(kept).number), COORDINATOR)
        assert (hall.meeting(meeting_id).item(kept) is not None) == goes
