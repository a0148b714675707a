"""Which requests are of our own workspace, and what becomes of one that breaks.

What does not come from there is acknowledged and goes no further; who pressed is told so.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from handlers.chat.callback_writer import NotStored
from handlers.chat.health import HealthCounters
from handlers.runtime.fault_codes import log_name
from handlers.slack.door import SlackDoor
from handlers.slack.requests import commands
from handlers.slack.requests.identity import Identity
from handlers.slack.requests.runner import SlackRunner
from workflows.core.errors import frames_of

log = logging.getLogger(__name__)
TAKEN: Final = 200
LATER: Final = 503
BROKEN: Final = 500


@dataclass(frozen=True)
class RequestGate:
    """Asked about every request before anything is done about it."""

    door: SlackDoor
    runner: SlackRunner
    identity: Identity
    health: HealthCounters

    def reject_status(self, body: dict[str, Any]) -> int:
        """The status with which it is answered instead of being done; 0 when it is ours."""
        if not self.identity.known.team:
            return LATER  # at the very first start, for a moment
        if not is_foreign(
            body, self.identity.known.team, in_enterprise_grid=bool(self.door.enterprise)
        ):
            return 0
        self.health.stranger()
        if commands.is_answered(body):
            self.runner.turn_away(body)
        return TAKEN


def status_of(error: Exception) -> int:
    """With which Slack is told that it broke; logged."""
    if isinstance(error, NotStored):
        log.error("slack_request_not_kept")
        return LATER  # Slack says so to who pressed
    # Named by its kind alone: its text may quote what people wrote.
    log.error("slack_request_failed error=%s at=%s", log_name(error), frames_of(error))
    return BROKEN


def is_foreign(body: Mapping[str, Any], ours: str, *, in_enterprise_grid: bool) -> bool:
    """Whether it comes from elsewhere: it happened in another workspace, or whoever did it is of
    one. Where our organisation has several, whose somebody is says nothing yet: people of another
    one may be members of ours, too, and whoever is not linked is asked about (`greeting.py`)."""
    event = body.get("event") or {}
    happened = ((body, "team_id"), (body.get("team") or {}, "id"))
    theirs = (
        (body.get("user") or {}, "team_id"),
        (event, "user_team"),
        (event, "source_team"),
        (event, "team"),
    )
    named = set(_named(happened if in_enterprise_grid else (*happened, *theirs)))
    return bool(named - {ours})


def _named(places: Iterable[tuple[Any, str]]) -> Iterator[str]:
    for part, name in places:
        found = part.get(name) if isinstance(part, dict) else None
        if found and isinstance(found, str):
            yield found
