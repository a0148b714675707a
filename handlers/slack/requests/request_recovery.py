"""Requests of Slack's that nobody ended: their process was killed, or the database took nothing.
Done once, and told.

What was done before the kill is known by the name of its event, so it is not done again. A trigger
is too old by now to open anything: a modal that is still open is drawn, all else is said, and what
was only to be opened is to be asked for again. What cannot be said is tried again, until LATEST.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.deferred_callbacks import (
    AGAIN,
    OLDEST,
    TRIES,
    RecentKeys,
    reply_key,
    was_told_of_delay,
)
from handlers.chat.working_off import (
    finish,
    finish_with_reply,
    schedule_reply,
    schedule_retry,
    work_off_next,
)
from handlers.runtime.fault_codes import log_name
from handlers.slack.door import CLOSED, FOR_ANYBODY, OPENING, SLACK, FieldErrors, SlackDoor
from handlers.slack.requests import stored_request as kept_request
from handlers.slack.requests.modal_result import ModalResult
from handlers.slack.requests.runner import SlackRunner
from handlers.slack.requests.stored_request import (
    StoredRequest,
    UnsentSentence,
    expects_reply,
    parse_unsent_sentence,
)
from workflows.core.errors import frames_of
from workflows.core.ports import Callback, CannotStore

log = logging.getLogger(__name__)
Body = dict[str, Any]

LATEST: Final = timedelta(days=1)  # a word that comes later than this after the deed is not said
STILL_NEWS: Final = timedelta(hours=1)  # what was said to us and is answered, what happened


class RequestRecovery:
    """Takes one row after the other; `step` is called whenever time passes, by one thread."""

    def __init__(
        self,
        door: SlackDoor,
        runner: SlackRunner,
        open_unit: OpenCallbackUnit,
        react: Callable[[Body], object],
    ) -> None:
        self._door, self._runner, self._open, self._react = door, runner, open_unit, react
        self._said = RecentKeys()

    def step(self) -> bool:
        """Work off one request, or say what came of one; whether there was one."""
        now = self._door.desk.now()
        return work_off_next(self._open, SLACK, now, self._work_off, self._tell)

    def _work_off(self, callback: Callback, worker: str, now: datetime) -> None:
        kept = kept_request.from_text(callback.content)
        log.info("slack_request_late way=%s attempt=%d", kept.way, callback.attempt)
        try:
            unsaid = self._said_of(kept, callback, now)
        except Exception as error:  # noqa: BLE001 - a process loop: the next ones must go on
            # Named by its kind alone: its text may quote what people wrote.
            log.error("slack_late_failed error=%s at=%s", log_name(error), frames_of(error))
            waits = isinstance(error, CannotStore)  # then nothing is wrong with it
            if waits and (kept.way in _PRESSED or expects_reply(kept.body)):
                self._say_that_it_waits(callback, kept)
            schedule_retry(self._open, callback, worker, error, now)
            return
        left = UnsentSentence(kept.body, unsaid, now).as_text() if unsaid else ""
        finish_with_reply(self._open, callback, worker, left, now)

    def _say_that_it_waits(self, callback: Callback, kept: StoredRequest) -> None:
        """Where they look, and once."""
        if not self._runner.told.add(callback.id) or was_told_of_delay(callback):
            return
        waits = ModalResult(self._door.say("put_off.waits"))
        if kept.way != kept_request.SUBMISSION or not self._runner.draw_if_open(kept.body, waits):
            self._runner.showing.tell(kept.body, waits.sentence)

    def _said_of(self, kept: StoredRequest, callback: Callback, now: datetime) -> str:
        """Do it, unless it is too old or breaks every time; what is to be said about it."""
        say = self._door.say
        too_old = say("put_off.too_old")
        if now - kept.at > OLDEST:
            return too_old if kept.way in _PRESSED or was_told_of_delay(callback) else ""
        if callback.attempt > 1 + TRIES:  # the first try was that of the process that was killed
            return say("slack.broken") if kept.way in _PRESSED else ""
        match kept.way:
            case kept_request.ACTION:
                return self._action(kept)
            case kept_request.OPENED:
                return say("slack_app.late.press_again")
            case kept_request.SUBMISSION:
                return self._submission(kept)
            case kept_request.CLOSED:
                self._runner.answers.closed(kept.body)
                return ""
            case kept_request.EVENT:
                if now - kept.at > STILL_NEWS:
                    return too_old if was_told_of_delay(callback) else ""
                self._react(kept.body)
                return ""
            case _:
                log.error("slack_late_unknown way=%s", kept.way)
                return ""

    def _action(self, kept: StoredRequest) -> str:
        verb, say = kept.token["v"], self._door.say
        if verb in OPENING and verb not in FOR_ANYBODY:
            return say("slack_app.late.press_again")
        runner, view = self._runner, kept.body.get("view") or {}
        answer = runner.answers.pressed(kept.body, kept.body["actions"][0], kept.token, kept.at)
        runner.draw_own(kept.body)
        if answer is None:
            return say("slack_app.late.done")
        shown = runner.outcome(answer, kept.body)
        in_modal = view.get("type") == "modal"
        if in_modal and runner.draw_if_open(kept.body, shown, was=view.get("hash", "")):
            return ""
        return shown.sentence

    def _submission(self, kept: StoredRequest) -> str:
        """The page that says to wait may still be open: its answer takes its place."""
        runner, view = self._runner, kept.body["view"]
        answer = runner.answers.submitted(kept.body, kept.at)
        runner.draw_own(kept.body)
        shown = runner.outcome(answer, kept.body)
        if runner.draw_if_open(kept.body, shown):
            return ""
        if isinstance(answer, FieldErrors) and view.get("callback_id") in CLOSED:
            runner.answers.closed(kept.body)  # what was typed stays in a draft, as by closing it
            return self._door.say("slack_app.late.draft")
        return shown.sentence

    def _tell(self, callback: Callback, worker: str, now: datetime) -> None:
        unsaid = parse_unsent_sentence(callback.content)
        too_late, word = now - unsaid.at > LATEST, reply_key(callback)
        said = too_late or self._said.has(word)
        said = said or self._runner.showing.tell(unsaid.body, unsaid.sentence)
        if said:
            self._said.add(word)
            finish(self._open, callback, worker, "too_late" if too_late else "")
        else:
            at, left = now + AGAIN, callback.content
            schedule_reply(self._open, callback, worker, left, at=at, error="not_said")


_PRESSED: Final = frozenset({kept_request.ACTION, kept_request.OPENED, kept_request.SUBMISSION})
