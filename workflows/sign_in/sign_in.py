"""Coming in: a one-time link or a town's single sign-on opens a session that the server keeps.

Tokens exist in the browser, in the outbox (sealed) and in the mail; here are digests alone.
Nobody learns who is registered: whoever asks for a link gets the same answer, and a link is made
for nobody at the same cost, also where nothing of it is kept. What the outbox costs beside is less
than a disk takes to write, and no more than twenty questions about one name are answered in an
hour.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final, Protocol

from workflows.core.active_members import active_member
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import SignIn
from workflows.core.restore_gate import is_administrator, is_shut, lets_in
from workflows.core.work import Work, new_id
from workflows.japanese.characters import one_width
from workflows.model.directory import Member, Role
from workflows.sign_in.passkey_rule import missing_passkey_due_on, must_use_passkey

# [ours] Long enough for a mail to come and be opened.
LINK_LIFE: Final = timedelta(minutes=10)
# Kept for a while after their time, so that a spent link is told from one that never was.
KEPT: Final = timedelta(days=7)
# How exactly it is known when somebody was last at work: not every page writes a row.
SEEN_EVERY: Final = timedelta(minutes=1)
LINK, SESSION = "link", "session"
MAIL, CHAT = "mail", "chat"  # the way by which a notice goes; how a link came to its member
SIGN_IN_LINK: Final = "sign_in_link"  # the notice that brings a link
MOST_AT_ONE_ADDRESS: Final = 20  # members of one mailbox to whom links are sent; ours
# Roles whose links go to no mailbox that several read: these sign in by single sign-on, by a chat
# of their own, or with a link that is handed to them.
NOT_BY_SHARED: Final = frozenset({Role.COORDINATOR, Role.CHAIR, Role.MANAGER, Role.ADMINISTRATOR})
RECENT: Final = timedelta(minutes=30)  # [ours] time to register two passkeys
NO_MEMBER: Final = ""  # who is meant by a name that nobody has
MOST_RECORDED_EACH: Final = 20  # links not made, in an hour, that the trail holds each; ours


class SignInLinkState(StrEnum):
    """What a link is worth in this browser."""

    READY = "ready"
    ELSEWHERE = "elsewhere"  # asked for in another browser: there it is still good
    OVER = "over"  # spent, too old, or never made
    RESTORING = "restoring"  # after a restore nobody but administrators comes in yet
    PASSKEY = "passkey"  # the role of whoever it would let in needs a passkey
    SHARED = "shared"  # whoever single sign-on vouched for has an address that several share


@dataclass(frozen=True)
class SignInResult:
    """How an attempt to come in ended: the token of a session when it is READY, and whose it is.

    `names` are what its member may ask for a link by; `passkey_due_on` is the day from which they
    need a passkey, where they have none yet.
    """

    state: SignInLinkState
    token: str = ""
    name: str = ""
    names: tuple[str, ...] = ()
    passkey_due_on: date | None = None


@dataclass(frozen=True)
class LinkView:
    """What a sign-in link would do in this browser, and whom it would sign in.

    `is_bound`: only the browser that asked for it can use it.
    """

    state: SignInLinkState
    name: str = ""
    agency: str = ""
    is_bound: bool = False


@dataclass(frozen=True)
class RequestSignInLink(Command[None]):
    """Send a link to whoever goes by this e-mail address or staff code; says nothing to anybody.

    `browser` is a secret that the browser keeps: the link works there alone. It goes by the first
    of `chats` where its member is linked, else by mail.
    """

    who: str
    browser: str
    chats: tuple[str, ...] = ()


@handles(RequestSignInLink, Action.SIGN_IN, code="request_sign_in_link")
def request_sign_in_link(command: RequestSignInLink, work: Work) -> None:
    # Of a shared mailbox everybody gets a link of their own, which says whose it is: who reads
    # the mailbox takes theirs, and nobody else learns who there is.
    here = work.active_members()
    shut = is_shut(work.uow)  # asked for nobody in particular: each is to take as long
    all_found = [m for m in _all_found(command.who, here) if not shut or is_administrator(m)]
    found = all_found[:MOST_AT_ONE_ADDRESS]
    receivers: list[Member | None] = [*found]
    for member in receivers or [None]:
        shared = bool(member and shares_address(member, here))
        _send_link(member, command, work, shared=shared, coded=len(found) > 1)


def _send_link(
    found: Member | None, command: RequestSignInLink, work: Work, *, shared: bool, coded: bool
) -> None:
    """Whoever reads a mailbox of several can open each link in it: by it go none of those whose
    roles open more than an agency's own."""
    linked = {a.platform for a in work.uow.accounts.of_member(found.id if found else NO_MEMBER)}
    barred = bool(found and shared and found.roles & NOT_BY_SHARED)
    mail = MAIL if found and found.email and not barred else ""
    way = next((chat for chat in command.chats if chat in linked), mail)
    member = found if way else None
    method = "shared" if shared and way == MAIL else LINK
    count = 0 if member else work.uow.sign_ins.count_link_not_made(f"{work.now:%Y-%m-%dT%H}")
    with nullcontext() if found or _is_recorded(count) else work.uow.undone():
        token = _new_link(member.id if member else NO_MEMBER, command.browser, method, work)
        if member:
            work.tell(
                "sign_in_link",
                [member],
                once=new_id(),
                facts={"token": token, "code": member.id if coded else ""},
                urgent=True,
                via=way,
                instead=mail if way != mail else "",
            )
            work.record("link_made", member=member.id)
        else:
            work.record("link_not_made", member=found.id if found else NO_MEMBER, count=count)


def _is_recorded(count: int) -> bool:
    """Anybody may ask for anybody, as often as they like, and the trail is kept for ever: of names
    that nobody has it holds each one in an hour at first, then one whenever they have doubled."""
    doubled, rest = divmod(count, MOST_RECORDED_EACH)
    return count <= MOST_RECORDED_EACH or (not rest and doubled.bit_count() == 1)


@dataclass(frozen=True)
class IsSignInShut(Query[bool]):
    """Whether nobody but administrators comes in yet, because a restore left something undone."""


@handles(IsSignInShut, Action.SIGN_IN, code="is_sign_in_shut")
def is_sign_in_shut(query: IsSignInShut, work: Work) -> bool:
    return is_shut(work.uow)


@dataclass(frozen=True)
class MakeOwnLink(Command[str]):
    """A link's token for whoever asks, to go on from a chat to the pages.

    Works in any browser: which one opens it nobody knows. It is shown to its member alone.
    """


@handles(MakeOwnLink, Action.USE, code="make_own_link")
def make_own_link(command: MakeOwnLink, work: Work) -> str:
    work.record("link_made", member=work.me.id, method=CHAT)
    return _new_link(work.me.id, None, CHAT, work)


@dataclass(frozen=True)
class IsMyLink(Query[bool]):
    """Whether a link would let in nobody but the one who asks: then they are in already."""

    token: str


@handles(IsMyLink, Action.USE, code="is_my_link")
def is_my_link(query: IsMyLink, work: Work) -> bool:
    link = _known(query.token, work)
    return link is not None and link.kind == LINK and link.member_id == work.me.id


@dataclass(frozen=True)
class PrintLink(Command[str]):
    """A link's token for one member, to be handed over by whoever sits at the server.

    Works in any browser, because nobody knows yet in which. Raises Refused when there is no such
    member today.
    """

    member: str


@handles(PrintLink, Action.PRINT_LINK, code="print_link")
def print_link(command: PrintLink, work: Work) -> str:
    member = active_member(work.uow.directory, command.member, work.today)
    if member is None:
        raise Refused("cli.link.unknown", member=command.member)
    work.record("link_made", member=member.id)
    return _new_link(member.id, None, "console", work)


@dataclass(frozen=True)
class PreviewLink(Query[LinkView]):
    """Whether a link would open a session in this browser, and whose; looking does not spend it."""

    token: str
    browser: str


@handles(PreviewLink, Action.SIGN_IN, code="preview_link")
def preview_link(query: PreviewLink, work: Work) -> LinkView:
    link = _known(query.token, work)
    state = _state(link, query.browser, work)
    if link is None or state is not SignInLinkState.READY:
        return LinkView(state)
    member = active_member(work.uow.directory, link.member_id, work.today)
    if member is None:
        return LinkView(SignInLinkState.OVER)
    if must_use_passkey(member, link.method, work):
        return LinkView(SignInLinkState.PASSKEY)
    agency = work.uow.directory.agency(member.agency_id)
    return LinkView(state, member.name, agency.name if agency else "", link.browser is not None)


@dataclass(frozen=True)
class UseLink(Command[SignInResult]):
    """Open a session of at most `hours` for an unspent link; of two at once one gets it."""

    token: str
    browser: str
    hours: int


@handles(UseLink, Action.SIGN_IN, code="use_link")
def use_link(command: UseLink, work: Work) -> SignInResult:
    link = _known(command.token, work)
    state = _state(link, command.browser, work)
    if link is None:
        return SignInResult(state)  # never made by us: there is nobody to write it down for
    member = active_member(work.uow.directory, link.member_id, work.today)
    if state is SignInLinkState.READY and member and not lets_in(member, work.uow):
        state = SignInLinkState.RESTORING
    if state is SignInLinkState.READY and member and must_use_passkey(member, link.method, work):
        state = SignInLinkState.PASSKEY
    if state is SignInLinkState.READY:
        if member is None or not work.uow.sign_ins.end(link.digest, work.now):
            state = SignInLinkState.OVER
        else:
            return open_session(member, link.method, command.hours, work)
    work.record("link_refused", member=link.member_id, why=_why(link, state))
    return SignInResult(state)


@dataclass(frozen=True)
class SignInByName(Command[SignInResult]):
    """Open a session for whom a town's single sign-on has vouched.

    `who` is compared letter by letter: with e-mail addresses when it `is_address`, else with staff
    codes, and never with both. Where two addresses differ by case or width alone, nobody comes in.
    """

    who: str
    hours: int
    is_address: bool = False


@handles(SignInByName, Action.SIGN_IN, code="sign_in_by_name")
def sign_in_by_name(command: SignInByName, work: Work) -> SignInResult:

    def named(member: Member) -> str:
        return member.email if command.is_address else member.id

    alike = [m for m in work.active_members() if folded(named(m)) == folded(command.who)]
    if len(alike) > 1:
        work.record("sign_in_refused", why="several")
        return SignInResult(SignInLinkState.SHARED)
    if not alike or named(alike[0]) != command.who:
        work.record("sign_in_refused", why="spelling" if alike else "not_a_member")
        return SignInResult(SignInLinkState.OVER)
    (member,) = alike
    if not lets_in(member, work.uow):
        work.record("sign_in_refused", why="restoring")
        return SignInResult(SignInLinkState.RESTORING)
    if must_use_passkey(member, "oidc", work):
        work.record("sign_in_refused", why="passkey")
        return SignInResult(SignInLinkState.PASSKEY)
    return open_session(member, "oidc", command.hours, work)


@dataclass(frozen=True)
class GetSignedInMember(Query[str | None]):
    """Whose session this is, while it lasts.

    It ends after `idle_minutes` without anybody at work; a page that asks `by_timer` is nobody.
    """

    token: str
    idle_minutes: int
    by_timer: bool = False


@handles(GetSignedInMember, Action.SIGN_IN, code="get_session")
def get_signed_in_member(query: GetSignedInMember, work: Work) -> str | None:
    found = _known(query.token, work)
    if found is None or found.kind != SESSION or found.ended_at is not None:
        return None
    over = _over(found, query.idle_minutes, work)
    if over:
        end(found, over, work)
        return None
    if not query.by_timer and work.now - found.seen_at >= SEEN_EVERY:
        work.uow.sign_ins.saw(found.digest, work.now)
    return found.member_id


@dataclass(frozen=True)
class SignOut(Command[None]):
    """End the session with this token, whoever holds it; nothing happens when there is none."""

    token: str


@handles(SignOut, Action.SIGN_IN, code="sign_out")
def sign_out(command: SignOut, work: Work) -> None:
    found = _known(command.token, work)
    if found and found.kind == SESSION and work.uow.sign_ins.end(found.digest, work.now):
        member = work.uow.directory.member(found.member_id)
        replace(work, actor=member).record("signed_out", method=found.method)


# -- shared with sessions.py, drop_reason.py and the door ----------------------------------------


def folded(who: str) -> str:
    """An e-mail address or staff code as it is compared, however it was typed."""
    return one_width(who).strip().casefold()


def end(sign_in: SignIn, why: str, work: Work) -> bool:
    """End it for a reason that stands in the trail; False when somebody ended it before."""
    if not work.uow.sign_ins.end(sign_in.digest, work.now):
        return False
    kind = "session_ended" if sign_in.kind == SESSION else "link_ended"
    work.record(kind, member=sign_in.member_id, method=sign_in.method, why=why)
    return True


def is_link_over(token: str, work: Work) -> bool:
    """Whether a link opens nothing any more, in whichever browser."""
    link = _known(token, work)
    return link is None or link.ended_at is not None or link.expires_at <= work.now


def signed_in_recently(token: str, work: Work) -> bool:
    """Whether the session with this token began a moment ago: who changes how they come in has just
    shown that it is them, and no terminal that was left open does it for them."""
    session = _known(token, work)
    return session is not None and work.now - session.created_at < RECENT


def is_idle(session: SignIn, idle_minutes: int, now: datetime) -> bool:
    return now >= session.seen_at + timedelta(minutes=idle_minutes)


# -- parts ----------------------------------------------------------------------------------------


def _known(token: str, work: Work) -> SignIn | None:
    """The link or session with this token."""
    return work.uow.sign_ins.get(work.uow.sign_ins.token_digest(token))


class _Addressed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def email(self) -> str: ...


def shares_address(member: _Addressed, others: Iterable[_Addressed]) -> bool:
    """Whether another member reads mail sent to this member's address."""
    own = folded(member.email)
    return bool(own) and any(folded(o.email) == own for o in others if o.id != member.id)


def _all_found(who: str, active: list[Member]) -> list[Member]:
    """Those of this staff code, else of this e-mail address: several may share it.

    Everybody is compared, whoever is asked for.
    """
    asked = folded(who)
    found = [m for m in active if asked in (folded(m.email), folded(m.id))]
    coded = [m for m in found if folded(m.id) == asked]
    return (coded or found) if asked else []


def _new_link(member_id: str, browser: str | None, method: str, work: Work) -> str:
    work.uow.sign_ins.forget(work.now - KEPT)
    bound = work.uow.sign_ins.browser_digest(browser) if browser is not None else None
    return add_row(LINK, member_id, method, work.now + LINK_LIFE, work, browser=bound)


def open_session(member: Member, method: str, hours: int, work: Work) -> SignInResult:
    until = work.now + timedelta(hours=hours)
    token = add_row(SESSION, member.id, method, until, work)
    replace(work, actor=member).record("signed_in", method=method)
    names = (member.id, member.email)
    return SignInResult(
        SignInLinkState.READY, token, member.name, names, missing_passkey_due_on(member, work)
    )


def add_row(
    kind: str,
    member_id: str,
    method: str,
    until: datetime,
    work: Work,
    *,
    browser: str | None = None,
) -> str:
    token = token_urlsafe(32)
    work.uow.sign_ins.add(
        SignIn(
            digest=work.uow.sign_ins.token_digest(token),
            kind=kind,
            member_id=member_id,
            browser=browser,
            method=method,
            created_at=work.now,
            seen_at=work.now,
            expires_at=until,
        )
    )
    return token


def _state(link: SignIn | None, browser: str, work: Work) -> SignInLinkState:
    if link is None or link.kind != LINK or link.member_id == NO_MEMBER:
        return SignInLinkState.OVER
    if link.ended_at is not None or link.expires_at <= work.now:
        return SignInLinkState.OVER
    bound = work.uow.sign_ins.browser_digest(browser)
    if link.browser is not None and not compare_digest(link.browser, bound):
        return SignInLinkState.ELSEWHERE
    return SignInLinkState.READY


def _why(link: SignIn, state: SignInLinkState) -> str:
    """Why a link was refused, for the trail; whoever pressed it is not told so exactly."""
    if state is SignInLinkState.ELSEWHERE:
        return "other_browser"
    if state in (SignInLinkState.RESTORING, SignInLinkState.PASSKEY):
        return str(state)
    return "spent" if link.ended_at is not None else "old"


def _over(session: SignIn, idle_minutes: int, work: Work) -> str:
    """Why a session is over, or nothing."""
    if session.expires_at <= work.now:
        return "time"
    if is_idle(session, idle_minutes, work.now):
        return "idle"
    here = active_member(work.uow.directory, session.member_id, work.today)
    return "" if here else "left"
