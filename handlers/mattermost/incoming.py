"""What Mattermost sends, on the pages' own server: no session, no cookie, no CSRF token.

Nothing of it is signed. What speaks for a press or a dialog is the token that we sealed for the one
person who reads it, for a command the command's own token. Everything is bounded before it is
looked at; without a right token nothing is kept and nothing is logged, only counted.
"""

import hmac
import json
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from flask import Flask, Response, jsonify, request
from flask_wtf.csrf import CSRFProtect

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.health import HealthCounters
from handlers.mattermost.answering import Answers
from handlers.mattermost.commands import answer_to
from handlers.mattermost.door import (
    COMMAND_PATH,
    DIALOG,
    DIALOG_PATH,
    LONGEST_TOKEN,
    PRESS,
    PRESS_PATH,
    MattermostDoor,
    Wrong,
)
from handlers.mattermost.messages import MESSAGE as LONGEST_MESSAGE
from handlers.mattermost.messages import Json, Message, attachments_of, cut, plain
from handlers.mattermost.runner import KeptPress, Runner
from handlers.runtime.fault_codes import log_name
from handlers.runtime.tokens import BadToken
from workflows.core.errors import Refused
from workflows.core.ports import CannotStore

log = logging.getLogger(__name__)

MOST_BYTES: Final = 64 * 1024
LONGEST_USER: Final = 64  # letters; Mattermost's ids have 26
LONGEST_TRIGGER: Final = 1_000
MOST_CHOSEN: Final = 200  # questions of a dialog, and letters of an answer
MOST_FIELDS: Final = 40  # of a command
UNREADABLE, UNSIGNED, TOO_LARGE = 400, 401, 413
NOTHING: Json = {}
Reply = tuple[Json, int]


class Incoming:
    """Takes in what Mattermost tells; each method answers with JSON and an HTTP status."""

    def __init__(
        self,
        door: MattermostDoor,
        open_unit: OpenCallbackUnit,
        answers: Answers,
        runner: Runner,
        book: HealthCounters,
    ) -> None:
        self._door, self._open, self._answers = door, open_unit, answers
        self._runner, self._book = runner, book

    def press(self, body: bytes) -> Reply:
        """Kept before it is answered. What it does is told by a post."""
        told = _object(body)
        user = _id(told.get("user_id"))
        context = told.get("context")
        token = _text(context.get("token") if isinstance(context, dict) else None, LONGEST_TOKEN)
        trigger = _text(told.get("trigger_id"), LONGEST_TRIGGER)
        if not (user and token):
            return self._turned_away(UNREADABLE)
        try:
            said = self._door.opened(PRESS, user, token)
        except BadToken:
            # Whoever holds an old card in their hands reads why; anybody else learns nothing.
            self._book.turned_away()
            return {"ephemeral_text": self._door.say("mattermost.stale")}, 200
        callback = KeptPress(user, said, trigger).as_callback(self._door.desk.now())
        try:
            with self._open() as unit:
                is_new = unit.callbacks.put(callback)
                unit.commit()
        except CannotStore as error:
            log.error("mattermost_press_not_kept reason=%s", error.code)
            return {"ephemeral_text": self._door.say(f"page.trouble.{error.code}")}, 200
        if is_new:
            self._runner.begin(callback)
        return NOTHING, 200

    def dialog(self, body: bytes) -> Reply:
        """Done before it is answered: what is wrong stays on the screen, with all that was
        chosen."""
        told = _object(body)
        user, state = _id(told.get("user_id")), _text(told.get("state"), LONGEST_TOKEN)
        if not (user and state):
            return self._turned_away(UNREADABLE)
        try:
            facts = self._door.opened(DIALOG, user, state)
        except BadToken:
            self._book.turned_away()
            return {"error": self._door.say("mattermost.stale")}, 200
        chosen = _chosen(told.get("submission"))
        if told.get("cancelled") or chosen is None:
            return NOTHING, 200
        # One opening handed in twice with the same choices is the same.
        event = sha256(f"{state} {json.dumps(chosen, sort_keys=True)}".encode()).hexdigest()
        try:
            message = self._answers.handed_in(user, facts, chosen, event)
        except Wrong as wrong:
            return _errors(wrong.errors), 200
        except Refused as refused:
            return {"error": self._answers.why(refused)}, 200
        except CannotStore as error:
            log.error("mattermost_dialog_not_done reason=%s", error.code)
            return {"error": self._door.say(f"page.trouble.{error.code}")}, 200
        self._runner.draw_own(user)
        self._runner.tell(user, message)
        return NOTHING, 200

    def command(self, body: bytes) -> Reply:
        """Answered at once, for the one who typed alone."""
        form = _form(body)
        given = form.get("token", "")
        if not hmac.compare_digest(given.encode(), self._door.mattermost.command_token.encode()):
            return self._turned_away(UNSIGNED)
        user = _id(form.get("user_id"))
        if not user:
            return self._turned_away(UNREADABLE)
        trigger = form.get("trigger_id", "")[:LONGEST_TRIGGER]
        event = sha256(f"mattermost command:{user}:{trigger}".encode()).hexdigest()
        try:
            message = answer_to(self._door, self._answers, user, form.get("text", ""), event)
        except CannotStore as error:
            log.error("mattermost_command_not_answered reason=%s", error.code)
            return _ephemeral(self._door.say(f"page.trouble.{error.code}")), 200
        return self._shown(user, message), 200

    def broken(self, error: Exception) -> Reply:
        """Named by its kind alone: its text may quote what people wrote."""
        log.error("mattermost_failed error=%s", log_name(error))
        sentence = self._door.say("mattermost.broken")
        return {"ephemeral_text": sentence, "error": sentence, **_ephemeral(sentence)}, 200

    def _shown(self, user: str, message: Message) -> Json:
        words = cut(plain(message.words), LONGEST_MESSAGE)
        attachments = attachments_of(message, self._door.integration_for(user))
        return _ephemeral(words) | ({"attachments": attachments} if attachments else {})

    def _turned_away(self, status: int) -> Reply:
        self._book.turned_away()
        return NOTHING, status


def _ephemeral(words: str) -> Json:
    return {"response_type": "ephemeral", "text": words, "skip_slack_parsing": True}


def _errors(errors: Mapping[str, str]) -> Json:
    """Beside the questions; "" is about all of them."""
    beside = {name: sentence for name, sentence in errors.items() if name}
    above = {"error": errors[""]} if "" in errors else {}
    return above | ({"errors": beside} if beside else {})


# -- read within bounds ---------------------------------------------------------------------------


def _object(body: bytes) -> Json:
    """{} when it is nothing that Mattermost could have meant."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:  # also what is no UTF-8
        return {}


def _text(value: object, most: int) -> str:
    """ "" for whatever is longer, or no text that could be written."""
    fine = isinstance(value, str) and len(value) <= most and value.isprintable()
    return str(value) if fine else ""


def _id(value: object) -> str:
    """An id of theirs: letters and digits."""
    text = _text(value, LONGEST_USER)
    return text if text.isascii() and text.isalnum() else ""


def _chosen(value: object) -> dict[str, str] | None:
    """What was chosen, by the names of the questions; None for what no dialog of ours holds."""
    if not isinstance(value, dict) or len(value) > MOST_CHOSEN:
        return None
    return {
        name: _text(one, MOST_CHOSEN) for name, one in value.items() if len(name) <= MOST_CHOSEN
    }


def mount(app: Flask, incoming: Incoming) -> None:
    """Let Mattermost reach its part of the bot under the pages' address."""

    def view(act: Callable[[bytes], Reply]) -> Callable[[], Response]:
        def answered() -> Response:
            if (request.content_length or 0) > MOST_BYTES:  # it is not even read
                return Response(status=TOO_LARGE)
            try:
                content, status = act(request.get_data(cache=False))
            except Exception as error:  # noqa: BLE001 - whoever did it waits for a sentence
                content, status = incoming.broken(error)
            answer = jsonify(content)
            answer.status_code = status
            return answer

        return answered

    ways: dict[str, Callable[[bytes], Reply]] = {
        PRESS_PATH: incoming.press,
        DIALOG_PATH: incoming.dialog,
        COMMAND_PATH: incoming.command,
    }
    for path, act in ways.items():
        answered: Any = view(act)
        app.add_url_rule(
            path, endpoint=path.strip("/").replace("/", "_"), view_func=answered, methods=["POST"]
        )
        cast(CSRFProtect, app.extensions["csrf"]).exempt(answered)
