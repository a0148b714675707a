"""What Slack sends to an app, built as its own servers build it."""

import secrets
from copy import deepcopy

from tests.slack.fields import Field, state_key
from tests.slack.limits import Json
from tests.slack.world import (
    APP,
    BOT_USER,
    TEAM,
    TEAM_DOMAIN,
    Shown,
    User,
    World,
)


def _common(world: World, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
        "api_app_id": APP,
        "token": world.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _channel(world: World, channel_id: str) -> Json:
    channel = world.channels[channel_id]
    if channel.is_im:
        return {"id": channel_id, "name": "directmessage"}
    return {"id": channel_id, "name": "privategroup" if channel.is_private else channel.name}


def _without_channel(message: Json) -> Json:
    return {name: value for name, value in message.items() if name not in {"channel", "ephemeral"}}


def action_on(world: World, block: Json, element: Json, chosen: Json | None = None) -> Json:
    """One entry of `actions`: a button, or an element with the value it has now."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.ts(),
    }
    if element["type"] == "button":
        action |= {name: element[name] for name in ("value", "style") if name in element}
        return action | {"text": {"emoji": True} | element["text"]}
    if "placeholder" in element:
        action["placeholder"] = element["placeholder"]
    return action | (chosen or {})


def block_actions(
    world: World, user: User, actions: list[Json], *, shown: Shown | None, message: Json | None
) -> Json:
    """Something was pressed or chosen, in a view or in a message."""
    payload = _common(world, user, "block_actions") | {"actions": actions}
    if shown is not None:
        view_id = shown.view["id"]
        payload["container"] = {"type": "view", "view_id": view_id}
        payload["view"] = shown.seen()
        modal = view_id if shown.view["type"] == "modal" else ""
        return payload | {"trigger_id": world.new_trigger(user.id, modal)}
    assert message is not None
    channel, ts = str(message["channel"]), str(message["ts"])
    values = world.message_values.get((channel, ts))
    return payload | {
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel,
            "is_ephemeral": bool(message.get("ephemeral")),
        },
        "channel": _channel(world, channel),
        "message": _without_channel(deepcopy(message)),
        "state": values.as_state() if values else {"values": {}},
        "response_url": world.new_response_url(user.id, channel, ts),
        "trigger_id": world.new_trigger(user.id),
    }


def suggestion(world: World, user: User, shown: Shown, one: Field, typed: str) -> Json:
    """Somebody types into a select whose options the app gives."""
    return _common(world, user, "block_suggestion") | {
        "container": {"type": "view", "view_id": shown.view["id"]},
        "action_id": one.element["action_id"],
        "block_id": one.block["block_id"],
        "value": typed,
        "view": shown.seen(),
    }


def submission(world: World, user: User, shown: Shown) -> Json:
    modal = shown.view["id"]
    return _common(world, user, "view_submission") | {
        "view": shown.seen(),
        "response_urls": [],
        "trigger_id": world.new_trigger(user.id, modal),
    }


def closed(world: World, user: User, shown: Shown, *, cleared: bool) -> Json:
    payload = _common(world, user, "view_closed")
    return payload | {"view": shown.seen(), "is_cleared": cleared}


def global_shortcut(world: World, user: User, callback_id: str) -> Json:
    return _common(world, user, "shortcut") | {
        "callback_id": callback_id,
        "action_ts": world.ts(),
        "trigger_id": world.new_trigger(user.id),
    }


def message_shortcut(world: World, user: User, callback_id: str, message: Json) -> Json:
    channel, ts = str(message["channel"]), str(message["ts"])
    return _common(world, user, "message_action") | {
        "callback_id": callback_id,
        "action_ts": world.ts(),
        "trigger_id": world.new_trigger(user.id),
        "response_url": world.new_response_url(user.id, channel),
        "message_ts": ts,
        "channel": _channel(world, channel),
        "message": _without_channel(deepcopy(message)),
    }


def slash_command(
    world: World, user: User, name: str, text: str, channel_id: str
) -> dict[str, str]:
    return {
        "token": world.verification_token,
        "team_id": TEAM,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel_id,
        "channel_name": str(_channel(world, channel_id)["name"]),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": world.new_response_url(user.id, channel_id),
        "trigger_id": world.new_trigger(user.id),
    }


def envelope(world: World, event: Json) -> Json:
    """An event of the Events API in what Slack wraps around it."""
    return {
        "token": world.verification_token,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(world.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + secrets.token_hex(16),
    }


def said(world: World, user: User, channel_id: str, text: str) -> Json:
    """A message that a person writes, as it stands in the channel."""
    return {
        "type": "message",
        "user": user.id,
        "text": text,
        "ts": world.ts(),
        "team": TEAM,
        "client_msg_id": secrets.token_hex(16),
        "blocks": [
            {
                "type": "rich_text",
                "block_id": secrets.token_hex(3),
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
                ],
            }
        ],
    }


def value_of(state: Json) -> object:
    """What an element holds, in a form that a test compares: words, or lists of words."""
    held: object = state[state_key(state["type"])]
    match held:
        case {"text": {"text": words}}:
            return words
        case list():
            return [one["text"]["text"] if isinstance(one, dict) else one for one in held]
        case _:
            return held
