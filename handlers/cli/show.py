"""`show`: what is kept sealed, as it stands. In a town it is asked why, and the trail keeps it."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
import yaml

from handlers.cli.console import DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.settings import Mode, Settings
from workflows.core.permissions import Caller
from workflows.maintenance.show_record import RecordKind, ShowReason, ShowRecord

WITHOUT_WHICH = frozenset({RecordKind.OUTBOX})


def add_command(
    app: typer.Typer, wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """The command `show`; `settled` reads the settings in force."""

    def help_text(key: str) -> str:
        return voice.words(f"cli.help.show.{key}")

    @app.command("show", help=help_text("command"))
    def show(
        kind: Annotated[RecordKind, typer.Argument(metavar="KIND", help=help_text("kind"))],
        which: Annotated[str, typer.Argument(metavar="WHICH", help=help_text("which"))] = "",
        why: Annotated[str, typer.Option("--reason", help=help_text("reason"))] = "",
    ) -> int:
        if not which and kind not in WITHOUT_WHICH:
            raise typer.BadParameter(which, param_hint="WHICH")
        settings = settled()
        reason = str(ShowReason.TRIAL) if settings.mode is Mode.LOCAL else _reason(why, voice)
        with wiring.open(settings) as opened:
            found: Any = opened.desk.handle(ShowRecord(kind, which, reason), Caller.CONSOLE)
        shown = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=float("inf"))
        voice.out.print(shown, soft_wrap=True, end="")
        if settings.mode is Mode.TOWN:
            voice.complain("cli.show.noted", why=reason)
        return DONE


def _reason(why: str, voice: Voice) -> str:
    """The code of the reason, asked for unless it was given; the fictional town's is none."""
    for code in ShowReason:
        if not why and code is not ShowReason.TRIAL:
            voice.complain("cli.show.reason_line", code=str(code))
    answer = why or voice.ask("cli.show.ask_reason")
    return "" if answer == ShowReason.TRIAL else answer
