"""What Mattermost does when asked: one function for each operation that the stand-in knows.

Paths, statuses and ids of errors are those of mattermost/mattermost, server/channels/api4. Ids are
26 letters and digits there; here also others, as long as they are letters and digits.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.mattermost.limits import (
    PROPS,
    faults_in_attachments,
    faults_in_dialog,
    is_address,
    weight,
)
from tests.mattermost.world import BOT, Dialog, Post, Refused, World, no_permission
from tests.slack.limits import Json

PAGE = 200  # users or posts in one answer at most
PENDING = timedelta(seconds=30)  # so long the same pending_post_id makes no second post


@dataclass(frozen=True)
class Asked:
    """What an operation is given: parts of the path, of the query, and the body."""

    path: dict[str, str]
    query: dict[str, str]
    body: Any


Run = Callable[[World, Asked], Any]


@dataclass(frozen=True)
class Operation:
    """One entry of the reference; `name` is what faults and `calls` know it by."""

    name: str
    verb: str
    path: str
    run: Run
    status: int = 200
    needs_session: bool = True
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = self.path.replace("{email}", "(?P<email>.+)")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9]+)", pattern)
        object.__setattr__(self, "pattern", re.compile(f"/api/v4{pattern}"))


def _wrong(name: str, why: str = "") -> Refused:
    return Refused(400, "api.context.invalid_body_param.app_error", f"{name}: {why}")


# -- people ---------------------------------------------------------------------------------------


def read_me(world: World, asked: Asked) -> Json:
    return world.users[BOT].seen(email=True, at=world.millis())


def read_user(world: World, asked: Asked) -> Json:
    return world.user(asked.path["user"]).seen(email=world.shows_email, at=world.millis())


def read_by_email(world: World, asked: Asked) -> Json:
    """Refused to all but administrators where addresses are hidden, before it is looked up."""
    if not world.shows_email:
        raise Refused(403, "api.user.get_user_by_email.permissions.app_error")
    wanted = asked.path["email"].lower()
    for one in world.users.values():
        if one.email.lower() == wanted:
            return one.seen(email=True, at=world.millis())
    raise Refused(404, "app.user.missing_account.const")


def list_users(world: World, asked: Asked) -> list[Json]:
    """Deactivated people and bots among them, by username."""
    page, size = _paged(asked)
    found = sorted(world.users.values(), key=lambda one: one.username or one.id)
    some = found[page * size : (page + 1) * size]
    return [one.seen(email=world.shows_email, at=world.millis()) for one in some]


def _paged(asked: Asked) -> tuple[int, int]:
    page, size = asked.query.get("page", "0"), asked.query.get("per_page", "60")
    if not (page.isdecimal() and size.isdecimal()):
        raise Refused(400, "api.context.invalid_url_param.app_error", "page")
    return int(page), min(int(size) or 60, PAGE)


# -- channels and posts ---------------------------------------------------------------------------


def open_direct(world: World, asked: Asked) -> Json:
    body = asked.body
    if not (isinstance(body, list) and len(body) == 2 and all(isinstance(u, str) for u in body)):
        raise _wrong("user_ids")
    if BOT not in body:
        raise no_permission("somebody else's channel")
    if not set(body) <= world.users.keys():
        code = "api.channel.create_direct_channel.invalid_user.app_error"
        raise Refused(400, code, "no users with these ids")
    channel = world.open_direct(*body)
    return {"id": channel, "type": "D", "name": "__".join(sorted(body)), "team_id": ""}


def _checked(world: World, message: object, props: object) -> None:
    """Raises Refused."""
    if not isinstance(message, str) or not isinstance(props, dict):
        raise _wrong("post")
    if len(message) > world.most_letters:
        code = "model.post.is_valid.message_length.app_error"
        raise Refused(400, code, f"{len(message)} letters")
    if weight(props) > PROPS:
        raise Refused(400, "model.post.is_valid.props.app_error")
    if faults := faults_in_attachments(props.get("attachments", [])):
        raise Refused(400, "model.post.is_valid.props.app_error", "; ".join(faults))


def create_post(world: World, asked: Asked) -> Json:
    body = _object(asked)
    world.heard(world.said.posts, body)
    channel = body.get("channel_id")
    if BOT not in world.members_of(str(channel)):
        raise no_permission("not in this channel")
    if not body.get("message") and not body.get("props", {}).get("attachments"):
        raise _wrong("message", "nothing to be shown")
    _checked(world, body.get("message", ""), body.get("props", {}))
    pending = str(body.get("pending_post_id", ""))
    if pending and pending in world.pending:
        post_id, since = world.pending[pending]
        if world.now() - since <= PENDING:
            return seen(world, world.posts[post_id])
    post = world.put(str(channel), BOT, body.get("message", ""), deepcopy(body.get("props", {})))
    if pending:
        world.pending[pending] = (post.id, world.now())
    return seen(world, post)


def patch_post(world: World, asked: Asked) -> Json:
    """One that is not there (any more) is nobody's to edit."""
    body = _object(asked)
    world.heard(world.said.posts, body)
    try:
        post = world.post(asked.path["post"])
    except Refused:
        raise no_permission("edit_post") from None
    if post.by != BOT:
        raise no_permission("edit_others_posts")
    message, props = body.get("message", post.message), body.get("props", post.props)
    age = (world.now() - post.at).total_seconds()
    if world.edit_limit != -1 and age > world.edit_limit and message != post.message:
        raise Refused(400, "api.post.update_post.permissions_time_limit.app_error")
    _checked(world, message, props)
    for attachment in (props := deepcopy(props)).get("attachments", []):
        for action in attachment.get("actions", []):
            action.setdefault("id", world.new_id())
    post.message, post.props, post.edited_at = message, props, world.now()
    return seen(world, post)


def read_post(world: World, asked: Asked) -> Json:
    return seen(world, world.post(asked.path["post"]))


def delete_post(world: World, asked: Asked) -> Json:
    post = world.post(asked.path["post"])
    if post.by != BOT:
        raise no_permission("delete_others_posts")
    post.deleted = True
    return {"status": "OK"}


def list_posts(world: World, asked: Asked) -> Json:
    """The newest first."""
    channel = asked.path["channel"]
    if BOT not in world.members_of(channel):
        raise no_permission("read_channel")
    page, size = _paged(asked)
    there = [p for p in world.posts.values() if p.channel == channel and not (p.deleted or p.to)]
    some = there[::-1][page * size : (page + 1) * size]
    return {"order": [one.id for one in some], "posts": {one.id: seen(world, one) for one in some}}


def seen(world: World, post: Post) -> Json:
    """A post as clients get it: without where its actions lead, and what they carry."""
    props = deepcopy(post.props)
    for attachment in props.get("attachments", []):
        for action in attachment.get("actions", []):
            action.pop("integration", None)
    return {
        "id": post.id,
        "create_at": world.millis(post.at),
        "edit_at": world.millis(post.edited_at) if post.edited_at else 0,
        "delete_at": 0,
        "user_id": post.by,
        "channel_id": post.channel,
        "root_id": "",
        "message": post.message,
        "type": "",
        "props": props,
    }


# -- dialogs --------------------------------------------------------------------------------------


def open_dialog(world: World, asked: Asked) -> Json:
    body = _object(asked)
    world.heard(world.said.dialogs, body.get("dialog"))
    if not is_address(body.get("url")):
        raise _wrong("url")
    trigger = world.triggers.get(str(body.get("trigger_id", "")))
    if trigger is None:
        raise Refused(400, "interactive_message.decode_trigger_id.base64_decode_failed")
    user, channel, since = trigger
    if world.now() - since > world.trigger_life:
        raise Refused(400, "interactive_message.decode_trigger_id.expired")
    if faults := faults_in_dialog(body.get("dialog")):
        raise _wrong("dialog", "; ".join(faults))
    world.dialogs[user] = Dialog(user, body["url"], deepcopy(body["dialog"]), channel)
    return {"status": "OK"}


def _object(asked: Asked) -> Json:
    if not isinstance(asked.body, dict):
        raise _wrong("body")
    found: Json = asked.body
    return found


# -- the server -----------------------------------------------------------------------------------


def ping(world: World, asked: Asked) -> Json:
    return {"status": "OK"}


def read_config(world: World, asked: Asked) -> Json:
    if asked.query.get("format") != "old":
        raise Refused(400, "api.config.client.old_format.app_error")
    return {
        "Version": world.version,
        "SiteURL": "",
        "ShowEmailAddress": str(world.shows_email).lower(),
        "PostEditTimeLimit": str(world.edit_limit),
    }


OPERATIONS = (
    Operation("users.me", "GET", "/users/me", read_me),
    Operation("users.by_email", "GET", "/users/email/{email}", read_by_email),
    Operation("users.read", "GET", "/users/{user}", read_user),
    Operation("users.list", "GET", "/users", list_users),
    Operation("channels.direct", "POST", "/channels/direct", open_direct, 201),
    Operation("channels.posts", "GET", "/channels/{channel}/posts", list_posts),
    Operation("posts.create", "POST", "/posts", create_post, 201),
    Operation("posts.patch", "PUT", "/posts/{post}/patch", patch_post),
    Operation("posts.read", "GET", "/posts/{post}", read_post),
    Operation("posts.delete", "DELETE", "/posts/{post}", delete_post),
    Operation("dialogs.open", "POST", "/actions/dialogs/open", open_dialog, needs_session=False),
    Operation("config.read", "GET", "/config/client", read_config, needs_session=False),
    Operation("system.ping", "GET", "/system/ping", ping, needs_session=False),
)


def find(verb: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation at this address, with the parts of its path. Raises Refused (404, 405)."""
    hits = [(one, hit) for one in OPERATIONS if (hit := one.pattern.fullmatch(path))]
    for one, hit in hits:
        if one.verb == verb:
            return one, hit.groupdict()
    if hits:
        raise Refused(405, "api.context.405.app_error", f"{verb} {path}")
    raise Refused(404, "api.context.404.app_error", f"nothing is at {path}")
