"""不在: the days on which a member is away, entered, changed and ended; who stands in for them.

The member says so themselves; for whoever fell ill their agency's contact or an administrator does.
Why they are away is neither asked nor kept. What pages show of it: views.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workflows.absences.news import tell_begun, tell_changed
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError
from workflows.japanese.dates import NotADate, parse_date
from workflows.model.directory import Absence, Member, Role

# [ours] Longer than any leave is planned without being looked at again.
LONGEST: Final = timedelta(days=366)
AHEAD: Final = timedelta(days=366)
MOST: Final = 12  # absences of one member that are not over yet


@dataclass(frozen=True)
class SaveAbsence(Command[str]):
    """Enter an absence as typed, or change that of `absence_id`; answers with its id.

    The last day belongs to it. Raises Invalid, Conflict, NotFound, NotAllowed, Refused.
    """

    member_id: str
    from_on: str
    until_on: str
    deputy_id: str
    absence_id: str = ""
    stamp: str = ""


@handles(SaveAbsence, Action.USE, code="save_absence")
def save_absence(command: SaveAbsence, work: Work) -> str:
    member = member_to_enter_for(command.member_id, work)
    old = _absence(member, command.absence_id, work) if command.absence_id else None
    if old and stamp_of(old) != command.stamp:
        raise Conflict("absence.changed_meanwhile")
    first, last = _days(command, old, work)
    deputy_id = command.deputy_id
    _check_deputy(member, old, first, last, deputy_id, work)
    others = [one for one in member.absences if old is None or one.id != old.id]
    for one in others:
        if one.overlaps(first, last):
            raise _wrong("from_on", "absence.overlaps", first=one.from_on, last=one.until_on)
    if old is None and sum(one.until_on >= work.today for one in others) >= MOST:
        raise Refused("absence.too_many", most=MOST)
    if old and (first, last, deputy_id) == (old.from_on, old.until_on, old.deputy_id):
        return old.id
    entered_by = old.entered_by if old and work.me.id == deputy_id else work.me.id
    new = Absence(
        id=old.id if old else new_id(),
        from_on=first,
        until_on=last,
        deputy_id=deputy_id,
        entered_by=entered_by,
        told=old.told if old else (),
    )
    _keep(member, [*others, new], work)
    _record("absence_changed" if old else "absence_entered", member, new, work)
    if old:
        tell_changed(member.id, new, work)
    tell_begun(member.id, work)
    return new.id


@dataclass(frozen=True)
class EndAbsence(Command[bool]):
    """They are back today; or an absence that has not begun is taken back. Answers whether it had
    begun. Raises NotFound, NotAllowed, Refused."""

    member_id: str
    absence_id: str


@handles(EndAbsence, Action.USE, code="end_absence")
def end_absence(command: EndAbsence, work: Work) -> bool:
    member = member_to_enter_for(command.member_id, work)
    old = _absence(member, command.absence_id, work)
    begun = old.from_on <= work.today
    others = [one for one in member.absences if one.id != old.id]
    if old.from_on < work.today:
        others.append(replace(old, until_on=work.today - timedelta(days=1)))
    _keep(member, others, work)
    _record("absence_ended" if begun else "absence_taken_back", member, old, work)
    tell_changed(member.id, old, work)
    return begun


def _keep(member: Member, absences: Iterable[Absence], work: Work) -> None:
    in_order = tuple(sorted(absences, key=lambda one: one.from_on))
    work.uow.directory.save_members([replace(member, absences=in_order)])
    readers = [member.id, *(one.deputy_id for one in in_order if one.deputy_id)]
    work.uow.posts.stale(work.now, readers=readers)  # their home pages say what waits


def _record(kind: str, member: Member, one: Absence, work: Work) -> None:
    work.record(
        kind,
        member=member.id,
        absence=one.id,
        from_on=one.from_on.isoformat(),
        until_on=one.until_on.isoformat(),
        deputy=one.deputy_id,
    )


def may_enter_for(member: Member, work: Work) -> bool:
    """Whether the actor may say of this member that they are away."""
    me = work.me
    own_window = me.is_contact and me.agency_id == member.agency_id
    return me.id == member.id or own_window or Role.ADMINISTRATOR in me.roles


def member_to_enter_for(member_id: str, work: Work) -> Member:
    """The member of today. Raises NotFound; NotAllowed for who may not say that they are away."""
    found = next((m for m in work.active_members() if m.id == member_id), None)
    if found is None:
        raise NotFound("not_found.member")
    if not may_enter_for(found, work):
        raise NotAllowed("denied.absence")
    return found


def _absence(member: Member, absence_id: str, work: Work) -> Absence:
    found = next((one for one in member.absences if one.id == absence_id), None)
    if found is None:
        raise Refused("absence.gone")
    if found.until_on < work.today:
        raise Refused("absence.over")
    return found


def stamp_of(one: Absence) -> str:
    """What tells later whether it is still this."""
    return f"{one.from_on} {one.until_on} {one.deputy_id}"


def may_be_deputies(member: Member, work: Work) -> list[Member]:
    """Colleagues of today; whoever enters it for somebody else is none of them."""
    barred = {member.id, work.me.id}
    found = [m for m in work.active_members() if m.agency_id == member.agency_id]
    return [m for m in found if m.id not in barred]


def _check_deputy(  # noqa: PLR0917 -- who stands in for whom, until when, as it was before
    member: Member,
    old: Absence | None,
    first: date,
    last: date,
    deputy_id: str,
    work: Work,
) -> None:
    me = work.me.id
    if me not in (member.id, "") and me == (old.deputy_id if old else ""):
        # Who stands in does not make it longer themselves, nor somebody else of themselves.
        if old and (deputy_id != me or first < old.from_on or last > old.until_on):
            raise _wrong("until_on", "absence.not_by_deputy")
        return
    is_within = old is not None and old.from_on <= first and last <= old.until_on
    if not deputy_id or (old and deputy_id == old.deputy_id and is_within):
        return
    if deputy_id == member.id:
        raise _wrong("deputy_id", "absence.own_deputy")
    if deputy_id == me:
        raise _wrong("deputy_id", "absence.not_yourself")
    deputy = next((m for m in may_be_deputies(member, work) if m.id == deputy_id), None)
    if deputy is None:
        raise _wrong("deputy_id", "absence.not_a_colleague")
    for one in deputy.absences:
        if one.deputy_id == member.id and one.overlaps(first, last):
            raise _wrong(
                "deputy_id",
                "absence.each_other",
                name=deputy.name,
                first=one.from_on,
                last=one.until_on,
            )


def _days(command: SaveAbsence, old: Absence | None, work: Work) -> tuple[date, date]:
    """The first and the last day as typed. Raises Invalid with what is wrong at each field."""
    errors: list[FieldError] = []
    found: dict[str, date] = {}
    for field in ("from_on", "until_on"):
        typed = getattr(command, field)
        if not typed.strip():
            errors.append(FieldError(field, "form.required", {}))
            continue
        try:
            found[field] = parse_date(typed, today=work.today)
        except NotADate as wrong:
            errors.append(FieldError(field, wrong.key, wrong.facts))
    first, last = found.get("from_on"), found.get("until_on")
    begun = old is not None and old.from_on <= work.today
    if first and begun and old and first != old.from_on:
        errors.append(FieldError("from_on", "absence.begun", {"first": _iso(old.from_on)}))
    elif first and not begun and first < work.today:
        errors.append(FieldError("from_on", "absence.past", {}))
    elif first and first > work.today + AHEAD:
        errors.append(FieldError("from_on", "absence.too_far", {}))
    if first and last and last < first:
        errors.append(FieldError("until_on", "absence.backwards", {}))
    elif last and last < work.today:
        errors.append(FieldError("until_on", "absence.over_already", {}))
    elif first and last and not errors and last >= first + LONGEST:
        latest = first + LONGEST - timedelta(days=1)
        errors.append(FieldError("until_on", "absence.too_long", {"latest": _iso(latest)}))
    if errors or first is None or last is None:
        raise Invalid(errors)
    return first, last


def _wrong(field: str, key: str, /, **facts: object) -> Invalid:
    said = {name: _iso(v) if isinstance(v, date) else v for name, v in facts.items()}
    return Invalid([FieldError(field, key, said)])


def _iso(day: date) -> str:
    return day.isoformat()
