"""Where somebody is signed in: seen and ended by themselves, ended when they change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workflows.core.mark_stale import mark_home_stale, mark_rooms_stale
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import SignIn
from workflows.core.work import Work
from workflows.model.directory import Agency, Member
from workflows.sign_in.passkeys import remove_passkeys
from workflows.sign_in.sign_in import SESSION, end, is_idle

KEY = 16  # hex digits of a digest by which its own member names a session


@dataclass(frozen=True)
class SessionView:
    """One session of one's own; `method` is link, console, oidc or chat."""

    key: str
    method: str
    since: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True)
class GetMySessions(Query[tuple[SessionView, ...]]):
    """Where I am signed in, this browser first; `token` is this browser's."""

    token: str
    idle_minutes: int


@handles(GetMySessions, Action.USE, code="get_my_sessions")
def get_my_sessions(query: GetMySessions, work: Work) -> tuple[SessionView, ...]:
    this = work.uow.sign_ins.token_digest(query.token)
    found = [
        SessionView(s.digest[:KEY], s.method, s.created_at, s.seen_at, s.digest == this)
        for s in _mine(work)
        if not is_idle(s, query.idle_minutes, work.now)
    ]
    return tuple(sorted(found, key=lambda s: (not s.is_this, s.since)))


@dataclass(frozen=True)
class EndMySessions(Command[int]):
    """End one session of mine by its key, or, without a key, all but this browser's.

    Answers with how many were ended: none when they were over already.
    """

    token: str
    key: str = ""


@handles(EndMySessions, Action.USE, code="end_my_sessions")
def end_my_sessions(command: EndMySessions, work: Work) -> int:
    this = work.uow.sign_ins.token_digest(command.token)
    chosen = [
        s
        for s in _mine(work)
        if (s.digest[:KEY] == command.key if command.key else s.digest != this)
    ]
    return sum(end(s, "by_member", work) for s in chosen)


def _mine(work: Work) -> list[SignIn]:
    return [s for s in work.uow.sign_ins.open_of(work.me.id, work.now) if s.kind == SESSION]


# -- hooks of the directory -----------------------------------------------------------------------


def end_of_changed_members(before: Iterable[Member], after: Iterable[Member], work: Work) -> None:
    """Whoever left, moved, got another role or another address signs in anew, and finds on their
    start page in a chat what is theirs now; the meetings' rooms are without who left.

    What was sent to an old address opens nothing any more. Call it with the lists of before.
    """
    known = {m.id: m for m in before}
    for member in after:
        was = known.get(member.id)
        if was and _standing(was, work) != _standing(member, work):
            _end_all(member.id, work)
            if not member.is_active(work.today):
                remove_passkeys(member.id, "left", work)
            mark_home_stale(member, work)
    mark_rooms_stale(work)


def _standing(member: Member, work: Work) -> tuple[object, ...]:
    return (member.agency_id, member.roles, member.email, member.is_active(work.today))


def end_of_changed_agencies(before: Iterable[Agency], after: Iterable[Agency], work: Work) -> None:
    """When an agency takes part no longer, nobody of it stays signed in."""
    known = {a.id: a.is_active(work.today) for a in before}
    ended = {a.id for a in after if known.get(a.id) and not a.is_active(work.today)}
    if ended:
        for member in work.uow.directory.members():
            if member.agency_id in ended:
                _end_all(member.id, work)
                remove_passkeys(member.id, "left", work)
        mark_rooms_stale(work)


def _end_all(member_id: str, work: Work) -> None:
    for sign_in in work.uow.sign_ins.open_of(member_id, work.now):
        end(sign_in, "changed", work)
