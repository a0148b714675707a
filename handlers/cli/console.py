"""What every command uses: words, a console for the reader and one for errors."""

import io
import os
from dataclasses import dataclass, field
from typing import TextIO

import typer
from rich.console import Console
from rich.table import Table

from handlers.words.texts import Texts

# Wide enough that a table keeps its words whole where nothing tells the width (a file, a pipe).
PIPE_WIDTH = 120

DONE = 0
NOT_DONE = 1  # what was given is wrong, or somebody said no: nothing was changed
CANNOT = 2  # the command line, a setting, the database or the keys
TRY_LATER = 75  # sysexits.h, EX_TEMPFAIL: a mail server keeps the mail and hands it over again


def _console(*, stderr: bool) -> Console:
    stream = Console(stderr=stderr)
    told = stream.is_terminal or os.environ.get("COLUMNS")
    # Markup and highlighting off: names from files are shown as they are, never obeyed.
    return Console(stderr=stderr, width=None if told else PIPE_WIDTH, markup=False, highlight=False)


def speak_japanese(*streams: TextIO) -> None:
    """Let what is said come out whatever the machine's LANG says.

    Where its encoding has no Japanese (ASCII, Latin-1), UTF-8 is written; where it lacks a single
    character (cp932), a mark stands in its place. Neither ends a command half way.
    """
    for stream in streams:
        if not isinstance(stream, io.TextIOWrapper):
            continue
        try:
            "あ".encode(stream.encoding)
        except (UnicodeEncodeError, LookupError):
            stream.reconfigure(encoding="utf-8", errors="replace")
        else:
            stream.reconfigure(errors="replace")


@dataclass
class Voice:
    """Says things to whoever sits at the command line."""

    texts: Texts
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    def words(self, key: str, /, **facts: object) -> str:
        return self.texts.say(key, **facts)

    def say(self, key: str, /, **facts: object) -> None:
        # Whole lines: a terminal wraps them, and a link that is copied stays in one piece.
        self.out.print(self.words(key, **facts), soft_wrap=True)

    def complain(self, key: str, /, **facts: object) -> None:
        self.err.print(self.words(key, **facts), soft_wrap=True)

    def ask(self, key: str, /, **facts: object) -> str:
        return str(typer.prompt(self.words(key, **facts), default="", show_default=False)).strip()

    def confirm(self, key: str, /, **facts: object) -> bool:
        return typer.confirm(self.words(key, **facts), default=False)

    def table(self, *columns: str, title: str = "") -> Table:
        table = Table(title=title or None, title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        return table
