"""Signing in as a member does it: the page, the mail, the button, the account page."""

import logging
import re
import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.folder import FolderPost
from handlers.words.texts import load_texts
from storage.tables import metadata
from tests.support.mail import mail_way, read_mail, text_of
from tests.support.people import CLERK, HAS_LEFT, MANAGER, NOT_YET_HERE
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.sign_in.sign_in import LINK_LIFE, MOST_RECORDED_EACH, MakeOwnLink, PrintLink


def email_of(hall: TownHall, member_id: str) -> str:
    with hall.database.open() as unit:
        member = unit.directory.member(member_id)
    assert member is not None
    return member.email


def mails(hall: TownHall, folder: Path) -> list[str]:
    """What was sent by now, the oldest first: subject and text."""
    channel = mail_way(hall.desk, FolderPost(folder), TOWN)
    ways = {"mail": channel}
    OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox(), ways).drain()
    found = []
    for path in sorted(folder.glob("*.eml")):
        mail = read_mail(path.read_bytes())
        found.append(f"{mail['Subject']}\n{mail['To']}\n{text_of(path.read_bytes())}")
    return found


def link_in(text: str) -> str:
    found = re.search(rf"^{re.escape(TOWN)}(/sign-in/\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def asked(hall: TownHall, seat: TownSeat, folder: Path, who: str = CLERK) -> str:
    """The address in the mail that comes after this browser asked for a link."""
    assert seat.request_sign_in_link(who).location == "/sign-in/sent"
    return link_in(mails(hall, folder)[-1])


def test_a_member_signs_in_by_the_mail_that_comes(any_hall: TownHall, tmp_path: Path) -> None:
    """Ask on the page, open the mail, press the button: here, once, under a new token."""
    seat = TownSeat(web_app(any_hall, town=True))
    address = asked(any_hall, seat, tmp_path, email_of(any_hall, CLERK))
    (mail,) = mails(any_hall, tmp_path)
    assert mail.startswith("【つなぐボット】ログインのリンク\n")
    assert "筆野 しるす 様" in mail
    assert stat.S_IMODE(next(tmp_path.glob("*.eml")).stat().st_mode) == 0o600
    for _ in range(2):  # looking spends nothing
        assert "ログインする" in seat.text(address)
    before = seat.cookie()
    assert seat.press(address).location == "/"
    assert seat.cookie() != before
    assert '<span class="me-name">筆野 しるす</span>' in seat.text("/")
    again = seat.send(address, {}, page="/")
    assert again.status_code == 410
    assert "もう使えません" in again.text


def test_the_notice_goes_by_mail_alone_and_is_emptied(hall: TownHall, tmp_path: Path) -> None:
    """No token stays in an inbox or in the outbox; at night it goes as well."""
    hall.clock.move(hours=13)
    seat = TownSeat(web_app(hall, town=True))
    asked(hall, seat, tmp_path)
    assert hall.mail(CLERK) == []
    with hall.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT state, content FROM outbox").all()
    assert [tuple(r) for r in rows] == [("sent", "")]


def test_in_another_browser_the_link_says_so_and_is_not_spent(
    hall: TownHall, tmp_path: Path
) -> None:
    """Whoever opens the mail elsewhere is told where to open it; here it still works."""
    app = web_app(hall, town=True)
    seat, elsewhere = TownSeat(app), TownSeat(app)
    address = asked(hall, seat, tmp_path)
    shown = elsewhere.get(address)
    assert shown.status_code == 403
    assert "求めたブラウザー" in shown.text
    assert elsewhere.send(address, {}, page="/sign-in").status_code == 403
    assert elsewhere.get("/").status_code == 401
    assert seat.press(address).location == "/"


def test_a_link_says_whom_it_signs_in_and_whom_it_signs_out(hall: TownHall) -> None:
    """Somebody else's link, sent on in a chat: its page names them, and who is here now; nothing is
    so until the button of that very page is pressed in this browser."""
    app = web_app(hall, town=True)
    seat, attacker = TownSeat(app), TownSeat(app)
    seat.sign_in(hall, MANAGER)
    link = "/sign-in/" + hall.desk.handle(MakeOwnLink(), CLERK, door="slack")
    page = seat.text(link)
    assert re.search("<strong>筆野 しるす</strong>さん（.+?）としてログインします。", page)
    assert re.search("この端末は、いま.+?さん（.+?）がログインしています。", page)
    theirs = attacker.tokens(link)
    for fields in ({}, {"seen": ""}, {"seen": "made-up"}, {"seen": theirs["seen"]}):
        # Our own form token and no page that said whom: the page is shown, and nothing is done.
        answer = seat.send(link, fields, page="/account")
        assert (answer.status_code, "としてログインします" in answer.text) == (409, True)
    assert '<span class="me-name">筆野 しるす</span>' not in seat.text("/")
    assert seat.press(link).location == "/"
    said = seat.text("/")
    assert '<span class="me-name">筆野 しるす</span>' in said
    assert "筆野 しるすさんとしてログインしました。" in said
    assert "さんは、この端末からログアウトしました。" in said
    again = "/sign-in/" + hall.desk.handle(MakeOwnLink(), CLERK, door="slack")
    assert "この端末は、いま" not in seat.text(again)


def test_a_page_that_named_somebody_is_good_for_its_link_alone(hall: TownHall) -> None:
    """What was shown for one link does not press another, and a preview spends none."""
    app = web_app(hall, town=True)
    seat, preview = TownSeat(app), TownSeat(app)
    tokens = [hall.desk.handle(MakeOwnLink(), m, door="slack") for m in (CLERK, MANAGER)]
    links = [f"/sign-in/{token}" for token in tokens]
    for link in links:
        preview.text(link)
    seen = seat.tokens(links[0])
    assert seat.post(links[1], seen).status_code == 409
    assert seat.post(links[0], seen).location == "/"


def test_an_old_link_is_refused(hall: TownHall, tmp_path: Path) -> None:
    """After ten minutes it opens nothing, on the page and behind its button."""
    seat = TownSeat(web_app(hall, town=True))
    address = asked(hall, seat, tmp_path)
    hall.clock.at += LINK_LIFE
    assert seat.get(address).status_code == 410
    assert seat.send(address, {}, page="/sign-in").status_code == 410


def test_a_link_that_waited_too_long_is_not_sent(hall: TownHall, tmp_path: Path) -> None:
    """The bot stood still: nobody gets a link that opens nothing."""
    TownSeat(web_app(hall, town=True)).request_sign_in_link(CLERK)
    hall.clock.at += LINK_LIFE
    assert mails(hall, tmp_path) == []
    assert hall.notices() == []


def test_nobody_learns_who_is_registered(hall: TownHall, tmp_path: Path) -> None:
    """Known, unknown, left, not yet come, without an address, asked for too often: one answer."""
    app = web_app(hall, town=True)
    told = set()
    asked_for = [CLERK, "nobody@example.jp", "M99", *HAS_LEFT, *NOT_YET_HERE, "<script>"]
    # The manager is asked for from one address.
    for number, who in enumerate([*asked_for, *[MANAGER] * 7]):
        seat = TownSeat(app, f"192.0.2.{100 if who == MANAGER else number}")
        answer = seat.request_sign_in_link(who)
        told.add((answer.status_code, answer.location, seat.text("/sign-in/sent")))
    assert len(told) == 1
    assert not [word for word in ("つなぎ野", "筆野", "M99") if word in str(told)]
    assert len(mails(hall, tmp_path)) == 1 + 5  # the clerk's; no more than five for the manager


@pytest.mark.parametrize("who", ["", "   ", "x" * 255])
def test_what_cannot_be_a_name_is_said_beside_the_field(hall: TownHall, who: str) -> None:
    """Nothing or far too much typed: a sentence, and what was typed stays."""
    seat = TownSeat(web_app(hall, town=True))
    answer = seat.request_sign_in_link(who)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert hall.notices() == []


def test_a_made_up_link_is_answered_like_a_spent_one(hall: TownHall, tmp_path: Path) -> None:
    """Neither tells whether there ever was such a link."""
    seat = TownSeat(web_app(hall, town=True))
    spent = asked(hall, seat, tmp_path)
    seat.press(spent)
    seat.press("/sign-out", page="/")
    told = set()
    for address in ("/sign-in/unknown", spent, "/sign-in/" + "x" * 500):
        answers = [seat.get(address), seat.send(address, {}, page="/sign-in")]
        told |= {(a.status_code, re.sub(r'value="[^"]+"', "", a.text)) for a in answers}
    assert len(told) == 1


def test_signing_in_takes_over_nothing_from_before(hall: TownHall, tmp_path: Path) -> None:
    """A cookie that somebody planted before is not the one that is signed in after."""
    app = web_app(hall, town=True)
    seat, attacker = TownSeat(app), TownSeat(app)
    address = asked(hall, seat, tmp_path)
    planted = seat.cookie()
    seat.press(address)
    host = TOWN.removeprefix("https://")
    attacker.client.set_cookie("__Host-tsunagu", planted, domain=host, secure=True)
    assert attacker.get("/").status_code == 401
    assert seat.get("/").status_code == 200


def test_signing_in_anew_ends_the_session_before(hall: TownHall) -> None:
    """One browser has one session: the older token is worth nothing any more."""
    app = web_app(hall, town=True)
    seat, copied = TownSeat(app), TownSeat(app)
    seat.sign_in(hall, CLERK)
    host = TOWN.removeprefix("https://")
    copied.client.set_cookie("__Host-tsunagu", seat.cookie(), domain=host, secure=True)
    assert copied.get("/").status_code == 200
    seat.sign_in(hall, MANAGER)
    assert copied.get("/").status_code == 401
    assert "筆野" in seat.text("/")  # said once: who is signed out
    assert "筆野" not in seat.text("/")


def test_signing_out_ends_the_session_on_the_server_too(hall: TownHall) -> None:
    """A cookie that was copied before is worth nothing after."""
    app = web_app(hall, town=True)
    seat, copied = TownSeat(app), TownSeat(app)
    seat.sign_in(hall, CLERK)
    host = TOWN.removeprefix("https://")
    copied.client.set_cookie("__Host-tsunagu", seat.cookie(), domain=host, secure=True)
    assert seat.press("/sign-out", page="/").location == "/signed-out"
    assert (seat.get("/").status_code, copied.get("/").status_code) == (401, 401)


def test_the_forms_of_the_way_in_want_their_token(hall: TownHall, tmp_path: Path) -> None:
    """Another site can neither ask for a link, nor sign somebody in, nor out."""
    seat = TownSeat(web_app(hall, town=True))
    address = asked(hall, seat, tmp_path)
    for path in ("/sign-in", address, "/sign-out", "/account/end"):
        assert seat.post(path, {"who": CLERK}).status_code == 400, path
    assert len(mails(hall, tmp_path)) == 1
    assert seat.press(address).location == "/"


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 401)])
def test_the_limits_of_a_session_are_the_towns(hall: TownHall, minutes: int, status: int) -> None:
    """Half an hour without anybody, unless the town says another time."""
    seat = TownSeat(web_app(hall, town=True))
    shorter = TownSeat(web_app(hall, town=True, SESSION_IDLE_MINUTES="15", SESSION_HOURS="1"))
    for one in (seat, shorter):
        one.sign_in(hall, CLERK)
    hall.clock.move(minutes=minutes)
    assert (seat.get("/").status_code, shorter.get("/").status_code) == (status, 401)


def test_the_account_page_shows_and_ends_ones_sessions(hall: TownHall) -> None:
    """Where I am signed in, how, since when; one ended, then all others."""
    app = web_app(hall, town=True)
    seats = [TownSeat(app) for _ in range(4)]
    for seat in seats:
        seat.sign_in(hall, CLERK)
        hall.clock.move(minutes=1)
    here, *others = seats
    page = here.text("/account")
    assert page.count("この端末") == 1
    assert page.count("管理者が渡したリンク") == 4
    keys = re.findall(r'name="key" value="([0-9a-f]{16})"', page)
    assert len(keys) == 3
    assert here.send("/account/end", {"key": keys[0]}, page="/account").location == "/account"
    assert [s.get("/").status_code for s in seats].count(401) == 1
    told = here.send("/account/end", {"key": ""}, page="/account", follow=True)
    assert "2か所のログインを終わらせました" in told.text
    assert [s.get("/").status_code for s in others] == [401] * 3
    assert here.get("/").status_code == 200
    assert TownSeat(app).get("/account").status_code == 401


def test_no_link_and_no_name_is_logged(
    hall: TownHall, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the token, nor who asked, nor where the mail went stands in a line of the log."""
    seat = TownSeat(web_app(hall, town=True))
    with caplog.at_level(logging.DEBUG):
        address = asked(hall, seat, tmp_path, email_of(hall, CLERK))
        seat.press(address)
        seat.send(address, {}, page="/")
        seat.get("/sign-in/secret-but-wrong")
    assert "notice_sent" in caplog.text
    for word in (address.rpartition("/")[2], email_of(hall, CLERK), "筆野", "secret-but-wrong"):
        assert word not in caplog.text, word


def test_a_town_may_want_single_sign_on_alone(hall: TownHall) -> None:
    """No field for a mail and no way to post one; a link from the console still works."""
    only = {
        "OIDC_ISSUER": "https://id.example.jp",
        "OIDC_CLIENT_ID": "tsunagu",
        "OIDC_CLIENT_SECRET": "secret",
        "OIDC_ONLY": "yes",
    }
    seat = TownSeat(web_app(hall, town=True, **only))
    page = seat.text("/sign-in")
    assert 'href="/sign-in/oidc"' in page
    assert 'name="who"' not in page
    printed = hall.desk.handle(PrintLink(CLERK), Caller.CONSOLE)
    assert seat.send("/sign-in", {"who": CLERK}, page=f"/sign-in/{printed}").status_code == 404
    assert hall.notices() == []
    seat.sign_in(hall, CLERK)
    assert seat.get("/").status_code == 200


# -- forms from elsewhere --------------------------------------------------------------------------

FROM_HERE = [
    {"Origin": TOWN},
    {"Origin": f"{TOWN}:443"},
    {
        "Origin": TOWN,
        "Referer": "https://elsewhere.example/",
    },
    {"Origin": "null", "Referer": f"{TOWN}/sign-in"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Referer": f"{TOWN}/sign-in"},
]
FROM_ELSEWHERE = [
    {},
    {"Origin": "null"},
    {"Origin": "https://elsewhere.example", "Referer": f"{TOWN}/sign-in"},
    {"Origin": TOWN.replace("https", "http")},
    {"Origin": f"{TOWN}:8443"},
    {"Origin": f"{TOWN}.example"},
    {"Origin": "https://["},
    {"Referer": "https://elsewhere.example/sign-in"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize(
    ("headers", "taken"), [(h, True) for h in FROM_HERE] + [(h, False) for h in FROM_ELSEWHERE]
)
def test_a_form_comes_from_our_own_pages(
    hall: TownHall, headers: dict[str, str], taken: bool
) -> None:
    """A browser or a proxy that keeps the Referer back can sign in: Origin tells as well. A form
    of another site is refused though it had our token."""
    seat = TownSeat(web_app(hall, town=True))
    fields = {**seat.tokens("/sign-in"), "who": "nobody@example.jp"}
    answer = seat.client.post("/sign-in", data=fields, base_url=TOWN, headers=headers)
    assert answer.status_code == (302 if taken else 400)


def test_what_anybody_sends_as_often_as_they_like_is_not_kept(hall: TownHall) -> None:
    """Links for nobody, challenges, passkeys of nobody, links that are none: no table grows with
    them, but the audit trail by the first twenty of an hour."""
    seat = TownSeat(web_app(hall, town=True))
    token = seat.tokens("/sign-in")
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        ("/sign-in", {"who": "nobody@example.jp"}),
        ("/sign-in/passkey/challenge", {}),
        ("/sign-in/passkey", {"credential": '{"id": "bm9ib2R5"}'}),
        ("/sign-in/passkey", {"credential": "["}),
        ("/sign-in/none", {}),
        ("/a/none", {}),
    )

    def rows() -> dict[str, int]:
        with hall.database.engine.connect() as connection:
            counted = {t: select(func.count()).select_from(t) for t in metadata.sorted_tables}
            return {t.name: connection.execute(q).scalar_one() for t, q in counted.items()}

    for path, fields in asked:
        for _ in range(MOST_RECORDED_EACH + 1):
            seat.post(path, {**token, **fields})
    before = rows()
    for path, fields in asked:
        for _ in range(8):
            seat.post(path, {**token, **fields})
    assert rows() == before


def test_an_address_of_any_length_keeps_nobody_from_coming_in(
    hall: TownHall, tmp_path: Path
) -> None:
    """Where somebody wanted to go lies in the cookie, of which browsers take 4 KB: what is longer
    is let go, and the way in works."""
    seat = TownSeat(web_app(hall, town=True))
    for letters in ("%E4%B8%80" * 3_000, "%C3%A9" * 230, "a" * 1_450, "a" * 3_000):
        seat.text(f"/sign-in?then=/cases?q={letters}")
        assert len(seat.cookie()) < 4_000, letters
    assert seat.press(asked(hall, seat, tmp_path)).location == "/"
