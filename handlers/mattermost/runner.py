"""Presses worked off as `handlers/chat/runner.py` does: done once, then told or opened.

A dialog is opened while its trigger lives, which is three seconds on an older server; of one that
came too late the same button is shown once more.
"""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.people import is_gone
from handlers.chat.runner import CallbackRunner
from handlers.chat.stored_reply import Content, ReplySender, StoredReply
from handlers.mattermost.answering import Answers
from handlers.mattermost.api import MattermostRefused
from handlers.mattermost.direct_messages import DirectMessages
from handlers.mattermost.door import DIALOG, DIALOG_PATH, MATTERMOST, MattermostDoor
from handlers.mattermost.messages import Button, Dialog, Message, dialog_of, post_of, said
from handlers.mattermost.people import looked_up
from handlers.mattermost.redrawing import Redrawing
from workflows.core.ports import Callback

log = logging.getLogger(__name__)
LETTERS: Final = 16  # of what tells one opening of a dialog from another


@dataclass(frozen=True)
class KeptPress:
    """A press as it is kept until it is done: who, what its token says, and the trigger."""

    user: str
    token: dict[str, str]
    trigger: str

    def as_callback(self, received_at: datetime) -> Callback:
        """The same for every repeat of it, and for nothing else: each press has its own trigger."""
        content = json.dumps(asdict(self), ensure_ascii=False)
        return Callback(
            sha256(f"mattermost:{content}".encode()).hexdigest(),
            MATTERMOST,
            self.user,
            content,
            received_at,
        )


def press_of(callback: Callback) -> KeptPress:
    return KeptPress(**json.loads(callback.content))


class MattermostTeller(ReplySender):
    """A message is the post, beside the links in it that let somebody in once."""

    def __init__(self, door: MattermostDoor, messages: DirectMessages) -> None:
        super().__init__(MATTERMOST)
        self._door, self._messages = door, messages

    def send(self, content: Content, *, user: str, room: str) -> None:
        self._messages.send(user, content["post"])

    def note_if_gone(self, user: str) -> object:
        return is_gone(self._door, user, partial(looked_up, self._door))

    def renewal_message(self, token: str) -> Content:
        """`token` is of the same person: it was sealed for them."""
        again = Button(self._door.say("mattermost.late.again"))
        told = said(self._door.say("mattermost.late.why"), again)
        return {"post": post_of(told, self._door.integration_with(token))}


class Runner(CallbackRunner):
    def __init__(
        self,
        door: MattermostDoor,
        open_unit: OpenCallbackUnit,
        answers: Answers,
        messages: DirectMessages,
        redrawing: Redrawing,
    ) -> None:
        super().__init__(door, open_unit, MattermostTeller(door, messages))
        self._door, self._answers, self._messages = door, answers, messages
        self._redrawing = redrawing

    def happened_at(self, callback: Callback) -> datetime:
        return callback.received_at

    def speaker_of(self, callback: Callback) -> str:
        return press_of(callback).user

    def do(self, callback: Callback) -> StoredReply:
        press = press_of(callback)
        answer = self._answers.pressed(press.user, press.token, callback.id, callback.received_at)
        if isinstance(answer, Dialog):
            return self._opened(press, answer, callback)
        self.draw_own(press.user)
        return self._telling(press.user, answer)

    def not_done(self, callback: Callback, *, is_too_old: bool) -> StoredReply:
        key = "put_off.too_old" if is_too_old else "mattermost.broken"
        return self._telling(press_of(callback).user, said(self._door.say(key)))

    def send_sentence(self, user: str, sentence: str) -> None:
        self._messages.post(user, said(sentence))

    def draw_own(self, user: str) -> None:
        """What they look at as it is now, on a thread of its own."""
        member_id = self._answers.member_of(user) or ""
        self._crew.start(lambda: self._redrawing.draw_own(member_id), None)

    def tell(self, user: str, message: Message) -> None:
        """Say something that nobody has to be told twice, on a thread of its own."""
        self._crew.start(lambda: self._messages.post(user, message), "")

    def _opened(self, press: KeptPress, dialog: Dialog, callback: Callback) -> StoredReply:
        """Open it; when it comes too late for that, ask for the press once more."""
        door = self._door
        facts = {"v": dialog.callback, "s": dialog.subject, "i": dialog.item}
        state = door.sealed(DIALOG, press.user, facts | {"o": callback.id[:LETTERS]})
        body = {
            "trigger_id": press.trigger,
            "url": door.address(DIALOG_PATH),
            "dialog": dialog_of(dialog, state),
        }
        try:
            door.outgoing.call("dialogs.open", body=body, waited_for=True)
        except MattermostRefused as refused:
            log.warning("mattermost_dialog_not_opened error=%s", refused.code)
            token = press.token
            again = Button(door.say("mattermost.late.press"), token["v"], token["s"], token["i"])
            return self._telling(press.user, said(door.say("mattermost.late.dialog"), again))
        return self._telling(press.user, None)

    def _telling(self, user: str, message: Message | None) -> StoredReply:
        """Kept as it is sent; a link whose time has run is asked for anew by its own button."""
        made_at = self._door.desk.now().isoformat()
        if message is None:
            return StoredReply(made_at, user=user)
        integration = self._door.integration_for(user)
        links = {b.uri: integration.token_of(b) for b in message.buttons if b.uri and b.verb}
        content = {"post": post_of(message, integration), "links": list(links)}
        return StoredReply(made_at, user=user, contents=(content,), links=links)
