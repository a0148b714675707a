"""LINE WORKS's people, as `handlers/chat/people.py` looks through them each day."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from handlers.chat import people
from handlers.chat.people import DirectorySync
from handlers.lineworks.api import LineworksRefused
from handlers.lineworks.door import LineworksDoor
from workflows.chat.accounts import PlatformPerson

User = Mapping[str, Any]
PAGE: Final = "100"  # people at a time, as many as LINE WORKS gives
AGAIN: Final = timedelta(seconds=3)
NOT_FOUND: Final = 404
NO_WORK: Final = ("isDeleted", "isSuspended", "isAwaiting", "isPending")


def person_seen(user: User) -> PlatformPerson:
    """LINE WORKS's user object; who left, is suspended or has not begun yet may not work."""
    name = user.get("userName") or {}
    return PlatformPerson(
        external_id=str(user["userId"]),
        name=f"{name.get('lastName') or ''} {name.get('firstName') or ''}".strip(),
        email=str(user.get("email") or ""),
        may_work=not any(user.get(word) for word in NO_WORK),
    )


def find_lineworks_person(door: LineworksDoor, user: str) -> PlatformPerson:
    """Who somebody is there; who is not there any more may not work. Raises LineworksRefused."""
    try:
        seen = person_seen({"userId": user, **door.outgoing.call("users.read", user=user)})
    except LineworksRefused as refused:
        if refused.status != NOT_FOUND:
            raise
        return PlatformPerson(user, "", "", may_work=False)
    # By the id that we know them by, whatever form LINE WORKS writes it in.
    return PlatformPerson(user, seen.name, seen.email, seen.may_work)


def is_gone(door: LineworksDoor, user: str) -> bool:
    return people.is_gone(door, user, partial(find_lineworks_person, door))


class LineworksDirectorySync(DirectorySync[LineworksDoor]):
    """LINE WORKS names our domain alone: who is not named may have moved to another one."""

    asks_for_missing = True
    again = AGAIN

    def read_page(self, cursor: str) -> tuple[list[PlatformPerson], str]:
        query = {"count": PAGE} | ({"cursor": cursor} if cursor else {})
        answer = self.door.outgoing.call("users.list", query=query)
        found = [person_seen(user) for user in answer.get("users") or [] if user.get("userId")]
        return found, str((answer.get("responseMetaData") or {}).get("nextCursor") or "")

    def read_one(self, user: str) -> PlatformPerson:
        return find_lineworks_person(self.door, user)
