"""What of a changed member is kept at once, and what waits for a second person."""

from collections.abc import Iterable
from dataclasses import replace

from workflows.core.permissions import RULES
from workflows.core.standings import standings_in_town
from workflows.core.work import Work
from workflows.directory.permission_requests import (
    AGENCY,
    CONTACT,
    DISTRICTS,
    EMAIL,
    ENTERS,
    REPLACED,
    ROLES,
    TAKEN_BACK,
    UNCONFIRMED_OUTCOME,
    SplitChanges,
    ended_requests,
    needs_no_confirmation,
    new_permission_request,
    with_late_ones_lapsed,
    without_parts,
)
from workflows.model.directory import Agency, Member, PermissionRequest, Role


def has_permissions(role: Role) -> bool:
    """Whether the permission table names it."""
    member = Member("", "", "", "", frozenset({role}))
    found = standings_in_town(member) - standings_in_town(replace(member, roles=frozenset()))
    return any(found & set(rule.anyone_of) for rule in RULES.values())


def split_changes(
    known: Iterable[Member], wanted: Iterable[Member], work: Work, *, set_up: bool = True
) -> SplitChanges:
    """Divide changed members into what is kept now and what is asked for. Changes nothing.

    `set_up`: the console sets a town up in which there is nobody yet but its administrator.
    """
    before = {m.id: m for m in known}
    if set_up and _is_first_set_up(work):
        return SplitChanges(tuple(wanted))
    to_save: list[Member] = []
    new_requests: list[tuple[str, PermissionRequest]] = []
    effective: list[tuple[str, PermissionRequest]] = []
    already_waiting: list[str] = []
    for typed in wanted:
        old = before.get(typed.id)
        new = _by_whom_ended(old, typed, work)
        kept, request = _split_member(old, new, work)
        if request is None:
            to_save.append(kept)
            if (
                kept.waiting_permission_requests
                and kept.permission_requests == new.permission_requests
            ):
                already_waiting.append(new.id)
            continue
        if needs_no_confirmation(request, new, work):
            done = replace(
                request,
                how=UNCONFIRMED_OUTCOME,
                ended_by=request.asked_by,
                ended_at=work.now,
                email="",
            )
            to_save.append(
                replace(
                    new,
                    is_unconfirmed=False,
                    permission_requests=(*kept.permission_requests[:-1], done),
                )
            )
            effective.append((new.id, done))
        else:
            to_save.append(kept)
            new_requests.append((new.id, request))
    return SplitChanges(
        tuple(to_save), tuple(new_requests), tuple(effective), tuple(already_waiting)
    )


def _by_whom_ended(old: Member | None, new: Member, work: Work) -> Member:
    """With who wrote another last day, or took the window away: they come by nothing with it
    (successors.py, Work.contacts)."""
    me = work.actor.id if work.actor else ""
    if old is None or old.active_until != new.active_until:
        new = replace(new, ended_by=me if new.active_until else "")
    if old and old.is_contact != new.is_contact:
        new = replace(new, window_ended_by=me if old.is_contact else "")
    return new


def members_returning_with(
    before: Iterable[Agency], after: Iterable[Agency], work: Work
) -> list[Member]:
    """The members of agencies that had ended and take part again, or begin earlier: they would
    come back with it."""
    known = {a.id: a for a in before}

    def returns(new: Agency) -> bool:
        old = known.get(new.id)
        if old is None or _is_over(new, work):
            return False
        return _is_over(old, work) or _begins_earlier(old, new, work)

    back = {a.id for a in after if returns(a)}
    everybody = work.uow.directory.members() if back else ()
    return [
        m
        for m in everybody
        if m.agency_id in back and not _is_over(m, work) and not m.is_unconfirmed
    ]


def split_returning_members(members: Iterable[Member], work: Work) -> SplitChanges:
    """Those who come back with their agency wait for a second person, each of them."""
    returning = [replace(m, is_unconfirmed=True) for m in members]
    return split_changes(returning, returning, work, set_up=False)


def _split_member(
    old: Member | None, new: Member, work: Work
) -> tuple[Member, PermissionRequest | None]:
    """The member as kept now, and the request for the rest, if any: their last one then."""
    old = (
        replace(old, permission_requests=with_late_ones_lapsed(old.permission_requests, work))
        if old
        else None
    )
    permission_requests = old.permission_requests if old else ()
    if _is_over(new, work):
        ended = (
            ended_requests(permission_requests, TAKEN_BACK, work)
            if new.is_unconfirmed
            else permission_requests
        )
        return replace(new, permission_requests=ended), None
    if old is None or old.is_unconfirmed or _is_over(old, work) or _begins_earlier(old, new, work):
        roles = tuple(r for r in Role if r in new.roles)
        request = new_permission_request(work, (ENTERS,), roles=roles, agency_id=new.agency_id)
        permission_requests = (*ended_requests(permission_requests, REPLACED, work), request)
        return replace(new, is_unconfirmed=True, permission_requests=permission_requests), request
    kept, rest = _split_known_member(old, new, work)
    if rest is None:
        return kept, None
    same = [g for g in old.waiting_permission_requests if _asks_the_same(g, rest)]
    if same:
        return kept, None
    before = (g for one in permission_requests for g in without_parts(one, rest.parts, work))
    return replace(kept, permission_requests=(*before, rest)), rest


def _split_known_member(
    old: Member, new: Member, work: Work
) -> tuple[Member, PermissionRequest | None]:
    parts: list[str] = []
    kept = new
    added = tuple(r for r in Role if r in new.roles - old.roles and has_permissions(r))
    if added:
        parts.append(ROLES)
        kept = replace(kept, roles=new.roles - set(added))
    if new.agency_id != old.agency_id:
        parts.append(AGENCY)
        kept = replace(kept, agency_id=old.agency_id)
    if new.email and new.email.casefold() != old.email.casefold():
        parts.append(EMAIL)
        kept = replace(kept, email=old.email)
    if new.is_contact and not old.is_contact:
        parts.append(CONTACT)
        kept = replace(kept, is_contact=False)
    wider = Role.COORDINATOR in old.roles & new.roles and _is_wider(old, new)
    if wider or Role.COORDINATOR in added:
        kept = replace(kept, district_ids=old.district_ids)
        parts += [DISTRICTS]
    if not parts:
        return kept, None
    return kept, new_permission_request(
        work,
        tuple(parts),
        roles=added,
        agency_id=new.agency_id if AGENCY in parts else "",
        email=new.email if EMAIL in parts else "",
        district_ids=new.district_ids if DISTRICTS in parts else (),
    )


def _asks_the_same(one: PermissionRequest, other: PermissionRequest) -> bool:
    """Whether both ask for the same; who asks for it once more waits as before."""
    as_other = replace(one, id=other.id, asked_at=other.asked_at, last_day=other.last_day)
    return as_other == other


def _is_wider(old: Member, new: Member) -> bool:
    """None is the whole town."""
    if not old.district_ids:
        return False
    return not new.district_ids or bool(set(new.district_ids) - set(old.district_ids))


def _is_over(entry: Member | Agency, work: Work) -> bool:
    return entry.active_until is not None and entry.active_until < work.today


def _begins_earlier(old: Member | Agency, new: Member | Agency, work: Work) -> bool:
    if old.active_from is None or old.active_from <= work.today:
        return False
    return new.active_from is None or new.active_from < old.active_from


def _is_first_set_up(work: Work) -> bool:
    return work.actor is None and len(work.active_members()) <= 1 and not work.uow.cases.ids()


def leaves_no_administrator(changes: SplitChanges, known: Iterable[Member], work: Work) -> bool:
    """Whether no administrator would be left while these wait."""
    after = {**{m.id: m for m in known}, **{m.id: m for m in changes.to_save}}
    here = (m for m in after.values() if m.is_active(work.today))
    return not any(Role.ADMINISTRATOR in m.roles for m in here)
