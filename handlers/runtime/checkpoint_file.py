"""The file in which checkpoints of the audit trail are kept elsewhere: one line of JSON each.

Lines are only ever added, so the file can lie on a medium that is written once. What the bot
signed while the folder could not be reached is added when it can be again. A restore sets the
file aside: the lines of rows that are gone would contradict the restored trail for ever.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.policy import default
from itertools import count
from pathlib import Path

from workflows.model.trail import BadLine, Checkpoint, read_line

NAME = "tsunagu-checkpoints.jsonl"
# What may be a checkpoint: nothing in one is braced, and no space or ">" stands in it. One that was
# broken off runs to the next brace.
_BRACED = re.compile(r"\{[^{}]*\}?")
_BROKEN = re.compile(r"[\s>]")


@dataclass(frozen=True)
class CheckpointsRead:
    """The checkpoints of a file, and the numbers of its lines that are none."""

    checkpoints: tuple[Checkpoint, ...] = ()
    bad_lines: tuple[int, ...] = ()

    @property
    def last_seq(self) -> int:
        return max((c.seq for c in self.checkpoints), default=0)


def read_checkpoint_lines(path: Path) -> CheckpointsRead:
    """What stands in a file that was kept. Raises OSError."""
    found: list[Checkpoint] = []
    bad: list[int] = []
    text = path.read_bytes().decode("utf-8-sig", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(read_line(line))
        except BadLine:
            bad.append(number)
    return CheckpointsRead(tuple(found), tuple(bad))


def read_checkpoints(path: Path) -> CheckpointsRead:
    """What stands in a file that somebody brings: the folder's, a mail as it was saved (.eml), or
    text out of one, also where lines were broken or quoted on the way. Raises OSError."""
    data = path.read_bytes()
    text = _text_of_mail(data) or data.decode("utf-8-sig", "replace")
    found: dict[str, Checkpoint] = {}
    bad: list[int] = []
    for one in _BRACED.finditer(text):
        plain = _BROKEN.sub("", one.group())
        try:
            checkpoint = read_line(plain)
        except BadLine:
            bad.append(text.count("\n", 0, one.start()) + 1)
        else:
            found[checkpoint.line()] = checkpoint
    return CheckpointsRead(tuple(found.values()), tuple(bad))


def _text_of_mail(data: bytes) -> str:
    """The words and the files of a mail; "" of what is none."""
    mail = message_from_bytes(data, policy=default)
    if not mail["From"]:
        return ""
    parts = [part for part in mail.walk() if not part.is_multipart()]
    read = [p for p in parts if p.get_content_type() == "text/plain" or p.get_filename()]
    contents = (part.get_payload(decode=True) for part in read)
    return "\n".join(c.decode("utf-8", "replace") for c in contents if isinstance(c, bytes))


def checkpoints_in(folder: Path | None) -> CheckpointsRead:
    """What is kept in the folder of the setting; nothing without one. Raises OSError."""
    path = folder / NAME if folder else None
    return read_checkpoint_lines(path) if path and path.exists() else CheckpointsRead()


def append_checkpoints(folder: Path, new: Iterable[Checkpoint]) -> Path:
    """Add lines at the end of the folder's file. Raises OSError."""
    return add_lines(folder / NAME, (checkpoint.line() for checkpoint in new))


def add_lines(path: Path, lines: Iterable[str]) -> Path:
    """The same of any such file. Raises OSError."""
    text = "".join(f"{line}\n" for line in lines)
    if path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size:
        text = f"\n{text}"  # the last line was broken off: the next must not become part of it
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    return path


def set_aside(folder: Path | None, day: date, name: str = NAME) -> Path | None:
    """Give the file the name of a restore on this day, and answer with it; None without a file.

    The next line begins a new file, with every checkpoint that the restored database has.
    Raises OSError, e.g. where the medium is written once; then nothing was changed.
    """
    path = folder / name if folder else None
    if path is None or not path.exists():
        return None
    stem = f"{path.stem}-before-restore-{day.isoformat()}"
    names = (f"{stem}{'' if n == 1 else f'-{n}'}{path.suffix}" for n in count(1))
    return path.rename(next(p for n in names if not (p := path.with_name(n)).exists()))
