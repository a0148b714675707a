"""A platform's people: whoever has the e-mail address of one member is linked, who is gone noted.

Once at the start and once a day everybody is looked through, a page at a time.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, TypeVar

from handlers.chat.door import ChatDoor
from handlers.chat.platform_error import ErrorKind, PlatformError
from handlers.runtime.pause import Pause
from workflows.chat.accounts import MatchAccounts, PlatformPerson
from workflows.core.permissions import Caller
from workflows.directory.link_account import RequestAccountLink
from workflows.directory.linked_accounts import GetAccounts

log = logging.getLogger(__name__)

DoorType = TypeVar("DoorType", bound=ChatDoor)
ASK: Final = "ask_to_be_linked"  # the verb of a button for who is not linked
EVERY: Final = timedelta(days=1)


def match_people(door: ChatDoor, people: Sequence[PlatformPerson]) -> Mapping[str, str]:
    """The members of these people, linked by now, by their ids there."""
    return door.handle(MatchAccounts(door.platform, tuple(people)), Caller.DOOR)


def is_gone(door: ChatDoor, user: str, look_up: Callable[[str], PlatformPerson]) -> bool:
    """Whether nobody can be reached by this account any more, which is noted then. `look_up` says
    who somebody is there, and raises PlatformError."""
    try:
        seen = look_up(user)
    except PlatformError as error:
        log.warning("%s_person_not_read error=%s", door.platform, error.code)
        return False
    if not seen.may_work:
        match_people(door, [seen])
    return not seen.may_work


@dataclass(frozen=True)
class UnlinkedPerson:
    """Somebody who is not linked, `found` as far as we may see who they are. With a `refusal`
    ("not_now", "not_for_you": a word of the platform's `stranger` group) they may not ask either.
    """

    found: PlatformPerson | None
    refusal: str = ""


def member_or_stranger(
    door: ChatDoor,
    user: str,
    look_up: Callable[[str], PlatformPerson],
    hidden: Collection[ErrorKind],
) -> str | UnlinkedPerson:
    """The member that somebody turns out to be, linked just now, or whom else we have before us.

    `hidden` are the errors of `look_up` that say that we may not see who people are.
    """
    found: PlatformPerson | None = None
    try:
        found = look_up(user)
    except PlatformError as error:
        if error.kind not in hidden:
            return UnlinkedPerson(None, "not_now")
    if found and not found.may_work:
        return UnlinkedPerson(found, "not_for_you")
    member_id = match_people(door, [found]).get(user) if found else None
    return member_id or UnlinkedPerson(found)


def ask_to_be_linked(door: ChatDoor, user: str, found: PlatformPerson | None) -> str:
    """Their wish goes to the administrators; how it stands: a second one is on its way already.
    None: we may not see who they are."""
    name, email = (found.name, found.email) if found else ("", "")
    return door.handle(RequestAccountLink(door.platform, user, name, email), Caller.DOOR)


class DirectorySync(ABC, Generic[DoorType]):
    """The daily look through everybody. `step` is called whenever time passes, by one thread.

    With `asks_for_missing` whom the list does not name any more is asked for by themselves before
    they count as gone. `again` is the wait after a refusal that says no time but may pass.
    """

    asks_for_missing: ClassVar[bool] = False
    again: ClassVar[timedelta] = EVERY

    def __init__(self, door: DoorType) -> None:
        self.door = door
        self._cursor = ""
        self._seen: set[str] = set()
        self._missing: list[str] = []
        self._pause = Pause()

    @abstractmethod
    def read_page(self, cursor: str) -> tuple[list[PlatformPerson], str]:
        """Some people, from the beginning with "", and the cursor of the next page, "" after the
        last one. Raises PlatformError."""

    def read_one(self, user: str) -> PlatformPerson:
        """Who somebody is there; who is not there any more may not work. Raises PlatformError."""
        raise NotImplementedError

    def between_pages(self) -> timedelta:
        return timedelta(0)

    def step(self) -> bool:
        """Look at one page, or at one who is missing, when it is time to; whether more follows."""
        now = self.door.desk.now()
        if not self._pause.is_over(now):
            return False
        try:
            more = self._ask_for_one() if self._missing else self._look_at_page()
        except PlatformError as error:
            log.warning("%s_people_not_read error=%s", self.door.platform, error.code)
            wait = self.again if error.kind is ErrorKind.LATER else EVERY
            self._begin_anew(now, error.after or wait)  # it changes nothing twice
            return False
        if more:
            self._pause.begin(now, self.between_pages())
        else:
            self._begin_anew(now, EVERY)
        return more

    def _begin_anew(self, now: datetime, wait: timedelta) -> None:
        self._cursor, self._seen, self._missing = "", set(), []
        self._pause.begin(now, wait)

    def _look_at_page(self) -> bool:
        people, self._cursor = self.read_page(self._cursor)
        match_people(self.door, people)
        if self.asks_for_missing:
            self._seen |= {person.external_id for person in people}
        if self._cursor or not self.asks_for_missing:
            return bool(self._cursor)
        view = self.door.desk.ask(GetAccounts(self.door.platform), Caller.CONSOLE)
        linked = {line.external_id for line in view.lines if line.external_id}
        self._missing = sorted(linked - self._seen)
        return bool(self._missing)

    def _ask_for_one(self) -> bool:
        match_people(self.door, [self.read_one(self._missing[-1])])
        self._missing.pop()
        return bool(self._missing)
