"""`mail`: what the town's mail server hands to us of the mails that come in."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Protocol

import typer

from handlers.cli.console import CANNOT, DONE, TRY_LATER, Voice
from handlers.cli.wiring import OpensTown
from handlers.settings import Settings
from workflows.core.errors import AlreadyDone
from workflows.core.permissions import Caller
from workflows.delivery.returned import CAME_BACK, ReportReturned
from workflows.desk import Desk
from workflows.outside.mail_replies import KeepMailReply

_HANDED_OVER: Final = (("mail", "receive"), ("mail", "bounce"))  # by a pipe: no file is named


class Bounce(Protocol):
    """Which notice came back, and the code that the server gave for it, if any."""

    @property
    def notice_id(self) -> str: ...
    @property
    def status(self) -> str: ...


class IncomingMailReply(Protocol):
    """What somebody wrote back to a notice, or to the entry of a meeting in their calendar."""

    @property
    def notice_id(self) -> str: ...
    @property
    def meeting_id(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def text(self) -> str: ...


class MailWiring(OpensTown, Protocol):
    """What bot.py provides."""

    def read_mail(
        self, settings: Settings, content: bytes
    ) -> tuple[Bounce | None, IncomingMailReply | None]:
        """What a mail is to us: one of the two, or neither."""
        ...


def commands(wiring: MailWiring, voice: Voice, settled: Callable[[], Settings]) -> typer.Typer:
    """The commands below `mail`; `settled` reads the settings in force."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.mail.{key}")

    app = typer.Typer(help=told("all"), add_completion=False, rich_markup_mode=None)

    def taken(file: Path | None) -> int:
        """A mail server that hears of an error sends a report to whoever wrote: what is none of
        ours is no error, and nobody is answered."""
        settings = settled()
        content = file.read_bytes() if file else sys.stdin.buffer.read()
        bounce, reply = wiring.read_mail(settings, content)
        if bounce:
            code = f"{CAME_BACK}:{bounce.status}" if bounce.status else CAME_BACK
            with wiring.open(settings) as opened:
                report = ReportReturned(bounce.notice_id, code)
                is_news = opened.desk.handle(report, Caller.CLOCK)
            voice.say("cli.mail.returned" if is_news else "cli.mail.ignored", code=code)
        elif reply:
            with wiring.open(settings) as opened:
                is_news = _kept(opened.desk, reply, content)
            voice.say("cli.mail.replied" if is_news else "cli.mail.ignored")
        else:
            voice.say("cli.mail.ignored")
        return DONE

    @app.command("receive", help=told("receive"))
    def receive(
        file: Annotated[Path | None, typer.Argument(metavar="FILE", help=told("file"))] = None,
    ) -> int:
        return taken(file)

    @app.command("bounce", help=told("bounce"))
    def bounce(
        file: Annotated[Path | None, typer.Argument(metavar="FILE", help=told("file"))] = None,
    ) -> int:
        """What `receive` was called before it took replies."""
        return taken(file)

    return app


def status_of_cannot(arguments: Sequence[str]) -> int:
    """With which status a command ends that could not be carried out. A mail that a server handed
    over would be sent back to whoever wrote it, and be lost to us: it is to come again."""
    return TRY_LATER if tuple(arguments) in _HANDED_OVER else CANNOT


def _kept(desk: Desk, reply: IncomingMailReply, content: bytes) -> bool:
    """Once, however often the server hands it over."""
    keep = KeepMailReply(
        reply.notice_id, reply.meeting_id, reply.sender, reply.word, reply.starts_at, reply.text
    )
    try:
        once = ("mail", sha256(content).hexdigest())
        return desk.handle(keep, Caller.CLOCK, once=once)
    except AlreadyDone:
        return False
