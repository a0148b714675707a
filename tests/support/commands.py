"""What a command of the command line said, and how it ended."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot
from handlers.cli.commands import run_commands
from storage.database import DatabaseRefused

ACTS_ON = "対象："


@dataclass(frozen=True)
class Said:
    """`town` is the line that says which town was acted on; it stands on the standard error."""

    status: int
    out: str
    err: str
    town: str = ""


def split_town_line(status: int, out: str, err: str) -> Said:
    lines = err.splitlines(keepends=True)
    town = "".join(line for line in lines if line.startswith(ACTS_ON))
    return Said(status, out, "".join(line for line in lines if not line.startswith(ACTS_ON)), town)


Command = Callable[..., Said]


def commands_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs commands in this folder: `typed` is entered line by line, other names are settings."""

    def run(*arguments: str, typed: str = "", **environment: str) -> Said:
        with monkeypatch.context() as during:
            for name, value in environment.items():
                during.setenv(name, value)
            during.setattr(sys, "stdin", io.StringIO(typed))
            status = run_commands(folder, bot.CommandLineWiring(), DatabaseRefused, list(arguments))
        told = capsys.readouterr()
        return split_town_line(status, told.out, told.err)

    return run
