"""`grants`: what waits for a second person; confirmed here where the town has nobody who could."""

from collections.abc import Callable
from typing import Annotated

import typer

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.settings import Settings
from workflows.directory.settle_grants import GetGrants, SettleGrants
from workflows.permissions import Caller


def add_command(
    app: typer.Typer, wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """The command `grants`; `settled` reads the settings in force."""

    def help_text(key: str) -> str:
        return voice.words(f"cli.help.{key}")

    agreeing = typer.Option("--agree", metavar="ID", help=help_text("grants_agree"))
    ending = typer.Option("--end", metavar="ID", help=help_text("grants_end"))

    @app.command("grants", help=help_text("grants"))
    def grants(agree: Annotated[str, agreeing] = "", end: Annotated[str, ending] = "") -> int:
        if agree and end:
            voice.complain("cli.grants.which")
            return NOT_DONE
        with wiring.open(settled()) as opened:
            if agree or end:
                command = SettleGrants((agree or end,), bool(agree))
                opened.desk.handle(command, Caller.CONSOLE)
                voice.say("cli.grants.agreed" if agree else "cli.grants.ended")
                return DONE
            found = opened.desk.ask(GetGrants(), Caller.CONSOLE).waiting
        for line in found:
            voice.say(
                "cli.grants.line",
                id=line.id,
                code=line.member_id,
                name=line.member,
                agency=line.agency,
                parts=[part for part, _, _ in line.parts],
                by=line.asked_by,
                until=line.last_day,
                yours=line.may_confirm,
            )
        if not found:
            voice.say("cli.grants.none")
        return DONE
