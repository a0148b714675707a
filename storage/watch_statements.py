"""Tells somebody of each SQL statement and the time that it took: for the fictional town alone."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event


def watch_statements(engine: Engine, note: Callable[[str, float], None]) -> None:
    """Call `note` with every statement of this engine, without its values, and its seconds."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        note(statement, time.perf_counter() - connection.info["began"])
