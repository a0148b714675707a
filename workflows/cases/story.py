"""The story of a case in time order: who did what when; and who looked at its content how often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.core.looks import shown_in
from workflows.core.permissions import Action
from workflows.core.ports import Event
from workflows.core.work import Work
from workflows.meetings.deciding_meeting import deciding_meeting
from workflows.model.case_row import CaseRow
from workflows.model.notice import IN_PLACE_OF

_AGENCY_FACTS = frozenset({"agency", "next_agency", "from_agency", "before", "lead"})
_READ = "read."
SAME_PERSON = "same_person_found"


@dataclass(frozen=True)
class StoryLine:
    """One happening; `facts` are ready for the sentence `story.<kind>`: names in place of ids."""

    at: datetime
    kind: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class LookLine:
    """How often one person looked at the content in one way, and when the last time was."""

    who: str
    kind: str
    times: int
    last_at: datetime


def story_of(events: Iterable[Event], work: Work) -> tuple[StoryLine, ...]:
    """What happened, oldest first; looks at the content are told by `looks_of`. What is about
    another case that is restricted is told to who may know of that one alone."""
    return tuple(
        StoryLine(e.at, e.kind, facts_of(e.actor_id, _for_the_asker(e, work), work, e.at))
        for e in events
        if not e.kind.startswith(_READ) and not _is_about_hidden(e, work)
    )


def _is_about_hidden(event: Event, work: Work) -> bool:
    other = same_persons_case(event.facts, work) if "other" in event.facts else None
    return bool(other and other.restricted and not work.may(Action.SEE_CASE, other).allowed)


def _for_the_asker(event: Event, work: Work) -> Mapping[str, object]:
    """The facts with the number of the same person's other case, if that may be read.

    Whose case it is is content: the number would tell it of the other one too.
    """
    if event.kind != SAME_PERSON:
        return event.facts
    other = same_persons_case(event.facts, work)
    reads = other is not None and work.may(Action.READ_CASE, other).allowed
    return {**event.facts, "other": other.number if other and reads else ""}


def same_persons_case(facts: Mapping[str, object], work: Work) -> CaseRow | None:
    """The case that a row of the trail calls the same person's; None once it was disposed of.

    [ours] Rows name it by its id: a number in the trail would outlive its case.
    """
    return work.uow.cases.row(str(facts.get("other", "")))


def looks_of(events: Iterable[Event], work: Work) -> tuple[LookLine, ...]:
    """Who looked, as whose worker, counted; the latest first. What showed nothing is no look."""
    looks: dict[tuple[str | None, str, str], list[Event]] = {}
    for event in events:
        if event.kind.startswith(_READ) and shown_in(event.facts):
            agency_id = agency_of(event)
            looks.setdefault((event.actor_id, agency_id, event.kind), []).append(event)
    lines = [
        LookLine(_reader(actor_id, agency_id, work, found[-1].at), kind, len(found), found[-1].at)
        for (actor_id, agency_id, kind), found in looks.items()
    ]
    return tuple(sorted(lines, key=lambda line: line.last_at, reverse=True))


def agency_of(event: Event) -> str:
    """The agency for which somebody looked, as it was then."""
    return str(event.facts["agency"])


def _reader(member_id: str | None, agency_id: str, work: Work, at: datetime) -> str:
    """氏名（機関）, both as of that day."""
    if member_id is None:
        return ""
    return f"{work.member_name(member_id, at)}（{work.agency_name(agency_id, at)}）"


def facts_of(
    actor_id: str | None, told: Mapping[str, object], work: Work, at: datetime | None
) -> dict[str, object]:
    """The facts of an event as its sentence takes them: names of agencies in place of ids."""
    facts = dict(told)
    for name in _AGENCY_FACTS & facts.keys():
        facts[name] = work.agency_name(str(facts[name]), at) if facts[name] else ""
    if holder := facts.get(IN_PLACE_OF):
        facts[IN_PLACE_OF] = work.member_name(str(holder), at)
    if decided := deciding_meeting(str(facts.get("decided", "")), work):
        facts |= {"decided_called": decided.called, "decided_on": decided.on}
    return {**facts, "who": who(actor_id, work, at)}


def who(member_id: str | None, work: Work, at: datetime | None = None) -> str:
    """氏名（機関）, as they were then for what was done `at` an instant; nothing for the clock."""
    member = work.uow.directory.member(member_id) if member_id else None
    if member is None:
        return ""
    return f"{member.name_at(at)}（{work.agency_name(member.agency_at(at), at)}）"
