"""For which roles a town wants a passkey, from which day, and whom it leaves outside until then.

From that day nobody of these roles comes in by a mail, a chat or single sign-on alone. The day lies
ahead when it is set, and until then whoever has none is led to register one. A link that is made at
the server's console lets in always: so it is that nobody can be locked out for good.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workflows.dates import NotADate, parse_date
from workflows.desk import Command, Query, handles
from workflows.directory.model import Member, Role, Town
from workflows.errors import Conflict, Invalid
from workflows.forms import FieldError
from workflows.permissions import Action
from workflows.work import Work

# Roles for which a town may want one: whose office opens more than an agency's own work.
MAY_NEED: Final = (Role.COORDINATOR, Role.MANAGER, Role.ADMINISTRATOR)
PASSKEY, CONSOLE = "passkey", "console"  # ways in that are enough by themselves
# [ours] Time enough to tell everybody and for each to sign in once.
SHORTEST_TERM: Final = timedelta(days=7)


def needed_from(member: Member, town: Town) -> date | None:
    """From which day this member comes in by a passkey alone; None: not at all."""
    return town.passkeys_from if member.roles & town.passkey_roles else None


def is_needed(member: Member, method: str, work: Work) -> bool:
    """Whether somebody who came by this way needs a passkey instead, today."""
    since = needed_from(member, work.uow.directory.town())
    return since is not None and since <= work.today and method not in (PASSKEY, CONSOLE)


def lacks_one(member: Member, work: Work) -> date | None:
    """The day from which this member needs a passkey, where they have none."""
    since = needed_from(member, work.uow.directory.town())
    return None if since is None or work.uow.passkeys.of_member(member.id) else since


@dataclass(frozen=True)
class PasskeyHolder:
    """A member of today whose role may need one, or who has some; `count` of them."""

    member_id: str
    name: str
    agency: str
    roles: tuple[str, ...]
    count: int
    is_needed: bool


@dataclass(frozen=True)
class PasskeyRule:
    """What the town wants, and how far it is; `stamp` tells later whether it is still this."""

    roles: frozenset[Role]
    since: date | None
    holders: tuple[PasskeyHolder, ...]
    stamp: str

    @property
    def without(self) -> int:
        """How many of those who need one have none."""
        return sum(h.is_needed and not h.count for h in self.holders)


@dataclass(frozen=True)
class GetPasskeyRule(Query[PasskeyRule]):
    """For the administrators' page."""


@handles(GetPasskeyRule, Action.EDIT_DIRECTORY)
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
            tuple(str(role) for role in MAY_NEED if role in member.roles),
            counts.get(member.id, 0),
            needed_from(member, town) is not None,
        )
        for member in work.active_members()
        if member.id in counts or member.roles & set(MAY_NEED)
    )
    return PasskeyRule(town.passkey_roles, town.passkeys_from, holders, _stamp(town))


@dataclass(frozen=True)
class SavePasskeyRule(Command[bool]):
    """Want a passkey of these roles from a day on, as typed; of none when no role is chosen.

    Whoever wants one of their own role has one. Raises Conflict, Invalid. Answers whether anything
    changed.
    """

    roles: tuple[str, ...]
    since: str
    stamp: str


@handles(SavePasskeyRule, Action.EDIT_DIRECTORY)
def save_passkey_rule(command: SavePasskeyRule, work: Work) -> bool:
    old = work.uow.directory.town()
    if command.stamp != _stamp(old):
        raise Conflict("town.changed_meanwhile")
    roles = frozenset(role for role in MAY_NEED if role in command.roles)
    since = _day(command.since, roles, old, work) if roles else None
    if work.me.roles & roles and not work.uow.passkeys.of_member(work.me.id):
        raise Invalid([FieldError("roles", "passkey.own_first", {})])
    new = replace(old, passkey_roles=roles, passkeys_from=since)
    if new == old:
        return False
    work.uow.directory.save_town(new)
    day = since.isoformat() if since else ""
    work.record("passkey_rule", roles=sorted(str(r) for r in roles), since=day)
    return True


def _day(typed: str, roles: frozenset[Role], old: Town, work: Work) -> date:
    """The day as it was, if it stays, for no more roles; else one that leaves everybody time."""
    if not typed.strip():
        raise Invalid([FieldError("since", "form.required", {})])
    try:
        found = parse_date(typed, today=work.today)
    except NotADate as wrong:
        raise Invalid([FieldError("since", wrong.key, wrong.facts)]) from None
    first = work.today + SHORTEST_TERM
    if found < first and not (found == old.passkeys_from and roles <= old.passkey_roles):
        raise Invalid([FieldError("since", "passkey.too_soon", {"first": first.isoformat()})])
    return found


def _stamp(town: Town) -> str:
    return " ".join([*sorted(map(str, town.passkey_roles)), str(town.passkeys_from)])
