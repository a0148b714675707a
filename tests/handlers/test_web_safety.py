"""What holds on every page, whoever wrote it: headers, cookies, no inline code, tokens, hosts."""

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from time import process_time
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.support.hands import Hands, ask_for, sheet
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import TOWN, Seat, TownSeat, ticks_of, web_app
from workflows.cases.drafts import SaveDraft
from workflows.core.messages import Command
from workflows.desk import Desk

# Whose address is the secret itself: no other site can post there; test_web_outside.py.
BY_LINK = "/a/"
VISITORS = (COORDINATOR, ELDERLY, CHAIR, MANAGER, ADMINISTRATOR, CLERK, OUTSIDER)


def hands(hall: TownHall) -> Hands:
    return Hands(hall.desk, hall.database)


@pytest.fixture
def busy(hall: TownHall) -> dict[str, str]:
    """A town in which every kind of page has something to show: the values its addresses need."""
    first = hands(hall).open_case("A14", "A19")
    hands(hall).reply(first, "A14", by=ELDERLY, lead="yes")
    hands(hall).plan(first, by=ELDERLY)
    hands(hall).open_case("A14", danger="yes")
    meeting_id = hands(hall).convene(first)
    for agency, member in (("A14", ELDERLY), ("A13", COORDINATOR)):
        hands(hall).answer(meeting_id, agency, by=member)
    hands(hall).fix(meeting_id)
    hands(hall).swear(meeting_id, COORDINATOR, ELDERLY, CHAIR)
    asked = hands(hall).convene(first, days_ahead=(30, 31))
    hands(hall).answer(asked, "A14", by=ELDERLY)
    hall.desk.handle(SaveDraft("sheet", {"summary": "途中"}), COORDINATOR)
    hall.clock.move(days=20, hours=6)
    ticks_of(hall).tick()
    hands(hall).save_record(
        meeting_id,
        roles=[{"agency": "A14", "task": "訪問", "due_on": "令和9年1月20日"}],
        ready=True,
    )
    case = hands(hall).case(first)
    follow_up = case.next_follow_up
    assert follow_up is not None
    return {
        "number": case.number,
        "meeting_id": meeting_id,
        "referral_id": hands(hall).referral(first, "A19").id,
        "follow_up_id": follow_up.id,
        "role_id": case.roles[0].id if case.roles else "none",
        "agency_id": "A14",
        "member_id": "M26",
        "notice_id": hands(hall).mail(COORDINATOR)[0].notice.id,
        "button": "0",
        "on": hall.clock.now().date().isoformat(),
        "token": "none",
        "version": "1",
    }


def addresses(app: Flask, method: str, values: dict[str, str]) -> Iterator[str]:
    """Every address that the application has, filled with these values."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in ("static", "htmx"):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values.get(m[1], "none"), rule.rule)


class Inline(HTMLParser):
    """Finds what the policy would stop: inline script, style, handlers, foreign addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.leads: set[tuple[str, str]] = set()  # the method and address of links and forms

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        method = (given.get("method") or "get").upper()
        for name, by in (
            ("href", "GET"),
            ("action", method),
            ("hx-get", "GET"),
            ("hx-post", "POST"),
        ):
            self.leads.add((by, given.get(name) or ""))
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and (value or "").startswith("javascript:"):
                self.found.append(f"{tag} {name}")
            if name in ("src", "action") and re.match(r"(https?:)?//", value or ""):
                self.found.append(f"{tag} {name}={value}")


def test_every_page_keeps_the_policy_for_everybody(
    hall: TownHall, busy: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every address, for every kind of person: CSP, no-store, nothing inline, and whoever only
    looks hands in no command."""
    app = web_app(hall)
    shown = 0
    leads: set[tuple[str, str]] = set()
    changed: list[str] = []
    handle = Desk.handle

    def noted(desk: Desk, command: Command[object], *rest: object, **more: object) -> object:
        changed.append(type(command).__name__)
        return handle(desk, command, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "handle", noted)
    for member_id in (*VISITORS, None):
        seat = Seat(app, member_id)
        for address in addresses(app, "GET", busy):
            answer = seat.get(address)
            assert answer.status_code < 500, (member_id, address)
            # Opening a notice marks it as read.
            assert not set(changed) - {"MarkRead"}, (member_id, address, changed)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe" not in policy, address
            assert answer.headers["Cache-Control"] == "no-store", address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
            if answer.mimetype == "text/html":
                reader = Inline()
                reader.feed(answer.text)
                assert not reader.found, (member_id, address, reader.found)
                leads |= reader.leads
                shown += answer.status_code == 200
    assert shown > 60, shown
    assert no_route(app, leads) == set()


def no_route(app: Flask, leads: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of the links and forms within this site, those that no page is there for."""
    routes, found = app.url_map.bind("localhost"), set()
    for method, address in leads:
        path = urlsplit(address).path
        try:
            if path.startswith("/"):
                routes.match(path, method=method)
        except HTTPException:
            found.add((method, address))
    assert len(leads) > 100
    return found - {("GET", "/local/requests")}  # bot.py's, in the fictional town alone


def test_no_page_can_be_shown_with_a_code_in_it(hall: TownHall) -> None:
    """What people type is text, also on the pages that show it again."""
    attack = '"><script>alert(1)</script><b onclick=x>{{ 7*7 }}'
    case_id = hands(hall).open_case("A14", summary=attack)
    seat = Seat(web_app(hall), COORDINATOR)
    number = hands(hall).case(case_id).number
    for address in (f"/cases/{number}", f"/cases/{number}/sheet", f"/cases/{number}/print"):
        text = seat.text(address)
        assert "<script>alert" not in text
        assert "<b onclick" not in text
    assert "49" not in seat.text(f"/cases/{number}/print").split("&lt;b onclick=x&gt;")[-1][:9]


def test_a_post_without_the_token_of_its_form_changes_nothing(
    hall: TownHall, busy: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Every address that takes a post refuses one from another site, nothing has changed, and
    the log says that it was tried."""
    app = web_app(hall)
    seat = Seat(app, COORDINATOR)
    before = hands(hall).case_ids(), hall.clock.now(), len(hands(hall).promises())
    tried = 0
    for address in addresses(app, "POST", busy):
        if address.startswith(BY_LINK):
            continue
        answer = seat.post(address, {"member_id": CLERK, "step": "day"})
        assert answer.status_code == 400, address
        assert "もう一度" in answer.text or "開き直" in answer.text, address
        tried += 1
    assert tried > 20, tried
    assert caplog.text.count("form_refused endpoint=") == tried
    assert CLERK not in caplog.text
    assert (hands(hall).case_ids(), hall.clock.now(), len(hands(hall).promises())) == before


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.10"])
def test_in_local_mode_another_host_is_refused(hall: TownHall, host: str) -> None:
    """A page elsewhere that points its own name at this computer gets nothing."""
    seat = Seat(web_app(hall), COORDINATOR)
    answer = seat.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "受信箱" not in answer.text


@pytest.mark.parametrize("path", ["/cases/%00", "/meetings/%00", "/digest/%00"])
def test_an_address_that_no_database_can_hold_is_not_there(any_hall: TownHall, path: str) -> None:
    """A NUL in an address, which PostgreSQL refuses, is answered as a page that is not there."""
    assert Seat(web_app(any_hall), MANAGER).get(path).status_code == 404


def _sheet_form() -> dict[str, object]:
    form: dict[str, object] = dict(sheet())
    return {**form, **{f"referrals-0-{k}": v for k, v in ask_for("A14").items()}}


def test_a_form_sent_twice_is_done_once(hall: TownHall) -> None:
    """A double click or a second press makes one case; the second is told so, kindly."""
    seat = Seat(web_app(hall), COORDINATOR)
    form = {**seat.tokens("/cases/new"), **_sheet_form()}
    first = seat.post("/cases/new", form)
    assert first.status_code == 302, first.text
    again = seat.post("/cases/new", form, follow=True)
    assert again.status_code == 200
    assert "もう受け付けています" in again.text
    assert len(hands(hall).case_ids()) == 1


def test_the_token_of_another_person_is_refused(hall: TownHall) -> None:
    """A form that one person opened cannot be sent as somebody else."""
    app = web_app(hall)
    theirs = Seat(app, ELDERLY).tokens("/cases/new")["once"]
    seat = Seat(app, COORDINATOR)
    answer = seat.post("/cases/new", {**seat.tokens("/cases/new"), **_sheet_form(), "once": theirs})
    assert answer.status_code == 403
    assert hands(hall).case_ids() == []


def test_a_made_up_token_is_refused(hall: TownHall) -> None:
    """Without our signature a token is nothing."""
    seat = Seat(web_app(hall), COORDINATOR)
    for once in ("", "made-up", '["M21","x"]'):
        form = {**seat.tokens("/cases/new"), **_sheet_form(), "once": once}
        assert seat.post("/cases/new", form).status_code == 403
    assert hands(hall).case_ids() == []


# -- in a real town -------------------------------------------------------------------------------


def _town_answers(
    hall: TownHall, values: dict[str, str], member_id: str
) -> Iterator[tuple[str, TestResponse]]:
    """What every address of a real town answers, signed in as this member and as nobody."""
    app = web_app(hall, town=True)
    seat, stranger = TownSeat(app), TownSeat(app)
    seat.sign_in(hall, member_id)
    for who in (seat, stranger):
        for address in addresses(app, "GET", values):
            yield address, who.get(address)
        for address in addresses(app, "POST", values):
            yield address, who.post(address, {})
        for method in ("PUT", "DELETE", "TRACE"):
            yield "/", who.client.open("/", method=method, base_url=TOWN)
        yield "/nothing", who.get("/nothing")


NOTHING = ("default-src", "object-src", "base-uri", "frame-ancestors")
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_answer_of_a_town_has_the_headers_and_safe_cookies(
    hall: TownHall, busy: dict[str, str]
) -> None:
    """On every address and every error, for members and strangers: the headers, and no cookie
    that a script, another site, another path or plain http could have."""
    statuses = set()
    for address, answer in _town_answers(hall, busy, ADMINISTRATOR):
        statuses.add(answer.status_code)
        assert answer.status_code < 500, address
        if answer.status_code == 405:
            assert answer.headers["Allow"], address
        told = {"Referrer-Policy": "no-referrer"} if address.startswith(BY_LINK) else {}
        if address.startswith("/sign-in/"):  # a link's address stands in no Referer in a log
            told = {"Referrer-Policy": "strict-origin"}
        for name, value in {**HEADERS, **told}.items():
            assert answer.headers.get(name) == value, (address, name)
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {f"{what} 'none'" for what in NOTHING} <= set(policy), address
        assert "unsafe" not in str(policy), address
        assert "Server" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers, address
        if (answer.mimetype or "").startswith("text/"):
            assert answer.mimetype_params["charset"] == "utf-8", address
        for cookie in answer.headers.getlist("Set-Cookie"):
            parts = {p.strip() for p in cookie.split(";")[1:]}
            assert cookie.startswith("__Host-tsunagu="), address
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts, (address, cookie)
            assert not [p for p in parts if p.startswith("Domain")], address
    assert {200, 302, 400, 401, 403, 404, 405} <= statuses, statuses


def test_a_file_comes_without_a_cookie(hall: TownHall) -> None:
    """Browsers and proxies keep files; what lets a member in must not lie beside them."""
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, CLERK)
    assert seat.get("/").headers.getlist("Set-Cookie")
    for path in ("/static/tsunagu.css", "/static/htmx.js", "/static/nothing.css"):
        with seat.get(path) as answer:
            assert not answer.headers.getlist("Set-Cookie"), path
            assert "Cookie" not in answer.headers.get("Vary", ""), path


def test_a_stranger_sees_nothing_but_the_way_in(hall: TownHall, busy: dict[str, str]) -> None:
    """Not signed in, every address of a town asks to sign in, is the way in, or is not there."""
    app = web_app(hall, town=True)
    seat = TownSeat(app)
    for address in addresses(app, "GET", busy):
        answer = seat.get(address)
        way_in = address.startswith(("/sign-in", "/signed-out"))
        assert answer.status_code in ((200, 404, 410) if way_in else (302, 401, 404)), address
        assert (answer.location or "/").startswith("/"), address
        # The way in leads back to the address that was asked for, and says nothing else of it.
        asked_for = re.escape(quote(address, safe=""))
        told = re.sub(rf'href="/sign-in\?then={asked_for}"', "", answer.text)
        assert "つなぎ野" not in told, address
        assert busy["number"] not in told, address


@pytest.mark.parametrize("host", ["evil.example", "tsunagu.example.jp.evil.example"])
def test_in_a_town_another_host_is_refused(hall: TownHall, host: str) -> None:
    """Links and checks never build on a name that whoever asks made up."""
    app = web_app(hall, town=True)
    assert TownSeat(app).client.get("/sign-in", base_url=f"https://{host}").status_code == 400
    for known in (TOWN, "http://127.0.0.1:8710", "http://localhost"):
        assert TownSeat(app).client.get("/sign-in", base_url=known).status_code == 200


def test_nothing_is_served_but_our_own_files(hall: TownHall) -> None:
    """No folder is listed, and nothing beside the files of ours is reached under their address."""
    seat = TownSeat(web_app(hall, town=True))
    files = ("", "../bot.py", "%2e%2e/app.py", "..%2fapp.py", "..%5capp.py")
    beside = ("/.git/HEAD", "/.env", "/data/town.db", "/docs/", "/metrics")
    for path in (*(f"/static/{file}" for file in files), *beside):
        with seat.get(path) as answer:
            assert answer.status_code == 404, path


def test_what_never_changes_may_be_kept_by_the_browser(hall: TownHall) -> None:
    """Style and scripts hold nothing of anybody, and are not fetched for every page."""
    seat = TownSeat(web_app(hall, town=True))
    for name in ("tsunagu.css", "tsunagu.js", "htmx.js"):
        answer = seat.get(f"/static/{name}")
        kept = answer.headers["Cache-Control"]
        answer.close()
        assert "max-age=" in kept, name
        assert "no-store" not in kept, name


def test_a_page_that_refreshes_itself_leaves_the_screen_when_the_session_is_over(
    hall: TownHall,
) -> None:
    """What lies open on an unattended screen gives way to the sign-in page."""
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, COORDINATOR)
    assert seat.get("/", headers={"HX-Request": "true"}).status_code == 200
    hall.clock.move(hours=2)
    answer = seat.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_in_local_mode_there_is_no_signing_in(hall: TownHall) -> None:
    """The door of a town does not stand beside the choice of a person."""
    seat = Seat(web_app(hall), COORDINATOR)
    for address in ("/sign-in", "/sign-in/anything", "/sign-in/oidc", "/account"):
        assert seat.get(address).status_code == 404, address
    for address in ("/sign-out", "/sign-in", "/account/end"):
        assert seat.send(address, {"who": CLERK}).status_code == 404, address


# -- when something is wrong ----------------------------------------------------------------------


def test_an_unknown_address_says_so_and_leads_back(hall: TownHall) -> None:
    """404 in words, with the way back and without the address that was typed."""
    answer = Seat(web_app(hall), CLERK).get("/nothing/here-123")
    assert answer.status_code == 404
    assert "見つかりません" in answer.text
    assert 'href="/"' in answer.text
    assert "here-123" not in answer.text.replace('name="then" value="/nothing/here-123"', "")


def test_a_broken_page_tells_without_telling_what_people_wrote(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in words; the log has the kind of error and its places, never its text. Whoever tries the
    program out with its fictional town reads how it came to that."""

    def fail(*_: object) -> str:
        raise ValueError("架空 花子さんの住所")

    for town in (True, False):
        app = web_app(hall, town=town)
        person = TownSeat(app) if town else Seat(app, CLERK)
        if isinstance(person, TownSeat):
            person.sign_in(hall, CLERK)
        monkeypatch.setitem(app.view_functions, "inbox.inbox", fail)
        answer = person.get("/")
        assert answer.status_code == 500
        assert "表示できませんでした" in answer.text
        assert ("花子" in answer.text) is ("Traceback" in answer.text) is (not town)
    assert re.search(r"error=ValueError at=tests/handlers/\S+:fail$", caplog.text, re.MULTILINE)
    assert "花子" not in caplog.text


def test_a_post_that_is_too_large_is_refused(hall: TownHall) -> None:
    """More than 2 MB at once is told so."""
    seat = Seat(web_app(hall), CLERK)
    answer = seat.post("/cases/new", {"summary": "あ" * 1_000_000})
    assert answer.status_code == 413
    assert "2MB" in answer.text


def test_a_link_copied_with_a_sign_behind_it_leads_where_it_was_meant_to(hall: TownHall) -> None:
    """Mail programs take the 。 or the bracket of the sentence for a part of the address."""
    person = Seat(web_app(hall))
    for path in ("/a/aB3_-x", "/cases/R8-0001", "/sign-in/aB3_-x", "/directory/agencies/A.1"):
        for behind in (
            "。",
            "、",
            "）",
            "」",
            " ",
            "\u3000",
            "。はい",
            "）です",
            ">",
            ")",
            ",",
            "？",
        ):
            answer = person.get(f"{quote(path + behind)}?then=1")
            assert (answer.status_code, answer.location) == (302, f"{path}?then=1")


def test_what_is_sent_to_an_address_with_a_sign_behind_it_is_not_lost_on_the_way(
    hall: TownHall,
) -> None:
    """A redirect would drop the form and look as if it was saved: there is no such page."""
    assert Seat(web_app(hall)).post(quote("/cases/R8-0001/refer。"), {}).status_code == 404


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/。", "/\\elsewhere.example。", "/。", "//。", "///。", "/\t/x。"]
)
def test_a_sign_behind_a_link_leads_to_no_other_site(hall: TownHall, path: str) -> None:
    """Whatever the address was, what it leads to is a page of ours."""
    location = Seat(web_app(hall)).client.get(quote(path)).headers.get("Location", "/")
    assert re.fullmatch(r"/([^/\\].*)?", location)


@pytest.mark.parametrize(
    "path", ["/" + ")" * 200_000 + "x", "/" + "）" * 60_000, "/" + "。" * 60_000]
)
def test_an_address_without_end_costs_nothing(hall: TownHall, path: str) -> None:
    """Nobody has to sign in to send one: it is no page of ours, and nothing looks at it twice."""
    app = web_app(hall)
    begun = process_time()
    assert Seat(app).client.get(quote(path)).status_code == 404
    assert process_time() - begun < 2  # it took minutes


def test_a_form_is_never_sent_elsewhere(hall: TownHall) -> None:
    """What was typed would be lost on the way: only looking is led on."""
    assert Seat(web_app(hall)).post("/local/now。", {}).status_code >= 400


@pytest.mark.parametrize(
    ("who", "page", "field"),
    [
        (COORDINATOR, "/directory", "q"),
        (ADMINISTRATOR, "/admin/accounts", "q"),
        (COORDINATOR, "/cases", "number"),
        (ADMINISTRATOR, "/admin/audit", "number"),
        (ADMINISTRATOR, "/admin/audit", "since"),
    ],
)
def test_what_is_looked_for_without_end_is_not_looked_at(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch, who: str, page: str, field: str
) -> None:
    """Nothing is folded, for each name of the town, that is longer than any name."""
    longest = 0

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        nonlocal longest
        longest = max(longest, len(text))
        return normalize(form, text)

    normalize = unicodedata.normalize
    seat = Seat(web_app(hall), who)
    monkeypatch.setattr("unicodedata.normalize", counted)
    assert seat.get(page, query_string={field: "か゛" * 30_000}).status_code in (200, 422)
    assert longest < 1000
