"""What Slack tells of its people: somebody joined, came back, left, or has another address."""

import logging

from handlers.chat.people import match_people
from handlers.slack.api import SlackRefused
from handlers.slack.door import SlackDoor
from handlers.slack.requests.commands import EVENTS, Body
from handlers.slack.requests.people import own_team, person_seen
from handlers.slack.requests.runner import SlackRunner

log = logging.getLogger(__name__)


def somebody_changed(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """Link them, or note that they are gone. A repeat of the event changes nothing more."""
    try:
        team = own_team(door)
    except SlackRefused as refused:
        log.warning("slack_people_not_read error=%s", refused.code)
        return  # the daily round will see them
    match_people(door, [person_seen(body["event"]["user"], team)])


EVENTS["team_join"] = EVENTS["user_change"] = somebody_changed
