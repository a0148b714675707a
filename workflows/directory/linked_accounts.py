"""Who is linked with which account and who is not: for the administrators, and for oneself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.chat.accounts import ASKED, LINKED, REFUSED, linked_account
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Account
from workflows.core.work import Work
from workflows.directory.look import LONGEST_SEARCH
from workflows.japanese.characters import modern_kanji, one_width, to_katakana
from workflows.japanese.kana import fifty_sounds
from workflows.japanese.romaji import canonical, romaji, words
from workflows.model.directory import Agency, Member
from workflows.sign_in.sign_in import folded


@dataclass(frozen=True)
class MemberAccount:
    """A member of today, and their account; `external_id` is "" when they have none."""

    member_id: str
    name: str
    kana: str
    agency: str
    external_id: str = ""
    called: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class UnlinkedPerson:
    """Somebody of the platform who is no member there (any more): who asks, was turned down, or
    whose member has left. `near` are the members they may be, the likeliest first; `was` whose
    account it was."""

    external_id: str
    called: str
    since: datetime
    near: tuple[tuple[str, str], ...] = ()
    was: str = ""


@dataclass(frozen=True)
class AccountsView:
    """`lines` are those of `total` members who fit what was asked for; `without` of all have no
    account. `members` are all of today, (id, name, agency), for a select."""

    asking: tuple[UnlinkedPerson, ...]
    refused: tuple[UnlinkedPerson, ...]
    left: tuple[UnlinkedPerson, ...]
    lines: tuple[MemberAccount, ...]
    total: int
    without: int
    members: tuple[tuple[str, str, str], ...]
    agencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GetAccounts(Query[AccountsView]):
    """`text` is looked for in names and kana; `state` is "", with or without (an account)."""

    platform: str
    text: str = ""
    agency_id: str = ""
    state: str = ""


@handles(GetAccounts, Action.EDIT_DIRECTORY, code="get_accounts")
def get_accounts(query: GetAccounts, work: Work) -> AccountsView:
    accounts = work.uow.accounts.all(query.platform)
    agencies = {a.id: a for a in work.active_agencies()}
    members = sorted(
        work.active_members(),
        key=lambda m: (fifty_sounds(agencies[m.agency_id].kana), fifty_sounds(m.kana)),
    )
    linked = {a.member_id: a for a in accounts if a.state == LINKED}
    without = [m for m in members if m.id not in linked]
    here = {m.id for m in members}
    left = [a for a in linked.values() if a.member_id not in here]
    return AccountsView(
        asking=tuple(_stranger(a, without, work) for a in accounts if a.state == ASKED),
        refused=tuple(_stranger(a, (), work) for a in accounts if a.state == REFUSED),
        left=tuple(_stranger(a, (), work) for a in left),
        lines=tuple(
            _line(m, agencies[m.agency_id], linked.get(m.id))
            for m in members
            if _fits(m, linked, query)
        ),
        total=len(members),
        without=len(without),
        members=tuple((m.id, m.name, agencies[m.agency_id].name) for m in members),
        agencies=tuple((a.id, a.name) for a in agencies.values()),
    )


def _fits(member: Member, linked: Mapping[str | None, Account], query: GetAccounts) -> bool:
    if query.agency_id and member.agency_id != query.agency_id:
        return False
    if query.state and (member.id in linked) != (query.state == "with"):
        return False
    if len(query.text) > LONGEST_SEARCH:
        return False
    text = _plain(query.text)
    return text in _plain(member.name) or text in _plain(member.kana)


def _plain(name: str) -> str:
    """A name as it is looked for: without spaces, in one width, kana and kanji of one form."""
    return "".join(modern_kanji(to_katakana(one_width(name))).casefold().split())


def _line(member: Member, agency: Agency, account: Account | None) -> MemberAccount:
    line = MemberAccount(member.id, member.name, member.kana, agency.name)
    if account is None:
        return line
    return MemberAccount(
        *(line.member_id, line.name, line.kana, line.agency),
        external_id=account.external_id,
        called=account.name,
        since=account.at,
    )


def _stranger(account: Account, candidates: Iterable[Member], work: Work) -> UnlinkedPerson:
    near = sorted(
        ((rank, fifty_sounds(m.kana), m) for m in candidates if (rank := _rank(account, m))),
        key=lambda found: found[:2],
    )
    return UnlinkedPerson(
        external_id=account.external_id,
        called=account.name,
        since=account.at,
        near=tuple((m.id, f"{m.name}（{work.agency_name(m.agency_id)}）") for _, _, m in near),
        was=work.member_name(account.member_id) if account.member_id else "",
    )


def _rank(account: Account, member: Member) -> int:
    """How near the account's name is to a member's: 1 the same e-mail address, 2 or whose it was,
    3 the same family name, in kanji, kana or Latin letters; 0 not at all."""
    if account.email and folded(account.email) == folded(member.email):
        return 1
    if account.member_id == member.id:
        return 2
    family, reading = (n.split()[0] if n.split() else "" for n in (member.name, member.kana))
    called = _plain(account.name)
    if any(part and part in called for part in (_plain(family), _plain(reading))):
        return 3
    spoken = {canonical(word) for word, _, _ in words(one_width(account.name).casefold())}
    return 3 if romaji(reading) in spoken else 0


@dataclass(frozen=True)
class AccountCounts:
    """Members of today with and without an account, and how many wait to be linked."""

    linked: int
    without: int
    asking: int


@dataclass(frozen=True)
class CountAccounts(Query[AccountCounts]):
    platform: str


@handles(CountAccounts, Action.EDIT_DIRECTORY, code="count_accounts")
def count_accounts(query: CountAccounts, work: Work) -> AccountCounts:
    accounts = work.uow.accounts.all(query.platform)
    linked = {a.member_id for a in accounts if a.state == LINKED}
    here = {m.id for m in work.active_members()}
    return AccountCounts(
        linked=len(here & linked),
        without=len(here - linked),
        asking=sum(a.state == ASKED for a in accounts),
    )


@dataclass(frozen=True)
class MyAccount:
    external_id: str
    called: str
    since: datetime


@dataclass(frozen=True)
class GetMyAccount(Query[MyAccount | None]):
    """The account by which I am known on a platform, if there is one."""

    platform: str


@handles(GetMyAccount, Action.USE, code="get_my_account")
def get_my_account(query: GetMyAccount, work: Work) -> MyAccount | None:
    found = linked_account(query.platform, work.me.id, work)
    return MyAccount(found.external_id, found.name, found.at) if found else None
