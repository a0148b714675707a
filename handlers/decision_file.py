"""The file in which decisions that a restore must not undo are kept elsewhere: a line each.

It lies beside the checkpoints of the audit trail, and lines are only ever added. Each is sealed;
in the clear stands the number of its row in the trail alone. The same lines go by mail.
"""

from pathlib import Path
from typing import Final

from handlers.checkpoint_file import add_lines
from workflows.decisions import GetDecisions, MailDecisions
from workflows.desk import Desk
from workflows.kept_decisions import row_of_line
from workflows.permissions import Caller

NAME: Final = "tsunagu-decisions.jsonl"


def decisions_in(folder: Path | None) -> tuple[str, ...]:
    """The lines that are kept there; none without a folder or a file. Raises OSError."""
    path = folder / NAME if folder else None
    return read_lines(path) if path and path.exists() else ()


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of such a file, also of one that came by mail. Raises OSError."""
    text = path.read_bytes().decode("utf-8", "replace")
    return tuple(line for line in text.splitlines() if line.strip())


class DecisionList:
    """Adds what was decided to the file at every tick, and mails it every night."""

    def __init__(self, desk: Desk, folder: Path | None, *, mails: bool = False) -> None:
        self._desk, self._folder, self._mails = desk, folder, mails
        self._last: int | None = None  # the newest row that stands there

    def write(self) -> None:
        """Add the lines that the file lacks. Raises OSError where the folder cannot be reached;
        what is missing is added later."""
        if self._folder is None:
            return
        if self._last is None:
            self._last = max(map(_seq, decisions_in(self._folder)), default=0)
        while lines := self._desk.ask(GetDecisions(self._last), Caller.CLOCK):
            add_lines(self._folder / NAME, lines)
            self._last = max(map(_seq, lines))

    def mail(self) -> None:
        """Mail the list to the administrators, where a mail server is set and there is news."""
        if self._mails:
            self._desk.handle(MailDecisions(), Caller.CLOCK)


def _seq(line: str) -> int:
    return row_of_line(line) or 0  # 0: a line that was broken off
