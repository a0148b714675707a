"""名簿: agencies in the order of the fifty sounds, with the people who answer for them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.characters import modern_kanji, one_width, to_katakana
from workflows.japanese.kana import fifty_sounds
from workflows.model.directory import Agency, Member

LONGEST_SEARCH: Final = 40  # characters, as the field takes them
# The first sounds of the rows of the fifty sounds, as an index names them.
ROWS = ("ア", "カ", "サ", "タ", "ナ", "ハ", "マ", "ヤ", "ラ", "ワ")


@dataclass(frozen=True)
class MemberLine:
    """A member as colleagues may see them; the e-mail address only for who keeps the list."""

    id: str
    name: str
    kana: str
    agency_id: str
    agency_name: str
    roles: tuple[str, ...]
    is_contact: bool
    districts: tuple[str, ...]
    email: str
    active_from: date | None
    active_until: date | None
    is_active: bool
    is_unconfirmed: bool  # they wait for a second person before they may act
    has_waiting_request: bool  # something for them does


@dataclass(frozen=True)
class AgencyLine:
    """An agency and its people of today, windows first; `row` is its row of the fifty sounds."""

    id: str
    name: str
    kana: str
    row: str
    kind: str
    fields: tuple[str, ...]
    districts: tuple[str, ...]
    phone: str
    fax: str
    email: str
    address: str
    active_from: date | None
    active_until: date | None
    is_active: bool
    has_contact: bool
    members: tuple[MemberLine, ...]


@dataclass(frozen=True)
class DirectoryView:
    agencies: tuple[AgencyLine, ...]
    total: int
    ended: int
    districts: tuple[tuple[str, str], ...]
    may_edit: bool
    waiting_request_count: int | None  # for a second person; None for who may not see them


@dataclass(frozen=True)
class GetDirectory(Query[DirectoryView]):
    """`text` is looked for in agencies' names and kana alone; empty filters let all pass."""

    text: str = ""
    kind: str = ""
    field: str = ""
    district_id: str = ""
    ended: bool = False


@handles(GetDirectory, Action.SEE_DIRECTORY, code="get_directory")
def get_directory(query: GetDirectory, work: Work) -> DirectoryView:
    everything = work.uow.directory.agencies()
    active = [a for a in everything if a.is_active(work.today)]
    found = [
        a
        for a in (everything if query.ended else active)
        if _matches(a, query) and _finds(a, query)
    ]
    found.sort(key=lambda a: (fifty_sounds(a.kana), a.id))
    return DirectoryView(
        agencies=tuple(agency_line(a, work) for a in found),
        total=len(active),
        ended=len(everything) - len(active),
        districts=tuple((d.id, d.name) for d in work.uow.directory.town().districts),
        may_edit=work.may(Action.EDIT_DIRECTORY, None).allowed,
        waiting_request_count=_waiting_request_count(work),
    )


def _waiting_request_count(work: Work) -> int | None:
    if not work.may(Action.SEE_PERMISSION_REQUESTS, None).allowed:
        return None
    every = (g for m in work.uow.directory.members() for g in m.waiting_permission_requests)
    return sum(g.last_day >= work.today for g in every)


@dataclass(frozen=True)
class GetCoreAgency(Query[str]):
    """The id of the town's 中核機関; "" while it has named none."""


@handles(GetCoreAgency, Action.SEE_DIRECTORY, code="get_core_agency")
def get_core_agency(query: GetCoreAgency, work: Work) -> str:
    return work.uow.directory.town().core_agency_id


@dataclass(frozen=True)
class GetTownName(Query[str]):
    """Empty as long as nobody has set up a town."""


@handles(GetTownName, Action.SEE_DIRECTORY, code="get_town_name")
def get_town_name(query: GetTownName, work: Work) -> str:
    return work.uow.directory.town().name


@dataclass(frozen=True)
class GetAgency(Query[AgencyLine]):
    agency_id: str


@handles(GetAgency, Action.SEE_DIRECTORY, code="get_agency")
def get_agency(query: GetAgency, work: Work) -> AgencyLine:
    return agency_line(work.agency(query.agency_id), work)


@dataclass(frozen=True)
class GetMember(Query[MemberLine]):
    """Somebody who has left is found by the administrators alone."""

    member_id: str


@handles(GetMember, Action.SEE_DIRECTORY, code="get_member")
def get_member(query: GetMember, work: Work) -> MemberLine:
    member = work.uow.directory.member(query.member_id)
    editor = work.may(Action.EDIT_DIRECTORY, None).allowed
    if member is None or not (editor or member.is_active(work.today)):
        raise NotFound("not_found.member")
    return member_line(member, work)


def agency_line(agency: Agency, work: Work) -> AgencyLine:
    editor = work.may(Action.EDIT_DIRECTORY, None).allowed
    own = [m for m in work.uow.directory.members() if m.agency_id == agency.id]
    people = [m for m in own if editor or m.is_active(work.today)]
    people.sort(key=lambda m: (not m.is_active(work.today), not m.is_contact, fifty_sounds(m.kana)))
    return AgencyLine(
        id=agency.id,
        name=agency.name,
        kana=agency.kana,
        row=sound_row(agency.kana),
        kind=str(agency.kind),
        fields=agency.fields,
        districts=tuple(work.district_name(d) for d in agency.district_ids),
        phone=agency.phone,
        fax=agency.fax,
        email=agency.email,
        address=agency.address,
        active_from=agency.active_from,
        active_until=agency.active_until,
        is_active=agency.is_active(work.today),
        has_contact=any(m.is_contact and m.is_active(work.today) for m in own),
        members=tuple(member_line(m, work) for m in people),
    )


def member_line(member: Member, work: Work) -> MemberLine:
    editor = work.may(Action.EDIT_DIRECTORY, None).allowed
    return MemberLine(
        id=member.id,
        name=member.name,
        kana=member.kana,
        agency_id=member.agency_id,
        agency_name=work.agency_name(member.agency_id),
        roles=tuple(sorted(str(r) for r in member.roles)),
        is_contact=member.is_contact,
        districts=tuple(work.district_name(d) for d in member.district_ids),
        email=member.email if editor else "",
        active_from=member.active_from,
        active_until=member.active_until,
        is_active=member.is_active(work.today),
        is_unconfirmed=member.is_unconfirmed,
        has_waiting_request=bool(member.waiting_permission_requests),
    )


def sound_row(kana: str) -> str:
    """The row of the fifty sounds a reading stands in: カ for ガッコウ."""
    first = fifty_sounds(kana)[0][:1]
    return next((row for row in reversed(ROWS) if row <= first), ROWS[0])


def _matches(agency: Agency, query: GetDirectory) -> bool:
    return (
        (not query.kind or agency.kind == query.kind)
        and (not query.field or query.field in agency.fields)
        and (not query.district_id or agency.covers(query.district_id))
    )


def _finds(agency: Agency, query: GetDirectory) -> bool:
    if len(query.text) > LONGEST_SEARCH:
        return False  # no name is so long; and nothing looks at it any further
    wanted = _plain(query.text)
    return not wanted or wanted in _plain(agency.name) or wanted in _plain(agency.kana)


def _plain(text: str) -> str:
    return "".join(modern_kanji(to_katakana(one_width(text))).casefold().split())
