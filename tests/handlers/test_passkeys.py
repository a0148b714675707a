"""Passkeys over the pages, with real credentials and answers and the library's own checks."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.authenticator import Authenticator, changed
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, MANAGER
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.core.ports import TrailRow
from workflows.japanese.dates import show_date
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.restore.restored import RecordRestored, SettleReason, SettleRestore
from workflows.sign_in.passkeys import CHALLENGE_LIFE, MOST_PASSKEYS
from workflows.sign_in.sign_in import MakeOwnLink, PrintLink, SignInByName, SignInLinkState

MINE, ENTER = "/account/passkeys", "/sign-in/passkey"
REFUSED = "このパスキーでは、ログインできませんでした"


@dataclass
class Desk:
    """The pages of one town, and somebody with an authenticator at a browser."""

    hall: TownHall
    app: Flask

    def seat(self, member_id: str = "", address: str = "192.0.2.1") -> TownSeat:
        found = TownSeat(self.app, address)
        if member_id:
            found.sign_in(self.hall, member_id)
        return found

    def trail(self, *kinds: str) -> list[TrailRow]:
        with self.hall.database.open() as unit:
            return list(unit.events.of_kinds(kinds, self.hall.clock.at - timedelta(days=400)))

    def why(self) -> list[object]:
        """Why passkeys were refused."""
        return [e.facts["why"] for e in self.trail("passkey_refused") if e.facts]


@pytest.fixture
def desk(hall: TownHall) -> Desk:
    return Desk(hall, web_app(hall, town=True))


def options(seat: TownSeat, path: str, page: str) -> dict[str, Any]:
    """What the script is given; it sends the form's token in a header."""
    found = seat.client.post(
        path,
        base_url=TOWN,
        headers={"X-CSRFToken": seat.tokens(page)["csrf_token"], "Referer": TOWN + page},
    )
    assert found.status_code == 200, found.text
    return dict(json.loads(found.text))


def new(seat: TownSeat, name: str = "青いキー", **more: Any) -> Authenticator:
    """A passkey registered by whoever sits there."""
    key = Authenticator(TOWN, **more)
    made = key.create(options(seat, f"{MINE}/challenge", MINE))
    answer = seat.send(MINE, {"credential": made, "name": name}, page=MINE)
    assert answer.status_code == 302, answer.text
    return key


def asked(seat: TownSeat) -> dict[str, Any]:
    return options(seat, f"{ENTER}/challenge", "/sign-in")


def enter(seat: TownSeat, credential: str) -> Any:
    return seat.send(ENTER, {"credential": credential}, page="/sign-in")


def test_a_passkey_is_registered_signed_in_with_and_removed(any_hall: TownHall) -> None:
    """Several, with their names; in by one alone; each change is in the trail and told its member;
    what was removed opens nothing."""
    desk = Desk(any_hall, web_app(any_hall, town=True))
    seat = desk.seat(CLERK)
    given = options(seat, f"{MINE}/challenge", MINE)
    assert given["rp"]["id"] == "tsunagu.example.jp"
    assert given["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert given["attestation"] == "none"
    blue = new(seat)
    any_hall.clock.move(minutes=1)
    second = new(seat, "")
    assert len(options(seat, f"{MINE}/challenge", MINE)["excludeCredentials"]) == 2
    page = seat.text(MINE)
    assert ("青いキー" in page, "パスキー2" in page, "まだ使っていません" in page) == (True,) * 3
    other = desk.seat()
    assert "パスキーでログインする" in other.text("/sign-in")
    any_hall.clock.move(minutes=3)
    in_by = enter(other, blue.get(asked(other)))
    assert in_by.location == "/"
    assert '<span class="me-name">筆野 しるす</span>' in other.text("/")
    assert "パスキー" in other.text("/account")
    assert other.text(MINE).count("まだ使っていません") == 1
    first = other.text(MINE).partition('name="passkey" value="')[2].partition('"')[0]
    one = {"passkey": first}
    assert "「青いキー」を削除します。" in other.send(f"{MINE}/remove", one, page=MINE).text
    assert "青いキー" in other.text(MINE), "it asked, and removed it already"
    assert other.send(f"{MINE}/remove", {**one, "sure": "1"}, page=MINE).location == MINE
    late = desk.seat()
    assert REFUSED in enter(late, blue.get(asked(late))).text
    assert enter(late, second.get(asked(late))).location == "/"
    kinds = ["passkey_added", "passkey_added", "passkey_removed"]
    assert [e.kind for e in desk.trail(*set(kinds))] == kinds
    assert [e.facts["method"] for e in desk.trail("signed_in") if e.facts][-2:] == ["passkey"] * 2
    told = [n.facts["change"] for n in any_hall.notices(CLERK, "passkey_changed")]
    assert sorted(map(str, told)) == ["added", "added", "removed"]


Wrong = Callable[[Authenticator, dict[str, Any]], str]


def said(**changes: Any) -> Wrong:
    def get(key: Authenticator, given: dict[str, Any]) -> str:
        key.changes = changes
        return key.get(given)

    return get


def made_to_last(challenge: str) -> str:
    """The challenge, with a later end written into it."""
    text = urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4)).decode()
    said, until, seal = text.split(".")
    later = f"{said}.{int(until) + 9}.{seal}"
    return urlsafe_b64encode(later.encode()).decode().rstrip("=")


def unverified(key: Authenticator, given: dict[str, Any]) -> str:
    key.verifies = False
    return key.get(given)


WRONG: dict[str, tuple[Wrong, str]] = {
    "another site": (said(origin="https://tsunagu.example.com"), "answer"),
    "another port": (said(origin=f"{TOWN}:8443"), "answer"),
    "without https": (said(origin=TOWN.replace("https", "http")), "answer"),
    "in another site's frame": (said(crossOrigin=True), "answer"),
    "made for registering": (said(type="webauthn.create"), "answer"),
    "a challenge of one's own": (said(challenge="c2VsZi1tYWRl"), "late"),
    "another relying party": (
        lambda key, given: key.get({**given, "rpId": "example.jp"}),
        "answer",
    ),
    "nobody verified": (unverified, "answer"),
    "another signature": (lambda key, given: changed(key.get(given), "signature"), "answer"),
    "other data": (lambda key, given: changed(key.get(given), "authenticatorData"), "answer"),
    "another key": (
        lambda key, given: Authenticator(TOWN, credential=key.credential, count=9).get(given),
        "answer",
    ),
    # Whose it would be nobody knows, and anybody may send them: they stand in no trail.
    "an unknown credential": (lambda key, given: Authenticator(TOWN).get(given), ""),
    "nothing": (lambda key, given: "", ""),
    "no object": (lambda key, given: "[1]", ""),
    "nothing within": (
        lambda key, given: json.dumps({"id": json.loads(key.get(given))["id"]}),
        "answer",
    ),
    "other kinds of values": (
        lambda key, given: json.dumps({**json.loads(key.get(given)), "response": {"signature": 3}}),
        "answer",
    ),
    "a great deal": (lambda key, given: json.dumps({"id": "x" * 30_000}), ""),
    "endless brackets": (lambda key, given: "[" * 19_000, ""),
    "a challenge made to look like one of ours": (
        said(challenge=urlsafe_b64encode(b"made-up.9999999999." + b"0" * 64).decode().rstrip("=")),
        "late",
    ),
    "a challenge that lasts longer": (
        lambda key, given: said(challenge=made_to_last(given["challenge"]))(key, given),
        "late",
    ),
}


def test_what_does_not_count_opens_nothing_and_is_written_down(desk: Desk) -> None:
    """Site, frame, kind, challenge, verification, signature, key: each is refused in the same
    words; the passkey itself goes on working after."""
    key = new(desk.seat(CLERK))
    seat = desk.seat()
    told = set()
    for name, (wrong, why) in WRONG.items():
        before = len(desk.why())
        answer = enter(seat, wrong(key, asked(seat)))
        key.changes, key.verifies = {}, True
        assert answer.status_code == 403, name
        assert desk.why()[before:] == ([why] if why else []), name
        told.add(answer.text.partition("<h1>")[2].partition("<form")[0])
    assert len(told) == 1
    assert seat.get("/").status_code == 401
    assert enter(seat, key.get(asked(seat))).location == "/"


def test_a_challenge_is_for_one_browser_five_minutes_and_one_answer(desk: Desk) -> None:
    """An answer seen by another, sent again or late opens nothing; nor does a challenge that was
    asked for registering, or one that is asked for signing in register."""
    mine = desk.seat(CLERK)
    key = new(mine, counts=0)
    seat, thief = desk.seat(), desk.seat()
    answer = key.get(asked(seat))
    asked(thief)
    assert enter(thief, answer).status_code == 403
    assert enter(seat, answer).location == "/"
    again = desk.seat()
    assert enter(again, answer).status_code == 403
    late = key.get(asked(again))
    desk.hall.clock.move(seconds=CHALLENGE_LIFE.total_seconds())
    assert enter(again, late).status_code == 403
    offered = options(mine, f"{MINE}/challenge", MINE)
    crossed = key.get({**offered, "rpId": offered["rp"]["id"]})
    assert enter(again, crossed).status_code == 403
    for_signing_in = {**offered, "challenge": asked(mine)["challenge"]}
    made = Authenticator(TOWN).create(for_signing_in)
    assert mine.send(MINE, {"credential": made}, page=MINE).status_code == 409
    other = desk.seat(CLERK)
    made = Authenticator(TOWN).create(offered)
    assert other.send(MINE, {"credential": made}, page=MINE).status_code == 409
    assert mine.send(MINE, {"credential": made}, page=MINE).status_code == 302
    assert desk.why() == ["late"] * 4


def test_a_copy_is_found_by_its_counter(desk: Desk) -> None:
    """An authenticator that counts and falls behind is not believed; one that never counts is."""
    mine = desk.seat(CLERK)
    key, silent = new(mine), new(mine, "数えないキー", counts=0)
    seat = desk.seat()
    assert enter(seat, key.get(asked(seat))).location == "/"
    key.count -= 1  # the copy was made before that
    copy = desk.seat()
    assert enter(copy, key.get(asked(copy))).status_code == 403
    assert desk.why() == ["counter"]
    key.count += 5
    assert enter(copy, key.get(asked(copy))).location == "/"
    for _ in range(2):
        seat = desk.seat()
        assert enter(seat, silent.get(asked(seat))).location == "/"


def test_a_registration_that_does_not_count_keeps_nothing(desk: Desk) -> None:
    """Another site, nobody verified, what was registered before, too long a name, too many: said,
    and the name that was typed stays."""
    seat = desk.seat(CLERK)
    for wrong in (
        Authenticator("https://evil.example"),
        Authenticator(TOWN, verifies=False),
        Authenticator(TOWN, changes={"type": "webauthn.get"}),
    ):
        made = wrong.create(options(seat, f"{MINE}/challenge", MINE))
        answer = seat.send(MINE, {"credential": made, "name": "わたしのキー"}, page=MINE)
        assert answer.status_code == 422
        assert "登録できませんでした" in answer.text
        assert 'value="わたしのキー"' in answer.text
    key = Authenticator(TOWN)
    for name in ("あ" * 41, "1234 5678 9018"):
        made = key.create(options(seat, f"{MINE}/challenge", MINE))
        answer = seat.send(MINE, {"credential": made, "name": name}, page=MINE)
        assert (answer.status_code, 'id="f-name-error"' in answer.text) == (422, True)
    key = new(seat)
    made = key.create(options(desk.seat(MANAGER), f"{MINE}/challenge", MINE))
    thief = desk.seat(MANAGER)
    made = key.create(options(thief, f"{MINE}/challenge", MINE))
    assert thief.send(MINE, {"credential": made}, page=MINE).status_code == 409
    for _ in range(MOST_PASSKEYS - 1):
        new(seat)
    full = seat.client.post(
        f"{MINE}/challenge",
        base_url=TOWN,
        headers={"X-CSRFToken": seat.tokens(MINE)["csrf_token"], "Referer": TOWN + MINE},
    )
    assert full.status_code == 409
    assert "data-passkey=" not in seat.text(MINE)
    assert len(desk.trail("passkey_added")) == MOST_PASSKEYS
    stranger = desk.seat()
    for path in (MINE, f"{MINE}/remove", f"{MINE}/challenge"):
        assert stranger.send(path, {"name": "x"}, page="/sign-in").status_code in (401, 403, 422), (
            path
        )


def test_whoever_changes_the_table_without_the_keys_lets_nobody_in(desk: Desk) -> None:
    """A passkey made another member's, given another credential's digest, or another row's seal,
    is none; put back as it was it works."""
    key, other = new(desk.seat(CLERK)), new(desk.seat(MANAGER))
    for change in (
        "UPDATE passkeys SET member_id = 'M05' WHERE member_id = 'M06'",
        "UPDATE passkeys SET digest = 'x' || substr(digest, 2) WHERE member_id = 'M06'",
        "UPDATE passkeys SET content = (SELECT content FROM passkeys WHERE member_id = 'M04')"
        " WHERE member_id = 'M06'",
    ):
        with desk.hall.database.engine.begin() as connection:
            before = connection.execute(
                text("SELECT id, member_id, digest, content FROM passkeys WHERE member_id = 'M06'")
            ).one()
            connection.execute(text(change))
        seat = desk.seat()
        assert enter(seat, key.get(asked(seat))).status_code == 403, change
        assert enter(seat, other.get(asked(seat))).location == "/", change
        with desk.hall.database.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE passkeys SET member_id = :member_id, digest = :digest,"
                    " content = :content WHERE id = :id"
                ),
                dict(before._mapping),
            )
    seat = desk.seat()
    assert enter(seat, key.get(asked(seat))).location == "/"


def test_changing_passkeys_needs_a_recent_sign_in(desk: Desk) -> None:
    """At a terminal that was left open nobody registers or removes one; the page says what to do,
    and leads back after."""
    seat = desk.seat(CLERK)
    new(seat)
    passkey = (desk.trail("passkey_added")[0].facts or {})["passkey"]
    tokens = seat.tokens(MINE)
    for _ in range(2):
        desk.hall.clock.move(minutes=20)
        seat.get("/")
    page = seat.text(MINE)
    assert "ログインし直してください" in page
    assert "data-passkey=" not in page
    assert "/sign-in?then=/account/passkeys" in page
    for path, fields in (
        (f"{MINE}/challenge", {}),
        (f"{MINE}/remove", {"passkey": passkey}),
    ):
        refused = seat.post(path, {**tokens, **fields})
        assert (refused.status_code, "30分以内" in refused.text) == (409, True), path
    again = desk.seat(CLERK)
    meant = {"passkey": passkey, "sure": "1"}
    assert again.send(f"{MINE}/remove", meant, page=MINE).location == MINE


def test_after_a_restore_a_passkey_opens_no_session_until_it_is_settled(desk: Desk) -> None:
    """But an administrator's; what the others read is why."""
    key, administrators = new(desk.seat(CLERK)), new(desk.seat(ADMINISTRATOR))
    undone = RecordRestored(desk.hall.clock.at, ("not one of our lines",))
    desk.hall.desk.handle(undone, Caller.CONSOLE)
    seat = desk.seat()
    answer = enter(seat, key.get(asked(seat)))
    assert (answer.status_code, "管理者のほかはログインできません" in answer.text) == (403, True)
    assert seat.get("/").status_code == 401
    assert enter(seat, administrators.get(asked(seat))).location == "/"
    desk.hall.desk.handle(SettleRestore(SettleReason.NOT_NEEDED), Caller.CONSOLE)
    assert enter(seat, key.get(asked(seat))).location == "/"


# -- where a town wants them -----------------------------------------------------------------------


def want(desk: Desk, roles: tuple[str, ...], days: int = 7) -> Any:
    """What the administrator is answered who wants passkeys of these roles."""
    seat = desk.seat(ADMINISTRATOR)
    page = seat.text("/admin/passkeys")
    stamp = page.partition('name="stamp" value="')[2].partition('"')[0]
    required_on = show_date((desk.hall.clock.at + timedelta(days=days)).date()) if days else ""
    fields = {"roles": list(roles), "required_on": required_on, "stamp": stamp}
    return seat.send("/admin/passkeys", fields, page="/admin/passkeys")


def link_for(desk: Desk, seat: TownSeat, member_id: str) -> str:
    """The address in the mail that this browser asked for."""
    before = {n.facts["token"] for n in desk.hall.notices(key="sign_in_link")}
    seat.request_sign_in_link(member_id)
    (token,) = {n.facts["token"] for n in desk.hall.notices(key="sign_in_link")} - before
    return f"/sign-in/{token}"


def test_a_role_that_needs_one_is_led_to_it_and_then_held_to_it(desk: Desk) -> None:
    """Until the day every way in leads to registering; from it on a link alone opens nothing, for
    these roles alone; the console's link lets in whoever has none, and they register."""
    assert want(desk, ("coordinator", "manager")).status_code == 302
    seat = desk.seat()
    led = seat.press(link_for(desk, seat, COORDINATOR))
    assert led.location == f"{MINE}?then=%2F"
    assert "パスキーがないとログインできません" in seat.text(led.location)
    assert "あとで登録する" in seat.text(led.location)
    key = new(seat)
    assert seat.press(link_for(desk, seat, COORDINATOR)).location == "/"  # has one now
    admin = desk.seat(ADMINISTRATOR).text("/admin/passkeys")
    assert "まだ登録していません" in admin
    desk.hall.clock.move(days=7)
    for member_id in (COORDINATOR, MANAGER):
        seat = desk.seat()
        address = link_for(desk, seat, member_id)
        shown = seat.get(address)
        assert (shown.status_code, "パスキーでログインします" in shown.text) == (403, True)
        assert seat.send(address, {}, page="/sign-in").status_code == 403
        assert seat.get("/").status_code == 401
    seat = desk.seat()
    assert enter(seat, key.get(asked(seat))).location == "/"
    only = seat.text(MINE)
    assert "先にもう1つ登録すると、削除できます" in only
    passkey = desk.trail("passkey_added")[0].facts or {}
    last = seat.send(f"{MINE}/remove", {"passkey": passkey["passkey"]}, page=MINE)
    assert last.status_code == 409
    clerk = desk.seat()
    assert clerk.press(link_for(desk, clerk, CLERK)).location == "/"  # not of these roles
    manager = desk.seat()
    printed = desk.hall.desk.handle(PrintLink(MANAGER), Caller.CONSOLE)
    assert manager.press(f"/sign-in/{printed}").location == f"{MINE}?then=%2F"
    own = new(manager)
    manager = desk.seat()
    assert enter(manager, own.get(asked(manager))).location == "/"
    refused = [e.facts["why"] for e in desk.trail("link_refused") if e.facts]
    assert refused == ["passkey", "passkey"]
    ways = [e.facts["method"] for e in desk.trail("signed_in") if e.facts]
    assert ways.count("console") >= 1


def test_the_rule_leaves_time_and_nobody_outside(desk: Desk) -> None:
    """A day is needed, seven days away; whoever wants one of their own role has one first; what
    another changed meanwhile is said. Without a role nothing is needed."""
    for days, sentence in ((0, "入力してください"), (6, "より前の日には決められません")):
        answer = want(desk, ("manager",), days)
        assert (answer.status_code, sentence in answer.text) == (422, True)
    own = want(desk, ("administrator",))
    assert (own.status_code, "先にご自分のパスキーを" in own.text) == (422, True)
    admin = desk.seat(ADMINISTRATOR)
    new(admin)
    assert want(desk, ("administrator",)).status_code == 302
    stale = admin.send("/admin/passkeys", {"roles": [], "stamp": "None"}, page="/admin/passkeys")
    assert stale.status_code == 409
    desk.hall.clock.move(days=8)
    assert want(desk, (), 0).status_code == 302
    assert [e.facts for e in desk.trail("passkey_rule_saved")] == [
        {"roles": ["administrator"], "required_on": "2026-11-27"},
        {"roles": [], "required_on": ""},
    ]
    seat = desk.seat()
    assert seat.press(link_for(desk, seat, ADMINISTRATOR)).location == "/"
    assert desk.seat(CLERK).get("/admin/passkeys").status_code == 403


def test_a_lost_one_is_taken_away_and_ends_with_who_leaves(desk: Desk) -> None:
    """An administrator ends them all, and their sessions; they tell its member. Whoever leaves, or
    whose day has come, has none any more."""
    lost = desk.seat(CLERK)
    key = new(lost)
    admin = desk.seat(ADMINISTRATOR)
    page = admin.text("/admin/passkeys")
    assert 'name="member" value="M06"' in page
    away, one = "/admin/passkeys/revoke", {"member": CLERK}
    first = admin.send(away, one, page="/admin/passkeys").text
    assert "筆野 しるすさん（福祉総務課）のパスキー1個を取り消します。" in first
    assert lost.get("/").status_code == 200, "it asked, and took them away already"
    took = admin.send(away, {**one, "sure": "1"}, page="/admin/passkeys")
    assert took.location == "/admin/passkeys"
    assert "1個取り消しました" in admin.text("/admin/passkeys")
    assert lost.get("/").status_code == 401
    assert enter(lost, key.get(asked(lost))).status_code == 403
    told = {n.facts["change"] for n in desk.hall.notices(CLERK, "passkey_changed")}
    assert told == {"added", "revoked"}
    new(desk.seat(CLERK))
    key = new(desk.seat(MANAGER))
    desk.hall.has_left(CLERK)
    seat = desk.seat()
    assert desk.hall.desk.handle(DoChore(Chore.SIGN_INS), Caller.CLOCK) >= 1
    why = [e.facts["why"] for e in desk.trail("passkey_removed") if e.facts]
    assert why == ["by_administrator", "left"]
    assert enter(seat, key.get(asked(seat))).location == "/"


def test_where_pages_have_no_name_there_are_no_passkeys(hall: TownHall) -> None:
    """Passkeys are for a name; under a number nothing is offered and links go on. Without a script
    a sentence stands in the place of the button."""
    numbered = TownSeat(web_app(hall, town=True, PUBLIC_URL="http://127.0.0.1:8710"))
    page = numbered.client.get("/sign-in", base_url="http://127.0.0.1:8710")
    assert "パスキー" not in page.text
    gone = numbered.client.get(MINE, base_url="http://127.0.0.1:8710")
    assert gone.status_code == 404
    named = TownSeat(web_app(hall, town=True)).text("/sign-in")
    assert "JavaScriptが動き" in named
    assert 'data-passkey="get"' in named
    assert '<script src="/static/passkeys.js" defer>' in named


def test_single_sign_on_and_chats_are_held_to_it_too(hall: TownHall) -> None:
    """Whichever way vouches, from the day on a passkey is needed; a link from a chat is refused."""
    desk = Desk(hall, web_app(hall, town=True))
    assert want(desk, ("manager",)).status_code == 302
    hall.clock.move(days=7)
    entry = hall.desk.handle(SignInByName(MANAGER, 12), Caller.DOOR)
    assert entry.state is SignInLinkState.PASSKEY
    chat = hall.desk.handle(MakeOwnLink(), MANAGER, door="slack")
    seat = desk.seat()
    key = new(desk.seat(MANAGER))
    assert seat.get(f"/sign-in/{chat}?then=/directory").status_code == 403
    assert enter(seat, key.get(options(seat, f"{ENTER}/challenge", "/sign-in"))).location == (
        "/directory"
    )
    why = [e.facts["why"] for e in desk.trail("sign_in_refused") if e.facts]
    assert why == ["passkey"]
