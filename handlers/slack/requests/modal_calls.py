"""What somebody sees next in Slack: a modal opened or drawn anew, or a sentence for them alone.

Nothing here decides anything, and nothing raises: what cannot be shown is told in another way, or
logged by Slack's own word for it. A sentence never holds case content, wherever it lands.
"""

import logging
import threading
from collections import OrderedDict
from typing import Any, Final

from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import Modal, SlackDoor
from handlers.slack.ui.blocks import Block, escape, section
from handlers.slack.ui.modals import sentence_modal, view_of

log = logging.getLogger(__name__)

Body = dict[str, Any]
MOST_VIEWS: Final = 1_000  # whose last drawing is remembered
HANDED_IN: Final = "~"  # sorts behind every time stamp of Slack's
PATIENCE: Final = 3  # seconds that Slack may ask us to wait while somebody looks at a modal
MOMENTS: Final = (1.0, 3.0)  # seconds before what did not succeed is tried again
USED: Final = frozenset({"exchanged_trigger_id"})  # by the first of a repeated request


def user_of(body: Body) -> str:
    """The id of whoever pressed, typed or did what an event tells of; nothing when nobody did."""
    user = body.get("user") or body.get("user_id") or body.get("event", {}).get("user") or ""
    return str(user.get("id", "")) if isinstance(user, dict) else str(user)


def thread_of(body: Body) -> str:
    """The thread in which somebody pressed or wrote; "" when it was outside of all of them."""
    for part in (body.get("container"), body.get("event"), body.get("message")):
        if isinstance(part, dict) and part.get("thread_ts"):
            return str(part["thread_ts"])
    return ""


class ModalCalls:
    """Everything that a person who pressed something gets to see by a call of Slack's."""

    def __init__(self, door: SlackDoor) -> None:
        self._door = door
        self._drawn: OrderedDict[str, str] = OrderedDict()  # view: the press that drew it last
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def waiting(self) -> Block:
        return self.sentence_view("slack.waiting")

    def sentence_view(self, key: str) -> Block:
        return self.said_view(self._door.say(key))

    def said_view(self, sentence: str) -> Block:
        return view_of(self._door, sentence_modal(self._door, sentence))

    def view(self, modal: Modal) -> Block:
        return view_of(self._door, modal)

    def open(self, body: Body, view: Block) -> str:
        """The id of the modal that is open now, or nothing when it is not; then that was told."""
        trigger = str(body.get("trigger_id", ""))
        try:
            answer = self._door.api.call("views.open", trigger_id=trigger, view=view)
        except SlackRefused as refused:
            self._report("views.open", refused)
            if refused.code not in USED:  # else the first one is being shown
                log.warning("slack_view_not_opened error=%s", refused.code)
                self.tell(body, self._door.say("slack.too_late"))
            return ""
        return str(answer["view"]["id"])

    def handed_in(self, view_id: str) -> None:
        """From now on this modal shows what came of handing it in, and of no earlier press."""
        self._remember(view_id, HANDED_IN)

    def update(
        self,
        body: Body,
        view_id: str,
        view: Block,
        *,
        closed: str = "",
        missed: str = "",
        was: str = "",
        at: str = "",
    ) -> bool:
        """Draw a modal anew. `was` is the hash of what its answer belongs to, `at` the press;
        `closed` is said in person when somebody closed it meanwhile, `missed` when Slack does not
        draw it.

        Of presses that overtake each other the latest is shown, and none in the place of what
        came of handing the modal in. False when it was neither drawn nor told.
        """
        code = self._updated(view_id, view, was)
        if code == "hash_conflict" and at > self._last(view_id):
            code = self._updated(view_id, view, "")
        if not code:
            self._remember(view_id, at)
        elif code == "not_found":
            return not closed or self.tell_in_person(body, closed)
        elif code != "hash_conflict":
            log.warning("slack_view_not_updated error=%s", code)
            return not missed or self.tell_in_person(body, missed)
        return True

    def call(self, method: str, *, repeatable: bool = False, **args: Any) -> None:
        """Call it, a few times when need be: while surely nothing was done, or twice is once.

        Raises SlackRefused.
        """
        for moment in (*MOMENTS, None):
            try:
                self._door.api.call(method, **args)
            except SlackRefused as refused:
                self._report(method, refused)
                again = refused.kind is ErrorKind.LATER or (
                    repeatable and refused.kind is ErrorKind.MAYBE
                )
                if not again or moment is None:
                    raise
                wait = max(moment, refused.after.total_seconds() if refused.after else 0)
                if wait > PATIENCE or self._stopping.wait(wait):
                    raise
            else:
                return

    def tell(self, body: Body, sentence: str) -> bool:
        """Say something to the one who pressed, where they pressed, and to nobody else. False when
        Slack does not take it now: then it is to be said later."""
        channel = body.get("container", {}).get("channel_id") or body.get("channel_id")
        channel = channel or body.get("event", {}).get("channel") or ""
        if not channel:
            return self.tell_in_person(body, sentence)
        where: dict[str, Any] = {"channel": channel, "user": user_of(body)}
        if thread := thread_of(body):
            where["thread_ts"] = thread
        try:
            self.call("chat.postEphemeral", **where, **_message(sentence))
        except SlackRefused as refused:
            if refused.kind is not ErrorKind.NEVER:
                log.warning("slack_sentence_not_said error=%s", refused.code)
                # What may have been said is not said twice.
                return refused.kind is ErrorKind.MAYBE or self._answer(body, sentence)
        else:
            return True
        # We are not in that channel.
        return self.tell_in_person(body, sentence) or self._answer(body, sentence)

    def tell_in_person(self, body: Body, sentence: str) -> bool:
        try:
            self.call("chat.postMessage", channel=user_of(body), **_message(sentence))
        except SlackRefused as refused:
            log.warning("slack_sentence_not_said error=%s", refused.code)
            return refused.kind in (ErrorKind.MAYBE, ErrorKind.NEVER)
        return True

    def _answer(self, body: Body, sentence: str) -> bool:
        """Say it at the address that came with the press, which works where no method does."""
        url = str(body.get("response_url") or "")
        if not url:
            return False
        more = {"response_type": "ephemeral", "replace_original": False}
        if thread := thread_of(body):
            more |= {"thread_ts": thread}
        try:
            self._door.api.respond(url, **more, **_message(sentence))
        except SlackRefused as refused:
            log.info("slack_answer_not_taken error=%s", refused.code)
            return refused.kind is ErrorKind.MAYBE
        return True

    def pause(self, seconds: float) -> None:
        """Wait so long, unless all of it is stopping."""
        self._stopping.wait(seconds)

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._stopping.set()

    def replace(self, view_id: str, view: Block, was: str = "") -> bool:
        """Draw a modal anew if it is still open, and (with `was`) as it was then; whether it is."""
        return not self._updated(view_id, view, was)

    def _updated(self, view_id: str, view: Block, was: str) -> str:
        """Slack's word for why it did not draw it; nothing when it did."""
        more = {"hash": was} if was else {}
        try:
            self.call("views.update", repeatable=True, view_id=view_id, view=view, **more)
        except SlackRefused as refused:
            return refused.code
        return ""

    def _report(self, method: str, refused: SlackRefused) -> None:
        if refused.kind is ErrorKind.CLOSED:
            self._door.report(refused)
        elif refused.kind is ErrorKind.LATER:
            self._door.outgoing.heed(method, refused)

    def _last(self, view_id: str) -> str:
        with self._lock:
            return self._drawn.get(view_id, "")

    def _remember(self, view_id: str, at: str) -> None:
        with self._lock:
            self._drawn[view_id] = at
            self._drawn.move_to_end(view_id)
            while len(self._drawn) > MOST_VIEWS:
                self._drawn.popitem(last=False)


def _message(sentence: str) -> dict[str, Any]:
    return {"text": escape(sentence), "blocks": [section(sentence)]}
