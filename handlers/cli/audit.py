"""`audit`: the chain of the audit trail is followed, signed, and its public key shown."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.runtime.checkpoint_file import append_checkpoints, checkpoints_in, read_checkpoints
from handlers.settings import Settings
from workflows.audit.check import (
    AcceptRows,
    GetCheckpoints,
    GetTrailState,
    MakeCheckpoint,
    RememberCheck,
    check_all_rows,
    verify_whole_trail,
)
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.model.trail import ChainProgress, Checkpoint, broken_rows


def commands(wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]) -> typer.Typer:
    """The commands below `audit`; `settled` reads the settings in force."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.audit.{key}")

    app = typer.Typer(help=told("all"), add_completion=False, rich_markup_mode=None)

    @app.command("verify", help=told("verify"))
    def verify(
        against: Annotated[
            Path | None, typer.Option("--against", metavar="FILE", help=told("against"))
        ] = None,
    ) -> int:
        settings = settled()
        with wiring.open(settings) as opened:
            if against is not None:
                return _compare(against, opened.desk, voice)
            return _verify(settings, opened.desk, voice)

    @app.command("checkpoint", help=told("checkpoint"))
    def checkpoint() -> int:
        settings = settled()
        with wiring.open(settings) as opened:
            return _sign(settings, opened.desk, voice)

    @app.command("accept-rows", help=told("accept_rows"))
    def accept_rows(
        why: Annotated[str, typer.Option("--reason", metavar="CODE", help=told("accept_why"))],
    ) -> int:
        with wiring.open(settled()) as opened:
            return _accept(why, opened.desk, voice)

    @app.command("key", help=told("key"))
    def key() -> None:
        with wiring.open(settled()) as opened:
            text = opened.desk.ask(GetTrailState(), Caller.CONSOLE).key
            voice.out.print(text.strip(), soft_wrap=True)

    return app


def _verify(settings: Settings, desk: Desk, voice: Voice) -> int:
    """Follow the chain, with what is kept in the folder of the setting; keep what was found."""
    kept = checkpoints_in(settings.checkpoint_folder)
    for number in kept.bad_lines:
        voice.complain("cli.audit.bad_line", number=number)
    walk = _follow(desk, voice, kept.checkpoints)
    faults = check_all_rows(desk, Caller.CONSOLE, opens=True)
    if walk.broken is None:
        walk = replace(walk, broken=broken_rows(faults))
    desk.handle(RememberCheck(walk), Caller.CONSOLE)
    told = _tell(walk, voice)
    for fault in faults:
        key = "cli.audit.row" if fault.key else "cli.audit.table"
        voice.complain(key, table=fault.table, id=fault.key)
    return told


def _accept(why: str, desk: Desk, voice: Voice) -> int:
    """Take the rows for good as they stand."""
    done = desk.handle(AcceptRows(why), Caller.CONSOLE)
    voice.say("cli.audit.accepted", rows=done)
    faults = check_all_rows(desk, Caller.CONSOLE, opens=True)
    for fault in faults:
        voice.complain("cli.audit.row", table=fault.table, id=fault.key)
    return NOT_DONE if faults else DONE


def _compare(path: Path, desk: Desk, voice: Voice) -> int:
    """Follow the chain beside a file that was kept elsewhere."""
    kept = read_checkpoints(path)
    if kept.bad_lines:
        raise Refused("audit.bad_line", place=str(path), number=kept.bad_lines[0])
    if not kept.checkpoints:
        raise Refused("audit.no_line", place=str(path))
    walk = _follow(desk, voice, kept.checkpoints)
    if not walk.broken:
        voice.say("cli.audit.fits", place=str(path), count=len(kept.checkpoints))
    return _tell(walk, voice)


def _follow(desk: Desk, voice: Voice, kept: Sequence[Checkpoint]) -> ChainProgress:
    with voice.err.status("") as status:

        def on(walk: ChainProgress) -> bool:
            status.update(voice.words("cli.audit.so_far", rows=walk.seq))
            return True

        return verify_whole_trail(desk, Caller.CONSOLE, kept, on)


def _tell(walk: ChainProgress, voice: Voice) -> int:
    if walk.broken is None:
        voice.say("cli.audit.sound", rows=walk.seq)
        if walk.compared_until:
            voice.say("cli.audit.kept", rows=walk.compared_until)
        else:
            voice.say("cli.audit.not_compared")
        return DONE
    voice.complain("cli.audit.broken")
    voice.complain(f"audit.fault.{walk.broken.fault}", **walk.broken.told())
    voice.complain("cli.audit.what_next")
    return NOT_DONE


def _sign(settings: Settings, desk: Desk, voice: Voice) -> int:
    made = desk.handle(MakeCheckpoint(), Caller.CONSOLE)
    if made is None:
        voice.complain("cli.audit.nothing")
        return NOT_DONE
    voice.out.print(made.line(), soft_wrap=True)
    folder = settings.checkpoint_folder
    if folder is not None:
        new = desk.ask(GetCheckpoints(checkpoints_in(folder).last_seq), Caller.CONSOLE)
        voice.complain("cli.audit.added", place=str(append_checkpoints(folder, new)))
    return DONE
