"""The stand-in's chat.* methods, and the answers to a response_url."""

from collections.abc import Iterable

from tests.slack.allowed import ALL_TEXT
from tests.slack.fields import with_ids
from tests.slack.limits import Json, faults_in, texts_in, written
from tests.slack.world import (
    APP,
    BOT,
    BOT_USER,
    TEAM_DOMAIN,
    URL_LIFE,
    URL_USES,
    Channel,
    Ephemeral,
    Refused,
    ResponseUrl,
    World,
    faulty,
)

TEXT, UPDATED_TEXT = 40_000, 4_000  # letters; bytes
MESSAGE_KEYS = ("text", "blocks", "attachments", "metadata", "thread_ts")


def checked(world: World, args: Json) -> Json:
    """The body of a message as Slack keeps it, or what it refuses in it."""
    world.said.messages += texts_in({name: args.get(name) for name in MESSAGE_KEYS})
    blocks, text = args.get("blocks") or [], args.get("text") or ""
    if not isinstance(text, str):
        raise faulty("invalid_arguments", ["must provide a string [json-pointer:/text]"])
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if not blocks and not text.strip() and not args.get("attachments"):
        raise Refused("no_text")
    faults = faults_in(blocks) if blocks else []
    faults = faults or world.picture_faults(blocks, "/blocks")
    if faults:
        raise faulty("invalid_blocks", faults)
    kept: Json = {"text": text, "user": BOT_USER, "bot_id": BOT, "app_id": APP}
    kept["blocks"] = with_ids(blocks)
    if written(kept["blocks"]) > ALL_TEXT:
        raise Refused("msg_blocks_too_long")
    if metadata := args.get("metadata"):
        if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= metadata.keys():
            raise Refused("invalid_metadata_format")
        kept["metadata"] = metadata
    return kept


def _place(world: World, channel_id: object) -> Channel:
    """Where a message goes: a channel, or the DM of somebody named by their own id."""
    if str(channel_id).startswith(("U", "W")):
        if str(channel_id) not in world.users:
            raise Refused("channel_not_found")
        if world.users[str(channel_id)].is_bot:
            raise Refused("cannot_dm_bot")
        return world.dm(str(channel_id))
    channel = world.channel(channel_id)
    if channel.archived:
        raise Refused("is_archived")
    return channel


def _writable(channel: Channel, scopes: Iterable[str]) -> None:
    if BOT_USER not in channel.members and "chat:write.public" not in scopes:
        raise Refused("not_in_channel")


def post_message(world: World, args: Json) -> Json:
    channel = _place(world, args.get("channel"))
    _writable(channel, args["__scopes"])
    kept = checked(world, args)
    kept["text"] = kept["text"][:TEXT]
    if thread := args.get("thread_ts"):
        if not any(one["ts"] == thread for one in channel.messages):
            raise Refused("thread_not_found")
        kept["thread_ts"] = thread
    message = world.post(channel, kept)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    message = world.message(channel, args.get("ts"))
    if message.get("bot_id") != BOT:
        raise Refused("cant_update_message")
    if channel.archived:
        raise Refused("is_archived")
    if len((args.get("text") or "").encode()) > UPDATED_TEXT:
        raise Refused("msg_too_long")
    kept = checked(world, args)
    if "metadata" not in args and "metadata" in message:
        kept["metadata"] = message["metadata"]
    message |= kept | {"edited": {"user": BOT_USER, "ts": world.ts()}}
    if values := world.message_values.get((channel.id, message["ts"])):
        values.draw(message["blocks"])
    return {
        "channel": channel.id,
        "ts": message["ts"],
        "text": message["text"],
        "message": message,
    }


def delete(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    message = world.message(channel, args.get("ts"))
    if message.get("bot_id") != BOT:
        raise Refused("cant_delete_message")
    channel.messages.remove(message)
    return {"channel": channel.id, "ts": message["ts"]}


def post_ephemeral(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    if channel.archived:
        raise Refused("is_archived")
    user = str(args.get("user"))
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    _writable(channel, ())
    message = checked(world, args) | {"ts": world.ts()}
    world.ephemerals.append(Ephemeral(user, channel.id, message))
    return {"message_ts": message["ts"]}


def get_permalink(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    ts = world.message(channel, args.get("message_ts"))["ts"]
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def answer_response_url(world: World, name: str, args: Json) -> tuple[int, str]:
    """A POST to a response_url: its status and text. Five uses within half an hour."""
    known = world.response_urls.get(name)
    if known is None or known.uses >= URL_USES or world.now() - known.at > URL_LIFE:
        return 404, "used_url" if known and known.uses >= URL_USES else "expired_url"
    known.uses += 1
    channel = world.channels[known.channel]
    if args.get("delete_original"):
        channel.messages = [one for one in channel.messages if one["ts"] != known.message_ts]
        world.ephemerals = [
            one for one in world.ephemerals if one.message["ts"] != known.message_ts
        ]
        return 200, "ok"
    try:
        kept = checked(world, args)
    except Refused as why:
        return 400, why.error
    _answer(world, known, kept, args)
    return 200, "ok"


def _answer(world: World, known: ResponseUrl, kept: Json, args: Json) -> None:
    channel, ts = world.channels[known.channel], known.message_ts
    if args.get("replace_original"):
        ours = [one for one in channel.messages if one["ts"] == ts] + [
            one.message for one in world.ephemerals if one.message["ts"] == ts
        ]
        for message in ours:
            message.update(kept)
    elif args.get("response_type") == "in_channel":
        world.post(channel, kept)
    else:
        world.ephemerals.append(Ephemeral(known.user, channel.id, kept | {"ts": world.ts()}))
