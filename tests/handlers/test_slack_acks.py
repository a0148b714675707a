"""Acknowledged from a prepared path; what could not be shown is shown later, or told."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from handlers.runtime.worker_pool import WorkerPool
from handlers.slack.door import (
    CLOSED,
    OPENING,
    PRESSED,
    SUBMITTED,
    Answer,
    FieldErrors,
    Modal,
    PrivateSentence,
)
from handlers.slack.requests import modal_calls as showing
from handlers.slack.requests import runner
from handlers.slack.ui.blocks import button, buttons, input_block, section
from tests.handlers.test_slack_app import Held, form, offer, unsettled, until
from tests.slack.person import Person
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith
from tests.slack.socket_mode import SocketMode
from tests.support.people import ADMINISTRATOR

WAITING = "読み込んでいます"
HAND_IN, UPDATE = "own", "views.update"


@pytest.fixture
def town(slack_town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> SlackTown:
    """A modal with a field, a button and a select of our own stands behind the menu."""
    return prepared(slack_town, monkeypatch)


def prepared(town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> SlackTown:
    monkeypatch.setattr(runner, "AFTER_ACK", 0.02)
    monkeypatch.setattr(showing, "MOMENTS", (0, 0))
    monkeypatch.setattr(runner, "OPENING", OPENING | {"menu"})
    monkeypatch.setitem(PRESSED, "menu", lambda press: modal(town))
    monkeypatch.setitem(PRESSED, "act", lambda press: None)
    monkeypatch.setitem(SUBMITTED, HAND_IN, lambda submission: PrivateSentence("保存しました。"))
    monkeypatch.setitem(CLOSED, HAND_IN, lambda submission: None)
    return town


def modal(town: SlackTown) -> Modal:
    token = town.part.door.token("act", "R8-0001")
    name = input_block("name", "名前", {"type": "plain_text_input"}, optional=True)
    pressed = buttons([button("押す", "act.0", token)])
    return Modal("書く", (name, pressed), callback=HAND_IN, submit="送る", tell_when_closed=True)


# -- the prepared path ----------------------------------------------------------------------------

WAYS: dict[str, Callable[[Person], None]] = {
    "command": lambda person: person.command("/tsunagu", "R8-0001"),
    "global shortcut": lambda person: person.global_shortcut("tsunagu_menu"),
    "message shortcut": lambda person: person.message_shortcut(
        "tsunagu_sheet_from_message", person.say(person.dm_id, "相談です。")
    ),
    "button in a message": lambda person: person.press("act", in_="message"),
    "button in a modal": lambda person: person.press("押す", in_="view"),
    "modal handed in": lambda person: person.submit(),
    "modal closed": lambda person: person.close_view(),
    "home": lambda person: person.open_home(),
    "mention": lambda person: person.mention(CHANNEL, "何が待っていますか。"),
    "direct message": lambda person: person.say_to_bot("こんにちは。"),
    "event": lambda person: person.event({"type": "user_change", "user": {"id": person.id}}),
    "unknown event": lambda person: person.event({"type": "emoji_changed"}),
}


@contextmanager
def looked_up(town: SlackTown) -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_kept_and_acknowledged_and_nothing_else_comes_before(
    town: SlackTown, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row is written before the acknowledgement, with the next number; nothing else is looked
    up and Slack is not called: all work waits until Slack has it."""
    person = town.person("M21")
    offer(town, "M21", "act")
    person.command("/tsunagu")
    assert person.view
    monkeypatch.setattr(runner, "IN_TIME", 0.02)
    begun: list[str] = []

    def holds(self: WorkerPool, work: Callable[[], Any], failed: object) -> Future[Any]:
        begun.append(way)
        return Future()  # nobody has begun with it

    monkeypatch.setattr(WorkerPool, "start", holds)
    calls = len(town.slack.calls)
    with looked_up(town) as statements:
        WAYS[way](person)
    assert person.reply.status == 200
    written = [one.partition("(")[0].strip() for one in statements if "BEGIN" not in one]
    if written:  # the last thing: whether the database is still ours to write
        assert written.pop().startswith("SELECT about.name")
    kept = [] if way == "unknown event" else ["INSERT INTO callbacks"]
    assert (written, len(town.slack.calls) - calls) == (kept, 0)
    assert bool(begun) is (way != "unknown event")
    if way == "modal handed in":
        assert WAITING in person.screen_text()


def test_a_modal_that_is_answered_at_once_calls_slack_for_nothing(town: SlackTown) -> None:
    """What takes its place travels in the acknowledgement."""
    person = town.person("M21")
    person.command("/tsunagu")
    calls = len(town.slack.calls)
    person.submit()
    assert "保存しました。" in person.screen_text()
    assert len(town.slack.calls) == calls


# -- Slack does not draw it -----------------------------------------------------------------------


@contextmanager
def handed_in_slowly(
    town: SlackTown, person: Person, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The person sees the page that says to wait; when the block ends, the answer is ready."""
    real = SUBMITTED[HAND_IN]
    held = Held()

    def takes_long(submission: Any) -> Answer:
        held()
        return real(submission)

    person.command("/tsunagu")
    town.settle()
    monkeypatch.setattr(runner, "IN_TIME", 0.02)
    monkeypatch.setitem(SUBMITTED, HAND_IN, takes_long)
    with unsettled(town):
        person.submit()
        assert WAITING in person.screen_text()
        yield
        held.free.set()
    town.settle()


@pytest.mark.parametrize("how", ["500", "429", "dropped", "dropped after it was drawn"])
def test_a_modal_that_slack_did_not_draw_is_drawn_a_moment_later(
    town: SlackTown, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = town.person("M21")
    with handed_in_slowly(town, person, monkeypatch):
        match how:
            case "500":
                town.slack.fail(UPDATE, times=2)
            case "429":
                town.slack.fail(UPDATE, status=429, retry_after=0)
            case _:
                town.slack.drop(UPDATE, arrives=how != "dropped")
    assert "保存しました。" in person.screen_text()
    assert WAITING not in person.screen_text()
    assert person.messages() == []


ENDS: dict[str, tuple[Answer, str]] = {
    "sentence": (PrivateSentence("保存しました。"), "保存しました。"),
    "modal": (form(), "処理は終わりましたが"),
    "refusal": (FieldErrors({"name": "お名前を。"}), "保存していません"),
    "nothing": (None, "保存しました。"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("fault", ["500", "invalid_arguments"])
def test_what_slack_does_not_draw_at_all_is_told_in_person(
    town: SlackTown, end: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left before the page that says to wait without a word: how it ended stands in the
    direct message, and the page itself says where to look."""
    answer, told = ENDS[end]
    monkeypatch.setitem(SUBMITTED, HAND_IN, lambda submission: answer)
    person = town.person("M21")
    with handed_in_slowly(town, person, monkeypatch):
        if fault == "500":
            town.slack.fail(UPDATE, times=99)
        else:
            town.slack.error(UPDATE, fault, times=99)
    assert "ホームでお確かめください" in person.screen_text()
    (message,) = person.messages()
    assert told in message["text"]


def test_a_sentence_waits_the_moment_that_slack_asks_for(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused for its pace it is said after all, once."""
    monkeypatch.setitem(PRESSED, "act", lambda press: PrivateSentence("済んでいます。"))
    person = town.person("M21")
    offer(town, "M21", "act")
    town.slack.fail("chat.postEphemeral", status=429, retry_after=0)
    person.press("act", in_="message")
    assert [one["text"] for one in person.ephemerals()] == ["済んでいます。"]


def test_a_mention_is_answered_though_slack_asks_for_a_moment(town: SlackTown) -> None:
    """Its repeat would not be: the answer is Slack's to take, and ours to bring."""
    person = town.person("M21")
    town.slack.fail("chat.postEphemeral", status=429, retry_after=0)
    person.mention(CHANNEL, "何が待っていますか。")
    assert len(person.ephemerals()) == 1


def test_a_sentence_that_may_have_been_said_is_not_said_twice(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESSED, "act", lambda press: PrivateSentence("済んでいます。"))
    person = town.person("M21")
    offer(town, "M21", "act")
    town.slack.drop("chat.postEphemeral", arrives=True)
    person.press("act", in_="message")
    assert [one["text"] for one in person.ephemerals()] == ["済んでいます。"]
    assert len(town.slack.called("chat.postEphemeral")) == 1


def test_a_shut_door_is_told_of_even_when_nothing_else_is_sent(town: SlackTown) -> None:
    """Whoever presses is the first to meet it; the administrators hear of it in their inbox."""
    town.slack.revoke()
    town.person("M21").command("/tsunagu")
    town.ticks.tick()
    told = [m.notice for m in town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    assert [notice.facts["code"] for notice in told] == ["token_revoked"]


# -- over a socket --------------------------------------------------------------------------------


def test_an_answer_too_large_for_a_frame_is_drawn_after_the_acknowledgement(
    slack_town_with: SlackTownWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack's client sends no frame of more than 65,535 bytes, and a page of a case has more."""
    town = prepared(slack_town_with(socket=True), monkeypatch)
    assert isinstance(town.endpoint, SocketMode)
    town.endpoint.wait_connected()
    large = Modal("読む", tuple(section(f"{n:02d}" + "長い文章です。" * 60) for n in range(40)))
    assert len(json.dumps(large.blocks)) > 65_535
    monkeypatch.setitem(SUBMITTED, HAND_IN, lambda submission: large)
    person = town.person("M21")
    person.command("/tsunagu")
    person.submit()
    assert person.reply.status == 200
    town.settle()
    until(lambda: "39長い文章です。" in person.screen_text())


def test_the_same_answer_travels_at_once_over_http(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Modal("読む", tuple(section(f"{n:02d}" + "長い文章です。" * 60) for n in range(40)))
    monkeypatch.setitem(SUBMITTED, HAND_IN, lambda submission: large)
    person = town.person("M21")
    person.command("/tsunagu")
    person.submit()
    assert "39長い文章です。" in person.screen_text()
    assert town.slack.called(UPDATE) == []
