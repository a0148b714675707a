"""保存と廃棄: kept until a day, let go by a manager alone, and gone from everywhere."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers.words.labels import load_labels
from storage.tables import SEALED, cases, metadata, place
from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.support.web import ticks_of
from workflows.cases.close_case import ReopenCase
from workflows.cases.drafts import SaveDraft
from workflows.cases.find_case import GetCaseId
from workflows.cases.list_cases import ListCases
from workflows.cases.name_members import NameMember
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Command
from workflows.core.permissions import Caller
from workflows.core.ports import SignIn
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.inbox.inbox import GetInbox
from workflows.inbox.read_news import MarkRead
from workflows.japanese.dates import TOKYO
from workflows.maintenance.broken_records import RepairBroken
from workflows.maintenance.daily_chores import Chore, DoChore, GetChores
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.record_views import GetRecord
from workflows.meetings.register import GetMeetings
from workflows.meetings.views import GetMeeting
from workflows.model.case import Case, Closure
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import FormerName, Member
from workflows.model.retention_period import ended, last_day, left_on
from workflows.model.trail import TrailFilter
from workflows.retention.approve import ApprovalResult, ApproveDisposals
from workflows.retention.dispose import CarryOutDisposal
from workflows.retention.hold import GetKeeping, KeepLonger, LiftHold, SetHold
from workflows.retention.lines import GetDisposals, GetRetention, RetentionView
from workflows.retention.second_approval import SettleDisposals

SECOND_MANAGER = "M25"
AFTER = datetime(2032, 4, 1, 9, 0, tzinfo=TOKYO)  # what ended in 令和8年度 is due from this day on


def accepted(hall: TownHall, **sheet: Any) -> str:
    """A case that nobody owes anything on, but a follow-up."""
    case_id = hall.open_case("A14", **sheet)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    return case_id


def closed(hall: TownHall, kind: str = "closed", **sheet: Any) -> str:
    case_id = accepted(hall, **sheet)
    hall.close(case_id, kind)
    return case_id


def keep_house(hall: TownHall) -> None:
    due = hall.desk.ask(GetChores(), Caller.CLOCK)
    for chore in due.chores:
        hall.desk.handle(DoChore(chore), Caller.CLOCK)
    for disposal_id in due.disposals:
        hall.desk.handle(CarryOutDisposal(disposal_id), Caller.CLOCK)


def approve(hall: TownHall, *case_ids: str, people: tuple[str, ...] = ()) -> ApprovalResult:
    command = ApproveDisposals(case_ids, people, "退職した職員", "タイショクシタショクイン")
    return hall.desk.handle(command, MANAGER)


def agree(hall: TownHall, by: str = ADMINISTRATOR, *, agrees: bool = True) -> int:
    waiting = tuple(s.id for s in view(hall).second)
    return hall.desk.handle(SettleDisposals(waiting, agrees), by)


def view(hall: TownHall, by: str = MANAGER) -> RetentionView:
    return hall.desk.ask(GetRetention(), by)


def due_ids(hall: TownHall) -> set[str]:
    return {c.case_id for c in view(hall).due}


def is_there(hall: TownHall, case_id: str) -> bool:
    with hall.database.open() as unit:
        return unit.cases.get(case_id) is not None


def kinds(hall: TownHall, case_id: str) -> set[str]:
    return {e.kind for e in hall.events(case_id)}


# -- the period -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "years", "last"),
    [
        (date(2027, 3, 31), 5, date(2032, 3, 31)),  # the last day of 令和8年度
        (date(2027, 4, 1), 5, date(2033, 3, 31)),  # the first of the next
        (date(2026, 12, 31), 5, date(2032, 3, 31)),
        (date(2027, 1, 1), 5, date(2032, 3, 31)),
        (date(2028, 2, 29), 1, date(2029, 3, 31)),  # a leap day
        (date(2028, 2, 29), 4, date(2032, 3, 31)),
        (date(2026, 4, 1), 30, date(2057, 3, 31)),
    ],
)
def test_it_is_kept_for_whole_fiscal_years_after_the_one_in_which_it_ended(
    on: date, years: int, last: date
) -> None:
    """令和8年度 with five years: until 31 March 2032, whatever the day of the year."""
    assert last_day(on, years) == last


def row_closed(at: datetime, **more: Any) -> CaseRow:
    opened = datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)
    case = Case("c", "R8-0001", "M21", opened, "A13", {})
    case.closures.append(Closure("closed", {}, "M21", at))
    return replace(case_row(case), **more)


def test_the_day_of_closure_is_the_day_in_japan_and_the_last_day_still_counts() -> None:
    """Closed at 0:30 on 1 April is the new fiscal year; due only once the last day is over."""
    night = datetime(2027, 3, 31, 15, 30, tzinfo=TOKYO).replace(hour=23, minute=59)
    old, new = ended(row_closed(night), 5), ended(row_closed(night + timedelta(minutes=1)), 5)
    assert old is not None
    assert new is not None
    assert (old.ended_on, old.kept_until) == (date(2027, 3, 31), date(2032, 3, 31))
    assert (new.ended_on, new.kept_until) == (date(2027, 4, 1), date(2033, 3, 31))
    assert not old.is_due(date(2032, 3, 31))
    assert old.is_due(date(2032, 4, 1))


def test_what_is_kept_longer_ends_later_and_never_earlier() -> None:
    """A day before the town's own period shortens nothing."""
    at = datetime(2027, 3, 1, 12, 0, tzinfo=TOKYO)
    longer = ended(row_closed(at, kept_longer=date(2040, 1, 1)), 5)
    shorter = ended(row_closed(at, kept_longer=date(2030, 1, 1)), 5)
    assert longer is not None
    assert shorter is not None
    assert longer.kept_until == date(2040, 1, 1)
    assert shorter.kept_until == date(2032, 3, 31)


def test_who_has_left_left_on_the_last_day_that_they_or_their_agency_worked() -> None:
    """Somebody whose agency ended has left with it; on the last day nobody has left yet."""
    member = Member("M1", "A1", "架空", "カクウ", active_until=date(2027, 3, 31))
    assert left_on(member, None, date(2027, 3, 31)) is None
    assert left_on(member, None, date(2027, 4, 1)) == date(2027, 3, 31)
    assert left_on(replace(member, active_until=None), None, date(2030, 1, 1)) is None


@pytest.mark.parametrize("kind", ["closed", "suspended"])
def test_what_ended_is_due_from_1_april_after_its_years(hall: TownHall, kind: str) -> None:
    """終結 and 中断 alike; the day before it is not in the list."""
    case_id = closed(hall, kind)
    open_id = accepted(hall)
    hall.clock.set(AFTER - timedelta(days=1))
    assert due_ids(hall) == set()
    hall.clock.set(AFTER)
    assert due_ids(hall) == {case_id}
    assert is_there(hall, open_id)
    (line,) = view(hall).due
    assert (line.number, line.ended_on) == ("R8-0001", date(2026, 11, 20))
    assert (line.kept_until, line.answering) == (date(2032, 3, 31), hall.agency_name("A14"))


def test_a_reopened_case_is_not_due_and_counts_from_its_new_end(hall: TownHall) -> None:
    """The closure in force decides, not the first one."""
    case_id = closed(hall)
    hall.clock.set(datetime(2027, 5, 10, 10, 0, tzinfo=TOKYO))
    hall.desk.handle(ReopenCase(case_id, "転入されたため。"), COORDINATOR)
    hall.clock.set(AFTER)
    assert due_ids(hall) == set()
    hall.close(case_id)
    hall.clock.set(datetime(2038, 3, 31, 9, 0, tzinfo=TOKYO))
    assert due_ids(hall) == set()
    hall.clock.set(datetime(2038, 4, 1, 9, 0, tzinfo=TOKYO))
    assert due_ids(hall) == {case_id}


def save_years(hall: TownHall, typed: str) -> None:
    seen_town = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
    town = seen_town.town
    districts = tuple((d.id, d.name, d.kana) for d in town.districts)
    command = SaveTown(town.name, town.kana, districts, (), seen_town.stamp, typed)
    hall.desk.handle(command, ADMINISTRATOR)


def test_the_town_decides_for_how_many_years(hall: TownHall) -> None:
    """Three years instead of five: due two years earlier, also what ended before."""
    case_id = closed(hall)
    save_years(hall, "３年")
    assert view(hall).years == 3
    hall.clock.set(datetime(2030, 4, 1, 9, 0, tzinfo=TOKYO))
    assert due_ids(hall) == {case_id}


@pytest.mark.parametrize("typed", ["0", "31", "五", "", "-5", "5.5", "00120", "99999999999999"])
def test_a_number_of_years_that_is_none_is_refused(hall: TownHall, typed: str) -> None:
    """From 1 to 30; anything else keeps the setting as it was."""
    with pytest.raises(Invalid) as wrong:
        save_years(hall, typed)
    assert [e.field for e in wrong.value.errors] == ["retention_years"]
    assert view(hall).years == 5


# -- the proposal ---------------------------------------------------------------------------------


def test_managers_are_asked_on_1_april_and_again_each_month_until_they_decide(
    hall: TownHall,
) -> None:
    """Once on the first, not daily; in May once more; after the approval no more."""
    case_id = closed(hall)

    def asked() -> int:
        return len(hall.notices(MANAGER, "disposal_proposed"))

    hall.clock.set(AFTER - timedelta(days=1))
    approve(hall, people=tuple(p.member_id for p in view(hall).people))  # long gone before
    keep_house(hall)
    assert asked() == 0
    for day, times in ((0, 1), (1, 1), (20, 1), (30, 2), (31, 2)):
        hall.clock.set(AFTER + timedelta(days=day))
        keep_house(hall)
        assert asked() == times, day
    assert {MANAGER, SECOND_MANAGER} <= hall.told("disposal_proposed")
    approve(hall, case_id)
    hall.clock.set(AFTER + timedelta(days=70))
    keep_house(hall)
    assert asked() == 2


def test_only_managers_let_go_and_administrators_look(hall: TownHall) -> None:
    """An administrator sees what is due without the right to approve it; a coordinator neither."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    assert view(hall).may_approve
    assert not view(hall, ADMINISTRATOR).may_approve
    command = ApproveDisposals((case_id,), (), "x", "エックス")
    for other in (ADMINISTRATOR, COORDINATOR, ELDERLY):
        with pytest.raises(NotAllowed):
            hall.desk.handle(command, other)
    with pytest.raises(NotAllowed):
        view(hall, COORDINATOR)
    keep_house(hall)
    assert is_there(hall, case_id)


def test_a_restricted_case_is_let_go_without_its_number_being_told(hall: TownHall) -> None:
    """[ours] A manager who is not named learns its fiscal year alone, and may decide."""
    case_id = closed(hall, danger="yes")
    number = hall.case(case_id).number
    hall.clock.set(AFTER)
    (line,) = view(hall).due
    assert (line.number, line.answering, line.ended_on) == ("", "", None)
    assert line.fiscal_year == 8
    assert number not in str(view(hall))
    with pytest.raises(NotFound):
        hall.desk.ask(GetKeeping(case_id), MANAGER)
    assert approve(hall, case_id).cases == 1
    assert number not in str(view(hall))
    agree(hall)
    keep_house(hall)
    assert not is_there(hall, case_id)


def test_what_is_not_due_any_more_is_left_out_and_counted(hall: TownHall) -> None:
    """An old page, a foreign id, the same one twice: nothing goes that should not."""
    case_id, other = closed(hall), accepted(hall)
    assert approve(hall, case_id) == ApprovalResult(0, 0, 1)
    hall.clock.set(AFTER)
    assert approve(hall, case_id, other, "nonsense") == ApprovalResult(1, 0, 2)
    assert approve(hall, case_id) == ApprovalResult(0, 0, 1)
    keep_house(hall)
    assert not is_there(hall, case_id)
    assert is_there(hall, other)


# -- holding and keeping longer -------------------------------------------------------------------


def test_a_restricted_case_is_held_by_a_manager_who_is_named(hall: TownHall) -> None:
    """For the others there is none, ended or not: they neither set a hold on it, nor lift one."""
    open_one = hall.open_case("A14", danger="yes")
    ended_one = closed(hall, danger="yes")
    for case_id in (open_one, ended_one):
        deeds: tuple[Command[Any], ...] = (
            SetHold(case_id, "訴訟のため。"),
            LiftHold(case_id),
            KeepLonger(case_id, "令和30年3月31日", "訴訟のため。"),
        )
        for deed in deeds:
            with pytest.raises(NotFound):
                hall.desk.handle(deed, MANAGER)
        hall.desk.handle(NameMember(case_id, MANAGER, True), COORDINATOR)
        hall.desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
        with pytest.raises(NotFound):
            hall.desk.handle(LiftHold(case_id), SECOND_MANAGER)
        assert hall.desk.ask(GetKeeping(case_id), MANAGER).holds[0].reason
        hall.desk.handle(LiftHold(case_id), MANAGER)


def test_a_held_case_is_not_disposed_of_until_the_hold_is_lifted(hall: TownHall) -> None:
    """Not even when it was selected on an old page, nor when it was approved before."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    approve(hall, case_id)
    hall.desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
    keep_house(hall)
    assert is_there(hall, case_id)
    assert "disposal_withdrawn" in kinds(hall, case_id)
    assert approve(hall, case_id) == ApprovalResult(0, 0, 1)
    assert [c.case_id for c in view(hall).held] == [case_id]
    hall.desk.handle(LiftHold(case_id), SECOND_MANAGER)
    keep_house(hall)
    assert is_there(hall, case_id), "the approval before the hold does not come back"
    assert approve(hall, case_id) == ApprovalResult(1, 0, 0)
    keep_house(hall)
    assert not is_there(hall, case_id)


def test_a_hold_says_who_when_and_why_to_those_who_may_read(hall: TownHall) -> None:
    """The case page shows it to its team; the look at the reason is written down."""
    case_id = closed(hall)
    hall.desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
    seen_hold = hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).hold
    assert seen_hold is not None
    assert (seen_hold.reason, seen_hold.at) == ("訴訟のため。", hall.clock.at)
    heading = hall.desk.ask(GetCase(case_id, CasePage.CASE), MANAGER).hold
    assert heading is not None
    assert heading.reason == ""
    keeping = hall.desk.ask(GetKeeping(case_id), SECOND_MANAGER)
    assert [h.reason for h in keeping.holds] == ["訴訟のため。"]
    assert {"hold_set", "read.hold"} <= kinds(hall, case_id)
    assert "訴訟" not in str(hall.desk.ask(GetKeeping(case_id), ADMINISTRATOR))


def test_only_managers_hold_and_each_step_fits_the_one_before(hall: TownHall) -> None:
    """Others are refused; a hold is not set or lifted twice; a reason is needed, without numbers
    of twelve digits."""
    case_id = closed(hall)
    for other in (ADMINISTRATOR, COORDINATOR, ELDERLY):
        for command in (SetHold(case_id, "理由"), LiftHold(case_id)):
            with pytest.raises(NotAllowed):
                hall.desk.handle(command, other)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(LiftHold(case_id), MANAGER)
    assert refused.value.key == "retention.not_held"
    for reason in ("", "番号は123456789012です"):
        with pytest.raises(Invalid):
            hall.desk.handle(SetHold(case_id, reason), MANAGER)
    hall.desk.handle(SetHold(case_id, "調査のため。"), MANAGER)
    with pytest.raises(Refused) as again:
        hall.desk.handle(SetHold(case_id, "調査のため。"), MANAGER)
    assert again.value.key == "retention.held_already"


def test_a_case_is_kept_longer_with_a_reason_until_a_day(hall: TownHall) -> None:
    """Not due until that day is over; then it is asked about again."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    keep = KeepLonger(case_id, "令和15年6月30日", "家族の相談が続くため。")
    assert hall.desk.handle(keep, MANAGER) == date(2033, 6, 30)
    assert due_ids(hall) == set()
    assert [c.case_id for c in view(hall).longer] == [case_id]
    hall.clock.set(datetime(2033, 6, 30, 9, 0, tzinfo=TOKYO))
    assert due_ids(hall) == set()
    hall.clock.set(datetime(2033, 7, 1, 9, 0, tzinfo=TOKYO))
    assert due_ids(hall) == {case_id}
    assert view(hall).longer == ()


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        ("", "理由", "until"),
        ("あした", "理由", "until"),
        ("2031/3/31", "理由", "until"),
        ("2032/3/31", "理由", "until"),
        ("2099/1/1", "理由", "until"),
        ("2033/1/1", "", "longer_reason"),
    ],
)
def test_keeping_longer_needs_a_later_day_and_a_reason(
    hall: TownHall, until: str, reason: str, field: str
) -> None:
    """Each wrong one stands beside its field."""
    case_id = closed(hall)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(KeepLonger(case_id, until, reason), MANAGER)
    assert [e.field for e in wrong.value.errors] == [field]


def test_a_case_that_goes_on_is_not_kept_longer_but_may_be_held(hall: TownHall) -> None:
    """A lawsuit does not wait for the end of the case."""
    case_id = accepted(hall)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(KeepLonger(case_id, "2050/1/1", "理由"), MANAGER)
    assert refused.value.key == "retention.still_open"
    hall.desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
    hall.close(case_id)
    hall.clock.set(AFTER)
    assert due_ids(hall) == set()


# -- disposal -------------------------------------------------------------------------------------

PERSON: dict[str, Any] = {
    "name": "甲野乙之介",
    "kana": "コウノオツノスケ",
    "birth_date": "昭和20年5月5日",
    "phone": "090-9876-5432",
    "address": "架空町八丁目七番六号",
    "summary": "蔵の奥で泣いている。",
    "wishes": "静かに暮らしたい。",
    "household": [{"relation": "姉", "name": "甲野丙子", "situation": "要介護四"}],
}
WORDS = (
    "甲野", "乙之介", "コウノオツノスケ", "9876-5432", "八丁目", "蔵の奥", "静かに", "丙子",
    "要介護四", "灯台", "石灯籠",
)  # fmt: skip
OTHER: dict[str, Any] = {"name": "丁川戊美", "kana": "チョウカワボミ", "summary": "庭の松のこと。"}


def held_meeting(hall: TownHall, *case_ids: str, first: str) -> str:
    """A 支援会議 with preparation, answers and record; the words of `first` stand in its part."""
    reason = f"{PERSON['name']}の件で灯台に集まるため。"
    meeting_id = hall.convene(*case_ids, basis_reason=reason if case_ids == (first,) else "急ぐ。")
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.swear(meeting_id, ELDERLY, COORDINATOR, CHAIR)
    for case_id in case_ids:
        words = PERSON["summary"] if case_id == first else OTHER["summary"]
        prepared = {"progress": words, "issues": words}
        hall.desk.handle(SavePreparation(meeting_id, hall.case(case_id).number, prepared), ELDERLY)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    own = {c: {"shared_facts": (PERSON if c == first else OTHER)["summary"]} for c in case_ids}
    hall.save_record(meeting_id, cases=own)
    return meeting_id


def whole_story(hall: TownHall) -> tuple[str, str, str, str]:
    """Two people, one meeting of both and one of the first alone; drafts and notices about.

    Answers with the first case, the second, the shared meeting, the first's own.
    """
    first, second = accepted(hall, **PERSON), accepted(hall, **OTHER)
    hall.plan(first, issues="石灯籠を直す。")
    shared = held_meeting(hall, first, second, first=first)
    number = hall.case(first).number
    kept: Any = {"fields": dict(PERSON), "opened": "", "version": 1}
    hall.desk.handle(SaveDraft("sheet", kept, subject=number), ELDERLY)
    hall.desk.handle(SaveDraft("plan", kept, subject=number), COORDINATOR)
    parts: Any = {"attended": [], first: {"shared_facts": PERSON["summary"]}, second: OTHER}
    hall.desk.handle(SaveDraft("record", parts, subject=shared), COORDINATOR)
    hall.confirm_record(shared)
    own = held_meeting(hall, first, first=first)
    hall.desk.handle(SaveDraft("record", parts, subject=own), COORDINATOR)
    hall.confirm_record(own)
    ticks_of(hall).tick()
    hall.clock.move(days=200)
    hall.desk.handle(SetHold(first, "甲野家の訴訟のため。"), MANAGER)
    hall.desk.handle(LiftHold(first), MANAGER)
    hall.check_on(first, by=ELDERLY, comment="灯台を見に行った。")
    hall.close(first, reason="甲野さんが転居したため。")
    return first, second, shared, own


def everything_readable(hall: TownHall) -> dict[str, str]:
    """Every column of every table, the sealed ones opened: what somebody with the keys reads."""
    found = {}
    vault, sealed = hall.database.vault, {(table.name, column) for table, column in SEALED}
    with hall.database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            key = next(iter(table.primary_key.columns)).name
            words = []
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    if (table.name, column) in sealed and value:
                        words.append(
                            vault.open(value, place(table, column, row[key], row.get("version", 0)))
                        )
                    else:
                        words.append(str(value))
            found[table.name] = "\n".join(words)
    return found


def test_nothing_of_the_person_is_left_in_any_table(any_hall: TownHall) -> None:
    """Every column is opened and searched: sheet, plan, preparation, record, drafts, notices.

    What was said of somebody else at the same meeting stays.
    """
    first, second, shared, own = whole_story(any_hall)
    before = everything_readable(any_hall)
    assert [w for w in WORDS if w in "".join(before.values())] == list(WORDS), "planted"
    assert [t for t, words in before.items() if "蔵の奥" in words] == [
        "cases",
        "drafts",
        "meetings",
    ]
    any_hall.clock.set(AFTER + timedelta(days=366))
    assert approve(any_hall, first).cases == 1
    with any_hall.database.open() as unit:
        (waiting,) = unit.disposals.waiting()
    any_hall.desk.handle(CarryOutDisposal(waiting.id), Caller.CLOCK)
    after = everything_readable(any_hall)
    assert [(t, w) for t, words in after.items() for w in WORDS if w in words] == []
    still = {t for t, words in after.items() if first in words}
    assert still == {"trail", "disposals"}
    assert own not in after["meetings"] + after["promises"] + after["drafts"] + after["outbox"]
    assert any_hall.case(second).sheet["name"] == OTHER["name"]
    meeting = any_hall.meeting(shared)
    assert [i.case_id for i in meeting.agenda] == [second]
    assert meeting.record is not None
    assert meeting.record.cases[second]["shared_facts"] == OTHER["summary"]
    assert list(meeting.preparations) == [second]
    with any_hall.database.open() as unit:
        (draft,) = unit.drafts.of_member(COORDINATOR)
        assert unit.drafts.of_member(ELDERLY) == []
    assert (draft.subject, draft.raw[second]) == (shared, OTHER)
    assert set(draft.raw) == {"attended", second}


def test_after_a_disposal_every_page_goes_on_without_the_case(hall: TownHall) -> None:
    """Lists, the shared meeting, its record, inboxes: nothing stumbles; the case is not found."""
    first, second, shared, own = whole_story(hall)
    hall.clock.set(AFTER + timedelta(days=366))
    approve(hall, first)
    ticks_of(hall).tick()
    with pytest.raises(NotFound):
        hall.desk.ask(GetCaseId("R8-0001"), COORDINATOR)
    with pytest.raises(NotFound):
        hall.desk.ask(GetMeeting(own), COORDINATOR)
    assert "R8-0001" not in str(hall.desk.ask(ListCases(closed=True), COORDINATOR))
    assert hall.desk.ask(GetMeeting(shared), COORDINATOR).line.numbers == ("R8-0002",)
    record = hall.desk.ask(GetRecord(shared), COORDINATOR)
    assert [c.case_id for c in record.cases] == [second]
    assert hall.desk.ask(GetCase(second, CasePage.CASE), COORDINATOR).meetings
    assert hall.desk.ask(GetMeetings(everybodys=True), COORDINATOR).over
    for member in (COORDINATOR, ELDERLY, CHAIR, MANAGER):
        hall.desk.ask(GetInbox(), member)
    assert hall.promises(first) == []
    ticks_of(hall).tick()


def test_its_number_is_never_given_again(hall: TownHall) -> None:
    """The next case of the same fiscal year goes on counting."""
    case_id = closed(hall)
    hall.clock.set(datetime(2032, 3, 1, 9, 0, tzinfo=TOKYO))
    save_years(hall, "1")
    approve(hall, case_id)
    keep_house(hall)
    assert not is_there(hall, case_id)
    hall.clock.set(datetime(2026, 11, 21, 9, 0, tzinfo=TOKYO))
    assert hall.case(hall.open_case("A14")).number == "R8-0002"


def test_the_proof_says_what_went_without_saying_what_it_was(any_hall: TownHall) -> None:
    """Number, days, approver, counts and a keyed digest; a meeting that went has its own line."""
    first, _, _, own = whole_story(any_hall)
    with any_hall.database.open() as unit:
        expected = unit.disposals.digest(unit.cases.get(first))
    any_hall.clock.set(AFTER + timedelta(days=366))
    approve(any_hall, first)
    ticks_of(any_hall).tick()
    lines = any_hall.desk.ask(GetDisposals(), ADMINISTRATOR)
    case = next(d for d in lines if d.kind == "case")
    meeting = next(d for d in lines if d.kind == "meeting")
    assert len(lines) == 2
    assert (case.number, meeting.number) == ("R8-0001", "R8-0001")
    assert case.kept_until == date(2033, 3, 31)
    assert case.approved_by.startswith(member_of(any_hall, MANAGER).name)
    assert (case.approved_at, case.disposed_at) == (any_hall.clock.at, any_hall.clock.at)
    counts = dict(case.counts)
    assert counts["meetings"] == 1
    assert counts["parts"] == 1
    assert counts["plans"] == 1
    assert counts["drafts"] == 3
    assert counts["notices"] > 0
    assert case.proof == expected
    assert len(meeting.proof) == 64
    assert "disposed" in kinds(any_hall, first)
    with any_hall.database.open() as unit:
        assert "meeting_disposed" in {e.kind for e in unit.events.of_meeting(own)}
    for word in WORDS:
        assert word not in str(lines)


def test_one_that_fails_holds_up_nothing_and_is_tried_again(hall: TownHall) -> None:
    """A case that cannot be read stays, approved and seen, until it is read again; the other goes,
    and the clock is sound."""
    broken, sound = closed(hall), closed(hall)
    hall.clock.set(AFTER)
    approve(hall, broken, sound)
    with hall.database.engine.begin() as connection:
        content = connection.execute(select(cases.c.content).where(cases.c.id == broken)).scalar()
        spoilt = update(cases).where(cases.c.id == broken)
        connection.execute(spoilt.values(content=str(content)[:-6] + "AAAAAA"))
    ticks_of(hall).tick()
    assert not is_there(hall, sound)
    assert [c.case_id for c in view(hall).waiting] == [broken]
    with hall.database.engine.begin() as connection:
        connection.execute(update(cases).where(cases.c.id == broken).values(content=content))
    hall.desk.handle(RepairBroken(broken), ADMINISTRATOR)
    ticks_of(hall).tick()
    assert not is_there(hall, broken)
    assert view(hall).waiting == ()


def test_an_approval_is_carried_out_once_and_after_a_restart_too(any_hall: TownHall) -> None:
    """The approval is a row, so a stop loses nothing; a second tick does nothing."""
    case_id = closed(any_hall)
    any_hall.clock.set(AFTER)
    approve(any_hall, case_id)
    again = any_hall.another_desk()
    try:
        (disposal_id,) = again.desk.ask(GetChores(), Caller.CLOCK).disposals
        assert again.desk.handle(CarryOutDisposal(disposal_id), Caller.CLOCK)
        assert not any_hall.desk.handle(CarryOutDisposal(disposal_id), Caller.CLOCK)
    finally:
        again.database.close()
    assert not is_there(any_hall, case_id)
    assert len(any_hall.desk.ask(GetDisposals(), MANAGER)) == 1


def test_a_case_that_was_reopened_after_the_approval_stays(hall: TownHall) -> None:
    """Whoever reopens it in the last moment wins."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    approve(hall, case_id)
    hall.desk.handle(ReopenCase(case_id, "戻られたため。"), COORDINATOR)
    keep_house(hall)
    assert is_there(hall, case_id)
    assert view(hall).waiting == ()


def test_a_case_taken_off_the_agenda_again_leaves_nothing_there(hall: TownHall) -> None:
    """What agencies had prepared on it goes too, and the meeting that others need stays."""
    first = accepted(hall, **PERSON, **consented("A13", "A14"))
    meeting_id = hall.convene(first, bases=("multi_layered",))
    prepared = {"progress": PERSON["summary"], "issues": PERSON["summary"]}
    hall.desk.handle(SavePreparation(meeting_id, "R8-0001", prepared), ELDERLY)
    withdrawn: Any = {
        "consent": "withdrawn",
        "consent_on": "令和8年11月20日",
        "consent_scope": None,
    }
    hall.consent(first, **withdrawn)
    assert hall.meeting(meeting_id).agenda == []
    hall.close(first)
    hall.clock.set(AFTER)
    approve(hall, first)
    keep_house(hall)
    assert hall.meeting(meeting_id).preparations == {}
    words = everything_readable(hall)
    assert [(t, w) for t, text in words.items() for w in WORDS if w in text] == []


# -- members who left -----------------------------------------------------------------------------


def leaves(hall: TownHall, member_id: str, on: date) -> str:
    """This member's last day; answers with their name."""
    with hall.database.open() as unit:
        member = unit.directory.member(member_id)
        assert member is not None
        unit.directory.save_members([replace(member, active_until=on, email="gone@example.jp")])
        unit.commit()
        return member.name


def member_of(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def test_drafts_and_inbox_of_who_left_go_after_thirty_days(any_hall: TownHall) -> None:
    """Nobody else may read them; until then the member may have come back."""
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), ELDERLY)
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), CLERK)
    any_hall.open_case("A14")
    ticks_of(any_hall).tick()
    assert any_hall.mail(ELDERLY)
    leaves(any_hall, ELDERLY, date(2026, 11, 20))
    any_hall.clock.set(datetime(2026, 12, 20, 9, 0, tzinfo=TOKYO))
    keep_house(any_hall)
    assert any_hall.mail(ELDERLY)
    any_hall.clock.set(datetime(2026, 12, 21, 9, 0, tzinfo=TOKYO))
    keep_house(any_hall)
    assert any_hall.mail(ELDERLY) == []
    with any_hall.database.open() as unit:
        assert unit.drafts.of_member(ELDERLY) == []
        assert len(unit.drafts.of_member(CLERK)) == 1
    assert any_hall.notices(ELDERLY) == []


def test_an_address_goes_with_the_fiscal_year_after_leaving(any_hall: TownHall) -> None:
    """Left in 令和8年度: the e-mail address is there until 31 March 2028, and then gone."""
    name = leaves(any_hall, ELDERLY, date(2026, 11, 20))
    any_hall.clock.set(datetime(2028, 3, 31, 9, 0, tzinfo=TOKYO))
    keep_house(any_hall)
    assert member_of(any_hall, ELDERLY).email
    any_hall.clock.set(datetime(2028, 4, 1, 9, 0, tzinfo=TOKYO))
    keep_house(any_hall)
    assert member_of(any_hall, ELDERLY).email == ""
    assert member_of(any_hall, ELDERLY).name == name


def test_a_name_goes_by_approval_when_its_years_are_over(any_hall: TownHall) -> None:
    """「退職した職員」 and the code stand for it everywhere, so that the trail stays readable."""
    case_id = accepted(any_hall)
    any_hall.close(case_id)  # while it went on the name would stay: test_two_approvers.py
    name = leaves(any_hall, ELDERLY, date(2026, 11, 20))
    any_hall.clock.set(AFTER - timedelta(days=1))
    assert ELDERLY not in {p.member_id for p in view(any_hall).people}
    any_hall.clock.set(AFTER)
    (line,) = [p for p in view(any_hall).people if p.member_id == ELDERLY]
    assert (line.name, line.left_on) == (name, date(2026, 11, 20))
    assert approve(any_hall, people=(ELDERLY, COORDINATOR)) == ApprovalResult(0, 1, 1)
    gone = member_of(any_hall, ELDERLY)
    assert (gone.name, gone.kana) == ("退職した職員M26", "タイショクシタショクイン")
    assert gone.agency_id == "A14"
    assert name not in str(everything_readable(any_hall))
    assert "退職した職員M26" in str(any_hall.desk.ask(GetCase(case_id), COORDINATOR).story)
    assert ELDERLY not in {p.member_id for p in view(any_hall).people}
    (proof,) = any_hall.desk.ask(GetDisposals(), MANAGER)
    assert (proof.kind, proof.name) == ("member", "退職した職員M26")


def test_a_digest_that_named_them_does_not_any_more(hall: TownHall) -> None:
    """Whom a notice did not reach stands in a digest by name."""
    name = leaves(hall, ELDERLY, date(2026, 11, 20))
    failed = {"failed": [{"key": "x", "to": name, "at": ""}, {"key": "y", "to": "甲", "at": ""}]}
    with hall.database.open() as unit:
        unit.digests.save(date(2026, 11, 16), {**failed, "counts": {"failed": 2}})
        unit.commit()
    hall.clock.set(AFTER)
    approve(hall, people=(ELDERLY,))
    with hall.database.open() as unit:
        content = unit.digests.get(date(2026, 11, 16))
    assert content is not None
    assert [f["to"] for f in content["failed"]] == ["退職した職員M26", "甲"]  # type: ignore[attr-defined]
    assert content["counts"] == {"failed": 2}


def test_an_erased_member_is_forgotten_under_every_name(hall: TownHall) -> None:
    """What they were called before they married goes with the name."""
    leaves(hall, ELDERLY, date(2026, 11, 20))
    before = FormerName("旧野 ゆるり", hall.clock.at, "A14")
    named = replace(member_of(hall, ELDERLY), former=(before,), corrected=("縁側 つむき",))
    with hall.database.open() as unit:
        unit.directory.save_members([named])
        unit.commit()
    hall.clock.set(AFTER)
    approve(hall, people=(ELDERLY,))
    gone = member_of(hall, ELDERLY)
    assert (gone.former, gone.corrected) == ((), ())


def test_a_list_does_not_bring_an_erased_member_back(hall: TownHall) -> None:
    """An export of after changes nothing when imported; one of before is passed over, and said."""
    labels = load_labels()
    leaves(hall, ELDERLY, date(2026, 11, 20))
    old = hall.desk.ask(ExportMembers(labels), ADMINISTRATOR)
    hall.clock.set(AFTER)
    approve(hall, people=(ELDERLY,))
    erased = member_of(hall, ELDERLY)
    new = hall.desk.ask(ExportMembers(labels), ADMINISTRATOR)
    plan = hall.desk.handle(ImportMembers(new, labels, save=True), ADMINISTRATOR)
    assert (plan.errors, plan.added, plan.changed) == ((), (), ())
    assert "lists.erased" not in {w.key for w in plan.warnings}
    plan = hall.desk.handle(ImportMembers(old, labels, save=True), ADMINISTRATOR)
    assert (plan.errors, plan.changed) == ((), ())
    assert [w.facts["code"] for w in plan.warnings if w.key == "lists.erased"] == [ELDERLY]
    assert member_of(hall, ELDERLY) == erased
    cells = hall.desk.ask(GetMemberToEdit(ELDERLY, labels), ADMINISTRATOR)
    save = SaveMember({**cells.cells, "name": "空野 戻"}, cells.stamp, labels)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(save, ADMINISTRATOR)
    assert [e.key for e in wrong.value.errors] == ["directory.erased"]


# -- tidying --------------------------------------------------------------------------------------


def test_an_idle_draft_goes_after_180_days_and_its_writer_is_told_before(
    any_hall: TownHall,
) -> None:
    """Told 14 days before, once; touched again, it stays."""
    old = any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), CLERK)
    touched = any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), CLERK)

    def drafts_there() -> set[str]:
        with any_hall.database.open() as unit:
            return {d.id for d in unit.drafts.of_member(CLERK)}

    def told() -> int:
        return len(any_hall.notices(CLERK, "drafts_expiring"))

    any_hall.clock.move(days=165)
    keep_house(any_hall)
    assert told() == 0
    any_hall.clock.move(days=1)
    keep_house(any_hall)
    assert told() == 1
    assert any_hall.notices(CLERK, "drafts_expiring")[0].facts["drafts"] == 2
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "続き。"}, touched), CLERK)
    any_hall.clock.move(days=13)
    keep_house(any_hall)
    assert drafts_there() == {old, touched}
    any_hall.clock.move(days=1)
    keep_house(any_hall)
    assert drafts_there() == {touched}
    assert told() == 1


def test_a_draft_of_a_time_when_the_server_stood_still_is_told_first(hall: TownHall) -> None:
    """Nothing vanishes unsaid, however long nobody looked."""
    hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), CLERK)
    hall.clock.move(days=400)
    keep_house(hall)
    with hall.database.open() as unit:
        assert unit.drafts.of_member(CLERK)
    hall.clock.move(days=14)
    keep_house(hall)
    with hall.database.open() as unit:
        assert unit.drafts.of_member(CLERK) == []


def test_read_mail_older_than_a_year_goes_and_unread_stays(any_hall: TownHall) -> None:
    """Who has not looked yet may still."""
    any_hall.open_case("A14", "A17")
    ticks_of(any_hall).tick()
    any_hall.desk.handle(MarkRead([i.notice.id for i in any_hall.mail(ELDERLY)]), ELDERLY)
    unread = len(any_hall.mail("M30"))
    any_hall.clock.move(days=365)
    any_hall.desk.handle(DoChore(Chore.MAIL), Caller.CLOCK)
    assert any_hall.mail(ELDERLY)
    any_hall.clock.move(days=1)
    assert any_hall.desk.handle(DoChore(Chore.MAIL), Caller.CLOCK) > 0
    assert any_hall.mail(ELDERLY) == []
    assert len(any_hall.mail("M30")) == unread > 0


def test_spent_links_and_ended_sessions_go_after_thirty_days(any_hall: TownHall) -> None:
    """One that still lasts stays, however old it is."""
    now = any_hall.clock.now()

    def made(digest: str, expires: timedelta, ended_at: datetime | None = None) -> SignIn:
        return SignIn(digest, "session", CLERK, None, "link", now, now, now + expires, ended_at)

    with any_hall.database.open() as unit:
        unit.sign_ins.add(made("ended", timedelta(days=365)))
        unit.sign_ins.end("ended", now)
        unit.sign_ins.add(made("over", timedelta(hours=12)))
        unit.sign_ins.add(made("lasts", timedelta(days=365)))
        unit.commit()

    def left() -> set[str]:
        with any_hall.database.open() as unit:
            return {d for d in ("ended", "over", "lasts") if unit.sign_ins.get(d)}

    any_hall.clock.move(days=30)
    any_hall.desk.handle(DoChore(Chore.SIGN_INS), Caller.CLOCK)
    assert left() == {"ended", "over", "lasts"}
    any_hall.clock.move(days=1)
    assert any_hall.desk.handle(DoChore(Chore.SIGN_INS), Caller.CLOCK) == 2
    assert left() == {"lasts"}


def test_events_of_the_doors_are_forgotten_after_ninety_days(any_hall: TownHall) -> None:
    """By then no page is open any more that could send the same form again."""
    with any_hall.database.open() as unit:
        unit.mark_handled("web", "old", any_hall.clock.now())
        unit.commit()
    any_hall.clock.move(days=90)
    any_hall.desk.handle(DoChore(Chore.EVENTS), Caller.CLOCK)
    with any_hall.database.open() as unit:
        assert unit.was_handled("web", "old")
    any_hall.clock.move(days=1)
    any_hall.desk.handle(DoChore(Chore.EVENTS), Caller.CLOCK)
    with any_hall.database.open() as unit:
        assert not unit.was_handled("web", "old")


def test_each_chore_is_done_once_a_day_by_the_ticks_and_counted_in_the_trail(
    hall: TownHall,
) -> None:
    """A second tick of the same day finds nothing to do; the next day everything again."""
    ticks = ticks_of(hall)
    assert set(hall.desk.ask(GetChores(), Caller.CLOCK).chores) == set(Chore)
    ticks.tick()
    assert hall.desk.ask(GetChores(), Caller.CLOCK).chores == ()
    assert hall.desk.handle(DoChore(Chore.EVENTS), Caller.CLOCK) == 0
    hall.clock.move(days=91)
    assert set(hall.desk.ask(GetChores(), Caller.CLOCK).chores) == set(Chore)
    ticks.tick()
    with hall.database.open() as unit:
        rows = unit.events.page(TrailFilter(group="other", door="clock"), 0, 100)
        rows = [r for r in rows if r.kind == "tidied"]
    assert [(r.facts, r.door) for r in rows] == [({"what": "events", "count": len(Chore)}, "clock")]


def test_nobody_but_the_clock_tidies_or_carries_out(hall: TownHall) -> None:
    """A manager approves; they do not dispose by their own hand."""
    commands: list[Command[Any]] = [DoChore(Chore.DRAFTS), CarryOutDisposal("x")]
    for command in commands:
        for member in (MANAGER, ADMINISTRATOR, COORDINATOR, OTHER_COORDINATOR):
            with pytest.raises(NotAllowed):
                hall.desk.handle(command, member)
