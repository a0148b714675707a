"""Who moves to another agency (人事異動) leaves what they ran to the agency they ran it for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.hands import confirm_permission_requests
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    FARMING,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.workflows.test_sign_in import LABELS
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.looks import CasePage
from workflows.core.messages import Query
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.inbox.inbox import GetInbox
from workflows.meetings.record_views import GetRecord
from workflows.model.directory import Member
from workflows.model.promise import PromiseKind

FARMS = "A20"
Moves = Callable[..., None]


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def moves(hall: TownHall, member_id: str, agency_id: str, follower: str = "") -> None:
    """On their page in the directory."""
    found = hall.desk.ask(GetMemberToEdit(member_id, LABELS), ADMINISTRATOR)
    cells = {**found.cells, "agency_id": agency_id}
    save = SaveMember(cells, found.stamp, LABELS, handover_seen=True, follower=follower)
    hall.desk.handle(save, ADMINISTRATOR)
    confirm_permission_requests(hall.desk, followers={member_id: follower})
    assert member(hall, member_id).agency_id == agency_id


def moves_by_list(hall: TownHall, member_id: str, agency_id: str, follower: str = "") -> None:
    """With the list of all members, imported again."""
    now = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR).decode("utf-8-sig")
    old = member(hall, member_id).agency_id
    rows = [
        row.replace(f",{old},", f",{agency_id},", 1) if row.startswith(f"{member_id},") else row
        for row in now.splitlines()
    ]
    data = "\r\n".join(rows).encode()
    save = ImportMembers(data, LABELS, save=True, followers={member_id: follower})
    plan = hall.desk.handle(save, ADMINISTRATOR)
    assert not plan.errors
    confirm_permission_requests(hall.desk, followers={member_id: follower})
    assert member(hall, member_id).agency_id == agency_id


def refusal(hall: TownHall, query: Query[Any], who: str) -> str:
    with pytest.raises((NotAllowed, NotFound)) as refused:
        hall.desk.ask(query, who)
    return refused.value.key


def heard_at(hall: TownHall, case_id: str, **fields: Any) -> str:
    meeting_id = hall.convene(case_id, required=("A13", "A14"), days_ahead=(10,), **fields)
    hall.swear(meeting_id, CHAIR)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), CHAIR).reads
    return meeting_id


def test_a_chair_who_moves_reads_no_more_and_the_old_agency_runs_it_on(hall: TownHall) -> None:
    """docs/rules.md 5: access ends the same day; the window of the old agency inherits, and
    swears."""
    case_id = hall.open_case("A14")
    meeting_id = heard_at(hall, case_id)
    assert refusal(hall, GetRecord(meeting_id), CLERK) == "not_found.meeting"
    moves(hall, CHAIR, FARMS)
    assert refusal(hall, GetCase(case_id, CasePage.CASE), CHAIR) == "not_found.case"
    assert refusal(hall, GetRecord(meeting_id), CHAIR) == "not_found.meeting"
    assert refusal(hall, GetRecord(meeting_id), CLERK) == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, CLERK)
    seen = hall.desk.ask(GetRecord(meeting_id), CLERK)
    assert [c.case_id for c in seen.cases] == [case_id]
    seers = hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).seers
    assert member(hall, CHAIR).name not in {p for s in seers for p in s.people}
    assert member(hall, CLERK).name in {p for s in seers for p in s.people if s.reads}
    assert refusal(hall, GetCase(case_id, CasePage.CASE), FARMING) == "not_found.case", (
        "nothing moves with them"
    )


def test_what_somebody_runs_at_the_new_agency_is_not_inherited_by_the_old(hall: TownHall) -> None:
    """The window of the old agency stands for what was held for it alone."""
    moves(hall, CHAIR, FARMS)
    case_id = hall.open_case("A14")
    meeting_id = heard_at(hall, case_id)
    assert refusal(hall, GetCase(case_id, CasePage.CASE), CLERK) == "not_found.case"
    assert hall.meeting(meeting_id).chair_agency_id == FARMS


def test_who_convened_and_wrote_moves_and_the_old_agency_is_asked(hall: TownHall) -> None:
    """The date, the record and every reminder are the old agency's; coordinators stay informed."""
    case_id = hall.open_case("A14", by=OTHER_COORDINATOR)
    meeting_id = heard_at(hall, case_id, by=OTHER_COORDINATOR)
    moves(hall, OTHER_COORDINATOR, FARMS)
    kinds = {t.kind for t in _all_to_do(hall, CLERK)}
    assert PromiseKind.FIX_DATE in kinds
    assert PromiseKind.FIX_DATE not in {t.kind for t in _all_to_do(hall, OTHER_COORDINATOR)}
    hall.fix(meeting_id, by=CLERK)
    hall.clock.move(days=11)
    hall.keep_promises()
    assert OTHER_COORDINATOR not in hall.told("record_ask")
    assert CLERK in hall.told("record_ask")
    hall.save_record(meeting_id, by=CLERK)
    hall.confirm_record(meeting_id)
    assert refusal(hall, GetRecord(meeting_id), OTHER_COORDINATOR) == "denied.read_record"
    assert OTHER_COORDINATOR not in hall.told("record_posted")


def _all_to_do(hall: TownHall, who: str) -> list[Any]:
    seen = hall.desk.ask(GetInbox(), who)
    return [*seen.to_do, *seen.later]


def test_who_wrote_the_sheet_and_moved_is_told_no_more(hall: TownHall) -> None:
    """What was asked of the writer goes to the window of the agency that wrote it."""
    case_id = hall.open_case("A14")
    moves(hall, COORDINATOR, FARMS)
    hall.reply(case_id, "A14", by=ELDERLY)
    told = {n.member_id for n in hall.notices() if n.case_id == case_id}
    assert COORDINATOR not in told
    assert {member(hall, m).agency_id for m in hall.told("referral_replied")} == {"A13"}


@pytest.mark.parametrize("leave", [moves, moves_by_list])
def test_who_moves_is_taken_off_the_list_of_a_restricted_case(hall: TownHall, leave: Moves) -> None:
    """On the page as by the list; who was chosen to follow is on it."""
    case_id = hall.open_case("A14", danger="yes", danger_what="violence")
    assert COORDINATOR in hall.case(case_id).named_member_ids
    leave(hall, COORDINATOR, FARMS, "M24")
    assert COORDINATOR not in hall.case(case_id).named_member_ids
    assert refusal(hall, GetCase(case_id, CasePage.CASE), COORDINATOR) == "not_found.case"
    assert [e.facts["member"] for e in hall.events(case_id) if e.kind == "member_unnamed"] == [
        COORDINATOR
    ]
    assert set(hall.case(case_id).named_member_ids) == {ELDERLY, "M24"}


def test_who_moves_to_an_agency_of_the_case_stays_named(hall: TownHall) -> None:
    """There they take part in it again."""
    case_id = hall.open_case("A14", danger="yes", danger_what="violence")
    moves(hall, COORDINATOR, "A14")
    assert COORDINATOR in hall.case(case_id).named_member_ids


def test_a_confirmed_duty_does_not_move_along(hall: TownHall) -> None:
    """It was confirmed for the old agency; at the new one it is asked for again, both are kept."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"), days_ahead=(10,))
    hall.swear(meeting_id, FARMING)
    before = hall.meeting(meeting_id).sworn_at(FARMING, FARMS)
    moves(hall, FARMING, "A14")
    hall.clock.move(days=1)
    assert refusal(hall, GetRecord(meeting_id), FARMING) == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, FARMING)
    assert hall.desk.ask(GetRecord(meeting_id), FARMING).cases
    meeting = hall.meeting(meeting_id)
    assert meeting.sworn_at(FARMING, FARMS) == before
    assert meeting.sworn_at(FARMING, "A14") == hall.desk.now()
