"""After a restore that left something undone nobody gets in until somebody has settled it.

[ours] What is left may be a withdrawal or a restriction: whoever works would see what a person
decided they must not. Administrators alone come in, for what they do as such, and see on 管理 what
is left; the console and the clock go on.
"""

from typing import Final

from workflows.core.permissions import RULES, Action, Standing
from workflows.core.ports import UnitOfWork
from workflows.model.directory import Member, Role

RESTORED: Final = "restored"
SETTLED: Final = "restore_settled"
# Why a notice waits: whom it is for does not come in yet, and it may be about what is left undone.
WAITS: Final = "restoring"
# What administrators use beside what their office opens: the frame of the pages, and their session.
CODES_OF_SESSION: Final = frozenset(
    {
        *("get_shell", "get_inbox", "get_news", "get_older_news", "mark_read"),
        *("make_own_link", "is_my_link"),
        *("get_my_sessions", "end_my_sessions", "get_my_account", "get_options"),
        *("get_my_passkeys", "begin_passkey_registration", "add_passkey", "remove_passkey"),
    }
)


def is_shut(uow: UnitOfWork) -> bool:
    last = uow.events.last_of((RESTORED, SETTLED))
    return bool(last and last.kind == RESTORED and (last.facts or {}).get("left"))


def lets_in(member: Member | None, uow: UnitOfWork) -> bool:
    """Whether this member, or whoever is no member, may come in now."""
    return is_administrator(member) or not is_shut(uow)


def is_administrator(member: Member | None) -> bool:
    return member is not None and Role.ADMINISTRATOR in member.roles


def may_do(member: Member, action: Action, asked: str, uow: UnitOfWork) -> bool:
    """Whether they may do this now; `asked` is the code of the message."""
    if not is_shut(uow):
        return True
    if not lets_in(member, uow):
        return False
    opens = Standing.ADMINISTRATOR in RULES[action].anyone_of
    return opens or action is Action.SEE_DIRECTORY or asked in CODES_OF_SESSION
