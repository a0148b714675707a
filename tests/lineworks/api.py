"""What LINE WORKS does when asked: one function for each operation that the stand-in knows.

`find("POST", "/v1.0/bots/1/channels")` says which operation that is. Status, scopes and shapes are
those of developers.worksmobile.com (Bot API 2.0, Directory API, Calendar API). Where it is silent:
registering a menu again replaces it, a message to somebody suspended is refused with 403.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.lineworks.limits import faults_in, faults_in_event, faults_in_menu, faults_in_room
from tests.lineworks.pieces import Json
from tests.lineworks.world import BOT, DOMAIN, Event, Refused, User, World

PAGE = 100  # users in one answer, unless fewer are asked for


@dataclass(frozen=True)
class Request:
    """What an operation is given: parts of the path, of the query, and the body."""

    path: dict[str, str]
    query: dict[str, str]
    body: Any


Run = Callable[[World, Request], Json | None]  # None is an answer without a body


@dataclass(frozen=True)
class Operation:
    """One entry of LINE WORKS's reference; `name` is what faults and `calls` know it by."""

    name: str
    verb: str
    path: str
    scopes: frozenset[str]  # any one of them
    run: Run
    status: int = 200
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        object.__setattr__(self, "pattern", re.compile(f"/v1\\.0{pattern}"))


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        raise Refused(400, "INVALID_PARAMETER", "; ".join(faults))


# -- messages -------------------------------------------------------------------------------------


def _content(world: World, asked: Request) -> Json:
    """The content of a message that may be sent."""
    world.heard(world.said.messages, asked.body)
    if not isinstance(asked.body, dict) or asked.body.keys() != {"content"}:
        raise Refused(400, "INVALID_PARAMETER", "a body holds `content` and nothing else")
    _refuse_faults(faults_in(asked.body["content"]))
    content: Json = asked.body["content"]
    return content


def _reachable(world: World, name: str) -> User:
    user = world.user(name)
    if user.suspended:
        raise Refused(403, "ACCESS_DENIED", f"suspended: {user.id}")
    return user


def send_to_user(world: World, asked: Request) -> None:
    content = _content(world, asked)
    world.put("bot", content, _reachable(world, asked.path["user"]).id)


def send_to_room(world: World, asked: Request) -> None:
    content = _content(world, asked)
    room = world.room(asked.path["room"])
    world.put("bot", content, "", room.id)


def make_room(world: World, asked: Request) -> Json:
    world.heard(world.said.elsewhere, asked.body)
    _refuse_faults(faults_in_room(asked.body))
    members = [_reachable(world, name).id for name in asked.body["members"]]
    room = world.add_room(members, asked.body.get("title", ""))
    return {"channelId": room.id, "title": room.title}


# -- the bot and its menu -------------------------------------------------------------------------


def read_bot(world: World, asked: Request) -> Json:
    return {
        "botId": int(BOT),
        "botName": "つなぐボット",
        "photoUrl": "https://example.jp/bot.png",
        "description": "支援会議の調整",
        "enableCallback": True,
        "channelEvents": ["message", "join", "leave", "joined", "left", "postback"],
        "callbackEvents": ["text"],
        "enableGroupJoin": True,
        **world.bot,
    }


def register_menu(world: World, asked: Request) -> Json:
    world.heard(world.said.elsewhere, asked.body)
    _refuse_faults(faults_in_menu(asked.body))
    world.menu = asked.body
    return world.menu


def read_menu(world: World, asked: Request) -> Json:
    if world.menu is None:
        raise Refused(404, "NOT_FOUND", "no persistent menu")
    return world.menu


def remove_menu(world: World, asked: Request) -> None:
    read_menu(world, asked)
    world.menu = None


# -- members --------------------------------------------------------------------------------------


def list_users(world: World, asked: Request) -> Json:
    everybody = [one for one in world.users.values() if not one.deleted]
    count = asked.query.get("count", str(PAGE))
    if not count.isdecimal() or not 1 <= int(count) <= PAGE:
        raise Refused(400, "INVALID_PARAMETER", f"count is 1 to {PAGE}")
    if asked.query.get("domainId", str(DOMAIN)) != str(DOMAIN):
        raise Refused(403, "FORBIDDEN", "another domain")
    start = _place_of(asked.query["cursor"]) if "cursor" in asked.query else 0
    end = start + int(count)
    more = {"nextCursor": _cursor(end) if end < len(everybody) else None}
    return {"users": [one.seen() for one in everybody[start:end]], "responseMetaData": more}


def _cursor(place: int) -> str:
    """With letters that an address must not carry as they are: + and =."""
    return base64.b64encode(b"\xfb\xef\xbe" + str(place).encode() + b"/").decode()


def _place_of(cursor: str) -> int:
    wrong = Refused(400, "INVALID_PARAMETER", "this cursor was never given out")
    try:
        text = base64.b64decode(cursor, validate=True)
    except ValueError as why:
        raise wrong from why
    number = text.removeprefix(b"\xfb\xef\xbe").removesuffix(b"/").decode("ascii", "replace")
    if _cursor(int(number) if number.isdecimal() else -1) != cursor:
        raise wrong
    return int(number)


def read_user(world: World, asked: Request) -> Json:
    return world.user(asked.path["user"]).seen()


# -- calendars ------------------------------------------------------------------------------------


def create_event(world: World, asked: Request) -> Json:
    return _keep_event(world, asked, "")


def change_event(world: World, asked: Request) -> Json:
    _event(world, asked)
    return _keep_event(world, asked, asked.path["event"])


def _keep_event(world: World, asked: Request, event_id: str) -> Json:
    world.heard(world.said.calendars, asked.body)
    user = _reachable(world, asked.path["user"])
    _refuse_faults(faults_in_event(asked.body))
    component = dict(asked.body["eventComponents"][0])
    given = component.get("eventId", event_id)
    if event_id and given != event_id:
        raise Refused(400, "INVALID_PARAMETER", "eventId is another one than in the address")
    component["eventId"] = given or world.new_id()
    told = asked.body.get("sendNotification", True)
    world.events[component["eventId"]] = Event(user.id, component, told)
    if told:
        world.calendar_notices.append(component)
    return {"eventComponents": [component]}


def _event(world: World, asked: Request) -> Event:
    user = _reachable(world, asked.path["user"])
    found = world.events.get(asked.path["event"])
    if found is None or found.user != user.id:
        raise Refused(404, "NOT_FOUND", "no such event in this calendar")
    return found


def remove_event(world: World, asked: Request) -> None:
    found = _event(world, asked)
    del world.events[asked.path["event"]]
    if asked.query.get("sendNotification", "true") != "false":
        world.calendar_notices.append(found.component)


# -- all of them ----------------------------------------------------------------------------------

_SEND = frozenset({"bot.message", "bot"})
_LOOK = frozenset({"bot", "bot.read"})  # not bot.message, which may send but not look at the bot
_USERS = frozenset({"user.read", "user", "directory", "directory.read"})
_CALENDAR = frozenset({"calendar"})
_MENU, _EVENT = "/bots/{bot}/persistentmenu", "/users/{user}/calendar/events"

OPERATIONS = (
    Operation("send.user", "POST", "/bots/{bot}/users/{user}/messages", _SEND, send_to_user, 201),
    Operation(
        "send.room", "POST", "/bots/{bot}/channels/{room}/messages", _SEND, send_to_room, 201
    ),
    Operation("rooms.create", "POST", "/bots/{bot}/channels", _SEND, make_room, 201),
    Operation("menu.register", "POST", _MENU, _SEND, register_menu, 201),
    Operation("menu.read", "GET", _MENU, _SEND | _LOOK, read_menu),
    Operation("menu.remove", "DELETE", _MENU, _SEND, remove_menu, 204),
    Operation("bot.read", "GET", "/bots/{bot}", _LOOK, read_bot),
    Operation("users.list", "GET", "/users", _USERS, list_users),
    Operation("users.read", "GET", "/users/{user}", _USERS, read_user),
    Operation("events.create", "POST", _EVENT, _CALENDAR, create_event, 201),
    Operation("events.change", "PUT", f"{_EVENT}/{{event}}", _CALENDAR, change_event),
    Operation("events.remove", "DELETE", f"{_EVENT}/{{event}}", _CALENDAR, remove_event, 204),
)


def find(verb: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation at this address, with the parts of its path. Raises Refused (404, 405)."""
    hits = [(one, hit) for one in OPERATIONS if (hit := one.pattern.fullmatch(path))]
    for one, hit in hits:
        if one.verb == verb:
            return one, hit.groupdict()
    if hits:
        raise Refused(405, "METHOD_NOT_ALLOWED", f"{verb} {path}")
    raise Refused(404, "NOT_FOUND", f"nothing is at {path}")
