"""An agency's part in a case ends by the person's word: it is told, and so is who has to act.

Nothing of what it was asked or gave is taken from the case: the part opens nothing any more, and
comes back by itself when the person names the agency again (`Case.covers`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.core.work import Work
from workflows.japanese.open_days import reply_by
from workflows.model.case import Case, urgency_known
from workflows.model.directory import Member
from workflows.model.meeting import Meeting


@dataclass(frozen=True)
class EndedPart:
    """What one agency had in the case: whether it led or was still to answer, and open roles."""

    agency_id: str
    led: bool
    waited: bool
    roles: int


def ended_parts(before: Case, after: Case) -> tuple[EndedPart, ...]:
    """The parts of agencies in `before` that `after` has no more."""
    gone = [a for a in before.agency_ids() if a not in after.agency_ids()]
    return tuple(
        EndedPart(
            agency_id=a,
            led=before.leading_agency_id == a,
            waited=any(r.agency_id == a for r in before.waiting_referrals),
            roles=sum(r.agency_id == a for r in before.open_roles),
        )
        for a in gone
    )


def tell_of_ended_parts(
    case: Case,
    ended: Iterable[EndedPart],
    shut_out: Mapping[str, Iterable[Member]],
    work: Work,
) -> None:
    """Tell agencies whose part ended, and those who act for the case.

    `shut_out` are the agencies that know of it and read no more, each with who is told there: who
    answered for it until now. They may not see the case, whose number they knew."""
    once = f"{case.id}:{case.sheet_version}"
    for agency_id, people in shut_out.items():
        work.tell(
            "part_ended",
            people,
            once=f"{once}:{agency_id}",
            facts={"number": case.number, "agency": work.agency_name(agency_id)},
        )
    ended = list(ended)
    if not ended:
        return
    acting = {
        m.id: m
        for m in (
            *work.contacts(case.answering_agency_id, case),
            *work.writer(case),
            *work.coordinators(case),
        )
    }
    work.tell(
        "parts_ended",
        acting.values(),
        once=once,
        facts={
            "ended": [work.agency_name(one.agency_id) for one in ended],
            "led": next((work.agency_name(one.agency_id) for one in ended if one.led), ""),
            "answering": work.agency_name(case.answering_agency_id),
            "stopped": sum(one.waited for one in ended),
            "open_roles": sum(one.roles for one in ended),
        },
        case=case,
    )


def ask_again(before: Case, case: Case, work: Work) -> None:
    """Give requests that count again, after they stood still, the usual time from now on."""
    stood_still = {r.id for r in before.referrals} - {r.id for r in before.waiting_referrals}
    for referral in case.waiting_referrals:
        if referral.id in stood_still:
            referral.reply_by = reply_by(urgency_known(case.urgency), work.now, work.days)


def tell_of_roles_without_agency(case: Case, meeting: Meeting, work: Work) -> None:
    """Tell who acts that a record gave roles to agencies shut out by the person since the
    sitting."""
    left = [r for r in case.roles_without_agency if r.meeting_id == meeting.id]
    if not left:
        return
    names = dict.fromkeys(work.agency_name(r.agency_id) for r in left)
    acting = [*work.contacts(case.answering_agency_id, case), *work.coordinators(case)]
    work.tell(
        "parts_ended",
        acting,
        once=f"{case.id}:{meeting.id}",
        facts={
            "ended": list(names),
            "led": "",
            "answering": work.agency_name(case.answering_agency_id),
            "stopped": 0,
            "open_roles": len(left),
        },
        case=case,
    )
