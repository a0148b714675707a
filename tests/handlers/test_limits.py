"""Rate limits: every door open to everybody is held, by the real address, and nobody is named."""

import logging
import re
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from handlers.web.server.limits import DOORS
from handlers.web.sign_in.known_browser import known_browser
from tests.support.people import CLERK, MANAGER
from tests.support.served_town import served_town
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.sign_in.sign_in import PrintLink

OIDC = {
    "OIDC_ISSUER": "http://127.0.0.1:1",
    "OIDC_CLIENT_ID": "tsunagu",
    "OIDC_CLIENT_SECRET": "secret",
}
KNOCK: dict[str, Callable[[TownSeat, dict[str, str]], TestResponse]] = {
    "sign_in.ask": lambda s, csrf: s.post("/sign-in", {**csrf, "who": "nobody@example.jp"}),
    "sign_in.ask_first": lambda s, csrf: s.get("/sign-in/made-up"),
    "sign_in.sign_in": lambda s, csrf: s.post("/sign-in/made-up", csrf),
    "oidc.start": lambda s, csrf: s.get("/sign-in/oidc"),
    "oidc.callback": lambda s, csrf: s.get("/sign-in/oidc/callback?code=x&state=y"),
    "passkeys.challenge": lambda s, csrf: s.post("/sign-in/passkey/challenge", csrf),
    "passkeys.enter": lambda s, csrf: s.post("/sign-in/passkey", csrf),
    "outside.look": lambda s, csrf: s.get("/a/made-up"),
    "outside.answer": lambda s, csrf: s.post("/a/made-up", csrf),
}


def per_minute(endpoint: str) -> int:
    return int(DOORS[endpoint].partition("/")[0])


def test_every_door_that_is_open_to_everybody_is_held() -> None:
    """Each limit has its knock below, and no door is forgotten."""
    assert set(KNOCK) == set(DOORS)


@pytest.mark.parametrize("endpoint", DOORS)
def test_only_who_asks_too_often_is_limited(
    hall: TownHall, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    """429 in words with Retry-After; another address and the other pages go on; the log counts
    and names nobody."""
    app = web_app(hall, town=True, **OIDC)
    seat, other = TownSeat(app, "192.0.2.77"), TownSeat(app, "192.0.2.78")
    csrf, others_csrf = seat.tokens("/sign-in"), other.tokens("/sign-in")
    allowed = per_minute(endpoint)
    with caplog.at_level(logging.DEBUG):
        answers = [KNOCK[endpoint](seat, csrf) for _ in range(allowed + 2)]
    assert all(a.status_code != 429 for a in answers[:allowed])
    for refused in answers[allowed:]:
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "60"
        assert "1分ほど待って" in refused.text
        assert refused.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in refused.headers["Content-Security-Policy"]
    assert KNOCK[endpoint](other, others_csrf).status_code != 429
    assert seat.get("/sign-in").status_code == 200
    assert f"rate_limited endpoint={endpoint} times=2" in caplog.text
    assert "192.0.2" not in caplog.text
    assert "nobody@" not in caplog.text


def test_a_member_who_is_signed_in_works_on(hall: TownHall) -> None:
    """The doors' limits are not those of the house."""
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, CLERK)
    assert {seat.get("/account").status_code for _ in range(70)} == {200}


def test_links_are_not_guessed_by_force(hall: TownHall) -> None:
    """Wrong tokens end at the limit; the right one is then refused too, until it is over."""
    app = web_app(hall, town=True)
    seat, owner = TownSeat(app), TownSeat(app, "192.0.2.9")
    right = hall.desk.handle(PrintLink(CLERK), Caller.CONSOLE)
    csrf = seat.tokens("/sign-in")
    allowed = per_minute("sign_in.sign_in")
    statuses = [seat.post(f"/sign-in/{n}", csrf).status_code for n in range(allowed + 10)]
    assert statuses.count(410) == allowed
    assert seat.post(f"/sign-in/{right}", csrf).status_code == 429
    assert owner.press(f"/sign-in/{right}").location == "/"


def test_a_name_is_counted_from_wherever_it_is_asked_for(hall: TownHall) -> None:
    """Many addresses that ask for one member send them no flood; another member gets theirs."""
    app = web_app(hall, town=True)
    for number in range(24):
        who = [CLERK, "m06", " Ｍ０６ "][number % 3]
        assert (
            TownSeat(app, f"192.0.2.{number}").request_sign_in_link(who).location == "/sign-in/sent"
        )
    TownSeat(app, "192.0.2.99").request_sign_in_link(MANAGER)
    told = [n.member_id for n in hall.notices(key="sign_in_link")]
    assert (told.count(CLERK), told.count(MANAGER)) == (20, 1)


def test_a_stranger_who_asks_for_a_member_does_not_lock_them_out(hall: TownHall) -> None:
    """However often one address asks, it sends five mails; the member's own place has its own."""
    app = web_app(hall, town=True)
    stranger = TownSeat(app, "198.51.100.66")
    for number in range(40):
        assert stranger.request_sign_in_link(["M06", "m06", " Ｍ０６ "][number % 3]).location
    assert [n.member_id for n in hall.notices(key="sign_in_link")] == [CLERK] * 5
    TownSeat(app, "192.0.2.6").request_sign_in_link(CLERK)
    assert [n.member_id for n in hall.notices(key="sign_in_link")] == [CLERK] * 6


def test_who_came_in_by_this_browser_before_is_locked_out_by_nobody(hall: TownHall) -> None:
    """A colleague behind the same address knocks without end, and strangers everywhere ask for this
    member: the browser in which they came in before has its own count, for their own names."""
    app = web_app(hall, town=True)
    own, fresh, flood = TownSeat(app), TownSeat(app), TownSeat(app)
    own.sign_in(hall, CLERK)
    own.press("/sign-out", page="/")
    csrf = flood.tokens("/sign-in")
    for _ in range(per_minute("sign_in.ask") + 1):
        flood.post("/sign-in", {**csrf, "who": "nobody@example.jp"})
    for number in range(20):
        TownSeat(app, f"198.51.100.{number}").request_sign_in_link(CLERK)
    assert (
        fresh.request_sign_in_link(CLERK).status_code
        == flood.request_sign_in_link(CLERK).status_code
        == 429
    )
    for who in ("m06@example.jp", "M06", MANAGER):
        assert own.request_sign_in_link(who).location == "/sign-in/sent"
    told = [n.member_id for n in hall.notices(key="sign_in_link")]
    assert (told.count(CLERK), told.count(MANAGER)) == (22, 1)


def test_a_known_browser_gets_no_more_than_any_other_place(hall: TownHall) -> None:
    """Five links for a name in a quarter of an hour, and its knocks are counted; a cookie that was
    made up or changed is none."""
    app = web_app(hall, town=True)
    own = TownSeat(app)
    own.sign_in(hall, CLERK)
    own.press("/sign-out", page="/")
    for _ in range(9):
        own.request_sign_in_link(CLERK)
    assert len(hall.notices(key="sign_in_link")) == 5
    statuses = [own.get("/sign-in/made-up").status_code for _ in range(250)]
    assert (statuses.count(410), statuses[-1]) == (per_minute("sign_in.ask_first"), 429)
    host = TOWN.removeprefix("https://")
    value = own.client.get_cookie("__Host-tsunagu-known", domain=host)
    assert value
    assert value.http_only
    assert value.secure
    for number, wrong in enumerate(("made-up", value.value[:-9] + "AAAAAAAA=")):
        other = TownSeat(app, "192.0.2.200")
        other.client.set_cookie("__Host-tsunagu-known", wrong, domain=host, secure=True)
        assert other.get("/sign-in/made-up").status_code == 410, number
    with app.test_request_context(headers={"Cookie": "__Host-tsunagu-known=made-up"}):
        assert known_browser() is None


def test_who_holds_their_link_gets_in_however_many_knock(hall: TownHall) -> None:
    """A new browser behind an address that is over its limit: the link that it asked for works."""
    app = web_app(hall, town=True)
    seat, flood = TownSeat(app), TownSeat(app)
    seat.request_sign_in_link(CLERK)
    csrf = flood.tokens("/sign-in")
    for _ in range(per_minute("sign_in.ask_first") + 1):
        flood.get("/sign-in/made-up")
        flood.post("/sign-in/made-up", csrf)
    (notice,) = hall.notices(key="sign_in_link")
    address = f"/sign-in/{notice.facts['token']}"
    assert flood.get(address).status_code == 429
    assert seat.press(address).location == "/"


def test_a_town_hall_behind_one_address_comes_in_at_half_past_eight(hall: TownHall) -> None:
    """Everybody asks for a link, looks at it and presses the button within the same minute."""
    app = web_app(hall, town=True)
    with hall.database.open() as unit:
        people = [m for m in unit.directory.members() if m.is_active(hall.clock.at.date())]
    assert len(people) > 50
    before: set[str] = set()
    for person in people:
        seat = TownSeat(app)
        assert seat.request_sign_in_link(person.id).location == "/sign-in/sent"
        tokens = {str(n.facts["token"]) for n in hall.notices(key="sign_in_link")}
        (token,) = tokens - before
        assert seat.press(f"/sign-in/{token}").location == "/"
        before = tokens


def test_an_ipv6_prefix_of_64_bits_shares_one_limit(hall: TownHall) -> None:
    """Whoever has 2 to the power of 64 addresses has one limit."""
    app = web_app(hall, town=True)
    allowed = per_minute("sign_in.ask_first")
    seats = [TownSeat(app, f"2001:db8::{n:x}") for n in range(allowed + 1)]
    statuses = [s.get("/sign-in/made-up").status_code for s in seats]
    assert (statuses.count(410), statuses[-1]) == (allowed, 429)
    assert TownSeat(app, "2001:db8:0:1::1").get("/sign-in/made-up").status_code == 410


# -- as it is really served -----------------------------------------------------------------------


def asked(url: str, path: str, address: str) -> HTTPResponse:
    """What the server answers to a proxy that says for whom it asks."""
    connection = HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    said = {"Host": "localhost", "X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
    connection.request("GET", path, headers=said)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize(("proxies", "limited"), [("", True), ("127.0.0.1", False)])
def test_the_real_server_hands_on_what_trusted_proxies_say(
    hall: TownHall, proxies: str, *, limited: bool
) -> None:
    """Behind a proxy that counts, each member has their own limit; else they are one address."""
    with served_town(hall, TRUSTED_PROXIES=proxies) as url:
        statuses = [
            asked(url, "/sign-in/made-up", f"203.0.113.{n}").status
            for n in range(per_minute("sign_in.ask_first") + 2)
        ]
    assert (429 in statuses) == limited
    assert set(statuses) <= {410, 429}


def test_the_real_server_does_not_say_what_it_is(hall: TownHall) -> None:
    """No name and no version of a server in any answer."""
    with served_town(hall) as url:
        for path in ("/sign-in", "/nothing", "/static/tsunagu.css"):
            told = asked(url, path, "203.0.113.1")
            assert told.headers["Server"] is None, path
            assert not re.search("waitress|werkzeug|python", str(told.headers), re.IGNORECASE)
