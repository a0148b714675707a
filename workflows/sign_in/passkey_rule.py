"""For which roles a town wants a passkey, from which day, and whom it leaves outside until then.

From that day nobody of these roles comes in by a mail, a chat or single sign-on alone. The day lies
ahead when it is set, and until then whoever has none is led to register one. A link that is made at
the server's console lets in always: so it is that nobody can be locked out for good.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workflows.core.errors import Conflict, Invalid
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.japanese.dates import NotADate, parse_date
from workflows.model.directory import Member, Role, Town

# Roles for which a town may want one: whose office opens more than an agency's own work.
ROLES_OF_RULE: Final = (Role.COORDINATOR, Role.MANAGER, Role.ADMINISTRATOR)
PASSKEY, CONSOLE = "passkey", "console"  # ways in that are enough by themselves
# [ours] Time enough to tell everybody and for each to sign in once.
SHORTEST_NOTICE: Final = timedelta(days=7)


def passkey_required_on(member: Member, town: Town) -> date | None:
    """From which day this member comes in by a passkey alone; None: not at all."""
    return town.passkeys_required_on if member.roles & town.roles_requiring_passkey else None


def must_use_passkey(member: Member, method: str, work: Work) -> bool:
    """Whether somebody who came by this way needs a passkey instead, today."""
    required_on = passkey_required_on(member, work.uow.directory.town())
    return (
        required_on is not None and required_on <= work.today and method not in (PASSKEY, CONSOLE)
    )


def missing_passkey_due_on(member: Member, work: Work) -> date | None:
    """The day from which this member needs a passkey, where they have none."""
    required_on = passkey_required_on(member, work.uow.directory.town())
    return None if required_on is None or work.uow.passkeys.of_member(member.id) else required_on


@dataclass(frozen=True)
class PasskeyHolder:
    """A member of today whose role may need one, or who has some; `count` of them."""

    member_id: str
    name: str
    agency: str
    roles: tuple[str, ...]
    count: int
    role_needs_one: bool


@dataclass(frozen=True)
class PasskeyRule:
    """What the town wants, and how far it is; `stamp` tells later whether it is still this."""

    roles: frozenset[Role]
    required_on: date | None
    holders: tuple[PasskeyHolder, ...]
    stamp: str

    @property
    def lacking_count(self) -> int:
        """How many of those who need one have none."""
        return sum(h.role_needs_one and not h.count for h in self.holders)


@dataclass(frozen=True)
class GetPasskeyRule(Query[PasskeyRule]):
    """For the administrators' page."""


@handles(GetPasskeyRule, Action.EDIT_DIRECTORY, code="get_passkey_rule")
def get_passkey_rule(query: GetPasskeyRule, work: Work) -> PasskeyRule:
    town = work.uow.directory.town()
    names = {a.id: a.name for a in work.uow.directory.agencies()}
    counts: dict[str, int] = {}
    for passkey in work.uow.passkeys.all():
        counts[passkey.member_id] = counts.get(passkey.member_id, 0) + 1
    holders = tuple(
        PasskeyHolder(
            member.id,
            member.name,
            names.get(member.agency_id, ""),
            tuple(str(role) for role in ROLES_OF_RULE if role in member.roles),
            counts.get(member.id, 0),
            passkey_required_on(member, town) is not None,
        )
        for member in work.active_members()
        if member.id in counts or member.roles & set(ROLES_OF_RULE)
    )
    return PasskeyRule(
        town.roles_requiring_passkey, town.passkeys_required_on, holders, _stamp(town)
    )


@dataclass(frozen=True)
class SavePasskeyRule(Command[bool]):
    """Want a passkey of these roles from a day on, as typed; of none when no role is chosen.

    Whoever wants one of their own role has one. Raises Conflict, Invalid. Answers whether anything
    changed.
    """

    roles: tuple[str, ...]
    required_on: str
    stamp: str


@handles(SavePasskeyRule, Action.EDIT_DIRECTORY, code="save_passkey_rule")
def save_passkey_rule(command: SavePasskeyRule, work: Work) -> bool:
    old = work.uow.directory.town()
    if command.stamp != _stamp(old):
        raise Conflict("town.changed_meanwhile")
    roles = frozenset(role for role in ROLES_OF_RULE if role in command.roles)
    required_on = _day(command.required_on, roles, old, work) if roles else None
    if work.me.roles & roles and not work.uow.passkeys.of_member(work.me.id):
        raise Invalid([FieldError("roles", "passkey.own_first", {})])
    new = replace(old, roles_requiring_passkey=roles, passkeys_required_on=required_on)
    if new == old:
        return False
    work.uow.directory.save_town(new)
    day = required_on.isoformat() if required_on else ""
    work.record("passkey_rule_saved", roles=sorted(str(r) for r in roles), required_on=day)
    return True


def _day(typed: str, roles: frozenset[Role], old: Town, work: Work) -> date:
    """The day as it was, if it stays, for no more roles; else one that leaves everybody time."""
    if not typed.strip():
        raise Invalid([FieldError("required_on", "form.required", {})])
    try:
        found = parse_date(typed, today=work.today)
    except NotADate as wrong:
        raise Invalid([FieldError("required_on", wrong.key, wrong.facts)]) from None
    first = work.today + SHORTEST_NOTICE
    if found < first and not (
        found == old.passkeys_required_on and roles <= old.roles_requiring_passkey
    ):
        raise Invalid([FieldError("required_on", "passkey.too_soon", {"first": first.isoformat()})])
    return found


def _stamp(town: Town) -> str:
    return " ".join(
        [*sorted(map(str, town.roles_requiring_passkey)), str(town.passkeys_required_on)]
    )
