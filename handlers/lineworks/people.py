"""LINE WORKS's people: whoever has the e-mail address of one member is linked, who is gone noted.

Once at the start and once a day everybody is looked through, a page at a time. Whom the list does
not name any more is asked for by themselves before they count as gone: it names our domain alone.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.lineworks.api import ErrorKind, LineworksRefused
from handlers.lineworks.door import LINEWORKS, LineworksDoor
from handlers.pause import Pause
from workflows.account_views import GetAccounts
from workflows.accounts import MeetPeople, PersonSeen
from workflows.permissions import Caller

log = logging.getLogger(__name__)

User = Mapping[str, Any]
PAGE: Final = "100"  # people at a time, as many as LINE WORKS gives
EVERY: Final = timedelta(days=1)
AGAIN: Final = timedelta(seconds=3)
NOT_FOUND: Final = 404
NO_WORK: Final = ("isDeleted", "isSuspended", "isAwaiting", "isPending")


def person_seen(user: User) -> PersonSeen:
    """LINE WORKS's user object; who left, is suspended or has not begun yet may not work."""
    name = user.get("userName") or {}
    return PersonSeen(
        external_id=str(user["userId"]),
        name=f"{name.get('lastName') or ''} {name.get('firstName') or ''}".strip(),
        email=str(user.get("email") or ""),
        may_work=not any(user.get(word) for word in NO_WORK),
    )


def meet(door: LineworksDoor, people: list[PersonSeen]) -> Mapping[str, str]:
    """The members of these people, linked by now, by their ids in LINE WORKS."""
    return door.desk.handle(MeetPeople(LINEWORKS, tuple(people)), Caller.DOOR, door=LINEWORKS)


def looked_up(door: LineworksDoor, user: str) -> PersonSeen:
    """Who somebody is there; who is not there any more may not work. Raises LineworksRefused."""
    try:
        seen = person_seen({"userId": user, **door.outgoing.call("users.read", user=user)})
    except LineworksRefused as refused:
        if refused.status != NOT_FOUND:
            raise
        return PersonSeen(user, "", "", may_work=False)
    # By the id that we know them by, whatever form LINE WORKS writes it in.
    return PersonSeen(user, seen.name, seen.email, seen.may_work)


def is_gone(door: LineworksDoor, user: str) -> bool:
    """Whether nobody can be reached by this account any more, which is noted then."""
    try:
        seen = looked_up(door, user)
    except LineworksRefused as refused:
        log.warning("lineworks_person_not_read error=%s", refused.code)
        return False
    if not seen.may_work:
        meet(door, [seen])
    return not seen.may_work


class Round:
    """The daily look through everybody. `step` is called whenever time passes, by one thread."""

    def __init__(self, door: LineworksDoor) -> None:
        self._door = door
        self._cursor = ""
        self._seen: set[str] = set()
        self._missing: list[str] = []
        self._pause = Pause()

    def step(self) -> bool:
        """Look at one page, or at one who is missing, when it is time to; whether more follows."""
        now = self._door.desk.now()
        if not self._pause.is_over(now):
            return False
        try:
            more = self._ask_for_one() if self._missing else self._read_a_page()
        except LineworksRefused as refused:
            log.warning("lineworks_people_not_read error=%s", refused.code)
            wait = refused.after or (AGAIN if refused.kind is ErrorKind.LATER else EVERY)
            self._begin_anew(now, wait)  # it changes nothing twice
            return False
        if not more:
            self._begin_anew(now, EVERY)
        return more

    def _begin_anew(self, now: datetime, wait: timedelta) -> None:
        self._cursor, self._seen, self._missing = "", set(), []
        self._pause.begin(now, wait)

    def _read_a_page(self) -> bool:
        query = {"count": PAGE} | ({"cursor": self._cursor} if self._cursor else {})
        answer = self._door.outgoing.call("users.list", query=query)
        people = [person_seen(user) for user in answer.get("users") or [] if user.get("userId")]
        meet(self._door, people)
        self._seen |= {person.external_id for person in people}
        self._cursor = str((answer.get("responseMetaData") or {}).get("nextCursor") or "")
        if self._cursor:
            return True
        view = self._door.desk.ask(GetAccounts(LINEWORKS), Caller.CONSOLE)
        linked = {line.external_id for line in view.lines if line.external_id}
        self._missing = sorted(linked - self._seen)
        return bool(self._missing)

    def _ask_for_one(self) -> bool:
        seen = looked_up(self._door, self._missing[-1])
        meet(self._door, [seen])
        self._missing.pop()
        return bool(self._missing)
