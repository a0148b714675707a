"""権限変更の承認: what opens more to a member is asked for by one person and confirmed by another.

[ours] Nobody grants themselves. A role that the permission table names, another agency, an address
or a chat account to sign in by, the agency's window, a wider area of a coordinator, and whoever is
new or comes back: none of it has an effect before somebody confirms it who held an office before
it was asked for. What is taken away needs one person alone. As long as nobody could confirm it, the
first set-up of a town has its effect at once.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workflows.core.same_person import may_be_same
from workflows.core.work import Work, new_id
from workflows.model.directory import Member, PermissionRequest, Role
from workflows.model.notice import Fact

ENTERS, ROLES, AGENCY, EMAIL = "enters", "roles", "agency", "email"
CONTACT, DISTRICTS, ACCOUNT = "contact", "districts", "account"
AGREED, UNCONFIRMED_OUTCOME, DECLINED, TAKEN_BACK = (
    "agreed",
    "no_confirmer",
    "declined",
    "taken_back",
)
LAPSED, REPLACED = "lapsed", "replaced"
REQUEST_LIFE: Final = timedelta(days=14)  # [ours] the last day on which it can be confirmed
# [ours] How many days before its end those who can confirm it are asked once more.
REMINDED_BEFORE: Final = (7, 3, 1)
# [ours] Whom the asker brought in themselves does not confirm for them so soon.
NEWCOMER_FOR: Final = timedelta(days=30)
# Who confirms: of the first group in which there is anybody.
CONFIRMERS: Final = (frozenset({Role.ADMINISTRATOR, Role.MANAGER}), frozenset({Role.COORDINATOR}))


@dataclass(frozen=True)
class SplitChanges:
    """Changed members as they can be kept now; `new_requests` are by member id, and
    so are `effective`, those that nobody could confirm. `already_waiting`: for just this."""

    to_save: tuple[Member, ...] = ()
    new_requests: tuple[tuple[str, PermissionRequest], ...] = ()
    effective: tuple[tuple[str, PermissionRequest], ...] = ()
    already_waiting: tuple[str, ...] = ()

    @property
    def waiting_member_ids(self) -> tuple[str, ...]:
        """The members for whom something waits for a second person."""
        return tuple(
            dict.fromkeys((*(code for code, _ in self.new_requests), *self.already_waiting))
        )

    @property
    def effective_member_ids(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.effective)


def account_link_request(
    platform: str, external_id: str, work: Work, *, take_over: bool
) -> PermissionRequest:
    """The request to make somebody known by an account of a chat."""
    request = new_permission_request(work, (ACCOUNT,))
    return replace(request, platform=platform, external_id=external_id, take_over=take_over)


def new_permission_request(  # noqa: PLR0917 -- what it may hold
    work: Work,
    parts: tuple[str, ...],
    roles: tuple[Role, ...] = (),
    agency_id: str = "",
    email: str = "",
    district_ids: tuple[str, ...] = (),
) -> PermissionRequest:
    return PermissionRequest(
        id=new_id(),
        asked_by=work.actor.id if work.actor else "",
        asked_at=work.now,
        last_day=work.today + REQUEST_LIFE,
        parts=parts,
        roles=roles,
        agency_id=agency_id,
        email=email,
        district_ids=district_ids,
    )


def ended_requests(
    permission_requests: Iterable[PermissionRequest],
    how: str,
    work: Work,
    chosen: set[str] | None = None,
) -> tuple[PermissionRequest, ...]:
    return tuple(
        ended_request(g, how, work) if not g.how and (chosen is None or g.id in chosen) else g
        for g in permission_requests
    )


def with_late_ones_lapsed(
    permission_requests: tuple[PermissionRequest, ...], work: Work
) -> tuple[PermissionRequest, ...]:
    """The requests, with those ended that nobody confirmed in time."""
    over = {g.id for g in permission_requests if g.last_day < work.today}
    return ended_requests(permission_requests, LAPSED, work, over)


def without_parts(
    request: PermissionRequest, parts: Collection[str], work: Work
) -> tuple[PermissionRequest, ...]:
    """The request as it stands once these parts are asked for anew: what goes, and what waits on.

    Districts belong to the role with which they were asked for.
    """
    gone = {p for p in request.parts if p in parts or (p == DISTRICTS and ROLES in parts)}
    if request.how or not gone:
        return (request,)
    if gone == set(request.parts):
        return (ended_request(request, REPLACED, work),)
    old = replace(
        request,
        id=new_id(),
        parts=tuple(p for p in request.parts if p in gone),
        roles=request.roles if ROLES in gone else (),
        agency_id=request.agency_id if AGENCY in gone else "",
    )
    waits = replace(
        request,
        parts=tuple(p for p in request.parts if p not in gone),
        roles=() if ROLES in gone else request.roles,
        agency_id="" if AGENCY in gone else request.agency_id,
        email="" if EMAIL in gone else request.email,
        district_ids=() if DISTRICTS in gone else request.district_ids,
    )
    return ended_request(old, REPLACED, work), waits


def ended_request(request: PermissionRequest, how: str, work: Work) -> PermissionRequest:
    """The request as it was decided, without the address and the account that it was about."""
    by = work.actor.id if work.actor else ""
    return replace(request, how=how, ended_by=by, ended_at=work.now, email="", external_id="")


def with_ended(member: Member, request: PermissionRequest, how: str, work: Work) -> Member:
    """The member with this request as it was decided."""
    ended = ended_request(request, how, work)
    found = tuple(ended if one.id == request.id else one for one in member.permission_requests)
    return replace(member, permission_requests=found)


# -- who confirms ---------------------------------------------------------------------------------


def who_may_confirm(request: PermissionRequest, subject: Member, work: Work) -> list[Member]:
    """The members who can confirm it: in office before it was asked for, not the asker nor whom it
    is about, and not by the same hand: nor brought in of late by either, nor having brought in the
    asker, nor brought in by whoever brought in the asker."""
    for offices in CONFIRMERS:
        if found := [m for m in work.active_members() if _may(m, offices, request, subject, work)]:
            return found
    return []


def requests_to_confirm(work: Work) -> list[PermissionRequest]:
    """What waits and could be confirmed by the acting member."""
    return [
        g
        for m in work.uow.directory.members()
        for g in m.waiting_permission_requests
        if work.today <= g.last_day and work.me.id in {c.id for c in who_may_confirm(g, m, work)}
    ]


def _may(
    member: Member,
    offices: frozenset[Role],
    request: PermissionRequest,
    subject: Member,
    work: Work,
) -> bool:
    asker = work.uow.directory.member(request.asked_by)
    if member.id in (request.asked_by, subject.id) or may_be_same(asker, member):
        return False
    if not any(_held_before(member, role, request) for role in member.roles & offices):
        return False
    mine = {member.id, *brought_in_by(member, work)}
    others = {request.asked_by, subject.id}
    if asker:
        others |= brought_in_by(asker, work) - {""}
    return not mine & others


def brought_in_by(member: Member, work: Work) -> set[str]:
    """Who had this member enter of late: what either of them does may be done by one hand."""
    return {
        g.asked_by
        for g in member.permission_requests
        if g.how in (AGREED, UNCONFIRMED_OUTCOME) and ENTERS in g.parts
        if g.ended_at and work.now - g.ended_at < NEWCOMER_FOR
    }


def _held_before(member: Member, role: Role, request: PermissionRequest) -> bool:
    given = [
        g.ended_at
        for g in member.permission_requests
        if g.how in (AGREED, UNCONFIRMED_OUTCOME) and role in g.roles and g.ended_at
    ]
    return not given or max(given) <= request.asked_at


def needs_no_confirmation(request: PermissionRequest, subject: Member, work: Work) -> bool:
    """Whether nobody could confirm it, and nobody brought that about: there is no case yet that it
    could open, or the operator at the server is the only other one."""
    if who_may_confirm(request, subject, work):
        return False
    return not request.asked_by or not work.uow.cases.ids()


# -- what is said of it ---------------------------------------------------------------------------


def announce_requests(changes: SplitChanges, work: Work) -> None:
    """Write the requests down and ask those who can confirm them; call it when the members are
    saved. What had its effect at once is told to all coordinators."""
    for_each: Counter[str] = Counter()
    for member_id, request in changes.new_requests:
        work.record(
            "permission_asked", member=member_id, request=request.id, parts=list(request.parts)
        )
        if subject := work.uow.directory.member(member_id):
            for_each.update(m.id for m in who_may_confirm(request, subject, work))
    people = {m.id: m for m in work.active_members()}
    last_day = (work.today + REQUEST_LIFE).isoformat()
    for member_id, count in for_each.items():
        facts: dict[str, Fact] = {"requests": count, "last_day": last_day}
        work.tell("permission_requests_asked", [people[member_id]], once=new_id(), facts=facts)
    for member_id, request in changes.effective:
        work.record(
            "permission_given_unconfirmed",
            member=member_id,
            request=request.id,
            parts=list(request.parts),
        )
    if changes.effective:
        tell_outcome(UNCONFIRMED_OUTCOME, [g for _, g in changes.effective], work)


def tell_outcome(how: str, permission_requests: Iterable[PermissionRequest], work: Work) -> None:
    """Tell who asked and, where it took effect, whoever acts and all coordinators."""
    of_asker = Counter(g.asked_by for g in permission_requests)
    if how in (AGREED, UNCONFIRMED_OUTCOME):
        askers = [m for a in of_asker if (m := work.uow.directory.member(a))]
        everybody = [*askers, *([work.actor] if work.actor else []), *work.coordinators()]
        facts: dict[str, Fact] = {"requests": sum(of_asker.values()), "how": how}
        work.tell("permission_requests_settled", everybody, once=new_id(), facts=facts)
        return
    for asker_id, count in of_asker.items():
        asker = work.uow.directory.member(asker_id)
        if asker and (work.actor is None or asker.id != work.actor.id):
            facts = {"requests": count, "how": how}
            work.tell("permission_requests_settled", [asker], once=new_id(), facts=facts)


def remind_before_lapse(work: Work) -> None:
    """Ask those who can confirm it once more while there is time; call it once a day."""
    ends: defaultdict[str, list[date]] = defaultdict(list)
    people: dict[str, Member] = {}
    for subject in work.uow.directory.members():
        for request in subject.waiting_permission_requests:
            if (request.last_day - work.today).days in REMINDED_BEFORE:
                for member in who_may_confirm(request, subject, work):
                    people[member.id] = member
                    ends[member.id].append(request.last_day)
    for member_id, days in ends.items():
        facts: dict[str, Fact] = {"requests": len(days), "last_day": min(days).isoformat()}
        work.tell("permission_requests_asked", [people[member_id]], once=new_id(), facts=facts)
