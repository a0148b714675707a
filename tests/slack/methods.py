"""Which Web API methods the stand-in knows: what each does, its scopes and its rate tier."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.slack import accounts, chat, conversations, screens
from tests.slack.limits import Json
from tests.slack.world import World

Run = Callable[[World, Json], Json]

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "team:read",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True)
class Method:
    """`scopes`: one of them is enough; `by_channel` asks the suffix of the channel's kind."""

    run: Run
    scopes: tuple[str, ...] = ()
    tier: int = 0
    by_channel: str = ""

    def needs(self, world: World, args: Json) -> tuple[str, ...]:
        """The scopes of which one must be granted for this call; empty when none is asked."""
        if not self.by_channel:
            return self.scopes
        channel = world.channels.get(str(args.get("channel")))
        private = args.get("is_private") if channel is None else channel.is_private
        kind = "im" if channel and channel.is_im else "groups" if private else "channels"
        if self.by_channel != "manage":
            return (f"{kind}:{self.by_channel}",)
        if kind == "channels":
            return ("channels:manage",)
        return (f"{kind}:write",)


def _wide(world: World, args: Json) -> tuple[str, ...]:
    """conversations.list asks a scope for each kind that is wanted."""
    names = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
    kinds = str(args.get("types") or "public_channel").split(",")
    return tuple(f"{names[kind]}:read" for kind in kinds if kind in names)


METHODS: dict[str, Method] = {
    "auth.test": Method(accounts.auth_test),
    "team.info": Method(accounts.team_info, ("team:read",), 3),
    "bots.info": Method(accounts.bots_info, ("users:read",), 3),
    "users.info": Method(accounts.user_info, ("users:read",), 4),
    "users.list": Method(accounts.users_list, ("users:read",), 2),
    "users.lookupByEmail": Method(accounts.lookup_by_email, ("users:read.email",), 3),
    "files.getUploadURLExternal": Method(accounts.get_upload_url, ("files:write",), 4),
    "files.completeUploadExternal": Method(accounts.complete_upload, ("files:write",), 4),
    "files.info": Method(accounts.file_info, ("files:read",), 4),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",), 3),
    "chat.delete": Method(chat.delete, ("chat:write",), 3),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",), 4),
    "chat.getPermalink": Method(chat.get_permalink),
    "views.open": Method(screens.open_view, (), 4),
    "views.push": Method(screens.push, (), 4),
    "views.update": Method(screens.update, (), 4),
    "views.publish": Method(screens.publish, (), 4),
    "conversations.open": Method(conversations.open_dm, ("im:write",), 3),
    "conversations.info": Method(conversations.info, (), 3, "read"),
    "conversations.list": Method(conversations.listed, (), 2),
    "conversations.members": Method(conversations.members, (), 4, "read"),
    "conversations.history": Method(conversations.history, (), 3, "history"),
    "conversations.replies": Method(conversations.replies, (), 3, "history"),
    "conversations.create": Method(conversations.create, (), 2, "manage"),
    "conversations.invite": Method(conversations.invite, (), 3, "manage"),
    "conversations.kick": Method(conversations.kick, (), 3, "manage"),
    "conversations.archive": Method(conversations.archive, (), 2, "manage"),
    "conversations.unarchive": Method(conversations.unarchive, (), 2, "manage"),
    "conversations.rename": Method(conversations.rename, (), 2, "manage"),
    "conversations.setTopic": Method(conversations.set_topic, (), 2, "manage"),
    "conversations.join": Method(conversations.join, ("channels:join",), 3),
}


def lacking(name: str, world: World, args: Json, granted: frozenset[str]) -> str:
    """The scopes that would be needed, as Slack names them; empty when the call is allowed."""
    if name == "conversations.list":
        missing = [scope for scope in _wide(world, args) if scope not in granted]
        return ",".join(missing)
    needed = METHODS[name].needs(world, args)
    return "" if not needed or set(needed) & granted else ",".join(needed)
