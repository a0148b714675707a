"""返信 got by telephone or FAX: a coordinator enters it for the agency that was asked.

It counts as the agency's own, with the same checks and consequences; it stays marked with the way,
with who entered it and who said so, and the agency is told, so that a wrong one is noticed.
"""

from dataclasses import dataclass

from workflows.cases.reply import must_wait, referral_of, take_reply
from workflows.core.checking import checked
from workflows.core.errors import Invalid, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError, Raw, Value
from workflows.meetings.answer import NAME_MAX, heard_by_errors
from workflows.model.case import Case, Referral, ReplyAnswer


@dataclass(frozen=True)
class EnterReply(Command[ReplyAnswer]):
    """Enter an agency's reply that came by telephone or FAX; `said_by` gave it, `heard_by` says
    how.

    Raises Refused for one's own agency, whose reply is given and not entered.
    """

    case_id: str
    referral_id: str
    raw: Raw
    heard_by: str
    said_by: str


@handles(EnterReply, Action.ENTER_REPLY, code="enter_reply")
def enter_reply(command: EnterReply, work: Work) -> ReplyAnswer:
    case, referral = referral_of(command.case_id, command.referral_id, work)
    if referral.agency_id == work.me.agency_id:
        raise Refused("reply.own_agency")
    must_wait(referral, work)
    values, said_by = _checked(command, work)
    heard_by = command.heard_by
    answer = take_reply(case, referral, values, work, heard_by=heard_by, said_by=said_by)
    _tell_agency(case, referral, work)
    return answer


def _checked(command: EnterReply, work: Work) -> tuple[dict[str, Value], str]:
    """The values of the form and who said so; everything that is wrong is told at once."""
    said_by, wrong_said = read_text("said_by", command.said_by, NAME_MAX, required=True)
    wrong = list(heard_by_errors(command.heard_by))
    if not command.heard_by:
        wrong.append(FieldError("heard_by", "form.required", {"choose": True}))
    wrong += wrong_said
    try:
        values = checked(work, "reply", command.raw)
    except Invalid as found:
        raise Invalid((*wrong, *found.errors)) from None
    if wrong:
        raise Invalid(wrong)
    return values, said_by


def _tell_agency(case: Case, referral: Referral, work: Work) -> None:
    reply = referral.reply
    assert reply is not None  # noqa: S101 - it was entered a line before
    work.tell(
        "reply_entered",
        work.contacts(referral.agency_id, case),
        once=referral.id,
        facts={
            "agency": work.agency_name(referral.agency_id),
            "answer": str(reply.answer),
            "next_agency": work.agency_name(reply.next_agency_id) if reply.next_agency_id else "",
            "heard_by": reply.heard_by,
            "by": work.me.name,
            "by_agency": work.agency_name(work.me.agency_id),
            "phone": work.agency(work.me.agency_id).phone,
            "item": referral.id,
        },
        case=case,
    )
