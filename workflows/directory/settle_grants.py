"""What was asked for somebody is looked at and confirmed, declined or taken back; or it lapses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from workflows.account_changes import link_to
from workflows.cases.name_members import off_named_lists
from workflows.desk import Command, Query, handles
from workflows.directory.former_names import with_former
from workflows.directory.grants import (
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
    end_grant,
    tell_settled,
    who_may_confirm,
)
from workflows.directory.last_readers import left_unread, must_choose_new_readers, name_new_readers
from workflows.directory.model import Grant, Member
from workflows.errors import Refused
from workflows.permissions import Action
from workflows.sessions import end_of_changed_members
from workflows.work import Work

SHOWN_FOR: Final = timedelta(days=90)  # how long what was decided stands on the page
AT_MOST: Final = 100  # lines of what was decided


@dataclass(frozen=True)
class GrantLine:
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
class GrantsView:
    """What waits, the oldest first, and what was decided of late, the newest first."""

    waiting: tuple[GrantLine, ...]
    settled: tuple[GrantLine, ...]


@dataclass(frozen=True)
class GetGrants(Query[GrantsView]):
    """What was asked for members and waits for a second person, and what became of the rest."""


@handles(GetGrants, Action.SEE_GRANTS)
def get_grants(query: GetGrants, work: Work) -> GrantsView:
    found = [(m, g) for m in work.uow.directory.members() for g in m.grants]
    waiting = sorted((f for f in found if _waits(f[1], work)), key=lambda f: f[1].asked_at)
    over = [
        (m, g)
        for m, g in found
        if g.how and g.ended_at and work.now - g.ended_at < SHOWN_FOR
    ]  # fmt: skip
    over.sort(key=lambda f: f[1].ended_at or work.now, reverse=True)
    return GrantsView(
        tuple(_line(m, g, work) for m, g in waiting),
        tuple(_line(m, g, work) for m, g in over[:AT_MOST]),
    )


def _waits(grant: Grant, work: Work) -> bool:
    return not grant.how and work.today <= grant.last_day


def _line(member: Member, grant: Grant, work: Work) -> GrantLine:
    may = who_may_confirm(grant, member, work) if not grant.how else []
    mine = grant.asked_by == _me(work)
    confirms = _may_confirm(may, grant, work)
    return GrantLine(
        id=grant.id,
        member_id=member.id,
        member=member.name,
        agency=work.agency_name(member.agency_id),
        asked_by=work.member_name(grant.asked_by) if grant.asked_by else "",
        asked_at=grant.asked_at,
        last_day=grant.last_day,
        parts=_parts(member, grant, work, shows_email=confirms or mine),
        may_confirm=confirms,
        may_end=not grant.how and (confirms or mine),
        mine=mine,
        nobody=not may and not grant.how,
        how=grant.how,
        ended_by=work.member_name(grant.ended_by) if grant.ended_by else "",
        ended_at=grant.ended_at,
    )


def _me(work: Work) -> str:
    return work.actor.id if work.actor else ""


def _may_confirm(may: list[Member], grant: Grant, work: Work) -> bool:
    """One of those; or the console, where nobody else could and it did not ask itself."""
    if grant.how:
        return False
    if work.actor is None:
        return not may and bool(grant.asked_by)
    return work.actor.id in {m.id for m in may}


def _parts(
    member: Member, grant: Grant, work: Work, *, shows_email: bool
) -> tuple[tuple[str, str, str], ...]:
    """(part, as it is, as it would be): codes of roles, names of agencies and districts."""

    def districts(ids: tuple[str, ...]) -> str:
        return "、".join(map(work.district_name, ids))

    now, then = " ".join(sorted(member.roles)), " ".join(sorted({*member.roles, *grant.roles}))
    email = grant.email if shows_email else ""
    said = {
        ENTERS: ("", ""),
        ROLES: (now, then),
        AGENCY: (work.agency_name(member.agency_id), work.agency_name(grant.agency_id)),
        EMAIL: (member.email if shows_email else "", email),
        CONTACT: ("", ""),
        DISTRICTS: (districts(member.district_ids), districts(grant.district_ids)),
        ACCOUNT: ("", f"{grant.platform} {grant.external_id}"),
    }
    found = [(part, *said[part]) for part in grant.parts]
    if ENTERS in grant.parts:  # all that stands on their row comes with them
        found.append((ROLES, "", " ".join(sorted(grant.roles))))
        if not grant.how and shows_email and member.email:
            found.append((EMAIL, "", member.email))
    return tuple(found)


@dataclass(frozen=True)
class SettleGrants(Command[int]):
    """Confirm what somebody else asked for, or end it: decline, or take back one's own. Answers
    with how many; what waits no more is left out.

    Where a move takes away the last reader of restricted cases, `followers` says by the member's
    code who reads them from then on. Raises Refused, Invalid.
    """

    grant_ids: tuple[str, ...]
    agrees: bool
    followers: Mapping[str, str] = field(default_factory=dict)


@handles(
    SettleGrants,
    Action.SETTLE_GRANTS,
    others={"grant_ids": "requests of the directory; nothing of a case is opened"},
)
def settle_grants(command: SettleGrants, work: Work) -> int:
    known = work.uow.directory.members()
    chosen = [
        (m, g)
        for m in known
        for g in m.grants
        if g.id in command.grant_ids and _waits(g, work)
    ]  # fmt: skip
    if not chosen:
        raise Refused("grants.settled_already")
    for member, grant in chosen:
        confirms = _may_confirm(who_may_confirm(grant, member, work), grant, work)
        if command.agrees and not confirms:
            raise Refused(_why_not(member, grant, work))
        if not confirms and grant.asked_by != _me(work):
            raise Refused("grants.not_yours")
    if command.agrees:
        _carry_out(chosen, command.followers, work)
        return len(chosen)
    for how in (DECLINED, TAKEN_BACK):
        ended = [f for f in chosen if (f[1].asked_by == _me(work)) is (how == TAKEN_BACK)]
        _end(ended, how, work)
    return len(chosen)


def _why_not(member: Member, grant: Grant, work: Work) -> str:
    if grant.asked_by == _me(work):
        return "grants.own_request"
    if member.id == _me(work):
        return "grants.about_you"
    return "grants.not_yours"


def _carry_out(
    chosen: list[tuple[Member, Grant]], followers: Mapping[str, str], work: Work
) -> None:
    known = {m.id: m for m in work.uow.directory.members()}
    after: dict[str, Member] = {}
    for member, grant in chosen:
        after[member.id] = with_grant(after.get(member.id, member), grant, work)
    left = left_unread(work, members=after.values())
    must_choose_new_readers(left, followers)
    entries = with_former(after.values(), known.values(), work.now)
    work.uow.directory.save_members(entries)
    end_of_changed_members(known.values(), entries, work)
    off_named_lists(known.values(), entries, work)
    name_new_readers(left, followers, work)
    for member, grant in chosen:
        if ACCOUNT in grant.parts:
            link_to(
                grant.platform, grant.external_id, after[member.id], work, take_over=grant.take_over
            )
        _record(AGREED, member, grant, work)
    tell_settled(AGREED, [g for _, g in chosen], work)


def with_grant(member: Member, grant: Grant, work: Work) -> Member:
    """The member once this was confirmed."""
    ended = end_grant(grant, AGREED, work)
    grants = tuple(ended if g.id == grant.id else g for g in member.grants)
    return granted(replace(member, grants=grants), grant)


def granted(member: Member, grant: Grant) -> Member:
    """The member with what the request was about."""
    parts = grant.parts
    return replace(
        member,
        unconfirmed=member.unconfirmed and ENTERS not in parts,
        roles=member.roles | set(grant.roles) if ROLES in parts else member.roles,
        agency_id=grant.agency_id if AGENCY in parts else member.agency_id,
        email=grant.email if EMAIL in parts and grant.email else member.email,
        is_contact=member.is_contact or CONTACT in parts,
        district_ids=grant.district_ids if DISTRICTS in parts else member.district_ids,
    )


def _end(chosen: list[tuple[Member, Grant]], how: str, work: Work) -> None:
    after: dict[str, Member] = {}
    for member, grant in chosen:
        one = after.get(member.id, member)
        ended = end_grant(grant, how, work)
        grants = tuple(ended if g.id == grant.id else g for g in one.grants)
        after[member.id] = replace(one, grants=grants)
        _record(how, member, grant, work)
    work.uow.directory.save_members(after.values())
    if chosen:
        tell_settled(how, [g for _, g in chosen], work)


def _record(how: str, member: Member, grant: Grant, work: Work) -> None:
    work.record(
        f"grant_{how}",
        member=member.id,
        grant=grant.id,
        asked_by=grant.asked_by,
        parts=list(grant.parts),
    )


def end_late_grants(work: Work) -> int:
    """End what nobody confirmed in time, and tell who asked. Answers with how many."""
    over = [
        (m, g)
        for m in work.uow.directory.members()
        for g in m.waiting_grants
        if g.last_day < work.today
    ]  # fmt: skip
    _end(over, LAPSED, work)
    return len(over)
