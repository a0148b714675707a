"""試用モード: choose who to be, move the clock; none of it exists in a town."""

import pytest

from tests.support.hands import Hands
from tests.support.people import CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, TownSeat, web_app


def hands(hall: TownHall) -> Hands:
    return Hands(hall.desk, hall.database)


def test_without_a_person_one_is_led_to_the_choice(hall: TownHall) -> None:
    """Every page leads to /local, which tells who does what."""
    seat = Seat(web_app(hall))
    assert seat.get("/").location == "/local"
    text = seat.text("/local")
    assert "縁側 つむぎ" in text
    assert "住民の知らせを受けて" in text
    assert "一歩野 ふみだす" not in text, "not at work yet"


def test_a_chosen_person_has_their_own_inbox(hall: TownHall) -> None:
    """After the choice the page is that person's, and the strip says who one is."""
    seat = Seat(web_app(hall))
    text = seat.send("/local/person", {"member_id": ELDERLY}, page="/local", follow=True).text
    assert '<span class="me-name">日向坂 ゆるり</span>' in text
    assert f'<option value="{ELDERLY}" selected>' in text


def test_an_unknown_person_cannot_be_chosen(hall: TownHall) -> None:
    """Only people who are at work today."""
    seat = Seat(web_app(hall))
    for nobody in ("", "M57", "nobody"):
        answer = seat.send("/local/person", {"member_id": nobody}, page="/local")
        assert answer.status_code == 400


def test_switching_stays_on_the_page_that_the_new_person_may_see(hall: TownHall) -> None:
    """From the desk to another coordinator: still the desk, with its question."""
    seat = Seat(web_app(hall), COORDINATOR)
    assert '<input type="hidden" name="then" value="/desk?who=all">' in seat.text("/desk?who=all")
    answer = seat.send("/local/person", {"member_id": "M01", "then": "/desk?who=all"}, follow=True)
    assert answer.request.path == "/desk"
    assert answer.status_code == 200
    assert '<span class="me-name">繋野 ひかり</span>' in answer.text


def test_switching_leads_to_the_inbox_where_the_page_is_not_theirs(hall: TownHall) -> None:
    """A refused page right after the switch gives way to the inbox, and says so."""
    seat = Seat(web_app(hall), COORDINATOR)
    answer = seat.send("/local/person", {"member_id": CLERK, "then": "/desk"}, follow=True)
    assert answer.request.path == "/"
    assert "筆野 しるすさんが見られない画面でしたので" in answer.text
    assert seat.get("/desk").status_code == 403, "asked for again, it is refused as anywhere"


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\x0b/evil.example",
        "/\n/evil.example",
    ],
)
def test_a_switch_never_leads_elsewhere(hall: TownHall, then: str) -> None:
    """The way back is one of our own paths."""
    seat = Seat(web_app(hall), COORDINATOR)
    answer = seat.send("/local/person", {"member_id": CLERK, "then": then})
    assert answer.location == "/"


def test_moving_the_clock_tells_how_far_and_what_was_delivered(hall: TownHall) -> None:
    """Reminders on the way are sent in that time, and counted."""
    hands(hall).open_case("A14")
    seat = Seat(web_app(hall), ELDERLY)
    answer = seat.send("/local/clock", {"step": "week", "then": "/"}, follow=True)
    assert "時計を令和8年11月27日（金）午前9時まで進めました。お知らせを" in answer.text
    assert "返信の期限を過ぎています" in seat.text("/")
    keys = [item.notice.key for item in reversed(hands(hall).mail(ELDERLY))]
    assert keys == ["referral_asked", "reply_reminder", "reply_reminder"]  # before, and after


def test_the_next_step_stops_where_something_is_due(hall: TownHall) -> None:
    """次の予定 goes to the very moment of the next promise or notice."""
    hands(hall).open_case("A14")
    seat = Seat(web_app(hall), ELDERLY)
    seat.send("/local/clock", {"step": "next"})
    assert [item.notice.key for item in hands(hall).mail(ELDERLY)] == ["referral_asked"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("あした", "日付を読み取れません"),
        ("", "日付を読み取れません"),
        ("令和8年11月1日", "先へだけ"),
        ("令和30年1月1日", "1年先まで"),
    ],
)
def test_a_day_that_cannot_be_moved_to_is_told(hall: TownHall, to: str, said: str) -> None:
    """The clock stays, and a sentence says why."""
    before = hall.clock.now()
    seat = Seat(web_app(hall), MANAGER)
    answer = seat.send("/local/clock", {"step": "to", "to": to}, follow=True)
    assert said in answer.text
    assert hall.clock.now() == before


def test_the_clock_goes_to_a_typed_day(hall: TownHall) -> None:
    """12/3 is the third of December, nine in the morning."""
    seat = Seat(web_app(hall), MANAGER)
    seat.send("/local/clock", {"step": "to", "to": "12/3"})
    assert hall.clock.now().isoformat() == "2026-12-03T09:00:00+09:00"


def test_an_unknown_step_is_refused(hall: TownHall) -> None:
    """Nothing but the steps on the strip."""
    seat = Seat(web_app(hall), MANAGER)
    assert seat.send("/local/clock", {"step": "year"}).status_code == 400


def test_in_a_town_none_of_it_exists(hall: TownHall) -> None:
    """No strip, no choice of person, no clock: 404 for everybody."""
    seat = TownSeat(web_app(hall, town=True))
    tokens = seat.tokens("/sign-in")
    assert seat.get("/local").status_code == 404
    assert seat.post("/local/person", {**tokens, "member_id": CLERK}).status_code == 404
    assert seat.post("/local/clock", {**tokens, "step": "day"}).status_code == 404
    assert "local-strip" not in seat.text("/sign-in")


def test_a_person_chosen_in_local_mode_is_nobody_in_a_town(hall: TownHall) -> None:
    """The cookie of a trial opens nothing where people sign in."""
    app = web_app(hall, town=True)
    seat = TownSeat(app)
    for name in ("tsunagu", app.config["SESSION_COOKIE_NAME"]):
        local = Seat(web_app(hall), MANAGER).client.get_cookie("tsunagu")
        assert local is not None
        seat.client.set_cookie(name, local.value, domain="tsunagu.example.jp", secure=True)
    assert seat.get("/").status_code == 401
