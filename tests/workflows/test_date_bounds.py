"""Dates have bounds by their meaning, and none that is stored or typed makes anything long."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import process_time

import pytest

from tests.support.hands import sheet
from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.cases.edit_sheet import EditSheet
from workflows.core.errors import Invalid
from workflows.desk import Desk
from workflows.forms import check
from workflows.forms.shape import FieldType
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import TOKYO
from workflows.meetings.register import GetMeetings
from workflows.meetings.views import GetMeeting
from workflows.overview.coordinator_desk import GetCoordinatorDesk

TODAY = date(2026, 11, 20)
NO_END = date(9999, 12, 31)


def keys_of(form: str, field: str, typed: str) -> set[str]:
    checked = check(FORMS.form(form), {field: typed}, today=TODAY)
    return {e.key for e in checked.errors if e.field == field}


def test_every_date_of_every_form_has_a_first_and_a_last_year() -> None:
    """What lies outside is refused at its field, in the years that the field says."""
    tried = 0
    for form in FORMS.forms.values():
        for field in form.fields:
            if field.type not in (FieldType.DATE, FieldType.INSTANT):
                continue
            tried += 1
            clock = " 14:00" if field.type is FieldType.INSTANT else ""
            late = f"{TODAY.year + field.years_ahead + 1}-01-01{clock}"
            early = f"{TODAY.year - field.years_back - 1}-12-31{clock}"
            too_late = {"form.date_future"} if field.not_future else {"form.date_too_late"}
            assert keys_of(form.id, field.id, late) == too_late
            assert keys_of(form.id, field.id, early) == {"form.date_too_early"}
    assert tried > 8


@pytest.mark.parametrize("typed", ["9999-12-31", "令和99年1月1日", "20991231"])
def test_a_day_beyond_all_years_is_refused_by_the_bound_of_its_field(typed: str) -> None:
    """Nobody is invited to type the last day that is read where today is the last one."""
    for form in FORMS.forms.values():
        for field in form.fields:
            if field.type not in (FieldType.DATE, FieldType.INSTANT):
                continue
            at = f"{typed} 14:00" if field.type is FieldType.INSTANT else typed
            checked = check(FORMS.form(form.id), {field.id: at}, today=TODAY)
            (wrong,) = (e for e in checked.errors if e.field == field.id)
            if field.not_future:
                assert wrong.key == "form.date_future"
            else:
                last = f"{TODAY.year + field.years_ahead}-12-31"
                assert (wrong.key, wrong.facts) == ("form.date_too_late", {"last": last})


@pytest.mark.parametrize(
    ("form", "field", "typed"),
    [
        ("plan", "ends_on", "令和14年1月1日"),
        ("plan", "starts_on", "令和11年1月1日"),
        ("sheet", "consent_on", "平成27年12月31日"),
        ("sheet", "birth_date", "明治28年12月31日"),
        ("sheet", "birth_date", "令和8年11月21日"),
    ],
)
def test_a_date_is_bounded_by_what_it_means(form: str, field: str, typed: str) -> None:
    """A plan ends within years, consent is of this time, nobody was born tomorrow."""
    assert keys_of(form, field, typed)


@pytest.mark.parametrize("ends", ["9999-12-31", "令和99年12月31日", "2099-12-31"])
def test_a_plan_without_an_end_is_refused_at_its_field(hall: TownHall, ends: str) -> None:
    """The usual "no end" of other programs is none here: a plan is reviewed."""
    with pytest.raises(Invalid) as refused:
        hall.plan(hall.open_case(), ends_on=ends)
    assert [e.field for e in refused.value.errors] == ["ends_on"]


def test_a_role_without_an_end_is_refused_at_its_field(hall: TownHall) -> None:
    """The due date of a task lies within years."""
    meeting_id = hall.convene(hall.open_case())
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    hall.clock.move(days=21)
    with pytest.raises(Invalid) as refused:
        hall.save_record(
            meeting_id, roles=[{"agency": "A14", "task": "訪問", "due_on": "2098-12-31"}]
        )
    assert any("due_on" in e.field for e in refused.value.errors)


def test_a_candidate_date_lies_within_two_years(hall: TownHall) -> None:
    """A slip of the year is told apart from a date that is far off."""
    with pytest.raises(Invalid) as refused:
        hall.convene(hall.open_case(), days_ahead=(20, 1000))
    assert [(e.field, e.key) for e in refused.value.errors] == [("slots.1.day", "slot.too_far")]


def test_documents_that_hold_such_dates_already_are_neither_slow_nor_broken(
    hall: TownHall,
) -> None:
    """A plan, a task and a meeting of 9999, written before there were bounds: lists, pages and the
    clock go on, at a number of look-ups of holidays that no date decides."""
    case_id = hall.open_case()
    hall.reply(case_id, "A14", lead="yes", by=ELDERLY)
    hall.plan(case_id)
    meeting_id = hall.convene(case_id)
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    last = datetime(9999, 12, 31, 22, tzinfo=TOKYO)
    with hall.database.open() as unit:
        case, meeting = unit.cases.get(case_id, change=True), None
        assert case is not None
        assert case.plan is not None
        case.plan.ends_on = NO_END
        case.follow_ups[-1].due_on = NO_END
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        assert meeting.fixed_slot is not None
        meeting.fixed_slot.starts_at, meeting.fixed_slot.ends_at = last, last + timedelta(hours=1)
        meeting.answer_by = last
        unit.commit()
    asked: list[date] = []

    def counted(day: date) -> str | None:
        asked.append(day)
        return holiday_name(day)

    desk = Desk(hall.database.open, hall.clock, FORMS, counted)
    whole_years = 366 * 12  # looked up once, however many lines there are
    looks: list[Callable[[], object]] = [
        lambda: desk.handle(
            EditSheet(case_id, hall.case(case_id).sheet_version, sheet(summary="見守ります。")),
            COORDINATOR,
        ),
        lambda: desk.ask(GetInbox(), ELDERLY),
        lambda: desk.ask(GetCoordinatorDesk(), COORDINATOR),
        lambda: desk.ask(GetMeetings(everybodys=True), COORDINATOR),
        lambda: desk.ask(GetMeeting(meeting_id), CHAIR),
    ]
    for look in looks:
        look()
    assert len(asked) < whole_years
    asked.clear()
    for look in looks[1:]:
        look()
    assert len(asked) < 500
    hall.keep_promises()
    assert hall.promises(case_id)


EXTREMES = (
    "0001-01-01", "9999-12-31", "令和999年1月1日", "R99.12.31", "1000000000", "9" * 10_000,
    "一" * 10_000, "一" * 10_000 + "年1月1日", "1-" * 5_000, " " * 10_000 + "1", "²年²月²日",
    "9999-12-31T23:59-12:00", "9999-12-31 23:59",
)  # fmt: skip


def test_no_date_that_is_typed_costs_more_than_a_glance() -> None:
    """Every date field of every form, with every text that might be long to read: well under a
    millisecond each, held with a factor of ten for a busy machine."""
    dates = [
        (form, field.id)
        for form in FORMS.forms.values()
        for field in form.fields
        if field.type in (FieldType.DATE, FieldType.INSTANT)
    ]
    for typed in EXTREMES:
        began = process_time()
        for form, field in dates:
            checked = check(form, {field: typed}, today=TODAY)
            assert any(e.field == field for e in checked.errors), (form.id, field, typed[:20])
        assert process_time() - began < 0.010 * len(dates), typed[:20]
