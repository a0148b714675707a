"""What is left of a crash: where and of which kind, never a word of what was being worked on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORD = "塩釜卯木彦"
START = """
import json, logging, sys, threading
from handlers.runtime.crash import forbid_core_dumps, without_words
logging.basicConfig()
forbid_core_dumps()
def fails():
    name = json.loads(sys.argv[1])
    raise ValueError(f"{name} is not a valid answer") from KeyError(name)
"""
PROGRAMS = {
    "main": "sys.exit(without_words(fails, 7))",
    "thread": "t = threading.Thread(target=fails)\n"
    "sys.exit(without_words(lambda: t.start() or t.join() or 7, 0))",
    "collector": "class Gone:\n    def __del__(self): fails()\n"
    "sys.exit(without_words(lambda: (Gone(), 7)[1], 0))",
}


def process(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", START + program, json.dumps(WORD)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("where", sorted(PROGRAMS))
def test_a_crash_is_told_by_kind_and_place_alone(where: str) -> None:
    """In the command, in a thread, in a finaliser: its text, which quotes a name, is not said."""
    ended = process(PROGRAMS[where])
    assert (ended.returncode, ended.stdout) == (7, "")
    assert "crashed error=ValueError at=" in ended.stderr
    assert ":fails" in ended.stderr
    assert WORD not in ended.stderr
    assert json.dumps(WORD) not in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_no_core_dump_is_left() -> None:
    """The limit that the process and its children run under is 0."""
    ended = process("import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))")
    assert ended.stdout == "(0, 0)\n"
