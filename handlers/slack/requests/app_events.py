"""What Slack tells of the app and its channels: it is gone, a channel was archived or opened again.

Nobody presses anything then, so the administrators would hear of it only when something is sent.
What stands in a channel is looked at anew at once: a board waits, a meeting's room is closed.
"""

import logging
from typing import Any, Final

from handlers.chat.post_upkeep import AN_HOUR
from handlers.slack.api import NOT_NOW, ErrorKind, SlackRefused
from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.requests.commands import EVENTS, IS_RELEVANT, Body
from handlers.slack.requests.runner import SlackRunner
from workflows.chat.cards_and_home import RedrawPlace
from workflows.core.permissions import Caller

log = logging.getLogger(__name__)

# By the event of a private channel, of which all of ours are, and of a public one: why nothing can
# be written there now, as Slack says it to who tries.
SHUT: Final = {
    "group_archive": "is_archived",
    "channel_archive": "is_archived",
    "group_deleted": "channel_not_found",
    "channel_deleted": "channel_not_found",
    "group_left": "not_in_channel",
    "channel_left": "not_in_channel",
}
UNARCHIVED: Final = ("group_unarchive", "channel_unarchive")
# Of public channels Slack tells apps with a scope that ours does not ask for; a town may add it.
OF_PUBLIC: Final = frozenset(name for name in (*SHUT, *UNARCHIVED) if name.startswith("channel_"))
WRITING: Final = ("chat.update", "chat.postMessage")


def app_gone(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """The app was uninstalled, or its token revoked: nothing goes by this way until a probe gets
    through, 管理 says so and the administrators are told at once."""
    code = {"app_uninstalled": "app_uninstalled"}.get(body["event"]["type"], "token_revoked")
    log.error("slack_app_gone error=%s", code)
    door.api.health.failed(code)
    door.lost(code)
    door.report(SlackRefused(ErrorKind.CLOSED, code, NOT_NOW))


def channel_closed(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """Archived, deleted, or the bot was taken out of it."""
    event = body["event"]
    channel, code = _channel(event), SHUT[event["type"]]
    if not channel:
        return
    if channel == door.slack.coordinators_channel:
        for method in WRITING:
            door.outgoing.pace.close(AN_HOUR, code, method, channel)
        door.report(SlackRefused(ErrorKind.NEVER, code, needed=channel))
    else:
        door.desk.handle(RedrawPlace(SLACK, channel), Caller.CLOCK)


def channel_opened(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """Brought back out of the archive: what stands there is drawn as it is now."""
    channel = _channel(body["event"])
    if not channel:
        return
    for method in WRITING:
        door.outgoing.pace.open(method, channel)
    door.desk.handle(RedrawPlace(SLACK, channel), Caller.CLOCK)


def _channel(event: dict[str, Any]) -> str:
    channel = event.get("channel")
    return channel if isinstance(channel, str) else ""


EVENTS["app_uninstalled"] = EVENTS["tokens_revoked"] = app_gone
# A person's token is none of ours: we have asked for none.
IS_RELEVANT["tokens_revoked"] = lambda event: bool((event.get("tokens") or {}).get("bot"))
EVENTS.update(dict.fromkeys(SHUT, channel_closed))
EVENTS.update(dict.fromkeys(UNARCHIVED, channel_opened))
