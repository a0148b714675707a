"""閲覧制限を解く: proposed with a reason, in sight of who would read then; agreed by a second one.

[ours] docs/rules.md 7: what keeps somebody safe does not end by one slip. Both are named and read
the case, and everybody who is named hears of it, before and after. The sheet alone cannot do it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workflows.cases.proposals import REASON_MAX, WaitingProposal, end_proposal
from workflows.cases.refer import must_be_open
from workflows.cases.who_sees import ViewerGroup, who_sees
from workflows.core.errors import NotAllowed, Refused
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.same_person import may_be_same
from workflows.core.work import Work, new_id
from workflows.forms import Value
from workflows.model.case import RESTRICTS, Case, Proposal, SheetEdit
from workflows.model.case_row import case_row
from workflows.model.directory import Member


@dataclass(frozen=True)
class UnrestrictView:
    """The proposal that waits, if any; `would_see` are those, by agency, who would see the case
    then and do not now."""

    waiting: WaitingProposal | None
    would_see: tuple[ViewerGroup, ...]
    may_propose: bool


@dataclass(frozen=True)
class GetUnrestricting(Query[UnrestrictView]):
    """Who would read the case if it were restricted no more, and what was proposed."""

    case_id: str


@handles(GetUnrestricting, Action.SEE_CASE, code="get_unrestricting")
def get_unrestricting(query: GetUnrestricting, work: Work) -> UnrestrictView:
    case = work.uow.cases.get(query.case_id)
    if case is None or not case.is_restricted:
        raise Refused("unrestrict.not_restricted")
    waiting = case.unrestricting
    reads = work.may(Action.READ_CASE, case).allowed
    return UnrestrictView(
        waiting=WaitingProposal(
            id=waiting.id,
            member="",
            by=work.member_name(waiting.by, waiting.at),
            at=waiting.at,
            reason=waiting.reason if reads else "",
            mine=waiting.by == work.me.id,
            may_agree=reads and not _is_own(waiting, work),
        )
        if waiting
        else None,
        would_see=_would_see(case, work),
        may_propose=case.is_open
        and waiting is None
        and work.may(Action.NAME_MEMBERS, case).allowed
        and bool(_others_who_read(case, work)),
    )


def _would_see(case: Case, work: Work) -> tuple[ViewerGroup, ...]:
    """By agency, without those who see it already."""
    here = {work.member_name(m) for m in case.named_member_ids}
    then = who_sees(case, work, replace(case_row(case), restricted=False))
    found = (replace(s, people=tuple(p for p in s.people if p not in here)) for s in then)
    return tuple(s for s in found if s.people)


@dataclass(frozen=True)
class ProposeUnrestricting(Command[None]):
    """Propose that the case be restricted no more; the reason is kept with it."""

    case_id: str
    reason: str


@handles(ProposeUnrestricting, Action.NAME_MEMBERS, code="propose_unrestricting")
def propose_unrestricting(command: ProposeUnrestricting, work: Work) -> None:
    case = work.case(command.case_id)
    must_be_open(case)
    if not case.is_restricted:
        raise Refused("unrestrict.not_restricted")
    if case.unrestricting:
        raise Refused("unrestrict.proposed_already")
    others = _others_who_read(case, work)
    if not others:
        raise Refused("unrestrict.nobody_else")
    reason = checked_reason(command.reason, "reason", REASON_MAX)
    one = Proposal(new_id(), reason, work.me.id, work.now)
    case.unrestrictings.append(one)
    work.record("unrestrict_proposed", case=case)
    work.tell("unrestrict_proposed", _named(case, work), once=one.id, case=case)


@dataclass(frozen=True)
class SettleUnrestricting(Command[None]):
    """Agree to end the restriction, decline it, or take back one's own proposal."""

    case_id: str
    proposal: str
    agrees: bool


@handles(SettleUnrestricting, Action.SEE_CASE, code="settle_unrestricting")
def settle_unrestricting(command: SettleUnrestricting, work: Work) -> None:
    case = work.case(command.case_id)
    one = case.unrestricting
    if one is None or one.id != command.proposal or not case.is_restricted:
        raise Refused("unrestrict.settled_already")
    if not work.may(Action.READ_CASE, case).allowed:
        raise NotAllowed(work.may(Action.READ_CASE, case).reason)
    if command.agrees and _is_own(one, work):
        raise Refused("unrestrict.own_proposal")
    named = _named(case, work)
    end_proposal(one, work, agrees=command.agrees)
    if command.agrees:
        _lift(case, work)
    work.record(f"unrestrict_{one.how}", case=case, proposed_by=one.by)
    facts = {"agreed": command.agrees}
    work.tell("unrestrict_settled", named, once=one.id, facts=facts, case=case)


def _lift(case: Case, work: Work) -> None:
    """The list stays as it is: who is on it reads it again first, should it be set back."""
    changed = [name for name in RESTRICTS if case.sheet.get(name)]
    case.sheet = {**case.sheet, **dict.fromkeys(changed, False)}
    case.sheet_version += 1
    before: dict[str, Value] = dict.fromkeys(changed, True)
    case.sheet_edits.append(SheetEdit(case.sheet_version, work.me.id, work.now, changed, before))
    work.record("sheet_edited", case=case, version=case.sheet_version, fields=changed)


def _named(case: Case, work: Work) -> list[Member]:
    """Everybody who is named and here, but who acts."""
    here = work.active_members()
    return [m for m in here if m.id in case.named_member_ids and m.id != work.me.id]


def _is_own(one: Proposal, work: Work) -> bool:
    """Whether who acts proposed it, or may be who did, by name or address."""
    return may_be_same(work.uow.directory.member(one.by), work.me)


def _others_who_read(case: Case, work: Work) -> list[Member]:
    """Who could agree: they read the case now."""
    named: Iterable[Member] = (m for m in _named(case, work) if not may_be_same(m, work.me))
    return [m for m in named if work.as_member(m).may(Action.READ_CASE, case).allowed]
