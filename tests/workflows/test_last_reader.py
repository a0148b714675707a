"""Somebody who answers for a restricted case always reads it: who ends that says who follows."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from tests.support.hands import confirm_permission_requests, consented
from tests.support.people import (
    ADMINISTRATOR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.workflows.test_sign_in import LABELS
from tests.workflows.test_split_case import HOUSEHOLD, begun, reply_over
from workflows.cases.name_members import NameMember
from workflows.cases.record_consent import RecordConsent
from workflows.cases.reply import SetLead
from workflows.cases.split_case import SplitCase
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import (
    ExportAgencies,
    ExportMembers,
    ImportAgencies,
    ImportMembers,
)
from workflows.directory.edit_one import GetAgencyToEdit, GetMemberToEdit, SaveAgency, SaveMember
from workflows.directory.holdings import GetAgencyHoldings, GetMemberHoldings
from workflows.directory.last_readers import LeftUnread
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting

COLLEAGUE = "M27"  # of A14, the lead agency
WRITERS = "M24"  # of A13, no coordinator


@pytest.fixture
def led(hall: TownHall) -> str:
    """A restricted case of A14, of which one person there is named, and two of the writer's."""
    case_id = hall.open_case("A14", by=WRITERS, hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert set(hall.case(case_id).named_member_ids) == {WRITERS, ELDERLY}
    return case_id


def sees(hall: TownHall, case_id: str, member_id: str) -> bool:
    try:
        hall.desk.ask(GetCase(case_id), member_id)
    except NotFound:
        return False
    return True


def test_a_relative_in_the_lead_agency_is_taken_off_when_a_colleague_is_named(
    hall: TownHall, led: str
) -> None:
    """Whoever reads counts, not who is the window: the colleague who stays is none."""
    with pytest.raises(Refused) as alone:
        hall.desk.handle(NameMember(led, ELDERLY, False), WRITERS)
    assert alone.value.key == "name_members.nobody_left"
    hall.desk.handle(NameMember(led, COLLEAGUE, True), ELDERLY)
    assert hall.desk.handle(NameMember(led, ELDERLY, False), COLLEAGUE) is False
    assert sees(hall, led, COLLEAGUE)
    assert not sees(hall, led, ELDERLY)


def test_a_coordinator_who_is_named_is_enough_and_somebody_without_a_part_is_not(
    hall: TownHall, led: str
) -> None:
    """Names are not counted: one whose agency has no part in it reads nothing."""
    hall.desk.handle(NameMember(led, "M48", True), ELDERLY)
    with pytest.raises(Refused):
        hall.desk.handle(NameMember(led, ELDERLY, False), ELDERLY)
    hall.desk.handle(NameMember(led, OTHER_COORDINATOR, True), ELDERLY)
    hall.desk.handle(NameMember(led, ELDERLY, False), ELDERLY)
    assert sees(hall, led, OTHER_COORDINATOR)
    with pytest.raises(Refused):
        hall.desk.handle(NameMember(led, OTHER_COORDINATOR, False), OTHER_COORDINATOR)
    assert COORDINATOR not in hall.case(led).named_member_ids


# -- by the directory -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """How a last reading ends: on whose row or page, in which columns."""

    code: str
    cells: dict[str, str]
    by_list: bool

    @property
    def is_agency(self) -> bool:
        return self.code.startswith("A")


LAST_DAY = {"active_until": "2027-03-31"}
WAYS = {
    f"{name}, {'by the list' if by_list else 'on the page'}": Way(code, cells, by_list)
    for by_list in (False, True)
    for name, code, cells in (
        ("last day", ELDERLY, LAST_DAY),
        ("moved", ELDERLY, {"agency_id": "A20"}),
        ("not yet here", ELDERLY, {"active_from": "2027-01-05"}),
        ("agency's end", "A14", LAST_DAY),
    )
}


def ends(
    hall: TownHall, way: Way, follower: str = "", by: str | Caller = ADMINISTRATOR
) -> tuple[LeftUnread, ...]:
    """End it so; answers with what the list says before it is taken."""
    if not way.by_list:
        get: Any = GetAgencyToEdit if way.is_agency else GetMemberToEdit
        save: Any = SaveAgency if way.is_agency else SaveMember
        found = hall.desk.ask(get(way.code, LABELS), by)
        cells = {**found.cells, **way.cells}
        command = save(cells, found.stamp, LABELS, handover_seen=True, follower=follower)
        hall.desk.handle(command, by)
        confirm_permission_requests(hall.desk, followers={way.code: follower})
        return ()
    export = ExportAgencies(LABELS) if way.is_agency else ExportMembers(LABELS)
    columns = LABELS.agency_columns if way.is_agency else LABELS.member_columns
    rows = list(csv.DictReader(io.StringIO(hall.desk.ask(export, by).decode("utf-8-sig"))))
    code = columns["id"]
    for row in rows:
        if row[code] == way.code:
            row |= {columns[what]: cell for what, cell in way.cells.items()}
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    kind: Any = ImportAgencies if way.is_agency else ImportMembers
    data = out.getvalue().encode()
    seen = hall.desk.handle(kind(data, LABELS, save=False), by)
    assert not seen.errors
    chosen = {way.code: follower} if follower else {}
    hall.desk.handle(kind(data, LABELS, True, doubts_seen=True, followers=chosen), by)
    confirm_permission_requests(hall.desk, followers=chosen)
    unread: tuple[LeftUnread, ...] = seen.unread
    return unread


def test_nobody_who_ends_a_reading_reads_next_themselves(hall: TownHall, led: str) -> None:
    """An administrator of the agency that answers for it, nor their second entry."""
    with hall.database.open() as unit:
        mine, other = map(unit.directory.member, (ADMINISTRATOR, COLLEAGUE))
        assert mine
        assert other
        people = (replace(mine, agency_id="A14"), replace(other, name=mine.name))
        unit.directory.save_members(people)
        unit.commit()
    for way in WAYS.values():
        if way.code == ELDERLY and "agency_id" not in way.cells:  # a move is confirmed
            for follower in (ADMINISTRATOR, COLLEAGUE):
                with pytest.raises(Invalid) as wrong:
                    ends(hall, way, follower)
                assert "directory.follower_reads_not" in {e.key for e in wrong.value.errors}
    assert not sees(hall, led, ADMINISTRATOR)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whoever_ends_the_last_reading_says_who_follows(hall: TownHall, led: str, way: Way) -> None:
    """An administrator who may not see the case chooses without its number; nothing is saved
    before, and who was chosen reads it from then on."""
    before = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR)
    with pytest.raises(Invalid) as asked:
        ends(hall, way)
    (error,) = asked.value.errors
    assert error.key == "directory.last_reader"
    assert (error.facts["count"], error.facts["numbers"]) == (1, [])
    assert hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR) == before
    offered = [who for who, _, _ in cast(list[tuple[str, str, str]], error.facts["candidates"])]
    assert OTHER_COORDINATOR in offered
    assert (COLLEAGUE in offered) is not way.is_agency  # who ends with the agency follows nobody
    assert not {ELDERLY, WRITERS, "M48", ADMINISTRATOR} & set(offered)
    with pytest.raises(Invalid) as wrong:
        ends(hall, way, follower="M48")
    assert [e.key for e in wrong.value.errors] == ["directory.follower_reads_not"]
    follower = OTHER_COORDINATOR if way.is_agency else COLLEAGUE
    ends(hall, way, follower)
    assert sees(hall, led, follower)
    assert follower in hall.told("member_named")
    hall.clock.move(days=200)
    assert sees(hall, led, follower)
    named = [e for e in hall.events(led) if e.kind == "member_named"]
    by = MANAGER if "agency_id" in way.cells else ADMINISTRATOR  # a move is confirmed by another
    assert (named[-1].facts["member"], named[-1].actor_id) == (follower, by)


def test_a_role_taken_away_ends_a_reading_too(hall: TownHall, led: str) -> None:
    """A coordinator read it by that role alone."""
    hall.desk.handle(NameMember(led, OTHER_COORDINATOR, True), ELDERLY)
    hall.desk.handle(NameMember(led, ELDERLY, False), OTHER_COORDINATOR)
    role = Way(OTHER_COORDINATOR, {"roles": ""}, by_list=False)
    with pytest.raises(Invalid) as asked:
        ends(hall, role)
    assert "directory.last_reader" in [e.key for e in asked.value.errors]
    ends(hall, role, follower=COLLEAGUE)
    assert sees(hall, led, COLLEAGUE)


def test_a_reader_whose_own_last_day_is_known_is_none_to_count_on(hall: TownHall, led: str) -> None:
    """Two are named, each ends on a day of their own: whoever is entered second is asked about."""
    hall.desk.handle(NameMember(led, COLLEAGUE, True), ELDERLY)
    ends(hall, Way(COLLEAGUE, LAST_DAY, by_list=True))
    with pytest.raises(Invalid):
        ends(hall, Way(ELDERLY, {"active_until": "2026-12-28"}, by_list=True))


def test_a_closed_case_keeps_a_reader(hall: TownHall, led: str) -> None:
    """It is asked about, and disclosed, for years."""
    hall.close(led, by=ELDERLY)
    with pytest.raises(Invalid):
        ends(hall, WAYS["last day, on the page"])


def test_who_may_know_the_number_reads_it_in_the_preview(hall: TownHall, led: str) -> None:
    """An administrator who is named (a coordinator) sees which case it is; the console does not."""
    give = Way(COORDINATOR, {"roles": "連携担当者、管理者"}, by_list=False)
    ends(hall, give)
    hall.desk.handle(NameMember(led, COORDINATOR, True), ELDERLY)
    hall.desk.handle(NameMember(led, ELDERLY, False), COORDINATOR)
    hall.desk.handle(NameMember(led, COLLEAGUE, True), COORDINATOR)
    hall.desk.handle(NameMember(led, COORDINATOR, False), COORDINATOR)
    hall.desk.handle(NameMember(led, COORDINATOR, True), COLLEAGUE)
    hall.desk.handle(NameMember(led, COLLEAGUE, False), COORDINATOR)
    for by, numbers in ((COORDINATOR, ["R8-0001"]), (Caller.CONSOLE, []), (ADMINISTRATOR, [])):
        with pytest.raises(Invalid) as asked:
            ends(hall, Way(COORDINATOR, LAST_DAY, by_list=True), by=by)
        assert [e.facts["numbers"] for e in asked.value.errors] == [numbers]


def test_the_pages_of_member_and_agency_say_who_reads_a_case_last(hall: TownHall, led: str) -> None:
    """On the page of the member and of the agency, without the number; a name too many is none."""
    hall.desk.handle(NameMember(led, "M48", True), ELDERLY)  # has no part: reads nothing
    for held in (
        hall.desk.ask(GetMemberHoldings(ELDERLY), ADMINISTRATOR),
        hall.desk.ask(GetAgencyHoldings("A14"), ADMINISTRATOR),
    ):
        assert [(h.number, h.stuck) for h in held if h.what == "named"] == [("", True)]
    hall.desk.handle(NameMember(led, COLLEAGUE, True), ELDERLY)
    held = hall.desk.ask(GetMemberHoldings(ELDERLY), ADMINISTRATOR)
    assert not [h for h in held if h.what == "named"]


def test_the_story_says_only_whom_it_was_told(hall: TownHall, led: str) -> None:
    """Where the coordinators may not know, the named hear in their place, and the story says so;
    where nobody can be told, that."""
    days_go_by(hall, 45)
    told = [e.facts["told"] for e in hall.events(led) if e.kind == "reminded_follow_up"]
    assert "named" in told
    assert "coordinator" not in told
    with hall.database.open() as unit:  # as a document of an older version may be
        case = unit.cases.get(led, change=True)
        assert case is not None
        case.named_member_ids = []
        unit.commit()
    seen = len(hall.events(led))
    days_go_by(hall, 15)
    after = hall.events(led)[seen:]
    assert {e.kind for e in after if e.kind.endswith("reminded")} == {"nobody_reminded"}
    assert not [e for e in after if e.kind == "reminded_follow_up" and e.facts["told"] != "manager"]


def days_go_by(hall: TownHall, days: int) -> None:
    for _ in range(days):
        hall.clock.move(days=1)
        hall.keep_promises()


def test_a_hearing_that_ends_takes_the_last_reader_off_no_list(hall: TownHall, led: str) -> None:
    """A coordinator was named to hear it at a sitting; when that ends, nobody else is left."""
    hall.desk.handle(NameMember(led, COORDINATOR, True), ELDERLY)
    meeting_id = hall.convene(led, required=("A13", "A14", "A01"))
    assert "M02" in hall.case(led).named_member_ids
    with hall.database.open() as unit:  # as after a change that an older version let pass
        case = unit.cases.get(led, change=True)
        assert case is not None
        case.named_member_ids = [m for m in case.named_member_ids if m in ("M02", "M24")]
        unit.commit()
    hall.desk.handle(CancelMeeting(meeting_id, "取りやめます。"), "M02")
    assert sees(hall, led, "M02")


def test_who_was_taken_off_by_hand_comes_back_by_hand_alone(hall: TownHall, led: str) -> None:
    """The relative is the window of the lead agency: neither a further request, a sitting nor a
    change of the lead puts them on the list again, and no administrator is offered them."""
    hall.desk.handle(NameMember(led, COLLEAGUE, True), ELDERLY)
    hall.desk.handle(NameMember(led, COORDINATOR, True), ELDERLY)
    hall.desk.handle(NameMember(led, ELDERLY, False), COLLEAGUE)
    day = show_date(hall.in_days(20).date())
    hall.desk.handle(SetLead(led, "A13", day), COORDINATOR)
    hall.desk.handle(SetLead(led, "A14", day), COORDINATOR)
    hall.convene(led, required=("A13", "A14"))
    assert not sees(hall, led, ELDERLY)
    hall.desk.handle(NameMember(led, COORDINATOR, False), COLLEAGUE)
    leaves = Way(COLLEAGUE, LAST_DAY, by_list=False)
    with pytest.raises(Invalid) as asked:
        ends(hall, leaves)
    (error,) = asked.value.errors
    assert ELDERLY not in str(error.facts["candidates"])
    hall.desk.handle(NameMember(led, ELDERLY, True), COLLEAGUE)
    assert sees(hall, led, ELDERLY)


# -- by what is done in the case itself ------------------------------------------------------------


def only(hall: TownHall, case_id: str, *member_ids: str, by: str) -> str:
    """These alone are named on it."""
    for member_id in member_ids:
        hall.desk.handle(NameMember(case_id, member_id, True), by)
    for member_id in hall.case(case_id).named_member_ids:
        if member_id not in member_ids:
            hall.desk.handle(NameMember(case_id, member_id, False), by)
    return case_id


def restricted(hall: TownHall, *agencies: str) -> str:
    """A restricted case that 地域包括 leads, opened by somebody who is no coordinator."""
    fields = {"hidden_address": "yes", "household": HOUSEHOLD, **consented(*agencies)}
    case_id = hall.open_case(*agencies, by=WRITERS, **fields)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    return case_id


def lead_by_hand(hall: TownHall) -> tuple[str, Any, str]:
    """The lead goes to an agency of which nobody may be named but by hand."""
    case_id = restricted(hall, "A14", "A17")
    hall.reply(case_id, "A17", by=DISABILITY)
    only(hall, case_id, WRITERS, ELDERLY, by=ELDERLY)
    day = show_date(hall.in_days(30).date())
    return case_id, SetLead(case_id, "A17", day), ELDERLY


def consent_shuts_out_the_lead(hall: TownHall) -> tuple[str, Any, str]:
    case_id = only(hall, restricted(hall, "A14", "A17"), ELDERLY, DISABILITY, by=ELDERLY)
    said = {"consent": "written", "consent_on": "令和8年11月20日", "consent_scope": ["A17"]}
    return case_id, RecordConsent(case_id, hall.case(case_id).sheet_version, said), ELDERLY


def consent_withdrawn(hall: TownHall) -> tuple[str, Any, str]:
    case_id = only(hall, restricted(hall, "A14", "A17"), ELDERLY, DISABILITY, by=ELDERLY)
    said = {"consent": "withdrawn", "consent_on": "令和8年11月20日"}
    return case_id, RecordConsent(case_id, hall.case(case_id).sheet_version, said), ELDERLY


def coordinators_agency_taken_back(hall: TownHall) -> tuple[str, Any, str]:
    case_id = restricted(hall, "A01", "A14")
    only(hall, case_id, WRITERS, OTHER_COORDINATOR, by=ELDERLY)
    asked = hall.referral(case_id, "A01").id
    return case_id, TakeBackReferral(case_id, asked, False, "要らないため。"), OTHER_COORDINATOR


def coordinators_agency_split_off(hall: TownHall) -> tuple[str, Any, str]:
    case_id = restricted(hall, "A01", "A14")
    only(hall, case_id, WRITERS, OTHER_COORDINATOR, by=ELDERLY)
    over = (reply_over(hall, case_id, "A01"),)
    version, raw = hall.case(case_id).sheet_version, begun(hall, case_id)
    command = SplitCase(case_id, version, "0", (), raw, (), over, texts_seen=True)
    return case_id, command, OTHER_COORDINATOR


def split_is_led_by_nobody(hall: TownHall) -> tuple[str, Any, str]:
    """The new case would be led by an agency of which nobody is named."""
    fields = {"hidden_address": "yes", "household": HOUSEHOLD, **consented("A14", "A17")}
    case_id = hall.open_case("A14", "A17", by=WRITERS, **fields)
    only(hall, case_id, WRITERS, DISABILITY, by=WRITERS)
    over = (reply_over(hall, case_id),)
    version, raw = hall.case(case_id).sheet_version, begun(hall, case_id)
    command = SplitCase(case_id, version, "0", (), raw, (), over, "A14", texts_seen=True)
    return case_id, command, WRITERS


@pytest.mark.parametrize(
    "way",
    [
        lead_by_hand,
        consent_shuts_out_the_lead,
        consent_withdrawn,
        coordinators_agency_taken_back,
        coordinators_agency_split_off,
        split_is_led_by_nobody,
    ],
)
def test_no_way_leaves_a_case_without_a_reader_until_somebody_is_named(
    hall: TownHall, way: Callable[[TownHall], tuple[str, Any, str]]
) -> None:
    """The same press is taken once a coordinator is on the list."""
    case_id, command, by = way(hall)
    before = hall.case(case_id)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(command, by)
    assert refused.value.key == "readers.nobody_left"
    assert hall.case(case_id) == before
    assert len(hall.case_ids()) == 1
    hall.desk.handle(NameMember(case_id, COORDINATOR, True), by)
    hall.desk.handle(command, by)
    assert all(sees(hall, c, COORDINATOR) for c in hall.case_ids())
