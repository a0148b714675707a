"""What of a changed member is kept at once, and what waits for a second person (grants.py)."""

from collections.abc import Iterable
from dataclasses import replace

from workflows.directory.grants import (
    AGENCY,
    AT_ONCE,
    CONTACT,
    DISTRICTS,
    EMAIL,
    ENTERS,
    REPLACED,
    ROLES,
    TAKEN_BACK,
    HeldBack,
    end_grants,
    let_lapse,
    new_grant,
    takes_effect_at_once,
)
from workflows.directory.model import Agency, Grant, Member, Role
from workflows.permissions import RULES
from workflows.standings import standings_in_town
from workflows.work import Work


def opens_something(role: Role) -> bool:
    """Whether the permission table names it."""
    member = Member("", "", "", "", frozenset({role}))
    found = standings_in_town(member) - standings_in_town(replace(member, roles=frozenset()))
    return any(found & set(rule.anyone_of) for rule in RULES.values())


def hold_back(
    known: Iterable[Member], wanted: Iterable[Member], work: Work, *, set_up: bool = True
) -> HeldBack:
    """Divide changed members into what is kept now and what is asked for. Changes nothing.

    `set_up`: the console sets a town up in which there is nobody yet but its administrator.
    """
    before = {m.id: m for m in known}
    if set_up and _is_first_set_up(work):
        return HeldBack(tuple(wanted))
    entries: list[Member] = []
    asked: list[tuple[str, Grant]] = []
    at_once: list[tuple[str, Grant]] = []
    again: list[str] = []
    for new in wanted:
        old = before.get(new.id)
        kept, grant = _divided(old, new, work)
        if grant is None:
            entries.append(kept)
            if kept.waiting_grants and kept.grants == new.grants:
                again.append(new.id)
            continue
        if takes_effect_at_once(grant, new, work):
            done = replace(grant, how=AT_ONCE, ended_by=grant.asked_by, ended_at=work.now, email="")
            entries.append(replace(new, unconfirmed=False, grants=(*kept.grants[:-1], done)))
            at_once.append((new.id, done))
        else:
            entries.append(kept)
            asked.append((new.id, grant))
    return HeldBack(tuple(entries), tuple(asked), tuple(at_once), tuple(again))


def who_return(before: Iterable[Agency], after: Iterable[Agency], work: Work) -> list[Member]:
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
        m for m in everybody if m.agency_id in back and not _is_over(m, work) and not m.unconfirmed
    ]


def hold_back_agency(members: Iterable[Member], work: Work) -> HeldBack:
    """Those who come back with their agency wait for a second person, each of them."""
    gone = [replace(m, unconfirmed=True) for m in members]
    return hold_back(gone, gone, work, set_up=False)


def _divided(old: Member | None, new: Member, work: Work) -> tuple[Member, Grant | None]:
    """The member as kept now, and the request for the rest, if any; it is their last grant then."""
    old = replace(old, grants=let_lapse(old.grants, work)) if old else None
    grants = old.grants if old else ()
    if _is_over(new, work):
        ended = end_grants(grants, TAKEN_BACK, work) if new.unconfirmed else grants
        return replace(new, grants=ended), None
    if old is None or old.unconfirmed or _is_over(old, work) or _begins_earlier(old, new, work):
        roles = tuple(r for r in Role if r in new.roles)
        grant = new_grant(work, (ENTERS,), roles=roles, agency_id=new.agency_id)
        grants = (*end_grants(grants, REPLACED, work), grant)
        return replace(new, unconfirmed=True, grants=grants), grant
    kept, rest = _partly(old, new, work)
    if rest is None:
        return kept, None
    same = [g for g in old.waiting_grants if _same(g, rest)]
    if same:
        return kept, None
    overlapping = {g.id for g in old.waiting_grants if set(g.parts) & set(rest.parts)}
    grants = (*end_grants(grants, REPLACED, work, overlapping), rest)
    return replace(kept, grants=grants), rest


def _partly(old: Member, new: Member, work: Work) -> tuple[Member, Grant | None]:
    parts: list[str] = []
    kept = new
    added = tuple(r for r in Role if r in new.roles - old.roles and opens_something(r))
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
    return kept, new_grant(
        work,
        tuple(parts),
        roles=added,
        agency_id=new.agency_id if AGENCY in parts else "",
        email=new.email if EMAIL in parts else "",
        district_ids=new.district_ids if DISTRICTS in parts else (),
    )


def _same(one: Grant, other: Grant) -> bool:
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


def nobody_administers(held: HeldBack, known: Iterable[Member], work: Work) -> bool:
    """Whether no administrator would be left while these wait."""
    after = {**{m.id: m for m in known}, **{m.id: m for m in held.entries}}
    here = (m for m in after.values() if m.is_active(work.today))
    return not any(Role.ADMINISTRATOR in m.roles for m in here)
