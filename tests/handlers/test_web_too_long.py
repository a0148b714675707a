"""A text that is too long to be looked for is said to be so, on every box in which one searches."""

import pytest

from tests.handlers.test_web_accounts import WITH_SLACK
from tests.support.people import ADMINISTRATOR, COORDINATOR
from tests.support.town import TownHall
from tests.support.web import Seat, TownSeat, web_app

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
