"""LINE WORKS's callbacks, on the pages' own server: no session, no cookie, no CSRF token.

What speaks for a callback is its signature alone. It is never sent a second time, so it is kept
before it is answered, and worked off afterwards; without a right signature nothing is kept and
nothing is logged, only counted.
"""

import base64
import hashlib
import hmac
import json
import logging
from datetime import timedelta
from typing import Any, Final, cast

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.health import HealthCounters
from handlers.lineworks.door import LINEWORKS, LineworksDoor
from handlers.lineworks.event import OLDEST, issued_at
from handlers.lineworks.runner import LineworksRunner
from workflows.core.ports import Callback, CannotStore

log = logging.getLogger(__name__)

PATH: Final = "/lineworks/callback"
SIGNATURE: Final = "X-WORKS-Signature"
BOT: Final = "X-WORKS-BotId"
UNSIGNED: Final = 401
UNAVAILABLE: Final = 503
# Our clock and theirs may differ: that must not make us deaf.
AHEAD: Final = timedelta(hours=1)
LONGEST_SENDER: Final = 255


class CallbackReceiver:
    """Takes in what LINE WORKS tells, keeps it, and lets it be worked off."""

    def __init__(
        self,
        door: LineworksDoor,
        open_unit: OpenCallbackUnit,
        runner: LineworksRunner,
        book: HealthCounters,
    ) -> None:
        self._door, self._open, self._runner, self._book = door, open_unit, runner, book

    def take(self, body: bytes, signature: str, bot_id: str) -> int:
        """The HTTP status: 200 once it is kept, or is nothing that could be worked off."""
        settings = self._door.lineworks
        if not hmac.compare_digest(signature.encode(), signature_of(body, settings.bot_secret)):
            self._book.turned_away()
            return UNSIGNED
        if bot_id != settings.bot_id:
            self._book.stranger()
            return UNSIGNED
        event = read_event(body)
        if event is None:
            log.warning("lineworks_callback_unreadable bytes=%d", len(body))
            return 200
        now = self._door.desk.now()
        if not now - OLDEST <= issued_at(event, now) <= now + AHEAD:
            self._book.turned_away()  # somebody plays an old one again
            return UNSIGNED
        callback = Callback(
            id=hashlib.sha256(body).hexdigest(),
            platform=LINEWORKS,
            sender=_sender(event),
            content=json.dumps(event),
            received_at=now,
        )
        try:
            with self._open() as unit:
                is_new = unit.callbacks.put(callback)
                unit.commit()
        except CannotStore as error:
            # It is never sent a second time: who pressed has to know.
            log.error("lineworks_callback_not_kept reason=%s", error.code)
            self._runner.tell_not_stored(_user(event), error.code)
            return UNAVAILABLE
        if is_new:
            self._runner.begin(callback)
        return 200


def signature_of(body: bytes, secret: str) -> bytes:
    """What LINE WORKS writes into the header for this body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())


def read_event(body: bytes) -> dict[str, Any] | None:
    """What was told; None when it is nothing that anybody could have meant."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _sender(event: dict[str, Any]) -> str:
    """The key by which callbacks are kept in order: the person's, else the room's."""
    source = event.get("source")
    if not isinstance(source, dict):
        return ""
    who = str(source.get("userId") or source.get("channelId") or "")
    return "".join(letter for letter in who if letter.isprintable())[:LONGEST_SENDER]


def _user(event: dict[str, Any]) -> str:
    """Who did something by themselves; "" when it happened in a room, or by itself."""
    source = event.get("source")
    alone = isinstance(source, dict) and not source.get("channelId")
    return str(source.get("userId") or "") if isinstance(source, dict) and alone else ""


def mount(app: Flask, reception: CallbackReceiver) -> None:
    """Let LINE WORKS reach its part of the bot under the pages' address."""

    def lineworks_callback() -> Response:
        given = request.headers
        status = reception.take(
            request.get_data(), given.get(SIGNATURE, ""), given.get(BOT, "").strip()
        )
        return Response(status=status)

    app.add_url_rule(PATH, view_func=lineworks_callback, methods=["POST"])
    cast(CSRFProtect, app.extensions["csrf"]).exempt(lineworks_callback)
