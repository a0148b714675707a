"""The audit trail as a chain: how far it was followed, where it is broken, what was signed of it.

Each row carries a keyed hash of the row before it and of itself, so whoever changes, removes or
moves one breaks every later link. A checkpoint is a signed note of one row's hash; kept
elsewhere, it also shows a chain that was written anew by somebody who has the keys. Each checkpoint
signs the one before as well, so that none is taken away from among them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from workflows.japanese.dates import TOKYO

GENESIS = "0" * 64  # what the first row follows
VERSION = 1  # of a checkpoint that is signed now
_TEXTS = ("at", "hash", "signature", "previous", "decisions")  # of a checkpoint's line


class Fault(StrEnum):
    """What can be wrong with the chain at one place."""

    CHANGED = "changed"  # the row does not say any more what was written
    UNREADABLE = "unreadable"  # what is sealed in it does not open, or was sealed for another row
    REMOVED = "removed"  # rows are missing before it
    MOVED = "moved"  # another row stands in its place
    INSERTED = "inserted"  # a row that was never written by the bot
    CUT = "cut"  # rows are missing at the end
    HEAD = "head"  # the note of the last row does not fit the last row
    NO_HEAD = "no_head"  # the note of the last row is gone
    HEAD_FORGED = "forged"  # the note of the last row fits it, and the bot did not write it
    SIGNATURE = "signature"  # a checkpoint that this bot did not sign
    ROWS = "rows"  # rows outside the trail are not as the bot wrote them
    CONTRADICTED = "contradicted"  # a checkpoint of ours that says otherwise
    CHECKPOINT_MISSING = "checkpoint"  # a checkpoint that was signed is not there any more
    DECISION_LIST_CUT = (
        "decisions"  # the list of decisions outside the database was cut or set back
    )


@dataclass(frozen=True)
class ChainFault:
    """The first fault of the chain.

    `seq` is the row at which it shows; `at` and `kind` are what that row says now (None and ""
    when it cannot be told). Of REMOVED and CUT, `seq` is the first row that is missing, `other`
    the last, and `at` is of the row before. Of MOVED, `other` is where the row stood. Of
    CHECKPOINT_MISSING, `seq` is the row of the last checkpoint before the one missing (0: none).
    """

    fault: Fault
    seq: int
    at: datetime | None = None
    kind: str = ""
    other: int = 0

    def told(self) -> dict[str, object]:
        """What the sentence `audit.fault.<fault>` is filled with."""
        return {"row": self.seq, "at": self.at, "kind": self.kind, "other": self.other}


@dataclass(frozen=True)
class RowFault:
    """A row that is not as the bot wrote it; without a key, the table as a whole: a row of it is
    gone, or an older one was put back."""

    table: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.table}:{self.key}" if self.key else self.table


def broken_rows(faults: Sequence[RowFault]) -> ChainFault | None:
    """What was found in rows, as a fault of a check: `seq` is how many, `kind` names the first."""
    return ChainFault(Fault.ROWS, len(faults), kind=faults[0].name) if faults else None


@dataclass(frozen=True)
class ChainProgress:
    """How far the chain was followed: up to the row `seq` with the hash `hash`.

    `compared_until` is the row of the newest checkpoint from outside the database that fits; 0
    where it was compared with none. Without one nobody knows whether a whole database was put back.
    """

    seq: int = 0
    hash: str = GENESIS
    done: bool = False
    broken: ChainFault | None = None
    compared_until: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """A signed note of what the hash (64 hex digits) of row `seq` was.

    `at` is a UTC text of fixed width, as it was signed; `signature` is base64 (Ed25519).
    `previous` is the digest of the checkpoint before (zeros: it is the first), and `decisions` how
    far the list of decisions went that is kept outside the database ("": none).
    """

    seq: int
    at: str
    hash: str
    signature: str
    version: int = VERSION
    previous: str = GENESIS
    decisions: str = ""

    @property
    def signed_at(self) -> datetime:
        return datetime.fromisoformat(self.at).astimezone(TOKYO)

    def line(self) -> str:
        """The line of a kept file: JSON, without a line end."""
        first = ("version", "seq")
        return json.dumps({name: getattr(self, name) for name in (*first, *_TEXTS)})

    def signed_text(self) -> bytes:
        """What the signature is over: six lines that anybody can write again."""
        named = f"tsunagu-checkpoint-{self.version}"
        parts = (named, self.seq, self.at, self.hash, self.previous, self.decisions)
        return "".join(f"{part}\n" for part in parts).encode("utf-8", "surrogatepass")

    def digest(self) -> str:
        """What the next checkpoint signs of this one: the SHA-256 of its text (64 hex digits)."""
        return sha256(self.signed_text()).hexdigest()


class BadLine(ValueError):
    """A line of a kept file is no checkpoint."""


def read_line(line: str) -> Checkpoint:
    """The checkpoint in a line of a kept file. Raises BadLine."""
    try:
        told = json.loads(line)
    except ValueError as error:
        raise BadLine from error
    if not isinstance(told, Mapping):
        raise BadLine
    seq, version, texts = told.get("seq"), told.get("version"), [told.get(n) for n in _TEXTS]
    if type(seq) is not int or seq < 1 or not all(isinstance(t, str) for t in texts):
        raise BadLine
    if type(version) is not int or not 1 <= version <= VERSION:
        raise BadLine
    at, digest, signature, previous, decisions = map(str, texts)
    return Checkpoint(seq, at, digest, signature, version, previous, decisions)


@dataclass(frozen=True)
class LastCheck:
    """What the last walk over the whole chain found; `compared_until` as in ChainProgress."""

    at: datetime
    seq: int
    broken: ChainFault | None
    compared_until: int = 0


@dataclass(frozen=True)
class TrailFilter:
    """Which rows of the trail are wanted; empty means all. `until` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    actor_id: str = ""
    case_id: str = ""
    group: str = ""
    door: str = ""


# Groups of rows, told apart by what they are about, so that a new kind finds its group by itself.
GROUPS = ("read", "case", "meeting", "other")
