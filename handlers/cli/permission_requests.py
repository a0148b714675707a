"""`permission-requests`: what waits for a second person.

It is confirmed here where the town has nobody who could.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.settings import Settings
from workflows.core.permissions import Caller
from workflows.directory.settle_permission_requests import (
    GetPermissionRequests,
    SettlePermissionRequests,
)


def add_command(
    app: typer.Typer, wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """The command `permission-requests`; `settled` reads the settings in force."""

    def help_text(key: str) -> str:
        return voice.words(f"cli.help.{key}")

    agreeing = typer.Option("--agree", metavar="ID", help=help_text("permission_requests_agree"))
    ending = typer.Option("--end", metavar="ID", help=help_text("permission_requests_end"))

    @app.command("permission-requests", help=help_text("permission_requests"))
    def permission_requests(
        agree: Annotated[str, agreeing] = "", end: Annotated[str, ending] = ""
    ) -> int:
        if agree and end:
            voice.complain("cli.permission_requests.which")
            return NOT_DONE
        with wiring.open(settled()) as opened:
            if agree or end:
                command = SettlePermissionRequests((agree or end,), bool(agree))
                opened.desk.handle(command, Caller.CONSOLE)
                voice.say(
                    "cli.permission_requests.agreed" if agree else "cli.permission_requests.ended"
                )
                return DONE
            found = opened.desk.ask(GetPermissionRequests(), Caller.CONSOLE).waiting
        for line in found:
            voice.say(
                "cli.permission_requests.line",
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
            voice.say("cli.permission_requests.none")
        return DONE
