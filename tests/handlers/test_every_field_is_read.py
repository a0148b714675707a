"""No field whose value nobody reads: what is filled in is shown to whoever may read it, or acts.

Each form is filled in to its last field, every value another one, through the desk; then the pages
and the prints are opened by somebody entitled and have to show each value in words. What a page
cannot show has an effect, which is named and held here too.
"""

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.hands import Fields, consented
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import FORMS, TownHall
from tests.support.web import TEXTS, Seat, web_app
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.cases.open_case import OpenCase
from workflows.core.messages import Command
from workflows.followups.answer import AnswerFollowUp
from workflows.forms import Field, FieldType
from workflows.japanese.dates import show_date
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.put_on_agenda import PutOnAgenda

AGENCIES = ("A13", "A14", "A17", "A20")
# Fields that a form holds and no page shows as such; the test named here holds what they do.
ACTS = {
    ("meeting", "kind"): "test_the_kind_of_a_meeting_is_what_it_is_called",
    ("meeting", "minutes"): "test_how_long_it_takes_is_the_end_of_the_meeting",
}


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


def filled(form_id: str, **changes: Any) -> Fields:
    """Every field of the form with a value of its own."""
    form = FORMS.form(form_id)
    return {f.id: _value(form_id, f, n) for n, f in enumerate(form.fields)} | changes


def _value(form_id: str, field: Field, n: int) -> Any:
    day = date(2026, 11, 1) + timedelta(days=n % 19)
    match field.type:
        case FieldType.TEXT | FieldType.LONG:
            return f"{form_id}の{field.id}です"[-(field.max or 400) :]
        case FieldType.KANA:
            return "カナノマエ"
        case FieldType.TEL:
            return "0000-10-1401"
        case FieldType.DATE:
            return show_date(day)
        case FieldType.INSTANT:
            return f"{show_date(day)} 9:30"
        case FieldType.CHOICE:
            return field.choices[n % len(field.choices)].value
        case FieldType.CHOICES:
            return [c.value for c in field.choices]
        case FieldType.YES_NO:
            return "no"
        case FieldType.AGENCY:
            return "A14"
        case FieldType.AGENCIES:
            return list(AGENCIES)
        case FieldType.MEMBER:
            return CHAIR
        case FieldType.DISTRICT:
            return "D01"
        case FieldType.ROWS:
            return [{c.id: _value(f"{form_id}.{field.id}", c, n) for c in field.columns}]


def unread(hall: TownHall, form_id: str, values: Fields, text: str) -> list[str]:
    """The fields of which the text does not show the value in words."""
    shown = html.unescape(text)
    found = []
    for field in FORMS.form(form_id).fields:
        if (form_id, field.id) in ACTS or values.get(field.id) in ("", [], None):
            continue
        missing = [w for w in _words(hall, field, values[field.id]) if w not in shown]
        found += [f"{field.id}: {w}" for w in missing]
    return found


def _words(hall: TownHall, field: Field, value: Any) -> list[str]:
    match field.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            codes = value if isinstance(value, list) else [value]
            return [c.label for c in field.choices if c.value in codes]
        case FieldType.AGENCY | FieldType.AGENCIES:
            return [hall.agency_name(a) for a in (value if isinstance(value, list) else [value])]
        case FieldType.MEMBER:
            with hall.database.open() as unit:
                member = unit.directory.member(value)
            return [member.name] if member else []
        case FieldType.DISTRICT:
            return ["ひだまり圏域"]
        case FieldType.YES_NO:
            return [TEXTS.label("yes_no", value)]
        case FieldType.DATE | FieldType.INSTANT:
            return [str(value).partition(" ")[0]]
        case FieldType.ROWS:
            return [w for c in field.columns for w in _words(hall, c, value[0][c.id])]
        case _:
            return [str(value)]


def all_forms_are_here() -> set[str]:
    return set(FORMS.forms)


def test_every_form_is_looked_at() -> None:
    """A form that is added is missed here until somebody says where its fields are read."""
    assert all_forms_are_here() == {
        *("sheet", "referral", "reply", "meeting", "record"),
        *("preparation", "plan", "followup", "closure"),
    }


@pytest.fixture
def case_id(hall: TownHall) -> str:
    found = hall.open_case("A14", **consented(*AGENCIES))
    hall.reply(found, "A14", by=ELDERLY, lead="yes")
    return found


def pages(hall: TownHall, app: Flask, case_id: str) -> dict[str, str]:
    """The pages of a case and its prints, for the coordinator."""
    seat, base = Seat(app, COORDINATOR), f"/cases/{hall.case(case_id).number}"
    return {
        "screen": seat.text(base) + seat.text(f"{base}/consent"),
        "paper": seat.text(f"{base}/print") + seat.text(f"{base}/disclosures/print"),
    }


def handle(hall: TownHall, command: Command[Any], by: str = COORDINATOR) -> None:
    hall.desk.handle(command, by)


def test_every_field_of_a_sheet_and_its_referral_is_shown(hall: TownHall, app: Flask) -> None:
    values = filled("sheet", consent="written", unconsented_basis="act_106_6", urgency="urgent")
    asked = filled("referral")
    case_id = hall.desk.handle(OpenCase(values, (asked,)), COORDINATOR)
    for text in pages(hall, app, case_id).values():
        assert unread(hall, "sheet", values, text) == []
        assert unread(hall, "referral", asked, text) == []


@pytest.mark.parametrize("answer", ["accepted", "declined"])
def test_every_field_of_a_reply_is_shown(hall: TownHall, app: Flask, answer: str) -> None:
    """Accepted with the lead and a day: the lead answers for it, and the day is its next check."""
    case_id = hall.open_case("A14", **consented("A13", "A14"))
    later = show_date(hall.in_days(40).date())
    passes = answer == "declined"
    values = filled(
        "reply",
        answer=answer,
        lead="" if passes else "yes",
        next_agency="A17" if passes else "",
        next_check_on="" if passes else later,
        **({} if passes else {"pass_basis": "", "pass_reason": ""}),
    )
    hall.reply(case_id, "A14", by=ELDERLY, **{k: v for k, v in values.items() if k != "answer"}
               , answer=answer)  # fmt: skip
    for text in pages(hall, app, case_id).values():
        assert unread(hall, "reply", values | {"lead": ""}, text) == []
    assert hall.case(case_id).lead_agency_id == (None if passes else "A14")


def test_every_field_of_a_plan_is_shown(hall: TownHall, app: Flask, case_id: str) -> None:
    days = {"starts_on": 1, "review_on": 100, "ends_on": 200}
    values = filled("plan", **{f: show_date(hall.in_days(n).date()) for f, n in days.items()})
    hall.plan(case_id, **values)
    for text in pages(hall, app, case_id).values():
        assert unread(hall, "plan", values, text) == []


def test_every_field_of_a_follow_up_is_shown(hall: TownHall, app: Flask, case_id: str) -> None:
    values = filled("followup", next_on=show_date(hall.in_days(50).date()))
    check = hall.case(case_id).next_follow_up
    assert check is not None
    handle(hall, AnswerFollowUp(case_id, check.id, values), ELDERLY)
    for text in pages(hall, app, case_id).values():
        assert unread(hall, "followup", values, text) == []


@pytest.mark.parametrize("kind", ["closed", "suspended", "watching"])
def test_every_field_of_a_closure_is_shown(
    hall: TownHall, app: Flask, case_id: str, kind: str
) -> None:
    """What was written about going over to 見守り stands on the case as well."""
    values = filled("closure", kind=kind)
    hall.close(case_id, kind, **{k: v for k, v in values.items() if k != "kind"})
    for text in pages(hall, app, case_id).values():
        assert unread(hall, "closure", values, text) == []


def test_every_field_of_a_meeting_its_preparation_and_its_record_is_shown(
    hall: TownHall, app: Flask
) -> None:
    values = filled(
        "meeting",
        kind="case",
        bases=["act_106_6"],
        required_agencies=["A13", "A14"],
        optional_agencies=["A17", "A20"],
        online_url="https://meet.example.jp/meeting-online_url",
    )
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    given = {"required": values["required_agencies"], "optional": values["optional_agencies"]}
    raw = {k: v for k, v in values.items() if k not in ("bases", "chair")}
    meeting_id = hall.convene(case_id, **given, **raw)
    seat, number = Seat(app, COORDINATOR), hall.case(case_id).number
    text = seat.text(f"/meetings/{meeting_id}")
    why = values.pop("basis_reason")  # read by the person who asks what was told, and why
    assert unread(hall, "meeting", values, text) == []
    prepared = filled("preparation")
    hall.swear(meeting_id, ELDERLY, COORDINATOR)
    handle(hall, SavePreparation(meeting_id, number, prepared), ELDERLY)
    page = seat.text(f"/meetings/{meeting_id}/preparation/{number}")
    assert unread(hall, "preparation", prepared, page) == []
    hall.fix(meeting_id, reason="急ぐため。")
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    later = show_date(hall.in_days(60).date())
    record = filled("record", next_on=later)
    record["roles"][0] |= {"due_on": later, "member": ELDERLY}
    hall.save_record(meeting_id, **record)
    hall.confirm_record(meeting_id)
    for path in ("record", "record/print"):
        assert unread(hall, "record", record, seat.text(f"/meetings/{meeting_id}/{path}")) == []
    for path in ("disclosures", "disclosures/print"):
        assert why in seat.text(f"/cases/{number}/{path}")


def test_the_kind_of_a_meeting_is_what_it_is_called(hall: TownHall, app: Flask) -> None:
    """One about cases goes by its legal basis, every other one by its kind."""
    for choice in FORMS.form("meeting").field("kind").choices:
        meeting_id = hall.convene(kind=choice.value, bases=["liaison"], title="")
        text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
        called = "連絡会" if choice.value == "case" else choice.label
        assert f"<h1>{called}" in text


def test_how_long_it_takes_is_the_end_of_the_meeting(hall: TownHall, case_id: str) -> None:
    meeting_id = hall.convene(case_id, minutes="90")
    slot = hall.meeting(meeting_id).slots[0]
    assert slot.ends_at - slot.starts_at == timedelta(minutes=90)


# -- what is kept beside the forms -----------------------------------------------------------------


def test_since_when_an_agency_leads_is_said(hall: TownHall, app: Flask, case_id: str) -> None:
    text = Seat(app, COORDINATOR).text(f"/cases/{hall.case(case_id).number}")
    assert "令和8年11月20日（金）から主担当機関です" in text


def test_who_put_a_case_on_the_agenda_is_said_where_that_was_not_the_organiser(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    meeting_id = hall.convene(case_id, by=CHAIR)
    other = hall.case(hall.open_case("A14")).number
    command = PutOnAgenda(meeting_id, (other,), "一緒に話すため。")
    hall.desk.handle(command, COORDINATOR)
    hall.swear(meeting_id, COORDINATOR)
    text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert text.count("議題に載せた方：") == 1
    assert "議題に載せた方：縁側 つむぎ" in text


def test_who_ended_what_two_people_decide_is_said_to_who_reads_the_case(
    hall: TownHall, app: Flask
) -> None:
    case_id = hall.open_case("A14", danger="yes")
    hall.desk.handle(NameMember(case_id, ELDERLY, True), COORDINATOR)
    hall.unrestrict(case_id, agreed_by=ELDERLY)
    text = Seat(app, COORDINATOR).text(f"/cases/{hall.case(case_id).number}")
    assert "閲覧制限を解く申し出" in text
    assert re.search(r"日向坂 ゆるり（地域包括支援センターひだまり）が承認", text)
    manager = Seat(app, MANAGER).text(f"/cases/{hall.case(case_id).number}")
    assert "2人で決めた記録" not in manager


def test_who_merged_two_cases_is_said(hall: TownHall, app: Flask) -> None:
    one, other = hall.open_case("A14"), hall.open_case("A14")
    hall.reply(one, "A14", by=ELDERLY)
    hall.desk.handle(MergeCases(one, hall.case(other).number), COORDINATOR)
    text = Seat(app, COORDINATOR).text(f"/cases/{hall.case(other).number}")
    merged = text.partition('id="merged"')[2].partition("</p>")[0]
    assert "縁側 つむぎ（つなぎ野市社会福祉協議会）" in merged
