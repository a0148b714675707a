"""What the stand-in for LINE WORKS remembers: members, rooms, what stands in them, calendars."""

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.lineworks.pieces import Json
from tests.slack.limits import texts_in

DOMAIN = 40029600
BOT = "2000001"


class Refused(Exception):
    """LINE WORKS says no: an HTTP status, and its own word for it."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(f"{status} {code}: {description}")
        self.status, self.code, self.description = status, code, description


@dataclass
class User:
    """A member of the tenant."""

    id: str
    name: str = ""
    email: str = ""
    suspended: bool = False
    deleted: bool = False

    def seen(self) -> Json:
        last, _, first = self.name.partition(" ")
        return {
            "domainId": DOMAIN,
            "userId": self.id,
            "email": self.email,
            "userName": {"lastName": last, "firstName": first},
            "isSuspended": self.suspended,
            "isDeleted": self.deleted,
            "isAwaiting": False,
        }


@dataclass(frozen=True)
class Standing:
    """One message where it stands. `by` is "bot" or a user id."""

    by: str
    content: Json
    at: datetime
    place: str  # a room's id, or "" for the 1:1


@dataclass
class Room:
    """A talk room of several people and the bot."""

    id: str
    title: str
    members: list[str]
    messages: list[Standing] = field(default_factory=list)


@dataclass
class Event:
    """An event in somebody's own calendar; `told` is whether LINE WORKS announced it."""

    user: str
    component: Json
    told: bool


@dataclass
class Said:
    """Every text that ever reached LINE WORKS, also in what was refused: `messages` (with links and
    what buttons carry), `calendars`, and `elsewhere` (the menu, the titles of rooms)."""

    messages: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def everything(self) -> list[str]:
        return self.messages + self.calendars + self.elsewhere


class World:
    """One tenant with one bot in it. `now` is its clock, moved by the test.

    `settle` waits until the product has finished what it goes on doing after an answer.
    `quick_reply_as_message` makes a quick reply come back in a message, as some have seen;
    `private_channel_ids` puts a channelId into what comes from the 1:1.
    """

    def __init__(self, now: Callable[[], datetime], settle: Callable[[], None]) -> None:
        self.now, self.settle = now, settle
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.rooms: dict[str, Room] = {}
        self.private: dict[str, list[Standing]] = {}
        self.menu: Json | None = None
        self.bot: Json = {}  # what the console says of the bot that is not as usual
        self.events: dict[str, Event] = {}
        self.calendar_notices: list[Json] = []  # what people were told about their calendars
        self.due: list[Json] = []  # callbacks that LINE WORKS has to tell by itself
        self.said = Said()
        self.quick_reply_as_message = False
        self.private_channel_ids = False
        self._count = 0

    # -- making it --------------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str = "", **more: Any) -> User:
        """Somebody new: `email=`, `suspended=`, `deleted=`."""
        user = self.users[user_id] = User(user_id, name, **more)
        self.private[user_id] = []
        return user

    def add_room(self, members: Iterable[str], title: str = "", room_id: str = "") -> Room:
        """A room with the bot in it. The product is told by a `join` that is `due`."""
        room = Room(room_id or self.new_id(), title, [*members])
        self.rooms[room.id] = room
        self.due.append(self.event("join", channel=room.id))
        return room

    def new_id(self) -> str:
        return f"{self.count():08x}-{secrets.token_hex(2)}-{secrets.token_hex(6)}"

    def count(self) -> int:
        with self.lock:
            self._count += 1
            return self._count

    # -- looking things up ------------------------------------------------------------------------

    def user(self, name: str) -> User:
        """A member by id or by the address they sign in with. Raises Refused."""
        for one in self.users.values():
            if name in {one.id, one.email} and not one.deleted:
                return one
        raise Refused(404, "NOT_FOUND", f"no such user: {name}")

    def room(self, room_id: str) -> Room:
        """A room that the bot is in. Raises Refused."""
        if room_id not in self.rooms:
            raise Refused(404, "NOT_FOUND", f"no such channel: {room_id}")
        return self.rooms[room_id]

    def standing(self, user_id: str, room_id: str = "") -> list[Standing]:
        """What stands in a 1:1, or in a room, the oldest first."""
        return self.rooms[room_id].messages if room_id else self.private[user_id]

    # -- messages and callbacks -------------------------------------------------------------------

    def put(self, by: str, content: Json, user_id: str, room_id: str = "") -> Standing:
        """A message at the end of a 1:1 or of a room."""
        one = Standing(by, content, self.now(), room_id)
        self.standing(user_id, room_id).append(one)
        return one

    def heard(self, where: list[str], body: object) -> None:
        """Remember the texts of something that arrived."""
        where += texts_in(body)

    def issued(self) -> str:
        """A time as callbacks carry it. Never the same twice, also on a clock that stands: two
        deeds of one person within a millisecond do not happen, and a repeat is told by its body."""
        at = self.now().astimezone(UTC) + timedelta(milliseconds=self.count())
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"

    def event(self, kind: str, *, user: str = "", channel: str = "", **more: Any) -> Json:
        """A callback of this kind: `user` and `channel` where it has them."""
        source: Json = {"userId": user} if user else {}
        if channel:
            source["channelId"] = channel
        source["domainId"] = DOMAIN
        return {"type": kind, "source": source, "issuedTime": self.issued()} | more
