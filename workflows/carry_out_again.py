"""After a restore, what was decided since the backup is carried out again before anybody works."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.cases.model import RESTRICTS, Case, SheetEdit
from workflows.cases.record_consent import RecordConsent, record_consent
from workflows.dates import show_date
from workflows.decided import CaseDecided, Decision, Erased
from workflows.decisions import DISPOSED
from workflows.errors import Refused
from workflows.ports import BrokenRecord
from workflows.retention.approve import erase
from workflows.retention.dispose import let_go
from workflows.retention.ports import Disposal
from workflows.work import Work


@dataclass(frozen=True)
class Again:
    """How many decisions were carried out again; the cases for which one was not; and how many
    were about a case that is not in the backup: there is nothing left that it could protect."""

    done: int
    left: tuple[str, ...]
    lost: int


def carry_out_again(decisions: Sequence[Decision], work: Work) -> Again:
    """Of one case the newest line says how it stood: consents, restriction and referrals in one."""
    newest = {d.case.case_id: d.seq for d in decisions if d.case}
    done = lost = 0
    left: list[str] = []
    for one in decisions:
        if one.case and newest[one.case.case_id] != one.seq:
            continue
        try:
            carried = _carry_out(one, work)
        except BrokenRecord as broken:
            left.append(broken.record_id)
            continue
        except Refused:
            left.append(one.case.case_id if one.case else "")
            continue
        if carried is None:
            lost += 1
        else:
            done += carried
    return Again(done, tuple(left), lost)


def _carry_out(one: Decision, work: Work) -> bool | None:
    """Whether something had to be done; None when what it is about is not there."""
    if one.kind == DISPOSED:
        return _dispose(one.disposals, work)
    if one.member:
        return _erase(one.member, one.disposals, work)
    if one.case is None:
        return False
    case = work.uow.cases.get(one.case.case_id, change=True)
    return _stand_as_decided(case, one.case, work) if case else None


def _keep_proofs(proofs: Sequence[Disposal], work: Work) -> None:
    """As they were; an approval that the backup brought back gives way to what came of it."""
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
    let_go(case, proof, work)
    work.record("disposed_again", case=case, approved_by=proof.approved_by)
    return True


def _erase(erased: Erased, proofs: Sequence[Disposal], work: Work) -> bool | None:
    _keep_proofs(proofs, work)
    member = work.uow.directory.member(erased.member_id)
    if member is None:
        return None
    if member.erased_on is not None:
        return False
    erase(member, erased.name, erased.kana, work)
    return True


def _stand_as_decided(case: Case, decided: CaseDecided, work: Work) -> bool:
    moved = [
        _consent_again(case, decided, work),
        _restrict_again(case, decided, work),
        _take_back_again(case, decided),
    ]
    if any(moved):
        work.record("decided_again", case=case)
    return any(moved)


def _consent_again(case: Case, decided: CaseDecided, work: Work) -> bool:
    """Each answer that came since, by the way in which an answer is recorded, so that the same
    parts end; then under its own day and hand. Raises Refused where that cannot be done."""
    known = max((c.at for c in case.consents), default=None)
    new = [c for c in decided.consents if known is None or c.at > known]
    for one in new:
        member = work.uow.directory.member(one.by) or next(iter(work.administrators()), None)
        if member is None:
            raise Refused("restore.nobody")
        raw = {"consent": one.status, "consent_scope": list(one.scope)}
        raw |= {"consent_on": show_date(one.on) if one.on else "", "consent_method": one.method}
        before = len(case.consents)
        record_consent(RecordConsent(case.id, case.sheet_version, raw), work.as_member(member))
        if len(case.consents) > before:
            case.consents[-1] = replace(case.consents[-1], by=one.by, at=one.at)
        work.record("consent_again", case=case, status=one.status, at=one.at.isoformat())
    return bool(new)


def _restrict_again(case: Case, decided: CaseDecided, work: Work) -> bool:
    """Restricted as it was, and to the same people."""
    changed = [n for n in RESTRICTS if bool(case.sheet.get(n)) != (n in decided.restricts)]
    if not changed and case.named_member_ids == decided.named:
        return False
    if changed:
        case.sheet = {**case.sheet, **{n: n in decided.restricts for n in changed}}
        case.sheet_version += 1
        case.sheet_edits.append(SheetEdit(case.sheet_version, "", work.now, changed))
        work.record("sheet_edited", case=case, version=case.sheet_version, fields=changed)
    case.named_member_ids = list(decided.named)
    return True


def _take_back_again(case: Case, decided: CaseDecided) -> bool:
    found = [r for r in case.referrals if r.id in decided.taken_back and r.taken_back is None]
    for referral in found:
        referral.taken_back = decided.taken_back[referral.id]
    return bool(found)
