"""Who we are at Slack: our workspace and our own user, learnt from Slack and remembered."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from handlers.runtime.pause import Pause
from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import SlackDoor

log = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=10)
REFUSED: Final = timedelta(minutes=5)  # the token itself: somebody has to see to it


@dataclass(frozen=True)
class Known:
    """Ids in Slack; empty until they are known."""

    team: str = ""
    bot_user: str = ""
    bot: str = ""


class Identity:
    """`load` and `save` keep a text from one start to the next, so that only the first one waits.

    `error` is Slack's word for why it does not tell, "" when it did.
    """

    def __init__(
        self, door: SlackDoor, load: Callable[[], str | None], save: Callable[[str], None]
    ) -> None:
        self._door, self._save = door, save
        self.error = ""
        self._pause = Pause()
        self._learnt = False
        self.known = Known(**json.loads(load() or "{}"))
        door.team = self.known.team

    def look(self, now: datetime) -> None:
        """Ask Slack, once in a life; after a failure again in a while."""
        if self._learnt or not self._pause.is_over(now):
            return
        try:
            answer = self._door.api.call("auth.test")
        except SlackRefused as refused:
            self.error = refused.code
            wait = REFUSED if refused.kind is ErrorKind.CLOSED else refused.after or AGAIN
            self._pause.begin(now, wait)
            log.warning("slack_not_known error=%s", refused.code)
            if refused.kind is ErrorKind.CLOSED:
                self._door.report(refused)
            return
        self.error = ""
        self._learnt = True
        found = Known(
            team=str(answer.get("team_id", "")),
            bot_user=str(answer.get("user_id", "")),
            bot=str(answer.get("bot_id", "")),
        )
        if found != self.known:
            self._save(json.dumps(asdict(found)))
        self.known = found
        self._door.team = found.team
        self._door.enterprise = str(answer.get("enterprise_id") or "")

    def lost(self, code: str) -> None:
        """Slack says that the app was uninstalled, or its token revoked: asked anew in a while."""
        self.error, self._learnt = code, False
        self._pause.begin(self._door.desk.now(), REFUSED)
