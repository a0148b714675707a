"""NUL and line breaks at the doors: a sentence beside the field, never a page that fails."""

import pytest

from tests.support.outside import Outside, address, dating, words
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

CONTROL = "使えない文字（制御文字）が入っています"
BREAK = "改行は入れられません"


@pytest.fixture
def out(hall: TownHall) -> Outside:
    return dating(hall)


def test_by_a_link_both_are_told_beside_the_field(out: Outside) -> None:
    """What was typed is still there, and nothing is kept of it."""
    link = address(out.hall, poll=out.meeting_id)
    for typed, says in (("あ\x00い", CONTROL), ("あ\u2028い", BREAK)):
        answer = out.send(link, out.dates("oo", typed, who="代理"))
        assert answer.status_code == 422
        assert says in words(answer)
        assert 'value="代理"' in answer.text
        assert out.answers() == ["", ""]


def test_on_a_page_a_reason_with_one_is_told_beside_it(out: Outside) -> None:
    """Of a reply: the field says it, and the answer that was chosen stands."""
    number = out.hall.case(out.case_id).number
    path = f"/cases/{number}/referrals/{out.hall.referral(out.case_id, 'A14').id}/reply"
    seat = Seat(web_app(out.hall), ELDERLY)
    answer = seat.send(path, {"answer": "partly", "reason": "訪\x00問"}, page=path)
    assert answer.status_code == 422
    assert CONTROL in words(answer)
    assert 'id="f-reason-error"' in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/cases?number=R8%00",
        "/cases/R8%00-1",
        "/meetings/%00",
        "/cases?q=%ED%A0%80",
        "/find?kana=%00",
    ],
)
def test_an_address_with_one_leads_to_no_crash(out: Outside, path: str) -> None:
    """Whoever types addresses is told that there is nothing, or what is wrong."""
    assert Seat(web_app(out.hall), COORDINATOR).get(path).status_code < 500


def test_signing_in_with_a_control_character_finds_nobody(out: Outside) -> None:
    seat = out.seat()
    form = out.form("/sign-in")
    assert seat.post("/sign-in", {**form, "who": "m26\x00@example.jp"}).status_code < 500
