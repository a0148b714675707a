"""Slack's door itself: who is let in, acknowledged in time, done once, and shown."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

import bot
from handlers.slack.door import (
    CLOSED,
    OPENING,
    PRESSED,
    SUBMITTED,
    Answer,
    FieldErrors,
    Modal,
    OnPress,
    OnSubmission,
    Press,
    PrivateSentence,
    Submission,
)
from handlers.slack.requests import commands, runner
from handlers.slack.requests import modal_calls as showing
from handlers.slack.ui.blocks import button, buttons, input_block, section
from storage.tables import callbacks
from tests.slack.endpoints import SignedHttp
from tests.slack.person import NotAcknowledged
from tests.slack.product import SlackTown, SlackTownWith, user_of
from tests.slack.world import BOT_USER, TEAM
from tests.support.hands import ask_for, sheet
from tests.support.town import TownHall
from tests.support.web import TownSeat, web_app
from workflows.cases.open_case import OpenCase
from workflows.core.ports import CannotStore

PLANTED = "花丸 ひみこ"
WAITING, STALE = "読み込んでいます", "古くなりました"
BROKEN, TOO_LATE = "うまくいきませんでした", "時間がかかり"


# -- a verb or a modal of our own, to see what the door does with it ------------------------------

Register = Callable[..., None]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Register:
    """`on("verb", act)`, `on("verb", act, opens=True)`, `on(callback="…", handed_in=act)`."""

    def register(
        verb: str = "",
        act: OnPress | None = None,
        *,
        opens: bool = False,
        callback: str = "",
        handed_in: OnSubmission | None = None,
    ) -> None:
        if act:
            monkeypatch.setitem(PRESSED, verb, act)
        if opens:
            monkeypatch.setattr("handlers.slack.requests.runner.OPENING", OPENING | {verb})
        if handed_in:
            monkeypatch.setitem(SUBMITTED, callback, handed_in)

    return register


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than a moment for an answer."""
    monkeypatch.setattr(runner, "IN_TIME", 0.02)
    monkeypatch.setattr(runner, "AFTER_ACK", 0)
    monkeypatch.setattr(showing, "MOMENTS", (0, 0))


def offer(town: SlackTown, member_id: str, verb: str) -> None:
    """A message with one button, in the DM of this member."""
    door = town.part.door
    block = buttons([button(verb, f"{verb}.0", door.token(verb, "R8-0001"))])
    door.api.call("chat.postMessage", channel=user_of(member_id), text=verb, blocks=[block])


def form(callback: str = "own", *fields: str, **memory: str) -> Modal:
    element = {"type": "plain_text_input"}
    blocks = [input_block(name, name, dict(element), optional=True) for name in fields or ("name",)]
    return Modal("書く", tuple(blocks), callback=callback, submit="送る", memory=memory)


@contextmanager
def unsettled(town: SlackTown) -> Iterator[None]:
    """Slack's people do not wait for what the bot goes on doing."""
    before = town.slack.world.settle
    town.slack.world.settle = lambda: None
    try:
        yield
    finally:
        town.slack.world.settle = before


class Held:
    """Something that takes as long as the test wants: `began` is set when it is reached."""

    def __init__(self) -> None:
        self.began, self.free = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.began.set()
        assert self.free.wait(10)


def open_case(press: Press) -> Answer:
    press.here.handle(OpenCase(sheet(), (ask_for("A14"),), None))
    return None


def until(true: Callable[[], object]) -> None:
    """Wait for another thread: a matter of milliseconds."""
    ends = time.monotonic() + 10
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.002)


# -- who is let in --------------------------------------------------------------------------------


def seen_events(town: SlackTown) -> int:
    with town.database.engine.connect() as connection:
        found: int = connection.execute(text("select count(*) from seen")).scalar_one()
    return found


@pytest.mark.parametrize("wrong", ["secret", "old", "future", "missing", "changed"])
def test_a_request_without_a_right_signature_leaves_nothing_but_a_count(
    slack_town: SlackTown, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = slack_town.slack.signing_secret
    endpoint = SignedHttp(slack_town.app, "guessed" if wrong == "secret" else secret)
    moved = {"old": -301, "future": 301}.get(wrong, 0)
    endpoint.now = lambda: datetime.now(UTC) + timedelta(seconds=moved)
    body = f"command=/tsunagu&text={PLANTED}".encode()
    kind = "application/x-www-form-urlencoded"
    calls, seen = len(slack_town.slack.calls), seen_events(slack_town)
    if wrong == "missing":
        answer = slack_town.app.test_client().post("/slack/events", data=body, content_type=kind)
        status, said = answer.status_code, answer.data
    elif wrong == "changed":
        signed = "v0=" + "0" * 64
        reply = endpoint.send(body, kind, **{"X-Slack-Signature": signed})
        status, said = reply.status, reply.body
    else:
        reply = endpoint.send(body, kind)
        status, said = reply.status, reply.body
    slack_town.settle()
    assert (status, said) == (401, b"")
    assert slack_town.part.health().turned_away == 1
    assert len(slack_town.slack.calls) == calls
    assert seen_events(slack_town) == seen
    assert caplog.text == ""


def test_a_signature_counts_for_five_minutes(slack_town: SlackTown) -> None:
    endpoint = SignedHttp(slack_town.app, slack_town.slack.signing_secret)
    endpoint.now = lambda: datetime.now(UTC) - timedelta(seconds=290)
    assert endpoint.verify_url("x" * 20).body == b'{"challenge": "' + b"x" * 20 + b'"}'
    assert slack_town.part.health().turned_away == 0


def test_slack_asks_whether_the_address_is_ours_and_whether_it_speaks_tls(
    slack_town_with: SlackTownWith,
) -> None:
    """Both are answered even before the bot knows its workspace: that is how the app is set up."""
    town = slack_town_with(connected=False)
    endpoint = SignedHttp(town.app, town.slack.signing_secret)
    assert endpoint.verify_url("a challenge").content == {"challenge": "a challenge"}
    kind = "application/x-www-form-urlencoded"
    assert endpoint.send(b"ssl_check=1&token=x", kind).status == 200


def test_slacks_way_in_has_no_session_and_no_other_method(slack_town: SlackTown) -> None:
    slack_town.person("M06").command("/tsunagu")
    client = slack_town.app.test_client()
    posted = client.post("/slack/events", data=b"{}")
    assert "Set-Cookie" not in posted.headers
    assert client.get("/slack/events").status_code == 405
    elsewhere = client.post("/slack/events", data=b"{}", base_url="https://elsewhere.example")
    assert elsewhere.status_code == 400
    large = client.post("/slack/events", data=b"x" * (3 * 1024 * 1024))
    assert large.status_code == 413


def test_over_socket_mode_there_is_no_way_in_by_http(slack_town_with: SlackTownWith) -> None:
    town = slack_town_with(socket=True)
    reply = SignedHttp(town.app, town.slack.signing_secret).verify_url()
    assert reply.status == 404


@pytest.mark.parametrize("place", ["team", "user"])
def test_nobody_from_another_workspace_does_anything(
    slack_town: SlackTown, on: Register, place: str
) -> None:
    """A right signature is not enough: a channel may be shared with strangers. They are told so."""
    on("own", open_case)
    offer(slack_town, "M21", "own")
    person = slack_town.person("M21")
    real = slack_town.endpoint.interaction

    class Elsewhere(SignedHttp):
        def interaction(self, payload):  # type: ignore[no-untyped-def]
            key = {"team": "id", "user": "team_id"}[place]
            return real(payload | {place: payload[place] | {key: "T0STRANGER"}})

    person.endpoint = Elsewhere(slack_town.app, slack_town.slack.signing_secret)
    person.press("own")
    assert person.reply.status == 200
    assert slack_town.numbers() == []
    assert slack_town.part.health().strangers == 1
    (told,) = person.ephemerals()
    assert "ほかの組織の方は" in told["text"]


def test_until_the_workspace_is_known_slack_is_asked_to_come_again(
    slack_town_with: SlackTownWith, on: Register
) -> None:
    """Only at the very first start: what was learnt is remembered, also by the next process."""
    on("own", open_case)
    town = slack_town_with(connected=False)
    offer(town, "M21", "own")
    town.slack.error("auth.test", "internal_error", times=1)
    town.part.look()
    assert town.part.health().error == "internal_error"
    with pytest.raises(AssertionError):
        town.person("M21").press("own")
    assert town.person("M21").reply.status == 503
    assert town.numbers() == []
    town.part.look()  # too early: it was just refused
    assert len(town.slack.called("auth.test")) == 1
    town.clock.move(seconds=11)
    town.part.look()
    assert town.part.health().error == ""
    town.person("M21").press("own")
    assert town.numbers() == ["R8-0001"]
    again = slack_town_with(connected=False)
    assert again.part.identity.known.team == TEAM
    assert again.part.identity.known.bot_user == BOT_USER


def test_what_people_write_is_in_no_log_whatever_becomes_of_it(
    slack_town: SlackTown, on: Register, caplog: pytest.LogCaptureFixture
) -> None:
    """Handled, unhandled, broken, badly formed, or sent to Slack and refused there."""
    caplog.set_level(logging.DEBUG)

    def breaks(press: Press) -> Answer:
        raise RuntimeError(PLANTED)

    on("breaks", breaks)
    on("shows", lambda press: Modal("x", (section(PLANTED),)), opens=True)
    person = slack_town.person("M21")
    person.command("/tsunagu", PLANTED)
    person.say_to_bot(PLANTED)
    person.mention("C0RENKEI", PLANTED)
    offer(slack_town, "M21", "breaks")
    person.press("breaks", in_="message")
    assert BROKEN in person.ephemerals()[-1]["text"]
    slack_town.slack.fail("views.open", status=500, times=1)
    offer(slack_town, "M21", "shows")
    person.press("shows", in_="message")
    slack_town.slack.error("views.open", "invalid_arguments", times=1)
    offer(slack_town, "M21", "shows")
    person.press("shows", in_="message")
    endpoint = SignedHttp(slack_town.app, slack_town.slack.signing_secret)
    kind = "application/x-www-form-urlencoded"
    for body in (
        f"payload={PLANTED}",
        f'payload={{"type": "{PLANTED}", "team": {{"id": "{TEAM}"}}}}',
        f'payload={{"type": "block_actions", "team": {{"id": "{TEAM}"}}, "x": "{PLANTED}"}}',
        f'payload={{"type": "block_actions", "actions": [], "team": {{"id": "{TEAM}"}},'
        f' "x": "{PLANTED}"}}',
        f"command=%2Fother&team_id={TEAM}&text={PLANTED}",
    ):
        endpoint.send(body.encode(), kind)
    endpoint.send(f'{{"broken": "{PLANTED}'.encode(), "application/json")
    endpoint.send(
        f'{{"type": "event_callback", "team_id": "{TEAM}", "event": {{"type": "new_one",'
        f' "text": "{PLANTED}"}}}}'.encode(),
        "application/json",
    )
    slack_town.settle()
    assert "slack_failed error=RuntimeError" in caplog.text
    for secret in (slack_town.slack.bot_token, slack_town.slack.signing_secret):
        assert secret not in caplog.text
    assert PLANTED not in caplog.text
    assert PLANTED.split(maxsplit=1)[0] not in caplog.text


# -- acknowledged in time -------------------------------------------------------------------------


@contextmanager
def locked(town: SlackTown) -> Iterator[None]:
    """Another process writes into the database, and takes its time."""
    with town.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.exec_driver_sql("ROLLBACK")


@pytest.mark.usefixtures("impatient")
def test_with_a_locked_database_a_page_says_to_wait_and_is_filled_then(
    slack_town: SlackTown, on: Register
) -> None:
    """A press is acknowledged at once; its trigger is used before it is too old."""
    on("menu", lambda press: form("own", "name"), opens=True)
    person = slack_town.person("M06")
    with unsettled(slack_town), locked(slack_town):
        begun = time.monotonic()
        person.command("/tsunagu")
        assert time.monotonic() - begun < 1
        until(lambda: person.view)
        assert WAITING in person.screen_text()
    slack_town.settle()
    assert list(person.view.inputs) == ["name"] if person.view else False


@pytest.mark.usefixtures("impatient")
def test_with_a_locked_database_a_modal_handed_in_stays_and_slack_says_so(
    slack_town: SlackTown, on: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be kept nowhere is not acknowledged: all that was typed stays on the screen. What
    was begun all the same is done once, and said when it is handed in again."""
    monkeypatch.setattr(runner, "WHILE_WAITED_FOR", 0.05)
    monkeypatch.setattr(runner, "LAST_CHANCE", 0.05)

    def opens_one(submission: Submission) -> Answer:
        submission.here.handle(OpenCase(sheet(), (ask_for("A14"),), None))
        return PrivateSentence("保存しました。")

    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=opens_one)
    person = slack_town.person("M21")
    person.command("/tsunagu")
    slack_town.settle()
    person.fill({"name": "残る"})
    with unsettled(slack_town), locked(slack_town), pytest.raises(NotAcknowledged, match="503"):
        person.submit()
    slack_town.settle()
    assert person.view
    assert person.view.inputs == {"name": "残る"}
    monkeypatch.setattr(runner, "IN_TIME", 1.2)
    person.submit()
    assert "もう受け付けています" in person.screen_text()
    assert slack_town.numbers() == ["R8-0001"]
    assert rows(slack_town) == [("", True)], "the command: nothing of the other two is kept"


def rows(town: SlackTown) -> list[tuple[str, bool]]:
    """What is kept of what Slack told: the content that is left, and whether it is over."""
    with town.database.engine.connect() as connection:
        found = connection.execute(callbacks.select().order_by(callbacks.c.number))
        return [(row.content, row.try_at is None) for row in found]


def test_a_slack_that_does_not_answer_holds_up_no_acknowledgement(
    slack_town: SlackTown, on: Register
) -> None:
    on("menu", lambda press: form("own", "name"), opens=True)
    person = slack_town.person("M06")
    hanging = slack_town.slack.hang("*")
    try:
        with unsettled(slack_town):
            begun = time.monotonic()
            person.command("/tsunagu")
            assert person.reply.status == 200
            assert time.monotonic() - begun < 1
            assert hanging.began.wait(5)
    finally:
        hanging.release()


def test_twenty_five_slow_ones_do_not_hold_up_a_trivial_button(
    slack_town_with: SlackTownWith, on: Register
) -> None:
    town = slack_town_with(SLACK_WORKERS="30")
    held = Held()
    slow = threading.Semaphore(0)

    def takes_long(press: Press) -> Answer:
        slow.release()
        held()
        return None

    on("slow", takes_long)
    on("quick", lambda press: PrivateSentence("できました。"))
    person = town.person("M06")
    offer(town, "M06", "slow")
    offer(town, "M06", "quick")
    try:
        with unsettled(town):
            for _ in range(25):
                person.press("slow")
            for _ in range(25):
                assert slow.acquire(timeout=5)
            begun = time.monotonic()
            person.press("quick")
            until(person.ephemerals)
            assert time.monotonic() - begun < 1
    finally:
        held.free.set()


def test_the_server_has_a_thread_for_each_modal_that_is_waited_for(
    slack_town_with: SlackTownWith,
) -> None:
    """The pages keep theirs, however many people hand in something slow in Slack."""
    town = slack_town_with(SLACK_WORKERS="30")
    assert bot.threads_for(town.settings) == bot.THREADS + 30
    assert bot.threads_for(slack_town_with(socket=True).settings) == bot.THREADS


@pytest.mark.usefixtures("impatient")
def test_a_slow_press_that_shows_nothing_does_not_leave_the_waiting_page(
    slack_town: SlackTown, on: Register
) -> None:
    held = Held()

    def takes_long(press: Press) -> Answer:
        held()
        return None

    on("menu", takes_long, opens=True)
    person = slack_town.person("M06")
    with unsettled(slack_town):
        person.command("/tsunagu")
        until(lambda: person.view)
        held.free.set()
    slack_town.settle()
    assert "済んでいます" in person.screen_text()


def test_a_trigger_that_grew_too_old_is_told_and_nothing_hangs(
    slack_town: SlackTown, on: Register
) -> None:
    def takes_long(press: Press) -> Answer:
        slack_town.clock.move(seconds=4)
        return form()

    on("own", takes_long)
    offer(slack_town, "M06", "own")
    person = slack_town.person("M06")
    person.press("own")
    assert person.view is None
    assert TOO_LATE in person.ephemerals()[-1]["text"]


# -- nothing that was typed is lost ---------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
def test_what_was_typed_survives_a_slow_refusal(slack_town: SlackTown, on: Register) -> None:
    held = Held()

    def refuses(submission: Submission) -> Answer:
        held()
        return FieldErrors({"name": "お名前を確かめてください。"})

    on("menu", lambda press: form("own", "name", "note"), opens=True)
    on(callback="own", handed_in=refuses)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    slack_town.settle()
    person.fill({"name": "あ" * 50, "note": "覚え書き"})
    with unsettled(slack_town):
        person.submit()
        assert WAITING in person.screen_text()
        held.free.set()
    slack_town.settle()
    assert person.view is not None
    assert person.view.inputs == {"name": "あ" * 50, "note": "覚え書き"}
    assert "お名前を確かめてください。" in person.screen_text()
    person.submit()  # refused once more: one banner, not two
    slack_town.settle()
    assert person.screen_text().count("お名前を確かめてください。") == 1


def test_an_error_stands_at_its_field_or_at_the_last_one(
    slack_town: SlackTown, on: Register
) -> None:
    wrong = {"name": "一。", "elsewhere": "二。", "": "三。"}
    on("menu", lambda press: form("own", "name", "note"), opens=True)
    on(callback="own", handed_in=lambda submission: FieldErrors(wrong))
    person = slack_town.person("M06")
    person.command("/tsunagu")
    person.submit()
    assert person.errors == {"name": "一。", "note": "二。　三。"}


def test_an_error_of_a_modal_without_fields_stands_on_top_of_it(
    slack_town: SlackTown, on: Register
) -> None:
    question = Modal("確かめる", (section("よいですか。"),), callback="own", submit="はい")
    on("menu", lambda press: question, opens=True)
    on(callback="own", handed_in=lambda submission: FieldErrors({"": "いまはできません。"}))
    person = slack_town.person("M06")
    person.command("/tsunagu")
    person.submit()
    assert "いまはできません。" in person.screen_text()
    assert "よいですか。" in person.screen_text()


def test_what_breaks_keeps_the_modal_and_says_so(slack_town: SlackTown, on: Register) -> None:
    def breaks(submission: Submission) -> Answer:
        raise RuntimeError("anything")

    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=breaks)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    person.fill({"name": "残る"})
    person.submit()
    assert BROKEN in person.errors["name"]
    assert person.view is not None
    assert person.view.inputs == {"name": "残る"}


def test_while_the_database_is_away_a_press_and_a_modal_say_so(
    slack_town: SlackTown, on: Register
) -> None:
    """A modal that it cannot be had now, and what was typed stays; a press that it was taken in
    and waits (test_deferred_callbacks.py). Neither that the bot is broken."""

    def away(_: object) -> Answer:
        raise CannotStore("database_down")

    why = slack_town.part.door.say("page.trouble.database_down")
    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=away)
    on("says", away)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    person.fill({"name": "残る"})
    person.submit()
    assert why in person.errors["name"]
    assert person.view is not None
    assert person.view.inputs == {"name": "残る"}
    offer(slack_town, "M06", "says")
    person.press("says", in_="message")
    waits = slack_town.part.door.say("put_off.waits")
    assert [e["text"] for e in person.ephemerals()] == [waits]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (PrivateSentence("R8-0001を開きました。"), "R8-0001を開きました。"),
        (Modal("結果", (section(PLANTED),)), "ホーム"),
        (FieldErrors({"name": PLANTED}), "保存できませんでした"),
        (None, "保存しました。"),
    ],
)
def test_who_closed_the_modal_meanwhile_hears_how_it_ended(
    slack_town: SlackTown, on: Register, answer: Answer, told: str
) -> None:
    """In their DM, and never with what stood in the modal."""
    held = Held()

    def takes_long(submission: Submission) -> Answer:
        held()
        return answer

    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=takes_long)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    slack_town.settle()
    with unsettled(slack_town):
        person.submit()
        person.close_view()
        held.free.set()
    slack_town.settle()
    assert told in person.last_message()["text"]
    assert PLANTED not in str(person.messages())


def test_closing_a_modal_that_tells_so_is_heard(
    slack_town: SlackTown, on: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setitem(CLOSED, "own", lambda submission: closed.append(submission.memory["id"]))
    modal = form("own", "name", id="7")
    tells = Modal(
        modal.title, modal.blocks, "own", modal.submit, memory=modal.memory, tell_when_closed=True
    )
    on("menu", lambda press: tells, opens=True)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    person.close_view()
    slack_town.settle()
    assert closed == ["7"]


# -- done once ------------------------------------------------------------------------------------


def test_a_press_that_comes_again_changes_nothing(slack_town: SlackTown, on: Register) -> None:
    """Also to another process: it is remembered in the transaction of the effect."""
    on("own", open_case)
    offer(slack_town, "M21", "own")
    person = slack_town.person("M21")
    person.press("own")
    person.resend_last()
    slack_town.settle()
    assert slack_town.numbers() == ["R8-0001"]
    assert person.ephemerals() == []


def test_a_modal_that_is_handed_in_again_changes_nothing_and_says_so(
    slack_town: SlackTown, on: Register
) -> None:
    def opens_one(submission: Submission) -> Answer:
        submission.here.handle(OpenCase(sheet(), (ask_for("A14"),), None))
        return PrivateSentence("開きました。")

    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=opens_one)
    person = slack_town.person("M21")
    person.command("/tsunagu")
    person.submit()
    person.resend_last()
    slack_town.settle()
    assert slack_town.numbers() == ["R8-0001"]
    assert person.reply.content["response_action"] == "update"


def test_a_modal_that_was_refused_can_be_handed_in_once_it_is_right(
    slack_town: SlackTown, on: Register
) -> None:
    """Errors leave the view as it is, hash and all: that is no repeat."""

    def opens_one(submission: Submission) -> Answer:
        received = str(submission.typed["name"])
        submission.here.handle(OpenCase(sheet(summary=received), (ask_for("A14"),), None))
        return PrivateSentence("開きました。")

    on("menu", lambda press: form("own", "name"), opens=True)
    on(callback="own", handed_in=opens_one)
    person = slack_town.person("M21")
    person.command("/tsunagu")
    person.submit()
    assert person.errors
    person.fill({"name": "相談がありました。"})
    person.submit()
    assert slack_town.numbers() == ["R8-0001"]


def test_a_command_that_comes_again_opens_one_modal_and_says_nothing_more(
    slack_town: SlackTown, on: Register
) -> None:
    on("menu", lambda press: form(), opens=True)
    person = slack_town.person("M06")
    person.command("/tsunagu")
    shown = person.view
    person.resend_last()
    slack_town.settle()
    assert shown is not None
    assert person.view is not None
    assert person.view.id == shown.id
    assert person.ephemerals() == []


def test_a_press_that_was_overtaken_changes_nothing(slack_town: SlackTown, on: Register) -> None:
    """Of presses of one row the latest counts, in whatever order they arrive."""
    held = Held()
    first: list[str] = []

    def in_a_row(press: Press) -> Answer:
        if not first:
            first.append(press.at)
            held()
        press.here.handle(OpenCase(sheet(), (ask_for("A14"),), None), after=("row", press.at))
        return None

    on("own", in_a_row)
    offer(slack_town, "M21", "own")
    person = slack_town.person("M21")
    with unsettled(slack_town):
        person.press("own")
        assert held.began.wait(5)
        person.press("own")
        until(slack_town.numbers)
        held.free.set()
    slack_town.settle()
    assert slack_town.numbers() == ["R8-0001"]
    assert person.ephemerals() == []


def test_of_presses_in_a_modal_the_latest_is_shown(slack_town: SlackTown, on: Register) -> None:
    """Also when both belong to the same state of it, and when the first one's answer is late."""
    held, late = Held(), Held()

    def draws(press: Press) -> Answer:
        {"one": held, "two": late}[press.item]()
        return Modal("選ぶ", (section(f"{press.item}です。"),))

    def choice(press: Press) -> Answer:
        token = slack_town.part.door.token
        both = [button(n, f"own.{n}", token("own", item=n)) for n in ("one", "two")]
        return Modal("選ぶ", (buttons(both),))

    on("menu", choice, opens=True)
    on("own", draws)
    person = slack_town.person("M06")
    for order in ((held, late), (late, held)):
        for event in (held.free, late.free, held.began, late.began):
            event.clear()
        person.command("/tsunagu")
        slack_town.settle()
        with unsettled(slack_town):
            person.press("one")
            person.press("two")
            assert held.began.wait(5)
            assert late.began.wait(5)
            order[0].free.set()
            until(lambda: "です。" in person.screen_text())
            order[1].free.set()
        slack_town.settle()
        assert "twoです。" in person.screen_text()


def test_an_event_that_is_answered_is_answered_once(
    slack_town_with: SlackTownWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        commands.EVENTS, "app_mention", lambda door, runner, body: runner.tell(body, "はい。")
    )
    town = slack_town_with()
    person = town.person("M21")
    person.mention("C0RENKEI", "こんにちは")
    person.resend_last()
    town.settle()
    assert [one["text"] for one in person.ephemerals()] == ["はい。"]
    person.mention("C0RENKEI", "もう一度")
    town.settle()
    assert len(person.ephemerals()) == 2


def test_what_the_bot_itself_writes_is_no_event_for_it(
    slack_town_with: SlackTownWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setitem(
        commands.EVENTS, "message", lambda door, runner, body: heard.append("message")
    )
    town = slack_town_with()
    person = town.person("M06")
    own = {"type": "message", "channel": person.dm_id, "text": "お知らせ", "user": BOT_USER}
    person.event(own | {"bot_id": "B0TSUNAGU", "channel_type": "im"})
    town.settle()
    assert heard == []


# -- said, and stopped ----------------------------------------------------------------------------


def test_where_the_bot_is_not_a_member_it_answers_in_person(
    slack_town: SlackTown, on: Register
) -> None:
    slack_town.slack.add_channel("C0OTHER", "zatsudan", members=["UM06"], bot=False, private=True)
    on("menu", lambda press: PrivateSentence("できました。"), opens=True)
    person = slack_town.person("M06")
    person.command("/tsunagu", channel="C0OTHER")
    slack_town.settle()
    assert person.last_message()["text"] == "できました。"


def test_what_no_method_says_is_said_at_the_address_that_came_with_the_press(
    slack_town: SlackTown, on: Register
) -> None:
    """Slack holds its methods for a while: the answer to a press goes beside them."""
    on("own", lambda press: PrivateSentence("できました。"))
    offer(slack_town, "M06", "own")
    person = slack_town.person("M06")
    slack_town.slack.fail("chat.postEphemeral", status=429, retry_after=30)
    person.press("own")
    assert [one["text"] for one in person.ephemerals()] == ["できました。"]


def test_a_forged_or_foreign_token_says_that_the_button_is_old(slack_town: SlackTown) -> None:
    block = buttons([button("押す", "own.0", "forged")])
    slack_town.part.door.api.call(
        "chat.postMessage", channel=user_of("M06"), text="x", blocks=[block]
    )
    slack_town.person("M06").press("押す")
    assert STALE in slack_town.person("M06").ephemerals()[-1]["text"]


def test_stopping_waits_for_what_was_begun(slack_town: SlackTown, on: Register) -> None:
    held = Held()

    def takes_long(press: Press) -> Answer:
        held()
        return open_case(press)

    on("own", takes_long)
    offer(slack_town, "M21", "own")
    with unsettled(slack_town):
        slack_town.person("M21").press("own")
        assert held.began.wait(5)
        stopping = threading.Thread(target=slack_town.part.stop)
        stopping.start()
        held.free.set()
        stopping.join(timeout=10)
    assert not stopping.is_alive()
    assert slack_town.numbers() == ["R8-0001"]


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "http"])
def test_the_administrator_sees_how_the_connection_stands(
    slack_town_with: SlackTownWith, *, socket: bool
) -> None:
    town = slack_town_with(socket=socket)
    page = town.web("M05").text("/admin")
    assert ("からつながっています" in page) == socket
    assert ("Slackからの接続を待っています" in page) == (not socket)
    assert "署名の合わないもの0件" in page
    assert "Slackにつながっていません。" not in page
    SignedHttp(town.app, "guessed").verify_url()
    town.part.identity.error = "token_revoked"
    page = town.web("M05").text("/admin")
    assert f"署名の合わないもの{0 if socket else 1}件" in page
    assert "token_revoked" in page


def test_pages_of_a_town_without_slack_say_nothing_of_it(hall: TownHall) -> None:
    page = TownSeat(web_app(hall, town=True))
    page.sign_in(hall, "M05")
    assert "Slackとの接続" not in page.text("/admin")
