"""What holds on every page, whoever wrote it: headers, no inline code, tokens, one-time links."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from storage.sign_ins import LINK_LIFE, SESSION_LIFE, SignIns
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
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.drafts import SaveDraft

TOWN = "https://localhost"
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

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and (value or "").startswith("javascript:"):
                self.found.append(f"{tag} {name}")
            if name in ("src", "action") and re.match(r"(https?:)?//", value or ""):
                self.found.append(f"{tag} {name}={value}")


def test_every_page_keeps_the_policy_for_everybody(hall: TownHall, busy: dict[str, str]) -> None:
    """On every address, for every kind of person: CSP, no-store, and nothing inline."""
    app = web_app(hall)
    shown = 0
    for member_id in (*VISITORS, None):
        seat = Seat(app, member_id)
        for address in addresses(app, "GET", busy):
            answer = seat.get(address)
            assert answer.status_code < 500, (member_id, address)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe" not in policy, address
            assert answer.headers["Cache-Control"] == "no-store", address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
            if answer.mimetype == "text/html":
                reader = Inline()
                reader.feed(answer.text)
                assert not reader.found, (member_id, address, reader.found)
                shown += answer.status_code == 200
    assert shown > 60, shown


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
    hall: TownHall, busy: dict[str, str]
) -> None:
    """Every address that takes a post refuses one from another site, and nothing has changed."""
    app = web_app(hall)
    seat = Seat(app, COORDINATOR)
    before = hands(hall).case_ids(), hall.clock.now(), len(hands(hall).promises())
    tried = 0
    for address in addresses(app, "POST", busy):
        answer = seat.post(address, {"member_id": CLERK, "step": "day"})
        assert answer.status_code == 400, address
        assert "もう一度" in answer.text or "開き直" in answer.text, address
        tried += 1
    assert tried > 20, tried
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


# -- signing in, in a town ------------------------------------------------------------------------


def _press(seat: Seat, address: str, *, page: str = "") -> TestResponse:
    """Press the button of a page over https, as a browser sends it."""
    shown = seat.get(page or address, base_url=TOWN).text
    token = re.search(r'name="csrf_token" value="([^"]*)"', shown)
    assert token is not None
    return seat.client.post(
        address,
        data={"csrf_token": token[1]},
        base_url=TOWN,
        headers={"Referer": TOWN + (page or address)},
    )


def test_a_link_opens_a_session_once(hall: TownHall) -> None:
    """Looking at the link does not spend it, pressing the button does; a second time is refused."""
    sign_ins = SignIns(hall.database)
    app = web_app(hall, sign_ins)
    address = f"/sign-in/{sign_ins.new_link(CLERK, hall.clock.now())}"
    seat, thief = Seat(app), Seat(app)
    for _ in range(2):
        assert "ログインする" in seat.text(address)
    assert _press(seat, address).location == "/"
    page = seat.get("/", base_url=TOWN)
    assert '<span class="me-name">筆野 しるす</span>' in page.text
    again = thief.post(address, thief.tokens(address))
    assert again.status_code == 410
    assert thief.get("/").status_code == 401


def test_an_old_link_is_refused(hall: TownHall) -> None:
    """After fifteen minutes it opens nothing."""
    sign_ins = SignIns(hall.database)
    seat = Seat(web_app(hall, sign_ins))
    address = f"/sign-in/{sign_ins.new_link(CLERK, hall.clock.now())}"
    hall.clock.at += LINK_LIFE
    assert seat.post(address, seat.tokens(address)).status_code == 410


def _signed_in(hall: TownHall) -> Seat:
    sign_ins = SignIns(hall.database)
    seat = Seat(web_app(hall, sign_ins))
    address = f"/sign-in/{sign_ins.new_link(CLERK, hall.clock.now())}"
    assert _press(seat, address).status_code == 302
    return seat


def test_signing_out_ends_the_session_on_the_server_too(hall: TownHall) -> None:
    """A cookie that was copied before is worth nothing after."""
    seat = _signed_in(hall)
    cookie = seat.client.get_cookie("tsunagu")
    assert cookie is not None
    assert cookie.secure
    assert cookie.http_only
    assert _press(seat, "/sign-out", page="/").location == "/signed-out"
    assert seat.get("/", base_url=TOWN).status_code == 401
    seat.client.set_cookie("tsunagu", cookie.value, secure=True)
    assert seat.get("/", base_url=TOWN).status_code == 401


def test_a_session_ends_by_time(hall: TownHall) -> None:
    """Twelve hours later one signs in again."""
    seat = _signed_in(hall)
    assert seat.get("/", base_url=TOWN).status_code == 200
    hall.clock.at += SESSION_LIFE
    assert seat.get("/", base_url=TOWN).status_code == 401


def test_nobody_learns_who_is_registered(hall: TownHall) -> None:
    """Unknown, spent and foreign links get the same page; none names a person or the town."""
    sign_ins = SignIns(hall.database)
    app = web_app(hall, sign_ins)
    spent = sign_ins.new_link(CLERK, hall.clock.now())
    sign_ins.exchange(spent, hall.clock.now())
    told = set()
    for token in ("unknown", spent, "x" * 500):
        seat = Seat(app)
        answer = seat.post(f"/sign-in/{token}", seat.tokens(f"/sign-in/{token}"))
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    shown = [told.pop()[1], Seat(app).text("/sign-in"), Seat(app).get("/").text]
    assert all("つなぎ野" not in text and "筆野" not in text for text in shown)


def test_in_local_mode_there_is_no_signing_in(hall: TownHall) -> None:
    """The door of a town does not stand beside the choice of a person."""
    seat = Seat(web_app(hall), COORDINATOR)
    assert seat.get("/sign-in/anything").status_code == 404
    assert seat.send("/sign-out", {}).status_code == 404


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
    """500 in words; the log has the kind of error and its place, never its text."""
    app = web_app(hall)
    seat = Seat(app, CLERK)

    def fail(*_: object) -> str:
        raise ValueError("架空 花子さんの住所")

    monkeypatch.setitem(app.view_functions, "inbox.inbox", fail)
    answer = seat.get("/")
    assert answer.status_code == 500
    assert "表示できませんでした" in answer.text
    assert "花子" not in answer.text
    assert "error=ValueError" in caplog.text
    assert "花子" not in caplog.text


def test_a_post_that_is_too_large_is_refused(hall: TownHall) -> None:
    """More than 2 MB at once is told so."""
    seat = Seat(web_app(hall), CLERK)
    answer = seat.post("/cases/new", {"summary": "あ" * 1_000_000})
    assert answer.status_code == 413
    assert "2MB" in answer.text
