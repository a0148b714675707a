"""A message as Slack takes it, the mark by which it is found again, and finding it."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from handlers.slack.sending.pace import SlackOutgoing
from handlers.slack.ui.blocks import FALLBACK, whole
from handlers.slack.ui.drawing import Message

MARK: Final = "tsunagu_message"
# [ours] Where Slack's clock and ours differ, or ours was put back meanwhile: so much further back.
CLOCK_TOLERANCE: Final = timedelta(days=8)
PAGES, A_PAGE = 10, 200


def sent(message: Message) -> dict[str, object]:
    """A message as Slack takes it; names in it call nobody."""
    return {
        "text": whole(message.text, FALLBACK),
        "blocks": list(message.blocks),
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def mark(message_id: str) -> dict[str, Any]:
    """What we have Slack remember of a message: by it it is found when no answer came."""
    return {"event_type": MARK, "event_payload": {"id": message_id}}


def digest_of(message: Message) -> str:
    """Another one whenever the message looks or works differently."""
    text = json.dumps([message.text, message.blocks], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def find(
    outgoing: SlackOutgoing, channel: str, message_id: str, since: datetime, now: datetime
) -> str:
    """The `ts` of our message in a channel, or "" when it is not there. Raises SlackRefused."""
    # It was made `since` then, by a clock that may have been ahead.
    args: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{(min(since, now) - CLOCK_TOLERANCE).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": A_PAGE,
    }
    for _ in range(PAGES):
        answer = outgoing.call("conversations.history", **args)
        for message in answer.get("messages", []):
            if message.get("metadata") == mark(message_id):
                return str(message["ts"])
        args["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor", "")
        if not args["cursor"]:
            break
    return ""
