"""The commands: run, init, import, export, link. Each says in one sentence what went wrong."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import typer

from handlers.settings import BadSetting, Settings, load_settings
from handlers.texts import Texts
from workflows.desk import Desk


@dataclass(frozen=True)
class Opened:
    """A database opened for one command."""

    desk: Desk
    texts: Texts
    link_for: Callable[[str, datetime], str]


class Wiring(Protocol):
    """What bot.py provides."""

    def open(self, settings: Settings) -> AbstractContextManager[Opened]: ...
    def serve(self, settings: Settings) -> None: ...
    def explain(self, error: Exception) -> str: ...


def run_commands(folder: Path, wiring: Wiring, refused: type[Exception]) -> int:
    """Read the command line and carry it out; answers with the exit status."""
    app = typer.Typer(add_completion=False, no_args_is_help=False)

    @app.command()
    def run() -> None:
        """Serve the pages."""
        settings = load_settings(folder)
        logging.getLogger().setLevel(settings.log_level)
        typer.echo(
            f"つなぐボットを始めました。ブラウザーで {settings.page_address}/ を開いてください。"
        )
        wiring.serve(settings)

    @app.callback(invoke_without_command=True)
    def usual(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            run()

    try:
        app(standalone_mode=False)
    except (BadSetting, refused) as error:
        sentence = str(error) if isinstance(error, BadSetting) else wiring.explain(error)
        typer.echo(sentence, err=True)
        return 2
    return 0
