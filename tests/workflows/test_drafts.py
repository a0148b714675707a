"""Drafts: kept as typed for their writer alone, and gone once the sheet is sent."""

import pytest

from tests.support.hands import ask_for, sheet
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, MANAGER, OUTSIDER
from tests.support.town import TownHall
from workflows.cases.drafts import DropDraft, FindDraft, FinishDraft, GetDraft, SaveDraft
from workflows.cases.open_case import OpenCase
from workflows.errors import Invalid, NotFound
from workflows.forms import Raw

TYPED: Raw = {
    "summary": "途中まで。",
    "birth_date": "令和8年2月",
    "household": [{"relation": "母"}],
}


def test_a_draft_keeps_what_was_typed_wrong_or_not(any_hall: TownHall) -> None:
    """Nothing typed is lost, not even what could not be sent."""
    draft_id = any_hall.desk.handle(SaveDraft("sheet", TYPED), CLERK)
    any_hall.desk.handle(SaveDraft("sheet", {**TYPED, "name": "空野"}, draft_id), CLERK)
    assert any_hall.desk.ask(GetDraft(draft_id), CLERK).raw == {**TYPED, "name": "空野"}


@pytest.mark.parametrize("other", [COORDINATOR, MANAGER, ADMINISTRATOR, OUTSIDER, "M16"])
def test_nobody_else_reads_writes_or_drops_it(hall: TownHall, other: str) -> None:
    """A draft is its writer's alone, whatever another's role."""
    draft_id = hall.desk.handle(SaveDraft("sheet", TYPED), CLERK)
    with pytest.raises(NotFound):
        hall.desk.handle(SaveDraft("sheet", {}, draft_id), other)
    with pytest.raises(NotFound):
        hall.desk.handle(DropDraft(draft_id), other)
    with pytest.raises(NotFound):
        hall.desk.ask(GetDraft(draft_id), other)
    hall.desk.handle(FinishDraft(draft_id), other)
    assert hall.desk.ask(FindDraft("sheet", ""), other) is None
    assert hall.desk.ask(GetDraft(draft_id), CLERK).raw == TYPED


def test_a_sent_sheet_takes_its_draft_with_it_and_a_refused_one_does_not(hall: TownHall) -> None:
    """A refusal loses nothing; success leaves nothing lying about."""
    draft_id = hall.desk.handle(SaveDraft("sheet", TYPED), CLERK)
    with pytest.raises(Invalid):
        hall.desk.handle(OpenCase(sheet(summary=""), (), draft_id), CLERK)
    assert hall.desk.ask(GetDraft(draft_id), CLERK).raw == TYPED
    hall.open_case("A14", by=CLERK, draft_id=draft_id)
    with pytest.raises(NotFound):
        hall.desk.ask(GetDraft(draft_id), CLERK)


def test_another_ones_draft_does_not_go_with_my_sheet(hall: TownHall) -> None:
    """A foreign draft's id in a sheet deletes nothing."""
    draft_id = hall.desk.handle(SaveDraft("sheet", TYPED), CLERK)
    hall.desk.handle(OpenCase(sheet(), (ask_for("A14"),), draft_id), COORDINATOR)
    assert hall.desk.ask(GetDraft(draft_id), CLERK).raw == TYPED


def test_a_late_saving_does_not_bring_a_sent_sheet_back(any_hall: TownHall) -> None:
    """An autosave still under way when the sheet is sent leaves no draft behind."""
    draft_id = any_hall.desk.handle(SaveDraft("sheet", TYPED), COORDINATOR)
    any_hall.desk.handle(OpenCase(sheet(), (ask_for("A14"),), draft_id), COORDINATOR)
    assert any_hall.desk.handle(SaveDraft("sheet", TYPED, draft_id), COORDINATOR) == draft_id
    with pytest.raises(NotFound):
        any_hall.desk.ask(GetDraft(draft_id), COORDINATOR)
