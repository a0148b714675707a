"""`keys`: made, changed while the bot runs, shown by their names, and one of them let go.

A key is said once and to one place alone: as the text that `make` was asked for.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Protocol

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.progress import in_lines
from handlers.cli.record_operation import RecordOperation, recorder_of
from handlers.settings import Settings
from workflows.audit.server_operations import ServerOperation
from workflows.desk import Desk


class KeyLine(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def values(self) -> int: ...


class Rotated(Protocol):
    @property
    def key_id(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def went_on(self) -> bool: ...
    @property
    def unreadable(self) -> tuple[str, ...]: ...


class KeyRing(Protocol):
    """The keys of an open database; storage has the real one."""

    def lines(self) -> Sequence[KeyLine]: ...
    def rotate(self, told: Callable[[int, int], None]) -> Rotated: ...
    def forget(self, key_id: str) -> str: ...


class KeysSession(Protocol):
    @property
    def ring(self) -> KeyRing: ...
    @property
    def desk(self) -> Desk: ...


class KeysWiring(Protocol):
    def keys(self, settings: Settings) -> AbstractContextManager[KeysSession]: ...
    def made_keys(
        self, settings: Settings, first: Callable[[str], RecordOperation]
    ) -> tuple[str, str]: ...


def commands(wiring: KeysWiring, voice: Voice, settled: Callable[[], Settings]) -> typer.Typer:
    """The commands under `keys`."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.keys.{key}")

    app = typer.Typer(help=told("keys"), add_completion=False, rich_markup_mode=None)
    file_out = Annotated[str, typer.Argument(metavar="[FILE]", help=told("file_out"))]
    key_id = Annotated[str, typer.Argument(metavar="KEY", help=told("id"))]

    @app.command(help=told("make"))
    def make(file: file_out = "-") -> int:
        def first(added: str) -> RecordOperation:
            return recorder_of(ServerOperation.KEYS_GIVEN_OUT, voice, added)

        text, added = wiring.made_keys(settled(), first)
        return _make(text, added, file, voice)

    @app.command(help=told("rotate"))
    def rotate() -> int:
        with wiring.keys(settled()) as opened:
            return _rotate(opened, voice)

    @app.command(help=told("show"))
    def show() -> None:
        with wiring.keys(settled()) as opened:
            recorder_of(ServerOperation.KEYS_LISTED, voice)(opened.desk)
            _show(opened.ring, voice)

    @app.command(help=told("forget"))
    def forget(key: key_id) -> int:
        with wiring.keys(settled()) as opened:
            text = opened.ring.forget(key)
            recorder_of(ServerOperation.KEY_FORGOTTEN, voice, key)(opened.desk)
        if text:
            voice.complain("keys.forget.to_set", id=key)
            voice.out.print(text, soft_wrap=True)
        else:
            voice.say("keys.forget.done", id=key)
        return DONE

    return app


def _make(text: str, added: str, place: str, voice: Voice) -> int:
    if place == "-":
        voice.out.print(text, soft_wrap=True)
    else:
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            voice.complain("keys.make.exists", place=place)
            return NOT_DONE
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
    # Beside the keys, never among them: the standard output may go into a file.
    voice.complain("keys.make.secret")
    voice.complain("keys.make.added" if added else "keys.make.fresh", id=added)
    return DONE


def _rotate(opened: KeysSession, voice: Voice) -> int:
    ring = opened.ring
    voice.say("keys.rotate.begun")
    if voice.out.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=voice.out) as bar:
            task = bar.add_task(voice.words("keys.rotate.at_it"), total=None)
            ended = ring.rotate(lambda done, most: bar.update(task, completed=done, total=most))
    else:
        ended = ring.rotate(in_lines(voice, "keys.rotate.progress"))
    recorder_of(ServerOperation.KEYS_ROTATED, voice, ended.key_id)(opened.desk)
    key = "went_on" if ended.went_on else "done"
    voice.say(f"keys.rotate.{key}", id=ended.key_id, count=ended.done)
    if ended.unreadable:
        voice.complain("keys.rotate.unreadable", count=len(ended.unreadable))
        for place in ended.unreadable:
            voice.err.print(f"・{place}", soft_wrap=True)
        return NOT_DONE
    return DONE


def _show(ring: KeyRing, voice: Voice) -> None:
    heads = (voice.words(f"keys.show.{c}") for c in ("id", "state", "values"))
    table = voice.table(*heads, title=voice.words("keys.show.title"))
    for line in ring.lines():
        table.add_row(line.id, voice.words(f"keys.state.{line.state}"), f"{line.values:,}")
    voice.out.print(table)
