"""`migrate`: the database is carried up to the version of this program, while others work."""

from collections.abc import Callable
from typing import Protocol

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from handlers.cli.console import DONE, Voice
from handlers.cli.progress import in_lines
from handlers.settings import Settings

OnProgress = Callable[[int, int], None]


class MigrationResult(Protocol):
    """What was done; storage has the real one."""

    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def records(self) -> int: ...
    @property
    def is_anything_done(self) -> bool: ...


class MigrationWiring(Protocol):
    def migrate(
        self, settings: Settings, told: OnProgress, waits: Callable[[], None]
    ) -> MigrationResult: ...


def add_command(
    app: typer.Typer, wiring: MigrationWiring, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """Add `migrate` to the program."""

    @app.command("migrate", help=voice.words("cli.help.migrate"))
    def migrate() -> int:
        done = _with_progress(settled(), wiring, voice)
        key = "done" if done.is_anything_done else "nothing"
        facts = {"before": done.before, "after": done.after, "records": done.records}
        voice.say(f"cli.migrate.{key}", **facts)
        return DONE


def _with_progress(settings: Settings, wiring: MigrationWiring, voice: Voice) -> MigrationResult:
    def waits() -> None:
        voice.say("cli.migrate.waits")

    if not voice.out.is_terminal:
        return wiring.migrate(settings, in_lines(voice, "cli.migrate.progress"), waits)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=voice.out) as bar:
        task = bar.add_task(voice.words("cli.migrate.at_it"), total=None)
        return wiring.migrate(
            settings, lambda done, most: bar.update(task, completed=done, total=most), waits
        )
