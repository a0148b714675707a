"""Somebody in their LINE WORKS: what they press and say reaches the product as from LINE WORKS.

    person = lineworks.person("u21", lineworks.callback(wsgi_app_or_url))
    person.press("○", beside="12月1日")     # a button of the newest message that has it
    address = person.press("シートを開く")   # a link gives its address; all are in person.opened
    person.say("R8-0012")
    person.menu("メニュー")                  # the persistent menu
    assert "回答を受け付けました" in person.screen_text()

`press` looks in the 1:1 (`room=` for a room), the newest message first. `beside=` says what stands
with the button, `nth=` which of several, `in_=` a message of `messages()`, also an old one: cards
stay where they are, and only quick replies go away with the next message. What a button says aloud
(`displayText`, the words of a message action) then stands there as the person's own words.
`person.reply` is the product's answer; one that is not 200 raises NotAcknowledged. After each deed
the product may finish what it goes on doing (`settle` of the stand-in). `resend_last()` sends the
same bytes again; people who press together: `at_once` of tests/slack/person.py.
"""

from copy import deepcopy
from typing import Any

from tests.lineworks.callbacks import Callback, written
from tests.lineworks.pieces import Json
from tests.lineworks.screen import Button, as_text, buttons
from tests.lineworks.world import Standing, World
from tests.slack.endpoints import Reply

BEGIN = "利用開始"  # what the app writes on the button under which a 1:1 begins


class Person:
    """See the top of this file."""

    def __init__(self, world: World, user_id: str, endpoint: Callback) -> None:
        self.world, self.id, self.endpoint = world, user_id, endpoint
        self.user = world.users[user_id]
        self.opened: list[str] = []
        self.copied: list[str] = []
        self.reply = Reply(0, b"")
        self._last = b""

    # -- what is on the screen --------------------------------------------------------------------

    def rooms(self) -> list[str]:
        """The ids of the rooms that this person is in."""
        with self.world.lock:
            return [one.id for one in self.world.rooms.values() if self.id in one.members]

    def messages(self, room: str = "") -> list[Standing]:
        """What stands in the 1:1, or in a room, the oldest first."""
        with self.world.lock:
            self._inside(room)
            return deepcopy(self.world.standing(self.id, room))

    def last(self, room: str = "") -> Standing:
        """The newest message of the bot's."""
        found = [one for one in self.messages(room) if one.by == "bot"]
        assert found, "the bot has said nothing here"
        return found[-1]

    def screen_text(self, room: str | None = None) -> str:
        """Everything to be read, buttons as [label]: the 1:1, each room, and the menu.

        `room=""` is the 1:1 alone, an id that room alone.
        """
        places = ["", *self.rooms()] if room is None else [room]
        found = [self._place_text(place) for place in places]
        if room is None:
            found.append(" ".join(f"[{label}]" for label in self.menu_labels()))
        return "\n\n".join(text for text in found if text)

    def buttons(self, room: str = "") -> list[str]:
        """The labels of everything that can be pressed now, the newest message first."""
        return [button.label for button in self._buttons(room, None)]

    def _place_text(self, room: str) -> str:
        messages = self.messages(room)
        lines = [
            as_text(one.content, newest=one is messages[-1])
            if one.by == "bot"
            else f"{self._name(one.by)}: {as_text(one.content)}"
            for one in messages
        ]
        title = self.world.rooms[room].title if room else ""
        return "\n".join(line for line in [title, *lines] if line)

    def _name(self, user_id: str) -> str:
        return self.world.users[user_id].name or user_id

    # -- pressing ---------------------------------------------------------------------------------

    def press(
        self,
        label: str,
        room: str = "",
        *,
        beside: str = "",
        nth: int = 0,
        in_: Standing | None = None,
        twice: bool = False,
    ) -> str:
        """Press a button; the address, when it is a link."""
        place = in_.place if in_ else room
        found = [
            button
            for button in self._buttons(place, in_)
            if button.label == label and beside in button.beside
        ]
        if not found:
            raise LookupError(f"there is no {label!r} to press among {self.buttons(place)}")
        for _ in range(2 if twice else 1):
            self._act(found[nth].action, place, quick=found[nth].quick)
        return str(found[nth].action.get("uri", ""))

    def menu(self, label: str) -> str:
        """Press an entry of the persistent menu; the address, when it is a link."""
        found = [action for action in self._menu() if action["label"] == label]
        if not found:
            raise LookupError(f"there is no {label!r} in the menu")
        self._act(found[0], "")
        return str(found[0].get("uri", ""))

    def menu_labels(self) -> list[str]:
        return [str(action["label"]) for action in self._menu()]

    def _menu(self) -> list[Json]:
        menu = self.world.menu
        return list(menu["content"]["actions"]) if menu else []

    def _buttons(self, room: str, only: Standing | None) -> list[Button]:
        """What can be pressed; somebody who points at a message holds it as it was on top."""
        if only is not None:
            return buttons(only.content)
        messages = self.messages(room)
        return [
            button
            for one in reversed(messages)
            if one.by == "bot"
            for button in buttons(one.content, newest=one is messages[-1])
        ]

    def _act(self, action: Json, room: str, *, quick: bool = False) -> None:
        match action["type"]:
            case "uri":
                self.opened.append(action["uri"])
            case "copy":
                self.copied.append(action["copyText"])
            case "message":
                words = str(action.get("text", action["label"]))
                self._speak(words, room, action.get("postback"))
            case "postback" if quick and self.world.quick_reply_as_message:
                self._speak(action["displayText"], room, action["data"])
            case "postback":
                if "displayText" in action:
                    self._put({"type": "text", "text": action["displayText"]}, room)
                self.event(self._event("postback", room, data=action["data"]))
            case kind:
                raise LookupError(f"a test cannot use the phone's {kind}")

    # -- speaking ---------------------------------------------------------------------------------

    def say(self, text: str, room: str = "") -> None:
        """Write something to the bot, or into a room that it is in."""
        self._speak(text, room, None)

    def send(self, content: Json, room: str = "") -> None:
        """Anything else that people send: `{"type": "image", "fileId": "…"}`."""
        self._put(content, room)
        self.event(self._event("message", room, content=content))

    def begin(self) -> None:
        """Open the 1:1 for the first time."""
        self.event(self.world.event("begin", user=self.id, channel=self._private))

    def press_begin(self) -> None:
        """Press the button under which the app lets a 1:1 begin."""
        self._speak(BEGIN, "", "start")

    def end(self) -> None:
        """Leave the 1:1."""
        self.event(self.world.event("end", user=self.id, channel=self._private))

    def join(self, room: str) -> None:
        """Come into a room."""
        with self.world.lock:
            self.world.room(room).members.append(self.id)
        self.event(self.world.event("joined", channel=room, members=[self.id]))

    def leave(self, room: str) -> None:
        """Go out of a room."""
        with self.world.lock:
            self._inside(room)
            self.world.room(room).members.remove(self.id)
        self.event(self.world.event("left", channel=room, members=[self.id]))

    def _speak(self, words: str, room: str, postback: str | None) -> None:
        content = {"type": "text", "text": words}
        self._put(content, room)
        told = content if postback is None else content | {"postback": postback}
        self.event(self._event("message", room, content=told))

    # -- sending ----------------------------------------------------------------------------------

    def event(self, event: Json) -> None:
        """Any event: `world.event("message", user="u21", content={…})`."""
        self._last = written(event)
        self.reply = self.endpoint.tell(event)
        self.world.settle()

    def resend_last(self) -> None:
        """The same bytes once more. LINE WORKS does not repeat a callback; a proxy may."""
        assert self._last, "nothing was sent yet"
        self.reply = self.endpoint.send(self._last)
        self.world.settle()

    def _event(self, kind: str, room: str, **more: Any) -> Json:
        channel = room or (self._private if self.world.private_channel_ids else "")
        return self.world.event(kind, user=self.id, channel=channel, **more)

    @property
    def _private(self) -> str:
        """How LINE WORKS calls the 1:1 where it names it; messages cannot be sent there by it."""
        return f"private-{self.id}"

    def _put(self, content: Json, room: str) -> None:
        with self.world.lock:
            self._inside(room)
            self.world.put(self.id, content, self.id, room)

    def _inside(self, room: str) -> None:
        assert not room or self.id in self.world.rooms[room].members, f"not a member of {room}"
