"""Slack's people, as `handlers/chat/people.py` looks through them each day.

In between Slack tells of whoever joins or changes. Without the scope for e-mail addresses nobody is
linked by one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from handlers.chat.people import DirectorySync
from handlers.slack.door import SlackDoor
from workflows.chat.accounts import PlatformPerson

User = Mapping[str, Any]
PAGE: Final = 200  # people at a time, as Slack recommends
# users.list may be asked 20 times a minute.
BETWEEN: Final = timedelta(seconds=3)
SLACKBOT: Final = "USLACKBOT"
NO_WORK: Final = (
    *("deleted", "is_bot", "is_restricted", "is_ultra_restricted"),
    *("is_stranger", "is_workflow_bot", "is_connector_bot"),
)


def own_team(door: SlackDoor) -> str:
    """The id of our own workspace, asked once. Raises SlackRefused."""
    if not door.team:
        door.team = str(door.api.call("auth.test")["team_id"])
    return door.team


def person_seen(user: User, team: str) -> PlatformPerson:
    """Slack's user object; guests, robots, who left and people of another workspace may not work.

    An address counts once its owner has confirmed it.
    """
    profile = user.get("profile") or {}
    teams = (user.get("enterprise_user") or {}).get("teams") or [user.get("team_id")]
    ours = team in teams and user.get("id") != SLACKBOT
    confirmed = user.get("is_email_confirmed") is not False and not user.get("is_invited_user")
    return PlatformPerson(
        external_id=str(user["id"]),
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or ""),
        email=str(profile.get("email") or "") if confirmed else "",
        may_work=ours and not any(user.get(name) for name in NO_WORK),
    )


class SlackDirectorySync(DirectorySync[SlackDoor]):
    def read_page(self, cursor: str) -> tuple[list[PlatformPerson], str]:
        team = own_team(self.door)
        answer = self.door.api.call("users.list", limit=PAGE, cursor=cursor)
        people = [person_seen(user, team) for user in answer.get("members", [])]
        return people, str((answer.get("response_metadata") or {}).get("next_cursor") or "")

    def between_pages(self) -> timedelta:
        return BETWEEN * self.door.outgoing.pace.processes()  # each looks for itself
