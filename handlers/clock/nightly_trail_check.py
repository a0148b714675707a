"""Every night the audit trail is checked from end to end, and what it then is is signed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from handlers.runtime.checkpoint_file import append_checkpoints, checkpoints_in
from handlers.runtime.decision_file import DecisionFileWriter, SingleRunner, alone
from handlers.runtime.pause import Pause
from workflows.audit.check import (
    GetCheckpoints,
    GetTrailState,
    IsCheckDue,
    MakeCheckpoint,
    RememberCheck,
    check_all_rows,
    last_night,
    verify_whole_trail,
)
from workflows.audit.checkpoint_mail import MailCheckpoint
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.model.trail import ChainProgress, Checkpoint, RowFault, broken_rows

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=10)  # after something failed: a folder that is not there for a while


class NightlyTrailCheck:
    """Called at every tick; it looks into the database once a night."""

    def __init__(
        self,
        desk: Desk,
        folder: Path | None,
        *,
        mails: bool = False,
        addresses: tuple[str, ...] = (),
        single_runner: SingleRunner = alone,
    ) -> None:
        """`addresses` are to whom a checkpoint goes by mail every week. All of it is done by one
        process at a time: by the one that is `single_runner`."""
        self._on_duty = single_runner
        self._desk, self._folder, self._addresses = desk, folder, addresses
        self._check_pause, self._folder_pause = Pause(), Pause()
        self._looked_at_rows = False
        self._decisions = DecisionFileWriter(desk, folder, mails=mails, single_runner=single_runner)

    def run_if_due(self, stopping: Callable[[], bool]) -> None:
        """Do what is due. Raises what the database or the folder raises; then it tries again."""
        self._rows_at_the_start()
        try:
            self._write_decisions()
        finally:  # the trail is checked and signed also while the folder is away
            self._check_and_keep(stopping)

    def _write_decisions(self) -> None:
        """At every tick; where the folder was away, only in a while."""
        now = self._desk.now()
        if not self._folder_pause.is_over(now):
            return
        self._folder_pause.begin(now, AGAIN)
        self._decisions.write()
        self._folder_pause.end()

    def _check_and_keep(self, stopping: Callable[[], bool]) -> None:
        now = self._desk.now()
        if not self._check_pause.is_over(now):
            return
        self._check_pause.begin(now, AGAIN)
        with self._on_duty() as is_mine:
            if not (is_mine and self._check_if_due(stopping)):
                self._check_pause.end()
                return
            self._decisions.mail()  # first: it is what is left while the folder is away
            self._desk.handle(MailCheckpoint(self._addresses), Caller.CLOCK)
            self._keep_elsewhere()
        self._check_pause.begin(now, last_night(now) + timedelta(days=1) - now)

    def _check_if_due(self, stopping: Callable[[], bool]) -> bool:
        """Whether the trail is checked for tonight, by whoever it was."""
        if not self._desk.ask(IsCheckDue(), Caller.CLOCK):
            return True
        self._decisions.recheck_file()
        return self._check(stopping)

    def _check(self, stopping: Callable[[], bool]) -> bool:
        """Follow the chain to its end; false when it has to stop before that.

        Where it does not fit what is kept elsewhere, that stays so for ever: the rows are followed
        once more by themselves, and signed if they hold, so that the fault hides no second one.
        """
        kept = checkpoints_in(self._folder)
        if kept.bad_lines:
            log.error("checkpoint_file_unreadable lines=%s", len(kept.bad_lines))
        walk = alone = self._follow(kept.checkpoints, stopping)
        if walk.broken and kept.checkpoints:
            alone = self._follow((), stopping)
        if not (walk.done and alone.done):
            return False
        found = broken_rows(self._rows(opens=True))
        if found and walk.broken is None:
            walk = replace(walk, broken=found)
        elif found:
            self._remember(replace(walk, broken=found))
        if alone.broken and alone != walk:
            self._remember(alone)
        self._remember(walk)  # last: the first fault is the one that is shown
        if alone.broken is None:
            self._desk.handle(MakeCheckpoint(), Caller.CLOCK)
        return True

    def _rows(self, *, opens: bool) -> tuple[RowFault, ...]:
        """The rows outside the trail that are not as the bot wrote them; logged by their ids."""
        faults = check_all_rows(self._desk, Caller.CLOCK, opens=opens)
        for fault in faults:
            log.error("row_changed table=%s key=%s", fault.table, fault.key or "?")
        return faults

    def _rows_at_the_start(self) -> None:
        """Quickly, once: what was written while the bot stood still is not believed for a day."""
        if self._looked_at_rows:
            return
        if found := broken_rows(self._rows(opens=False)):
            last = self._desk.ask(GetTrailState(), Caller.CLOCK).check
            if last is None or last.broken is None:
                self._remember(ChainProgress(last.seq if last else 0, done=True, broken=found))
        self._looked_at_rows = True

    def _follow(self, kept: Sequence[Checkpoint], stopping: Callable[[], bool]) -> ChainProgress:
        return verify_whole_trail(self._desk, Caller.CLOCK, kept, lambda walk: not stopping())

    def _remember(self, walk: ChainProgress) -> None:
        self._desk.handle(RememberCheck(walk), Caller.CLOCK)
        if walk.broken:
            log.error("trail_broken fault=%s row=%s", walk.broken.fault, walk.broken.seq)

    def _keep_elsewhere(self) -> None:
        if self._folder is None:
            return
        after = checkpoints_in(self._folder).last_seq
        new = self._desk.ask(GetCheckpoints(after), Caller.CLOCK)
        if new:
            append_checkpoints(self._folder, new)
