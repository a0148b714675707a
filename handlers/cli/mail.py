"""`mail`: what the town's mail server hands back to us."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Protocol

import typer

from handlers.cli.console import DONE, Voice
from handlers.settings import Settings
from workflows.desk import Desk
from workflows.permissions import Caller
from workflows.returned import CAME_BACK, ReportReturned


class Opened(Protocol):
    @property
    def desk(self) -> Desk: ...


class Bounce(Protocol):
    """Which notice came back, and the code that the server gave for it, if any."""

    @property
    def notice_id(self) -> str: ...
    @property
    def status(self) -> str: ...


class Wiring(Protocol):
    """What bot.py provides."""

    def open(self, settings: Settings) -> AbstractContextManager[Opened]: ...
    def read_bounce(self, content: bytes) -> Bounce | None: ...


def commands(wiring: Wiring, voice: Voice, settled: Callable[[], Settings]) -> typer.Typer:
    """The commands below `mail`; `settled` reads the settings in force."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.mail.{key}")

    app = typer.Typer(help=told("all"), add_completion=False, rich_markup_mode=None)

    @app.callback()
    def mail_commands() -> None:
        """Keeps `bounce` a command of its own while it is the only one."""

    @app.command("bounce", help=told("bounce"))
    def bounce(
        file: Annotated[Path | None, typer.Argument(metavar="FILE", help=told("file"))] = None,
    ) -> int:
        settings = settled()
        content = file.read_bytes() if file else sys.stdin.buffer.read()
        found = wiring.read_bounce(content)
        # A mail server that hears of an error sends the report back to whoever sent it: what is
        # none of ours is no error.
        if found is None:
            voice.say("cli.mail.ignored")
            return DONE
        code = f"{CAME_BACK}:{found.status}" if found.status else CAME_BACK
        with wiring.open(settings) as opened:
            report = ReportReturned(found.notice_id, code)
            is_news = opened.desk.handle(report, Caller.CLOCK)
        if is_news:
            voice.say("cli.mail.returned", code=code)
        else:
            voice.say("cli.mail.ignored")
        return DONE

    return app
