"""廃棄: the clock carries out what a manager approved, one case a transaction.

The case's row goes whole; its number stays taken, because numbers are counted on. What was said
of it at a meeting goes with it, and a meeting at which nothing else was said goes whole. The audit
trail stays: it holds ids and codes, never words.
"""

from dataclasses import dataclass

from workflows.cases.related import remove_from_related_cases
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.guard.mentions import RecordNames, forget_in_digests, forget_in_drafts
from workflows.japanese.dates import TOKYO
from workflows.model.case import Case
from workflows.model.case_row import case_row
from workflows.model.disposal import Disposal
from workflows.model.meeting import INDIVIDUAL, Meeting
from workflows.retention.of_requests import take_case_out_of_requests
from workflows.retention.second_approval import lacks_second_approval, may_be_disposed_of


@dataclass(frozen=True)
class CarryOutDisposal(Command[bool]):
    """Dispose of what this approval names, if nothing stands against it any more.

    Answers whether it went: a case that was held, reopened or kept longer since then stays, and
    the approval is taken back.
    """

    disposal_id: str


@handles(CarryOutDisposal, Action.KEEP_TIME, code="carry_out_disposal")
def carry_out_disposal(command: CarryOutDisposal, work: Work) -> bool:
    approval = work.uow.disposals.claim(command.disposal_id)
    if approval is None:
        return False
    case = work.uow.cases.get(approval.subject_id, change=True)
    if case is None or not may_be_disposed_of(case_row(case), work):
        work.uow.disposals.withdraw(approval.id)
        work.record("disposal_withdrawn", case=case, subject=approval.subject_id)
        return False
    if lacks_second_approval(approval, work):
        return False  # restricted, perhaps since it was approved: it waits for the second person
    proof = work.uow.disposals.digest(case)
    counts = erase_case(case, approval, work)
    work.uow.disposals.finish(approval.id, work.now, counts, proof)
    first, second = approval.approved_by, approval.agreed_by
    work.record("disposed", case=case, approved_by=first, agreed_by=second, counts=counts)
    return True


def erase_case(case: Case, approval: Disposal, work: Work) -> dict[str, int]:
    """Remove the case from everywhere; how many of what went. Its proof is the caller's matter."""
    whole, parts, drafts = _leave_meetings(case, approval, work)
    names = RecordNames(case.number, frozenset({case.id, *whole}))
    counts = {
        "sheets": case.sheet_version,
        "referrals": len(case.referrals),
        "plans": len(case.plans),
        "follow_ups": len(case.follow_ups),
        "meetings": len(whole),
        "parts": parts,
        "drafts": drafts + forget_in_drafts(names, work),
        "notices": work.uow.purge.notices_of_case(case.id, work.now),
        "mentions": work.uow.purge.mentions(names, case.opened_at, work.now),
        "digests": forget_in_digests(names, work),
        "in_requests": take_case_out_of_requests(case, work),
    }
    remove_from_related_cases(case, work)
    work.uow.promises.replace(case.id, [])
    work.uow.cases.remove(case.id)
    return counts


def _leave_meetings(case: Case, approval: Disposal, work: Work) -> tuple[list[str], int, int]:
    """Take the case out of every meeting it was on: the ids of those that went whole, how many
    went in part, and how many drafts went with them.
    """
    whole: list[str] = []
    parts = drafts = 0
    for meeting_id in sorted(_meeting_ids(case, work)):
        meeting = work.uow.meetings.get(meeting_id, change=True)
        if meeting is None:
            continue
        proof = work.uow.disposals.digest(meeting)
        if not _take_out(meeting, case.id):
            continue
        if meeting.is_live or _holds_others(meeting):
            work.record("part_disposed", case=case, meeting=meeting)
            parts += 1
            continue
        drafts += _remove(meeting, proof, approval, work)
        whole.append(meeting.id)
    return whole, parts, drafts


def _meeting_ids(case: Case, work: Work) -> set[str]:
    """Also those it was taken off again: agencies had prepared, or a record was begun."""
    found = {m.id for m in work.uow.meetings.rows(live_only=False) if case.id in m.case_ids}
    found |= {*case.live_meeting_ids, *case.past_meeting_ids}
    return found | {e.meeting_id for e in work.uow.events.of_case(case.id) if e.meeting_id}


def _take_out(meeting: Meeting, case_id: str) -> bool:
    """Whether it has to do with the case: something of it was there, or it was about it alone.

    A 連絡会 that a case was once meant for is not about it.
    """
    record = meeting.record
    there = (
        meeting.item(case_id) is not None
        or any(item.case_id == case_id for item in meeting.taken_off)
        or case_id in meeting.preparations
        or (record is not None and case_id in record.cases)
    )
    meeting.agenda = [i for i in meeting.agenda if i.case_id != case_id]
    meeting.taken_off = [i for i in meeting.taken_off if i.case_id != case_id]
    for item in (*meeting.agenda, *meeting.taken_off):
        if item.came and item.came.case_id == case_id:
            item.came.case_id = ""
    meeting.preparations.pop(case_id, None)
    meeting.former_preparations = [
        one for one in meeting.former_preparations if one.case_id != case_id
    ]
    if record is not None:
        for words in (record.cases, *(one.cases for one in record.earlier)):
            words.pop(case_id, None)
    return there or (meeting.kind == INDIVIDUAL and not _holds_others(meeting))


def _holds_others(meeting: Meeting) -> bool:
    return bool(meeting.agenda or meeting.preparations or (meeting.record and meeting.record.cases))


def _remove(meeting: Meeting, proof: str, approval: Disposal, work: Work) -> int:
    """The meeting whole, with answers, comments and confirmations. Answers with its drafts."""
    slot = meeting.fixed_slot
    last = slot.ends_at if slot else meeting.cancelled_at or meeting.created_at
    drafts = [d.id for d in work.uow.drafts.of_everybody() if d.subject == meeting.id]
    counts = {
        "answers": sum(len(given) for given in meeting.answers.values()),
        "secrecy": len(meeting.secrecy),
        "records": int(meeting.record is not None),
        "drafts": work.uow.purge.drafts(drafts),
        "notices": work.uow.purge.notices_of_meeting(meeting.id, work.now),
    }
    work.uow.disposals.add(
        Disposal(
            id=new_id(),
            kind="meeting",
            subject_id=meeting.id,
            number=approval.number,
            ended_on=last.astimezone(TOKYO).date(),
            kept_until=approval.kept_until,
            approved_by=approval.approved_by,
            approved_at=approval.approved_at,
            agreed_by=approval.agreed_by,
            agreed_at=approval.agreed_at,
            disposed_at=work.now,
            counts=counts,
            proof=proof,
        )
    )
    work.uow.promises.replace(meeting.id, [])
    work.record("meeting_disposed", meeting=meeting, approved_by=approval.approved_by)
    work.uow.meetings.remove(meeting.id)
    return counts["drafts"]
