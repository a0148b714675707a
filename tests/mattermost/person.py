"""Somebody in their Mattermost: what they press, fill in and type reaches the product.

    person = mattermost.person("u21", mattermost.outgoing(wsgi_app_or_url))
    person.press("○", beside="12月1日")      # a button of the newest post that has it
    person.type("R8-0012")                   # /tsunagu R8-0012
    person.fill({"12/8(火) 10:00": "○"})     # by the words on the dialog, or by their names
    person.hand_in()
    assert "回答を受け付けました" in person.screen_text()

`press` looks in the direct channel with the bot, the newest post first; `beside=` says what stands
with the button, `nth=` which of several, `in_=` a post, also as it was before it was edited.
`person.links` are the addresses that stand in what was read. `person.answer` is the product's
answer; one that is not 200 raises NotAcknowledged. After each deed the product may finish what it
goes on doing (`settle`). `repeat_last()` sends the same bytes once more, as a proxy may.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.mattermost.limits import faults_in_attachments
from tests.mattermost.outgoing import JSON, Outgoing, written
from tests.mattermost.screen import Button, as_text, buttons, dialog_text
from tests.mattermost.world import BOT, Dialog, Post, World
from tests.slack.limits import Json

LINK = re.compile(r"\]\((https?://[^)\s]+)\)")


class Person:
    """See the top of this file."""

    def __init__(self, world: World, user_id: str, outgoing: Outgoing) -> None:
        self.world, self.id, self.outgoing = world, user_id, outgoing
        self.answer: Json = {}
        self.filled: dict[str, Any] = {}
        self.errors: dict[str, str] = {}  # beside the fields of the dialog; "" above all of them
        self._last: tuple[str, bytes] = ("", b"")

    # -- what is on the screen --------------------------------------------------------------------

    def posts(self) -> list[Post]:
        """What stands in the channel with the bot, the oldest first."""
        with self.world.lock:
            return deepcopy(self.world.standing(self.id))

    def last(self) -> Post:
        found = [one for one in self.posts() if one.by == BOT]
        assert found, "the bot has said nothing here"
        return found[-1]

    def screen_text(self) -> str:
        """Everything to be read: posts, what only this person sees, and the dialog."""
        found = [as_text(one) for one in self.posts()]
        if self.dialog:
            found += [dialog_text(self.dialog.content), *self.errors.values()]
        return "\n\n".join(found)

    def buttons(self) -> list[str]:
        """The labels of everything that can be pressed now, the newest post first."""
        return [one.label for one in self._buttons(None)]

    @property
    def links(self) -> list[str]:
        return [address for one in self.posts() for address in LINK.findall(as_text(one))]

    @property
    def dialog(self) -> Dialog | None:
        return self.world.dialogs.get(self.id)

    def _buttons(self, only: Post | None) -> list[Button]:
        posts = [only] if only else self.posts()[::-1]
        return [button for one in posts if one.by == BOT for button in buttons(one)]

    # -- pressing ---------------------------------------------------------------------------------

    def press(
        self,
        label: str,
        *,
        beside: str = "",
        nth: int = 0,
        in_: Post | None = None,
        twice: bool = False,
        chosen: str = "",
    ) -> None:
        """Press a button; `chosen` is the value of what is chosen in a menu."""
        found = [one for one in self._buttons(in_) if one.label == label and beside in one.beside]
        if not found:
            raise LookupError(f"there is no {label!r} to press among {self.buttons()}")
        for _ in range(2 if twice else 1):
            self._press(found[nth], chosen)

    def _press(self, button: Button, chosen: str) -> None:
        integration, post = button.action["integration"], button.post
        context = deepcopy(integration.get("context", {}))
        if chosen:
            context["selected_option"] = chosen
        self.event(integration["url"], context, post=post, kind=button.action["type"])

    def event(
        self, address: str, context: Json, *, post: Post | None = None, kind: str = "button"
    ) -> None:
        """A press as the server tells of it."""
        with self.world.lock:
            channel = post.channel if post else self.world.open_direct(BOT, self.id)
            body = {
                "user_id": self.id,
                "user_name": self.world.users[self.id].username or self.id,
                "channel_id": channel,
                "channel_name": "direct",
                "team_id": "",
                "team_domain": "",
                "post_id": post.id if post else self.world.new_id(),
                "trigger_id": self.world.new_trigger(self.id, channel),
                "type": kind,
                "data_source": "",
                "context": context,
            }
        self._send(address, body)
        update = self.answer.get("update")
        if update and post and post.id in self.world.posts:
            stands = self.world.posts[post.id]
            stands.message = str(update.get("message", ""))
            stands.props = update.get("props") or stands.props
        if told := self.answer.get("ephemeral_text"):
            self._see(str(told), {}, channel)

    # -- dialogs ----------------------------------------------------------------------------------

    def fill(self, given: Mapping[str, Any]) -> None:
        """Fill in fields of the dialog, by what stands beside them or by their names; what is
        chosen by its words or its value."""
        elements = self._open().content.get("elements") or []
        for words, value in given.items():
            found = [one for one in elements if words in (one["display_name"], one["name"])]
            assert found, f"no {words!r} among {[one['display_name'] for one in elements]}"
            options = {o["text"]: o["value"] for o in found[0].get("options") or []}
            if options:
                assert value in options or value in options.values(), (value, options)
            self.filled[found[0]["name"]] = options.get(value, value)

    def hand_in(self) -> None:
        """Press the dialog's own button. It stays open with what is wrong, else it closes."""
        dialog = self._open()
        submission: dict[str, Any] = {}
        for one in dialog.content.get("elements") or []:
            name = one["name"]
            value = self.filled.get(name, one.get("default") or None)
            assert value is not None or one.get("optional"), f"{name} is still empty"
            submission[name] = value
        self._hand_in(dialog, submission, cancelled=False)
        self.errors = dict(self.answer.get("errors") or {})
        if self.answer.get("error"):
            self.errors[""] = str(self.answer["error"])
        assert self.errors.keys() <= {"", *submission}, f"beside no field: {self.errors}"
        if not self.errors:
            self._close()

    def cancel(self) -> None:
        dialog = self._open()
        if dialog.content.get("notify_on_cancel"):
            self._hand_in(dialog, {}, cancelled=True)
        self._close()

    def _hand_in(self, dialog: Dialog, submission: Json, *, cancelled: bool) -> None:
        body = {
            "type": "dialog_submission",
            "callback_id": dialog.content.get("callback_id", ""),
            "state": dialog.content.get("state", ""),
            "user_id": self.id,
            "channel_id": dialog.channel,
            "team_id": "",
            "submission": submission,
            "cancelled": cancelled,
        }
        self._send(dialog.url, body)

    def _open(self) -> Dialog:
        assert self.dialog, "no dialog stands open"
        return self.dialog

    def _close(self) -> None:
        self.world.dialogs.pop(self.id, None)
        self.filled, self.errors = {}, {}

    # -- typing -----------------------------------------------------------------------------------

    def type(self, text: str = "", command: str = "/tsunagu") -> None:
        """The slash command, in the channel with the bot; its answer is seen by nobody else."""
        with self.world.lock:
            channel = self.world.open_direct(BOT, self.id)
        self.answer = self.outgoing.command(command, text, user=self.id, channel=channel)
        self.world.settle()
        if not self.answer:
            return
        assert self.answer.get("response_type", "ephemeral") == "ephemeral", self.answer
        attachments = self.answer.get("attachments") or []
        assert faults_in_attachments(attachments) == []
        self._see(str(self.answer.get("text", "")), {"attachments": attachments}, channel)

    def _see(self, message: str, props: Json, channel: str) -> None:
        assert len(message) <= self.world.most_letters
        with self.world.lock:
            self.world.put(channel, BOT, message, deepcopy(props), to=self.id)

    # -- sending ----------------------------------------------------------------------------------

    def _send(self, address: str, body: Json) -> None:
        self._last = (address, written(body))
        self.answer = self.outgoing.press(address, body)
        self.world.settle()

    def repeat_last(self) -> int:
        """The same bytes once more; the status."""
        address, body = self._last
        reply = self.outgoing.send("/" + address.split("/", 3)[3], body, JSON)
        self.world.settle()
        return reply.status
