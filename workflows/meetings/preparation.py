"""事前準備シート: what an agency writes down before the sitting, so that an hour is enough."""

from dataclasses import dataclass, replace
from datetime import datetime

from workflows.core.checking import checked
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import RUNS_MEETING, Action
from workflows.core.work import Work
from workflows.forms import Raw, Value
from workflows.meetings.former import readable_former_agencies
from workflows.meetings.parts import may_read_former_part, may_read_part
from workflows.meetings.views import MeetingLine, line_of, meeting_of
from workflows.model.meeting import FormerPreparation, Meeting, MeetingState, Preparation
from workflows.model.meeting_row import meeting_row


@dataclass(frozen=True)
class PreparationView:
    """`former`: its agency came to the sitting for this case, and does so no more. `earlier` is
    what stood there before it was written anew, the newest first."""

    agency_id: str
    agency_name: str
    values: dict[str, Value]
    by: str
    at: datetime
    former: bool = False
    earlier: tuple["PreparationView", ...] = ()


@dataclass(frozen=True)
class Preparations:
    """The sheets of one case: `mine` is to be filled in, `others` are read. `off_agenda`: the case
    was taken off; what was written until then is read."""

    line: MeetingLine
    number: str
    case_id: str
    mine: PreparationView | None
    others: tuple[PreparationView, ...]
    may_write: bool
    off_agenda: bool


def case_on_agenda(meeting: Meeting, number: str, work: Work, *, former: bool = False) -> str:
    """The id of a case that I attend for, with `former` also of one that was taken off again.

    Raises NotFound like for a case that is not there.
    """
    case_id = work.uow.cases.id_of(number)
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None:
        raise NotFound("not_found.case")
    if meeting.item(row.id):
        may = may_read_part(meeting, row, work)
    else:
        may = former and may_read_former_part(meeting, row, work)
    if not may:
        raise NotFound("not_found.case")
    return row.id


@dataclass(frozen=True)
class GetPreparations(Query[Preparations]):
    meeting_id: str
    case_number: str


@handles(
    GetPreparations,
    Action.READ_RECORD,
    code="get_preparations",
    others={"case_number": "case_on_agenda asks whether its part may be read"},
)
def get_preparations(query: GetPreparations, work: Work) -> Preparations:
    meeting = meeting_of(query.meeting_id, work)
    case_id = case_on_agenda(meeting, query.case_number, work, former=True)
    off_agenda = meeting.item(case_id) is None
    written = meeting.preparations.get(case_id, {})
    agency_ids = readable_former_agencies(meeting, case_id, work) if off_agenda else tuple(written)
    case = work.uow.cases.row(case_id)
    if case and agency_ids:
        work.show(case, ShownPart(Part.PREPARATIONS, fields=agency_ids), meeting=meeting)
    seen = [
        _seen(meeting, case_id, agency_id, written[agency_id], work) for agency_id in agency_ids
    ]
    return Preparations(
        line=line_of(meeting_row(meeting), work),
        number=query.case_number,
        case_id=case_id,
        mine=next((s for s in seen if s.agency_id == work.me.agency_id), None),
        others=tuple(s for s in seen if s.agency_id != work.me.agency_id),
        may_write=not off_agenda
        and meeting.invite(work.me.agency_id) is not None
        and meeting.is_live
        and not meeting.has_begun(work.now),
        off_agenda=off_agenda,
    )


def _seen(
    meeting: Meeting, case_id: str, agency_id: str, one: Preparation, work: Work
) -> PreparationView:
    """With what stood there before, for who runs the meeting and the agency itself."""
    item = meeting.item(case_id)
    left = item is None or (agency_id in item.left and agency_id not in item.agency_ids)
    reads = work.me.agency_id == agency_id or bool(work.standings(meeting) & RUNS_MEETING)
    kept = [
        f.preparation
        for f in reversed(meeting.former_preparations)
        if reads and (f.case_id, f.agency_id) == (case_id, agency_id)
    ]
    now, *before = (
        PreparationView(
            agency_id,
            work.agency_name(agency_id),
            dict(p.values),
            work.member_name(p.by, p.at),
            p.at,
        )
        for p in (one, *kept)
    )
    former = left or meeting.invite(agency_id) is None
    return replace(now, former=former, earlier=tuple(before))


@dataclass(frozen=True)
class SavePreparation(Command[None]):
    """Write or rewrite my agency's sheet, until the sitting begins."""

    meeting_id: str
    case_number: str
    raw: Raw


@handles(
    SavePreparation,
    Action.READ_RECORD,
    code="save_preparation",
    others={"case_number": "case_on_agenda asks whether its part may be read"},
)
def save_preparation(command: SavePreparation, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    case_id = case_on_agenda(meeting, command.case_number, work)
    if meeting.invite(work.me.agency_id) is None:
        raise NotAllowed("denied.answer_dates")
    if meeting.state is MeetingState.CANCELLED:
        raise Refused("meeting.cancelled")
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("preparation.too_late")
    values = checked(work, "preparation", command.raw)
    sheets = meeting.preparations.setdefault(case_id, {})
    if before := sheets.get(work.me.agency_id):
        kept = FormerPreparation(case_id, work.me.agency_id, before)
        meeting.former_preparations.append(kept)
    sheets[work.me.agency_id] = Preparation(values, work.me.id, work.now)
    work.record("prepared", meeting=meeting, agency=work.me.agency_id)
