"""What was begun on a plan or on a sheet that was sent is kept while typing, for its writer."""

from typing import Any

import pytest
from flask import Flask

from tests.handlers.test_web_cases import field_of
from tests.support.hands import sheet
from tests.support.people import COORDINATOR, ELDERLY, OTHER_COORDINATOR, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

PAGES = [("plan", "short_goal"), ("sheet", "wishes")]


@pytest.fixture
def app(hall: TownHall) -> Flask:
    """With one case, R8-0001, supported by 地域包括 under a plan."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id, by=ELDERLY)
    return web_app(hall)


def hidden(seat: Seat, path: str) -> dict[str, str]:
    """What the form sends beside the answers."""
    text = seat.text(path)
    return {name: field_of(text, name) for name in ("version", "draft_id")} | {
        "opened": text.split('name="opened" value="')[1].split('"')[0].replace("&#34;", '"')
    }


def answers(hall: TownHall, which: str) -> dict[str, Any]:
    if which == "sheet":
        return dict(sheet())
    plan = hall.case(hall.case_ids()[0]).plans[-1].values
    return {k: v for k, v in plan.items() if isinstance(v, str)} | {
        f"{field}-{n}-{cell}": value
        for field, rows in plan.items()
        if isinstance(rows, list)
        for n, row in enumerate(rows)
        if isinstance(row, dict)
        for cell, value in row.items()
    }


@pytest.mark.parametrize(("which", "field"), PAGES)
def test_what_is_typed_is_kept_and_found_again(
    hall: TownHall, app: Flask, which: str, field: str
) -> None:
    """The page goes on where it was left; the inbox leads there; nobody else sees it."""
    seat, path = Seat(app, ELDERLY), f"/cases/R8-0001/{which}"
    typed = {**hidden(seat, path), field: "途中まで書い"}
    kept = seat.send(f"{path}/draft", typed, page=path)
    assert kept.text.startswith("下書きを保存しました")
    text = seat.text(path)
    assert field_of(text, field) == "途中まで書い"
    assert "下書きの続きです" in text
    assert f'href="{path}"' in seat.text("/")
    assert field_of(Seat(app, COORDINATOR).text(path), field) != "途中まで書い"
    assert hall.case(hall.case_ids()[0]).sheet_version == 1


@pytest.mark.parametrize(("which", "field"), PAGES)
def test_saving_ends_the_draft_and_a_late_keeping_does_not_bring_it_back(
    hall: TownHall, app: Flask, which: str, field: str
) -> None:
    """One draft while typing, none once it is saved."""
    seat, path = Seat(app, ELDERLY), f"/cases/R8-0001/{which}"
    typed = {**answers(hall, which), **hidden(seat, path), field: "家の近くで過ごす。"}
    seat.send(f"{path}/draft", typed, page=path)
    seat.send(f"{path}/draft", typed, page=path)
    assert seat.text("/").count("続きを書く") == 1
    assert seat.send(path, typed, page=path).location == "/cases/R8-0001"
    seat.send(f"{path}/draft", typed, page=path)
    assert "続きを書く" not in seat.text("/")
    text = seat.text(path)
    assert field_of(text, field) == "家の近くで過ごす。"
    assert "下書きの続きです" not in text


@pytest.mark.parametrize(("which", "field"), PAGES)
def test_it_can_be_thrown_away(app: Flask, which: str, field: str) -> None:
    """Then the page shows again what is saved."""
    seat, path = Seat(app, ELDERLY), f"/cases/R8-0001/{which}"
    first = hidden(seat, path)
    seat.send(f"{path}/draft", {**first, field: "要らない"}, page=path)
    thrown = seat.send(f"{path}/draft", {"draft_id": first["draft_id"], "discard": "1"}, page=path)
    assert thrown.location == path
    assert "要らない" not in seat.text(path)


def test_a_draft_older_than_what_is_saved_is_compared_with_it(hall: TownHall, app: Flask) -> None:
    """Nobody's words are written over by a draft from last week."""
    seat, path = Seat(app, ELDERLY), "/cases/R8-0001/sheet"
    typed = {**sheet(), **hidden(seat, path), "wishes": "家にいたい。"}
    seat.send(f"{path}/draft", typed, page=path)
    hall.edit(hall.case_ids()[0], by=OTHER_COORDINATOR, route="phone")
    again = {**sheet(), **hidden(seat, path), "wishes": "家にいたい。"}
    assert again["version"] == "1"
    answer = seat.send(path, again, page=path)
    assert answer.status_code == 409
    assert "家にいたい。" in answer.text
    assert hall.case(hall.case_ids()[0]).sheet.get("wishes") != "家にいたい。"


@pytest.mark.parametrize(("which", "field"), PAGES)
def test_who_may_not_write_it_may_not_begin_it(app: Flask, which: str, field: str) -> None:
    """An outsider's draft on a case that is not theirs is refused as the page is."""
    seat = Seat(app, OUTSIDER)
    answer = seat.send(f"/cases/R8-0001/{which}/draft", {field: "途中"})
    assert answer.status_code == 404
    assert "続きを書く" not in seat.text("/")
