"""Notices: whom a workflow wants to tell what. Sent later, from the outbox, never from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Fact = str | int | bool | list[str] | list[list[str]]
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Notice:
    """One message to one member.

    `key` names the template in templates/messages, `facts` are class N and S only (numbers,
    dates, agency names): what a passer-by may read. `dedupe_key` keeps one notice one.
    `promise` ties a reminder to what it reminds of: kept meanwhile, it is not sent. `via` is the
    way it goes: "" is the members' inbox, from where it goes on to the chat of who has one;
    `instead` the way it takes when that one does not lead there at once, `if_refused` the one when
    it surely never will.
    """

    id: str
    key: str
    member_id: str
    dedupe_key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    case_id: str | None = None
    meeting_id: str | None = None
    sequence: int | None = None
    promise: str | None = None
    urgent: bool = False
    created_at: datetime | None = None
    not_before: datetime | None = None
    via: str = ""
    instead: str = ""
    if_refused: str = ""
