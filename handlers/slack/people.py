"""Slack's people: whoever has the e-mail address of one member is linked, who is gone is noted.

Once at the start and once a day everybody is looked through, a page at a time; in between Slack
tells of whoever joins or changes. Without the scope for e-mail addresses nobody is linked by one.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from handlers.pause import Pause
from handlers.slack.api import SlackRefused
from handlers.slack.door import SLACK, SlackDoor
from workflows.accounts import MeetPeople, PersonSeen
from workflows.permissions import Caller

log = logging.getLogger(__name__)

User = Mapping[str, Any]
PAGE: Final = 200  # people at a time, as Slack recommends
# users.list may be asked 20 times a minute.
BETWEEN: Final = timedelta(seconds=3)
EVERY: Final = timedelta(days=1)
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


def person_seen(user: User, team: str) -> PersonSeen:
    """Slack's user object; guests, robots, who left and people of another workspace may not work.

    An address counts once its owner has confirmed it.
    """
    profile = user.get("profile") or {}
    teams = (user.get("enterprise_user") or {}).get("teams") or [user.get("team_id")]
    ours = team in teams and user.get("id") != SLACKBOT
    confirmed = user.get("is_email_confirmed") is not False and not user.get("is_invited_user")
    return PersonSeen(
        external_id=str(user["id"]),
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or ""),
        email=str(profile.get("email") or "") if confirmed else "",
        may_work=ours and not any(user.get(name) for name in NO_WORK),
    )


def meet(door: SlackDoor, people: list[PersonSeen]) -> Mapping[str, str]:
    """The members of these people, linked by now, by their ids in Slack."""
    return door.desk.handle(MeetPeople(SLACK, tuple(people)), Caller.DOOR, door=SLACK)


class Round:
    """The daily look through everybody. `step` is called whenever time passes, by one thread."""

    def __init__(self, door: SlackDoor) -> None:
        self._door = door
        self._cursor = ""
        self._pause = Pause()

    def step(self) -> bool:
        """Look at one page when it is time to; whether more pages follow."""
        now = self._door.desk.now()
        if not self._pause.is_over(now):
            return False
        try:
            team = own_team(self._door)
            answer = self._door.api.call("users.list", limit=PAGE, cursor=self._cursor)
        except SlackRefused as refused:
            log.warning("slack_people_not_read error=%s", refused.code)
            self._cursor = ""  # the next time from the beginning: it changes nothing twice
            self._pause.begin(now, refused.after or EVERY)
            return False
        meet(self._door, [person_seen(user, team) for user in answer.get("members", [])])
        self._cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        between = BETWEEN * self._door.outgoing.pace.processes()  # each looks for itself
        self._pause.begin(now, between if self._cursor else EVERY)
        return bool(self._cursor)
