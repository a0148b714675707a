"""返信: an agency takes a referral, or says why not and where it goes next.

Passing on and declining always name the next agency, so that nobody is sent round: the referral
goes there at once, with its history, and a third pass is brought to the coordinator.
"""

from dataclasses import dataclass
from datetime import date

from workflows.cases.follow_up_schedule import plan_check
from workflows.cases.named_list import name_contacts
from workflows.cases.refer import (
    ReferralWanted,
    is_asked_already,
    is_beyond_consent,
    must_be_open,
    record_sharing,
    refer_to,
)
from workflows.core.checking import checked, one_error, text
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError, Raw, Value
from workflows.model.case import Case, Ground, Referral, Reply, ReplyAnswer

PASSES_BEFORE_ALERT = 2  # passes after which the coordinator is told; ours


@dataclass(frozen=True)
class ReplyToReferral(Command[ReplyAnswer]):
    """`scope_known`: whether whoever replies was shown what the person agreed to."""

    case_id: str
    referral_id: str
    raw: Raw
    scope_known: bool = True


@handles(ReplyToReferral, Action.REPLY, code="reply_to_referral")
def reply(command: ReplyToReferral, work: Work) -> ReplyAnswer:
    case, referral = referral_of(command.case_id, command.referral_id, work)
    if referral.agency_id != work.me.agency_id:
        raise NotAllowed("denied.reply")
    must_wait(referral, work)
    values = checked(work, "reply", command.raw)
    return take_reply(case, referral, values, work, scope_known=command.scope_known)


def referral_of(case_id: str, referral_id: str, work: Work) -> tuple[Case, Referral]:
    """The referral of a case that is open, for change. Raises Refused, NotFound."""
    case = work.case(case_id)
    must_be_open(case)
    referral = case.referral(referral_id)
    if referral is None:
        raise NotFound("not_found.referral")
    return case, referral


def must_wait(referral: Referral, work: Work) -> None:
    if referral.went is not None:
        raise Refused("reply.carried")
    if referral.reply is not None:
        raise Refused("reply.already", by=work.member_name(referral.reply.by))


def take_reply(
    case: Case,
    referral: Referral,
    values: dict[str, Value],
    work: Work,
    *,
    heard_by: str = "",
    said_by: str = "",
    scope_known: bool = True,
) -> ReplyAnswer:
    """Write the agency's answer down, with all that follows; `values` are of the form `reply`.

    With `heard_by` somebody enters what `said_by` told them for the agency.
    """
    answer = ReplyAnswer(text(values, "answer"))
    passes = answer in (ReplyAnswer.PASSED_ON, ReplyAnswer.DECLINED)
    next_agency = text(values, "next_agency") if passes else ""
    ground = Ground()
    if passes:
        _must_not_have_been(case, referral, next_agency, work)
        ground = _ground_to_pass(case, referral, values, work, scope_known=scope_known)
    reason = text(values, "reason")
    referral.reply = Reply(
        answer,
        work.me.id,
        work.now,
        reason,
        next_agency or None,
        heard_by=heard_by,
        said_by=said_by,
    )
    work.record(
        "replied",
        case=case,
        referral=referral.id,
        agency=referral.agency_id,
        answer=str(answer),
        next_agency=next_agency,
        heard_by=heard_by,
    )
    if next_agency:
        _pass_on(case, referral, next_agency, ground, work)
    else:
        _take_lead(case, referral, values, work)
    work.tell(
        "referral_replied",
        work.writer(case),
        once=referral.id,
        facts={
            "agency": work.agency_name(referral.agency_id),
            "answer": str(answer),
            "next_agency": work.agency_name(next_agency) if next_agency else "",
            "lead": work.agency_name(case.leading_agency_id) if case.leading_agency_id else "",
            "heard_by": heard_by,
            "reply_by": _answers_by(case, next_agency),
        },
        case=case,
    )
    return answer


def _answers_by(case: Case, agency_id: str) -> str:
    """Until when the agency that was asked last is to answer; "" where nothing waits for it."""
    waiting = [r for r in case.referrals if r.agency_id == agency_id and r.waits]
    return waiting[-1].reply_by.isoformat() if waiting else ""


def _must_not_have_been(case: Case, referral: Referral, agency_id: str, work: Work) -> None:
    if agency_id in {r.agency_id for r in case.chain(referral)}:
        raise one_error("next_agency", "reply.been_there", agency=work.agency_name(agency_id))


def _ground_to_pass(
    case: Case, referral: Referral, values: dict[str, Value], work: Work, *, scope_known: bool
) -> Ground:
    """Why the next agency is told, stated by who passes it on; nothing where consent covers it.

    [ours] What the consent covers is content. Whoever may not read it, or was not shown it, is
    asked for a ground whichever agency it is; one whose own agency is not covered hands its part
    back to the writer's and to nobody else. So no answer tells which agencies the person agreed to.
    """
    agency_id = text(values, "next_agency")
    if agency_id == case.writer_agency_id:
        return Ground()
    reads = work.may(Action.READ_CASE, case).allowed
    if not reads:
        writer = work.agency_name(case.writer_agency_id)
        raise one_error("next_agency", "reply.outside_consent", writer=writer)
    ground = Ground(text(values, "pass_basis"), text(values, "pass_reason"))
    beyond = is_beyond_consent(case, [agency_id])
    if (beyond or not scope_known) and not (ground.basis and ground.reason):
        key = "reply.ground_needed" if scope_known else "reply.ground_asked"
        agency = work.agency_name(agency_id)
        raise Invalid(
            [
                FieldError(name, key, {"agency": agency})
                for name, said in (("pass_basis", ground.basis), ("pass_reason", ground.reason))
                if not said
            ]
        )
    return ground if beyond else Ground()


def _pass_on(case: Case, referral: Referral, agency_id: str, ground: Ground, work: Work) -> None:
    if not is_asked_already(case, agency_id):
        wanted = ReferralWanted(agency_id, referral.purpose, referral.request)
        refer_to(case, wanted, ground, work, passed_from=referral)
    passes = len(case.chain(referral))
    if passes >= PASSES_BEFORE_ALERT:
        work.tell(
            "passed_round",
            work.coordinators(case),
            once=referral.id,
            facts={
                "times": passes,
                "agency": work.agency_name(agency_id),
                "reply_by": _answers_by(case, agency_id),
            },
            case=case,
        )


def _take_lead(case: Case, referral: Referral, values: dict[str, Value], work: Work) -> None:
    if values.get("lead") is True:
        lead = case.leading_agency_id
        if lead and lead != referral.agency_id:
            raise one_error("lead", "reply.lead_exists", agency=work.agency_name(lead))
        must_be_covered(case, referral.agency_id, "lead", work)
        set_lead(case, referral.agency_id, work)
    day = text(values, "next_check_on")
    if not day:
        return
    if case.leading_agency_id != referral.agency_id:  # the next check is for who leads to set
        raise one_error("next_check_on", "reply.check_of_lead")
    plan_check(case, date.fromisoformat(day), "reply", work)


def must_be_covered(case: Case, agency_id: str, field: str, work: Work) -> None:
    """Refuse a lead agency that neither consent nor a basis covers, beside the field.

    By a mail's link it is not said why: what the person agreed to is content.
    """
    if not case.covers(agency_id):
        key = "lead.not_by_link" if work.by_link else "lead.not_covered"
        raise one_error(field, key, agency=work.agency_name(agency_id))


def set_lead(case: Case, agency_id: str, work: Work, *, names: bool = True) -> None:
    """Make an agency answer for the case from now on; whether it may is asked before. It names the
    agency's window on a restricted case, unless somebody of it is named already (not `names`)."""
    before = case.leading_agency_id
    if before == agency_id:
        return
    case.lead_agency_id = agency_id
    case.lead_since = work.now
    if case.is_restricted and names:
        name_contacts(case, agency_id, work)
    work.record("lead_set", case=case, agency=agency_id, before=before or "")
    if is_beyond_consent(case, [agency_id]):
        record_sharing(case, agency_id, "lead", work)


def tell_lead(case: Case, agency_id: str, work: Work, before: str = "") -> None:
    """Tell an agency that it leads from now on, and when it looks at the case next; `before` is the
    number of the case that it led until now, for the same person."""
    check = case.next_follow_up
    work.tell(
        "lead_given",
        work.contacts(agency_id, case),
        once=f"{case.id}:{work.now.isoformat()}",
        facts={
            "agency": work.agency_name(agency_id),
            "next_check_on": check.due_on.isoformat() if check else "",
            **({"before": before} if before else {}),
        },
        case=case,
    )


@dataclass(frozen=True)
class SetLead(Command[None]):
    """Name the agency that answers for the case, and the day of the next check."""

    case_id: str
    agency_id: str
    next_check_on: str


@handles(SetLead, Action.SET_LEAD, code="set_lead")
def name_lead(command: SetLead, work: Work) -> None:
    case = work.case(command.case_id)
    must_be_open(case)
    raw: Raw = {"answer": "accepted", "lead": "yes", "next_check_on": command.next_check_on}
    values = checked(work, "reply", raw)
    takes_part = {
        a
        for a, how in case.agency_ids().items()
        if set(how) & {"writer", "accepted", "role", "lead"}
    }
    if command.agency_id not in takes_part:
        raise one_error("agency", "lead.takes_no_part")
    must_be_covered(case, command.agency_id, "agency", work)
    stays = case.leading_agency_id == command.agency_id
    set_lead(case, command.agency_id, work)
    day = date.fromisoformat(text(values, "next_check_on"))
    plan_check(case, day, "reply", work)
    if stays:
        work.record("check_planned", case=case, on=day.isoformat())
    tell_lead(case, command.agency_id, work)
