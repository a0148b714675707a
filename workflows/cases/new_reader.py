"""A restricted case that nobody who answers for it reads: found daily, and given a reader by two.

[ours] docs/rules.md 7: a manager and an administrator, who do not read it themselves, decide
together: one of them proposes, with a reason, and another person who holds the other office agrees.
Neither learns more than that there is such a case and which agency answers for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from workflows.cases.name_members import name_and_tell
from workflows.cases.proposals import REASON_MAX, WaitingProposal, end_proposal
from workflows.cases.readers import answers_for, current_directory, first_day_unread, reads_it
from workflows.cases.story import who
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.same_person import may_be_same
from workflows.core.work import Work, new_id
from workflows.forms import FieldError
from workflows.model.case import Case, Proposal
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Member, Role

OVERSEEING_ROLES: Final = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class UnreadCase:
    """A restricted case without a reader. `number` is empty for who may not know it; `candidates`
    are (id, name, agency) of members who could be given it."""

    case_id: str
    number: str
    agency_name: str
    is_open: bool
    proposed: WaitingProposal | None
    candidates: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class GetUnreadCases(Query[tuple[UnreadCase, ...]]):
    """The restricted cases, closed ones too, that nobody who answers for them reads today."""


@handles(GetUnreadCases, Action.RESTORE_READER, code="get_unread_cases")
def get_unread_cases(query: GetUnreadCases, work: Work) -> tuple[UnreadCase, ...]:
    return tuple(_line(row, work) for row in unread_cases(work))


def unread_cases(work: Work) -> list[CaseRow]:
    return sorted(_unread_of(work.uow.cases.each_row(), work), key=lambda row: row.number)


def _unread_of(every: Iterable[CaseRow], work: Work) -> list[CaseRow]:
    staff = current_directory(work)
    rows = (r for r in every if r.restricted and not r.broken)
    return [r for r in rows if first_day_unread(r, staff, work) == work.today]


def _line(row: CaseRow, work: Work) -> UnreadCase:
    case = work.uow.cases.get(row.id)
    waiting = case.reader_proposal if case else None
    return UnreadCase(
        case_id=row.id,
        number=row.number if work.may(Action.SEE_CASE, row).allowed else "",
        agency_name=work.agency_name(row.answering_agency_id),
        is_open=row.is_open,
        proposed=_proposed(waiting, work) if waiting else None,
        candidates=tuple(
            (m.id, m.name, work.agency_name(m.agency_id)) for m in _candidates(row, work)
        ),
    )


def _proposed(one: Proposal, work: Work) -> WaitingProposal:
    return WaitingProposal(
        id=one.id,
        member=who(one.member_id, work),
        by=who(one.by, work, one.at),
        at=one.at,
        reason=one.reason,
        mine=one.by == work.me.id,
        may_agree=not _why_not_agree(one, work),
    )


def _candidates(row: CaseRow, work: Work) -> list[Member]:
    """Who would read it once named, and answers for it; never the one who asks."""
    found = [
        m
        for m in work.active_members()
        if not may_be_same(m, work.me)
        and answers_for(m, row)
        and reads_it(m, replace(row, named=(*row.named, m.id)), work)
    ]
    return sorted(found, key=lambda m: m.kana)


@dataclass(frozen=True)
class ProposeReader(Command[None]):
    """Propose who is to read the case from now on; the reason is kept with it."""

    case_id: str
    named_member_id: str
    reason: str


@handles(ProposeReader, Action.RESTORE_READER, code="propose_reader")
def propose_reader(command: ProposeReader, work: Work) -> None:
    case = _unread(command.case_id, work)
    if case.reader_proposal:
        raise Refused("new_reader.proposed_already")
    errors: list[FieldError] = []
    if not command.named_member_id:
        errors.append(FieldError("new_reader", "form.required", {"choose": True}))
    elif command.named_member_id not in {m.id for m in _candidates(case_row(case), work)}:
        errors.append(FieldError("new_reader", "new_reader.reads_not", {}))
    try:
        reason = checked_reason(command.reason, "reason", REASON_MAX)
    except Invalid as wrong:
        raise Invalid([*errors, *wrong.errors]) from None
    if errors:
        raise Invalid(errors)
    proposal = Proposal(new_id(), reason, work.me.id, work.now, command.named_member_id)
    case.reader_proposals.append(proposal)
    work.record("reader_proposed", case=case, member=proposal.member_id)
    work.tell("reader_proposed", _others_in_office(work), once=proposal.id)


@dataclass(frozen=True)
class SettleReaderProposal(Command[None]):
    """Agree to a proposed reader, decline it, or take back one's own proposal."""

    case_id: str
    proposal: str
    agrees: bool


@handles(SettleReaderProposal, Action.RESTORE_READER, code="settle_reader_proposal")
def settle_reader_proposal(command: SettleReaderProposal, work: Work) -> None:
    case = work.case(command.case_id)
    if not case.reader_proposals:
        raise NotFound("not_found.case")
    one = case.reader_proposal
    if one is None or one.id != command.proposal:
        raise Refused("new_reader.settled_already")
    if command.agrees:
        if why := _why_not_agree(one, work):
            raise Refused(why)
        _unread(command.case_id, work)
        member = work.uow.directory.member(one.member_id)
        if member is None or member not in _candidates(case_row(case), work):
            raise Refused("new_reader.reads_not_now")
        name_and_tell(case, member, work)
    end_proposal(one, work, agrees=command.agrees)
    work.record(f"reader_{one.how}", case=case, member=one.member_id, proposed_by=one.by)
    if one.by != work.me.id:
        proposer = work.uow.directory.member(one.by)
        facts = {"agreed": command.agrees}
        work.tell("reader_settled", [proposer] if proposer else [], once=one.id, facts=facts)


def _unread(case_id: str, work: Work) -> Case:
    """The case; as absent as any while somebody reads it."""
    case = work.case(case_id)
    row = case_row(case)
    if not row.restricted or first_day_unread(row, current_directory(work), work) != work.today:
        raise NotFound("not_found.case")
    return case


def _why_not_agree(one: Proposal, work: Work) -> str:
    """Two people, who hold both offices between them, and neither names themselves."""
    proposer = work.uow.directory.member(one.by)
    if may_be_same(proposer, work.me):
        return "new_reader.own_proposal"
    if one.member_id == work.me.id:
        return "new_reader.yourself"
    offices = (proposer.roles & OVERSEEING_ROLES) if proposer else frozenset()
    mine = work.me.roles & OVERSEEING_ROLES
    if not offices or offices | mine != OVERSEEING_ROLES:
        return "new_reader.same_office"
    return ""


def _others_in_office(work: Work) -> list[Member]:
    """Who can agree to a proposal of the one who acts."""
    found = [*work.managers(), *work.administrators()]
    mine = work.me.roles & OVERSEEING_ROLES
    both = [m for m in found if (m.roles & OVERSEEING_ROLES) | mine == OVERSEEING_ROLES]
    return [m for m in both if not may_be_same(m, work.me)]


# -- by the clock ---------------------------------------------------------------------------------


def tell_unread(work: Work) -> int:
    """Tell managers and administrators how many there are: when one is new, and once a week."""
    found = unread_cases(work)
    if not found:
        return 0
    which = sha256(" ".join(sorted(r.id for r in found)).encode()).hexdigest()[:16]
    year, week, _ = work.today.isocalendar()
    if not work.uow.mark_handled("unread", f"{which}:{year}-{week}", work.now):
        return 0
    work.tell(
        "unread_cases",
        [*work.managers(), *work.administrators()],
        once=f"{which}:{work.today.isoformat()}",
        facts={"cases": len(found)},
    )
    for row in found:
        work.record("found_unread", case=row)
    return len(found)


def count_unread(every: Iterable[CaseRow], work: Work) -> dict[str, int]:
    """How many cases are unread now, and how many were given a reader in the last week."""
    given = work.uow.events.of_kinds(["reader_agreed"], work.now - WEEK)
    return {"now": len(_unread_of(every, work)), "given": len(given)}
