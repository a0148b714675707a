"""After the open days changed all that is owed is derived anew: what is due now first, the rest a
part at a time, so that no reminder and no notice waits for all of it.

Which open days were followed to the end is kept in the database. A start that finds them as they
were goes through nothing.
"""

from collections.abc import Callable
from typing import Final

from workflows.core.errors import NotFound
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore
from workflows.desk import Desk
from workflows.reminders.open_days_changed import NOTICES, GetCalendarChange, RecalculateDueTimes

BATCH_SIZE: Final = 200  # [ours] cases, meetings and requests at one tick


class OpenDaysRecalculation:
    """`load` and `save` keep a short text, which names the open days that were followed, by which
    program: another one may derive otherwise. Without them each start follows anew."""

    def __init__(
        self,
        desk: Desk,
        load: Callable[[], str | None] = lambda: None,
        save: Callable[[str], None] = lambda text: None,
        program: str = "",
    ) -> None:
        self._desk, self._load, self._save, self._program = desk, load, save, program
        self._stamp: str | None = None  # of the open days that are followed; None: not asked yet
        self._left: dict[str, str] = {}  # what there is still to go through: its key by its id
        self._failed = False

    def look(self) -> None:
        """Ask whether the open days are still those that were followed last."""
        known = self._kept() if self._stamp is None else self._stamp
        found = self._desk.ask(GetCalendarChange(known), Caller.CLOCK)
        if found.stamp != known:
            self._save("")  # until all of it was gone through: days may change back meanwhile
            self._left = {key.partition(":")[2]: key for key in found.keys}
            self._failed = False
        self._stamp = found.stamp
        if found.stamp != known and not self._left:
            self._keep()

    def move_notices_off_closed_days(self) -> None:
        """Before anything is sent: what was to come on a morning that closed does not."""
        self.follow(NOTICES.partition(":")[2])

    def left(self) -> list[str]:
        """The ids of what is to be followed at this tick."""
        return list(self._left)[:BATCH_SIZE]

    def is_left(self, subject_id: str) -> bool:
        return subject_id in self._left

    def follow(self, subject_id: str) -> None:
        """Derive what is owed on this, if it is still to be gone through. What fails for a while
        (CannotStore) is left to be tried again."""
        key = self._left.get(subject_id)
        if key is None:
            return
        try:
            self._desk.handle(RecalculateDueTimes(key), Caller.CLOCK)
        except NotFound:
            pass  # it was disposed of meanwhile
        except CannotStore:
            raise
        except Exception:
            self._failed = True  # at the next start all is gone through again
            self._gone_through(subject_id)
            raise
        self._gone_through(subject_id)

    def _gone_through(self, subject_id: str) -> None:
        del self._left[subject_id]
        if not self._left and not self._failed:
            self._keep()

    def _keep(self) -> None:
        self._save(f"{self._program} {self._stamp}")

    def _kept(self) -> str:
        program, _, stamp = (self._load() or "").partition(" ")
        return stamp if program == self._program else ""
