"""もう1人の承認: a second person agrees before a restricted case is disposed of.

Few people read a restricted case, so that nobody might miss it: one person alone does not make it
vanish. Another manager or an administrator agrees; both stand in the proof. Neither needs to be
named on the case, nor learns more of it than its fiscal year.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from workflows.core.errors import Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.same_person import may_be_same
from workflows.core.work import Work
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member
from workflows.model.disposal import Disposal
from workflows.model.retention_period import ended


@dataclass(frozen=True)
class SettleDisposals(Command[int]):
    """Agree to approvals of somebody else that wait for it, or end them: decline, or take back
    one's own. Answers with how many; what waits no more is left out.
    """

    disposal_ids: tuple[str, ...]
    agrees: bool


@handles(
    SettleDisposals,
    Action.AGREE_DISPOSAL,
    code="settle_disposals",
    others={"disposal_ids": "approvals; what is in the case is not opened"},
)
def settle_disposals(command: SettleDisposals, work: Work) -> int:
    chosen = [d for d in waiting_for_second_approval(work) if d.id in command.disposal_ids]
    if not chosen:
        raise Refused("retention.settled_already")
    if command.agrees and any(_is_own(d.approved_by, work.me, work) for d in chosen):
        raise Refused("retention.own_approval")
    declined: dict[str, list[Disposal]] = {}
    for one in chosen:
        row = work.uow.cases.row(one.subject_id)
        if command.agrees:
            work.uow.disposals.agree(one.id, work.me.id, work.now)
            work.record("disposal_agreed", case=row, approved_by=one.approved_by)
            continue
        work.uow.disposals.withdraw(one.id)
        work.record("disposal_declined", case=row, approved_by=one.approved_by)
        if one.approved_by != work.me.id:
            declined.setdefault(one.approved_by, []).append(one)
    for member_id, theirs in declined.items():
        approver = work.uow.directory.member(member_id)
        work.tell(
            "disposal_declined",
            [approver] if approver else [],
            once=":".join(sorted(d.id for d in theirs)),
            facts={"cases": len(theirs)},
        )
    return len(chosen)


def waiting_for_second_approval(work: Work) -> list[Disposal]:
    """Approvals by one person, of cases that are restricted now and may still go."""
    return [d for d in work.uow.disposals.waiting() if lacks_second_approval(d, work)]


def lacks_second_approval(approval: Disposal, work: Work) -> bool:
    """Whether a second person has to agree before it is carried out.

    What may not go any more waits for nobody: the clock takes the approval back.
    """
    row = work.uow.cases.row(approval.subject_id)
    return bool(row and row.restricted and not approval.agreed_by and may_be_disposed_of(row, work))


def may_be_disposed_of(row: CaseRow, work: Work) -> bool:
    """Whether its period is over, and nothing stands against its disposal."""
    found = ended(row, work.uow.directory.town().retention_years)
    return found is not None and found.is_due(work.today) and not row.held


def who_may_agree(approver_id: str, work: Work) -> list[Member]:
    """Managers and administrators but the one who approved it."""
    found = {m.id: m for m in (*work.managers(), *work.administrators())}
    return [m for m in found.values() if not _is_own(approver_id, m, work)]


def _is_own(approver_id: str, member: Member, work: Work) -> bool:
    """Whether a member is who approved it, or may be by name or address."""
    return may_be_same(work.uow.directory.member(approver_id), member)


def ask_for_second_approval(approvals: Iterable[Disposal], once: str, work: Work) -> int:
    """Tell whoever can agree to these how many wait for it. Answers with how many that are."""
    asked = [(m, one) for one in approvals for m in who_may_agree(one.approved_by, work)]
    for_each = Counter(m.id for m, _ in asked)
    for member in {m.id: m for m, _ in asked}.values():
        facts = {"cases": for_each[member.id]}
        work.tell("disposal_second", [member], once=once, facts=facts)
    return max(for_each.values(), default=0)
