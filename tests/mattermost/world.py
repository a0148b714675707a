"""What the stand-in for Mattermost remembers: users, direct channels, posts, dialogs, commands."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.slack.limits import Json, texts_in

TEAM, TEAM_NAME = "teamteamteamteamteamteam01", "tsunagino"
BOT = "botbotbotbotbotbotbotbot01"
LETTERS = "abcdefghijkmnopqrstuwxyz13456789"


class Refused(Exception):
    """Mattermost says no: an HTTP status, and the id of its sentence."""

    def __init__(self, status: int, code: str, why: str = "") -> None:
        super().__init__(f"{status} {code}: {why}")
        self.status, self.code, self.why = status, code, why


def no_permission(why: str) -> Refused:
    return Refused(403, "api.context.permissions.app_error", why)


@dataclass
class User:
    """Somebody with an account on the server; `deleted`: deactivated by its administrator."""

    id: str
    name: str = ""
    email: str = ""
    username: str = ""
    roles: str = "system_user"
    is_bot: bool = False
    deleted: bool = False
    email_verified: bool = True

    def seen(self, *, email: bool, at: int) -> Json:
        """As the server shows them; the address only where everybody may see addresses."""
        last, _, first = self.name.partition(" ")
        return {
            "id": self.id,
            "create_at": at,
            "update_at": at,
            "delete_at": at if self.deleted else 0,
            "username": self.username or self.id,
            "email": self.email if email else "",
            **({"email_verified": True} if email and self.email_verified else {}),
            "nickname": "",
            "first_name": first,
            "last_name": last,
            "position": "",
            "roles": self.roles,
            **({"is_bot": True} if self.is_bot else {}),
        }


@dataclass
class Post:
    """One post where it stands; `to` is who alone sees one that is ephemeral, "" for all others."""

    id: str
    channel: str
    by: str
    message: str
    props: Json
    at: datetime
    to: str = ""
    edited_at: datetime | None = None
    deleted: bool = False

    @property
    def attachments(self) -> list[Json]:
        return list(self.props.get("attachments", []))


@dataclass
class Dialog:
    """A dialog on somebody's screen, and the address to which it is handed in."""

    user: str
    url: str
    content: Json
    channel: str = ""


@dataclass
class Said:
    """Every text that ever reached Mattermost, also in what was refused."""

    posts: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # to presses, commands and dialogs

    def everything(self) -> list[str]:
        return self.posts + self.dialogs + self.answers


class World:
    """A town's own server with one team and one bot in it. `now` is its clock, moved by the test.

    `settle` waits until the product has finished what it goes on doing after an answer. What the
    server's administrator has set: `shows_email` (ShowEmailAddress), `edit_limit` (seconds;
    PostEditTimeLimit, -1 is none), `trigger_life` (3 seconds until 2024, then 30 from
    OutgoingIntegrationRequestsTimeout), `most_bytes` (MaximumPayloadSizeBytes), `most_letters` of a
    message (16,383; 4,000 where the database is very old).
    """

    def __init__(self, now: Callable[[], datetime], settle: Callable[[], None]) -> None:
        self.now, self.settle = now, settle
        self.lock = threading.RLock()
        self.users: dict[str, User] = {
            BOT: User(BOT, "つなぐボット", "tsunagu@localhost", "tsunagu", is_bot=True)
        }
        self.direct: dict[frozenset[str], str] = {}  # channels, by the two who share them
        self.posts: dict[str, Post] = {}
        self.pending: dict[str, tuple[str, datetime]] = {}
        self.dialogs: dict[str, Dialog] = {}  # by user: what stands on their screen
        self.triggers: dict[str, tuple[str, str, datetime]] = {}  # user, channel, when
        self.said = Said()
        self.version = "10.11.4"
        self.shows_email = True
        self.edit_limit = -1
        self.trigger_life = timedelta(seconds=3)
        self.most_bytes = 300_000
        self.most_letters = 16_383

    def new_id(self) -> str:
        return "".join(secrets.choice(LETTERS) for _ in range(26))

    def millis(self, at: datetime | None = None) -> int:
        return int((at or self.now()).timestamp() * 1000)

    # -- making it --------------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str = "", **more: Any) -> User:
        user = self.users[user_id] = User(user_id, name, **more)
        return user

    # -- looking things up ------------------------------------------------------------------------

    def user(self, user_id: str) -> User:
        """Raises Refused."""
        if user_id not in self.users:
            raise Refused(404, "app.user.missing_account.const", f"no such user: {user_id}")
        return self.users[user_id]

    def post(self, post_id: str) -> Post:
        """Raises Refused."""
        found = self.posts.get(post_id)
        if found is None or found.deleted or found.to:
            raise Refused(404, "app.post.get.app_error", f"no such post: {post_id}")
        return found

    def members_of(self, channel: str) -> frozenset[str]:
        return next((two for two, one in self.direct.items() if one == channel), frozenset())

    def channel_of(self, user_id: str) -> str:
        """The direct channel of the bot and somebody; "" when there is none yet."""
        return self.direct.get(frozenset({BOT, user_id}), "")

    def standing(self, user_id: str) -> list[Post]:
        """What somebody sees in their direct channel with the bot, the oldest first."""
        channel = self.channel_of(user_id)
        return [
            one
            for one in self.posts.values()
            if one.channel == channel and not one.deleted and one.to in ("", user_id)
        ]

    # -- what happens -----------------------------------------------------------------------------

    def open_direct(self, one: str, other: str) -> str:
        return self.direct.setdefault(frozenset({one, other}), self.new_id())

    def put(self, channel: str, by: str, message: str, props: Json, *, to: str = "") -> Post:
        """A post at the end of a channel; its actions without an id are given one."""
        for attachment in props.get("attachments", []):
            for action in attachment.get("actions", []):
                action.setdefault("id", self.new_id())
        post = Post(self.new_id(), channel, by, message, props, self.now(), to)
        self.posts[post.id] = post
        return post

    def new_trigger(self, user_id: str, channel: str) -> str:
        trigger = secrets.token_urlsafe(120)
        self.triggers[trigger] = (user_id, channel, self.now())
        return trigger

    def heard(self, where: list[str], body: object) -> None:
        """Remember the texts of something that arrived."""
        where += texts_in(body)
