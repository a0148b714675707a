"""What working off the callbacks of a chat platform needs of a unit of work: their rows."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from workflows.core.ports import Callback


class Callbacks(Protocol):
    """storage/'s rows of what platforms told us; a claim is a lease."""

    def put(self, callback: Callback) -> bool: ...
    def put_claimed(self, given: Sequence[Callback], worker: str) -> frozenset[str]: ...
    def finish_all(self, given: Sequence[Callback], worker: str) -> None: ...
    def take_back(self, callback: Callback, worker: str) -> bool: ...
    def claim(self, now: datetime, worker: str, platform: str) -> Callback | None: ...
    def answered(self, callback: Callback, worker: str, content: str, now: datetime) -> bool: ...
    def later(
        self,
        callback: Callback,
        worker: str,
        try_at: datetime,
        error: str,
        *,
        content: str,
        counted: bool,
    ) -> bool: ...
    def over(self, callback: Callback, worker: str, error: str = "") -> bool: ...


class CallbackUnit(Protocol):
    """The part of a unit of work that callbacks need."""

    @property
    def callbacks(self) -> Callbacks: ...
    def commit(self) -> None: ...


class OpenCallbackUnit(Protocol):
    def __call__(self) -> AbstractContextManager[CallbackUnit]: ...
