"""The pages of a sheet's earlier versions, what is on paper of them, and a slip that is mended."""

from flask import Flask

from tests.handlers.test_web_whose_sheet import EDIT, typed, written
from tests.support.people import COORDINATOR, ELDERLY, LIVELIHOOD, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat
from tests.workflows.test_whose_sheet import A, B

VERSIONS = "/cases/R8-0001/sheet/versions"


def saved(writer: Seat, version: int, **changes: str) -> None:
    raw = typed(**changes) | {"version": str(version)}
    assert writer.send(EDIT, raw, page=EDIT).status_code == 302


def slipped(hall: TownHall) -> tuple[str, Flask, Seat]:
    """One correction of words, and one to B that was said to be of the same person."""
    case_id, app, writer = written(hall)
    saved(writer, 1, summary="庭で転びました。")
    hall.clock.move(minutes=5)
    saved(writer, 2, **B, summary="庭で転びました。", whose="same", district="D02")
    hall.clock.move(minutes=5)
    return case_id, app, writer


def test_the_page_says_from_what_to_what_and_prints(hall: TownHall) -> None:
    _, app, writer = slipped(hall)
    assert f'href="{VERSIONS}"' in writer.text("/cases/R8-0001")
    for seat in (writer, Seat(app, ELDERLY)):
        for path in (VERSIONS, f"{VERSIONS}/print"):
            text = seat.text(path)
            assert "第2版から第3版へ" in text
            assert all(word in text for word in (A["name"], B["name"], "庭で転びました。"))
            assert "D01" not in text, "a district by its name"
        for path in (f"{VERSIONS}/1", f"{VERSIONS}/1/print"):
            text = seat.text(path)
            assert A["name"] in text
            assert B["name"] not in text
    assert writer.get(f"{VERSIONS}/3").status_code == 302, "the one in force is on the case"
    assert writer.get(f"{VERSIONS}/9").status_code == 404
    for member in (LIVELIHOOD, MANAGER, OUTSIDER):
        seat = Seat(app, member)
        for path in ("", "/print", "/1", "/1/print", "/2/another"):
            assert seat.get(VERSIONS + path).status_code in (403, 404)


def test_a_slip_is_mended_from_there_with_who_would_hear_of_it(hall: TownHall) -> None:
    case_id, app, writer = slipped(hall)
    another = f"{VERSIONS}/2/another"
    assert f'href="{another}"' in writer.text(VERSIONS)
    assert f"{VERSIONS}/1/another" not in writer.text(VERSIONS)
    reader = Seat(app, ELDERLY)
    assert "/another" not in reader.text(VERSIONS)
    preview = writer.text(another)
    assert "地域包括支援センター" in preview
    assert "に伝わっています" in preview
    assert hall.told("wrong_person") == set()
    assert writer.send(another, {}, page=another).status_code == 302
    assert ELDERLY in hall.told("wrong_person")
    assert A["name"] in writer.text("/cases/R8-0001/former")
    text = reader.text(VERSIONS)
    assert "別の方について書かれていた版です" in text
    assert "別の方の内容のため表示しません" in text
    assert A["name"] not in text
    assert A["address"] not in text
    assert reader.get(f"{VERSIONS}/2").status_code == 403
    assert reader.get(f"{VERSIONS}/2/print").status_code == 403
    again = writer.send(another, {}, page=EDIT)
    assert again.status_code == 409
    assert "もう記録されているか" in again.text
    assert writer.get(another).status_code == 404
    assert Seat(app, COORDINATOR).get(f"{VERSIONS}/2").status_code == 200
    assert hall.case(case_id).wrong_persons[0].version == 2
