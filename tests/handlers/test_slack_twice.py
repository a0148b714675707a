"""The same thing told twice at the same moment, to two threads or to two processes: done once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from handlers.chat.callback_writer import CallbackWriter
from handlers.slack.door import (
    OPENING,
    PRESSED,
    SUBMITTED,
    Answer,
    Press,
    PrivateSentence,
    Submission,
)
from handlers.slack.runtime import SlackRuntime
from tests.handlers.test_slack_app import form, offer
from tests.slack.endpoints import Endpoint, Reply
from tests.slack.limits import Json
from tests.slack.person import Person
from tests.slack.product import CHANNEL, SlackTown, another_process, slack_product
from tests.support.hands import ask_for, sheet
from tests.support.town import TownHall
from workflows.cases.open_case import OpenCase
from workflows.desk import Desk

MET: tuple[type[Any], ...] = (OpenCase,)


@dataclass
class Both:
    """Every request of Slack's comes at both ways in, at the same moment."""

    first: Endpoint
    second: Endpoint
    part: SlackRuntime  # behind the second
    replies: list[Reply] = field(default_factory=list)

    def interaction(self, payload: Json) -> Reply:
        return self._twice(lambda way: way.interaction(payload))

    def command(self, form: dict[str, str]) -> Reply:
        return self._twice(lambda way: way.command(form))

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        return self._twice(lambda way: way.event(envelope, retry))

    def _twice(self, send: Callable[[Endpoint], Reply]) -> Reply:
        with ThreadPoolExecutor(2) as hands:
            self.replies = list(hands.map(send, (self.first, self.second)))
        return self.replies[0]


@pytest.fixture(params=["two threads", "two processes"])
def town(request: pytest.FixtureRequest, any_hall: TownHall) -> Iterator[SlackTown]:
    with ExitStack() as stack:
        made = stack.enter_context(slack_product(any_hall))
        second: tuple[Endpoint, SlackRuntime] = (made.endpoint, made.part)
        if request.param == "two processes":
            second = stack.enter_context(another_process(made))
        made.endpoint = Both(made.endpoint, *second)
        yield made


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Both are where it is kept with the same thing before either of them goes on; what is not kept
    before it is done, at the desk. Who was there."""
    barrier, handle, keep = threading.Barrier(2), Desk.handle, CallbackWriter.keep
    met: list[str] = []

    def handled(self: Desk, command: Any, *args: Any, **more: Any) -> Any:
        if isinstance(command, OpenCase) and "desk" in places:
            barrier.wait(10)
            met.append("desk")
        return handle(self, command, *args, **more)

    def kept(self: CallbackWriter, *args: Any, **more: Any) -> Any:
        if "row" in places:
            barrier.wait(10)
            met.append("row")
        return keep(self, *args, **more)

    monkeypatch.setattr(Desk, "handle", handled)
    monkeypatch.setattr(CallbackWriter, "keep", kept)
    return met


# Where both have to meet.
places: set[str] = set()


def opens_a_case(here: Press | Submission) -> Answer:
    here.here.handle(OpenCase(sheet(), (ask_for("A14"),), None))
    return PrivateSentence("つなぎました。")


def test_whatever_comes_twice_at_once_has_one_effect(
    town: SlackTown, meeting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press, a modal handed in and a mention; both repeats are acknowledged."""
    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setattr("handlers.slack.requests.runner.OPENING", OPENING | {"menu"})
    monkeypatch.setitem(PRESSED, "own", opens_a_case)
    monkeypatch.setitem(SUBMITTED, "own", opens_a_case)
    person, both = town.person("M21"), town.endpoint
    assert isinstance(both, Both)

    offer(town, "M21", "own")
    with both_at("row"):
        person.press("own", in_="message")
    settle(town)
    assert meeting == ["row"] * 2
    assert [reply.status for reply in both.replies] == [200, 200]
    assert len(town.numbers()) == 1

    both_ways, person.endpoint = person.endpoint, both.first
    person.command("/tsunagu")
    person.endpoint = both_ways
    with both_at("desk"):
        person.submit()
    settle(town)
    assert meeting == ["row"] * 2 + ["desk"] * 2
    assert [reply.status for reply in both.replies] == [200, 200]
    assert len(town.numbers()) == 2

    before = len(said_by_us(town, person))
    with both_at("row"):
        person.mention(CHANNEL, "何が待っていますか。")
    settle(town)
    assert meeting[4:] == ["row"] * 2
    assert len(said_by_us(town, person)) == before + 1


@contextmanager
def both_at(place: str) -> Iterator[None]:
    places.add(place)
    try:
        yield
    finally:
        places.clear()


def said_by_us(town: SlackTown, person: Person) -> list[Json]:
    there = [m for m in town.slack.messages(CHANNEL) if m["user"] != person.id]
    return there + person.ephemerals() + person.messages()


def settle(town: SlackTown) -> None:
    """Wait until what both of them began is done."""
    assert isinstance(town.endpoint, Both)
    town.settle()
    assert town.endpoint.part.runner.idle()
