"""Mattermost's way in: nothing is signed, so what we sealed for its reader alone is believed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from handlers.chat.people import ASK
from handlers.mattermost.door import COMMAND_PATH, DIALOG, DIALOG_PATH, GOOD_FOR, PRESS_PATH
from storage.callbacks import CallbackStore
from storage.tables import callbacks
from tests.mattermost.outgoing import FORM, JSON, odd_bodies, written
from tests.mattermost.product import MattermostTown, MattermostTownWith, user_of
from tests.mattermost.screen import as_text
from tests.support.people import ADMINISTRATOR, ELDERLY, OUTSIDER
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore
from workflows.directory.linked_accounts import GetAccounts

SECRET = "田中さんの電話は080"


def rows(town: MattermostTown) -> list[tuple[str, bool]]:
    """The error of each press that was kept, and whether it is over."""
    with town.database.engine.connect() as connection:
        found = connection.execute(callbacks.select().order_by(callbacks.c.number))
        return [(row.error, row.try_at is None) for row in found]


def press_body(town: MattermostTown, user: str, token: str) -> dict[str, Any]:
    trigger = town.mattermost.world.new_trigger(user, "c")
    return {"user_id": user, "trigger_id": trigger, "context": {"token": token}}


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    def refuses(*_: Any, **__: Any) -> None:
        raise CannotStore("disk_full")

    with monkeypatch.context() as patched:
        patched.setattr(CallbackStore, name, refuses)
        yield


def test_only_what_was_sealed_for_who_presses_is_believed(
    mattermost_town: MattermostTown, caplog: pytest.LogCaptureFixture
) -> None:
    """A token of somebody else's, of another purpose, of a day too long ago, or of nobody's: kept
    by nobody, logged by nobody, counted; whoever holds an old card reads what to do."""
    town = mattermost_town
    send = town.outgoing.send
    member = town.person(ELDERLY)
    mine = town.token(member, "menu")
    state = town.part.door.sealed(DIALOG, member.id, {"v": "attend", "s": "m", "i": ""})
    caplog.clear()
    for user, token in (
        (user_of(OUTSIDER), mine),
        (member.id, state),
        (member.id, mine[:-1]),
        (member.id, "t" * 40),
    ):
        reply = send(PRESS_PATH, written(press_body(town, user, token)))
        assert "もう使えません" in reply.content["ephemeral_text"]
        told = {"user_id": user, "state": token, "submission": {}}
        if token != state:
            assert "もう使えません" in send(DIALOG_PATH, written(told)).content["error"]
    for path in (PRESS_PATH, DIALOG_PATH):
        for odd, body in odd_bodies(member.id, SECRET).items():
            assert send(path, body).status in (200, 400, 413), odd
        assert send(path, b'{"a":"' + b"a" * 70_000 + b'"}').status == 413
        assert send(path, b"").status == 400
    town.settle()
    assert (rows(town), member.posts()) == ([], [])
    assert town.part.health().turned_away > 30
    assert caplog.text == ""
    town.clock.move(days=GOOD_FOR.days)
    member.event("https://x.example.jp" + PRESS_PATH, {"token": mine})
    assert len(rows(town)) == 1
    town.clock.move(days=1)
    assert "もう使えません" in send(
        PRESS_PATH, written(press_body(town, member.id, mine))
    ).content["ephemeral_text"]  # fmt: skip


def test_the_command_is_believed_by_its_own_token(mattermost_town: MattermostTown) -> None:
    town = mattermost_town
    user = user_of(ELDERLY)
    form = town.outgoing.form("/tsunagu", "", user, "c")
    for wrong, status in (
        ({"token": "guessed"}, 401),
        ({"token": ""}, 401),
        ({"token": "ｔ" * 26}, 401),
        ({"user_id": ""}, 400),
        ({"user_id": "u/../21"}, 400),
    ):
        reply = town.outgoing.send(COMMAND_PATH, urlencode(form | wrong).encode(), FORM)
        assert (reply.status, reply.content) == (status, {}), wrong
    many = "&".join(f"f{n}=1" for n in range(100)).encode()
    for body in (b"", b"\xff", many, b"token=" + b"a" * 70_000):
        assert town.outgoing.send(COMMAND_PATH, body, FORM).status in (401, 413)
    assert town.outgoing.send(COMMAND_PATH, written(form), JSON).status == 401
    assert town.part.health().turned_away == 9
    town.person(ELDERLY).type()
    assert town.person(ELDERLY).answer["skip_slack_parsing"] is True


def test_a_press_is_kept_before_its_answer_and_done_once(
    mattermost_town: MattermostTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = mattermost_town
    member = town.person(ELDERLY)
    with monkeypatch.context() as asleep:  # killed before it began
        asleep.setattr(town.part.runner, "begin", lambda callback: None)
        town.press(member, "help")
        assert rows(town) == [("", False)]
        assert member.repeat_last() == 200
    assert member.posts() == []
    town.tick()
    town.tick()
    assert ["できることを並べます" in as_text(one) for one in member.posts()] == [True]
    assert rows(town) == [("", True)]
    assert member.repeat_last() == 200
    town.tick()
    assert len(member.posts()) == 1


def test_who_pressed_while_nothing_can_be_stored_is_told(
    mattermost_town: MattermostTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it was not taken in; or, once it was, that it waits, and then what came of it."""
    town = mattermost_town
    member = town.person(ELDERLY)
    with full_disk(monkeypatch, "put"):
        town.press(member, "help")
    assert "ephemeral_text" in member.answer
    assert rows(town) == []
    with full_disk(monkeypatch, "claim"):
        town.press(member, "help")
    waits = as_text(member.last())
    town.clock.move(minutes=2)
    town.tick()
    assert waits != as_text(member.last())
    assert "「/tsunagu」" in as_text(member.last())


def test_a_dialog_takes_nothing_that_it_did_not_ask(mattermost_town: MattermostTown) -> None:
    """Somebody else's, twice the same, answers that it does not offer: a sentence, and it stays."""
    town = mattermost_town
    meeting_id = town.convene(town.open_case("A14"))
    member = town.person(ELDERLY)
    town.press(member, "answer_dates", meeting_id)
    assert member.dialog
    state = member.dialog.content["state"]
    first, second = (one.id for one in town.meeting(meeting_id).slots)
    good = {first: "yes", second: "no"}

    def hands_in(user: str, submission: Any, **more: Any) -> dict[str, Any]:
        body = {"user_id": user, "state": state, "submission": submission, **more}
        reply = town.outgoing.send(DIALOG_PATH, written(body))
        assert reply.status == 200
        return reply.content

    assert hands_in(user_of(OUTSIDER), good)["error"]
    assert hands_in(member.id, good, cancelled=True) == {}
    assert hands_in(member.id, "yes") == {}
    for odd in ({}, {first: "yes"}, {first: "perhaps", second: "no"}, {first: 7, second: ["no"]}):
        assert hands_in(member.id, odd).keys() & {"error", "errors"}, odd
    assert town.said_of_dates(meeting_id) == ["", ""]
    assert hands_in(member.id, good) == {}
    assert town.said_of_dates(meeting_id) == ["yes", "no"]
    town.answer(meeting_id, "A14", "maybe", by="M27")
    assert hands_in(member.id, good) == {}  # the very same once more: a repeat
    assert town.said_of_dates(meeting_id) == ["maybe", "maybe"]


def test_what_breaks_is_said_and_named_in_the_log_by_its_kind_alone(
    mattermost_town: MattermostTown,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    town = mattermost_town
    member = town.person(ELDERLY)

    def breaks(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("handlers.mattermost.answering.Answers.member_of", breaks)
    member.type(SECRET)
    assert "うまく処理できませんでした" in str(member.answer)
    for _ in range(4):
        town.press(member, "help")
        town.clock.move(minutes=1)
        town.tick()
    assert "うまく処理できませんでした" in as_text(member.last())
    assert SECRET not in caplog.text + json.dumps(member.answer, ensure_ascii=False)
    assert "RuntimeError" in caplog.text


# -- people ---------------------------------------------------------------------------------------


def test_people_are_linked_by_the_address_that_their_server_has_confirmed(
    mattermost_town_with: MattermostTownWith,
) -> None:
    """Not by one that anybody may have typed; no guest, no bot, nobody whose account is
    deactivated. Who is not known is shown whom to ask, whoever they are."""
    town: MattermostTown = mattermost_town_with(linked=False)
    users = town.mattermost.world.users
    users[user_of("M01")].email_verified = False
    users[user_of("M03")].roles = "system_guest"
    users[user_of("M04")].is_bot = True
    town.mattermost.deactivate(user_of("M06"))
    town.tick()
    view = town.desk.ask(GetAccounts("mattermost"), Caller.CONSOLE)
    linked = {line.member_id for line in view.lines if line.external_id}
    assert ELDERLY in linked
    assert not linked & {"M01", "M03", "M04", "M06"}
    said = {}
    for member_id in ("M01", "M03", "M06"):
        town.person(member_id).type("R8-0001")
        said[member_id] = as_text(town.person(member_id).last())
    assert "まだ登録されていません" in said["M01"]
    assert "お使いになれません" in said["M03"]
    assert said["M03"] == said["M06"]
    stranger = town.person("M01")
    stranger.press("登録を頼む")
    stranger.press("登録を頼む")
    told = [as_text(one) for one in stranger.posts()][-2:]
    assert ["管理者に登録を頼みました" in told[0], "届いています" in told[1]] == [True, True]
    assert len(town.desk.ask(GetAccounts("mattermost"), Caller.CONSOLE).asking) == 1
    page = town.web(ADMINISTRATOR).text("/admin/accounts")
    assert "Mattermost" in page
    town.link("M01")
    town.press(stranger, ASK)
    assert "もう登録されています" in as_text(stranger.last())


def test_where_addresses_are_hidden_nobody_is_linked_and_who_leaves_is_noted(
    mattermost_town_with: MattermostTownWith,
) -> None:
    town: MattermostTown = mattermost_town_with(linked=False)
    town.mattermost.world.shows_email = False
    town.tick()
    view = town.desk.ask(GetAccounts("mattermost"), Caller.CONSOLE)
    assert view.without == view.total
    town.link(ELDERLY, OUTSIDER)
    town.mattermost.deactivate(user_of(ELDERLY))
    del town.mattermost.world.users[user_of(OUTSIDER)]  # for good, with all of theirs
    town.clock.move(days=1, minutes=1)
    town.tick()
    for member_id in (ELDERLY, OUTSIDER):
        with town.database.open() as unit:
            account = unit.accounts.get("mattermost", user_of(member_id))
        assert account
        assert account.state == "gone"
