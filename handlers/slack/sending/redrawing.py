"""What stands in Slack because of us is kept true: drawn again when its matter moved.

Nothing is told here, only shown as it is: the same look is no call, another one a `chat.update` in
place. A card that its reader may not see any more becomes one line; one that is over stays one.
`reconciled` registers what is no message, such as a meeting's room.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from handlers.chat.live_card import live_card
from handlers.chat.post_upkeep import AN_HOUR, PostUpkeep
from handlers.chat.posts import OpenPostsUnit
from handlers.chat.registry import Registry
from handlers.delivery.guarded_notice import Held
from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.requests.greeting import strangers_page
from handlers.slack.sending.mask_message import mask_message
from handlers.slack.sending.posting import digest_of, find, mark, sent
from handlers.slack.ui.drawing import NOTICES, Drawing, Message, message_of, said
from workflows.core.errors import CannotOpen, Refused
from workflows.core.ports import GONE, ClaimedPost, Post
from workflows.inbox.news import NewsState
from workflows.model.card import Card

log = logging.getLogger(__name__)

Call = Callable[..., dict[str, Any]]  # as Outgoing.call
Reconcile = Callable[[SlackDoor, Post, datetime], Post | None]  # None: nothing is there any more
RECONCILED = Registry[Reconcile]()  # by the post's kind

NO_MESSAGE: Final = frozenset({"message_not_found", "cant_update_message", "thread_not_found"})
NO_CHANNEL: Final = frozenset({"channel_not_found", "is_archived", "not_in_channel"})

MOST_OWN: Final = 5  # cards, boards and pages of who pressed, drawn before all others
MOMENTS: Final = (0.3, 1.0)  # seconds until it is seen whether somebody else has drawn it


class PressedCard(Protocol):
    """What somebody pressed: the message, if it was one, and the way to answer at its place."""

    @property
    def channel(self) -> str: ...
    @property
    def message(self) -> str: ...
    def answer(self, args: Mapping[str, Any]) -> bool:
        """Show this in the message's place at once; False when that cannot be done so."""
        ...

    def pause(self, seconds: float) -> None: ...


def reconciled(kind: str) -> Callable[[Reconcile], Reconcile]:
    """Register what brings posts of this kind up to date; it calls `door.outgoing` and answers
    with the post as it is then. Raises SlackRefused, like every drawing."""
    return RECONCILED.under(kind)


class Redrawing:
    """No transaction is open while Slack is called."""

    def __init__(self, open_unit: OpenPostsUnit, door: SlackDoor) -> None:
        self._open, self._door = open_unit, door
        self._rows = PostUpkeep(SLACK, open_unit)

    def draw_next(self) -> bool:
        """Bring one that is due up to date; whether there was one. None while Slack is away: all
        are due when it is back."""
        if self._door.outgoing.is_shut:
            return False
        now = self._door.desk.now()
        claimed = self._rows.claim(now)
        if claimed is None:
            return False
        self._draw(claimed, now, self._door.outgoing.call)
        return True

    def draw_own(self, member_id: str, looked_at: PressedCard) -> None:
        """Bring up to date, before whatever else is due, what somebody pressed just now and what
        else is theirs; they look at it. What cannot be drawn now is drawn with the rest."""
        for waits in (*MOMENTS, None):
            for _ in range(MOST_OWN):
                if not self._draw_one_own(member_id, looked_at):
                    break
            if waits is None or not self._is_being_drawn(looked_at):
                return
            looked_at.pause(waits)  # as it was before the press, perhaps: it is due once more then

    def _draw_one_own(self, member_id: str, looked_at: PressedCard) -> bool:
        now = self._door.desk.now()
        at = {"place": looked_at.channel, "external_id": looked_at.message}
        if not (member_id or looked_at.message):
            return False
        claimed = self._rows.claim(now, member_id=member_id, **at)
        if claimed is None:
            return False

        def call(method: str, **args: Any) -> dict[str, Any]:
            where = (args.get("channel"), args.get("ts"))
            is_pressed = where == (looked_at.channel, looked_at.message)
            if method == "chat.update" and is_pressed and looked_at.answer(args):
                return {}
            return self._door.outgoing.call_at_once(method, **args)

        return self._draw(claimed, now, call)

    def _is_being_drawn(self, looked_at: PressedCard) -> bool:
        if not looked_at.message:
            return False
        at = {"place": looked_at.channel, "external_id": looked_at.message}
        with self._open() as unit:
            return unit.posts.is_being_drawn(self._door.desk.now(), SLACK, **at)

    def _draw(self, claimed: ClaimedPost, now: datetime, call: Call) -> bool:
        """Bring it up to date; whether Slack took that."""
        try:
            after, again_at = self._as_it_is(claimed, now, call)
        except SlackRefused as refused:
            self._refused(claimed, refused, now)
            return False
        self._rows.keep(claimed, after, now, again_at)
        return True

    def _as_it_is(
        self, claimed: ClaimedPost, now: datetime, call: Call
    ) -> tuple[Post | None, datetime | None]:
        """Brought up to date, and when time alone may change it; what is about something that
        cannot be read says so."""
        post, attempt = claimed.post, claimed.attempt
        try:
            if post.kind == "notice":
                message, ended, again_at = self._notice(post, now)
                ended = post.over or ended
                return self._shown(replace(post, over=ended), message, attempt, call), again_at
            return self._up_to_date(post, now, attempt, call), None
        except CannotOpen as broken:
            if post.kind in RECONCILED or post.kind == GONE:
                raise
            return self._shown(post, said(self._door.sentence(broken)), attempt, call), None

    # -- bringing one up to date -------------------------------------------------------------------

    def _up_to_date(self, post: Post, now: datetime, attempt: int, call: Call) -> Post | None:
        """The post as it is then; None when nothing of it is left."""
        if post.kind in RECONCILED:
            return RECONCILED[post.kind](self._door, post, now)
        match post.kind:
            case kind if kind == GONE:
                self._taken_away(post)
                return None
            case "home":
                page = self._drawn(post, now) or strangers_page(self._door)
                return self._published(post, page, call)
            case _:
                drawn = self._drawn(post, now)
                if drawn is not None:
                    return self._shown(post, drawn, attempt, call)
                self._taken_away(post)
                return replace(post, external_id="", shown="")

    def _notice(self, post: Post, now: datetime) -> tuple[Message, bool, datetime | None]:
        """What a member's card shows now, whether that is the end of it, and when it may be
        otherwise without anything being done about its matter."""
        door = self._door

        def draw(about: Post, card: Card, state: NewsState | None) -> Message | None:
            message = message_of(Drawing(door, about, now, card, state))
            return mask_message(door, about, message) if message else None

        card = live_card(door, post, now, NOTICES, draw)
        ended = said(door.say("slack.card.over" if post.over else "slack.card.ended"))
        return card.message or ended, card.is_over, card.again_at

    def _drawn(self, post: Post, now: datetime) -> Message | None:
        """What stands for nobody in particular, or on somebody's home page."""
        try:
            message = message_of(Drawing(self._door, post, now))
            return mask_message(self._door, post, message) if message else None
        except Held as held:
            log.error("slack_post_held post=%s error=%s", post.id, held.why)
            return None
        except Refused:
            return None

    # -- showing it --------------------------------------------------------------------------------

    def _shown(self, post: Post, message: Message, attempt: int, call: Call) -> Post:
        """In place, or put up where nothing stands yet. Raises SlackRefused."""
        digest, place = digest_of(message), post.place
        if post.external_id and post.shown == digest:
            return post
        ts = post.external_id
        if not ts and attempt > 1:  # nobody knows how the last attempt ended
            now = self._door.desk.now()
            ts = find(self._door.outgoing, place, post.id, post.created_at, now)
        if ts:
            call("chat.update", channel=place, ts=ts, **sent(message))
        else:
            answer = call(
                "chat.postMessage", channel=place, metadata=mark(post.id), **sent(message)
            )
            place, ts = str(answer["channel"]), str(answer["ts"])
        return replace(post, place=place, external_id=ts, shown=digest)

    def _published(self, post: Post, message: Message, call: Call) -> Post:
        digest = digest_of(message)
        if post.shown != digest:
            view = {"type": "home", "blocks": list(message.blocks)}
            call("views.publish", user_id=post.place, view=view)
        return replace(post, shown=digest)

    def _taken_away(self, post: Post) -> None:
        if post.external_id:
            try:
                self._door.outgoing.call("chat.delete", channel=post.place, ts=post.external_id)
            except SlackRefused as refused:
                if refused.code not in NO_MESSAGE | NO_CHANNEL | {"cant_delete_message"}:
                    raise

    # -- what Slack refuses ------------------------------------------------------------------------

    def _refused(self, claimed: ClaimedPost, refused: SlackRefused, now: datetime) -> None:
        post, code = claimed.post, refused.code
        log.info("slack_post_waits post=%s kind=%s error=%s", post.id, post.kind, code)
        if refused.kind is ErrorKind.NEVER:
            self._never(claimed, refused, now)
        else:
            self._rows.refused(claimed, refused, now)

    def _never(self, claimed: ClaimedPost, refused: SlackRefused, now: datetime) -> None:
        post, code = claimed.post, refused.code
        if post.kind in ("notice", "room_card") and code in NO_MESSAGE | NO_CHANNEL:
            self._rows.forget(post)
        elif post.external_id and code in NO_MESSAGE:
            # Somebody removed it: put up anew, once for each time that it was removed.
            removed = replace(post, external_id="", shown="")
            self._rows.keep(replace(claimed, moves=-1), removed, now)
        elif code in NO_CHANNEL:
            self._door.outgoing.pace.close(AN_HOUR, code, "chat.update", post.place)
            self._door.outgoing.pace.close(AN_HOUR, code, "chat.postMessage", post.place)
            self._door.report(SlackRefused(ErrorKind.NEVER, code, needed=post.place))
            self._rows.later(post, now + AN_HOUR, code, counted=False)
        else:
            log.error("slack_post_refused post=%s kind=%s error=%s", post.id, post.kind, code)
            self._rows.refused(claimed, refused, now)
