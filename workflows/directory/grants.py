"""権限変更の承認: what opens more to a member is asked for by one person and confirmed by another.

[ours] Nobody grants themselves. A role that the permission table names, another agency, an address
or a chat account to sign in by, the agency's window, a wider area of a coordinator, and whoever is
new or comes back: none of it has an effect before somebody confirms it who held an office before
it was asked for. What is taken away needs one person alone. As long as nobody could confirm it, the
first set-up of a town has its effect at once.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from workflows.directory.model import Grant, Member, Role
from workflows.notices import Fact
from workflows.people import normalized_name
from workflows.work import Work, new_id

ENTERS, ROLES, AGENCY, EMAIL = "enters", "roles", "agency", "email"
CONTACT, DISTRICTS, ACCOUNT = "contact", "districts", "account"
AGREED, AT_ONCE, DECLINED, TAKEN_BACK = "agreed", "at_once", "declined", "taken_back"
LAPSED, REPLACED = "lapsed", "replaced"
WAITS: Final = timedelta(days=14)  # [ours] the last day on which it can be confirmed
# [ours] Whom the asker brought in themselves does not confirm for them so soon.
NEW_HERE: Final = timedelta(days=30)
# Who confirms: of the first group in which there is anybody.
CONFIRMERS: Final = (frozenset({Role.ADMINISTRATOR, Role.MANAGER}), frozenset({Role.COORDINATOR}))


@dataclass(frozen=True)
class HeldBack:
    """Changed members as they can be kept now; `asked` are the new requests by member id, and
    `at_once` those that nobody could confirm. `again`: who waits already for just this."""

    entries: tuple[Member, ...] = ()
    asked: tuple[tuple[str, Grant], ...] = ()
    at_once: tuple[tuple[str, Grant], ...] = ()
    again: tuple[str, ...] = ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """The members for whom something waits for a second person."""
        return tuple(dict.fromkeys((*(code for code, _ in self.asked), *self.again)))

    @property
    def codes_at_once(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.at_once)


def account_grant(platform: str, external_id: str, work: Work, *, take_over: bool) -> Grant:
    """The request to make somebody known by an account of a chat."""
    grant = new_grant(work, (ACCOUNT,))
    return replace(grant, platform=platform, external_id=external_id, take_over=take_over)


def new_grant(  # noqa: PLR0917 -- what it may hold
    work: Work,
    parts: tuple[str, ...],
    roles: tuple[Role, ...] = (),
    agency_id: str = "",
    email: str = "",
    district_ids: tuple[str, ...] = (),
) -> Grant:
    return Grant(
        id=new_id(),
        asked_by=work.actor.id if work.actor else "",
        asked_at=work.now,
        last_day=work.today + WAITS,
        parts=parts,
        roles=roles,
        agency_id=agency_id,
        email=email,
        district_ids=district_ids,
    )


def end_grants(
    grants: Iterable[Grant], how: str, work: Work, chosen: set[str] | None = None
) -> tuple[Grant, ...]:
    return tuple(
        end_grant(g, how, work) if not g.how and (chosen is None or g.id in chosen) else g
        for g in grants
    )


def let_lapse(grants: tuple[Grant, ...], work: Work) -> tuple[Grant, ...]:
    """The requests, with those ended that nobody confirmed in time."""
    over = {g.id for g in grants if g.last_day < work.today}
    return end_grants(grants, LAPSED, work, over)


def end_grant(grant: Grant, how: str, work: Work) -> Grant:
    """The request as it was decided, without the address and the account that it was about."""
    by = work.actor.id if work.actor else ""
    return replace(grant, how=how, ended_by=by, ended_at=work.now, email="", external_id="")


# -- who confirms ---------------------------------------------------------------------------------


def who_may_confirm(grant: Grant, subject: Member, work: Work) -> list[Member]:
    """The members who can confirm it: in office before it was asked for, not the asker nor whom it
    is about, nor brought in by the asker of late."""
    for offices in CONFIRMERS:
        if found := [m for m in work.active_members() if _may(m, offices, grant, subject, work)]:
            return found
    return []


def _may(
    member: Member, offices: frozenset[Role], grant: Grant, subject: Member, work: Work
) -> bool:
    if member.id in (grant.asked_by, subject.id) or _is_same_person(member, grant, work):
        return False
    if not any(_held_before(member, role, grant) for role in member.roles & offices):
        return False
    return not any(
        g.asked_by == grant.asked_by and g.ended_at and work.now - g.ended_at < NEW_HERE
        for g in member.grants
        if g.how in (AGREED, AT_ONCE) and ENTERS in g.parts
    )


def _held_before(member: Member, role: Role, grant: Grant) -> bool:
    given = [
        g.ended_at
        for g in member.grants
        if g.how in (AGREED, AT_ONCE) and role in g.roles and g.ended_at
    ]
    return not given or max(given) <= grant.asked_at


def _is_same_person(member: Member, grant: Grant, work: Work) -> bool:
    """Somebody with the asker's name or address may be the asker."""
    asker = work.uow.directory.member(grant.asked_by)
    if asker is None:
        return False
    if asker.email and asker.email.casefold() == member.email.casefold():
        return True
    return normalized_name(asker.name) == normalized_name(member.name)


def takes_effect_at_once(grant: Grant, subject: Member, work: Work) -> bool:
    """Whether nobody could confirm it, and that is nobody's doing: there is no case yet that it
    could open, or the operator at the server is the only other one."""
    if who_may_confirm(grant, subject, work):
        return False
    return not grant.asked_by or not work.uow.cases.ids()


# -- what is said of it ---------------------------------------------------------------------------


def ask_for(held: HeldBack, work: Work) -> None:
    """Write the requests down and ask those who can confirm them; call it when the members are
    saved. What had its effect at once is told to all coordinators."""
    for_each: Counter[str] = Counter()
    for member_id, grant in held.asked:
        work.record("grant_asked", member=member_id, grant=grant.id, parts=list(grant.parts))
        if subject := work.uow.directory.member(member_id):
            for_each.update(m.id for m in who_may_confirm(grant, subject, work))
    people = {m.id: m for m in work.active_members()}
    last_day = (work.today + WAITS).isoformat()
    for member_id, count in for_each.items():
        facts: dict[str, Fact] = {"requests": count, "last_day": last_day}
        work.tell("grants_asked", [people[member_id]], once=new_id(), facts=facts)
    for member_id, grant in held.at_once:
        work.record("granted_at_once", member=member_id, grant=grant.id, parts=list(grant.parts))
    if held.at_once:
        tell_settled(AT_ONCE, [g for _, g in held.at_once], work)


def tell_settled(how: str, grants: Iterable[Grant], work: Work) -> None:
    """Tell who asked and, where it took effect, whoever acts and all coordinators."""
    of_asker = Counter(g.asked_by for g in grants)
    if how in (AGREED, AT_ONCE):
        askers = [m for a in of_asker if (m := work.uow.directory.member(a))]
        everybody = [*askers, *([work.actor] if work.actor else []), *work.coordinators()]
        facts: dict[str, Fact] = {"requests": sum(of_asker.values()), "how": how}
        work.tell("grants_settled", everybody, once=new_id(), facts=facts)
        return
    for asker_id, count in of_asker.items():
        asker = work.uow.directory.member(asker_id)
        if asker and (work.actor is None or asker.id != work.actor.id):
            facts = {"requests": count, "how": how}
            work.tell("grants_settled", [asker], once=new_id(), facts=facts)
