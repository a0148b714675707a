"""After a restore, what was decided since the backup is carried out again before anybody works."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.cases.consent import take_off_agenda
from workflows.cases.record_consent import answer_of, apply_consent_answer
from workflows.chat.accounts import LINKED, unlink
from workflows.core.errors import Refused
from workflows.core.ports import FAULTS, BrokenRecord
from workflows.core.work import Work
from workflows.directory.permission_requests import AGREED, with_ended
from workflows.directory.settle_permission_requests import after_agreement
from workflows.japanese.dates import show_date
from workflows.meetings.agenda_requests import AGREED as AGREED_TO_HEAR
from workflows.meetings.agenda_requests import TAKEN_OFF, end_agenda_request
from workflows.model.case import (
    RESTRICTS,
    Case,
    Consent,
    Proposal,
    SheetEdit,
    StatedGround,
)
from workflows.model.decision_line import (
    AccountUnlinked,
    CaseDecided,
    Erased,
    LastDays,
    ListedDecision,
)
from workflows.model.directory import Member, Role
from workflows.model.disposal import Disposal
from workflows.requests.restore_request import restore_request
from workflows.restore.decisions import DISPOSED, REQUEST_DISPOSED
from workflows.retention.approve import erase
from workflows.retention.dispose import erase_case
from workflows.retention.of_requests import erase_request


@dataclass(frozen=True)
class UndoneDecision:
    """A decision that was not carried out again, and all that was decided on its case since the
    backup (`decided`, kinds of lines). `case_id` is empty where it is about none. `why` is broken
    (it does not open) or refused."""

    case_id: str
    why: str
    decided: tuple[str, ...]


@dataclass(frozen=True)
class CarryOutResult:
    """How many decisions were carried out again; what was not; and how many were about a case that
    is not in the backup: there is nothing left that it could protect."""

    done: int
    left: tuple[UndoneDecision, ...]
    lost: int


def reapply_decisions(decisions: Sequence[ListedDecision], work: Work) -> CarryOutResult:
    """Carry out each decision that the backup does not hold; of a case, a request or the list of
    people only the newest line, which says how all of it stood."""
    newest = {d.case.case_id: d.seq for d in decisions if d.case}
    of_request = {d.request.id: d.seq for d in decisions if d.request}
    of_people = max((d.seq for d in decisions if d.last_days), default=0)
    done = lost = 0
    left: list[UndoneDecision] = []
    for one in decisions:
        if one.case and newest[one.case.case_id] != one.seq:
            continue
        if one.request and of_request[one.request.id] != one.seq:
            continue
        if one.last_days and of_people != one.seq:
            continue
        try:
            carried = _carry_out(one, work)
        except (BrokenRecord, Refused, *FAULTS) as wrong:
            why = "refused" if isinstance(wrong, Refused) else "broken"
            left.append(UndoneDecision(_case_of(one), why, _kinds_of(_case_of(one), decisions)))
            continue
        if carried is None:
            lost += 1
        else:
            done += carried
    return CarryOutResult(done, tuple(left), lost)


def _case_of(one: ListedDecision) -> str:
    disposed = (d.subject_id for d in one.disposals if d.kind == "case")
    return one.case.case_id if one.case else next(disposed, "")


def _kinds_of(case_id: str, decisions: Sequence[ListedDecision]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(d.kind for d in decisions if case_id and _case_of(d) == case_id))


def _carry_out(one: ListedDecision, work: Work) -> bool | None:
    """Whether something had to be done; None when what it is about is not there."""
    if one.kind == DISPOSED:
        return _dispose(one.disposals, work)
    if one.kind == REQUEST_DISPOSED:
        return _dispose_request(one.disposals, work)
    if one.unlinked:
        return _unlink_again(one.unlinked, work)
    if one.request:
        return restore_request(one.request, work)
    if one.member:
        return _erase(one.member, one.disposals, work)
    if one.last_days:
        return _leave_again(one.last_days, work)
    if one.case is None:
        return False
    case = work.uow.cases.get(one.case.case_id, change=True)
    return _stand_as_decided(case, one.case, work) if case else None


def _keep_proofs(proofs: Sequence[Disposal], work: Work) -> None:
    """Store the proofs as they were; an approval that the backup brought back gives way to them."""
    subjects = {d.subject_id for d in proofs}
    for waiting in work.uow.disposals.waiting():
        if waiting.subject_id in subjects:
            work.uow.disposals.withdraw(waiting.id)
    for proof in proofs:
        work.uow.disposals.add(proof)


def _dispose(proofs: Sequence[Disposal], work: Work) -> bool:
    _keep_proofs(proofs, work)
    (proof,) = [d for d in proofs if d.kind == "case"]
    case = work.uow.cases.get(proof.subject_id, change=True)
    if case is None:
        return False
    erase_case(case, proof, work)
    work.record("disposed_again", case=case, approved_by=proof.approved_by)
    return True


def _dispose_request(proofs: Sequence[Disposal], work: Work) -> bool:
    _keep_proofs(proofs, work)
    found = [r for d in proofs if (r := work.uow.requests.get(d.subject_id, change=True))]
    for request in found:
        erase_request(request, work)
        work.record("disposed_again", request=request.number)
    return bool(found)


def _erase(erased: Erased, proofs: Sequence[Disposal], work: Work) -> bool | None:
    _keep_proofs(proofs, work)
    member = work.uow.directory.member(erased.member_id)
    if member is None:
        return None
    if member.erased_on is not None:
        return False
    erase(member, erased.name, erased.kana, work)
    return True


def _unlink_again(unlinked: AccountUnlinked, work: Work) -> bool:
    account = work.uow.accounts.get(unlinked.platform, unlinked.external_id)
    if account is None or account.state != LINKED:
        return False
    unlink(account, "restored", work)
    return True


def _leave_again(last_days: LastDays, work: Work) -> bool:
    """Give members and agencies their last days again; one that was taken away comes back by the
    list."""
    directory = work.uow.directory
    people = {m.id: _as_decided(m, last_days, work) for m in directory.members()}
    members = [m for m in people.values() if m != directory.member(m.id)]
    agencies = [
        replace(a, active_until=day)
        for a in directory.agencies()
        if (day := last_days.agencies.get(a.id)) and (not a.active_until or day < a.active_until)
    ]
    if not members and not agencies:
        return False
    directory.save_members(members)
    directory.save_agencies(agencies)
    ids = [m.id for m in members]
    work.record("left_again", members=ids, agencies=[a.id for a in agencies])
    return True


def _as_decided(member: Member, last_days: LastDays, work: Work) -> Member:
    """With their last day, and with what was open to them when it was written: a role that was
    taken away stays away, one that two people gave is there, and no request is decided twice."""
    day = last_days.members.get(member.id)
    if day and (not member.active_until or day < member.active_until):
        member = replace(member, active_until=day)
    decided = last_days.people.get(member.id)
    if decided is None:
        return member
    for request in member.waiting_permission_requests:
        how = decided.permission_requests.get(request.id)
        if how == AGREED:
            member = after_agreement(member, request, work)
        elif how:
            member = with_ended(member, request, how, work)
    there = work.uow.directory.agency(decided.agency_id)
    return replace(
        member,
        agency_id=decided.agency_id if there else member.agency_id,
        roles=frozenset(Role(r) for r in decided.roles),
        is_contact=decided.is_contact,
        district_ids=tuple(decided.district_ids),
        is_unconfirmed=decided.is_unconfirmed,
        ended_by=decided.ended_by or member.ended_by,
        window_ended_by=decided.window_ended_by or member.window_ended_by,
    )


def _stand_as_decided(case: Case, decided: CaseDecided, work: Work) -> bool:
    moved = [
        _consent_again(case, decided, work),
        _restrict_again(case, decided, work),
        _end_again(case.unrestrictings, decided.unrestrictings),
        _end_again(case.reader_proposals, decided.reader_proposals),
        _take_back_again(case, decided),
        _end_hearings_again(case, decided, work),
    ]
    if any(moved):
        work.record("decided_again", case=case)
    return any(moved)


def _consent_again(case: Case, decided: CaseDecided, work: Work) -> bool:
    """Record each consent that came since the backup as any consent is recorded, so that the same
    parts end; under its own day and hand, with the grounds that were stated beside it. Raises
    Refused where that cannot be done."""
    known = max((c.at for c in case.consents), default=None)
    new = [c for c in decided.consents if known is None or c.at > known]
    stated = _new_grounds(case, decided, range(len(case.consents) + 1))
    case.stated_grounds += stated
    for one in new:
        _answer_again(case, one, decided, work)
    return bool(new or stated)


def _new_grounds(case: Case, decided: CaseDecided, under: range) -> list[StatedGround]:
    known = {(g.agency_id, g.at) for g in case.stated_grounds}
    return [g for g in decided.grounds if g.under in under and (g.agency_id, g.at) not in known]


def _answer_again(case: Case, one: Consent, decided: CaseDecided, work: Work) -> None:
    member = work.uow.directory.member(one.by) or next(iter(work.administrators()), None)
    if member is None:
        raise Refused("restore.nobody")
    here = [a for a in one.scope if work.uow.directory.agency(a)]  # who is not here reads nothing
    raw = {"consent": one.status, "consent_scope": here}
    raw |= {"consent_on": show_date(one.on) if one.on else "", "consent_method": one.method}
    as_member = work.as_member(member)
    now = len(case.consents) + 1
    restated = tuple(_new_grounds(case, decided, range(now, now + 1)))
    typed = answer_of(case, raw, "", (), as_member)
    answer = replace(typed, consent=one, is_new=True, restated=restated)
    apply_consent_answer(case, answer, as_member)
    work.record("consent_again", case=case, status=one.status, at=one.at.isoformat())


def _restrict_again(case: Case, decided: CaseDecided, work: Work) -> bool:
    """Restrict the case as it was decided, to the same people, each named for the same."""
    changed = [n for n in RESTRICTS if bool(case.sheet.get(n)) != (n in decided.restricts)]
    hear, off = decided.named_to_hear, decided.kept_off
    stood = (case.named_member_ids, case.named_to_hear, case.kept_off)
    if not changed and stood == (decided.named, hear, off):
        return False
    if changed:
        before = {n: case.sheet[n] for n in changed if case.sheet.get(n) not in (None, "", [])}
        case.sheet = {**case.sheet, **{n: n in decided.restricts for n in changed}}
        case.sheet_version += 1
        case.sheet_edits.append(SheetEdit(case.sheet_version, "", work.now, changed, before))
        work.record("sheet_edited", case=case, version=case.sheet_version, fields=changed)
    case.named_member_ids = list(decided.named)
    case.named_to_hear, case.kept_off = hear, off
    for meeting_id in hear.keys() - work.uow.meetings.rows_of(list(hear)).keys():
        case.end_naming(meeting_id)  # the sitting is lost: nobody would end it any more
    return True


def _end_again(proposals: list[Proposal], ended: Sequence[Proposal]) -> bool:
    """End the proposals that two people decided on since; one that waited is to be made anew."""
    waits = {p.id: n for n, p in enumerate(proposals) if p.ended_at is None}
    known = {p.id for p in proposals} - waits.keys()
    new = [p for p in ended if p.id not in known]
    for one in new:
        if one.id in waits:
            reason = proposals[waits[one.id]].reason
            proposals[waits[one.id]] = replace(one, reason=reason)
        else:
            proposals.append(one)
    return bool(new)


def _end_hearings_again(case: Case, decided: CaseDecided, work: Work) -> bool:
    """End what was asked for meetings on it as it was decided; what was shut is shut again. What
    was agreed to since is to be agreed to anew: that opens nothing by itself."""
    found = [
        r
        for r in case.waiting_agenda_requests
        if decided.agenda_requests.get(r.id) and decided.agenda_requests[r.id] != AGREED_TO_HEAR
    ]
    for one in found:
        end_agenda_request(one, decided.agenda_requests[one.id], work)
        meeting = work.uow.meetings.get(one.meeting_id, change=True)
        if meeting is None:
            continue
        meeting.drop_requested_numbers({one.id})
        if one.how == TAKEN_OFF and meeting.item(case.id):
            take_off_agenda(case, meeting, TAKEN_OFF, work)
    return bool(found)


def _take_back_again(case: Case, decided: CaseDecided) -> bool:
    found = [r for r in case.referrals if r.id in decided.taken_back and r.taken_back is None]
    for referral in found:
        referral.taken_back = decided.taken_back[referral.id]
    return bool(found)
