"""支援プラン, 見守り, 終結, 再開, and two people at one sheet."""

from datetime import datetime, timedelta

import pytest

from tests.support.hands import sheet
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, OTHER_COORDINATOR
from tests.support.town import TownHall
from workflows.cases.close_case import CloseCase, ReopenCase
from workflows.cases.edit_sheet import EditSheet
from workflows.cases.plan import SavePlan
from workflows.cases.roles import TickRole
from workflows.core.errors import Conflict, Invalid, NotAllowed, Refused
from workflows.japanese.dates import TOKYO
from workflows.model.case import CaseState
from workflows.model.promise import PromiseKind


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """Led by 地域包括, nothing owed but its next check."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    return case_id


# -- two people at one sheet ----------------------------------------------------------------------


def test_two_people_at_one_sheet_are_told_of_each_other(any_hall: TownHall) -> None:
    """The second is told who changed which fields meanwhile, and nothing of the first is lost."""
    case_id = any_hall.open_case("A14")
    any_hall.edit(case_id, by=OTHER_COORDINATOR, wishes="家で暮らしたい。", route="phone")
    late = EditSheet(case_id, 1, sheet(summary="別の概要。"))
    with pytest.raises(Conflict) as conflict:
        any_hall.desk.handle(late, COORDINATOR)
    assert conflict.value.facts["by"] == "繋野 ひかり"
    assert conflict.value.facts["fields"] == ["route", "wishes"]
    case = any_hall.case(case_id)
    assert (case.sheet["wishes"], case.sheet_version) == ("家で暮らしたい。", 2)
    assert case.sheet["summary"] != "別の概要。"


def test_an_edit_says_what_changed_and_an_empty_one_changes_nothing(
    hall: TownHall, case_id: str
) -> None:
    """Every change can be seen: who, when, which fields."""
    assert hall.edit(case_id) == 1
    assert hall.edit(case_id, summary="落ち着いてきた。") == 2
    (edit,) = hall.case(case_id).sheet_edits
    assert (edit.by, edit.fields) == (COORDINATOR, ["summary"])


def test_a_wrong_edit_saves_nothing(hall: TownHall, case_id: str) -> None:
    """The sheet stays as it was."""
    with pytest.raises(Invalid):
        hall.edit(case_id, summary="123456789012")
    assert hall.case(case_id).sheet_version == 1


# -- the plan -------------------------------------------------------------------------------------


def test_each_saving_of_a_plan_is_a_version(hall: TownHall, case_id: str) -> None:
    """A version says what changed; saving the same again makes none."""
    assert hall.plan(case_id, by=ELDERLY) == 1
    assert hall.plan(case_id, by=ELDERLY) == 1
    assert hall.plan(case_id, by=COORDINATOR, short_goal="月に一度は外へ出る。") == 2
    assert hall.case(case_id).plans[1].changed == ["short_goal"]
    assert hall.case(case_id).state is CaseState.SUPPORTING


def test_two_people_at_one_plan_are_told_of_each_other(hall: TownHall, case_id: str) -> None:
    """The later one does not write over the earlier."""
    hall.plan(case_id, by=ELDERLY)
    hall.plan(case_id, by=ELDERLY, short_goal="月に一度は外へ出る。")
    with pytest.raises(Conflict) as conflict:
        hall.desk.handle(SavePlan(case_id, 1, {}), COORDINATOR)
    assert conflict.value.facts["by"] == "日向坂 ゆるり"


def test_a_plan_is_reviewed_thirty_days_before_it_ends(hall: TownHall, case_id: str) -> None:
    """docs/rules.md 20: 30 days ahead, on an open day, and again when a new version moves the
    end."""
    hall.plan(case_id, by=ELDERLY, ends_on="令和9年5月31日")
    (review,) = hall.promises(case_id, PromiseKind.PLAN_REVIEW)
    assert review.due_at == datetime(2027, 5, 6, 17, 15, tzinfo=TOKYO)  # 1 May: 連休 until the 5th
    hall.plan(case_id, by=ELDERLY, ends_on="令和9年9月30日")
    (review,) = hall.promises(case_id, PromiseKind.PLAN_REVIEW)
    assert review.due_at == datetime(2027, 8, 31, 17, 15, tzinfo=TOKYO)


def test_a_plan_ends_after_it_starts(hall: TownHall, case_id: str) -> None:
    """An end before the beginning is refused beside its field."""
    with pytest.raises(Invalid) as wrong:
        hall.plan(case_id, ends_on="令和8年11月1日")
    assert [e.field for e in wrong.value.errors] == ["ends_on"]


# -- watching, closing, reopening -----------------------------------------------------------------


def test_a_case_is_not_closed_while_an_agency_has_not_answered(hall: TownHall) -> None:
    """What is still owed keeps it open, and is named."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    with pytest.raises(Refused) as refused:
        hall.close(case_id)
    assert refused.value.key == "close.waiting_replies"
    assert refused.value.facts["agencies"] == [hall.agency_name("A17")]
    assert hall.case(case_id).is_open


def test_a_case_is_not_closed_while_it_is_on_an_agenda_or_a_role_is_open(
    hall: TownHall, case_id: str
) -> None:
    """A meeting ahead, then a role that it gave out, keep the case open; then it may end."""
    meeting_id = hall.convene(case_id)
    with pytest.raises(Refused) as live:
        hall.close(case_id)
    assert live.value.key == "close.live_meeting"
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id, roles=[{"agency": "A17", "task": "相談に乗る", "due_on": ""}])
    hall.confirm_record(meeting_id)
    with pytest.raises(Refused) as owed:
        hall.close(case_id)
    assert owed.value.key == "close.open_roles"
    (role,) = hall.case(case_id).roles
    hall.desk.handle(TickRole(case_id, role.id), DISABILITY)
    hall.close(case_id)
    assert hall.case(case_id).state is CaseState.CLOSED


def test_closing_ends_what_is_owed_and_tells_the_team(any_hall: TownHall) -> None:
    """A closed case owes nothing, and everybody on it knows."""
    case_id = any_hall.open_case("A14")
    any_hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    any_hall.close(case_id, by=ELDERLY)
    assert any_hall.promises(case_id) == []
    assert any_hall.told("case_closed") == {ELDERLY, COORDINATOR}
    with pytest.raises(Refused) as closed:
        any_hall.edit(case_id, summary="後から。")
    assert closed.value.key == "case.closed"


@pytest.mark.parametrize(("kind", "field"), [("closed", "goals_reached"), ("suspended", "reason")])
def test_an_end_wants_its_evaluation_or_reason(
    hall: TownHall, case_id: str, kind: str, field: str
) -> None:
    """終結 says whether the goals were reached, 中断 says why; without it nothing ends."""
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(CloseCase(case_id, {"kind": kind}), ELDERLY)
    assert field in [e.field for e in wrong.value.errors]
    assert hall.case(case_id).is_open
    hall.close(case_id, kind, by=ELDERLY)
    closure = hall.case(case_id).closure
    assert closure is not None
    assert closure.values[field]


def test_only_the_lead_or_a_coordinator_closes(hall: TownHall) -> None:
    """Whoever merely takes part does not end it."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    with pytest.raises(NotAllowed):
        hall.close(case_id, by=ELDERLY)


def test_watching_goes_on_with_a_next_check(hall: TownHall, case_id: str) -> None:
    """見守り is a state of its own: nothing is owed but the next look."""
    hall.close(case_id, "watching", by=ELDERLY)
    case = hall.case(case_id)
    assert case.state is CaseState.WATCHING
    assert case.is_open
    assert [p.kind for p in hall.promises(case_id)] == [PromiseKind.FOLLOW_UP]


def test_a_suspension_wants_its_reason_and_can_be_taken_up_again(
    hall: TownHall, case_id: str
) -> None:
    """中断 is not the end: reopened, the same agency answers and looks again within a month."""
    hall.close(case_id, "suspended", by=ELDERLY)
    assert hall.case(case_id).state is CaseState.SUSPENDED
    with pytest.raises(Invalid):
        hall.desk.handle(ReopenCase(case_id, "  "), ELDERLY)
    hall.desk.handle(ReopenCase(case_id, "また相談があったため。"), ELDERLY)
    case = hall.case(case_id)
    assert case.is_open
    assert case.answering_agency_id == "A14"
    assert case.next_follow_up is not None
    assert case.next_follow_up.due_on <= (hall.clock.at + timedelta(days=32)).date()
    assert hall.told("case_reopened") == {ELDERLY}


def test_an_open_case_is_not_reopened_and_a_closed_one_not_closed_twice(
    hall: TownHall, case_id: str
) -> None:
    """Neither does anything by mistake."""
    with pytest.raises(Refused) as still_open:
        hall.desk.handle(ReopenCase(case_id, "念のため。"), COORDINATOR)
    assert still_open.value.key == "case.not_closed"
    hall.close(case_id)
    with pytest.raises(Refused) as twice:
        hall.close(case_id)
    assert twice.value.key == "case.closed"
