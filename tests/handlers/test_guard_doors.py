"""備考 and 出欠 at the doors: told beside the field, taken by a link, masked where it is shown."""

import pytest

from tests.support.outside import Outside, address, dating, words
from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.japanese import text_scans

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

NAME, PHONE = "架空花子さん", "0000-12-3456"
WORD = f"{NAME}（{PHONE}）と伺います"


@pytest.fixture
def out(hall: TownHall) -> Outside:
    return dating(hall, name="架空 花子", kana="カクウ ハナコ", phone=PHONE)


def test_on_the_page_it_is_told_beside_its_field_and_nothing_is_lost(out: Outside) -> None:
    """Who reads the case writes a name: the answer waits, with what was typed."""
    seat, path = Seat(web_app(out.hall), ELDERLY), f"/meetings/{out.meeting_id}/answer"
    out.hall.swear(out.meeting_id, ELDERLY)
    answer = seat.send(path, out.dates("oo", WORD), page=path)
    assert answer.status_code == 422
    assert "氏名が含まれています" in words(answer)
    assert "電話番号が含まれています" in words(answer)
    assert WORD in answer.text
    assert out.answers() == ["", ""]


def test_beyond_what_can_be_checked_at_once_a_sentence_says_so_and_nothing_is_lost(
    out: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer waits with what was typed; what is within the budget again is taken."""
    seat, path = Seat(web_app(out.hall), ELDERLY), f"/meetings/{out.meeting_id}/answer"
    out.hall.swear(out.meeting_id, ELDERLY)
    long = "公用車で伺います。" * 9
    with monkeypatch.context() as patch:
        patch.setattr(text_scans, "SCAN_BUDGET", 1_000)
        answer = seat.send(path, out.dates("oo", long), page=path)
    assert answer.status_code == 422
    assert "一度に確かめられる量を超えました" in words(answer)
    assert long in answer.text
    assert out.answers() == ["", ""]
    assert seat.send(path, out.dates("oo", long), page=path).status_code == 302


def test_by_a_link_it_is_taken_and_every_page_of_it_looks_the_same(out: Outside) -> None:
    """The form asks everybody alike; a right and a wrong name have the same answer."""
    seen = set()
    for guess in (NAME, "見本月子さん"):
        link = address(out.hall, poll=out.meeting_id)
        assert "お名前や連絡先、事情は、どの欄にも書かないでください" in words(out.open(link))
        assert out.send(link, out.dates("oo", guess, who=guess)).status_code == 302
        page = words(out.open(link))
        assert guess in page
        seen.add(page.replace(guess, "…"))
        out.meeting_id = out.hall.convene(out.case_id)
    assert len(seen) == 1


def test_who_may_not_read_the_case_sees_it_masked_on_every_page(out: Outside) -> None:
    """The chair has not confirmed the duty; who convened, and reads, sees what came in."""
    link = address(out.hall, poll=out.meeting_id)
    assert out.send(link, out.dates("oo", WORD, who=NAME, said_by=NAME)).status_code == 302
    app, meeting = web_app(out.hall), f"/meetings/{out.meeting_id}"
    assert NAME in Seat(app, COORDINATOR).text(meeting)
    for path in (meeting, f"{meeting}/live", "/meetings", f"{meeting}/answer"):
        answer = Seat(app, CHAIR).get(path)
        assert "花子" not in answer.text
        assert "3456" not in answer.text
    assert "■■さん" in Seat(app, CHAIR).text(meeting)
