"""つなぎの取り下げ: a referral ends by whoever asked; one sent by mistake leaves an incident.

The agency is told that it no longer reads. Who of it had looked at the case, and how often, is kept
with the referral and told to those who have to see to it.
"""

from dataclasses import dataclass

from workflows.cases.named_list import unname_agency
from workflows.cases.refer import may_ask_back, must_be_open
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.free_text import checked_reason
from workflows.core.looks import shown_in
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.case import AgencyLook, Case, Referral, TakenBack


@dataclass(frozen=True)
class TakeBackReferral(Command[int]):
    """End a referral. Answers with how many people of the agency had looked at the case.

    `mistake`: the agency should never have been told; else it is needed no more. `reason` is class
    H. Raises Invalid, Refused.
    """

    case_id: str
    referral_id: str
    mistake: bool
    reason: str


@handles(TakeBackReferral, Action.REFER, code="take_back_referral")
def take_back_referral(command: TakeBackReferral, work: Work) -> int:
    case = work.case(command.case_id)
    must_be_open(case)
    referral = case.referral(command.referral_id)
    if referral is None:
        raise NotFound("not_found.referral")
    if not may_ask_back(case, referral, work):
        raise NotAllowed("denied.take_back")
    if not (referral.waits or referral.took_part):
        raise Refused("take_back.over")
    if case.leading_agency_id == referral.agency_id:
        raise Refused("take_back.leads", agency=work.agency_name(referral.agency_id))
    reason = checked_reason(command.reason)
    agency_id, told = referral.agency_id, work.contacts(referral.agency_id, case)
    looks = looks_of_agency(case, referral, work)
    referral.taken_back = TakenBack(work.me.id, work.now, command.mistake, reason, looks)
    work.record(
        "taken_back",
        case=case,
        referral=referral.id,
        agency=agency_id,
        mistake=command.mistake,
        looked=referral.taken_back.looked,
    )
    sees = agency_id in case.agency_ids()
    if case.is_restricted and not sees:
        unname_agency(case, agency_id, work)
    work.tell(
        "referral_taken_back",
        told,
        once=referral.id,
        facts={
            "number": case.number,
            "agency": work.agency_name(work.me.agency_id),
            "mistake": command.mistake,
            "sees": sees,
        },
        case=case if sees else None,
    )
    _tell_who_answers(case, referral, work)
    return referral.taken_back.looked


def looks_of_agency(case: Case, referral: Referral, work: Work) -> list[AgencyLook]:
    """Every look at the case by the agency's members since it was asked, oldest first. What showed
    nothing is no look."""
    found = []
    for event in work.uow.events.of_case(case.id):
        theirs = event.facts.get("agency") == referral.agency_id
        if not (event.kind.startswith("read.") and event.actor_id and theirs):
            continue
        parts = [one.part for one in shown_in(event.facts)]
        if parts and event.at >= referral.asked_at:
            found.append(AgencyLook(event.actor_id, event.at, parts))
    return found


def _tell_who_answers(case: Case, referral: Referral, work: Work) -> None:
    """Coordinators and who answers for the person; of a mistake the managers, whose incident it is
    ([ours]; on a restricted case the named alone)."""
    ended = referral.taken_back
    assert ended is not None  # noqa: S101 - it was just taken back
    to = [*work.coordinators(case), *work.contacts(case.answering_agency_id, case)]
    if ended.mistake and not case.is_restricted:
        to += work.managers()
    work.tell(
        "taken_back",
        [m for m in to if m.id != work.me.id],
        once=referral.id,
        facts={
            "agency": work.agency_name(referral.agency_id),
            "mistake": ended.mistake,
            "looked": ended.looked,
        },
        case=case,
    )
