"""What our app at Slack consists of and may do, each with its reason; and that as a manifest.

`docs/ops/slack-manifest.yaml` is made from it. Tests hold it against the code: every event that is
listened to, every method that is called, and no scope beside those.
Fields: https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from handlers.slack.requests.commands import COMMAND, GLOBAL_SHORTCUT, MESSAGE_SHORTCUT
from handlers.words.texts import Texts

PATH: Final = "/slack/events"
MADE: Final = "# The app at Slack, made by `python bot.py slack manifest`: see docs/ops/slack.md."

# Each scope with what would not work without it.
SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "who mentions the bot in a channel is answered",
    "chat:write": "cards and answers are written and kept true",
    "commands": "/tsunagu and the two shortcuts",
    "files:read": "a picture is shown once Slack has taken it in",
    "files:write": "the meeting's calendar entry and the digest's picture",
    "groups:history": "a message that may have arrived in a meeting's room is not sent twice",
    "groups:read": "whether the coordinators' channel is private and ours; the rooms' members",
    "groups:write": "a private channel for a meeting, its members, its end",
    "im:history": "who writes to the bot is answered; nothing is sent twice",
    "im:write": "the direct message in which notices stand",
    "users:read": "who has left or is a guest",
    "users:read.email": "members are linked by their e-mail address",
}

# Each method of the Web API that is called, with the scopes that it needs there.
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "apps.connections.open": (),  # by the app-level token, with connections:write
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.archive": ("groups:write",),
    "conversations.create": ("groups:write",),
    "conversations.history": ("im:history", "groups:history"),
    "conversations.info": ("groups:read",),
    "conversations.invite": ("groups:write",),
    "conversations.kick": ("groups:write",),
    "conversations.list": ("groups:read",),
    "conversations.members": ("groups:read",),
    "conversations.open": ("im:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "users.info": ("users:read", "users:read.email"),
    "users.list": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}

# Each event that Slack is to tell, as Bolt names it and as the manifest does, with its scope.
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "app_home_opened": ("app_home_opened", ""),
    "app_mention": ("app_mention", "app_mentions:read"),
    "app_uninstalled": ("app_uninstalled", ""),
    "group_archive": ("group_archive", "groups:read"),
    "group_deleted": ("group_deleted", "groups:read"),
    "group_left": ("group_left", "groups:read"),
    "group_unarchive": ("group_unarchive", "groups:read"),
    "message": ("message.im", "im:history"),
    "team_join": ("team_join", "users:read"),
    "tokens_revoked": ("tokens_revoked", ""),
    "user_change": ("user_change", "users:read"),
}


def manifest(texts: Texts, url: str = "") -> dict[str, Any]:
    """The app as Slack takes it; with `url`, the bot's own address, over HTTP, else Socket Mode."""

    def say(key: str) -> str:
        return texts.say(f"slack_app.manifest.{key}")

    address = {"url": url.rstrip("/") + PATH} if url else {}
    request = {"request_url": url.rstrip("/") + PATH} if url else {}
    return {
        "display_information": {
            "name": say("name"),
            "description": say("description"),
            "background_color": "#0b5f73",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": say("name"), "always_online": True},
            "shortcuts": [
                {
                    "name": say("menu"),
                    "type": "global",
                    "callback_id": GLOBAL_SHORTCUT,
                    "description": say("menu_note"),
                },
                {
                    "name": say("sheet"),
                    "type": "message",
                    "callback_id": MESSAGE_SHORTCUT,
                    "description": say("sheet_note"),
                },
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **address,
                    "description": say("command_note"),
                    "usage_hint": say("command_hint"),
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": [name for name, _ in EVENTS.values()]},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def manifest_text(texts: Texts, url: str = "") -> str:
    """The manifest as YAML, each scope with its reason behind it."""
    text = yaml.safe_dump(manifest(texts, url), allow_unicode=True, sort_keys=False, width=100)
    lines = [MADE]
    for line in text.splitlines():
        reason = SCOPES.get(line.strip().removeprefix("- "), "")
        lines.append(f"{line}  # {reason}" if reason else line)
    return "\n".join(lines) + "\n"
