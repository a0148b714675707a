"""Notices: whom a workflow wants to tell what. Sent later, from the outbox, never from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from secrets import token_hex
from typing import Final

from workflows.japanese.dates import TOKYO

Fact = str | int | bool | list[str] | list[list[str]]
Facts = Mapping[str, Fact]

# Facts by which something is to be done. A reminder's own comes first: it knows all about its
# meeting, so that the day by which the dates were to be answered stands beside it.
DEADLINES: Final = ("due_at", "answer_by", "reply_by", "due_on")
# A checkpoint of the audit trail, the one notice that goes to no member: to an address of the
# settings, which is its fact `address`. Its `member_id` is `outside:` and the place of the address.
CHECKPOINT: Final = "checkpoint_kept"
NO_MEMBER: Final = "outside:"
LATE: Final = "late"  # the fact that says that this time is over

# For whom, who is away: by name in what goes to who stands in for them, by id in the trail.
IN_PLACE_OF: Final = "in_place_of"

MAY_BE_REPEAT: Final = "may_be_repeat"  # the fact that says that it may have come before

# What goes first, the least number before the others: 緊急; what does not wait for the office to
# open; all else, which goes in its order.
EMERGENCY, AT_ONCE, IN_ORDER = 0, 1, 2
# Not to be kept waiting, but nobody is in danger while it waits.
_NO_EMERGENCY: Final = frozenset({"mail_returned", "answer_link", "reply_link"})


_written: Final = count()


def new_notice_id(at: datetime) -> str:
    """An id of 32 hex digits. Those of one process sort in the order in which they were written:
    microseconds, a counter, and chance for what tells processes apart."""
    moment = int(at.timestamp() * 1_000_000) % 16**13
    return f"{moment:013x}{next(_written) % 16**7:07x}{token_hex(6)}"


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


def as_of(notice: Notice, now: datetime) -> Notice:
    """The notice with facts that depend on the time recomputed for this moment.

    It may have waited, for the office to open or for a way to open again; and it is drawn anew.
    """
    by = over_at(notice)
    return replace(notice, facts={**notice.facts, LATE: by is not None and now >= by})


def over_at(notice: Notice) -> datetime | None:
    """The first moment at which the time that it names is over; None when it names none.

    Something that is not as we write it claims nothing.
    """
    by = next((str(notice.facts[name]) for name in DEADLINES if notice.facts.get(name)), "")
    try:
        if "T" in by:
            at = datetime.fromisoformat(by)
            return at + timedelta(microseconds=1) if at.tzinfo else None
        day = date.fromisoformat(by) + timedelta(days=1)
        return datetime.combine(day, time(), TOKYO)
    except (TypeError, ValueError, OverflowError):
        return None


def rank_of(notice: Notice) -> int:
    """How urgent it is: EMERGENCY, AT_ONCE or IN_ORDER."""
    if not notice.urgent:
        return IN_ORDER
    about = notice.case_id or notice.meeting_id
    return EMERGENCY if about and notice.key not in _NO_EMERGENCY else AT_ONCE


def as_repeat(notice: Notice) -> Notice:
    """The notice as one that may have come before."""
    return replace(notice, facts={**notice.facts, MAY_BE_REPEAT: True})


def is_overtaken(notice: Notice, sequence: int) -> bool:
    """Whether the meeting it is about, of which this is the `sequence`, was moved or cancelled
    since."""
    return notice.sequence is not None and notice.sequence != sequence


def once_of(notice: Notice) -> str:
    """What makes it one (`once` of `Work.tell`), without the way by which it goes."""
    key = notice.dedupe_key.removesuffix(f":{notice.via}" if notice.via else "")
    return key.removeprefix(f"{notice.key}:").removesuffix(f":{notice.member_id}")


def request_of(notice: Notice) -> str:
    """The id of the agenda request of which this asks."""
    return once_of(notice).partition(":")[0]
