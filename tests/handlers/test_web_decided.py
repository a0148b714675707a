"""Pages of what ends and what stays: referrals taken back, consent apart, older records."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.support.hands import UNCONSENTED, consented, sheet
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.cases.edit_sheet import EditSheet

CASE = "/cases/R8-0001"
WHY = "同じ名前の別の機関と取り違えたため。"


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


def take_back_page(hall: TownHall, case_id: str, agency_id: str = "A14") -> str:
    return f"{CASE}/referrals/{hall.referral(case_id, agency_id).id}/take-back"


def test_a_referral_is_taken_back_from_the_case_page(hall: TownHall, app: Flask) -> None:
    """What it does is said first; then the agency finds no such case, and the page says who had
    looked."""
    case_id = hall.open_case("A14", "A17")
    Seat(app, ELDERLY).text(CASE)
    seat, path = Seat(app, COORDINATOR), take_back_page(hall, case_id)
    assert path in seat.text(CASE)
    assert "見た方の記録を残し" in seat.text(path)
    nothing = seat.send(path, {"mistake": "", "reason": WHY}, page=path)
    assert nothing.status_code == 422
    assert 'id="f-mistake-error"' in nothing.text
    assert WHY in nothing.text
    mere_sign = seat.send(path, {"mistake": "yes", "reason": "。"}, page=path)
    assert mere_sign.status_code == 422
    assert re.search(r'id="f-mistake-yes"[^>]* checked', mere_sign.text)
    done = seat.send(path, {"mistake": "yes", "reason": WHY}, page=path)
    assert (done.status_code, done.location) == (302, f"{CASE}#referrals")
    shown = seat.text(CASE)
    assert "見た方は1名です" in shown
    assert WHY in shown
    assert "取り下げまでの閲覧" in shown
    assert "つなぐシート、" in shown.split("取り下げまでの閲覧")[1][:400]
    assert Seat(app, ELDERLY).get(CASE).status_code == 404
    manager = Seat(app, MANAGER).text(CASE)
    assert "取り下げ" in manager
    assert WHY not in manager
    assert "このつなぎは取り下げられています" in seat.text(path)


def test_who_may_not_take_it_back_is_offered_nothing(hall: TownHall, app: Flask) -> None:
    """Another agency that takes part reads who was asked, and no more."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    seat = Seat(app, DISABILITY)
    assert "/take-back" not in seat.text(CASE)
    assert seat.get(take_back_page(hall, case_id)).status_code in (403, 404)


def test_consent_is_not_among_what_is_corrected_on_a_sheet(hall: TownHall, app: Flask) -> None:
    """It has a page of its own, and words of it that are sent all the same are not read."""
    case_id = hall.open_case("A14", **consented("A14"))
    seat = Seat(app, COORDINATOR)
    page = seat.text(f"{CASE}/sheet")
    assert 'name="consent"' not in page
    assert 'name="unconsented_reason"' not in page
    assert f'href="{CASE}/consent"' in page
    typed: Any = {
        **sheet(**consented("A14")),
        "summary": "書き足しました。",
        "consent": "withdrawn",
    }
    hall.desk.handle(EditSheet(case_id, 1, typed), COORDINATOR)
    after = hall.case(case_id)
    assert (after.consent, after.sheet["summary"]) == ("written", "書き足しました。")


def test_who_is_told_all_the_same_is_chosen_on_the_page_of_consent(
    hall: TownHall, app: Flask
) -> None:
    """With ground and reason; the page says what becomes of each part before it is recorded."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    seat, path = Seat(app, COORDINATOR), f"{CASE}/consent"
    data = {
        "consent": "withdrawn",
        "consent_on": "令和8年11月20日",
        "goes_on": ["A17"],
        "version": "1",
        "check": "1",
        **{f: UNCONSENTED[f] for f in ("unconsented_basis", "unconsented_reason")},
    }
    looked = seat.send(path, data, page=path).text
    assert (
        f"<strong>{hall.agency_name('A14')}</strong>の関わりは止まります。主担当機関でした"
        in looked
    )
    assert "根拠の記録によって知らせ続けます" in looked
    assert hall.agency_name("A13") + "</strong>が受け持ちます" in looked
    ungrounded = seat.send(path, {**data, "unconsented_basis": "", "unconsented_reason": ""},
                           page=path)  # fmt: skip
    assert ungrounded.status_code == 422
    assert 'id="f-unconsented_basis-error"' in ungrounded.text


def test_older_versions_of_a_record_are_read_by_who_writes_and_confirms_it(
    hall: TownHall, app: Flask
) -> None:
    """What was saved first can be read after it was written over; by nobody else."""
    case_id = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, ready=False, decisions=[{"text": "はじめの決めごと。"}])
    hall.save_record(meeting_id, decisions=[{"text": "あとの決めごと。"}])
    older = f"/meetings/{meeting_id}/record/versions/1"
    seat = Seat(app, COORDINATOR)
    assert older in seat.text(f"/meetings/{meeting_id}/record")
    assert "はじめの決めごと。" in seat.text(older)
    assert "あとの決めごと。" not in seat.text(older)
    hall.confirm_record(meeting_id)
    assert older in Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}/record")
    reader = Seat(app, ELDERLY)
    assert older not in reader.text(f"/meetings/{meeting_id}/record")
    assert reader.get(older).status_code in (403, 404)
    assert seat.get(f"/meetings/{meeting_id}/record/versions/9").status_code == 404
    assert Seat(app, CHAIR).get(older).status_code in (200, 403)
