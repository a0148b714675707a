"""What the stand-in for Slack remembers: people, channels, messages, views, files, triggers."""

import secrets
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.slack.fields import Values, with_ids
from tests.slack.limits import Json

TEAM, APP, BOT_USER, BOT = "T0TSUNAGI", "A0TSUNAGU", "U0TSUNAGU", "B0TSUNAGU"
TEAM_DOMAIN = "tsunagino"
TRIGGER_LIFE = timedelta(seconds=3)
URL_LIFE, URL_USES = timedelta(minutes=30), 5
STACK = 3


class Refused(Exception):
    """Slack says no: `error` is its own word, `more` what else stands in the answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error, self.more = error, more


def faulty(error: str, faults: list[str]) -> Refused:
    """A refusal that names every place, as Slack answers for blocks and views."""
    told = [f"[ERROR] {fault}" for fault in faults]
    if error == "invalid_blocks":
        return Refused(error, errors=faults, response_metadata={"messages": told})
    return Refused(error, response_metadata={"messages": told})


@dataclass
class User:
    """Somebody with an account; `deleted` is Slack's word for deactivated."""

    id: str
    name: str
    real_name: str
    email: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    team: str = TEAM
    is_email_confirmed: bool = True
    enterprise: str = ""  # of an organisation with several workspaces
    teams: tuple[str, ...] = ()  # those of them that they belong to

    def seen(self, *, with_email: bool) -> Json:
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        if with_email and self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "is_email_confirmed": self.is_email_confirmed,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_app_user": False,
            "tz": "Asia/Tokyo",
            "profile": profile,
            **(
                {"enterprise_user": {"enterprise_id": self.enterprise, "teams": list(self.teams)}}
                if self.enterprise
                else {}
            ),
        }


@dataclass
class Channel:
    """A place for messages: C… public, G… private, D… two people."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    archived: bool = False
    topic: str = ""
    creator: str = ""
    is_im: bool = False
    messages: list[Json] = field(default_factory=list)

    def seen(self) -> Json:
        base: Json = {
            "id": self.id,
            "created": 1_700_000_000,
            "is_archived": self.archived,
            "is_im": self.is_im,
            "is_mpim": False,
            "is_private": self.is_private,
        }
        if self.is_im:
            other = next(one for one in self.members if one != BOT_USER)
            return base | {"user": other, "is_open": True}
        return base | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_general": False,
            "is_member": BOT_USER in self.members,
            "creator": self.creator,
            "topic": {"value": self.topic, "creator": self.creator, "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }


@dataclass
class Shown:
    """A view on one person's screen."""

    view: Json
    user: str
    values: Values = field(default_factory=Values)

    def seen(self) -> Json:
        """The view as Slack hands it to the app."""
        return deepcopy(self.view) | {"state": self.values.as_state()}


@dataclass
class Trigger:
    user: str
    at: datetime
    used: bool = False
    view_id: str = ""


@dataclass
class ResponseUrl:
    """Where an interaction may be answered for half an hour."""

    user: str
    channel: str
    at: datetime
    message_ts: str = ""
    uses: int = 0


@dataclass
class File:
    id: str
    name: str
    title: str = ""
    content: bytes = b""
    length: int = 0
    done_at: datetime | None = None
    channels: list[str] = field(default_factory=list)


@dataclass
class Ephemeral:
    """A message that one person sees alone."""

    user: str
    channel: str
    message: Json


@dataclass
class Said:
    """Every text that ever reached Slack, by where it stood; `messages` holds all but modals."""

    messages: list[str] = field(default_factory=list)
    modals: list[str] = field(default_factory=list)


class World:
    """One workspace with one app in it. `now` is its clock, moved by the test.

    `settle` waits until the product has finished what it goes on doing after an answer.
    """

    def __init__(self, now: Callable[[], datetime], settle: Callable[[], None]) -> None:
        self.now, self.settle = now, settle
        self.lock = threading.RLock()
        self.url = ""  # of the server, without a slash at the end
        self.verification_token = secrets.token_hex(12)
        self.enterprise = ""  # the organisation that the workspace belongs to, if it has several
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.screens: dict[str, list[Shown]] = {}
        self.homes: dict[str, Shown] = {}
        self.message_values: dict[tuple[str, str], Values] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.file_delay = timedelta(0)  # until a file that has arrived can stand in a block
        self.pictures: set[str] = set()  # addresses of pictures that Slack can fetch
        self.ephemerals: list[Ephemeral] = []
        self.said = Said()
        self._count = 0
        self.add_user(BOT_USER, "tsunagu", "つなぐボット", is_bot=True)

    # -- making it --------------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str, real_name: str = "", **more: Any) -> User:
        """Somebody new; `email=`, `is_bot=`, `is_restricted=`, `deleted=` as they are."""
        user = self.users[user_id] = User(user_id, name, real_name or name, **more)
        return user

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Iterable[str] = (),
        bot: bool = True,
        private: bool = False,
    ) -> Channel:
        """A channel; with `bot` the app is a member. An id with G… is private anyway."""
        everybody = [*members, BOT_USER] if bot else [*members]
        private = private or channel_id.startswith("G")
        channel = Channel(channel_id, name, everybody, is_private=private)
        self.channels[channel_id] = channel
        return channel

    # -- ids and times ----------------------------------------------------------------------------

    def count(self) -> int:
        self._count += 1
        return self._count

    def new_id(self, kind: str) -> str:
        return f"{kind}0{self.count():04d}{secrets.token_hex(2).upper()}"

    def ts(self) -> str:
        """A time stamp as Slack writes them: seconds, a dot, and six digits that never repeat."""
        return f"{int(self.now().timestamp())}.{self.count():06d}"

    def new_trigger(self, user: str, view_id: str = "") -> str:
        name = f"{self.count()}.{self.count()}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user, self.now(), view_id=view_id)
        return name

    def use_trigger(self, name: object) -> Trigger:
        """Take a trigger, once and within its three seconds."""
        trigger = self.triggers.get(str(name))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.now() - trigger.at > TRIGGER_LIFE:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, user: str, channel: str, message_ts: str = "") -> str:
        name = f"{TEAM}/{self.count()}/{secrets.token_hex(12)}"
        self.response_urls[name] = ResponseUrl(user, channel, self.now(), message_ts)
        return f"{self.url}/actions/{name}"

    # -- looking things up ------------------------------------------------------------------------

    def user(self, user_id: object) -> User:
        found = self.users.get(str(user_id))
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self, channel_id: object) -> Channel:
        """The channel, if the app can see it: a private one only from inside."""
        found = self.channels.get(str(channel_id))
        if found is None or (found.is_private and BOT_USER not in found.members):
            raise Refused("channel_not_found")
        return found

    def dm(self, user_id: str) -> Channel:
        """The conversation of the app with one person, begun if need be."""
        for channel in self.channels.values():
            if channel.is_im and user_id in channel.members:
                return channel
        channel = Channel(self.new_id("D"), "", [user_id, BOT_USER], is_im=True)
        self.channels[channel.id] = channel
        return channel

    def message(self, channel: Channel, ts: object) -> Json:
        for one in channel.messages:
            if one["ts"] == ts:
                return one
        raise Refused("message_not_found")

    def is_ready(self, file: File | None) -> bool:
        """Whether a file can stand in a block: it has arrived and Slack has looked through it."""
        if file is None or file.done_at is None:
            return False
        return self.now() >= file.done_at + self.file_delay

    def picture_faults(self, value: object, where: str) -> list[str]:
        """Slack's sentences about pictures that it cannot fetch, or files that it does not know."""
        match value:
            case list():
                inner: list[tuple[object, object]] = list(enumerate(value))
            case {"type": "image", "image_url": str(url)} if url not in self.pictures:
                return [f"downloading image failed [json-pointer:{where}/image_url]"]
            case {"type": "image", "slack_file": {"id": file_id}}:
                ready = self.is_ready(self.files.get(str(file_id)))
                return [] if ready else [f"invalid slack file [json-pointer:{where}/slack_file]"]
            case dict():
                inner = [(name, part) for name, part in value.items() if not isinstance(part, str)]
            case _:
                return []
        return [x for at, part in inner for x in self.picture_faults(part, f"{where}/{at}")]

    # -- views ------------------------------------------------------------------------------------

    def shown(self, view_id: str = "", external_id: str = "") -> Shown:
        """A view that is on somebody's screen now."""
        every = [one for stack in self.screens.values() for one in stack] + [*self.homes.values()]
        for one in every:
            if (view_id and one.view["id"] == view_id) or (
                external_id and one.view["external_id"] == external_id
            ):
                return one
        raise Refused("not_found")

    def draw(self, shown: Shown, given: Json) -> None:
        """Put the content of a view onto a screen, with a new hash."""
        blocks = with_ids(given["blocks"])
        shown.view |= {
            "type": given["type"],
            "blocks": blocks,
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "external_id": given.get("external_id", ""),
            "title": given.get("title"),
            "submit": given.get("submit"),
            "close": given.get("close"),
            "clear_on_close": given.get("clear_on_close", False),
            "notify_on_close": given.get("notify_on_close", False),
            "hash": f"{int(self.now().timestamp())}.{secrets.token_hex(4)}",
        }
        shown.values.draw(blocks)

    def show(self, user: str, given: Json, *, on: list[Shown]) -> Shown:
        """A new view on top of a stack, which may be empty."""
        view_id = self.new_id("V")
        shown = Shown(
            {
                "id": view_id,
                "team_id": TEAM,
                "app_id": APP,
                "app_installed_team_id": TEAM,
                "bot_id": BOT,
                "previous_view_id": on[-1].view["id"] if on else None,
                "root_view_id": on[0].view["id"] if on else view_id,
            },
            user,
        )
        self.draw(shown, given)
        on.append(shown)
        return shown

    # -- messages ---------------------------------------------------------------------------------

    def post(self, channel: Channel, message: Json) -> Json:
        """Put a message at the end of a channel."""
        kept = {"type": "message", "ts": self.ts(), "team": TEAM} | message
        channel.messages.append(kept)
        return kept
