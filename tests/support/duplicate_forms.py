"""The same form sent again: at once on two replicas, afterwards, and with something else in it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from storage import tables
from tests.support.page_forms import Fields, PageForm, read_page
from tests.support.town import TownHall
from tests.support.web import Seat, TownSeat
from workflows.desk import Desk

SAID_AGAIN = "もう受け付けています"
OTHERWISE = "いまの内容も、別に送る"
_COUNTED = (
    "cases", "meetings", "agencies", "members", "person_requests", "accounts", "passkeys",
    "disposals", "answer_links", "drafts", "outbox", "sign_ins", "posts",
)  # fmt: skip


@dataclass
class Deed:
    """A form as somebody sends it: on which page it stands, where it goes, what they fill in.

    `where` tells it from other forms that go to the same address; `wrong` is filled in first and
    is not carried out: a mistake, a preview, a question.
    """

    seat: Seat
    page: str
    action: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Any] | None = None

    def form(self) -> PageForm:
        return form_of(self.seat.text(self.page), self.address, self.where)

    @property
    def address(self) -> str:
        return self.action or self.page.partition("?")[0]


def form_of(html: str, action: str, where: Mapping[str, str] = {}) -> PageForm:
    """The form of a page that goes to this address. Raises AssertionError when there is none."""
    for form in read_page(html)[0]:
        has = all(value in form.fields.get(name, ()) for name, value in where.items())
        if form.action.partition("?")[0] == action and has:
            return form
    raise AssertionError(f"no form to {action} with {where}")


def filled_in(form: PageForm, typed: Mapping[str, Any]) -> Fields:
    more = {k: [v] if isinstance(v, str) else [*v] for k, v in typed.items()}
    return {**form.fields, **more}


class Carried:
    """What the desk carried out meanwhile, by the name of the command; two that bear one form's
    token begin at the same moment, while `at_once`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.by_token: list[str] = []  # those that spent a form's token
        self.barrier: threading.Barrier | None = None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        self.barrier = threading.Barrier(2)
        yield
        self.barrier = None


@contextmanager
def watched(patch: pytest.MonkeyPatch) -> Iterator[Carried]:
    carried, real = Carried(), Desk.handle

    def handle(self: Desk, command: Any, *args: Any, once: Any = None, **more: Any) -> Any:
        if once and carried.barrier:
            # Broken where the other one was answered before it came to the desk.
            with suppress(threading.BrokenBarrierError):
                carried.barrier.wait(2)
        done = real(self, command, *args, once=once, **more)
        carried.names.append(type(command).__name__)
        if once:
            carried.by_token.append(type(command).__name__)
        return done

    with patch.context() as here:
        here.setattr(Desk, "handle", handle)
        yield carried


def another_seat(seat: Seat, app: Flask) -> Seat:
    """The same browser, whose next request comes to another replica."""
    other = TownSeat(app) if isinstance(seat, TownSeat) else Seat(app)
    other.client._cookies = dict(seat.client._cookies or {})
    return other


def rows(hall: TownHall) -> dict[str, int]:
    """How many rows there are of all that a deed makes; of the trail without looks."""
    trail = tables.trail
    with hall.database.engine.connect() as connection:
        found = {
            name: connection.execute(
                select(func.count()).select_from(tables.metadata.tables[name])
            ).scalar_one()
            for name in _COUNTED
        }
        deeds = select(func.count()).where(~trail.c.kind.like("read.%"))
        return {**found, "trail": connection.execute(deeds).scalar_one()}


def both_at_once(ways: Sequence[Callable[[], TestResponse]]) -> list[TestResponse]:
    with ThreadPoolExecutor(len(ways)) as hands:
        return list(hands.map(lambda way: way(), ways))
