"""Somebody at Slack's screen: what they press, type and send reaches the product as from Slack.

    person = slack.person("U21", SignedHttp(wsgi_app_or_url, slack.signing_secret))
    person.command("/tsunagu", "new")
    person.fill({"氏名": "山田 太郎", "緊急度": "高"})   # by label; block_id or action_id do too
    person.submit()
    assert person.errors == {} and person.view is None
    person.press("参加できます", in_=person.last_message())

`press` finds a button (or an entry of an overflow menu) by its words or its action_id, on the
view if one is open, otherwise in the newest message of the DM that has it; `in_` says where:
"view", "home", "message", or a message (as `messages()` or `slack.messages("C1")` gives it, also an
old one: what was on the screen is what is sent). `choose` is the same for selects and pickers.
`person.view` is the view on top (`.title`, `.inputs`, `.buttons`, `.text`), `person.errors` what
stands at its fields. An answer that Slack would not take raises `SlackWouldRefuse`, one that is
not 200 `NotAcknowledged` (the answer itself: `person.reply`). After each deed the product may
finish what it goes on doing (`settle` of the stand-in). `at_once(…, …)` lets people click together.
"""

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Literal

from tests.slack import chat, payloads, screens
from tests.slack.allowed import MODAL
from tests.slack.endpoints import Endpoint, Reply
from tests.slack.fields import Field, Values, fields_of, state_key
from tests.slack.limits import Json, faults_in, texts_in
from tests.slack.screen import (
    Matcher,
    ScreenView,
    Surface,
    field_named,
    hits,
    options_of,
    own_checks,
    pressable,
    sent_at_once,
    state_value,
    words_in,
)
from tests.slack.world import BOT_USER, Ephemeral, Refused, Shown, World

Where = Literal["view", "home", "message"] | Json | None


class SlackWouldRefuse(AssertionError):
    """The product answered something that Slack shows as an error."""


class NotAcknowledged(AssertionError):
    """The product did not answer 200."""


class Person:
    """See the top of this file."""

    def __init__(self, world: World, user_id: str, endpoint: Endpoint) -> None:
        self.world, self.endpoint = world, endpoint
        self.user = world.users[user_id]
        self.errors: dict[str, str] = {}
        self.reply = Reply(0, b"")
        self._again: Callable[[], Reply] | None = None
        self._suggested: dict[tuple[str, str], list[Json]] = {}

    # -- what is on the screen --------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def dm_id(self) -> str:
        """The id of the conversation with the app."""
        return self.world.dm(self.user.id).id

    @property
    def view(self) -> ScreenView | None:
        """The view on top, with what stands in its fields; None when no modal is open."""
        with self.world.lock:
            stack = self.world.screens.get(self.user.id)
            return ScreenView(stack[-1].seen()) if stack else None

    @property
    def home(self) -> ScreenView | None:
        with self.world.lock:
            shown = self.world.homes.get(self.user.id)
            return ScreenView(shown.seen()) if shown else None

    def screen_text(self) -> str:
        """What can be read on the open view; empty when none is open."""
        return self.view.text if self.view else ""

    def home_text(self) -> str:
        """What can be read on the app's Home tab."""
        return "\n".join(words_in(self.home.blocks)) if self.home else ""

    def messages(self) -> list[Json]:
        """What stands in the DM with the app, the oldest first; `channel` is added."""
        with self.world.lock:
            channel = self.world.dm(self.user.id)
            return [deepcopy(one) | {"channel": channel.id} for one in channel.messages]

    def last_message(self) -> Json:
        """The newest message that the app wrote into the DM."""
        return [one for one in self.messages() if one["user"] == BOT_USER][-1]

    def ephemerals(self) -> list[Json]:
        """Messages that this person alone was shown, the oldest first."""
        with self.world.lock:
            return [
                deepcopy(one.message) | {"channel": one.channel, "ephemeral": True}
                for one in self.world.ephemerals
                if one.user == self.user.id
            ]

    # -- ways in ----------------------------------------------------------------------------------

    def command(self, name: str, text: str = "", channel: str = "") -> None:
        """Type a slash command; without a channel, in the DM with the app."""
        place = channel or self.dm_id
        form = payloads.slash_command(self.world, self.user, name, text, place)
        self._send(lambda: self.endpoint.command(form))
        self._answered_with_words(place)

    def global_shortcut(self, callback_id: str) -> None:
        self._interact(payloads.global_shortcut(self.world, self.user, callback_id))

    def message_shortcut(self, callback_id: str, message: Json) -> None:
        self._interact(payloads.message_shortcut(self.world, self.user, callback_id, message))

    def say(self, channel: str, text: str) -> Json:
        """Write into a channel without telling the app; the message, for a shortcut."""
        with self.world.lock:
            place = self.world.channels[channel]
            place.messages.append(payloads.said(self.world, self.user, channel, text))
            return deepcopy(place.messages[-1]) | {"channel": channel}

    def mention(self, channel: str, text: str) -> None:
        """Mention the app in a channel."""
        message = self.say(channel, f"<@{BOT_USER}> {text}")
        self.event(message | {"type": "app_mention", "event_ts": message["ts"]})

    def say_to_bot(self, text: str) -> None:
        """Write to the app in the DM."""
        message = self.say(self.dm_id, text)
        self.event(message | {"channel_type": "im", "event_ts": message["ts"]})

    def open_home(self) -> None:
        """Go to the app's Home tab."""
        event: Json = {
            "type": "app_home_opened",
            "user": self.user.id,
            "channel": self.dm_id,
            "tab": "home",
            "event_ts": self.world.ts(),
        }
        if self.home:
            event["view"] = self.home.raw
        self.event(event)

    def event(self, event: Json) -> None:
        """Any event: `{"type": "channel_archive", "channel": "C1", "user": "U1"}`."""
        wrapped = payloads.envelope(self.world, {"event_ts": self.world.ts()} | event)
        self._send(lambda: self.endpoint.event(wrapped))
        self._again = lambda: self.endpoint.event(wrapped, retry=1)

    def resend_last(self) -> None:
        """The same request once more, as Slack repeats it (an event with its retry headers)."""
        assert self._again is not None, "nothing was sent yet"
        again = self._again
        self._send(again)
        self._again = again

    # -- pressing and choosing --------------------------------------------------------------------

    def press(self, what: Matcher, in_: Where = None, nth: int = 0, *, twice: bool = False) -> None:
        """Press a button, or an entry of an overflow menu; its question is answered with yes."""
        found = [hit for surface in self._surfaces(in_) for hit in hits(surface, what)]
        if not found:
            raise LookupError(f"there is no {what!r} to press among {self._offered(in_)}")
        surface, block, element, chosen = found[nth]
        for _ in range(2 if twice else 1):
            action = payloads.action_on(self.world, block, element, chosen)
            self._act(surface, action)
        self.world.settle()

    def choose(self, what: str, value: object, in_: Where = None) -> None:
        """Choose in a select, tick boxes, or pick a date where that is sent at once."""
        for surface in self._surfaces(in_):
            one = field_named(surface, what)
            if one is not None:
                self._put(surface, one, value)
                return
        raise LookupError(f"there is no {what!r} to choose in")

    def fill(self, values: Mapping[str, object]) -> None:
        """Fill fields of the open view: words, an option's words, a list, a date, or None."""
        for what, value in values.items():
            surface = self._surfaces("view")[0]
            one = field_named(surface, what)
            if one is None:
                labels = [field.label for field in fields_of(surface.blocks)]
                raise LookupError(f"there is no field {what!r} among {labels}")
            self._put(surface, one, value)

    def suggest(self, what: str, typed: str) -> list[str]:
        """Type into a select whose options the app gives: what it offers, to `fill` with."""
        surface = self._surfaces("view")[0]
        one = field_named(surface, what)
        assert one is not None, what
        assert surface.shown is not None
        self._interact(payloads.suggestion(self.world, self.user, surface.shown, one, typed))
        answer = self.reply.content
        self.world.said.modals += texts_in(answer)
        groups = answer.get("option_groups") or [{"options": answer.get("options", [])}]
        options = [option for group in groups for option in group["options"]]
        if len(options) > 100:
            raise SlackWouldRefuse(f"{len(options)} options")
        self._suggested[one.key] = options
        return [str(option["text"]["text"]) for option in options]

    def _put(self, surface: Surface, one: Field, value: object) -> None:
        kind = one.element["type"]
        options = options_of(one.element) + self._suggested.get(one.key, [])
        state = {"type": kind, state_key(kind): state_value(kind, value, options)}
        if kind == "timepicker" and "timezone" in one.element:
            state["timezone"] = one.element["timezone"]
        with self.world.lock:
            surface.values.put(one.key, state)
        if sent_at_once(one):
            chosen = {name: held for name, held in state.items() if name != "type"}
            self._act(surface, payloads.action_on(self.world, one.block, one.element, chosen))
            self.world.settle()

    # -- the view ---------------------------------------------------------------------------------

    def submit(self) -> None:
        """Press the view's own button. What Slack itself checks is told without asking the app."""
        shown = self._top()
        assert shown.view["submit"], "this view has no button to submit it"
        self.errors = own_checks(shown)
        if self.errors:
            return
        payload = payloads.submission(self.world, self.user, shown)
        self._send(lambda: self.endpoint.interaction(payload), settle=False)
        self._take_answer(shown)
        self.world.settle()

    def close_view(self, *, everything: bool = False) -> None:
        """Close the view on top (or all of them); the app hears of it where it asked to."""
        shown = self._top()
        stack = self.world.screens[self.user.id]
        everything = everything or bool(shown.view["clear_on_close"])
        with self.world.lock:
            gone = stack[::-1] if everything else [stack[-1]]
            del stack[len(stack) - len(gone) :]
        self.errors = {}
        for one in gone:
            if one.view["notify_on_close"]:
                told = payloads.closed(self.world, self.user, one, cleared=everything)
                self._interact(told)

    def _take_answer(self, shown: Shown) -> None:
        """Do what the answer to a submission says."""
        answer = self._as_json()
        with self.world.lock:
            self.world.said.modals += texts_in(answer.get("errors"))
            stack = self.world.screens.get(self.user.id, [])
            match answer.get("response_action"):
                case None if not answer:
                    if shown in stack:
                        stack.remove(shown)
                case "clear":
                    stack.clear()
                case "errors":
                    self.errors = _told_errors(shown, answer.get("errors"))
                case "update":
                    self.world.draw(shown, self._view_in(answer))
                case "push":
                    self._pushed(stack, answer)
                case _:
                    raise SlackWouldRefuse(f"an answer to a submission: {answer}")

    def _pushed(self, stack: list[Shown], answer: Json) -> None:
        view = self._view_in(answer)
        try:
            screens.on_top(self.world, stack, view)
        except Refused as why:
            raise SlackWouldRefuse(why.error) from why

    def _view_in(self, answer: Json) -> Json:
        try:
            return screens.checked(self.world, answer.get("view"), MODAL)
        except Refused as why:
            raise SlackWouldRefuse(f"{why.error} {why.more}") from why

    # -- sending ----------------------------------------------------------------------------------

    def _act(self, surface: Surface, action: Json) -> None:
        payload = payloads.block_actions(
            self.world, self.user, [action], shown=surface.shown, message=surface.message
        )
        self._interact(payload)

    def _interact(self, payload: Json) -> None:
        self._send(lambda: self.endpoint.interaction(payload))

    def _send(self, request: Callable[[], Reply], *, settle: bool = True) -> None:
        self._again = request
        self.reply = request()
        if self.reply.status != 200:
            raise NotAcknowledged(f"{self.reply.status}: {self.reply.body[:300]!r}")
        if settle:
            self.world.settle()

    def _as_json(self) -> Json:
        try:
            return self.reply.content
        except json.JSONDecodeError as why:
            raise SlackWouldRefuse(f"not JSON: {self.reply.body[:300]!r}") from why

    def _answered_with_words(self, channel: str) -> None:
        """A command may be answered in the body of the acknowledgement."""
        body = self.reply.body.decode().strip()
        if not body:
            return
        args: Json = json.loads(body) if body.startswith("{") else {"text": body}
        if faults := faults_in(args["blocks"]) if args.get("blocks") else []:
            raise SlackWouldRefuse(str(faults))
        with self.world.lock:
            message = chat.checked(self.world, args) | {"ts": self.world.ts()}
            if args.get("response_type") == "in_channel":
                self.world.post(self.world.channels[channel], message)
            else:
                self.world.ephemerals.append(Ephemeral(self.user.id, channel, message))

    # -- finding ----------------------------------------------------------------------------------

    def _top(self) -> Shown:
        stack = self.world.screens.get(self.user.id)
        assert stack, "no view is open"
        return stack[-1]

    def _surfaces(self, where: Where) -> list[Surface]:
        """Where to look, the likeliest first."""
        stack = self.world.screens.get(self.user.id)
        if where is None:
            where = "view" if stack else "message"
        if isinstance(where, dict):
            return [self._of_message(where)]
        if where == "message":
            every = self.messages() + self.ephemerals()
            newest = sorted(every, key=lambda one: float(one["ts"]), reverse=True)
            return [self._of_message(one) for one in newest]
        shown = self._top() if where == "view" else self.world.homes.get(self.user.id)
        assert shown is not None, "the app has published no Home tab"
        return [Surface(deepcopy(shown.view["blocks"]), shown.values, shown=shown)]

    def _of_message(self, message: Json) -> Surface:
        key = (str(message["channel"]), str(message["ts"]))
        values = self.world.message_values.get(key)
        if values is None:
            values = self.world.message_values[key] = Values()
            values.draw(message["blocks"])
        return Surface(message["blocks"], values, message=message)

    def _offered(self, where: Where) -> list[str]:
        surfaces = self._surfaces(where)
        return [words for one in surfaces for block in one.blocks for words in pressable(block)]


def at_once(*deeds: Callable[[], None]) -> None:
    """Several people (or one, twice) do something at the same moment; the first failure is told.

    at_once(lambda: a.press("○"), lambda: b.press("×"))
    """
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], None]) -> None:
        start.wait()
        deed()

    with ThreadPoolExecutor(len(deeds)) as hands:
        for done in [hands.submit(run, deed) for deed in deeds]:
            done.result()


def _told_errors(shown: Shown, errors: object) -> dict[str, str]:
    """The app's errors by label; Slack takes them only at input blocks of this view."""
    labels = {one.key[0]: one.label for one in fields_of(shown.view["blocks"]) if one.is_input}
    if not isinstance(errors, dict) or not errors:
        raise SlackWouldRefuse(f"response_action errors without errors: {errors!r}")
    strangers = errors.keys() - labels.keys()
    if strangers:
        raise SlackWouldRefuse(f"errors at {sorted(strangers)}, which are no input blocks here")
    empty = [name for name, text in errors.items() if not isinstance(text, str) or not text]
    if empty:
        raise SlackWouldRefuse(f"empty errors at {empty}")
    return {labels[name]: text for name, text in errors.items()}
