"""閲覧制限を解く on the pages: in sight of who would see it, by two people, with nothing lost."""

import re

from flask import Flask

from tests.support.hands import sheet
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.support.web import Seat, web_app


def seats(hall: TownHall) -> tuple[Flask, Seat, Seat]:
    app = web_app(hall)
    return app, Seat(app, COORDINATOR), Seat(app, ELDERLY)


def test_a_sheet_that_would_lift_it_says_where_to_go_and_keeps_what_was_typed(
    hall: TownHall,
) -> None:
    hall.open_case("A14", danger="yes", name="見本野 太郎")
    _, writer, _ = seats(hall)
    path = "/cases/R8-0001/sheet"
    raw = {**hall_raw(hall), "danger": "no", "summary": "落ち着いてきました。"}
    answer = writer.send(path, {**raw, "version": "1"}, page=path)
    assert answer.status_code == 422
    assert "閲覧制限は、シートだけでは解けません。" in answer.text
    assert "落ち着いてきました。" in answer.text


def hall_raw(hall: TownHall) -> dict[str, str]:
    return {k: v for k, v in sheet(name="見本野 太郎").items() if isinstance(v, str)} | {
        "matters": "care"
    }


def test_two_people_lift_a_restriction_on_its_page(hall: TownHall) -> None:
    """The page shows who would see it; the case's page says that somebody is asked."""
    hall.open_case("A14", hidden_address="yes")
    app, writer, asked = seats(hall)
    path = "/cases/R8-0001/unrestrict"
    assert f'href="{path}"' in writer.text("/cases/R8-0001")
    text = writer.text(path)
    assert "新しく見られるようになる方" in text
    assert "つなぎ野市" in text
    empty = writer.send(path, {"reason": ""}, page=path)
    assert empty.status_code == 422
    good = {"reason": "相手方が転居したため。"}
    assert writer.send(path, good, page=path).status_code == 302
    assert "承認して制限を解く" not in writer.text(path)
    assert "閲覧制限を解く申し出があります。" in asked.text("/cases/R8-0001")
    found = re.search(rf"{path}/[0-9a-f]+", asked.text(path))
    assert found
    own = writer.send(found[0], {"answer": "agree"}, page=path)
    assert own.status_code == 422
    assert Seat(app, OTHER_COORDINATOR).get(path).status_code == 404
    assert Seat(app, MANAGER).get(path).status_code == 404
    assert asked.send(found[0], {"answer": "agree"}, page=path).status_code == 302
    assert "R8-0001" in Seat(app, OTHER_COORDINATOR).text("/cases/R8-0001")
    assert "見られる担当者を限っていません" in writer.text(path)


def test_who_sets_it_back_without_being_named_is_told_why_it_is_gone(hall: TownHall) -> None:
    """The case is not there for them any more: their start page says what became of it."""
    case_id = hall.open_case("A14", danger="yes", name="見本野 太郎")
    hall.unrestrict(case_id, agreed_by=ELDERLY)
    app, _, _ = seats(hall)
    other, path = Seat(app, OTHER_COORDINATOR), "/cases/R8-0001/sheet"
    version = str(hall.case(case_id).sheet_version)
    raw = {**hall_raw(hall), "danger": "yes", "version": version}
    answer = other.send(path, raw, page=path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "R8-0001の閲覧制限を再びかけました。" in other.text("/")
    assert other.get("/cases/R8-0001").status_code == 404
