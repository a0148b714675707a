"""Linking on purpose: somebody asks, an administrator links or refuses, anybody may part again."""

import re
from dataclasses import dataclass, replace
from typing import Final

from workflows.chat.accounts import (
    ASKED,
    LINKED,
    REFUSED,
    link,
    linked_account,
    shown_name,
    unlink,
)
from workflows.core.active_members import active_member
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.ports import Account
from workflows.core.work import Work, new_id
from workflows.directory.permission_requests import (
    REPLACED,
    SplitChanges,
    account_link_request,
    announce_requests,
    ended_request,
    needs_no_confirmation,
    with_late_ones_lapsed,
)
from workflows.forms import FieldError
from workflows.model.directory import Member

_ID: Final = re.compile(r"[A-Za-z0-9_.-]{2,60}")


@dataclass(frozen=True)
class RequestAccountLink(Command[str]):
    """Somebody of a platform wants to be known as a member. Whether they are one is not said.

    Answers with asked, again (it is on its way), refused (before) or linked (nothing to ask for).
    """

    platform: str
    external_id: str
    name: str
    email: str = ""


@handles(RequestAccountLink, Action.SIGN_IN, code="request_account_link")
def request_account_link(command: RequestAccountLink, work: Work) -> str:
    account = work.uow.accounts.get(command.platform, command.external_id)
    if account and account.state == LINKED and _is_here(account, work):
        return "linked"
    if account and account.state == ASKED:
        return "again"
    if account and account.state == REFUSED:
        return "refused"
    name = shown_name(command.name)
    work.uow.accounts.save(
        Account(
            command.platform,
            command.external_id,
            account.member_id if account else None,
            ASKED,
            name,
            work.now,
            shown_name(command.email),
        )
    )
    work.record("account_asked", platform=command.platform, account=command.external_id)
    work.tell(
        "account_asked",
        work.administrators(),
        once=f"{command.platform}:{command.external_id}:{new_id()}",
        facts={"platform": command.platform, "account": command.external_id, "name": name},
    )
    return "asked"


def _is_here(account: Account, work: Work) -> bool:
    return active_member(work.uow.directory, account.member_id or "", work.today) is not None


@dataclass(frozen=True)
class LinkAccount(Command[bool]):
    """An administrator says who somebody of a platform is, and another person confirms it: with it
    they are that member. Answers with whether it had its effect at once.

    A member has one account on each: the older one is unlinked. An account that is another
    member's is taken over only with `take_over`. Raises Invalid.
    """

    platform: str
    external_id: str
    member_id: str
    take_over: bool = False


@handles(LinkAccount, Action.EDIT_DIRECTORY, code="link_account")
def link_account(command: LinkAccount, work: Work) -> bool:
    work.uow.accounts.one_at_a_time()
    member = active_member(work.uow.directory, command.member_id, work.today)
    errors = []
    if not _ID.fullmatch(command.external_id):
        errors.append(FieldError("external_id", "account.no_id", {"platform": command.platform}))
    if member is None:
        errors.append(FieldError("member_id", "account.no_member", {}))
    if errors or member is None:
        raise Invalid(errors)
    platform, external_id, take_over = command.platform, command.external_id, command.take_over
    _must_be_free(platform, external_id, member, work, take_over=take_over)
    request = account_link_request(platform, external_id, work, take_over=take_over)
    if needs_no_confirmation(request, member, work):
        link_to(platform, external_id, member, work, take_over=take_over)
        announce_requests(SplitChanges(effective=((member.id, request),)), work)
        return True
    member = replace(
        member, permission_requests=with_late_ones_lapsed(member.permission_requests, work)
    )
    if any(
        g.platform == platform and g.external_id == external_id
        for g in member.waiting_permission_requests
    ):
        raise Refused("permission_requests.asked_already")
    permission_requests = tuple(
        ended_request(g, REPLACED, work) if not g.how and g.platform == platform else g
        for g in member.permission_requests
    )
    work.uow.directory.save_members(
        [replace(member, permission_requests=(*permission_requests, request))]
    )
    announce_requests(SplitChanges(new_requests=((member.id, request),)), work)
    return False


def _must_be_free(
    platform: str, external_id: str, member: Member, work: Work, *, take_over: bool
) -> Account | None:
    """The account as it is. Raises Refused, Invalid where it is theirs or another member's."""
    before = work.uow.accounts.get(platform, external_id)
    if before and before.state == LINKED and before.member_id == member.id:
        raise Refused("account.linked_before")
    if before and before.state == LINKED and not take_over:
        who = work.member_name(before.member_id)
        raise Invalid([FieldError("take_over", "account.taken", {"who": who})])
    return before


def link_to(
    platform: str, external_id: str, member: Member, work: Work, *, take_over: bool
) -> None:
    """Make this account the member's, and tell them. Raises Refused, Invalid."""
    work.uow.accounts.one_at_a_time()
    before = _must_be_free(platform, external_id, member, work, take_over=take_over)
    if before and before.state == LINKED:
        unlink(before, "taken_over", work)
    older = linked_account(platform, member.id, work)
    if older:
        unlink(older, "replaced", work)
    account = Account(
        platform,
        external_id,
        member.id,
        LINKED,
        before.name if before else "",
        work.now,
        before.email if before else "",
    )
    link(account, "administrator", work)
    once = f"{platform}:{external_id}:{new_id()}"
    work.tell("account_linked", [member], once=once, facts={"platform": platform})


@dataclass(frozen=True)
class UnlinkAccount(Command[None]):
    """An administrator parts an account from its member. Raises NotFound."""

    platform: str
    external_id: str


@handles(UnlinkAccount, Action.EDIT_DIRECTORY, code="unlink_account")
def unlink_account(command: UnlinkAccount, work: Work) -> None:
    account = work.uow.accounts.get(command.platform, command.external_id)
    if account is None or account.state != LINKED:
        raise NotFound("not_found.account")
    unlink(account, "administrator", work)


@dataclass(frozen=True)
class UnlinkMyAccount(Command[None]):
    """A member parts from their own account on a platform. Raises NotFound."""

    platform: str


@handles(UnlinkMyAccount, Action.USE, code="unlink_my_account")
def unlink_my_account(command: UnlinkMyAccount, work: Work) -> None:
    account = linked_account(command.platform, work.me.id, work)
    if account is None:
        raise NotFound("not_found.account")
    unlink(account, "by_member", work)


@dataclass(frozen=True)
class RefuseAccountRequest(Command[None]):
    """An administrator turns somebody's wish to be linked down. Raises NotFound."""

    platform: str
    external_id: str


@handles(RefuseAccountRequest, Action.EDIT_DIRECTORY, code="refuse_account_request")
def refuse_account_request(command: RefuseAccountRequest, work: Work) -> None:
    account = work.uow.accounts.get(command.platform, command.external_id)
    if account is None or account.state != ASKED:
        raise NotFound("not_found.account_request")
    work.uow.accounts.save(replace(account, state=REFUSED, at=work.now))
    work.record("account_refused", platform=account.platform, account=account.external_id)
