"""Lines of the list of decisions that is kept outside the database: sealed, each with its row.

Each line carries a keyed link over the line before it and itself, so that none is changed, taken
out or put back unseen; the first line of a list says that it is. How far the folder's list goes is
noted in the head of the trail and in checkpoints; one that goes by mail has an ending of its own.
"""

import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from storage.documents import from_text, to_text
from storage.vault import Vault
from workflows.core.ports import FAULTS
from workflows.model.decision_line import NO_LINE, DecisionListEnd, ListedDecision, row_of_line


@dataclass(frozen=True)
class _Line:
    """A line whose link holds. `last` is of an ending: `n` lines, until row `seq`."""

    n: int
    seq: int
    before: str
    link: str
    first: bool
    mailed: bool
    last: bool = False


class DecisionSeals:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(
        self,
        decision: ListedDecision,
        before: DecisionListEnd,
        *,
        first: bool,
        mailed: bool = False,
    ) -> str:
        """The line that follows where a list ends; `first` where one is begun, also anew."""
        sealed = self._vault.seal(to_text(decision), f"decisions:{decision.seq}")
        line: dict[str, Any] = {
            "seq": decision.seq,
            "n": before.count + 1,
            "first": first,
            "mailed": mailed,
            "before": before.link,
            "sealed": sealed,
        }
        return json.dumps({**line, "link": self._link(line)})

    def ending(self, end: DecisionListEnd) -> str:
        """The last line of a list that goes by mail: nothing more belongs to it."""
        line: dict[str, Any] = {"ending": end.count, "until": end.seq, "before": end.link}
        return json.dumps({**line, "link": self._link(line)})

    def is_complete(self, lines: Iterable[str], expected: Collection[DecisionListEnd] = ()) -> bool:
        """Whether no line is missing from these lists, and they go as far as each of `expected`.

        A list that came by mail stands for all that was decided until its end.
        """
        held = list(self._valid_lines(lines))
        folder, untils, gaps = _folder(held), *_mailed(held)
        top = max(folder, default=0)
        start = _start(folder, top)
        if top and not start:
            gaps.append(folder[top].seq)
        reaches = [*untils, *([folder[top].seq] if start else [])]
        if any(gap > max(reaches, default=0) for gap in gaps) or (gaps and not reaches):
            return False
        for end in expected:
            same = end.count < start or (end.count in folder and folder[end.count].link == end.link)
            in_folder = bool(start) and top >= end.count and same
            if not in_folder and end.seq > max(untils, default=0):
                return False
        return True

    def list_end_in(self, lines: Iterable[str]) -> DecisionListEnd:
        """How far the folder's list goes in these lines."""
        folder = _folder(list(self._valid_lines(lines)))
        top = folder[max(folder)] if folder else None
        return DecisionListEnd(top.n, top.seq, top.link) if top else DecisionListEnd()

    def precedence_of(self, line: str) -> tuple[int, int]:
        """Of two lines of one row the one with the higher rank counts: a mailed one before the
        folder's, the later one before the earlier one; last, one that is none of ours."""
        held = self._line(line)
        if held is None:
            return (0, 0)
        return (2, 0) if held.mailed else (1, held.n)

    def row_of(self, line: str) -> int | None:
        """The row of the trail that stands in the clear; None when the line is none of ours."""
        return row_of_line(line)

    def is_mail_terminator(self, line: str) -> bool:
        held = self._line(line)
        return held is not None and held.last

    def open(self, line: str) -> ListedDecision | None:
        try:
            found = json.loads(line)
            if self._line(line) is None:
                return None
            text = self._vault.open(found["sealed"], f"decisions:{int(found['seq'])}")
            return from_text(text, ListedDecision)
        except (*FAULTS, *NO_LINE):
            return None

    def _valid_lines(self, lines: Iterable[str]) -> Iterator[_Line]:
        return (held for line in lines if (held := self._line(line)))

    def _line(self, line: str) -> _Line | None:
        """None of one whose link is not ours."""
        try:
            found = json.loads(line)
            link = str(found.pop("link"))
            if not hmac.compare_digest(link.encode(), self._link(found).encode()):
                return None
        except (*NO_LINE, KeyError, AttributeError, UnicodeEncodeError):
            return None
        if "ending" in found:
            end = (found["ending"], found["until"], found["before"])
            return _Line(*end, link, first=False, mailed=True, last=True)
        place = (found["n"], found["seq"], found["before"])
        return _Line(*place, link, first=found["first"], mailed=found["mailed"])

    def _link(self, line: dict[str, Any]) -> str:
        text = json.dumps(["list-1", sorted(line.items())])
        return hmac.new(self._vault.head_key, text.encode(), sha256).hexdigest()


def _folder(held: Sequence[_Line]) -> dict[int, _Line]:
    """The lines of the folder's list by their number; of two with one the first stays."""
    found: dict[int, _Line] = {}
    for line in held:
        if not line.mailed:
            found.setdefault(line.n, line)
    return found


def _start(folder: dict[int, _Line], top: int) -> int:
    """The number with which the list that goes to `top` begins; 0 where lines are missing."""
    n = top
    while n in folder and not folder[n].first:
        before = folder.get(n - 1)
        if before is None or before.link != folder[n].before:
            return 0
        n -= 1
    return n if n in folder else 0


def _mailed(held: Sequence[_Line]) -> tuple[list[int], list[int]]:
    """Up to which rows whole lists came by mail; and of those that are not whole the last row."""
    untils: list[int] = []
    gaps: list[int] = []
    last: _Line | None = None
    for line in (one for one in held if one.mailed):
        if last is not None and (line.first or line.before != last.link):
            gaps.append(last.seq)
            last = None
        if line.last:
            (untils if last or line.n == 0 else gaps).append(line.seq)
            last = None
        elif line.first or last is not None:
            last = line
        else:
            gaps.append(line.seq)
    if last is not None:
        gaps.append(last.seq)
    return untils, gaps
