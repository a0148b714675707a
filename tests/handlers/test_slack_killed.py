"""Killed after Slack was told that it was taken in: done once all the same, and whoever pressed is
told what became of it, by another process."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from handlers.chat.callback_writer import CallbackWriter, NotStored
from handlers.chat.callbacks import CallbackUnit
from handlers.chat.deferred_callbacks import AGAIN, OLDEST, TRIES
from handlers.runtime.worker_pool import WorkerPool
from handlers.slack.door import (
    CLOSED,
    OPENING,
    PRESSED,
    SUBMITTED,
    Answer,
    FieldErrors,
    Modal,
    Press,
    PrivateSentence,
    Submission,
)
from handlers.slack.requests import modal_calls as showing
from handlers.slack.requests import runner
from handlers.slack.requests.request_recovery import LATEST
from handlers.slack.requests.runner import SlackRunner
from handlers.slack.runtime import SlackRuntime
from storage.callbacks import LEASE
from storage.tables import callbacks
from tests.handlers.test_slack_app import form, offer, rows, unsettled
from tests.slack.person import NotAcknowledged, Person
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith, another_process
from tests.slack.socket_mode import SocketMode
from tests.support.hands import ask_for, sheet
from tests.support.town import TownHall
from workflows.cases.open_case import OpenCase
from workflows.core.permissions import Caller
from workflows.core.ports import Callback
from workflows.guard.mentions import RecordNames
from workflows.maintenance.daily_chores import CALLBACK_LIFE, SLACK_REQUEST_LIFE, Chore, DoChore

PRESS_AGAIN, DONE, BROKEN = "もう一度押してください", "操作は済んでいます", "うまくいきませんでした"
DRAFT, TOO_OLD, ACCEPTED = "下書きとして残して", "行われませんでした", "もう受け付けています"


class Killed(BaseException):
    """The process was killed at this moment."""


# -- what people do; each has one effect ----------------------------------------------------------


def opens_a_case(here: Press | Submission) -> Answer:
    here.here.handle(OpenCase(sheet(), (ask_for("A14"),), None))
    return PrivateSentence("つなぎました。")


def opens_in_silence(press: Press) -> Answer:
    opens_a_case(press)
    return None


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buttons, commands and modals that open one case each."""
    monkeypatch.setattr(runner, "IN_TIME", 0.02)
    monkeypatch.setattr(runner, "AFTER_ACK", 0)
    monkeypatch.setattr(showing, "MOMENTS", (0, 0))
    monkeypatch.setattr(runner, "OPENING", OPENING | {"menu"})
    monkeypatch.setattr("handlers.slack.requests.request_recovery.OPENING", OPENING | {"menu"})
    tells = Modal("書く", form().blocks, "own", "送る", tell_when_closed=True)
    monkeypatch.setitem(PRESSED, "menu", lambda press: tells)
    monkeypatch.setitem(PRESSED, "says", opens_a_case)
    monkeypatch.setitem(PRESSED, "silent", opens_in_silence)
    monkeypatch.setitem(SUBMITTED, "own", opens_a_case)
    monkeypatch.setitem(CLOSED, "own", opens_a_case)


def opened(person: Person) -> None:
    person.command("/tsunagu")
    assert person.view


WAYS: dict[str, tuple[Callable[[Person], None], bool]] = {  # and whether it opens a case
    "button": (lambda person: person.press("says", in_="message"), True),
    "silent button": (lambda person: person.press("silent", in_="message"), True),
    "command": (lambda person: person.command("/tsunagu"), False),
    "shortcut": (lambda person: person.global_shortcut("tsunagu_menu"), False),
    "modal handed in": (lambda person: person.submit(), True),
    "modal closed": (lambda person: person.close_view(), True),
    "direct message": (lambda person: person.say_to_bot("こんにちは。"), False),
    "mention": (lambda person: person.mention(CHANNEL, "何が待っていますか。"), False),
}


# -- where the process is killed ------------------------------------------------------------------


def nobody_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def holds(self: WorkerPool, work: Callable[[], Any], failed: object) -> Future[Any]:
        return Future()

    monkeypatch.setattr(WorkerPool, "start", holds)


def killed(*args: Any, **more: Any) -> Any:
    raise Killed


def before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SlackRunner, "_show", killed)
    monkeypatch.setattr(SlackRunner, "draw", killed)
    monkeypatch.setattr(showing.ModalCalls, "call", killed)


def before_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CallbackWriter, "over", killed)


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "acknowledged": nobody_begins,
    "done": before_it_is_shown,
    "told": before_it_is_over,
}


@pytest.fixture(params=["http", "socket"])
def town(request: pytest.FixtureRequest, slack_town_with: SlackTownWith, acts: None) -> SlackTown:
    made = slack_town_with(socket=request.param == "socket")
    if isinstance(made.endpoint, SocketMode):
        made.endpoint.wait_connected()
    return made


@contextmanager
def dying(town: SlackTown, step: Callable[[pytest.MonkeyPatch], None]) -> Iterator[None]:
    """What is pressed meanwhile is acknowledged by a process that is killed there."""
    with pytest.MonkeyPatch.context() as patched, unsettled(town):
        step(patched)
        yield
        # What it had begun and is not killed by comes to where it is.
        town.part.runner.idle(2)


def said_to(person: Person) -> Counter[str]:
    there = person.ephemerals() + [m for m in person.messages() if m.get("bot_id")]
    return Counter(str(one["text"]) for one in there)


@pytest.mark.parametrize("step", STEPS)
def test_whatever_was_acknowledged_has_its_effect_once_and_is_told(
    town: SlackTown, step: str
) -> None:
    """A press, a command, a modal and a message: killed once Slack had its answer, once it was done
    and once it was told. Another process ends it."""
    person = town.person("M21")
    offer(town, "M21", "says")
    offer(town, "M21", "silent")
    with another_process(town) as (_, other):
        for way, (act, has_effect) in WAYS.items():
            if way.startswith("modal"):
                opened(person)
            cases, said = len(town.numbers()), said_to(person)
            with dying(town, STEPS[step]):
                act(person)
                assert person.reply.status == 200, way
            assert unended(town) <= 1, way
            left = unended(town)
            town.clock.move(seconds=LEASE.total_seconds() + 1)
            finish(other)
            assert len(town.numbers()) - cases == has_effect, (way, step)
            assert unended(town) == 0, way
            new = "".join(said_to(person) - said)
            assert new or person.view or way == "modal closed", (way, step)
            if way == "modal handed in" and step != "told":
                assert "つなぎました。" in person.screen_text() or ACCEPTED in person.screen_text()
            if left and way in ("command", "shortcut"):
                assert PRESS_AGAIN in new
            if left and way == "silent button":
                assert DONE in new
            finish(other)
            town.clock.move(hours=1)
            finish(other)
            assert len(town.numbers()) - cases == has_effect, "and nothing of it twice"
            if person.view:
                person.close_view()
                town.settle()


def unended(town: SlackTown) -> int:
    return sum(not over for _, over in rows(town))


def finish(part: SlackRuntime) -> None:
    while part.background_jobs["slack_presses"]():
        pass


# -- what cannot be kept is not acknowledged ------------------------------------------------------


@contextmanager
def full(town: SlackTown) -> Iterator[None]:
    """The database takes no row of these: it is busy or away for longer than Slack waits."""
    with town.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.exec_driver_sql("ROLLBACK")


def test_what_cannot_be_kept_is_not_acknowledged_and_never_done(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack shows its own error to who pressed; an event comes again, and is done once then."""
    monkeypatch.setattr(runner, "PATIENCE", 0.02)
    if isinstance(town.endpoint, SocketMode):
        town.endpoint._patience = 0.3
    person = town.person("M21")
    offer(town, "M21", "says")
    with unsettled(town), full(town):
        with pytest.raises(NotAcknowledged):
            person.press("says", in_="message")
        with pytest.raises(NotAcknowledged):
            person.say_to_bot("こんにちは。")
    town.settle()
    assert rows(town) == []
    town.clock.move(hours=1)
    finish(town.part)
    assert (town.numbers(), said_to(person)) == ([], Counter({"says": 1}))
    person.resend_last()
    town.settle()
    assert len(rows(town)) == 1
    assert sum((said_to(person) - Counter({"says": 1})).values()) == 1


def test_a_database_that_comes_back_late_keeps_nothing_that_was_given_up(
    any_hall: TownHall,
) -> None:
    """Slack was told that it was not kept: it comes again, or is pressed again."""
    back = threading.Event()

    def opened_once_it_is_back() -> AbstractContextManager[CallbackUnit]:
        assert back.wait(5)
        return any_hall.database.open()

    kept = CallbackWriter(opened_once_it_is_back, "worker")
    one = Callback("x" * 64, "slack", "U1", "{}", any_hall.desk.now())
    with pytest.raises(NotStored):
        kept.keep(one, patience=0)
    back.set()
    assert kept.idle(5)
    with any_hall.database.engine.connect() as connection:
        assert connection.execute(callbacks.select()).all() == []
    assert kept.keep(one)
    assert kept.keep(one) is None
    kept.stop()


def test_fifty_that_come_at_once_are_kept_in_a_few_transactions(any_hall: TownHall) -> None:
    opened: list[int] = []

    @contextmanager
    def counted() -> Iterator[Any]:
        opened.append(1)
        with any_hall.database.open() as unit:
            yield unit

    kept, now = CallbackWriter(counted, "worker"), any_hall.desk.now()
    many = [Callback(f"{n:064d}", "slack", f"U{n}", "{}", now) for n in range(50)]
    with ThreadPoolExecutor(50) as hands:
        found = list(hands.map(kept.keep, many))
    assert all(found)
    assert len(opened) < 25
    with any_hall.database.open() as unit:
        assert unit.callbacks.claim(now, "another", "slack") is None, "claimed by who keeps it"
    kept.stop()


# -- what becomes of it later ---------------------------------------------------------------------


@pytest.fixture
def one(slack_town: SlackTown, acts: None) -> SlackTown:
    return slack_town


def late(town: SlackTown) -> None:
    town.clock.move(seconds=LEASE.total_seconds() + 1)
    finish(town.part)


def test_what_was_typed_is_kept_as_a_draft_when_it_cannot_be_saved(
    one: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the page that says to wait is open, its answer takes its place with all that was typed;
    once it is closed, whatever closing it keeps is kept, and they are told."""
    kept: list[Any] = []
    wrong = FieldErrors({"name": "お名前を確かめてください。"})
    monkeypatch.setitem(SUBMITTED, "own", lambda submission: wrong)
    monkeypatch.setitem(CLOSED, "own", lambda submission: kept.append(submission.typed))
    person = one.person("M21")
    opened(person)
    person.fill({"name": "残る"})
    with dying(one, nobody_begins):
        person.submit()
    late(one)
    assert "お名前を確かめてください。" in person.screen_text()
    assert person.view
    assert person.view.inputs == {"name": "残る"}
    assert kept == []
    with dying(one, nobody_begins):
        person.submit()
        one.slack.world.screens[person.id].clear()
    late(one)
    assert kept == [{"name": "残る"}]
    assert DRAFT in person.last_message()["text"]


def test_what_breaks_every_time_is_said_to_be_broken(
    one: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def breaks(press: Press) -> Answer:
        tried.append(press.here.event)
        raise RuntimeError

    person = one.person("M21")
    offer(one, "M21", "says")
    with dying(one, nobody_begins):
        person.press("says", in_="message")
    monkeypatch.setitem(PRESSED, "says", breaks)
    for _ in range(TRIES + 2):
        late(one)
    assert len(tried) == TRIES
    assert len(set(tried)) == 1
    assert [e["text"] for e in person.ephemerals()] == [one.part.door.say("slack.broken")]
    assert unended(one) == 0


def test_after_the_longest_stop_it_is_not_done_and_they_are_told(one: SlackTown) -> None:
    """One that somebody put back into the database is as old: what is sealed in it says so."""
    person = one.person("M21")
    offer(one, "M21", "says")
    with dying(one, nobody_begins):
        person.press("says", in_="message")
    one.clock.move(days=OLDEST.days, hours=1)
    with one.database.engine.begin() as connection:
        connection.execute(callbacks.update().values(received_at=one.clock.at))
    finish(one.part)
    assert one.numbers() == []
    assert TOO_OLD in "".join(said_to(person))
    assert unended(one) == 0


def test_what_slack_does_not_take_is_said_once_it_does(one: SlackTown) -> None:
    """A sentence of a press that nobody killed, too."""
    person = one.person("M21")
    offer(one, "M21", "says")
    one.slack.fail("chat.postEphemeral", status=429, retry_after=30, times=1)
    one.slack.fail("response_url", status=404, times=1)
    person.press("says", in_="message")
    assert (len(one.numbers()), person.ephemerals(), unended(one)) == (1, [], 1)
    finish(one.part)
    assert person.ephemerals() == []
    one.clock.move(seconds=AGAIN.total_seconds() + 1)
    one.slack.fail("chat.postEphemeral", status=429, retry_after=30, times=1)
    one.slack.fail("response_url", status=404, times=1)
    finish(one.part)
    assert (person.ephemerals(), unended(one)) == ([], 1)
    one.clock.move(seconds=AGAIN.total_seconds() + 1)
    finish(one.part)
    assert [e["text"] for e in person.ephemerals()] == ["つなぎました。"]
    assert unended(one) == 0


def test_a_word_that_is_a_day_old_is_not_said(one: SlackTown) -> None:
    person = one.person("M21")
    offer(one, "M21", "says")
    one.slack.fail("chat.postEphemeral", status=429, retry_after=30, times=1)
    one.slack.fail("response_url", status=404, times=1)
    person.press("says", in_="message")
    one.clock.move(hours=LATEST.total_seconds() / 3600 + 1)
    finish(one.part)
    assert (person.ephemerals(), unended(one)) == ([], 0)


# -- its row --------------------------------------------------------------------------------------


def test_nothing_of_a_press_stands_in_the_clear_and_nothing_is_left_of_it(
    one: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = one.person("M21")
    opened(person)
    person.fill({"name": "花丸 ひみこ"})
    with dying(one, nobody_begins):
        person.submit()
        with one.database.engine.connect() as connection:
            row = connection.execute(
                callbacks.select().where(callbacks.c.try_at.is_not(None))
            ).one()
    assert "花丸" not in str(row)
    assert len(row.content) < 20_000
    with one.database.open() as unit:
        kept = unit.callbacks.claim(one.clock.at + 2 * LEASE, "looks", "slack")
        assert kept
    assert json.loads(kept.content)["body"]["view"]["state"]
    late(one)
    assert set(rows(one)) == {("", True)}
    sweep = DoChore(Chore.EVENTS)
    one.clock.move(days=SLACK_REQUEST_LIFE.days + 1)
    one.desk.handle(sweep, Caller.CLOCK)
    assert rows(one) == []


def test_what_nobody_works_off_is_emptied_and_later_forgotten(one: SlackTown) -> None:
    """Slack was switched off: longer than a callback, because it was acknowledged."""
    person = one.person("M21")
    offer(one, "M21", "says")
    with dying(one, nobody_begins):
        person.press("says", in_="message")
    sweep = DoChore(Chore.EVENTS)
    one.clock.move(days=CALLBACK_LIFE.days + 1)
    one.desk.handle(sweep, Caller.CLOCK)
    assert unended(one) == 1
    one.clock.move(days=SLACK_REQUEST_LIFE.days)
    one.desk.handle(sweep, Caller.CLOCK)
    assert rows(one) in ([], [("", True)])


def test_disposal_of_a_case_takes_a_press_about_it(one: SlackTown) -> None:
    """The button's token is sealed: what it says is kept in the open inside the sealed row."""
    case_id = one.open_case("A14")
    person = one.person("M21")
    with dying(one, nobody_begins):
        one.press(person, "says", case_id)
    names = RecordNames("R8-0001", frozenset({case_id}))
    with one.database.open() as unit:
        assert unit.purge.mentions(names, one.clock.at, one.clock.at) >= 1
        unit.commit()
    assert rows(one) == [("", True)]
