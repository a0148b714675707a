"""Answers to dates a second, with every check and the audit trail, over the bare transaction.

The bound writes as many bytes in one INSERT and commits, by the same engine with the same
settings: what the disk and SQLAlchemy leave to any product.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, event, insert

from benchmarks.figures import A_SECOND, Figure, at_least
from benchmarks.places import Place, Places
from tests.support.people import ELDERLY
from workflows.meetings.answer import AnswerSlot

AIM = 0.5
SECONDS = 4.0
SLOTS = 6


def measure(places: Places, seconds: float = SECONDS) -> list[Figure]:
    return [one for name in places.names for one in _on(places, name, seconds)]


def _on(places: Places, name: str, seconds: float) -> Iterator[Figure]:
    with places.town(name) as place:
        hall = place.hall
        meeting_id = hall.convene(hall.open_case("A14"), days_ahead=range(20, 20 + SLOTS))
        slots = [slot.id for slot in hall.meeting(meeting_id).slots]

        def answer(number: int) -> None:
            symbol = ("yes", "no", "maybe")[number // len(slots) % 3]
            command = AnswerSlot(meeting_id, "A14", slots[number % len(slots)], symbol)
            assert hall.desk.handle(command, ELDERLY) == 1

        with written(hall.database.engine) as found:
            answer(0)
        letters = "x" * found[0]
        raw = _raw_table(place)

        def write(number: int) -> None:
            with hall.database.engine.begin() as connection:
                connection.execute(insert(raw).values(content=letters))

        done = [_a_second(write, seconds / 2), _a_second(answer, seconds)]
        bound = max(done[0], _a_second(write, seconds / 2))
        figure = Figure(f"answers ({found[0]:,} bytes each)", name, done[1], A_SECOND, bound)
        yield at_least(AIM, figure)


def _a_second(act: Any, seconds: float) -> float:
    began, number = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        number += 1
        act(number)
    return number / took


def _raw_table(place: Place) -> Table:
    table = Table(
        "bench_raw",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("content", Text, nullable=False),
    )
    table.create(place.hall.database.engine)
    return table


@contextmanager
def written(engine: Engine) -> Iterator[list[int]]:
    """How many bytes are given to the database to be written meanwhile."""
    found = [0]

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        if statement.lstrip().startswith(("INSERT", "UPDATE")):
            rows = given if isinstance(given, list) else [given]
            for row in rows:
                values = row.values() if isinstance(row, dict) else row
                found[0] += sum(len(str(value).encode()) for value in values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
