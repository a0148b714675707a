"""What happens when somebody presses or hands in: acknowledged in time, done once, shown.

Slack waits 3 seconds and a trigger lives as long. So whatever has to be looked up is done on a
thread of ours, and nobody waits for it longer than `IN_TIME`: a button is acknowledged at once, a
modal handed in gets its answer or, when that takes longer, an empty page that is filled later.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TakesLong
from typing import Any, Final

from handlers.crew import Crew
from handlers.slack.blocks import LINK, Block
from handlers.slack.door import (
    CLOSED,
    FOR_ANYBODY,
    OPENING,
    PRESS,
    PRESSED,
    SLACK,
    SUBMITTED,
    Answer,
    Here,
    Modal,
    Opened,
    Press,
    SlackDoor,
    Submission,
    Told,
    Wrong,
)
from handlers.slack.modals import banner, opened, token_of, value_of
from handlers.slack.showing import HANDED_IN, Showing, user_of
from handlers.slack.shown import Shown, fits_a_frame, placed
from handlers.tokens import BadToken
from workflows.accounts import WhoIs
from workflows.errors import AlreadyDone, Invalid, NotAllowed, NotFound, Refused
from workflows.heard import NoteHeard
from workflows.permissions import Caller

log = logging.getLogger(__name__)

IN_TIME: Final = 1.2  # seconds: with what travels and is drawn, well within Slack's three
AFTER_ACK: Final = 0.5  # seconds that an acknowledgement may be on its way

Body = dict[str, Any]
Ack = Callable[..., Any]


class Unlinked(Exception):
    """Whoever pressed is nobody we know; `answer` is what they are told."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Runner:
    """`greet` answers people who are not linked; it may link them and hand back their member."""

    def __init__(
        self, door: SlackDoor, greet: Callable[[SlackDoor, Body], str | Answer], workers: int
    ) -> None:
        self._door, self._greet = door, greet
        # One thread does it, another opens a page that says to wait.
        self._crew, self._showing = Crew(2 * workers, SLACK), Showing(door)

    # -- the ways in: each acknowledges -----------------------------------------------------------

    def action(self, ack: Ack, body: Body) -> None:
        """A button or select, in a message, in a modal or on the home page."""
        ack()
        action = body["actions"][0]
        if str(action["action_id"]).startswith(LINK):
            return  # Slack opens the page
        try:
            token = self._door.tokens.open(PRESS, token_of(action))
        except BadToken:
            log.warning("slack_press_refused error=bad_token")
            token = {"v": "", "s": "", "i": ""}
        self._press(body, action, token)

    def opening(self, ack: Ack, body: Body, verb: str, subject: str = "", item: str = "") -> None:
        """A command or shortcut: as if a button with this verb had been pressed."""
        ack()
        self._press(body, {}, {"v": verb, "s": subject, "i": item})

    def submission(self, ack: Ack, body: Body) -> None:
        """A modal handed in: acknowledged with its answer, or with a page that says to wait."""
        broken = Shown(self._door.say("slack.broken"), errors={"": self._door.say("slack.broken")})
        future = self._crew.start(lambda: self._outcome(self._submitted(body), body), broken)
        try:
            shown = future.result(timeout=IN_TIME)
        except TakesLong:
            self._wait(ack, body, future)
            return
        errors = placed(shown.errors, body["view"])
        if errors:
            ack(response_action="errors", errors=errors)
            return
        view = self._bannered(shown, body) if shown.errors else shown.view
        if view and self._door.slack.is_socket and not fits_a_frame(view):
            self._wait(ack, body, future)
            return
        self._showing.handed_in(body["view"]["id"])
        if view:
            ack(response_action="update", view=view)
        else:
            ack(response_action="clear")

    def closed(self, ack: Ack, body: Body) -> None:
        """A modal that tells when it is closed without being handed in."""
        ack()
        act = CLOSED.get(body["view"].get("callback_id", ""))
        if act:
            self._crew.start(lambda: self._closed(body, act), None)

    def event(self, ack: Ack, body: Body, react: Callable[[], object], *, answers: bool) -> None:
        """Something Slack tells. What is answered is answered once, however often it is told;
        all else has the same effect a second time."""
        ack()
        self._crew.start(lambda: self._heard(body, react, answers=answers), None)

    # -- doing it ---------------------------------------------------------------------------------

    def here(self, body: Body, event: str) -> Here:
        """Who is at it. Raises Unlinked."""
        user = user_of(body)
        member_id = self._door.desk.ask(WhoIs(SLACK, user), Caller.DOOR, door=SLACK)
        if member_id is None:
            found = self._greet(self._door, body)
            if not isinstance(found, str):
                raise Unlinked(found)
            member_id = found
        return Here(self._door, member_id, user, event)

    def _pressed(self, body: Body, action: Body, token: Mapping[str, str]) -> Answer:
        act = PRESSED.get(token["v"])
        view = body.get("view") or {}
        chosen = value_of(action) if action and action.get("type") != "button" else ()
        container = body.get("container", {})
        try:
            if token["v"] in FOR_ANYBODY:
                return FOR_ANYBODY[token["v"]](self._door, user_of(body))
            here = self.here(body, _name_of(body, action))
            if act is None:
                return Told(self._door.say("slack.stale"))
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
            return Told(self._door.say("slack.stale"))
        except AlreadyDone:
            return None  # the first one is being shown
        except Refused as refused:
            return self._not_done(refused, in_modal=view.get("type") == "modal")

    def _not_done(self, refused: Refused, *, in_modal: bool) -> Answer:
        """Why, said on top of the modal, in which all stays; or instead of what is not for them."""
        if not in_modal or isinstance(refused, (NotAllowed, NotFound)):
            return Told(self._door.sentence(refused))
        return Wrong(self._errors(refused))

    def _errors(self, refused: Refused) -> dict[str, str]:
        if isinstance(refused, Invalid):
            return {e.field: self._door.say(e.key, **e.facts) for e in refused.errors}
        return {"": self._door.sentence(refused)}

    def _submitted(self, body: Body) -> Answer:
        view = body["view"]
        try:
            here = self.here(body, f"modal:{view['id']}:{view.get('hash', '')}")
            return self._answered(here, opened(self._door, view))
        except Unlinked as unlinked:
            return unlinked.answer
        except BadToken:
            return Told(self._door.say("slack.stale"))

    def _answered(self, here: Here, modal: Opened) -> Answer:
        act = SUBMITTED.get(modal.callback)
        if act is None:
            return Told(self._door.say("slack.stale"))
        try:
            return act(Submission(here, modal))
        except AlreadyDone as done:
            return Told(self._door.sentence(done))
        except Refused as refused:
            # What was typed stays on the screen, with the reason beside it.
            return Wrong(self._errors(refused))

    def _closed(self, body: Body, act: Callable[[Submission], object]) -> None:
        view = body["view"]
        try:
            here = self.here(body, f"closed:{view['id']}:{view.get('hash', '')}")
            act(Submission(here, opened(self._door, view)))
        except (Unlinked, BadToken, Refused) as refused:
            log.info("slack_close_ignored error=%s", type(refused).__name__)

    def _heard(self, body: Body, react: Callable[[], object], *, answers: bool) -> None:
        if answers:
            event = (SLACK, f"event:{body.get('event_id', '')}")
            try:
                self._door.desk.handle(NoteHeard(), Caller.DOOR, once=event, door=SLACK)
            except AlreadyDone:
                return
        react()

    # -- showing it -------------------------------------------------------------------------------

    def tell(self, body: Body, sentence: str) -> None:
        """Say something to the one who did this, and to nobody else."""
        self._showing.tell(body, sentence)

    def turn_away(self, body: Body) -> None:
        """Whoever of another workspace pressed or typed something reads there that it is not for
        them; what only happened is not answered."""
        if "event" not in body and (body.get("container") or body).get("channel_id"):
            sentence = self._door.say("slack_people.not_for_you")
            self._crew.start(lambda: self._showing.tell(body, sentence), None)

    def call(self, method: str, **args: Any) -> None:
        """Call Slack for somebody who waits: tried again for a moment. Raises SlackRefused."""
        self._showing.call(method, **args)

    def _press(self, body: Body, action: Body, token: Mapping[str, str]) -> None:
        broken: Shown | None = Shown(self._door.say("slack.broken"))

        def act() -> Shown | None:
            answer = self._pressed(body, action, token)
            return self._outcome(answer, body) if answer else None

        in_modal = (body.get("view") or {}).get("type") == "modal"
        at = str(action.get("action_ts") or "")
        future = self._crew.start(act, broken)
        opens = token["v"] in OPENING and not in_modal
        self._crew.start(lambda: self._show(body, future, opens=opens, at=at), None)

    def _show(self, body: Body, future: "Future[Shown | None]", *, opens: bool, at: str) -> None:
        """On a thread of its own: opens or updates the modal, or says the sentence."""
        view = body.get("view") or {}
        view_id, was = "", ""
        if view.get("type") == "modal":
            view_id, was = view["id"], view.get("hash", "")
        if opens:
            try:
                future.result(timeout=IN_TIME)
            except TakesLong:
                # Its trigger would be too old by the time there is something to show.
                view_id = self._showing.open(body, self._showing.waiting())
        shown = future.result()
        if shown is None:
            if view_id and opens:
                nothing = self._showing.sentence_view("slack_app.nothing_to_show")
                self._showing.update(body, view_id, nothing)
        elif view_id:
            self._draw(body, view_id, shown, was=was, at=at)
        elif shown.view:
            self._showing.open(body, shown.view)
        else:
            self._showing.tell(body, shown.sentence)

    def _wait(self, ack: Ack, body: Body, future: "Future[Shown]") -> None:
        """Acknowledge a modal with a page that says to wait, and put its answer there later."""
        self._showing.handed_in(body["view"]["id"])
        ack(response_action="update", view=self._showing.waiting())
        self._crew.start(lambda: self._fill_later(body, future), None)

    def _fill_later(self, body: Body, future: "Future[Shown]") -> None:
        # Not before the page that says to wait, which would come upon it and stay.
        self._showing.pause(AFTER_ACK)
        self._draw(body, body["view"]["id"], future.result(), at=HANDED_IN)

    def _draw(self, body: Body, view_id: str, shown: Shown, *, was: str = "", at: str = "") -> None:
        view = self._bannered(shown, body) if shown.errors else shown.view
        view = view or self._showing.said_view(shown.sentence)
        closed, missed = shown.sentence, shown.missed or shown.sentence
        self._showing.update(body, view_id, view, closed=closed, missed=missed, was=was, at=at)

    def _outcome(self, answer: Answer, body: Body) -> Shown:
        """An answer as it is seen; drawn here, where what breaks is caught."""
        match answer:
            case Wrong(errors):
                closed, missed = "slack_app.closed_unsaved", "slack_app.missed_unsaved"
                return Shown(self._door.say(closed), errors=errors, missed=self._door.say(missed))
            case Modal():
                view = self._showing.view(answer)
                closed, missed = "slack_app.closed_meanwhile", "slack_app.missed"
                return Shown(self._door.say(closed), view=view, missed=self._door.say(missed))
            case Told(sentence):
                in_modal = (body.get("view") or {}).get("type") == "modal"
                return Shown(sentence, self._showing.said_view(sentence) if in_modal else None)
            case None:
                return Shown(self._door.say("slack.done"))

    @staticmethod
    def _bannered(shown: Shown, body: Body) -> Block:
        return banner(body["view"], "　".join(dict.fromkeys(shown.errors.values())))

    # -- threads ----------------------------------------------------------------------------------

    def idle(self, timeout: float = 20) -> bool:
        """Wait until everything that was begun is done; whether it is."""
        return self._crew.idle(timeout)

    def stop(self) -> None:
        self._showing.stop()
        self._crew.stop()


def _name_of(body: Body, action: Body) -> str:
    """What tells a repeat: of a press when it was and on what, of the rest its trigger."""
    at = str(action.get("action_ts") or "")
    if at:
        return f"press:{at}:{user_of(body)}:{action.get('block_id', '')}"
    if body.get("trigger_id"):
        return f"trigger:{body['trigger_id']}"
    return f"event:{body.get('event_id', '')}"
