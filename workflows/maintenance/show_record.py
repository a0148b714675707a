"""What is kept sealed, shown as it stands to whoever runs the server and holds its keys.

It opens what no page would: so it is asked why, and the trail keeps who was shown and the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from workflows.core.errors import Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.maintenance.find_record import find_case, find_meeting, find_member
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow

NEWEST: Final = 100  # notices that are listed where none is named

Plain = object  # texts, numbers, None, and lists and mappings of them


class RecordKind(StrEnum):
    """What is shown: one document, or the rows about one thing."""

    CASE = "case"
    MEETING = "meeting"
    MEMBER = "member"
    PROMISES = "promises"
    OUTBOX = "outbox"


class ShowReason(StrEnum):
    """Why somebody looks, as the trail keeps it: a code, because the trail keeps no words."""

    FAULT = "fault"  # something does not work as it should
    REQUEST = "request"  # a person asked for what is kept about them
    INQUIRY = "inquiry"  # a court or another authority asked by law
    AUDIT = "audit"
    TRIAL = "trial"  # the fictional town


@dataclass(frozen=True)
class ShowRecord(Command[Plain]):
    """`which` is the number of a case, the id of a meeting, the code or name of a member, for
    promises any of these, for the outbox the id of a notice, a member, or nothing: the newest.

    Raises Refused where there is no such thing, and without a reason of `ShowReason`.
    """

    kind: RecordKind
    which: str
    why: str


@handles(ShowRecord, Action.INSPECT, code="show_record")
def show_record(command: ShowRecord, work: Work) -> Plain:
    if command.why not in list(ShowReason):
        raise Refused("inspect.no_reason", known=[str(r) for r in ShowReason if r != "trial"])
    match command.kind:
        case RecordKind.CASE:
            row = find_case(command.which, work)
            found = work.uow.cases.get(row.id)
            _record(command, row, row.id, work)
            return as_plain(found)
        case RecordKind.MEETING:
            meeting = find_meeting(command.which, work)
            _record(command, meeting, meeting.id, work)
            return as_plain(work.uow.meetings.get(meeting.id))
        case RecordKind.MEMBER:
            member = find_member(command.which, work)
            _record(command, None, member.id, work)
            return as_plain(member)
        case RecordKind.PROMISES:
            return _promises(command, work)
        case RecordKind.OUTBOX:
            return _outbox(command, work)


def as_plain(value: object) -> Plain:
    """Anything that workflows keep, as texts, numbers, lists and mappings in the order of its
    fields; what is empty is left out of mappings."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(k): as_plain(v) for k, v in value.items()}
        case list() | tuple():
            return [as_plain(one) for one in value]
        case set() | frozenset():
            return sorted(str(one) for one in value)
        case _ if is_dataclass(value):
            plain = {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
            return {name: one for name, one in plain.items() if one not in (None, "", [], {})}
        case _:
            return str(value)


def _promises(command: ShowRecord, work: Work) -> Plain:
    """What is owed on a case or meeting, or by a member, with the next moment of its ladder."""
    try:
        subject: CaseRow | MeetingRow = find_case(command.which, work)
    except Refused:
        meeting = work.uow.meetings.row(command.which.strip())
        if meeting is None:
            member = find_member(command.which, work)
            _record(command, None, member.id, work)
            return as_plain(work.uow.promises.owed_by(member.agency_id, [member.id]))
        subject = meeting
    _record(command, subject, subject.id, work)
    return as_plain(work.uow.promises.standing([subject.id]))


def _outbox(command: ShowRecord, work: Work) -> Plain:
    """One notice with its facts, or the newest ones, of all or of one member."""
    which = command.which.strip()
    state = work.uow.outbox.get(which) if which else None
    if state is not None:
        _record(command, None, state.notice_id, work)
        return as_plain({"state": state, "notice": work.uow.outbox.said(state.notice_id)})
    member = find_member(which, work) if which else None
    _record(command, None, member.id if member else "", work)
    newest = work.uow.outbox.recent(NEWEST)
    return as_plain([one for one in newest if member is None or one.member_id == member.id])


def _record(
    command: ShowRecord, about: CaseRow | MeetingRow | None, which: str, work: Work
) -> None:
    work.record(
        "record_shown",
        case=about if isinstance(about, CaseRow) else None,
        meeting=about if isinstance(about, MeetingRow) else None,
        what=str(command.kind),
        which=which,
        why=command.why,
    )
