"""The pages of 開示・訂正・利用停止の請求, from the record of it to what is given out on paper."""

import pytest
from flask import Flask

from tests.support.hands import consented
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.core.looks import Part, shown_in

TYPED = {
    "kind": "disclosure",
    "asked_as": "agent",
    "person": "浮舟はつ江",
    "asker": "白壁ひさし",
    "authority": "委任状",
    "checked": "運転免許証",
    "wanted": "つなぐシートの写し",
    "received_on": "R8.11.20",
}


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


def made(seat: Seat, **changes: str) -> str:
    answer = seat.send("/requests/new", {**TYPED, **changes}, page="/requests/new")
    assert answer.status_code == 302, answer.text
    return answer.location


def test_a_request_is_recorded_found_for_put_to_a_case_given_out_and_answered(
    hall: TownHall, app: Flask
) -> None:
    """What is given out and who was shown what stand on one paper; printing is a look."""
    case_id = hall.open_case("A14", name="浮舟はつ江", request="訪問を。", **consented("A14"))
    number = hall.case(case_id).number
    seat = Seat(app, COORDINATOR)
    at = made(seat)
    text = seat.text(at)
    for word in ("請R8-0001", "浮舟はつ江", "任意代理人", "白壁ひさし", "委任状", "運転免許証"):
        assert word in text
    found = seat.send(f"{at}/find", {"name": "浮舟　はつ江"}, page=at)
    assert number in found.text
    assert seat.send(f"{at}/cases", {"number": number}, page=at).status_code == 302
    paper = seat.text(f"{at}/cases/{number}")
    assert "浮舟はつ江" in paper
    assert "訪問を。" in paper
    assert "提供・閲覧の記録" in paper
    printed = [e for e in hall.events(case_id) if e.facts.get("printed")]
    assert [e.facts["asked"] for e in printed] == ["get_case", "get_disclosures"]
    assert Part.SHEET in {s.part for s in shown_in(printed[0].facts) or ()}
    given = {"outcome": "partly", "on": "R8.11.20", "given": "写し", "refusal": "ほかの方の情報"}
    assert seat.send(f"{at}/answer", given, page=at).status_code == 302
    text = seat.text(at)
    assert "一部に応じました" in text
    assert "ほかの方の情報" in text
    assert seat.send(f"{at}/waits", {}, page=at).status_code == 302
    assert "回答待ち" in seat.text("/requests")


def test_what_a_meeting_recorded_of_the_case_is_given_out_and_of_nobody_else(
    hall: TownHall, app: Flask
) -> None:
    """Of a sitting on two people this one's part alone, and that alone is a look."""
    mine, other = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(mine, other)
    hall.fix(meeting_id, reason="急ぐため。")
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    words = {mine: {"issues": "家計の見通し"}, other: {"issues": "夜の外出"}}
    hall.save_record(meeting_id, cases=words)
    hall.confirm_record(meeting_id)
    seat = Seat(app, COORDINATOR)
    at, number = made(seat), hall.case(mine).number
    seat.send(f"{at}/cases", {"number": number}, page=at)
    before = len(hall.events(other))
    paper = seat.text(f"{at}/cases/{number}")
    assert "家計の見通し" in paper
    assert "夜の外出" not in paper
    assert len(hall.events(other)) == before
    asked = [e.facts["asked"] for e in hall.events(mine) if e.facts.get("printed")]
    assert asked == ["get_case", "get_record", "get_disclosures"]


def test_what_was_typed_stays_beside_what_is_wrong(hall: TownHall, app: Flask) -> None:
    seat = Seat(app, COORDINATOR)
    answer = seat.send("/requests/new", {**TYPED, "person": ""}, page="/requests/new")
    assert answer.status_code == 422
    assert "運転免許証" in answer.text
    assert 'id="f-person-error"' in answer.text
    at = made(seat)
    answer = seat.send(f"{at}/extend", {"until": "きのう", "reason": "量が多い"}, page=at)
    assert answer.status_code == 422
    assert "量が多い" in answer.text
    answer = seat.send(f"{at}/answer", {"outcome": "refused", "on": "R8.11.20"}, page=at)
    assert 'id="f-refusal-error"' in answer.text


def test_managers_see_numbers_and_days_and_others_nothing(hall: TownHall, app: Flask) -> None:
    at = made(Seat(app, COORDINATOR))
    text = Seat(app, MANAGER).text("/requests")
    assert "請R8-0001" in text
    assert "浮舟" not in text
    assert at not in text
    assert Seat(app, MANAGER).get(at).status_code == 403
    assert Seat(app, ELDERLY).get("/requests").status_code == 403
    assert "/requests" not in Seat(app, ELDERLY).text("/")


def test_what_is_owed_stands_in_the_inbox_with_its_number(hall: TownHall, app: Flask) -> None:
    seat = Seat(app, COORDINATOR)
    made(seat)
    text = seat.text("/")
    assert "請R8-0001" in text
    assert 'href="/requests"' in text
    assert "/cases/請" not in text


def test_the_days_by_law_are_a_setting_of_the_town(hall: TownHall, app: Flask) -> None:
    """An ordinance may give fewer."""
    seat = Seat(app, "M05")
    page = seat.text("/admin/town")
    assert 'name="request_days" value="30"' in page


def test_the_desk_and_the_digest_say_what_waits(hall: TownHall, app: Flask) -> None:
    """The desk by number, kind and day with its button; the digest in numbers alone."""
    desk, boss = Seat(app, COORDINATOR), Seat(app, MANAGER)
    assert "答えを待っている請求" not in desk.text("/desk")
    assert "10開庁日以内が期限" not in boss.text("/digest")
    place = made(desk, received_on="R8.10.10")
    page = desk.text("/desk")
    for words in ("請R8-0001", "開示", "超過1", "開庁日の遅れ", f'href="{place}"'):
        assert words in page, words
    assert "浮舟" not in page
    digest = boss.text("/digest")
    assert "期限を過ぎたもの" in digest
    assert "浮舟" not in digest


def test_a_request_whose_words_a_restore_lost_is_completed_on_its_page(
    hall: TownHall, app: Flask
) -> None:
    """管理, the list and its page say what is lost; number and days stay; what is wrong is said
    beside its field, and the rest stays typed."""
    seat, administrator = Seat(app, COORDINATOR), Seat(app, ADMINISTRATOR)
    assert "ことばを補う請求" not in administrator.text("/admin")
    at = made(seat)
    with hall.database.open() as unit:
        (request,) = unit.requests.all()
        request.person = request.asker = request.authority = request.checked = request.wanted = ""
        unit.requests.save(request)
        unit.commit()
    assert "ことばを補う請求" in administrator.text("/admin")
    assert "請R8-0001" in administrator.text("/admin")
    assert "ことばを補ってください" in seat.text("/requests")
    assert "この請求の内容が失われています" in seat.text(at)
    form = f"/requests/new?request={request.id}"
    assert form in seat.text(at)
    assert "請R8-0001" in seat.text(form)
    wrong = seat.send("/requests/new", {**TYPED, "request": request.id, "wanted": ""}, page=form)
    assert wrong.status_code == 422
    assert "浮舟はつ江" in wrong.text
    assert "請R8-0001" in wrong.text
    done = seat.send("/requests/new", {**TYPED, "request": request.id}, page=form)
    assert done.location == at
    text = seat.text(at)
    assert "浮舟はつ江" in text
    assert "失われています" not in text
    again = seat.send("/requests/new", {**TYPED, "request": request.id}, page=form)
    assert again.status_code == 409
    assert "ことばを補う請求" not in administrator.text("/admin")
