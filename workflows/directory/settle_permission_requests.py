"""What was asked for somebody is looked at and confirmed, declined or taken back; or it lapses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from workflows.cases.name_members import off_named_lists
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.former_names import with_former
from workflows.directory.last_readers import left_unread, must_choose_new_readers, name_new_readers
from workflows.directory.link_account import link_to
from workflows.directory.permission_requests import (
    ACCOUNT,
    AGENCY,
    AGREED,
    CONTACT,
    DECLINED,
    DISTRICTS,
    EMAIL,
    ENTERS,
    LAPSED,
    ROLES,
    TAKEN_BACK,
    tell_outcome,
    who_may_confirm,
    with_ended,
)
from workflows.model.directory import Member, PermissionRequest
from workflows.sign_in.sessions import end_of_changed_members

SHOWN_FOR: Final = timedelta(days=90)  # how long what was decided stands on the page
AT_MOST: Final = 100  # lines of what was decided


@dataclass(frozen=True)
class PermissionRequestLine:
    """One request. `was` and `will_be` are (part, how it is, how it would be), in codes and names;
    an address is shown to who may confirm it. `may_confirm`, `may_end`: of who asks. `nobody`:
    there is nobody here who could confirm it but the operator."""

    id: str
    member_id: str
    member: str
    agency: str
    asked_by: str
    asked_at: datetime
    last_day: date
    parts: tuple[tuple[str, str, str], ...]
    may_confirm: bool
    may_end: bool
    mine: bool
    nobody: bool
    how: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class PermissionRequestsView:
    """What waits, the oldest first, and what was decided of late, the newest first."""

    waiting: tuple[PermissionRequestLine, ...]
    settled: tuple[PermissionRequestLine, ...]


@dataclass(frozen=True)
class GetPermissionRequests(Query[PermissionRequestsView]):
    """What was asked for members and waits for a second person, and what became of the rest."""


@handles(GetPermissionRequests, Action.SEE_PERMISSION_REQUESTS, code="get_permission_requests")
def get_permission_requests(query: GetPermissionRequests, work: Work) -> PermissionRequestsView:
    found = [(m, g) for m in work.uow.directory.members() for g in m.permission_requests]
    waiting = sorted((f for f in found if _waits(f[1], work)), key=lambda f: f[1].asked_at)
    over = [
        (m, g)
        for m, g in found
        if g.how and g.ended_at and work.now - g.ended_at < SHOWN_FOR
    ]  # fmt: skip
    over.sort(key=lambda f: f[1].ended_at or work.now, reverse=True)
    return PermissionRequestsView(
        tuple(_line(m, g, work) for m, g in waiting),
        tuple(_line(m, g, work) for m, g in over[:AT_MOST]),
    )


def _waits(request: PermissionRequest, work: Work) -> bool:
    return not request.how and work.today <= request.last_day


def _line(member: Member, request: PermissionRequest, work: Work) -> PermissionRequestLine:
    may = who_may_confirm(request, member, work) if not request.how else []
    mine = request.asked_by == _me(work)
    confirms = _may_confirm(may, request, work)
    return PermissionRequestLine(
        id=request.id,
        member_id=member.id,
        member=member.name,
        agency=work.agency_name(member.agency_id),
        asked_by=work.member_name(request.asked_by) if request.asked_by else "",
        asked_at=request.asked_at,
        last_day=request.last_day,
        parts=_parts(member, request, work, shows_email=confirms or mine),
        may_confirm=confirms,
        may_end=not request.how and (confirms or mine),
        mine=mine,
        nobody=not may and not request.how,
        how=request.how,
        ended_by=work.member_name(request.ended_by) if request.ended_by else "",
        ended_at=request.ended_at,
    )


def _me(work: Work) -> str:
    return work.actor.id if work.actor else ""


def _may_confirm(may: list[Member], request: PermissionRequest, work: Work) -> bool:
    """One of those; or the console, where nobody else could and it did not ask itself."""
    if request.how:
        return False
    if work.actor is None:
        return not may and bool(request.asked_by)
    return work.actor.id in {m.id for m in may}


def _parts(
    member: Member, request: PermissionRequest, work: Work, *, shows_email: bool
) -> tuple[tuple[str, str, str], ...]:
    """(part, as it is, as it would be): codes of roles, names of agencies and districts."""

    def districts(ids: tuple[str, ...]) -> str:
        return "、".join(map(work.district_name, ids))

    now, then = " ".join(sorted(member.roles)), " ".join(sorted({*member.roles, *request.roles}))
    email = request.email if shows_email else ""
    said = {
        ENTERS: ("", ""),
        ROLES: (now, then),
        AGENCY: (work.agency_name(member.agency_id), work.agency_name(request.agency_id)),
        EMAIL: (member.email if shows_email else "", email),
        CONTACT: ("", ""),
        DISTRICTS: (districts(member.district_ids), districts(request.district_ids)),
        ACCOUNT: ("", f"{request.platform} {request.external_id}"),
    }
    found = [(part, *said[part]) for part in request.parts]
    if ENTERS in request.parts:  # all that stands on their row comes with them
        found.append((ROLES, "", " ".join(sorted(request.roles))))
        if not request.how and shows_email and member.email:
            found.append((EMAIL, "", member.email))
    return tuple(found)


@dataclass(frozen=True)
class SettlePermissionRequests(Command[int]):
    """Confirm what somebody else asked for, or end it: decline, or take back one's own. Answers
    with how many; what waits no more is left out.

    Where a move takes away the last reader of restricted cases, `followers` says by the member's
    code who reads them from then on. Raises Refused, Invalid.
    """

    request_ids: tuple[str, ...]
    agrees: bool
    followers: Mapping[str, str] = field(default_factory=dict)


@handles(
    SettlePermissionRequests,
    Action.SETTLE_PERMISSION_REQUESTS,
    code="settle_permission_requests",
    others={"request_ids": "requests of the directory; nothing of a case is opened"},
)
def settle_permission_requests(command: SettlePermissionRequests, work: Work) -> int:
    known = work.uow.directory.members()
    chosen = [
        (m, g)
        for m in known
        for g in m.permission_requests
        if g.id in command.request_ids and _waits(g, work)
    ]  # fmt: skip
    if not chosen:
        raise Refused("permission_requests.settled_already")
    for member, request in chosen:
        confirms = _may_confirm(who_may_confirm(request, member, work), request, work)
        if command.agrees and not confirms:
            raise Refused(_why_not(member, request, work))
        if not confirms and request.asked_by != _me(work):
            raise Refused("permission_requests.not_yours")
    if command.agrees:
        _carry_out(chosen, command.followers, work)
        return len(chosen)
    for how in (DECLINED, TAKEN_BACK):
        ended = [f for f in chosen if (f[1].asked_by == _me(work)) is (how == TAKEN_BACK)]
        _end(ended, how, work)
    return len(chosen)


def _why_not(member: Member, request: PermissionRequest, work: Work) -> str:
    if request.asked_by == _me(work):
        return "permission_requests.own_request"
    if member.id == _me(work):
        return "permission_requests.about_you"
    return "permission_requests.not_yours"


def _carry_out(
    chosen: list[tuple[Member, PermissionRequest]], followers: Mapping[str, str], work: Work
) -> None:
    known = {m.id: m for m in work.uow.directory.members()}
    after: dict[str, Member] = {}
    for member, request in chosen:
        after[member.id] = after_agreement(after.get(member.id, member), request, work)
    left = left_unread(work, members=after.values())
    must_choose_new_readers(left, followers)
    entries = with_former(after.values(), known.values(), work.now)
    work.uow.directory.save_members(entries)
    end_of_changed_members(known.values(), entries, work)
    off_named_lists(known.values(), entries, work)
    name_new_readers(left, followers, work)
    for member, request in chosen:
        if ACCOUNT in request.parts:
            link_to(
                request.platform,
                request.external_id,
                after[member.id],
                work,
                take_over=request.take_over,
            )
        _record(AGREED, member, request, work)
    tell_outcome(AGREED, [g for _, g in chosen], work)


def after_agreement(member: Member, request: PermissionRequest, work: Work) -> Member:
    """The member once this was confirmed."""
    return with_permissions(with_ended(member, request, AGREED, work), request)


def with_permissions(member: Member, request: PermissionRequest) -> Member:
    """The member with what the request was about."""
    parts = request.parts
    return replace(
        member,
        is_unconfirmed=member.is_unconfirmed and ENTERS not in parts,
        roles=member.roles | set(request.roles) if ROLES in parts else member.roles,
        agency_id=request.agency_id if AGENCY in parts else member.agency_id,
        email=request.email if EMAIL in parts and request.email else member.email,
        is_contact=member.is_contact or CONTACT in parts,
        district_ids=request.district_ids if DISTRICTS in parts else member.district_ids,
    )


def _end(chosen: list[tuple[Member, PermissionRequest]], how: str, work: Work) -> None:
    after: dict[str, Member] = {}
    for member, request in chosen:
        after[member.id] = with_ended(after.get(member.id, member), request, how, work)
        _record(how, member, request, work)
    work.uow.directory.save_members(after.values())
    if chosen:
        tell_outcome(how, [g for _, g in chosen], work)


def _record(how: str, member: Member, request: PermissionRequest, work: Work) -> None:
    work.record(
        f"permission_{how}",
        member=member.id,
        request=request.id,
        asked_by=request.asked_by,
        parts=list(request.parts),
    )


def lapse_permission_requests(work: Work) -> int:
    """End what nobody confirmed in time, and tell who asked. Answers with how many."""
    over = [
        (m, g)
        for m in work.uow.directory.members()
        for g in m.waiting_permission_requests
        if g.last_day < work.today
    ]  # fmt: skip
    _end(over, LAPSED, work)
    return len(over)
