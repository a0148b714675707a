"""Who stated why an agency is told beyond consent, when, and which meeting decided it: wherever
consents and grounds of a case are listed."""

from datetime import date

from flask import Flask

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_nothing_is_unwritten import DAY
from workflows.cases.consents import GetConsents
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.views import GetCase
from workflows.core.looks import CasePage
from workflows.meetings.deciding_meeting import DecidingMeeting

CASE = "/cases/R8-0001"
DECIDED = "令和8年12月10日（木）の支援会議で決定"


def given(hall: TownHall) -> tuple[str, str]:
    """A 支援会議 gave a role to 障害 (A17), beyond consent; and 地域包括 goes on since, as somebody
    stated."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.clock.move(hours=1)
    meeting_id = hall.convene(case_id, required=["A14"], basis_reason="命に関わるため。")
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id, reason="急ぐため。")
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    roles = [{"agency": "A17", "task": "週に一度訪ねる。"}]
    hall.save_record(meeting_id, roles=roles, lead_agency="A17")
    hall.confirm_record(meeting_id, by=CHAIR)
    return case_id, meeting_id


def seat(app: Flask, member: str) -> Seat:
    return Seat(app, member)


def test_the_list_says_which_meeting_decided_it(hall: TownHall) -> None:
    case_id, meeting_id = given(hall)
    seen = hall.desk.ask(GetConsents(case_id), COORDINATOR).sharings
    by_how = {s.how: s for s in seen}
    on = date(2026, 12, 10)
    assert by_how["lead"].decided == DecidingMeeting("act_106_6", on, meeting_id)
    assert by_how["role"].decided == DecidingMeeting("act_106_6", on, meeting_id)
    assert by_how["lead"].by.startswith("結城野 まとめ")
    app = web_app(hall)
    text = seat(app, COORDINATOR).text(f"{CASE}/consent")
    assert DECIDED in text
    assert f'href="/meetings/{meeting_id}"' in text


def test_who_may_not_know_of_the_meeting_reads_its_name_and_day_alone(hall: TownHall) -> None:
    """障害 has the role; it was never invited."""
    case_id, meeting_id = given(hall)
    text = seat(web_app(hall), DISABILITY).text(f"{CASE}/consent")
    assert DECIDED in text
    assert meeting_id not in text
    (one, *_) = [s for s in hall.desk.ask(GetConsents(case_id), DISABILITY).sharings if s.decided]
    assert one.decided is not None
    assert one.decided.id == ""


def test_who_sees_it_says_who_stated_the_ground(hall: TownHall) -> None:
    case_id, meeting_id = given(hall)
    seers = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).seers
    stated = {s.agency_name: s.stated for s in seers if s.stated}
    (one,) = stated.values()
    assert set(stated) == {hall.agency_name("A17")}
    assert one is not None
    assert one.by.startswith("結城野 まとめ")
    assert one.meeting is not None
    assert one.meeting.id == meeting_id
    app = web_app(hall)
    for member in (COORDINATOR, MANAGER):
        text = seat(app, member).text(CASE)
        assert "同意によらない根拠：結城野 まとめ" in text
        assert DECIDED in text
    text = seat(app, COORDINATOR).text(CASE)
    assert "同意によらず共有しました" in text
    assert "令和8年12月10日（木）の支援会議で決まったことによります" in text


def test_the_disclosure_says_it_and_keeps_names_back_where_that_is_asked(hall: TownHall) -> None:
    case_id, _ = given(hall)
    hall.desk.ask(GetCase(case_id, CasePage.SHEET_READ), DISABILITY)
    app = web_app(hall)
    for path in ("disclosures", "disclosures/print"):
        text = seat(app, COORDINATOR).text(f"{CASE}/{path}")
        assert "根拠を記録した方：結城野 まとめ" in text
        assert DECIDED in text
    paper = seat(app, COORDINATOR).text(f"{CASE}/disclosures/print?agencies_only=1")
    assert "結城野 まとめ" not in paper
    assert "根拠を記録した方：" in paper
    seen = hall.desk.ask(GetDisclosures(case_id), COORDINATOR, door="web")
    assert not any(t.footing.deciding_meeting_id for a in seen.agencies for t in a.told)


def test_who_goes_on_says_who_stated_it_and_when(hall: TownHall) -> None:
    """Also where somebody else shared it later on that ground."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.clock.move(hours=1)
    ground = {"unconsented_basis": "child_protection", "unconsented_reason": "子のため。"}
    hall.consent(
        case_id, consent="withdrawn", consent_on=DAY, consent_scope=[], goes_on=("A14",), **ground
    )
    at = hall.desk.now()
    hall.clock.move(days=1)
    (one,) = hall.desk.ask(GetConsents(case_id), COORDINATOR).sharings
    assert one.stated_at == at
    assert one.by.startswith("縁側 つむぎ")
    assert one.decided is None
    assert "同意によらない根拠：縁側 つむぎ" in seat(web_app(hall), COORDINATOR).text(CASE)
