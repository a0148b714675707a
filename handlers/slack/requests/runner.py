"""What happens when somebody presses or hands in: kept, acknowledged in time, done once, shown.

Slack waits 3 seconds and a trigger lives as long. So whatever has to be looked up is done on a
thread of ours, and nobody waits for it longer than `IN_TIME`: a button is acknowledged once it is
kept, a modal handed in gets its answer or, when that takes longer, an empty page that is filled
later. What is acknowledged before it is done stands in a row of `callbacks` until somebody has seen
what became of it; whoever finds one that nobody ended does it (`request_recovery.py`), as it does
what was put off because the database took nothing (`deferred_callbacks.py`).
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TakesLong
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from handlers.chat.callback_writer import PATIENCE, CallbackWriter, NotStored
from handlers.chat.deferred_callbacks import RecentKeys, again_at, deferral_text
from handlers.runtime.tokens import BadToken
from handlers.runtime.worker_pool import WorkerPool
from handlers.slack.door import (
    CLOSED,
    FOR_ANYBODY,
    OPENING,
    SLACK,
    Answer,
    FieldErrors,
    Modal,
    PrivateSentence,
    SlackDoor,
)
from handlers.slack.requests import stored_request as kept_request
from handlers.slack.requests.answering import RequestAnswers
from handlers.slack.requests.modal_calls import HANDED_IN, ModalCalls, user_of
from handlers.slack.requests.modal_result import ModalResult, errors_by_block, fits_a_frame
from handlers.slack.requests.stored_request import StoredRequest, UnsentSentence, expects_reply
from handlers.slack.sending.presser_redraw import PresserRedraw
from handlers.slack.ui.blocks import LINK, Block, section
from handlers.slack.ui.modals import banner, opened, token_of
from workflows.core.ports import Callback, CannotStore

S = TypeVar("S")
log = logging.getLogger(__name__)

IN_TIME: Final = 1.2  # seconds: with what travels and is drawn, well within Slack's three
AFTER_ACK: Final = 0.5  # seconds that an acknowledgement may be on its way
WHILE_WAITED_FOR: Final = 1.0  # seconds for the row of a modal that takes long already
LAST_CHANCE: Final = 0.5  # seconds for an answer that could not be kept until it is there
FOR_OPENING: Final = 0.5  # seconds for the row of what only opens something
SAID_AGAIN: Final = timedelta(seconds=20)  # what Slack did not take

Body = dict[str, Any]
Ack = Callable[..., Any]


class SlackRunner:
    """Threads on which `answers` finds what is to be done. Once it is done, `own_first` draws what
    the person looks at themselves before anything else."""

    def __init__(
        self,
        door: SlackDoor,
        answers: RequestAnswers,
        workers: int,
        kept: CallbackWriter,
        own_first: PresserRedraw,
    ) -> None:
        self._door, self.answers, self._own_first = door, answers, own_first
        # One thread does it, another opens a page that says to wait.
        self._crew, self.showing = WorkerPool(2 * workers, SLACK), ModalCalls(door)
        self._kept, self.told = kept, RecentKeys()  # who was told that it waits

    # -- the ways in: each acknowledges -----------------------------------------------------------

    def action(self, ack: Ack, body: Body) -> None:
        """A button or select, in a message, in a modal or on the home page. Raises NotStored."""
        action = body["actions"][0]
        if str(action["action_id"]).startswith(LINK):
            ack()
            return  # Slack opens the page
        try:
            token = self._door.read_token(token_of(action))
        except BadToken:
            log.warning("slack_press_refused error=bad_token")
            token = {"v": "", "s": "", "i": ""}
        self._begin(ack, body, action, token, kept_request.ACTION)

    def opening(self, ack: Ack, body: Body, verb: str, subject: str = "", item: str = "") -> None:
        """A command or shortcut, as if a button with this verb were pressed. Raises NotStored."""
        self._begin(ack, body, {}, {"v": verb, "s": subject, "i": item}, kept_request.OPENED)

    def _begin(
        self, ack: Ack, body: Body, action: Body, token: Mapping[str, str], way: str
    ) -> None:
        """Keep it, acknowledge it, and go about it. Raises NotStored."""
        in_modal = (body.get("view") or {}).get("type") == "modal"
        opens = token["v"] in OPENING and not in_modal
        # What is pressed in a modal stays there with why it was not done: nobody does it later.
        is_deed = not in_modal and (not opens or token["v"] in FOR_ANYBODY)
        if opens and not is_deed:
            # What is only opened is asked for anew when it was not: little of it is kept, and if
            # it cannot be, nothing is lost by going on.
            try:
                row = self._keep(way, body, {"v": token["v"]}, FOR_OPENING)
            except NotStored:
                log.warning("slack_opening_not_kept")
                ack()
                self._press(body, action, token, None, opens=True)
                return
        else:
            row = self._keep(way, body, token)
        ack()
        if row:
            self._press(body, action, token, row, opens=opens, is_deed=is_deed)

    def submission(self, ack: Ack, body: Body) -> None:
        """A modal handed in: acknowledged with its answer, or with a page that says to wait.
        Raises NotStored: then it stays open with everything in it, and Slack says so."""
        broken = ModalResult(
            self._door.say("slack.broken"), errors={"": self._door.say("slack.broken")}
        )
        done = self._or_why(lambda: self.outcome(self.answers.submitted(body), body))
        future: Future[ModalResult] = self._crew.start(done, broken)
        try:
            shown = future.result(timeout=IN_TIME)
        except TakesLong:
            try:
                self._wait(ack, body, future)
            except NotStored:
                shown = self._at_the_last(future)
            else:
                return
        errors = errors_by_block(shown.errors, body["view"])
        if errors:
            ack(response_action="errors", errors=errors)
            return
        view = self._bannered(shown, body) if shown.errors else shown.view
        if view and self._door.slack.is_socket and not fits_a_frame(view):
            self._wait(ack, body, future)
            return
        self.showing.handed_in(body["view"]["id"])
        if view:
            ack(response_action="update", view=view)
        else:
            ack(response_action="clear")
        self._crew.start(lambda: self.draw_own(body), None)

    def closed(self, ack: Ack, body: Body) -> None:
        """A modal that tells when it is closed without being handed in. Raises NotStored."""
        act = CLOSED.get(body["view"].get("callback_id", ""))
        row = self._keep(kept_request.CLOSED, body) if act else None
        ack()
        if row:
            react = partial(self.answers.closed, body)
            self._crew.start(lambda: self._until_over(row, body, react), None)

    def event(self, ack: Ack, body: Body, react: Callable[[], object]) -> None:
        """Something Slack tells: done once, however often it is told. Raises NotStored."""
        row = self._keep(kept_request.EVENT, body)
        ack()
        if row:
            self._crew.start(lambda: self._until_over(row, body, react), None)

    # -- keeping it -------------------------------------------------------------------------------

    def _keep(
        self,
        way: str,
        body: Body,
        token: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> Callback | None:
        """Its row, claimed by us; None when it came before. Raises NotStored."""
        now = self._door.desk.now()
        memory: Mapping[str, str] = {}
        if (body.get("view") or {}).get("type") == "modal":
            try:
                memory = opened(self._door, body["view"]).memory
            except BadToken:
                memory = {}  # it will be told that it is too old
        kept = StoredRequest(way, body, now, token or {}, memory)
        row = Callback(kept.id, SLACK, kept.sender, kept.as_text(), now)
        return self._kept.keep(row, patience or PATIENCE)

    def _until_over(self, row: Callback, body: Body, work: Callable[[], object]) -> None:
        try:
            work()
        except CannotStore as error:
            log.error("slack_not_done error=%s", error.code)
            waits = self._put_off(row, error.code)
            if expects_reply(body):
                self.showing.tell(body, waits.sentence)
        else:
            self._kept.over(row)

    def _put_off(self, row: Callback, why: str) -> ModalResult:
        """What the presser reads while a postponed request waits; request_recovery.py does it
        later."""
        again = again_at(row, self._door.desk.now())
        self._kept.put_off(row, again, deferral_text(row, why, waits=True))
        self.told.add(row.id)
        return ModalResult(self._door.say("put_off.waits"), undone=why)

    # -- showing it -------------------------------------------------------------------------------

    def tell(self, body: Body, sentence: str) -> None:
        """Say something to the one who did this, and to nobody else."""
        self.showing.tell(body, sentence)

    def turn_away(self, body: Body) -> None:
        """Whoever of another workspace did something reads there that it is not for them."""
        sentence = self._door.say("slack_people.not_for_you")
        if body.get("event", {}).get("type") == "app_home_opened":
            view = {"type": "home", "blocks": [section(sentence)]}
            user = user_of(body)
            self._crew.start(
                lambda: self.showing.call("views.publish", user_id=user, view=view), None
            )
        else:
            self._crew.start(lambda: self.showing.tell(body, sentence), None)

    def call(self, method: str, **args: Any) -> None:
        """Call Slack for somebody who waits: tried again for a moment. Raises SlackRefused."""
        self.showing.call(method, **args)

    def _press(
        self,
        body: Body,
        action: Body,
        token: Mapping[str, str],
        row: Callback | None,
        *,
        opens: bool,
        is_deed: bool = False,
    ) -> None:
        broken: ModalResult | None = ModalResult(self._door.say("slack.broken"))

        def act() -> ModalResult | None:
            with self._kept.waited.deed():
                said_at = row.received_at if row else None
                answer = self.answers.pressed(body, action, token, said_at)
                return self.outcome(answer, body) if answer else None

        def tried() -> ModalResult | None:
            shown = self._or_why(act)()
            if row and is_deed and shown and shown.undone:
                return self._put_off(row, shown.undone)
            return shown

        at = str(action.get("action_ts") or "")
        future = self._crew.start(tried, broken)

        def show() -> None:
            unsaid, shown = self._show(body, future, opens=opens, at=at), future.result()
            if not (is_deed and shown and shown.undone):  # else it is not over
                self._ended(row, body, unsaid)
            if not opens:
                self.draw_own(body)

        self._crew.start(show, None)

    def _show(
        self, body: Body, future: "Future[ModalResult | None]", *, opens: bool, at: str
    ) -> str:
        """On a thread of its own: opens or updates the modal, or says the sentence. What is still
        to be said because Slack took nothing of it; "" when they saw it."""
        view = body.get("view") or {}
        view_id, was = "", ""
        if view.get("type") == "modal":
            view_id, was = view["id"], view.get("hash", "")
        if opens:
            try:
                future.result(timeout=IN_TIME)
            except TakesLong:
                # Its trigger would be too old by the time there is something to show.
                view_id = self.showing.open(body, self.showing.waiting())
        shown = future.result()
        if shown is None:
            if view_id and opens:
                nothing = self.showing.sentence_view("slack_app.nothing_to_show")
                self.showing.update(body, view_id, nothing)
            return ""
        if view_id:
            return self.draw(body, view_id, shown, was=was, at=at)
        if shown.view:
            self.showing.open(body, shown.view)
            return ""
        return "" if self.showing.tell(body, shown.sentence) else shown.sentence

    def _wait(self, ack: Ack, body: Body, future: "Future[ModalResult]") -> None:
        """Acknowledge a modal with a page that says to wait, and put its answer there later.
        Raises NotStored."""
        row = self._keep(kept_request.SUBMISSION, body, patience=WHILE_WAITED_FOR)
        self.showing.handed_in(body["view"]["id"])
        ack(response_action="update", view=self.showing.waiting())
        if row:
            self._crew.start(lambda: self._fill_later(row, body, future), None)

    def _at_the_last(self, future: "Future[ModalResult]") -> ModalResult:
        """The answer after all, when it comes while Slack still waits. Raises NotStored."""
        try:
            return future.result(timeout=LAST_CHANCE)
        except TakesLong:
            raise NotStored from None

    def _fill_later(self, row: Callback, body: Body, future: "Future[ModalResult]") -> None:
        # Not before the page that says to wait, which would come upon it and stay.
        self.showing.pause(AFTER_ACK)
        shown = future.result()
        if shown.undone:
            shown = self._put_off(row, shown.undone)
        unsaid = self.draw(body, body["view"]["id"], shown, at=HANDED_IN)
        if not shown.undone:
            self._ended(row, body, unsaid)
        self.draw_own(body)

    def draw(
        self, body: Body, view_id: str, shown: ModalResult, *, was: str = "", at: str = ""
    ) -> str:
        """Draw a modal anew; what is still to be said when Slack took neither that nor a word."""
        view = self._bannered(shown, body) if shown.errors else shown.view
        view = view or self.showing.said_view(shown.sentence)
        closed, missed = shown.sentence, shown.missed or shown.sentence
        seen = self.showing.update(
            body, view_id, view, closed=closed, missed=missed, was=was, at=at
        )
        return "" if seen else missed

    def _ended(self, row: Callback | None, body: Body, unsaid: str) -> None:
        """All of it is done; what could not be said is said by whoever looks for such next."""
        if row is None:
            pass
        elif unsaid:
            now = self._door.desk.now()
            self._kept.say_later(row, UnsentSentence(body, unsaid, now).as_text(), now + SAID_AGAIN)
        else:
            self._kept.over(row)

    def draw_own(self, body: Body) -> None:
        """Draw what this person looks at as it is now."""
        self._own_first.draw(body, self.answers.member_of(body), self.showing.pause)

    def draw_if_open(self, body: Body, shown: ModalResult, was: str = "") -> bool:
        """Draw a modal that may still be open, and (with `was`) as it was then; whether it is."""
        view = self._bannered(shown, body) if shown.errors else shown.view
        view = view or self.showing.said_view(shown.sentence)
        return self.showing.replace(body["view"]["id"], view, was)

    def outcome(self, answer: Answer, body: Body) -> ModalResult:
        """An answer as it is seen; drawn here, where what breaks is caught."""
        match answer:
            case FieldErrors(errors):
                closed, missed = "slack_app.closed_unsaved", "slack_app.missed_unsaved"
                return ModalResult(
                    self._door.say(closed), errors=errors, missed=self._door.say(missed)
                )
            case Modal():
                view = self.showing.view(answer)
                closed, missed = "slack_app.closed_meanwhile", "slack_app.missed"
                return ModalResult(self._door.say(closed), view=view, missed=self._door.say(missed))
            case PrivateSentence(sentence):
                in_modal = (body.get("view") or {}).get("type") == "modal"
                return ModalResult(sentence, self.showing.said_view(sentence) if in_modal else None)
            case None:
                return ModalResult(self._door.say("slack.done"))

    def _or_why(self, work: Callable[[], S]) -> Callable[[], S | ModalResult]:
        """While the database takes nothing that is said, and in a modal everything stays."""

        def act() -> S | ModalResult:
            try:
                return work()
            except CannotStore as error:
                log.error("slack_not_done error=%s", error.code)
                why = self._door.say(f"page.trouble.{error.code}")
                return ModalResult(why, errors={"": why}, undone=error.code)

        return act

    @staticmethod
    def _bannered(shown: ModalResult, body: Body) -> Block:
        return banner(body["view"], "　".join(dict.fromkeys(shown.errors.values())))

    # -- threads ----------------------------------------------------------------------------------

    def idle(self, timeout: float = 20) -> bool:
        """Wait until everything that was begun is done; whether it is."""
        return self._crew.idle(timeout) and self._kept.idle(timeout)

    def stop(self) -> None:
        self.showing.stop()
        self._crew.stop()
        self._kept.stop()
