"""What a meeting judged on the pages: carried out with one press, or set aside with a reason."""

import pytest
from flask import Flask

from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY, FARMING, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_judgements import recorded


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def number(hall: TownHall) -> str:
    case_id = hall.open_case("A14", **consented("A13", "A14", "A20"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    role = {"agency": "A20", "task": "畑の見学", "due_on": ""}
    recorded(
        hall,
        case_id,
        closure_judgement="suspended",
        plan_adequate="revise",
        missing_resources="夜の見守り",
        roles=[role],
    )
    return hall.case(case_id).number


def test_the_close_page_begins_with_what_was_judged(
    hall: TownHall, app: Flask, number: str
) -> None:
    """From the inbox to the form, in which the choice stands already."""
    seat = Seat(app, ELDERLY)
    assert f"/cases/{number}/close" in seat.text("/")
    text = seat.text(f"/cases/{number}/close")
    assert "会議で「中断する」と判断されています。" in text
    assert 'name="kind" value="suspended" checked' in text.replace("  ", " ")


def test_a_reason_is_asked_for_and_a_blank_loses_nothing(
    hall: TownHall, app: Flask, number: str
) -> None:
    """Set aside from the case page; an old link says how it stands now."""
    case_id = hall.case_ids()[0]
    judged = next(j for j in hall.case(case_id).judgements if j.what == "suspended")
    seat, path = Seat(app, ELDERLY), f"/cases/{number}/judgements/{judged.id}"
    assert path in seat.text(f"/cases/{number}")
    blank = seat.send(path, {"reason": " "}, page=path)
    assert blank.status_code == 422
    assert "入力してください" in blank.text
    assert seat.send(path, {"reason": "本人が続けたいため。"}, page=path).status_code == 302
    text = seat.text(f"/cases/{number}")
    assert "本人が続けたいため。" in text
    assert "見送り" in text
    assert "この判断は済んでいます" in seat.text(path)
    assert "会議で「中断する」" not in seat.text(f"/cases/{number}/close")


def test_nobody_else_sets_a_judgement_aside(hall: TownHall, app: Flask, number: str) -> None:
    """Who takes a part in the case may not; who has none finds nothing."""
    case_id = hall.case_ids()[0]
    path = f"/cases/{number}/judgements/{hall.case(case_id).judgements[0].id}"
    assert Seat(app, FARMING).get(path).status_code == 403
    assert Seat(app, OUTSIDER).get(path).status_code == 404
    assert Seat(app, ELDERLY).get(f"/cases/{number}/judgements/nothing").status_code == 404


def test_the_list_for_looking_back_is_the_coordinators(
    hall: TownHall, app: Flask, number: str
) -> None:
    """What was missing is read on the case; managers see how many, nobody else sees a list."""
    page = Seat(app, COORDINATOR).text("/desk/look-back")
    assert number in page
    assert "夜の見守り" not in page
    assert "夜の見守り" in Seat(app, COORDINATOR).text(f"/cases/{number}")
    for who in (MANAGER, ELDERLY):
        assert Seat(app, who).get("/desk/look-back").status_code == 403
    digest = Seat(app, MANAGER).text("/digest")
    assert "連携担当者の振り返り" in digest
    assert "会議の判断の手続き" in digest
    assert "終結・中断の手続き" in digest
    assert "会議で決めたプランの見直し" in digest, "the two duties of one case are told apart"
    assert "夜の見守り" not in digest


def test_a_plan_without_consent_says_so_before_it_is_saved(hall: TownHall, app: Flask) -> None:
    case_id = hall.open_case("A14")
    page = Seat(app, COORDINATOR).text(f"/cases/{hall.case(case_id).number}/plan")
    assert "本人の同意がありません。" in page
