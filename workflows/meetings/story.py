"""What happened to a meeting, in time order: names of people and agencies, never their words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.cases.story import who
from workflows.meetings.model import Meeting
from workflows.meetings.row import meeting_row
from workflows.ports import Event
from workflows.standings import knows_of
from workflows.work import Work

ANSWERED: Final = "dates_answered"
_AGENCY_FACTS = frozenset({"agency", "next_agency", "from_agency", "before", "lead"})


@dataclass(frozen=True)
class Told:
    """One line of the story: `kind` names the sentence, `facts` fill it."""

    at: datetime
    kind: str
    facts: Mapping[str, object]


def story_of(meeting: Meeting, work: Work) -> tuple[Told, ...]:
    """The newest first. Reads are in the audit trail, not in the story."""
    found = _without_doubles(work.uow.events.of_meeting(meeting.id))
    return tuple(Told(e.at, e.kind, _facts(e, meeting, work)) for e in reversed(found))


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


def _facts(event: Event, meeting: Meeting, work: Work) -> dict[str, object]:
    facts = {**event.facts, "number": _number(event, meeting, work)}
    for name in _AGENCY_FACTS & facts.keys():
        value = facts[name]
        facts[name] = work.agency_name(value, event.at) if isinstance(value, str) and value else ""
    return {**facts, "who": who(event.actor_id, work, event.at)}


def _number(event: Event, meeting: Meeting, work: Work) -> str:
    """The number of the case that it happened to; "" for who is not to know of it."""
    row, case_id = meeting_row(meeting), event.case_id
    if not case_id or not work.actor or not knows_of(work.actor, row, case_id, work.seats):
        return ""
    case = work.uow.cases.row(case_id)
    return case.number if case else ""
