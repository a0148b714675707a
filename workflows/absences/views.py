"""What pages show of absences: a member's own, a colleague's, and who of one's agency is away."""

from dataclasses import dataclass
from datetime import date

from workflows.absences.enter import may_be_deputies, member_to_enter_for, stamp_of
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.directory import Member, Role


@dataclass(frozen=True)
class AbsenceLine:
    """One absence; `deputy` is a name. `stamp` tells later whether it is still this.
    `contact_stands_in`: where the deputy does not, a contact of the agency does."""

    id: str
    from_on: date
    until_on: date
    deputy_id: str
    deputy: str
    has_begun: bool
    deputy_is_away: bool
    contact_stands_in: bool
    stamp: str


@dataclass(frozen=True)
class StandsIn:
    """For whom a member stands in, by name, and when."""

    name: str
    from_on: date
    until_on: date


@dataclass(frozen=True)
class AbsencesView:
    """`deputies` may be chosen: (id, name), of the same agency. `contact_stands_in`: where none
    is, a contact of the agency does, if the one who looks enters it."""

    member_id: str
    name: str
    agency: str
    mine: bool
    lines: tuple[AbsenceLine, ...]
    deputies: tuple[tuple[str, str], ...]
    stands_in: tuple[StandsIn, ...]
    contact_stands_in: bool


@dataclass(frozen=True)
class GetAbsences(Query[AbsencesView]):
    """What is entered for one member, today and ahead. Raises NotFound, NotAllowed."""

    member_id: str


@handles(GetAbsences, Action.USE, code="get_absences")
def get_absences(query: GetAbsences, work: Work) -> AbsencesView:
    member = member_to_enter_for(query.member_id, work)
    return AbsencesView(
        member_id=member.id,
        name=member.name,
        agency=work.agency_name(member.agency_id),
        mine=member.id == work.me.id,
        lines=_lines(member, work),
        deputies=tuple((m.id, m.name) for m in may_be_deputies(member, work)),
        stands_in=tuple(
            StandsIn(m.name, one.from_on, one.until_on)
            for m in work.active_members()
            for one in m.absences
            if one.deputy_id == member.id and one.until_on >= work.today
        ),
        contact_stands_in=_has_contact_beside(member, {work.me.id}, work),
    )


@dataclass(frozen=True)
class Colleague:
    """Somebody of the asker's agency, with what is entered for them."""

    member_id: str
    name: str
    lines: tuple[AbsenceLine, ...]


@dataclass(frozen=True)
class ColleaguesView:
    """Those who are away now or will be; `others` are the rest, for whoever `may_enter`."""

    away: tuple[Colleague, ...]
    others: tuple[Colleague, ...]
    may_enter: bool


@dataclass(frozen=True)
class GetColleagues(Query[ColleaguesView]):
    """Who of one's own agency is away, and when."""


@handles(GetColleagues, Action.USE, code="get_colleagues")
def get_colleagues(query: GetColleagues, work: Work) -> ColleaguesView:
    ours = [m for m in work.active_members() if m.agency_id == work.me.agency_id]
    seen = [Colleague(m.id, m.name, _lines(m, work)) for m in ours if m.id != work.me.id]
    return ColleaguesView(
        away=tuple(c for c in seen if c.lines),
        others=tuple(c for c in seen if not c.lines),
        may_enter=work.me.is_contact or Role.ADMINISTRATOR in work.me.roles,
    )


def _lines(member: Member, work: Work) -> tuple[AbsenceLine, ...]:
    return tuple(
        AbsenceLine(
            one.id,
            one.from_on,
            one.until_on,
            one.deputy_id,
            work.member_name(one.deputy_id) if one.deputy_id else "",
            has_begun=one.from_on <= work.today,
            deputy_is_away=_is_away_then(one.deputy_id, one.from_on, one.until_on, work),
            contact_stands_in=_has_contact_beside(member, {one.entered_by, one.deputy_id}, work),
            stamp=stamp_of(one),
        )
        for one in member.absences
        if one.until_on >= work.today
    )


def _has_contact_beside(member: Member, others: set[str], work: Work) -> bool:
    """Whether their agency has a contact beside them and these: as in successors.py,
    whoever entered an absence stands in for nobody."""
    return any(
        m.is_contact and m.agency_id == member.agency_id and m.id not in {member.id, *others}
        for m in work.active_members()
    )


def _is_away_then(member_id: str, first: date, last: date, work: Work) -> bool:
    member = work.uow.directory.member(member_id) if member_id else None
    return member is not None and any(one.overlaps(first, last) for one in member.absences)
