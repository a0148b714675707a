"""A database file has one running process: a lock beside it, which a crash leaves to nobody."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from storage.database import DatabaseRefused


@contextmanager
def lock_database_file(file: Path | None) -> Iterator[None]:
    """Hold the file of a database for this process while the block lasts; a database on a server
    (None) bears many. Commands that do not go on running work beside it and never ask.

    The lock is the system's and on `<file>.lock`, which stays: it says nothing by being there.
    Raises DatabaseRefused when another process has it.
    """
    if file is None:
        yield
        return
    path = file.resolve()  # the same by whatever link it was found
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = path.with_name(f"{path.name}.lock").open("ab")
    except OSError as error:
        kind = "disk_full" if error.errno == errno.ENOSPC else "read_only"
        raise DatabaseRefused(f"database.{kind}", place=str(file)) from error
    with held:  # closing it lets go
        if not _lock(held):
            raise DatabaseRefused("database.in_use", place=str(file))
        yield


def _lock(held: IO[bytes]) -> bool:
    """Whether it is ours now, without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - Windows has none

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
