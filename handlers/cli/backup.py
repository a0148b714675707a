"""`backup` and `restore`: a sealed copy of everything that was tried out, and the way back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer

from handlers.cli.console import CANNOT, DONE, NOT_DONE, Voice
from handlers.cli.record_operation import RecordOperation, recorder_of
from handlers.runtime.checkpoint_file import NAME as CHECKPOINTS
from handlers.runtime.checkpoint_file import read_checkpoints, set_aside
from handlers.runtime.decision_file import NAME as DECISIONS
from handlers.runtime.decision_file import read_lines
from handlers.settings import Settings
from workflows.audit.server_operations import ServerOperation
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.model.trail import Checkpoint
from workflows.restore.restored import SettleReason, SettleRestore


class Findings(Protocol):
    """What is wrong in the data themselves."""

    @property
    def is_sound(self) -> bool: ...
    @property
    def unreadable(self) -> int: ...
    @property
    def broken_at(self) -> int: ...
    @property
    def changed(self) -> int: ...


class Backup(Protocol):
    """A backup that was read through and tried out."""

    @property
    def taken_at(self) -> datetime: ...
    @property
    def program(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def cases(self) -> int: ...
    @property
    def findings(self) -> Findings: ...


class Restored(Protocol):
    """What is in the database now."""

    @property
    def taken_at(self) -> datetime: ...
    @property
    def cases(self) -> int: ...
    @property
    def last_number(self) -> tuple[int, int]: ...
    @property
    def held(self) -> int: ...
    @property
    def carried_up(self) -> bool: ...
    @property
    def findings(self) -> Findings: ...
    @property
    def listed(self) -> bool: ...
    @property
    def again(self) -> int: ...
    @property
    def left(self) -> int: ...


class Opened(Protocol):
    @property
    def desk(self) -> Desk: ...


class BackupWiring(Protocol):
    def open(self, settings: Settings) -> AbstractContextManager[Opened]: ...
    def backup(
        self, settings: Settings, path: Path, first: RecordOperation, *, force: bool
    ) -> Backup: ...
    def check_backup(self, settings: Settings, path: Path) -> Backup: ...
    def restore(
        self,
        settings: Settings,
        path: Path,
        mailed: tuple[str, ...],
        kept: tuple[Checkpoint, ...],
    ) -> Restored: ...
    def now(self) -> datetime: ...


def add_commands(
    app: typer.Typer, wiring: BackupWiring, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """Add `backup`, `restore` and `restore-settle` to the program."""

    def told(key: str) -> str:
        return voice.words(f"cli.help.backup.{key}")

    file = Annotated[str, typer.Argument(metavar="FILE", help=told("file"))]

    @app.command("backup", help=told("backup"))
    def backup(
        place: file,
        check: Annotated[bool, typer.Option("--check", help=told("check"))] = False,
        force: Annotated[bool, typer.Option("--force", help=voice.words("cli.help.force"))] = False,
    ) -> int:
        if place == "-":  # what went down a pipe cannot be read back
            voice.complain("cli.backup.no_pipe")
            return NOT_DONE
        path = Path(place)
        if check:
            return _show(wiring.check_backup(settled(), path), "checked", path, voice)
        if path.is_file() and not force:
            voice.complain("backup.exists", place=place)
            return NOT_DONE
        first = recorder_of(ServerOperation.BACKUP_TAKEN, voice)
        return _show(wiring.backup(settled(), path, first, force=force), "done", path, voice)

    @app.command("restore", help=told("restore"))
    def restore(
        place: file,
        decisions: Annotated[
            list[str] | None, typer.Option("--decisions", metavar="FILE", help=told("decisions"))
        ] = None,
        against: Annotated[
            list[str] | None, typer.Option("--against", metavar="FILE", help=told("against"))
        ] = None,
    ) -> int:
        mailed: list[str] = []
        kept: list[Checkpoint] = []
        for one in against or ():
            try:
                read = read_checkpoints(Path(one)).checkpoints
            except OSError:
                read = ()
            if not read:
                voice.complain("audit.no_line", place=one)
                return NOT_DONE
            kept += read
        for one in decisions or ():
            try:
                found = read_lines(Path(one))
            except OSError:
                found = ()
            if not found:
                voice.complain("cli.restore.no_decisions", place=one)
                return NOT_DONE
            mailed += found
        settings = settled()
        now = wiring.restore(settings, Path(place), tuple(mailed), tuple(kept))
        _tell(now, voice)
        aside = [
            _set_aside(settings.checkpoint_folder, wiring.now(), voice, name)
            for name in (CHECKPOINTS, DECISIONS)
        ]
        return CANNOT if now.left else max(aside)

    @app.command("restore-settle", help=told("settle"))
    def settle(
        why: Annotated[SettleReason, typer.Argument(metavar="WHY", help=told("why"))],
    ) -> int:
        with wiring.open(settled()) as opened:
            opened.desk.handle(SettleRestore(why), Caller.CONSOLE)
        voice.say("cli.restore.settled")
        return DONE


def _show(found: Backup, what: str, path: Path, voice: Voice) -> int:
    voice.say(
        f"cli.backup.{what}",
        place=str(path),
        at=found.taken_at,
        cases=found.cases,
        rows=found.rows,
        bytes=path.stat().st_size,
        key=found.key,
        program=found.program,
    )
    if what == "done":
        voice.say("cli.backup.keys_apart")
    return DONE if _is_sound(found.findings, voice) else CANNOT


def _tell(now: Restored, voice: Voice) -> None:
    """What the operator has to know before the bot is started."""
    voice.say("cli.restore.done", at=now.taken_at, cases=now.cases)
    if now.carried_up:
        voice.say("cli.restore.carried_up")
    year, last = now.last_number
    voice.say("cli.restore.next")
    if now.listed:
        voice.say("cli.restore.again", again=now.again)
    if now.left:
        voice.complain("cli.restore.left", left=now.left)
    steps = ["members", "lost"] if now.listed else ["members", "lost", "disposed"]
    if last:
        steps.insert(1, "number")
    if now.held:
        steps.append("notices")
    for number, step in enumerate((*steps, "sign_in", "run"), start=1):
        facts = {"year": year, "last": last, "held": now.held, "at": now.taken_at}
        voice.out.print(f"{number}. {voice.words(f'cli.restore.{step}', **facts)}", soft_wrap=True)
    _is_sound(now.findings, voice)


def _set_aside(folder: Path | None, now: datetime, voice: Voice, name: str) -> int:
    """What was kept elsewhere tells of rows that are gone: it is kept on, under another name."""
    try:
        aside = set_aside(folder, now.date(), name)
    except OSError:
        voice.complain("cli.restore.not_aside", place=str(folder / name if folder else name))
        return CANNOT
    if aside and name == CHECKPOINTS:
        voice.say("cli.restore.aside", place=str(aside))
    return DONE


def _is_sound(found: Findings, voice: Voice) -> bool:
    if not found.is_sound:
        voice.complain(
            "backup.unsound",
            values=found.unreadable,
            row=found.broken_at,
            changed=found.changed,
        )
    return found.is_sound
