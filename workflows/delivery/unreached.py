"""Who was not reached about a case or a meeting, for whoever asked: until it is put right.

A line stands while a notice lies dead, or nobody knows whether it arrived, also when an
administrator let it go. It goes when the notice is sent again, when the agency answers, and when
what it asked for is over; it is set aside when somebody says that they telephoned, which can be
taken back.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workflows.core.errors import NotFound
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import LET_GO, DeliveryState
from workflows.core.work import Work
from workflows.delivery.returned import UNDELIVERED
from workflows.model.case import Case
from workflows.model.meeting import Meeting
from workflows.model.phone_call import ReachedByPhone

# [ours] How long it matters that somebody did not hear how a case or meeting ended.
AFTER_THE_END: Final = timedelta(days=30)


@dataclass(frozen=True)
class Unreached:
    """A member whom nothing reached by one channel (`via`). `notice_keys` are what was to be told,
    oldest first; without `is_certain` it may have arrived. `reached_by` telephoned, if anybody."""

    member_id: str
    via: str
    agency: str
    phone: str
    name: str
    notice_keys: tuple[str, ...]
    at: datetime
    is_certain: bool
    reached_by: str = ""
    reached_at: datetime | None = None


@dataclass(frozen=True)
class GetUnreachedOfCase(Query[tuple[Unreached, ...]]):
    """Whom notices about a case did not reach; empty for who may not ask agencies about it."""

    case_id: str


@dataclass(frozen=True)
class GetUnreachedOfMeeting(Query[tuple[Unreached, ...]]):
    """Whom notices about a meeting did not reach; empty for those who do not run it."""

    meeting_id: str


@handles(GetUnreachedOfCase, Action.SEE_CASE, code="get_unreached_of_case")
def get_unreached_of_case(query: GetUnreachedOfCase, work: Work) -> tuple[Unreached, ...]:
    case = work.uow.cases.get(query.case_id)
    if case is None or not work.may(Action.REFER, case).allowed:
        return ()
    ended = case.closure.at if case.closure else None
    found = _mattering(work.uow.outbox.undelivered(case_id=case.id), ended, work)

    def is_answered(delivery: DeliveryState) -> bool:
        return case.replied_since(_agency_of(delivery, work), delivery.created_at)

    return _lines(found, case.reached_by_phone, is_answered, work)


@handles(GetUnreachedOfMeeting, Action.SEE_MEETING, code="get_unreached_of_meeting")
def get_unreached_of_meeting(query: GetUnreachedOfMeeting, work: Work) -> tuple[Unreached, ...]:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None or not work.may(Action.RUN_MEETING, meeting).allowed:
        return ()
    ended = meeting.cancelled_at or (meeting.record.confirmed_at if meeting.record else None)
    found = _mattering(work.uow.outbox.undelivered(meeting_id=meeting.id), ended, work)

    def is_answered(delivery: DeliveryState) -> bool:
        return meeting.answered_since(_agency_of(delivery, work), delivery.created_at)

    return _lines(found, meeting.reached_by_phone, is_answered, work)


def _mattering(
    found: Iterable[DeliveryState], ended: datetime | None, work: Work
) -> list[DeliveryState]:
    """Of what has ended: only the news of that, and not for ever."""
    if ended is None:
        return list(found)
    floor = max(ended, work.now - AFTER_THE_END)
    return [d for d in found if d.created_at >= floor]


def _agency_of(delivery: DeliveryState, work: Work) -> str:
    member = work.uow.directory.member(delivery.member_id)
    return member.agency_id if member else ""


def _lines(
    found: Iterable[DeliveryState],
    marks: Collection[ReachedByPhone],
    is_answered: Callable[[DeliveryState], bool],
    work: Work,
) -> tuple[Unreached, ...]:
    """One line for each member and way; what waits for a call first, then in 五十音 order."""
    by_reader: dict[tuple[str, str], list[DeliveryState]] = {}
    for delivery in found:
        member = work.uow.directory.member(delivery.member_id)
        if delivery.key == UNDELIVERED or member is None or not member.is_active(work.today):
            continue
        owed = not delivery.promise or work.uow.promises.holds(delivery.promise)
        if owed and not is_answered(delivery):
            by_reader.setdefault((member.id, delivery.via), []).append(delivery)
    lines = [_line(deliveries, marks, work) for deliveries in by_reader.values()]
    return tuple(sorted(lines, key=lambda line: (bool(line.reached_by), line.agency, line.name)))


def _line(
    found: Iterable[DeliveryState], marks: Collection[ReachedByPhone], work: Work
) -> Unreached:
    ordered = sorted(found, key=lambda d: d.created_at)
    last = ordered[-1]
    agency_id = _agency_of(last, work)
    agency = work.uow.directory.agency(agency_id)
    mark = next((m for m in marks if m.covers(last.member_id, last.via, last.created_at)), None)
    return Unreached(
        member_id=last.member_id,
        via=last.via,
        agency=work.agency_name(agency_id),
        phone=agency.phone if agency else "",
        name=work.member_name(last.member_id),
        notice_keys=tuple(dict.fromkeys(d.key for d in ordered)),
        at=last.created_at,
        is_certain=all(d.state == "dead" or d.error == LET_GO for d in ordered),
        reached_by=work.member_name(mark.by) if mark else "",
        reached_at=mark.at if mark else None,
    )


# -- somebody telephoned --------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkReachedOfCase(Command[None]):
    """Say that a member was told by telephone all that did not reach them; or, not `reached`, take
    that back."""

    case_id: str
    member_id: str
    via: str
    reached: bool


@dataclass(frozen=True)
class MarkReachedOfMeeting(Command[None]):
    """The same of a meeting."""

    meeting_id: str
    member_id: str
    via: str
    reached: bool


@handles(MarkReachedOfCase, Action.REFER, code="mark_reached_of_case")
def mark_reached_of_case(command: MarkReachedOfCase, work: Work) -> None:
    case = work.case(command.case_id)
    found = work.uow.outbox.undelivered(case_id=case.id)
    _mark(case, found, command, work)
    work.record("reached_by_phone", case=case, member=command.member_id, reached=command.reached)


@handles(MarkReachedOfMeeting, Action.RUN_MEETING, code="mark_reached_of_meeting")
def mark_reached_of_meeting(command: MarkReachedOfMeeting, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    found = work.uow.outbox.undelivered(meeting_id=meeting.id)
    _mark(meeting, found, command, work)
    work.record(
        "reached_by_phone", meeting=meeting, member=command.member_id, reached=command.reached
    )


def _mark(
    subject: Case | Meeting,
    found: Iterable[DeliveryState],
    command: MarkReachedOfCase | MarkReachedOfMeeting,
    work: Work,
) -> None:
    """Raises NotFound when nothing of theirs went astray."""
    whose = (command.member_id, command.via)
    if whose not in {(d.member_id, d.via) for d in found}:
        raise NotFound("not_found.delivery")
    subject.reached_by_phone = [
        m for m in subject.reached_by_phone if (m.member_id, m.via) != whose
    ]
    if command.reached:
        subject.reached_by_phone.append(ReachedByPhone(*whose, work.me.id, work.now))
