"""Earlier versions of a meeting's record, for those who write and confirm it."""

from dataclasses import dataclass

from workflows.core.errors import NotFound
from workflows.core.looks import Part
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.record_views import RecordView, record_view
from workflows.meetings.views import meeting_of
from workflows.model.meeting import Record


@dataclass(frozen=True)
class GetEarlierRecord(Query[RecordView]):
    """One earlier version of a meeting's record."""

    meeting_id: str
    version: int


@handles(GetEarlierRecord, Action.WRITE_RECORD, code="get_earlier_record")
def get_earlier_record(query: GetEarlierRecord, work: Work) -> RecordView:
    meeting = meeting_of(query.meeting_id, work)
    kept = meeting.record.earlier if meeting.record else []
    found = next((one for one in kept if one.version == query.version), None)
    if found is None:
        raise NotFound("not_found.record")
    record = Record(
        writer_id=found.by,
        started_at=found.at,
        version=found.version,
        saved_at=found.at,
        attended=found.attended,
        cases=found.cases,
        summary=found.summary,
        saved_by=found.by,
    )
    return record_view(meeting, record, frozenset({Part.RECORD}), work)
