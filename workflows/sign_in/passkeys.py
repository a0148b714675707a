"""Passkeys (WebAuthn): registered and removed by their member, and signed in with.

The door checks what an authenticator answers (signature, origin, that its user was verified); here
stands what it was asked for. A challenge is for one browser or one session, for five minutes, and
for one answer, which is a row of its own. https://www.w3.org/TR/webauthn-3/
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from workflows.core.active_members import active_member
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Passkey, SignIn
from workflows.core.restore_gate import lets_in
from workflows.core.work import Work, new_id
from workflows.model.directory import Member
from workflows.sign_in.passkey_rule import PASSKEY, must_use_passkey, passkey_required_on
from workflows.sign_in.sign_in import (
    NO_MEMBER,
    SignInLinkState,
    SignInResult,
    end,
    open_session,
    signed_in_recently,
)

CHALLENGE: Final = "challenge"  # a kind of row beside links and sessions: one that was answered
REGISTER: Final = "register"  # what a challenge is for: this, or PASSKEY (to come in)
CHALLENGE_LIFE: Final = timedelta(minutes=5)
MOST_PASSKEYS: Final = 10  # of one member; ours
LONGEST_NAME: Final = 40
LONGEST_ID: Final = 1_400  # of a credential, in base64: 1,023 bytes are the most there are


@dataclass(frozen=True)
class PasskeyLine:
    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class MyPasskeys:
    """`required_on` is the day from which one's role needs a passkey; `is_required_now`: it came.

    `may_change`: one came in lately enough to register and remove.
    """

    lines: tuple[PasskeyLine, ...]
    required_on: date | None
    is_required_now: bool
    may_change: bool
    most: int = MOST_PASSKEYS


@dataclass(frozen=True)
class GetMyPasskeys(Query[MyPasskeys]):
    """The passkeys of whoever asks, the oldest first; `token` is their session's."""

    token: str


@handles(GetMyPasskeys, Action.USE, code="get_my_passkeys")
def get_my_passkeys(query: GetMyPasskeys, work: Work) -> MyPasskeys:
    required_on = passkey_required_on(work.me, work.uow.directory.town())
    mine = work.uow.passkeys.of_member(work.me.id)
    lines = tuple(PasskeyLine(p.id, p.name, p.created_at, p.used_at) for p in mine)
    is_due = required_on is not None and required_on <= work.today
    return MyPasskeys(lines, required_on, is_due, signed_in_recently(query.token, work))


@dataclass(frozen=True)
class PasskeyRegistration:
    """What an authenticator is asked to make: for whom, and which credentials are there already.

    `user` tells members apart and says nothing about them.
    """

    challenge: str
    user: str
    name: str
    credential_ids: tuple[str, ...]


@dataclass(frozen=True)
class BeginPasskeyRegistration(Command[PasskeyRegistration]):
    """Ask for one in the session with this token; the answer counts there alone."""

    token: str


@handles(BeginPasskeyRegistration, Action.USE, code="begin_passkey_registration")
def begin_passkey_registration(
    command: BeginPasskeyRegistration, work: Work
) -> PasskeyRegistration:
    _require_recent_sign_in(command.token, work)
    found = work.uow.passkeys.of_member(work.me.id)
    if len(found) >= MOST_PASSKEYS:
        raise Refused("passkey.too_many", most=MOST_PASSKEYS)
    challenge = _challenge(REGISTER, command.token, work)
    user = work.uow.sign_ins.browser_digest(f"passkeys of {work.me.id}")
    return PasskeyRegistration(challenge, user, work.me.name, tuple(p.credential_id for p in found))


@dataclass(frozen=True)
class AddPasskey(Command[None]):
    """Keep a passkey that the door has checked; `challenge` is what its authenticator signed.

    Without a name it is called by its number. Raises Invalid, Refused.
    """

    token: str
    challenge: str
    credential: str
    public_key: str
    sign_count: int
    name: str


@handles(AddPasskey, Action.USE, code="add_passkey")
def add_passkey(command: AddPasskey, work: Work) -> None:
    mine = work.uow.passkeys.of_member(work.me.id)
    name, wrong = read_text("name", command.name, LONGEST_NAME)
    if wrong:
        raise Invalid(wrong)
    if not _spend(REGISTER, command.challenge, command.token, work.me, work):
        raise Refused("passkey.too_late")
    if len(mine) >= MOST_PASSKEYS:
        raise Refused("passkey.too_many", most=MOST_PASSKEYS)
    known = work.uow.passkeys.of_credential(command.credential)
    if known or not 0 < len(command.credential) <= LONGEST_ID:
        raise Refused("passkey.known")
    passkey = Passkey(
        id=new_id(),
        member_id=work.me.id,
        credential_id=command.credential,
        public_key=command.public_key,
        sign_count=command.sign_count,
        name=name or f"パスキー{len(mine) + 1}",
        created_at=work.now,
    )
    work.uow.passkeys.save(passkey)
    work.record("passkey_added", member=work.me.id, passkey=passkey.id)
    _tell(work.me, "added", work)


@dataclass(frozen=True)
class RemovePasskey(Command[None]):
    """Remove one of one's own. Raises NotFound; Refused for the last one where one is needed."""

    token: str
    passkey: str


@handles(RemovePasskey, Action.USE, code="remove_passkey")
def remove_passkey(command: RemovePasskey, work: Work) -> None:
    _require_recent_sign_in(command.token, work)
    mine = work.uow.passkeys.of_member(work.me.id)
    if command.passkey not in {p.id for p in mine}:
        raise NotFound("passkey.gone")
    if len(mine) == 1 and must_use_passkey(work.me, "", work):
        raise Refused("passkey.last")
    work.uow.passkeys.remove(command.passkey)
    work.record("passkey_removed", member=work.me.id, passkey=command.passkey, why="by_member")
    _tell(work.me, "removed", work)


@dataclass(frozen=True)
class RevokePasskeys(Command[int]):
    """An administrator ends all passkeys of a member who lost one, and every session of theirs.

    It lets nobody in: they come back by a link, or where a passkey is needed by one that is made at
    the console. Answers with how many there were. Raises NotFound.
    """

    member_id: str


@handles(RevokePasskeys, Action.EDIT_DIRECTORY, code="revoke_passkeys")
def revoke_passkeys(command: RevokePasskeys, work: Work) -> int:
    member = work.uow.directory.member(command.member_id)
    if member is None:
        raise NotFound("passkey.no_member")
    count = remove_passkeys(member.id, "by_administrator", work)
    if count:
        for session in work.uow.sign_ins.open_of(member.id, work.now):
            end(session, "changed", work)
        _tell(member, "revoked", work)
    return count


# -- coming in ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BeginPasskeySignIn(Command[str]):
    """A challenge for whoever wants to come in by a passkey in this browser; anybody may ask."""

    browser: str


@handles(BeginPasskeySignIn, Action.SIGN_IN, code="begin_passkey_sign_in")
def begin_passkey_sign_in(command: BeginPasskeySignIn, work: Work) -> str:
    return _challenge(PASSKEY, command.browser, work)


@dataclass(frozen=True)
class CredentialKey:
    """What an answer of this passkey is checked with."""

    public_key: str
    sign_count: int


@dataclass(frozen=True)
class GetCredentialKey(Query[CredentialKey | None]):
    """The key of a credential, or None: whether it is known is told to nobody outside."""

    credential: str


@handles(GetCredentialKey, Action.SIGN_IN, code="get_credential_key")
def get_credential_key(query: GetCredentialKey, work: Work) -> CredentialKey | None:
    found = work.uow.passkeys.of_credential(query.credential)
    return CredentialKey(found.public_key, found.sign_count) if found else None


@dataclass(frozen=True)
class SignInByPasskey(Command[SignInResult]):
    """Open a session for a passkey whose answer to `challenge` the door has checked."""

    challenge: str
    browser: str
    credential: str
    sign_count: int
    hours: int


@handles(SignInByPasskey, Action.SIGN_IN, code="sign_in_by_passkey")
def sign_in_by_passkey(command: SignInByPasskey, work: Work) -> SignInResult:
    passkey = work.uow.passkeys.of_credential(command.credential)
    owner = passkey.member_id if passkey else NO_MEMBER
    member = active_member(work.uow.directory, owner, work.today)
    if passkey is None or member is None:
        return SignInResult(SignInLinkState.OVER)  # nobody's: there is nobody to write it down for
    if not _spend(PASSKEY, command.challenge, command.browser, member, work):
        return _refused("late", member.id, work)
    if not lets_in(member, work.uow):
        return replace(_refused("restoring", member.id, work), state=SignInLinkState.RESTORING)
    work.uow.passkeys.save(replace(passkey, sign_count=command.sign_count, used_at=work.now))
    return open_session(member, PASSKEY, command.hours, work)


@dataclass(frozen=True)
class RecordRefusedPasskey(Command[None]):
    """Write down an answer that the door refused, if it was given for somebody's passkey: `why` is
    answer or counter."""

    credential: str
    why: str


@handles(RecordRefusedPasskey, Action.SIGN_IN, code="record_refused_passkey")
def record_refused_passkey(command: RecordRefusedPasskey, work: Work) -> None:
    found = work.uow.passkeys.of_credential(command.credential)
    if found:
        _refused(command.why if command.why == "counter" else "answer", found.member_id, work)


# -- shared with sessions.py and the clock --------------------------------------------------------


def remove_passkeys(member_id: str, why: str, work: Work) -> int:
    """Remove every passkey of a member; `why` stands in the trail."""
    found = work.uow.passkeys.of_member(member_id)
    for passkey in found:
        work.uow.passkeys.remove(passkey.id)
        work.record("passkey_removed", member=member_id, passkey=passkey.id, why=why)
    return len(found)


def remove_passkeys_of_former_members(work: Work) -> int:
    """Remove the passkeys of everybody who is not here today."""
    owners = {p.member_id for p in work.uow.passkeys.all()}
    here = {m.id for m in work.active_members()}
    return sum(remove_passkeys(member_id, "left", work) for member_id in sorted(owners - here))


# -- parts ----------------------------------------------------------------------------------------


def _require_recent_sign_in(token: str, work: Work) -> None:
    if not signed_in_recently(token, work):
        raise Refused("passkey.sign_in_anew")


def _challenge(purpose: str, bound_to: str, work: Work) -> str:
    """Says by itself what it is for, for whom and until when, so that whoever asks leaves nothing
    behind: anybody may, as often as they like."""
    until = int((work.now + CHALLENGE_LIFE).timestamp())
    said = f"{token_urlsafe(32)}.{until}"
    return f"{said}.{_seal(said, purpose, bound_to, work)}"


def _seal(said: str, purpose: str, bound_to: str, work: Work) -> str:
    return work.uow.sign_ins.challenge_digest(json.dumps([said, purpose, bound_to]))


def _spend(purpose: str, challenge: str, bound_to: str, member: Member, work: Work) -> bool:
    """Whether this was asked, here, a moment ago, and was not answered yet; now it is."""
    said, _, seal = challenge.rpartition(".")
    if not compare_digest(seal.encode(), _seal(said, purpose, bound_to, work).encode()):
        return False
    until = datetime.fromtimestamp(int(said.rpartition(".")[2]), work.now.tzinfo)
    if until <= work.now:
        return False
    answered = SignIn(
        digest=work.uow.sign_ins.token_digest(challenge),
        kind=CHALLENGE,
        member_id=member.id,
        browser=None,
        method=purpose,
        created_at=work.now,
        seen_at=work.now,
        expires_at=until,
        ended_at=work.now,
    )
    return work.uow.sign_ins.add_once(answered)


def _refused(why: str, member_id: str, work: Work) -> SignInResult:
    work.record("passkey_refused", member=member_id, why=why)
    return SignInResult(SignInLinkState.OVER)


def _tell(member: Member, change: str, work: Work) -> None:
    """Whoever did not do this themselves hears of it, by mail too."""
    work.tell("passkey_changed", [member], once=new_id(), facts={"change": change}, urgent=True)
