"""Taken in, and then the database takes nothing: done once it does, in its order, and whoever did
it is told once that it waits. The same in Slack and in LINE WORKS."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from handlers.chat import callback_writer as kept_callbacks
from handlers.chat.callback_writer import CallbackWriter
from handlers.chat.deferred_callbacks import AGAIN, OLDEST, SLOWEST
from handlers.lineworks.answering import EventAnswers as LineworksAnswers
from handlers.slack import door
from handlers.slack.door import (
    OPENING,
    PRESSED,
    SUBMITTED,
    Answer,
    Modal,
    Press,
    PrivateSentence,
    Submission,
)
from handlers.slack.requests import modal_calls as showing
from handlers.slack.requests import runner
from handlers.slack.ui.blocks import button, buttons
from storage.callbacks import LEASE, CallbackStore
from tests.handlers.test_lineworks_callback import menu_event
from tests.handlers.test_lineworks_callback import said_to as said_in_lineworks
from tests.handlers.test_slack_app import form, offer
from tests.handlers.test_slack_killed import finish, said_to, unended
from tests.lineworks.callbacks import written
from tests.lineworks.product import LineworksTown
from tests.slack.product import SlackTown
from tests.support.town import TownHall
from workflows.core.ports import Callback, CannotStore
from workflows.meetings.answer import AnswerSlot
from workflows.meetings.attend import ConfirmAttendance

WAITS, WHY = "受け付けましたが", "page.trouble.database_down"


class Away:
    """The database takes nothing so many times."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        if self.times:
            self.times -= 1
            raise CannotStore("database_down")


@pytest.fixture
def away() -> Away:
    return Away()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch, away: Away) -> list[str]:
    """What was done, in its order, by buttons, modals and for whoever is not registered yet."""
    found: list[str] = []

    def does(name: str) -> Callable[[Any], Answer]:
        def act(_: Press | Submission) -> Answer:
            away()
            found.append(name)
            return None if name == "silent" else PrivateSentence(f"{name}を行いました。")

        return act

    monkeypatch.setattr(showing, "MOMENTS", (0, 0))
    monkeypatch.setattr(runner, "AFTER_ACK", 0)
    for name in ("first", "second", "silent"):
        monkeypatch.setitem(PRESSED, name, does(name))
    monkeypatch.setitem(SUBMITTED, "own", does("modal"))
    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setattr(runner, "OPENING", OPENING | {"menu", "ask"})
    monkeypatch.setattr(
        "handlers.slack.requests.request_recovery.OPENING", OPENING | {"menu", "ask"}
    )
    anybody = does("asked")
    monkeypatch.setitem(door.FOR_ANYBODY, "ask", lambda _, user: anybody(user))
    return found


def later(town: SlackTown, seconds: float = AGAIN.total_seconds()) -> None:
    town.clock.move(seconds=seconds + 1)
    finish(town.part)


def test_a_press_that_cannot_be_stored_is_done_once_it_can(
    slack_town: SlackTown, done: list[str], away: Away
) -> None:
    """A button, one that says nothing, and the request of somebody who is not registered: nobody
    reads that it was not stored and nobody presses again."""
    person, why = slack_town.person("M21"), slack_town.part.door.say(WHY)
    for verb, told in (("first", "firstを"), ("silent", "済んでいます"), ("ask", "askedを")):
        offer(slack_town, "M21", verb)
        before, said = len(done), said_to(person)
        away.times = 4
        person.press(verb, in_="message")
        assert person.reply.status == 200
        slack_town.settle()
        for _ in range(3):
            [waits] = (said_to(person) - said).elements()
            assert WAITS in waits
            assert (len(done) - before, unended(slack_town)) == (0, 1)
            later(slack_town, SLOWEST.total_seconds())
        assert len(done) == before
        later(slack_town, SLOWEST.total_seconds())
        assert len(done) == before + 1
        assert unended(slack_town) == 0
        assert told in "".join(said_to(person) - said)
    assert why not in "".join(said_to(person))


def test_a_modal_that_waits_says_so_until_it_is_done(
    slack_town: SlackTown, done: list[str], away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acknowledged by a page that says to wait. While Slack still waits for its answer nothing was
    kept: everything stays on the screen with the reason, as it does beside any other error."""
    person = slack_town.person("M21")
    person.command("/tsunagu")
    person.fill({"name": "残る"})
    away.times = 1
    person.submit()
    assert slack_town.part.door.say(WHY) in person.errors["name"]
    monkeypatch.setattr(runner, "IN_TIME", 0.0)
    real, handed_in, is_told = SUBMITTED["own"], showing.ModalCalls.handed_in, threading.Event()

    def told(self: showing.ModalCalls, view_id: str) -> None:
        handed_in(self, view_id)
        is_told.set()

    def after_it_was_told(submission: Submission) -> Answer:
        assert is_told.wait(20)
        return real(submission)

    monkeypatch.setattr(showing.ModalCalls, "handed_in", told)
    monkeypatch.setitem(SUBMITTED, "own", after_it_was_told)
    away.times = 2
    person.submit()
    slack_town.settle()
    assert WAITS in person.screen_text()
    later(slack_town)
    assert WAITS in person.screen_text()
    assert done == []
    later(slack_town, SLOWEST.total_seconds())
    assert "modalを行いました" in person.screen_text()
    assert (done, unended(slack_town)) == (["modal"], 0)
    assert WAITS not in "".join(said_to(person)), "it stood where they looked"


def test_what_opens_or_redraws_is_not_tried_again(
    slack_town: SlackTown, done: list[str], away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was done by it and nothing is lost: it says why, and everything stays in a modal."""

    def opens(_: Press) -> Answer:
        away()
        return form("own", "name")

    monkeypatch.setitem(PRESSED, "menu", opens)
    person, why = slack_town.person("M21"), slack_town.part.door.say(WHY)
    away.times = 1
    person.command("/tsunagu")
    slack_town.settle()
    assert why in "".join(said_to(person))
    assert unended(slack_town) == 0
    token = slack_town.part.door.token("first", "R8-0001")
    shown = Modal(
        "選ぶ", (*form().blocks, buttons([button("first", "first.0", token)])), "own", "送る"
    )
    monkeypatch.setitem(PRESSED, "menu", lambda press: shown)
    person.command("/tsunagu")
    person.fill({"name": "残る"})
    away.times = 1
    person.press("first")
    slack_town.settle()
    assert why in person.screen_text()
    assert person.view
    assert person.view.inputs == {"name": "残る"}
    later(slack_town, SLOWEST.total_seconds())
    assert (done, unended(slack_town)) == ([], 0)


def test_what_waits_does_not_come_upon_what_the_same_person_answered_since(
    slack_town: SlackTown, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two presses on one date the one pressed last counts, whichever is done last."""
    case_id = slack_town.open_case("A14")
    meeting_id = slack_town.convene(case_id, required=("A13",))
    slot = slack_town.meeting(meeting_id).slots[0].id
    person, real = slack_town.person("M21"), PRESSED["answer_slot"]

    def answers(press: Press) -> Answer:
        away()
        return real(press)

    monkeypatch.setitem(PRESSED, "answer_slot", answers)
    for presses in (((1, "yes"), (0, "no")), ((1, "yes"), (1, "maybe"))):
        for times, symbol in presses:
            away.times = times
            slack_town.press(person, "answer_slot", meeting_id, f"{slot[:8]}.{symbol}")
            slack_town.settle()
            slack_town.clock.move(seconds=1)
        later(slack_town, SLOWEST.total_seconds())
        assert str(slack_town.meeting(meeting_id).answers["A13"][slot].symbol) == presses[-1][1]
        assert unended(slack_town) == 0


@pytest.mark.parametrize("way", ["press", "modal"])
def test_what_waits_does_not_come_upon_what_was_said_since_by_another_way(
    slack_town: SlackTown, away: Away, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Whoever waits answers on the pages meanwhile, or a colleague does: that counts, date by date;
    and so of who comes."""
    town = slack_town
    meeting_id = town.convene(town.open_case("A14"), required=("A13",))
    first, second = (slot.id for slot in town.meeting(meeting_id).slots)
    person = town.person("M21")

    def waits(by: dict[str, Any], verb: str) -> None:
        real = by[verb]

        def answers(said: Any) -> Answer:
            away()
            answer: Answer = real(said)
            return answer

        monkeypatch.setitem(by, verb, answers)
        away.times = 1

    def answered() -> list[str]:
        given = town.meeting(meeting_id).answers["A13"]
        return [str(given[slot].symbol) for slot in (first, second) if slot in given]

    if way == "press":
        waits(PRESSED, "answer_slot")
        town.press(person, "answer_slot", meeting_id, f"{first[:8]}.yes")
    else:
        town.press(person, "answer_dates", meeting_id)
        person.fill({f"answer.{slot}": "yes" for slot in (first, second)})
        monkeypatch.setattr(runner, "IN_TIME", 0.0)
        waits(SUBMITTED, "answer_dates")
        person.submit()
    town.settle()
    town.clock.move(seconds=5)
    town.desk.handle(AnswerSlot(meeting_id, "A13", first, "no"), "M21")
    later(town, SLOWEST.total_seconds())
    assert answered() == (["no"] if way == "press" else ["no", "yes"])
    assert unended(town) == 0
    if way == "press":
        town.fix(meeting_id, slot=1)
        waits(PRESSED, "attend_as")
        date = town.meeting(meeting_id).fixed_slot
        assert date
        town.press(person, "attend_as", meeting_id, f"yes.{date.id[:8]}")
        town.settle()
        town.clock.move(seconds=5)
        town.desk.handle(ConfirmAttendance(meeting_id, "A13", comes=False), "M21")
        later(town, SLOWEST.total_seconds())
        word = town.meeting(meeting_id).invite("A13")
        assert word
        assert word.attendance
        assert not word.attendance.comes
        assert unended(town) == 0


def test_in_lineworks_too_what_waits_does_not_come_upon_what_was_said_since(
    lineworks_town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, away, do = lineworks_town, Away(), LineworksAnswers.of

    def of(answers: LineworksAnswers, *event: Any) -> Any:
        away()
        return do(answers, *event)

    monkeypatch.setattr(LineworksAnswers, "of", of)
    meeting_id = town.convene(town.open_case("A14"), required=("A13",))
    slot = town.meeting(meeting_id).slots[0].id
    away.times = 1
    town.press(town.person("M21"), "answer_slot", meeting_id, f"{slot[:8]}.yes")
    town.settle()
    town.clock.move(seconds=5)
    town.desk.handle(AnswerSlot(meeting_id, "A13", slot, "no"), "M21")
    town.clock.move(seconds=SLOWEST.total_seconds() + 1)
    while town.part.runner.step():
        pass
    assert str(town.meeting(meeting_id).answers["A13"][slot].symbol) == "no"


def test_what_waited_for_too_long_is_not_done_and_they_are_told(
    slack_town: SlackTown, done: list[str], away: Away
) -> None:
    person = slack_town.person("M21")
    offer(slack_town, "M21", "first")
    away.times = 1
    person.press("first", in_="message")
    slack_town.settle()
    later(slack_town, OLDEST.total_seconds())
    assert slack_town.part.door.say("put_off.too_old") in said_to(person)
    assert (done, unended(slack_town)) == ([], 0)


def test_lineworks_says_that_it_waits_and_does_it(
    lineworks_town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it fails as it is done, or before anybody could begin with it."""
    town, away, do = lineworks_town, Away(), LineworksAnswers.of

    def of(answers: LineworksAnswers, *event: Any) -> Any:
        away()
        return do(answers, *event)

    monkeypatch.setattr(LineworksAnswers, "of", of)
    away.times = 2
    assert town.endpoint.send(written(menu_event(town))).status == 200
    town.settle()
    waits = town.part.door.say("put_off.waits")
    assert WAITS in waits
    for _ in range(2):
        assert said_in_lineworks(town) == [waits]
        town.clock.move(seconds=SLOWEST.total_seconds() + 1)
        while town.part.runner.step():
            pass
    assert len(said_in_lineworks(town)) == 2, "and what it asked for"

    claim = "storage.callbacks.CallbackStore.claim"
    with monkeypatch.context() as patched:
        patched.setattr(claim, lambda *_: (_ for _ in ()).throw(CannotStore("disk_full")))
        assert town.endpoint.send(written(menu_event(town))).status == 200
        town.settle()
    assert said_in_lineworks(town)[2:] == [waits]
    while town.part.runner.step():
        pass
    assert len(said_in_lineworks(town)) == 4
    assert said_in_lineworks(town).count(waits) == 2


def test_what_was_said_is_not_said_again_because_that_cannot_be_stored(
    lineworks_town: LineworksTown,
    slack_town: SlackTown,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database takes nothing between the word and the note that it was said."""
    away, over = Away(), CallbackStore.over

    def takes(*args: Any, **more: Any) -> Any:
        away()
        return over(*args, **more)

    monkeypatch.setattr(CallbackStore, "over", takes)
    town = lineworks_town
    away.times = 1
    assert town.endpoint.send(written(menu_event(town))).status == 200
    town.settle()
    assert len(said_in_lineworks(town)) >= 1
    before = said_in_lineworks(town)
    town.clock.move(seconds=LEASE.total_seconds() + 1)
    while town.part.runner.step():
        pass
    assert said_in_lineworks(town) == before

    person = slack_town.person("M21")
    offer(slack_town, "M21", "first")
    slack_town.slack.fail("chat.postEphemeral", status=429, retry_after=30, times=1)
    slack_town.slack.fail("response_url", status=404, times=1)
    person.press("first", in_="message")
    slack_town.settle()
    away.times = 1
    slack_town.clock.move(seconds=AGAIN.total_seconds() + 1)
    with pytest.raises(CannotStore):
        finish(slack_town.part)
    later(slack_town, LEASE.total_seconds())
    assert [e["text"] for e in person.ephemerals()] == ["firstを行いました。"]
    assert unended(slack_town) == 0


def test_a_row_that_was_put_off_is_due_then_and_no_try_counts(
    any_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written once the database takes it, however long that is after it was said."""
    monkeypatch.setattr(kept_callbacks, "REST", 0.02)
    now = any_hall.desk.now()
    opens = iter([True, False, False])

    @contextmanager
    def open_unit() -> Iterator[Any]:
        if not next(opens, True):
            raise CannotStore("disk_full")
        with any_hall.database.open() as unit:
            yield unit

    kept = CallbackWriter(open_unit, "one")
    one = kept.keep(Callback("a" * 64, "slack", "U1", "{}", now))
    assert one
    kept.put_off(one, now + AGAIN, "why")
    assert kept.idle(10)
    kept.stop()
    with any_hall.database.open() as unit:
        assert unit.callbacks.claim(now, "late", "slack") is None
        again = unit.callbacks.claim(now + AGAIN, "late", "slack")
        assert again
        assert (again.content, again.attempt, again.error) == ("{}", 1, "why")
