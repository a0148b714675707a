"""Whose platform waits comes before all that follows from presses; counted, never timed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import Engine, event

from handlers.chat import callback_writer as kept_callbacks
from handlers.chat import caller_priority as waited_for
from handlers.chat.callback_writer import CallbackWriter
from handlers.chat.caller_priority import AT_A_TIME, CallerPriority
from handlers.slack.door import PRESSED, Answer, Press, PrivateSentence
from tests.handlers.test_slack_app import offer, unsettled, until
from tests.slack.endpoints import SignedHttp
from tests.slack.product import SlackTown
from tests.support.town import TownHall
from workflows.core.ports import Callback

LONG = 60.0  # seconds: longer than any test lasts


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives way does so for as long as somebody waits."""
    monkeypatch.setattr(waited_for, "FOR_A_DEED", LONG)
    monkeypatch.setattr(waited_for, "BETWEEN", LONG)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The first words of all that reach a database meanwhile, commits among them."""
    found: list[str] = []

    def said(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(" ".join(statement.split()[:3]))

    def committed(_c: Any) -> None:
        found.append("COMMIT")

    event.listen(Engine, "before_cursor_execute", said)
    event.listen(Engine, "commit", committed)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", said)
        event.remove(Engine, "commit", committed)


def pressed(hall: TownHall, number: int) -> Callback:
    return Callback(f"{number:064d}", "slack", f"U{number}", "{}", hall.desk.now())


# -- the lane -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
def test_a_deed_and_a_transaction_begin_once_nobody_waits() -> None:
    waited, begun = CallerPriority(), list[str]()

    def deed() -> None:
        with waited.deed():
            begun.append("deed")

    @contextmanager
    def opened() -> Iterator[None]:
        begun.append("transaction")
        yield

    def transaction() -> None:
        with waited.behind(opened)():
            pass

    deed()
    transaction()
    assert begun == ["deed", "transaction"], "at once where nobody waits"
    with ThreadPoolExecutor(2) as hands:
        with waited.here(), waited.here():
            both = [hands.submit(deed), hands.submit(transaction)]
            with waited.here():
                pass  # one of several has gone
            assert not any(one.done() for one in both)
        for one in both:
            one.result(LONG)
    assert len(begun) == 4


def test_where_they_do_not_cease_to_come_a_few_deeds_at_a_time_come_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waited_for, "FOR_A_DEED", 0)
    monkeypatch.setattr(waited_for, "LOOK", 0.001)
    waited, lock = CallerPriority(), threading.Lock()
    at_once, most, done = 0, 0, 0

    def deed() -> None:
        nonlocal at_once, most, done
        with waited.deed():
            with lock:
                at_once += 1
                most = max(most, at_once)
            waited.pause_for_callers()
            with lock:
                at_once -= 1
                done += 1

    monkeypatch.setattr(waited_for, "BETWEEN", 0.005)
    with waited.here(), ThreadPoolExecutor(20) as hands:
        for one in [hands.submit(deed) for _ in range(20)]:
            one.result(LONG)
    assert (done, most) == (20, AT_A_TIME)


# -- what is kept ---------------------------------------------------------------------------------


def test_fifty_presses_of_one_moment_are_one_insert_and_one_commit(any_hall: TownHall) -> None:
    """However many they are: nothing is read for them but whether the database is ours to write."""
    kept = CallbackWriter(any_hall.database.open_with_priority, "worker")
    for many in (1, 50):
        with statements() as found, any_hall.database.open_with_priority() as unit:
            unit.callbacks.put_claimed([pressed(any_hall, many + n) for n in range(many)], "worker")
            unit.commit()
        told = [one for one in found if "BEGIN" not in one]
        assert told == ["INSERT INTO callbacks", "SELECT about.name, about.value", "COMMIT"]
    assert kept.idle(5)


def test_what_nobody_waits_for_holds_up_no_press_and_costs_one_commit_together(
    any_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_callbacks, "MOMENT", LONG)
    kept = CallbackWriter(any_hall.database.open_with_priority, "worker")
    rows = [kept.keep(pressed(any_hall, n)) for n in range(10)]
    with statements() as found:
        for row in rows:
            assert row
            kept.over(row)
        assert kept.keep(pressed(any_hall, 99))
        assert not [one for one in found if one.startswith("UPDATE")]
        assert kept.idle(5)
    assert [one for one in found if one.startswith("UPDATE")] == ["UPDATE callbacks SET"]
    assert found.count("COMMIT") == 2
    kept.stop()


# -- in Slack -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
def test_no_deed_of_a_press_begins_while_another_waits_for_its_answer(
    slack_town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def asks(press: Press) -> Answer:
        asked.append(press.verb)
        return PrivateSentence("できました。")

    monkeypatch.setitem(PRESSED, "asks", asks)
    person = slack_town.person("M21")
    offer(slack_town, "M21", "asks")
    with unsettled(slack_town):
        with slack_town.part.waited.here(), statements() as found:
            for _ in range(3):
                person.press("asks")
                assert person.reply.status == 200
            of_keeping = ("BEGIN", "INSERT INTO callbacks", "SELECT about", "COMMIT")
            assert not [one for one in found if not one.startswith(of_keeping)]
            assert asked == []
        until(lambda: len(asked) == 3)
    slack_town.settle()


def test_presses_and_commands_are_kept_before_flask_and_bolt_see_them(
    slack_town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else of Slack's, and whatever is not signed, goes on to them."""
    through: list[str] = []
    dispatch, wsgi_app = App.dispatch, slack_town.app.full_dispatch_request

    def bolt(self: App, request: Any) -> Any:
        through.append("bolt")
        return dispatch(self, request)

    def flask() -> Any:
        through.append("flask")
        return wsgi_app()

    monkeypatch.setattr(App, "dispatch", bolt)
    monkeypatch.setattr(slack_town.app, "full_dispatch_request", flask)
    monkeypatch.setitem(PRESSED, "says", lambda press: PrivateSentence("できました。"))
    person = slack_town.person("M21")
    offer(slack_town, "M21", "says")
    person.press("says")
    person.command("/tsunagu")
    assert (through, person.reply.status, person.reply.body) == ([], 200, b"")
    slack_town.settle()
    person.global_shortcut("tsunagu_menu")
    person.say_to_bot("こんにちは。")
    assert through == ["flask", "bolt"] * 2
    forged = SignedHttp(slack_town.app, "guessed")
    assert forged.command({"command": "/tsunagu", "user_id": person.id}).status == 401
    assert through == ["flask", "bolt"] * 2 + ["flask"]


@pytest.mark.usefixtures("patient")
def test_whoever_has_not_signed_waits_for_nothing_that_others_give_way_to(
    slack_town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strangers who knock without end do not slow down what people have pressed."""
    is_valid, looks = SignatureVerifier.is_valid_request, list[int]()

    def looked_at(self: SignatureVerifier, body: Any, headers: Any) -> bool:
        with slack_town.part.waited.deed():
            looks.append(len(body))
        return is_valid(self, body, headers)

    monkeypatch.setattr(SignatureVerifier, "is_valid_request", looked_at)
    forged = SignedHttp(slack_town.app, "guessed")
    with ThreadPoolExecutor(1) as hands:
        asked = hands.submit(forged.command, {"command": "/tsunagu", "user_id": "U1"})
        assert asked.result(10).status == 401
    assert len(looks) == 2
