"""What a process takes of the machine's processors: less disturbed by what else runs than times."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
LOOK: Final = 0.3  # seconds
IDLE: Final = 0.05  # of a processor, at most, by one that has worked off what it had
QUIET_WITHIN: Final = 120.0  # seconds


def cpu_seconds(pid: int) -> float:
    """Seconds, of the program and of the system for it, since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def until_quiet(pid: int) -> None:
    """Wait until it has worked off what it has taken in."""
    ends, before = time.monotonic() + QUIET_WITHIN, cpu_seconds(pid)
    while time.monotonic() < ends:
        time.sleep(LOOK)
        now = cpu_seconds(pid)
        if now - before <= IDLE * LOOK:
            return
        before = now
    raise RuntimeError("it never came to rest")


def cpu_of(pid: int, act: Callable[[], object]) -> float:
    """Seconds that it took while this was done."""
    before = cpu_seconds(pid)
    act()
    return cpu_seconds(pid) - before
