"""会議を増やさない: sittings already planned with most of the same agencies (docs/rules.md 25)."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.guard.shown import MaskedTexts
from workflows.meetings.consent_gate import (
    agencies_allowed_to_hear,
    case_to_convene_on,
    consent_gate,
)
from workflows.meetings.convene import dates_offered
from workflows.model.case import Case
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import MeetingState
from workflows.model.meeting_row import MeetingRow


@dataclass(frozen=True)
class JoinableMeeting:
    """A planned sitting that could take the case. Agencies are names."""

    meeting_id: str
    kind: str
    title: str
    bases: tuple[LegalBasis, ...]
    starts_at: datetime | None
    answer_by: datetime
    place: str
    cases: int
    numbers: tuple[str, ...]  # of those cases, what whoever convenes may know
    dates: tuple[datetime, ...]  # while none is fixed: those offered and still to come
    together: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class GetJoinableMeetings(Query[tuple[JoinableMeeting, ...]]):
    """Sittings with more than half of these agencies that may take all these cases."""

    case_numbers: tuple[str, ...]
    agency_ids: tuple[str, ...]


@handles(
    GetJoinableMeetings,
    Action.CONVENE,
    code="get_joinable_meetings",
    others={"case_numbers": "of each CONVENE is asked"},
)
def get_joinable_meetings(query: GetJoinableMeetings, work: Work) -> tuple[JoinableMeeting, ...]:
    wanted = set(query.agency_ids)
    cases = [case_to_convene_on(number, work) for number in query.case_numbers]
    known = [c for c in cases if c and c.is_open]
    if not wanted or not known or not work.may(Action.PUT_ON_AGENDA, None).allowed:
        return ()
    found: list[tuple[int, datetime, JoinableMeeting]] = []
    for row in work.uow.meetings.rows():
        together = _attending(wanted & set(row.agencies), known, row)
        if len(together) * 2 <= len(wanted) or not _takes(row, known, work):
            continue
        if not work.may(Action.PUT_ON_AGENDA, row).allowed:
            continue
        cases_known, others = work.agenda_for(work.me, row)
        words = MaskedTexts(row.case_ids, work)
        sitting = JoinableMeeting(
            meeting_id=row.id,
            kind=row.called,
            title=words.of(row.title),
            bases=row.bases,
            starts_at=row.starts_at,
            answer_by=row.answer_by,
            place=words.of(row.place),
            cases=len(cases_known) + others,
            numbers=tuple(c.number for c in cases_known),
            dates=_dates(row, work),
            together=_names(together, work),
            missing=_names(wanted - together, work),
        )
        found.append((-len(together), row.starts_at or row.answer_by, sitting))
    return tuple(sitting for _, _, sitting in sorted(found, key=lambda entry: entry[:2]))


def _dates(row: MeetingRow, work: Work) -> tuple[datetime, ...]:
    asked = None if row.starts_at else work.uow.meetings.get(row.id)
    return tuple(datetime.fromisoformat(at) for at in dates_offered(asked, work)) if asked else ()


def _takes(row: MeetingRow, cases: list[Case], work: Work) -> bool:
    """Whether the sitting is still ahead and its footing allows these cases."""
    if row.state not in (
        MeetingState.COLLECTING,
        MeetingState.ANSWERS_CLOSED,
        MeetingState.FIXED,
    ) or (row.starts_at and row.starts_at <= work.now):
        return False
    return all(case.id not in row.case_ids and not _refused(case, row.bases) for case in cases)


def _attending(agency_ids: set[str], cases: list[Case], row: MeetingRow) -> set[str]:
    """Those that may hear each of the cases there: consent has to cover them."""
    for case in cases:
        agency_ids = agency_ids & set(agencies_allowed_to_hear(case, agency_ids, row.bases))
    return agency_ids


def _refused(case: Case, bases: tuple[LegalBasis, ...]) -> bool:
    # A reason can still be given: only the footing itself is looked at here.
    return any(e.field == "bases" for e in consent_gate(case, bases, "-"))


def _names(agency_ids: set[str], work: Work) -> tuple[str, ...]:
    agencies = [a for a in work.active_agencies() if a.id in agency_ids]
    return tuple(a.name for a in agencies)
