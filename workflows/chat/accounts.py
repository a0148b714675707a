"""Members and who they are on the chat platforms: linked by e-mail or by hand, unlinked, gone.

A platform vouches for who somebody is there; who of us that is, is said by an e-mail address that
one member alone has, or by an administrator. An account that once was somebody's is never made
another's by itself: who comes after somebody does not inherit it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from workflows.core.active_members import active_member
from workflows.core.mark_stale import mark_rooms_stale
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import GONE as TAKEN_AWAY
from workflows.core.ports import Account
from workflows.core.work import Work
from workflows.japanese.characters import without_marks
from workflows.japanese.my_number import contains_my_number
from workflows.model.directory import Member
from workflows.sign_in.sign_in import folded

LINKED: Final = "linked"
ASKED: Final = "asked"
REFUSED: Final = "refused"
GONE: Final = "gone"
APART: Final = "apart"
LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class GetMemberOfAccount(Query[str | None]):
    """The member linked to this account, if linked and active today; else None."""

    platform: str
    external_id: str


@handles(GetMemberOfAccount, Action.SIGN_IN, code="get_member_of_account")
def get_member_of_account(query: GetMemberOfAccount, work: Work) -> str | None:
    account = work.uow.accounts.get(query.platform, query.external_id)
    if account is None or account.state != LINKED or account.member_id is None:
        return None
    here = active_member(work.uow.directory, account.member_id, work.today)
    return here.id if here else None


# -- whom the platform tells us of ----------------------------------------------------------------


@dataclass(frozen=True)
class PlatformPerson:
    """Somebody as the platform describes them: the name they go by, and the e-mail address that it
    has confirmed, or "". Not `may_work`: deactivated, a guest, a robot, or of another house."""

    external_id: str
    name: str
    email: str
    may_work: bool = True


@dataclass(frozen=True)
class MatchAccounts(Command[Mapping[str, str]]):
    """Link whoever of these is one member by their e-mail address; who may not work is gone.

    Answers with the members of those who are linked by now, by their ids on the platform. What
    was known is left as it is: a second time nothing is changed.
    """

    platform: str
    people: tuple[PlatformPerson, ...]


@handles(MatchAccounts, Action.SIGN_IN, code="match_accounts")
def match_accounts(command: MatchAccounts, work: Work) -> Mapping[str, str]:
    work.uow.accounts.one_at_a_time()
    known = {a.external_id: a for a in work.uow.accounts.all(command.platform)}
    taken = {a.member_id for a in known.values() if a.state == LINKED}
    by_email = _members_by_email(work)
    found: dict[str, str] = {}
    for person in command.people:
        account = known.get(person.external_id)
        if not person.may_work:
            if account and account.state == LINKED:
                mark_gone(account, work)
                taken.discard(account.member_id)
            continue
        if account and account.state == GONE:
            account = _taken_back(account, taken, work)
        elif account is None or (account.member_id is None and account.state != LINKED):
            member = by_email.get(folded(person.email)) if person.email else None
            if member and member.id not in taken:
                account = Account(
                    command.platform,
                    person.external_id,
                    member.id,
                    LINKED,
                    shown_name(person.name),
                    work.now,
                    shown_name(person.email),
                )
                link(account, "email", work)
        if account and account.state == LINKED and account.member_id:
            taken.add(account.member_id)
            found[person.external_id] = account.member_id
    return found


def _members_by_email(work: Work) -> Mapping[str, Member]:
    """Who is here today, by their address; an address that several share names nobody."""
    found: dict[str, list[Member]] = {}
    for member in work.active_members():
        found.setdefault(folded(member.email), []).append(member)
    return {email: who[0] for email, who in found.items() if email and len(who) == 1}


def _taken_back(account: Account, taken: set[str | None], work: Work) -> Account:
    """Linked as before, unless somebody else is that member by now, or the member has left."""
    here = active_member(work.uow.directory, account.member_id or "", work.today)
    if here is None or here.id in taken:
        return account
    back = replace(account, state=LINKED, at=work.now)
    work.uow.accounts.save(back)
    work.record("account_back", **_ids(back))
    mark_rooms_stale(work)
    return back


# -- shared with account_requests.py and account_pages.py -----------------------------------------


def shown_name(name: str) -> str:
    """A name or address from outside as we keep it: one line, nothing invisible, not too long, and
    nothing of it when it holds a number that we never keep."""
    if contains_my_number(name):
        return ""
    return " ".join(without_marks(name).split())[:LONGEST_NAME]


def linked_account(platform: str, member_id: str, work: Work) -> Account | None:
    """The one account of a member on a platform."""
    found = [a for a in work.uow.accounts.of_member(member_id) if a.platform == platform]
    return found[0] if found else None


def link(account: Account, by: str, work: Work) -> None:
    """Keep an account as its member's; `by` is email or administrator, for the trail."""
    work.uow.accounts.save(account)
    work.record("account_linked", by=by, **_ids(account))
    mark_rooms_stale(work)


def unlink(account: Account, why: str, work: Work) -> None:
    """The account is nobody's any more. It is remembered whose it was: it is not linked again by
    itself."""
    work.uow.accounts.save(replace(account, state=APART, at=work.now))
    work.record("account_unlinked", why=why, **_ids(account))
    _leave_nothing(account, work)


def mark_gone(account: Account, work: Work) -> None:
    """Nobody can be reached by this account any more; it is remembered whose it was."""
    work.uow.accounts.save(replace(account, state=GONE, at=work.now))
    work.record("account_gone", **_ids(account))
    _leave_nothing(account, work)


def _leave_nothing(account: Account, work: Work) -> None:
    """What stands there for the member is taken away, their start page is nobody's, and they are
    in no meeting's room."""
    member_id = account.member_id
    if not member_id:
        return
    posts = work.uow.posts
    for post in posts.find(account.platform, member_id=member_id):
        nobodys = replace(post, member_id="", matter="", shown="", created_at=work.now)
        if post.kind == "home":
            # Put up anew, without a reader: it is drawn as for a stranger.
            posts.put(replace(nobodys, external_id=""))
        elif post.external_id:
            gone = replace(nobodys, kind=TAKEN_AWAY, case_id=None, meeting_id=None, over=False)
            posts.put(replace(gone, notice=None))
        else:
            posts.remove(post.id)
    mark_rooms_stale(work)


def _ids(account: Account) -> dict[str, Any]:
    return {
        "member": account.member_id or "",
        "platform": account.platform,
        "account": account.external_id,
    }
