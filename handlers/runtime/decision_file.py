"""The file in which decisions that a restore must not undo are kept elsewhere: a line each.

It lies beside the checkpoints of the audit trail, and lines are only ever added. Each is sealed;
in the clear stands the number of its row in the trail alone. The same lines go by mail.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from handlers.runtime.checkpoint_file import add_lines
from workflows.audit.decision_list import (
    GetDecisionListState,
    RecordDecisionListEnd,
    ReportDecisionListCut,
)
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.model.decision_line import DecisionListEnd, list_end_after
from workflows.restore.decisions import GetDecisions, MailDecisions

log = logging.getLogger(__name__)

SingleRunner = Callable[
    [], AbstractContextManager[bool]
]  # whether it is ours while the block lasts

NAME: Final = "tsunagu-decisions.jsonl"


def alone() -> AbstractContextManager[bool]:
    """On duty where there is one process."""
    return nullcontext(True)


def decisions_in(folder: Path | None) -> tuple[str, ...]:
    """The lines that are kept there; none without a folder or a file. Raises OSError."""
    path = folder / NAME if folder else None
    return read_lines(path) if path and path.exists() else ()


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of such a file, also of one that came by mail. Raises OSError."""
    text = path.read_bytes().decode("utf-8", "replace")
    return tuple(line for line in text.splitlines() if line.strip())


def is_cut(desk: Desk, folder: Path) -> bool:
    """Whether the list that lies there lacks lines that were written. Raises OSError."""
    return desk.ask(GetDecisionListState(decisions_in(folder)), Caller.CONSOLE).is_cut


class DecisionFileWriter:
    """Adds what was decided to the file at every tick, and mails it every night."""

    def __init__(
        self,
        desk: Desk,
        folder: Path | None,
        *,
        mails: bool = False,
        single_runner: SingleRunner = alone,
    ) -> None:
        self._on_duty = single_runner
        self._desk, self._folder, self._mails = desk, folder, mails
        self._end: DecisionListEnd | None = (
            None  # how far it goes; None: its file is to be looked at
        )
        self._begun = False

    def recheck_file(self) -> None:
        """Hold the file, at the next writing, against what was noted of it."""
        self._end = None

    def write(self) -> None:
        """Add the lines that the file lacks. Raises OSError where the folder cannot be reached;
        what is missing is added later. A list that was cut is told of, and written anew."""
        if self._folder is None:
            return
        if self._end is None or self._next(self._end):
            with self._on_duty() as is_mine:
                if is_mine:  # else another process is at it
                    self._end = self._written(self._folder)

    def _written(self, folder: Path) -> DecisionListEnd:
        """How far the list goes, once what it lacks is added."""
        end = self._checked_end(folder)  # the file may be another by now: nothing follows that
        while lines := self._next(end):
            add_lines(folder / NAME, lines)
            end, self._begun = list_end_after(lines[-1]), True
            self._desk.handle(RecordDecisionListEnd(end), Caller.CLOCK)
        return end

    def _checked_end(self, folder: Path) -> DecisionListEnd:
        state = self._desk.ask(GetDecisionListState(decisions_in(folder)), Caller.CLOCK)
        if state.is_cut:
            log.error("decision_list_cut")
            self._desk.handle(ReportDecisionListCut(), Caller.CLOCK)
        self._begun = state.begun
        return state.end

    def _next(self, end: DecisionListEnd) -> tuple[str, ...]:
        after = end.seq if self._begun else 0
        return self._desk.ask(GetDecisions(after, end, first=not self._begun), Caller.CLOCK)

    def mail(self) -> None:
        """Mail the list to the administrators, where a mail server is set and there is news."""
        if self._mails:
            self._desk.handle(MailDecisions(), Caller.CLOCK)
