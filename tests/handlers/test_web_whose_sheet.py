"""だれのシートか on the pages: asked with who would be told, kept, given out on request."""

import re
from dataclasses import replace
from typing import Any

from flask import Flask

from handlers.words.texts import load_texts
from tests.support.hands import consented, sheet
from tests.support.people import CLERK, COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_requests import recorded
from tests.workflows.test_whose_sheet import A, B

EDIT = "/cases/R8-0001/sheet"
FORMER = "/cases/R8-0001/former"


def written(hall: TownHall) -> tuple[str, Flask, Seat]:
    """A's sheet, which 地域包括 has read on its page."""
    case_id = hall.open_case("A14", **A, **consented("A14"))
    app = web_app(hall)
    assert A["name"] in Seat(app, ELDERLY).text("/cases/R8-0001")
    hall.clock.move(minutes=5)
    return case_id, app, Seat(app, COORDINATOR)


def typed(**changes: Any) -> dict[str, Any]:
    raw = {**sheet(**A, **consented("A14")), **changes}
    return {k: v for k, v in raw.items() if isinstance(v, str)} | {
        "matters": "care",
        "consent_scope": "A14",
        "version": "1",
    }


def corrected(writer: Seat) -> None:
    answer = writer.send(EDIT, typed(**B, whose="another"), page=EDIT)
    assert answer.status_code == 302


def test_the_page_asks_whose_it_is_with_who_would_be_told_and_loses_nothing(
    hall: TownHall,
) -> None:
    case_id, _, writer = written(hall)
    assert "だれのシートか" not in writer.text(EDIT)
    answer = writer.send(EDIT, typed(**B), page=EDIT)
    assert answer.status_code == 422
    assert "だれのシートか" in answer.text
    assert "1か所を直してください" in answer.text, "one question, whatever was changed"
    assert 'href="#f-whose">だれのシートか</a>' in answer.text
    assert "地域包括支援センター" in answer.text
    assert B["name"] in answer.text
    assert hall.case(case_id).sheet["name"] == A["name"]
    assert not re.search(r'name="whose"[^>]*checked', answer.text), "nothing is chosen for them"
    wrong = writer.send(EDIT, typed(**B, whose="another", summary="", received_at=""), page=EDIT)
    assert wrong.status_code == 422
    assert re.search(r'value="another" checked', wrong.text), "what was chosen stays"
    corrected(writer)
    assert hall.case(case_id).sheet["name"] == B["name"]
    assert ELDERLY in hall.told("wrong_person")


def test_the_same_person_is_saved_without_a_word_to_anybody(hall: TownHall) -> None:
    case_id, _, writer = written(hall)
    answer = writer.send(EDIT, typed(**B, whose="same"), page=EDIT)
    assert answer.status_code == 302
    assert hall.case(case_id).wrong_persons == []
    assert FORMER not in writer.text("/cases/R8-0001")


def test_what_stood_is_on_its_own_page_with_its_way_back(hall: TownHall) -> None:
    """For who wrote it and the coordinators; nobody else finds the page."""
    case_id, app, writer = written(hall)
    corrected(writer)
    assert f'href="{FORMER}"' in writer.text("/cases/R8-0001")
    text = writer.text(FORMER)
    assert A["name"] in text
    assert "D01" not in text, "a district by its name"
    assert B["name"] not in text
    reader = Seat(app, ELDERLY)
    assert FORMER not in reader.text("/cases/R8-0001")
    assert reader.get(FORMER).status_code == 403
    for member in (CLERK, MANAGER, OUTSIDER):
        assert Seat(app, member).get(FORMER).status_code in (403, 404)
    wrong = hall.case(case_id).wrong_persons[0].id
    back = f"{FORMER}/{wrong}/same"
    assert writer.send(back, {}, page=FORMER).status_code == 302
    assert "同じ方だったと記録し" in writer.text(FORMER)
    again = writer.send(back, {}, page=EDIT)
    assert again.status_code == 409
    assert "もう、同じ方だったと記録されています" in again.text


def test_a_request_finds_it_and_its_paper_is_about_nobody_else(hall: TownHall) -> None:
    """What stood about A, who was told until it was corrected; nothing of B."""
    _, _, writer = written(hall)
    corrected(writer)
    hall.clock.move(minutes=5)
    made = recorded(hall)
    page = f"/requests/{made}"
    found = writer.send(f"{page}/find", {"name": A["name"]}, page=page)
    assert "訂正する前の版に、誤って書かれていました" in found.text
    former = re.search(r'name="former" value="([0-9a-f]+)"', found.text)
    assert former
    put = {"number": "R8-0001", "former": former[1]}
    assert writer.send(f"{page}/cases", put, page=page).status_code == 302
    assert "誤って書かれていた版だけ" in writer.text(page)
    paper = writer.text(f"{page}/cases/R8-0001")
    assert A["name"] in paper
    assert "地域包括支援センター" in paper
    assert "日向坂" in paper
    assert B["name"] not in paper
    assert "日向坂" not in writer.text(f"{page}/cases/R8-0001?agencies_only=1")


def test_what_is_sent_about_it_says_nobodys_name(hall: TownHall) -> None:
    case_id, _, writer = written(hall)
    corrected(writer)
    wrong = hall.case(case_id).wrong_persons[0].id
    assert writer.send(f"{FORMER}/{wrong}/same", {}, page=FORMER).status_code == 302
    for key in ("wrong_person", "right_person"):
        (notice,) = hall.notices(ELDERLY, key)
        for sees in (True, False):
            card = load_texts(None).card(replace(notice, facts={**notice.facts, "sees": sees}))
            assert "R8-0001" in card.title
            assert "浮舟" not in str(card)
            assert bool(card.actions) is sees
