"""不在の予定 on the pages: entered, changed, ended; and who is away stands beside their name."""

from html import unescape

from tests.support.people import ADMINISTRATOR, CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.absences.views import GetAbsences

COLLEAGUE = "M27"  # of ELDERLY's agency, and not its window
HELPER = "M24"  # of the coordinator's agency, without any office


def test_an_absence_is_entered_changed_and_ended_on_ones_own_page(hall: TownHall) -> None:
    """A mistake stands at its field and loses nothing typed; the way back is one press."""
    seat = Seat(web_app(hall), ELDERLY)
    assert 'href="/absences"' in seat.text("/")
    typed = {"from_on": "11/24", "until_on": "11/23", "deputy_id": COLLEAGUE}
    wrong = seat.send(f"/absences/{ELDERLY}", typed, page="/absences")
    assert wrong.status_code == 422
    assert "最初の日より後の日を入れてください" in wrong.text
    assert 'value="11/23"' in wrong.text
    assert f'value="{COLLEAGUE}" selected' in wrong.text
    typed["until_on"] = "12/4"
    done = seat.send(f"/absences/{ELDERLY}", typed, page="/absences", follow=True)
    assert "不在の予定を保存しました" in done.text
    (line,) = hall.desk.ask(GetAbsences(ELDERLY), ELDERLY).lines
    assert "取りやめる" in done.text
    change = f"/absences?change={line.id}"
    assert "令和8年12月4日（金）" in seat.text(change)
    typed |= {"until_on": "12/11", "absence": line.id, "stamp": line.stamp}
    assert seat.send(f"/absences/{ELDERLY}", typed, page=change).status_code == 302
    again = seat.send(f"/absences/{ELDERLY}", typed, page=change)
    assert (again.status_code, "ほかの方が先に直しました" in again.text) == (409, True)
    hall.clock.move(days=4)
    assert "今日から戻った" in seat.text("/absences")
    end = {"absence": line.id}
    ended = seat.send(f"/absences/{ELDERLY}/end", end, page="/absences", follow=True)
    assert "不在を終わらせました" in ended.text
    gone = seat.send(f"/absences/{ELDERLY}/end", end, page="/absences")
    assert (gone.status_code, "この不在は、もうありません" in gone.text) == (409, True)


def test_for_a_colleague_their_window_enters_it_or_an_administrator(hall: TownHall) -> None:
    app = web_app(hall)
    typed = {"from_on": "11/20", "until_on": "12/4", "deputy_id": ""}
    page = f"/absences/{COLLEAGUE}"
    assert f'href="{page}"' in Seat(app, ELDERLY).text("/absences")
    assert f'href="{page}"' in Seat(app, ADMINISTRATOR).text(f"/directory/members/{COLLEAGUE}")
    assert page not in Seat(app, DISABILITY).text(f"/directory/members/{COLLEAGUE}")
    for outsider in (DISABILITY, COORDINATOR, CHAIR):
        assert Seat(app, outsider).get(page).status_code == 403
        sent = Seat(app, outsider).send(page, typed, page="/absences")
        assert sent.status_code == 403
    own = {**typed, "deputy_id": ELDERLY}
    assert "ご自分を代わりの方にできません" in Seat(app, ELDERLY).send(page, own, page=page).text
    assert Seat(app, ELDERLY).send(page, typed, page=page).status_code == 302
    assert "茶話 のどか" in Seat(app, ELDERLY).text("/absences")
    assert "ほかの方の不在を入力する" not in Seat(app, COLLEAGUE).text("/absences")


def test_who_is_away_is_said_beside_their_name_wherever_they_hold_something(
    hall: TownHall,
) -> None:
    """On the pages of case and meeting, where somebody is chosen, and before the deputy's work."""
    app = web_app(hall)
    case_id = hall.open_case("A14")
    meeting = hall.convene(case_id)
    number, beside = hall.case(case_id).number, "（12/4（金）まで不在・代わり 家計野 そろばんさん）"
    seat = Seat(app, COORDINATOR)
    assert "まで不在" not in seat.text(f"/cases/{number}") + seat.text(f"/meetings/{meeting}")
    typed = {"from_on": "11/20", "until_on": "12/4", "deputy_id": HELPER}
    seat.send(f"/absences/{COORDINATOR}", typed, page="/absences")
    ticks_of(hall).tick()
    for who, path in (
        (CHAIR, f"/meetings/{meeting}"),
        (CHAIR, f"/meetings/{meeting}/writer"),
        (CHAIR, "/meetings/new"),
        (ELDERLY, f"/meetings/{meeting}/answer"),
        (ELDERLY, f"/cases/{number}"),
    ):
        assert f"縁側 つむぎ{beside}" in unescape(Seat(app, who).text(path)), path
    assert "（縁側 つむぎさんの代わり、12/4（金）まで）" in Seat(app, HELPER).text("/")
    assert "縁側 つむぎさんが不在です" in Seat(app, HELPER).text("/")
    for path in (f"/meetings/{meeting}", f"/cases/{number}"):
        foreseen = unescape(seat.text(path))
        assert "11/30（月）朝　縁側 つむぎと代わりの方へ" in foreseen, path
        assert "12/10（木）朝　縁側 つむぎ、連携担当者へ" in foreseen, "who is back by then"
    close = Seat(app, HELPER).send(
        f"/meetings/{meeting}/close-answers", {}, page=f"/meetings/{meeting}"
    )
    assert close.status_code == 302
    story = Seat(app, COORDINATOR).text(f"/meetings/{meeting}")
    assert "（縁側 つむぎさんの代わり）" in story


def test_who_is_away_sees_it_in_the_inbox_with_the_way_back(hall: TownHall) -> None:
    """Reminders do not ring meanwhile: who is back and forgot to say so has to see why."""
    seat = Seat(web_app(hall), ELDERLY)
    assert "不在になっています" not in seat.text("/")
    typed = {"from_on": "11/20", "until_on": "12/4", "deputy_id": COLLEAGUE}
    seat.send(f"/absences/{ELDERLY}", typed, page="/absences")
    assert "令和8年12月4日（金）まで不在になっています" in seat.text("/")
    ticks_of(hall).tick()
    theirs = Seat(web_app(hall), COLLEAGUE).text("/")
    assert "さんが不在です" in theirs
    assert "不在になっています" not in theirs
    assert "受信箱を見る" not in theirs, "they are there"
    hall.clock.move(days=15)
    assert "不在になっています" not in seat.text("/")


def test_where_no_contact_is_left_the_page_says_that_nobody_stands_in(hall: TownHall) -> None:
    app = web_app(hall)
    contact = "空けておくと、機関の窓口担当が代わりをします"
    nobody = "空けておくと、代わりの方はいません"
    for who, path, said in (
        (COLLEAGUE, "/absences", contact),
        (ELDERLY, "/absences", nobody),
        (ELDERLY, f"/absences/{COLLEAGUE}", nobody),
        (ADMINISTRATOR, f"/absences/{COLLEAGUE}", contact),
    ):
        assert said in Seat(app, who).text(path), (who, path)
    typed = {"from_on": "11/20", "until_on": "11/27", "deputy_id": COLLEAGUE}
    Seat(app, ELDERLY).send(f"/absences/{ELDERLY}", typed, page="/absences")
    typed = {"from_on": "11/24", "until_on": "11/24", "deputy_id": ""}
    Seat(app, COLLEAGUE).send(f"/absences/{COLLEAGUE}", typed, page="/absences")
    assert "その日は、代わりの方がいません" in Seat(app, ELDERLY).text("/absences")
