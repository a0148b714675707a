"""What a member or an agency still holds, and who has it after them: nothing without somebody."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.last_readers import LeftUnread, left_unread
from workflows.model.case_row import CaseRow
from workflows.model.directory import Agency, Member, Role
from workflows.model.promise import Promise, PromiseKind


@dataclass(frozen=True)
class Holding:
    """One thing held. `what` is a code: promise, organiser, chair, writer, named, lead, drafts,
    contact, coordinator, members. `number` is empty where the asker may not see the case.

    `heirs` are the names of those who have it next; with none it is `stuck` and someone must act.
    """

    what: str
    kind: str = ""
    number: str = ""
    due: datetime | date | None = None
    count: int = 1
    heirs: tuple[str, ...] = ()

    @property
    def stuck(self) -> bool:
        return not self.heirs


@dataclass(frozen=True)
class GetMemberHoldings(Query[tuple[Holding, ...]]):
    member_id: str


@handles(GetMemberHoldings, Action.EDIT_DIRECTORY, code="get_member_holdings")
def get_member_holdings(query: GetMemberHoldings, work: Work) -> tuple[Holding, ...]:
    member = work.uow.directory.member(query.member_id)
    if member is None:
        raise NotFound("not_found.member")
    return tuple(member_holds(member, work))


@dataclass(frozen=True)
class GetAgencyHoldings(Query[tuple[Holding, ...]]):
    agency_id: str


@handles(GetAgencyHoldings, Action.EDIT_DIRECTORY, code="get_agency_holdings")
def get_agency_holdings(query: GetAgencyHoldings, work: Work) -> tuple[Holding, ...]:
    return tuple(agency_holds(work.agency(query.agency_id), work))


def member_holds(member: Member, work: Work) -> list[Holding]:
    """Own promises, meetings, cases that only they may see, drafts, being the only one."""
    found = [
        _promised(p, member, work)
        for p in _open_promises(work)
        if p.member_id == member.id and _for_us(p.agency_id or "", member)
    ]
    for meeting in work.uow.meetings.rows():
        closed = work.is_restricted(meeting)
        about = {"kind": meeting.called, "due": None if closed else meeting.starts_at}
        if member.id == meeting.chair_id and _for_us(meeting.chair_agency_id, member):
            # Only the chair confirms the record: nobody has this by itself.
            found.append(Holding("chair", **about))  # type: ignore[arg-type]
        if member.id == meeting.organiser_id and _for_us(meeting.organiser_agency_id, member):
            heirs = _names(work.coordinators(), member)
            found.append(Holding("organiser", heirs=heirs, **about))  # type: ignore[arg-type]
        writes = member.id == meeting.writer_id and _for_us(meeting.writer_agency_id, member)
        if writes and member.id != meeting.organiser_id:
            organiser = work.holder(meeting.organiser_id, meeting.organiser_agency_id)
            found.append(Holding("writer", heirs=_names(organiser, member), **about))  # type: ignore[arg-type]
    gone = replace(member, active_until=work.today - timedelta(days=1))
    found += _last_reader_of(left_unread(work, members=[gone]), work)
    drafts = len(work.uow.drafts.of_member(member.id))
    if drafts:
        found.append(Holding("drafts", count=drafts))
    return found + _the_only_one(member, work)


def agency_holds(agency: Agency, work: Work) -> list[Holding]:
    """Cases it answers for, what it owes, and the people who still stand in it."""
    found = [
        Holding(
            "lead",
            number=_number(c.id, work),
            due=None if _is_hidden(c, work) else c.next_check_on,
        )
        for c in work.uow.cases.rows()
        if c.answering_agency_id == agency.id
    ]
    found += [
        Holding("promise", kind=str(p.kind), number=_number(p.case_id, work), due=_due(p, work))
        for p in _open_promises(work)
        if p.agency_id == agency.id
    ]
    gone = replace(agency, active_until=work.today - timedelta(days=1))
    found += _last_reader_of(left_unread(work, agencies=[gone]), work)
    people = [m for m in work.active_members() if m.agency_id == agency.id]
    if people:
        found.append(Holding("members", count=len(people)))
    return found


def _last_reader_of(left: Iterable[LeftUnread], work: Work) -> list[Holding]:
    return [Holding("named", number=_number(c, work)) for one in left for c in one.case_ids]


def _for_us(held_for: str, member: Member) -> bool:
    # What they ran for an agency from which they moved is that agency's already.
    return held_for in ("", member.agency_id)


def _open_promises(work: Work) -> list[Promise]:
    own_way = (PromiseKind.MEETING_SOON, PromiseKind.DIGEST)
    return [p for p in work.uow.promises.open() if p.kind not in own_way]


def _promised(promise: Promise, member: Member, work: Work) -> Holding:
    # The same people whom the clock asks once the member has left (followups/keep.py).
    heirs = _names(work.contacts(promise.agency_id or member.agency_id), member)
    return Holding(
        "promise",
        kind=str(promise.kind),
        number=_number(promise.case_id, work),
        due=_due(promise, work),
        heirs=heirs or _names(work.coordinators(), member),
    )


def _due(promise: Promise, work: Work) -> datetime | None:
    """Until when; not of what is restricted."""
    meeting = work.uow.meetings.row(promise.meeting_id) if promise.meeting_id else None
    case = work.uow.cases.row(promise.case_id) if promise.case_id else None
    if (meeting and work.is_restricted(meeting)) or (case and _is_hidden(case, work)):
        return None
    return promise.due_at


def _is_hidden(case: CaseRow, work: Work) -> bool:
    return case.restricted and not work.may(Action.SEE_CASE, case).allowed


def _the_only_one(member: Member, work: Work) -> list[Holding]:
    found = []
    others = [m for m in work.active_members() if m.id != member.id]
    if member.is_contact and not any(
        m.is_contact for m in others if m.agency_id == member.agency_id
    ):
        # Without a window, everybody of the agency is told; without anybody, nobody is.
        colleagues = [m for m in others if m.agency_id == member.agency_id]
        found.append(Holding("contact", heirs=_names(colleagues, member)))
    if Role.COORDINATOR in member.roles:
        rest = [m for m in others if Role.COORDINATOR in m.roles]
        covered = {d for m in rest for d in m.district_ids}
        anywhere = [m for m in rest if not m.district_ids] or rest
        found += [
            Holding("coordinator", kind=work.district_name(d), heirs=_names(anywhere, member))
            for d in member.district_ids
            if d not in covered
        ]
    return found


def _names(people: Iterable[Member], without: Member) -> tuple[str, ...]:
    return tuple(m.name for m in people if m.id != without.id)


def _number(case_id: str | None, work: Work) -> str:
    """The case's number, for one who may see that there is such a case."""
    case = work.uow.cases.row(case_id) if case_id else None
    return case.number if case and work.may(Action.SEE_CASE, case).allowed else ""
