"""会議記録 handed back: the chair wants something written differently before it is confirmed."""

from dataclasses import dataclass

from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.record import waiting_for_chair


@dataclass(frozen=True)
class SendBackRecord(Command[None]):
    """The writer goes on with it; what is wrong about it the two say to each other."""

    meeting_id: str
    base_version: int


@handles(SendBackRecord, Action.CONFIRM_RECORD, code="send_back_record")
def send_back_record(command: SendBackRecord, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    record = waiting_for_chair(meeting, command.base_version, work)
    record.asked_to_confirm_at = None
    work.record("record_sent_back", meeting=meeting, version=record.version)
    work.tell(
        "record_returned",
        work.holder(record.writer_id, record.writer_agency_id),
        once=f"{meeting.id}:{record.version}:{work.now.isoformat()}",
        meeting=meeting,
    )
