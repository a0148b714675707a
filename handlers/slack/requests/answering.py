"""What is done about one request of Slack's, and what the person sees next. Slack is not called.

An act is registered by the verb of its token or by its modal's name (`door.py`); here it is found,
and what it refuses becomes a sentence.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.runtime.tokens import BadToken
from handlers.slack.door import (
    CLOSED,
    FOR_ANYBODY,
    OPENING,
    PRESSED,
    SLACK,
    SUBMITTED,
    Answer,
    FieldErrors,
    Here,
    OpenModal,
    Press,
    PrivateSentence,
    SlackDoor,
    Submission,
)
from handlers.slack.requests.modal_calls import user_of
from handlers.slack.requests.stored_request import event_name
from handlers.slack.ui.modals import opened, value_of
from workflows.chat.accounts import GetMemberOfAccount
from workflows.core.errors import AlreadyDone, Invalid, NotAllowed, NotFound, Refused
from workflows.core.handled_events import FindHandledEvent
from workflows.core.permissions import Caller

log = logging.getLogger(__name__)

Body = dict[str, Any]
Greet = Callable[[SlackDoor, Body], str | Answer]


class Unlinked(Exception):
    """Whoever pressed is nobody we know; `answer` is what they are told."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class RequestAnswers:
    """`greet` answers people who are not linked; it may link them and hand back their member."""

    def __init__(self, door: SlackDoor, greet: Greet) -> None:
        self._door, self._greet = door, greet
        self._members: dict[str, str] = {}  # by user: who they were when they last did something

    def member_of(self, body: Body) -> str:
        """Who they were when they last did something; "" when nobody we know."""
        return self._members.get(user_of(body), "")

    def here(self, body: Body, event: str, said_at: datetime | None = None) -> Here:
        """Who is at it. Raises Unlinked."""
        user = user_of(body)
        member_id = self._door.desk.ask(GetMemberOfAccount(SLACK, user), Caller.DOOR, door=SLACK)
        if member_id is None:
            found = self._greet(self._door, body)
            if not isinstance(found, str):
                raise Unlinked(found)
            member_id = found
        self._members[user] = member_id
        return Here(self._door, member_id, user, event, said_at)

    def pressed(
        self,
        body: Body,
        action: Body,
        token: Mapping[str, str],
        said_at: datetime | None = None,
    ) -> Answer:
        """`said_at` is when that was, by our clock."""
        act = PRESSED.get(token["v"])
        view = body.get("view") or {}
        chosen = value_of(action) if action and action.get("type") != "button" else ()
        container = body.get("container", {})
        try:
            if token["v"] in FOR_ANYBODY:
                return FOR_ANYBODY[token["v"]](self._door, user_of(body))
            here = self.here(body, event_name(body, action), said_at)
            if act is None:
                return PrivateSentence(self._door.say("slack.stale"))
            if token["v"] not in OPENING and self._is_done(here):
                return None  # by who was killed before it was seen
            return act(
                Press(
                    here=here,
                    verb=token["v"],
                    subject=token["s"],
                    item=token["i"],
                    chosen=(chosen,) if isinstance(chosen, str) else tuple(chosen),
                    at=str(action.get("action_ts") or ""),
                    opened=opened(self._door, view) if view.get("type") == "modal" else None,
                    channel=container.get("channel_id", ""),
                    message=container.get("message_ts", ""),
                )
            )
        except Unlinked as unlinked:
            return unlinked.answer
        except BadToken:
            return PrivateSentence(self._door.say("slack.stale"))
        except AlreadyDone:
            return None  # the first one is being shown
        except Refused as refused:
            return self._not_done(refused, in_modal=view.get("type") == "modal")

    def _not_done(self, refused: Refused, *, in_modal: bool) -> Answer:
        """Why, said on top of the modal, in which all stays; or instead of what is not for them."""
        if not in_modal or isinstance(refused, (NotAllowed, NotFound)):
            return PrivateSentence(self._door.sentence(refused))
        return FieldErrors(self._errors(refused))

    def _errors(self, refused: Refused) -> dict[str, str]:
        if isinstance(refused, Invalid):
            return {e.field: self._door.say(e.key, **e.facts) for e in refused.errors}
        return {"": self._door.sentence(refused)}

    def submitted(self, body: Body, said_at: datetime | None = None) -> Answer:
        """`said_at` as of `pressed`."""
        view = body["view"]
        try:
            here = self.here(body, f"modal:{view['id']}:{view.get('hash', '')}", said_at)
            return self._answered(here, opened(self._door, view))
        except Unlinked as unlinked:
            return unlinked.answer
        except BadToken:
            return PrivateSentence(self._door.say("slack.stale"))

    def _answered(self, here: Here, modal: OpenModal) -> Answer:
        act = SUBMITTED.get(modal.callback)
        if act is None:
            return PrivateSentence(self._door.say("slack.stale"))
        if self._is_done(here):
            # Looked at first: what else is looked at knows of what it did, and would ask about it.
            return PrivateSentence(self._door.say("already_done"))
        try:
            return act(Submission(here, modal))
        except AlreadyDone as done:
            return PrivateSentence(self._door.sentence(done))
        except Refused as refused:
            # What was typed stays on the screen, with the reason beside it.
            return FieldErrors(self._errors(refused))

    def _is_done(self, here: Here) -> bool:
        """Whether this very press, or modal handed in, was carried out before."""
        found = self._door.desk.ask(FindHandledEvent(SLACK, here.event), Caller.DOOR, door=SLACK)
        return found is not None

    def closed(self, body: Body) -> None:
        """Do what follows from closing a modal."""
        view, act = body["view"], CLOSED.get(body["view"].get("callback_id", ""))
        if act is None:
            return
        try:
            here = self.here(body, f"closed:{view['id']}:{view.get('hash', '')}")
            act(Submission(here, opened(self._door, view)))
        except (Unlinked, BadToken, Refused) as refused:
            log.info("slack_close_ignored error=%s", type(refused).__name__)
