"""`broken`: records that cannot be read, listed, read again, taken from the lists or put back."""

from collections.abc import Callable
from typing import Annotated

import typer

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.runtime.check_all_readable import check_all_readable
from handlers.settings import Settings
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.maintenance.broken_records import (
    BrokenLine,
    GetBroken,
    PutBackBroken,
    RepairBroken,
    SetAsideBroken,
)


def commands(wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]) -> typer.Typer:
    """The commands below `broken`; `settled` reads the settings in force."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.broken.{key}")

    app = typer.Typer(help=told("all"), add_completion=False, rich_markup_mode=None)
    which = Annotated[str, typer.Argument(metavar="ID", help=told("record"))]
    yes_flag = Annotated[bool, typer.Option("--yes", "-y", help=told("yes"))]

    @app.command("list", help=told("list"))
    def list_broken() -> int:
        with wiring.open(settled()) as opened:
            found = check_all_readable(opened.desk, Caller.CONSOLE, "cli")
        for line in found:
            kind = voice.words(f"page.broken_records.kind.{line.kind}")
            voice.say(
                "cli.broken.line",
                kind=kind,
                name=line.name,
                record=line.record,
                set_aside=line.set_aside,
            )
        voice.say("cli.broken.hint" if found else "cli.broken.none")
        return NOT_DONE if any(not line.set_aside for line in found) else DONE

    @app.command("repair", help=told("repair"))
    def repair(record: which) -> int:
        with wiring.open(settled()) as opened:
            line = _line(opened.desk, record)
            opened.desk.handle(RepairBroken(line.record), Caller.CONSOLE)
        voice.say("cli.broken.repaired", name=line.name)
        return DONE

    @app.command("remove", help=told("remove"))
    def remove(record: which, yes: yes_flag = False) -> int:
        with wiring.open(settled()) as opened:
            line = _line(opened.desk, record)
            if not yes and not voice.confirm("cli.broken.sure", name=line.name):
                return NOT_DONE
            opened.desk.handle(SetAsideBroken(line.record), Caller.CONSOLE)
        voice.say("cli.broken.removed", name=line.name, record=line.record)
        return DONE

    @app.command("restore", help=told("restore"))
    def restore(record: which) -> int:
        with wiring.open(settled()) as opened:
            line = _line(opened.desk, record)
            opens = opened.desk.handle(PutBackBroken(line.record), Caller.CONSOLE)
        voice.say("cli.broken.restored", name=line.name, opens=opens)
        return DONE

    return app


def _line(desk: Desk, typed: str) -> BrokenLine:
    """By its id, or the number of a case; one that is not there is refused by the command."""
    found = desk.ask(GetBroken(), Caller.CONSOLE)
    wanted = [line for line in found if typed in (line.record, line.name)]
    return wanted[0] if len(wanted) == 1 else BrokenLine("", typed, typed, set_aside=False)
