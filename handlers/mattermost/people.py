"""Mattermost's people, as `handlers/chat/people.py` looks through them each day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from handlers.chat.people import DirectorySync
from handlers.mattermost.api import NOT_FOUND, MattermostRefused
from handlers.mattermost.door import MattermostDoor
from workflows.chat.accounts import PlatformPerson

User = Mapping[str, Any]
PAGE: Final = 200  # people at a time, as many as Mattermost gives
AGAIN: Final = timedelta(minutes=1)
GUEST: Final = "system_guest"


def person_seen(user: User) -> PlatformPerson:
    """Mattermost's user object; who is deactivated, a guest or a bot may not work.

    An address counts once Mattermost has confirmed it, or a directory (LDAP, SAML) vouches for it:
    else whoever makes an account could be anybody.
    """
    name = f"{user.get('last_name') or ''} {user.get('first_name') or ''}".strip()
    guest = GUEST in str(user.get("roles") or "").split()
    gone = bool(user.get("delete_at")) or bool(user.get("is_bot")) or guest
    return PlatformPerson(
        external_id=str(user["id"]),
        name=name or str(user.get("nickname") or user.get("username") or ""),
        email=str(user.get("email") or "") if user.get("email_verified") is True else "",
        may_work=not gone,
    )


def looked_up(door: MattermostDoor, user: str) -> PlatformPerson:
    """Who somebody is there; who is not there any more may not work. Raises MattermostRefused."""
    try:
        found = door.outgoing.call("users.read", user=user)
    except MattermostRefused as refused:
        if refused.status != NOT_FOUND:
            raise
        return PlatformPerson(user, "", "", may_work=False)
    return person_seen({**(found if isinstance(found, dict) else {}), "id": user})


class MattermostDirectorySync(DirectorySync[MattermostDoor]):
    """Its list names deactivated people, too; who was deleted for good is asked for."""

    asks_for_missing = True
    again = AGAIN

    def read_page(self, cursor: str) -> tuple[list[PlatformPerson], str]:
        page = int(cursor or 0)
        query = {"page": str(page), "per_page": str(PAGE)}
        answer = self.door.outgoing.call("users.list", query=query)
        found = [one for one in answer if isinstance(one, dict) and one.get("id")]
        return [person_seen(one) for one in found], str(page + 1) if len(found) == PAGE else ""

    def read_one(self, user: str) -> PlatformPerson:
        return looked_up(self.door, user)
