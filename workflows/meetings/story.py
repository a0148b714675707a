"""What happened to a meeting, in time order: names of people and agencies, never their words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.cases.story import who
from workflows.core.ports import Event
from workflows.core.standings import knows_of
from workflows.core.work import Work
from workflows.model.case_row import CaseRow
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow, meeting_row
from workflows.model.notice import IN_PLACE_OF

ANSWERED: Final = "dates_answered"
_AGENCY_FACTS = frozenset({"agency", "next_agency", "from_agency", "before", "lead"})


@dataclass(frozen=True)
class MeetingStoryLine:
    """One line of the story: `kind` names the sentence, `facts` fill it."""

    at: datetime
    kind: str
    facts: Mapping[str, object]


def story_of(meeting: Meeting, work: Work) -> tuple[MeetingStoryLine, ...]:
    """The newest first. Reads are in the audit trail, not in the story."""
    events = work.uow.events.of_meeting(meeting.id)
    row = meeting_row(meeting)
    cases = work.uow.cases.rows_of({e.case_id for e in events if e.case_id})
    known = {c for c, case in cases.items() if _knows(row, case, work)}
    found = _without_doubles(
        e for e in events if e.case_id in known or not _is_restricted(e.case_id, cases)
    )
    numbers = {c: cases[c].number for c in known}
    return tuple(MeetingStoryLine(e.at, e.kind, _facts(e, numbers, work)) for e in reversed(found))


def _knows(meeting: MeetingRow, case: CaseRow, work: Work) -> bool:
    return bool(work.actor and knows_of(work.actor, meeting, case, work.seats))


def _is_restricted(case_id: str | None, cases: Mapping[str, CaseRow]) -> bool:
    """Of a restricted case the line is not there for who may not know of it."""
    return bool(case_id and case_id in cases and cases[case_id].restricted)


def _without_doubles(events: Iterable[Event]) -> list[Event]:
    """Dates that somebody answered one by one are told once, when the last of them came: as long
    as nothing but other answers came between."""
    found: list[Event] = []
    answers_from = 0  # where the answers begin between which nothing else came
    for e in events:
        if e.kind.startswith("read.") or e.kind == "meeting_of_case_cancelled":
            continue
        if e.kind == ANSWERED:
            said = (e.actor_id, e.facts)
            answers = [o for o in found[answers_from:] if (o.actor_id, o.facts) != said]
            found[answers_from:] = [*answers, e]
        else:
            found.append(e)
            answers_from = len(found)
    return found


def _facts(event: Event, numbers: Mapping[str, str], work: Work) -> dict[str, object]:
    """The number of the case that it happened to is "" for who is not to know of it; which cases
    an invitation was for is not said."""
    facts = {name: value for name, value in event.facts.items() if name != "cases"}
    facts["number"] = numbers.get(event.case_id or "", "")
    for name in _AGENCY_FACTS & facts.keys():
        value = facts[name]
        facts[name] = work.agency_name(value, event.at) if isinstance(value, str) and value else ""
    if holder := facts.get(IN_PLACE_OF):
        facts[IN_PLACE_OF] = work.member_name(str(holder), event.at)
    return {**facts, "who": who(event.actor_id, work, event.at)}
