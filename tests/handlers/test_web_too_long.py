"""A text that is too long to be looked for is said to be so, on every box in which one searches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.test_web_accounts import WITH_SLACK
from tests.support.hands import Hands
from tests.support.outside import Outside, address, begun, dating
from tests.support.people import ADMINISTRATOR, COORDINATOR, MANAGER
from tests.support.town import FORMS, TownHall, TownMould
from tests.support.web import Seat, TownSeat, web_app
from workflows.forms import LONGEST_TEXT

DISTRICT = {"district-code": "E", "district-name": "東部", "district-kana": "トウブ"}
BOMB = "一" * 100_000  # two of them are as much as a post may hold
BOXES = [
    ("/directory?q=", 40, COORDINATOR),
    ("/admin/accounts?q=", 40, ADMINISTRATOR),
    ("/cases?number=", 100, COORDINATOR),
    ("/admin/audit?number=", 100, ADMINISTRATOR),
]


@pytest.mark.parametrize(("path", "most", "reader"), BOXES)
def test_it_is_said_at_the_box_and_stays_there(
    hall: TownHall, path: str, most: int, reader: str
) -> None:
    seat, typed = TownSeat(web_app(hall, town=True, **WITH_SLACK)), "あ" * (most + 1)
    seat.sign_in(hall, reader)
    told = f"{most}文字以内で入力してください（いま{most + 1}文字）。"
    answer = seat.get(path + typed)
    assert answer.status_code in (200, 422)
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert "文字以内で入力してください" not in seat.get(path + typed[1:]).text


@pytest.mark.parametrize("field", ["kana", "phone", "address", "birth_date"])
def test_who_looks_for_a_person_is_told_at_the_field(hall: TownHall, field: str) -> None:
    """Nothing is looked up then, so that it counts as no search."""
    seat, typed = Seat(web_app(hall), COORDINATOR), "ア" * 121
    answer = seat.send("/find", {field: typed}, page="/find")
    assert answer.status_code == 422
    assert "120文字以内で入力してください（いま121文字）。" in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert f'value="{typed}"' in answer.text


# -- a post that was made to be large --------------------------------------------------------------


def test_a_huge_text_in_a_sheet_is_answered_beside_its_field(hall: TownHall) -> None:
    """Nothing typed is lost, and nothing was looked for with it."""
    seat = Seat(web_app(hall), COORDINATOR)
    typed = {"address": BOMB, "summary": "短い相談", "household-0-name": BOMB}
    answer = seat.send("/cases/new", typed, page="/cases/new")
    assert answer.status_code == 422
    assert f"文字以内で入力してください（いま{len(BOMB)}文字）。" in answer.text
    assert BOMB in answer.text
    assert "短い相談" in answer.text
    assert "20000文字以内" not in answer.text, "of the field, and not of all of them"


@pytest.mark.parametrize("path", ["/cases/same", "/find"])
def test_nobody_is_looked_for_by_a_huge_text(hall: TownHall, path: str) -> None:
    seat = Seat(web_app(hall), COORDINATOR)
    page = "/cases/new" if path == "/cases/same" else path
    answer = seat.send(path, {"address": BOMB, "kana": BOMB}, page=page)
    assert answer.status_code in (200, 409, 422)
    assert "文字以内で入力してください" in answer.text


def test_a_draft_that_is_too_large_says_so_beside_the_form(hall: TownHall) -> None:
    """The page saves by itself and shows what is answered: a sentence, and no page."""
    seat = Seat(web_app(hall), COORDINATOR)
    answer = seat.send("/cases/drafts", {"summary": BOMB, "draft_id": ""}, page="/cases/new")
    assert answer.status_code == 409
    assert f"文字以内で入力してください（いま{len(BOMB)}文字）。" in answer.text
    assert "<" not in answer.text
    most = next(x.max for x in FORMS.form("sheet").fields if x.id == "summary")
    assert f"{most}文字以内" in answer.text


def test_it_is_said_on_pages_that_have_no_label_for_the_field(hall: TownHall) -> None:
    """Hidden fields, and those that the command calls otherwise than its page or counts."""
    hands = Hands(hall.desk, hall.database)
    case = f"/retention/cases/{hands.open_case('A14')}"
    app = web_app(hall, town=True)
    seats = {who: TownSeat(app) for who in (ADMINISTRATOR, MANAGER)}
    for who, seat in seats.items():
        seat.sign_in(hall, who)
    typed = "あ" * (LONGEST_TEXT + 1)
    told = f"{LONGEST_TEXT}文字以内で入力してください（いま{len(typed)}文字）。"
    for who, to, page, names in (
        (MANAGER, f"{case}/hold", case, ["hold_reason"]),
        (MANAGER, f"{case}/longer", case, ["longer_reason", "until"]),
        (ADMINISTRATOR, "/directory/agencies/A13", "", ["stamp", "name"]),
        (ADMINISTRATOR, "/directory/members/new", "", ["stamp", "email"]),
        (ADMINISTRATOR, "/admin/passkeys", "", ["stamp", "required_on", "roles"]),
        (ADMINISTRATOR, "/admin/town", "", ["stamp", "name", "district-name", "district-code"]),
        (ADMINISTRATOR, "/admin/town", "", ["closed_days", "opened_days"]),
    ):
        for name in names:
            answer = seats[who].send(to, DISTRICT | {name: typed}, page=page or to)
            assert answer.status_code == 422, (to, name)
            assert told in answer.text, (to, name)
    answer = seats[MANAGER].send(f"{case}/hold", {"hold_reason": typed}, page=case)
    assert 'href="#f-hold_reason"' in answer.text, "beside its field"


@pytest.fixture
def out(mould: TownMould, tmp_path: Path) -> Iterator[Outside]:
    folder = tmp_path / "copy"
    folder.mkdir()
    found = begun(mould, tmp_path, dating).copy(folder)
    yield found
    found.hall.database.close()


def test_a_huge_text_by_an_answer_link_is_answered_too(out: Outside) -> None:
    poll = address(out.hall, poll=out.meeting_id)
    comment = next(name for name in out.dates("oo") if name.endswith("-comment"))
    for typed in ({"who": BOMB}, {comment: BOMB}):
        answer = out.send(poll, {**out.dates("oo"), **typed})
        assert answer.status_code == 422
        assert f"文字以内で入力してください（いま{len(BOMB)}文字）。" in answer.text
        assert BOMB in answer.text
    assert not any(out.answers())
