"""Drafts: kept as typed for their writer alone, and gone once the sheet is sent."""

from contextlib import suppress
from typing import Any

import pytest

from tests.support.hands import ask_for, consented, sheet
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from workflows.cases.drafts import DropDraft, FindDraft, GetDraft, SaveDraft
from workflows.cases.name_members import NameMember
from workflows.cases.open_case import OpenCase
from workflows.core.errors import Invalid, NotAllowed, NotFound
from workflows.forms import Raw
from workflows.inbox.inbox import GetInbox
from workflows.meetings.record import DRAFT_FORM, TakeOverWriting
from workflows.meetings.record_views import FindRecordDraft

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

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
    with suppress(NotAllowed):
        hall.open_case("A14", by=other, draft_id=draft_id)
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


def kept(hall: TownHall, draft_id: str, meeting_id: str) -> list[dict[str, Any]]:
    """My draft of a record through each of the doors by which it is opened."""
    by_meeting = hall.desk.ask(FindRecordDraft(meeting_id), ELDERLY)
    by_subject = hall.desk.ask(FindDraft(DRAFT_FORM, meeting_id), ELDERLY)
    by_id = hall.desk.ask(GetDraft(draft_id), ELDERLY)
    (listed,) = hall.desk.ask(GetInbox(), ELDERLY).drafts
    return [dict(d.raw) for d in (by_meeting, by_subject, by_id, listed) if d]


@pytest.mark.parametrize(
    "change",
    [
        {"danger": "yes"},
        {"consent": "withdrawn", "consent_scope": [], "consent_on": ""},
    ],
    ids=["restricted", "withdrawn"],
)
def test_a_draft_of_a_record_gives_back_no_word_on_a_case_one_may_not_read_any_more(
    hall: TownHall, change: dict[str, Any]
) -> None:
    """Each case's part ends with reading it; the rest of the draft stays."""
    first = hall.open_case("A14", **consented("A14"))
    second = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(
        first, second, bases=["multi_layered"], required=["A13", "A14"], days_ahead=(10,)
    )
    hall.swear(meeting_id, ELDERLY)
    hall.desk.handle(TakeOverWriting(meeting_id, ELDERLY), COORDINATOR)
    raw: Any = {
        "attended": [{"agency": "A14", "presence": "present", "who": ""}],
        "summary": "",
        first: {"discussed": "ひみつの話"},
        second: {"discussed": "もう一つの話"},
    }
    draft_id = hall.desk.handle(SaveDraft(DRAFT_FORM, raw, None, meeting_id), ELDERLY)
    assert kept(hall, draft_id, meeting_id) == [raw] * 4
    hall.edit(first, **change)
    if ELDERLY in hall.case(first).named_member_ids:
        hall.desk.handle(NameMember(first, ELDERLY, False), COORDINATOR)
    rest = {k: v for k, v in raw.items() if k != first}
    assert kept(hall, draft_id, meeting_id) == [rest] * 4
