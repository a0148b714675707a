"""The stand-in's auth, users, team, bots and files methods."""

import mimetypes

from tests.slack.conversations import paged
from tests.slack.limits import Json, texts_in
from tests.slack.world import (
    APP,
    BOT,
    BOT_USER,
    TEAM,
    TEAM_DOMAIN,
    Channel,
    File,
    Refused,
    World,
)


def auth_test(world: World, args: Json) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "つなぎ野市",
        "user": world.users[BOT_USER].name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
        **({"enterprise_id": world.enterprise} if world.enterprise else {}),
    }


def team_info(world: World, args: Json) -> Json:
    return {"team": {"id": TEAM, "name": "つなぎ野市", "domain": TEAM_DOMAIN, "icon": {}}}


def bots_info(world: World, args: Json) -> Json:
    if args.get("bot") not in {None, "", BOT}:
        raise Refused("bot_not_found")
    name = world.users[BOT_USER].real_name
    bot = {"id": BOT, "deleted": False, "name": name, "app_id": APP, "user_id": BOT_USER}
    return {"bot": bot | {"updated": 1_700_000_000, "icons": {}}}


def _with_email(args: Json) -> bool:
    return "users:read.email" in args["__scopes"]


def user_info(world: World, args: Json) -> Json:
    return {"user": world.user(args.get("user")).seen(with_email=_with_email(args))}


def users_list(world: World, args: Json) -> Json:
    everybody = [one.seen(with_email=_with_email(args)) for one in world.users.values()]
    page, more = paged(everybody, args)
    return {"members": page, "cache_ts": int(world.now().timestamp())} | more


def lookup_by_email(world: World, args: Json) -> Json:
    """Somebody deactivated is not found, as Slack documents."""
    wanted = str(args.get("email") or "").lower()
    for user in world.users.values():
        if wanted and user.email.lower() == wanted and not user.deleted:
            return {"user": user.seen(with_email=True)}
    raise Refused("users_not_found")


# -- files ----------------------------------------------------------------------------------------


def get_upload_url(world: World, args: Json) -> Json:
    name, length = str(args.get("filename") or ""), int(args.get("length") or 0)
    if not name or length <= 0:
        raise Refused("invalid_arguments")
    world.said.messages.append(name)
    file = File(world.new_id("F"), name, length=length)
    world.files[file.id] = file
    return {"upload_url": f"{world.url}/upload/v1/{file.id}", "file_id": file.id}


def receive(world: World, file_id: str, content: bytes) -> tuple[int, str]:
    """The upload itself: the length must be what was announced."""
    file = world.files.get(file_id)
    if file is None or file.content:
        return 404, "not_found"
    if len(content) != file.length:
        return 400, "length mismatch"
    file.content = content
    return 200, f"OK - {len(content)}"


def complete_upload(world: World, args: Json) -> Json:
    """Share what was uploaded, in one message, in a channel that the app is in."""
    wanted = args.get("files") or []
    world.said.messages += texts_in(wanted)
    world.said.messages.append(str(args.get("initial_comment") or ""))
    files = [world.files.get(str(one.get("id"))) for one in wanted]
    if not files or any(one is None or not one.content for one in files):
        raise Refused("file_not_found" if files else "invalid_arguments")
    found = [one for one in files if one is not None]
    for file, one in zip(found, wanted, strict=True):
        file.title, file.done_at = str(one.get("title") or file.name), world.now()
    if args.get("channel_id"):
        _share(world, world.channel(args["channel_id"]), found, args)
    return {"files": [file_seen(world, one) for one in found]}


def _share(world: World, channel: Channel, files: list[File], args: Json) -> None:
    if channel.archived:
        raise Refused("is_archived")
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    for file in files:
        file.channels.append(channel.id)
    message = {
        "text": str(args.get("initial_comment") or ""),
        "user": BOT_USER,
        "bot_id": BOT,
        "blocks": [],
        "files": [file_seen(world, one) for one in files],
        "upload": False,
    }
    if args.get("thread_ts"):
        message["thread_ts"] = args["thread_ts"]
    world.post(channel, message)


def file_info(world: World, args: Json) -> Json:
    file = world.files.get(str(args.get("file")))
    if file is None or file.done_at is None:
        raise Refused("file_not_found")
    return {
        "file": file_seen(world, file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def file_seen(world: World, file: File) -> Json:
    """A file as Slack tells it; it knows the kind only when it has looked through it."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return {
        "mimetype": kind if world.is_ready(file) else "",
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": len(file.content),
        "user": BOT_USER,
        "channels": file.channels,
        "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{BOT_USER}/{file.id}/{file.name}",
    }
