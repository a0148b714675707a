"""A request of Slack's as it is kept until it is worked off, and what tells a repeat of it.

Only what is needed to do it, and to say what became of it, is kept: a message stays at Slack. What
a sealed token of ours says is kept in the open beside it (all of it is sealed in its row), so that
a row that names a case which is disposed of is found.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from handlers.slack.requests.modal_calls import user_of

Body = dict[str, Any]

ACTION: Final = "action"
OPENED: Final = "opening"
SUBMISSION: Final = "submission"
CLOSED: Final = "closed"
EVENT: Final = "event"

# Of a request; `message`, `state` of a message and all tokens of Slack's stay out.
_PARTS: Final = (
    *("type", "user", "user_id", "channel_id", "container", "response_url", "trigger_id"),
    *("view", "event_id"),
)
_WHERE: Final = frozenset({"user", "user_id", "channel_id", "container", "response_url"})
_OF_USER: Final = ("id", "team_id")
_OF_HOME: Final = ("id", "hash", "type")  # it is drawn from how things are, never filled in
_OF_EVENT_NOT: Final = frozenset({"blocks", "attachments", "files", "message", "view"})
LONGEST_SENDER: Final = 255


@dataclass(frozen=True)
class StoredRequest:
    """`way` is how it came, `token` what the pressed button or the command stands for, `memory`
    what the modal had been given to remember; `at` is when it came."""

    way: str
    body: Body
    at: datetime
    token: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        return json.dumps(
            {
                "way": self.way,
                "body": _needed(self.body),
                "at": self.at.isoformat(),
                "token": dict(self.token),
                "memory": dict(self.memory),
            },
            ensure_ascii=False,
        )

    @property
    def sender(self) -> str:
        return user_of(self.body)[:LONGEST_SENDER]

    @property
    def id(self) -> str:
        """Id of the request: equal for every repeat, different for any other."""
        return sha256(f"slack:{self.way}:{_name(self.way, self.body)}".encode()).hexdigest()


@dataclass(frozen=True)
class UnsentSentence:
    """A sentence for the one who made a request, which Slack did not take yet; `at` is when it
    became true."""

    body: Body
    sentence: str
    at: datetime

    def as_text(self) -> str:
        where = {name: part for name, part in _needed(self.body).items() if name in _WHERE}
        event = self.body.get("event") or {}
        if event:
            where["event"] = {n: event[n] for n in ("user", "channel", "thread_ts") if n in event}
        said = {"body": where, "sentence": self.sentence, "at": self.at.isoformat()}
        return json.dumps(said, ensure_ascii=False)


def parse_unsent_sentence(text: str) -> UnsentSentence:
    found = json.loads(text)
    return UnsentSentence(**found | {"at": datetime.fromisoformat(found["at"])})


def from_text(text: str) -> StoredRequest:
    found = json.loads(text)
    return StoredRequest(**found | {"at": datetime.fromisoformat(found["at"])})


def expects_reply(body: Body) -> bool:
    """Whether somebody said it to us and waits for an answer."""
    return str((body.get("event") or {}).get("type", "")) in ("message", "app_mention")


def event_name(body: Body, action: Mapping[str, Any]) -> str:
    """What tells a repeat: of a press when it was and on what, of the rest its trigger."""
    at = str(action.get("action_ts") or "")
    if at:
        return f"press:{at}:{user_of(body)}:{action.get('block_id', '')}"
    if body.get("trigger_id"):
        return f"trigger:{body['trigger_id']}"
    return f"event:{body.get('event_id', '')}"


def _name(way: str, body: Body) -> str:
    view = body.get("view") or {}
    if way in (SUBMISSION, CLOSED):
        # A modal that was refused keeps its hash, and is handed in once more with another trigger.
        return f"{view.get('id', '')}:{view.get('hash', '')}:{body.get('trigger_id', '')}"
    action = (body.get("actions") or [{}])[0]
    if not (action.get("action_ts") or body.get("trigger_id") or body.get("event_id")):
        return json.dumps(body, sort_keys=True)
    return f"{event_name(body, action)}:{action.get('action_id', '')}:{view.get('id', '')}"


def _needed(body: Body) -> Body:
    kept: Body = {name: body[name] for name in _PARTS if name in body}
    if isinstance(kept.get("user"), dict):
        kept["user"] = {name: kept["user"].get(name, "") for name in _OF_USER}
    if isinstance(kept.get("view"), dict) and kept["view"].get("type") == "home":
        kept["view"] = {name: kept["view"].get(name, "") for name in _OF_HOME}
    if body.get("actions"):
        kept["actions"] = body["actions"][:1]
    if isinstance(body.get("event"), dict):
        event = body["event"]
        kept["event"] = {k: v for k, v in event.items() if k not in _OF_EVENT_NOT}
    return kept
