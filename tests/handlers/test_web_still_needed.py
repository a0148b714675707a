"""続ける必要の確認 on its page, in the digest's, in Slack's modal and behind LINE WORKS's link."""

import pytest
from sqlalchemy import update

from handlers.web.server.navigation import link
from storage.tables import cases
from tests.support.hands import consented
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.model.card import CardButton

PAGE = "/cases/R8-0001/still-needed"
WHY = "通院の同行が続いているため。"


@pytest.fixture
def case_id(hall: TownHall) -> str:
    found = hall.open_case("A14", **consented("A13", "A14"))
    hall.reply(found, "A14", by=ELDERLY, lead="yes")
    return found


def test_the_case_says_what_is_asked_and_its_page_takes_the_answer(
    hall: TownHall, case_id: str
) -> None:
    worker = Seat(web_app(hall), ELDERLY)
    assert "いまはお尋ねしていません" in worker.text(PAGE)
    hall.ask_whether_needed(case_id)
    assert link(CardButton("", "still_needed", "R8-0001")) == PAGE
    assert "まだ必要か、お答えください。" in worker.text("/")
    assert "続ける必要の確認" in worker.text("/cases/R8-0001")
    assert f'href="{PAGE}"' in worker.text("/cases/R8-0001")
    assert "までにお答えください" in worker.text(PAGE)
    assert 'href="/cases/R8-0001/close"' in worker.text(PAGE)
    wrong = worker.send(PAGE, {"reason": " ", "next_step": "6月に会議。"}, page=PAGE)
    assert wrong.status_code == 422
    assert "6月に会議。" in wrong.text
    assert 'id="f-reason-error"' in wrong.text
    done = worker.send(PAGE, {"reason": WHY, "next_step": "6月に会議。"}, page=PAGE)
    assert done.status_code == 302
    told = worker.text("/cases/R8-0001")
    assert "次は令和9年11月20日" in told
    for words in (WHY, "6月に会議。", "まだ必要", "答えを取り消す"):
        assert words in told
    assert WHY in worker.text("/cases/R8-0001/print")
    assert WHY not in Seat(web_app(hall), MANAGER).text("/cases/R8-0001")


def test_the_clock_asks_once_a_day_whatever_is_due(hall: TownHall, case_id: str) -> None:
    """A case that cannot be read holds up none of the others."""
    broken, ticks = hall.open_case("A14"), ticks_of(hall)
    ticks.tick()
    assert hall.case(case_id).need_ask is None
    hall.clock.move(days=366)
    with hall.database.engine.begin() as connection:
        connection.execute(update(cases).where(cases.c.id == broken).values(content="x"))
    ticks.tick()
    assert hall.case(case_id).need_ask is not None
    ticks.tick()
    assert hall.told("still_needed_ask") == {ELDERLY}
    assert len(hall.case(case_id).need_asks) == 1


def test_a_still_needed_answer_is_taken_back_by_one_press(hall: TownHall, case_id: str) -> None:
    asked = hall.ask_whether_needed(case_id)
    worker = Seat(web_app(hall), ELDERLY)
    worker.send(PAGE, {"reason": WHY}, page=PAGE)
    back = f"{PAGE}/{asked}/take-back"
    assert worker.send(back, {}, page="/cases/R8-0001").status_code == 302
    page = worker.text("/cases/R8-0001")
    assert "が取り消し" in page
    assert f'href="{PAGE}"' in page
    assert worker.send(back, {}, page=PAGE).status_code == 409
    assert WHY in worker.text(PAGE)


def test_who_may_not_answer_is_told_who_may(hall: TownHall, case_id: str) -> None:
    hall.ask_whether_needed(case_id)
    page = Seat(web_app(hall), MANAGER).get(PAGE)
    assert page.status_code == 403
    assert "主担当機関、作成機関、連携担当者" in page.text


def test_the_digest_counts_what_is_asked(hall: TownHall, case_id: str) -> None:
    boss = Seat(web_app(hall), MANAGER)
    assert "お尋ねしているケース" not in boss.text("/digest")
    hall.ask_whether_needed(case_id)
    page = boss.text("/digest")
    assert "お尋ねしているケース" in page
    hall.clock.move(days=30)
    assert "R8-0001" in boss.text("/digest")


def test_the_period_is_set_on_the_towns_page(hall: TownHall) -> None:
    town = Seat(web_app(hall), ADMINISTRATOR)
    page = town.text("/admin/town")
    assert 'name="still_needed_months" value="12"' in page


def test_the_desk_offers_the_answer_and_the_coordinator_may_give_it(
    hall: TownHall, case_id: str
) -> None:
    hall.ask_whether_needed(case_id)
    hall.clock.move(days=30)
    worker = Seat(web_app(hall), COORDINATOR)
    hall.check_on(case_id, by=ELDERLY)
    assert f'href="{PAGE}"' in worker.text("/desk?who=all")
    assert worker.send(PAGE, {"reason": WHY}, page=PAGE).status_code == 302
