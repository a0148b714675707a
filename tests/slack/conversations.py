"""The stand-in's conversations.* methods."""

import re
from typing import Any

from tests.slack.limits import Json
from tests.slack.world import BOT_USER, Channel, Refused, World

NAME = re.compile(r"[^\s.A-Z!\"#$%&'()*+,/:;<=>?@\[\\\]^`{|}~。、]{1,80}")


def paged(things: list[Any], args: Json, most: int = 1000) -> tuple[list[Any], Json]:
    """One page of a list by `cursor` and `limit`, and where the next one begins."""
    limit = min(int(args.get("limit") or 100), most)
    cursor = str(args.get("cursor") or "at0")
    if not re.fullmatch(r"at\d+", cursor):
        raise Refused("invalid_cursor")
    at = int(cursor[2:])
    following = f"at{at + limit}" if at + limit < len(things) else ""
    return things[at : at + limit], {"response_metadata": {"next_cursor": following}}


def _inside(world: World, args: Json) -> Channel:
    channel = world.channel(args.get("channel"))
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _named(world: World, args: Json, *, but: str = "") -> str:
    """A name as Slack takes it: lower case, at most 80 letters, used once."""
    name = str(args.get("name") or "")
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > 80:
        raise Refused("invalid_name_maxlength")
    if not re.search(r"\w", name):
        raise Refused("invalid_name_punctuation")
    if not NAME.fullmatch(name):
        raise Refused("invalid_name_specials")
    if any(one.name == name and one.id != but for one in world.channels.values()):
        raise Refused("name_taken")
    return name


def open_dm(world: World, args: Json) -> Json:
    users = [one for one in str(args.get("users") or "").split(",") if one]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("method_not_supported_for_channel_type")
    user = world.user(users[0])
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    if user.deleted:
        raise Refused("user_disabled")
    channel = world.dm(user.id)
    return {"channel": channel.seen() if args.get("return_im") else {"id": channel.id}}


def info(world: World, args: Json) -> Json:
    return {"channel": world.channel(args.get("channel")).seen()}


def listed(world: World, args: Json) -> Json:
    kinds = str(args.get("types") or "public_channel").split(",")
    found = [
        one.seen()
        for one in world.channels.values()
        if _kind(one) in kinds
        and (BOT_USER in one.members or not one.is_private)
        and not (args.get("exclude_archived") and one.archived)
    ]
    page, more = paged(found, args)
    return {"channels": page} | more


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def members(world: World, args: Json) -> Json:
    page, more = paged(world.channel(args.get("channel")).members, args)
    return {"members": page} | more


def _window(messages: list[Json], args: Json) -> list[Json]:
    """Messages between `oldest` and `latest`; their own moments only with `inclusive`."""
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9999999999.9")
    found = [one for one in messages if float(oldest) < float(one["ts"]) < float(latest)]
    if args.get("inclusive"):
        found = [one for one in messages if float(oldest) <= float(one["ts"]) <= float(latest)]
    if not args.get("include_all_metadata"):
        found = [{k: v for k, v in one.items() if k != "metadata"} for one in found]
    return found


def history(world: World, args: Json) -> Json:
    channel = _inside(world, args)
    root = [one for one in channel.messages if one.get("thread_ts", one["ts"]) == one["ts"]]
    page, more = paged(_window(root, args)[::-1], args, 999)
    has_more = bool(more["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": has_more, "pin_count": 0} | (more if has_more else {})


def replies(world: World, args: Json) -> Json:
    channel = _inside(world, args)
    ts = args.get("ts")
    thread = [one for one in channel.messages if ts in {one["ts"], one.get("thread_ts")}]
    if not thread:
        raise Refused("thread_not_found")
    page, more = paged(_window(thread, args), args)
    return {"messages": page, "has_more": bool(more["response_metadata"]["next_cursor"])} | more


def create(world: World, args: Json) -> Json:
    private = bool(args.get("is_private"))
    name = _named(world, args)
    channel = Channel(world.new_id("C"), name, [BOT_USER], is_private=private, creator=BOT_USER)
    world.said.messages.append(name)
    world.channels[channel.id] = channel
    return {"channel": channel.seen()}


def rename(world: World, args: Json) -> Json:
    channel = _inside(world, args)
    if channel.archived:
        raise Refused("is_archived")
    if channel.creator != BOT_USER:
        raise Refused("not_authorized")
    channel.name = _named(world, args, but=channel.id)
    world.said.messages.append(channel.name)
    return {"channel": channel.seen()}


def set_topic(world: World, args: Json) -> Json:
    channel = _inside(world, args)
    if channel.archived:
        raise Refused("is_archived")
    topic = str(args.get("topic") or "")
    world.said.messages.append(topic)
    if len(topic) > 250:
        raise Refused("too_long")
    channel.topic = topic
    return {"channel": channel.seen()}


def invite(world: World, args: Json) -> Json:
    """Invite several; one who cannot come spoils it for all, unless `force` is given."""
    channel = _inside(world, args)
    if channel.archived:
        raise Refused("is_archived")
    users = [one for one in str(args.get("users") or "").split(",") if one]
    if not users:
        raise Refused("no_user")
    if len(users) > 1000:
        raise Refused("too_many_users")
    unfit = {one: error for one in users if (error := _unfit(world, channel, one))}
    fit = [one for one in users if one not in unfit]
    wrong = [{"user": one, "ok": False, "error": error} for one, error in unfit.items()]
    if unfit and not (args.get("force") and fit):
        raise Refused(next(iter(unfit.values())), errors=wrong)
    channel.members += fit
    return {"channel": channel.seen()} | ({"errors": wrong} if wrong else {})


def _unfit(world: World, channel: Channel, user_id: str) -> str:
    user = world.users.get(user_id)
    if user is None or user.deleted:
        return "user_not_found"
    if user.id == BOT_USER:
        return "cant_invite_self"
    if user.is_restricted:
        return "user_is_restricted"
    return "already_in_channel" if user.id in channel.members else ""


def kick(world: World, args: Json) -> Json:
    channel = _inside(world, args)
    user = world.user(args.get("user"))
    if channel.archived:
        raise Refused("is_archived")
    if user.id == BOT_USER:
        raise Refused("cant_kick_self")
    if user.id not in channel.members:
        raise Refused("not_in_channel")
    channel.members.remove(user.id)
    return {"errors": {}}


def archive(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    if channel.archived:
        raise Refused("already_archived")
    if channel.is_im:
        raise Refused("method_not_supported_for_channel_type")
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    channel.archived = True
    return {}


def unarchive(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    if not channel.archived:
        raise Refused("not_archived")
    channel.archived = False
    return {"channel": channel.seen()}


def join(world: World, args: Json) -> Json:
    channel = world.channel(args.get("channel"))
    if channel.is_private or channel.is_im:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    if BOT_USER not in channel.members:
        channel.members.append(BOT_USER)
    return {"channel": channel.seen()}
