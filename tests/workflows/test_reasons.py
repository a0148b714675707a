"""A reason says something, wherever one is given: a mere sign is refused beside its field."""

from collections.abc import Callable
from datetime import date

import pytest

from handlers.words.formbook import load_formbook
from tests.support.hands import ask_for
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.cases.close_case import ReopenCase
from workflows.cases.refer import Refer
from workflows.core.errors import Invalid
from workflows.forms import check
from workflows.meetings.fix_date import CancelMeeting, FixDate, MoveMeeting
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.retention.hold import KeepLonger, SetHold

SIGNS = ("。", "-", "あ", "ああ", "12")
BOOK = load_formbook(None)
REASONS = [
    (form.id, field.id)
    for form in (BOOK.form(name) for name in ("sheet", "referral", "reply", "meeting", "closure"))
    for field in form.fields
    if field.id.endswith("reason")
]


@pytest.mark.parametrize(("form", "field"), REASONS)
@pytest.mark.parametrize("sign", SIGNS)
def test_no_form_takes_a_sign_for_a_reason(form: str, field: str, sign: str) -> None:
    found = check(BOOK.form(form), {field: sign}, today=date(2026, 11, 20))
    assert "form.no_words" in [e.key for e in found.errors if e.field == field]
    found = check(BOOK.form(form), {field: "急ぐため。"}, today=date(2026, 11, 20))
    assert not [e for e in found.errors if e.field == field]


def test_the_reasons_of_all_forms_are_known() -> None:
    assert REASONS == [
        ("sheet", "unconsented_reason"),
        ("reply", "reason"),
        ("reply", "pass_reason"),
        ("meeting", "basis_reason"),
        ("closure", "reason"),
    ]


def wrong(act: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        act()
    return [(e.field, e.key) for e in refused.value.errors]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_meeting_is_not_called_moved_or_joined_for_a_sign(hall: TownHall, sign: str) -> None:
    """Each time it is said once, beside the reason."""
    case_id, other = hall.open_case("A14"), hall.open_case("A14")
    convening = wrong(lambda: hall.convene(case_id, basis_reason=sign))
    assert convening == [("basis_reason", "form.no_words")]
    meeting_id = hall.convene(case_id)
    numbers = (hall.case(other).number,)
    joining = PutOnAgenda(meeting_id, numbers, sign)
    assert wrong(lambda: hall.desk.handle(joining, COORDINATOR)) == [
        ("basis_reason", "form.no_words")
    ]
    fixing = FixDate(meeting_id, hall.meeting(meeting_id).slots[0].id, sign)
    assert wrong(lambda: hall.desk.handle(fixing, COORDINATOR)) == [("reason", "form.no_words")]
    hall.fix(meeting_id)
    moving = MoveMeeting(meeting_id, "12月21日", "10:00", sign)
    assert wrong(lambda: hall.desk.handle(moving, COORDINATOR)) == [("reason", "form.no_words")]
    cancelling = CancelMeeting(meeting_id, sign)
    assert wrong(lambda: hall.desk.handle(cancelling, COORDINATOR)) == [("reason", "form.no_words")]


@pytest.mark.parametrize("sign", SIGNS)
def test_nobody_is_told_of_a_case_for_a_sign(hall: TownHall, sign: str) -> None:
    case_id = hall.open_case("A14")
    telling = Refer(
        case_id, (ask_for("A17"),), str(hall.case(case_id).sheet["unconsented_basis"]), sign
    )
    assert ("unconsented_reason", "form.no_words") in wrong(
        lambda: hall.desk.handle(telling, COORDINATOR)
    )


@pytest.mark.parametrize("sign", SIGNS)
def test_nothing_is_kept_or_opened_again_for_a_sign(hall: TownHall, sign: str) -> None:
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.close(case_id, by=ELDERLY)
    again = ReopenCase(case_id, sign)
    assert wrong(lambda: hall.desk.handle(again, COORDINATOR)) == [("reason", "form.no_words")]
    hold = SetHold(case_id, sign)
    assert wrong(lambda: hall.desk.handle(hold, MANAGER)) == [("hold_reason", "form.no_words")]
    longer = KeepLonger(case_id, "令和20年4月1日", sign)
    assert ("longer_reason", "form.no_words") in wrong(lambda: hall.desk.handle(longer, MANAGER))
