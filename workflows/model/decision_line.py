"""Lines of the list of decisions that a restore must not undo: ids, codes and days, no words."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from workflows.model.case import Consent, Proposal, StatedGround, TakenBack
from workflows.model.disposal import Disposal


@dataclass(frozen=True)
class DecisionListEnd:
    """How far a list goes: its `count` lines, the row `seq` of the last, and its link (64 hex
    digits), which covers every line before it. Zeros: it is not begun."""

    count: int = 0
    seq: int = 0
    link: str = "0" * 64

    def text(self) -> str:
        """As the head of the trail and a checkpoint carry it; "" of a list that is not begun."""
        return f"{self.count}:{self.seq}:{self.link}" if self.count else ""


NOT_BEGUN: Final = DecisionListEnd()


def parse_list_end(text: str) -> DecisionListEnd:
    """What such a text says; that it is not begun where it says nothing that can be read."""
    parts = text.split(":")
    try:
        count, seq, link = parts
        return DecisionListEnd(int(count), int(seq), link)
    except ValueError:
        return DecisionListEnd()


def list_end_after(line: str) -> DecisionListEnd:
    """How far a list goes that ends with this line of ours."""
    found = json.loads(line)
    return DecisionListEnd(found["n"], found["seq"], found["link"])


@dataclass(frozen=True)
class CaseDecided:
    """How a case stood: its consents and the grounds stated beside them, whether and to whom it is
    restricted, proposals that two people decided on, and its referrals that were taken back, by
    their ids. All without their reasons. `named_to_hear` and `kept_off` are as on the case."""

    case_id: str
    number: str
    consents: list[Consent] = field(default_factory=list)
    restricts: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    taken_back: dict[str, TakenBack] = field(default_factory=dict)
    grounds: list[StatedGround] = field(default_factory=list)
    named_to_hear: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    kept_off: list[str] = field(default_factory=list)
    unrestrictings: list[Proposal] = field(default_factory=list)
    reader_proposals: list[Proposal] = field(default_factory=list)
    agenda_requests: dict[str, str] = field(
        default_factory=dict
    )  # how requests to hear it ended, by id


@dataclass(frozen=True)
class Erased:
    """A member whose name was erased: the words that stand in its place."""

    member_id: str
    name: str
    kana: str


@dataclass(frozen=True)
class RequestDecided:
    """How a request of a person stood, without a word of it: who asked for what is lost with the
    backup. `outcome` is empty while it waits."""

    id: str
    number: str
    kind: str
    asked_as: str
    received_on: date
    due_first: date
    due_on: date
    by: str
    agency_id: str
    at: datetime
    case_ids: list[str] = field(default_factory=list)
    former: dict[str, str] = field(default_factory=dict)
    cases_gone: int = 0
    outcome: str = ""
    answered_on: date | None = None
    answered_by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True)
class AccountUnlinked:
    """A chat account that was parted from its member on purpose."""

    platform: str
    external_id: str


@dataclass(frozen=True)
class MemberRights:
    """What is open to a member by the directory, and how the requests for more of it were decided,
    by their ids (directory/permission_requests.py)."""

    agency_id: str
    roles: list[str] = field(default_factory=list)
    is_contact: bool = False
    district_ids: list[str] = field(default_factory=list)
    is_unconfirmed: bool = False
    ended_by: str = ""
    window_ended_by: str = ""
    permission_requests: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LastDays:
    """The last days of members and of agencies, by their ids; of those alone that have one. What is
    open to each member stands in `people`."""

    members: dict[str, date] = field(default_factory=dict)
    agencies: dict[str, date] = field(default_factory=dict)
    people: dict[str, MemberRights] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedDecision:
    """One line of the list: row `seq` of the trail, and what came of it."""

    seq: int
    at: datetime
    kind: str
    case: CaseDecided | None = None
    member: Erased | None = None
    disposals: list[Disposal] = field(default_factory=list)
    last_days: LastDays | None = None
    request: RequestDecided | None = None
    unlinked: AccountUnlinked | None = None


# What reading a line may come to that was broken off, or that somebody else wrote.
NO_LINE: Final = (ValueError, KeyError, TypeError, OverflowError, RecursionError)


def row_of_line(line: str) -> int | None:
    """The row of the trail that stands on it in the clear; None when it is no line of the list."""
    try:
        return int(json.loads(line)["seq"])
    except NO_LINE:
        return None
