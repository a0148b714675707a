"""Links by which an agency replies to a referral: sent again, or taken back, by who may refer."""

from dataclasses import dataclass

from workflows.cases.refer import must_be_open
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.model.case import Case, Referral
from workflows.sign_in.sign_in import MAIL


@dataclass(frozen=True)
class RevokeReplyLinks(Command[int]):
    """Take back every link by which a referral is replied to. Answers with how many."""

    case_id: str
    referral_id: str


@handles(RevokeReplyLinks, Action.REFER, code="revoke_reply_links")
def revoke_reply_links(command: RevokeReplyLinks, work: Work) -> int:
    case = work.case(command.case_id)
    return _revoked(case, _referral(case, command.referral_id), work)


@dataclass(frozen=True)
class SendReplyLinkAgain(Command[int]):
    """A new link by mail to each contact of the agency asked that has an address; older ones are
    taken back. Answers with to how many.

    Raises Refused when nobody there has one, when it was replied to, and on a restricted case:
    that is answered after signing in.
    """

    case_id: str
    referral_id: str


@handles(SendReplyLinkAgain, Action.REFER, code="send_reply_link_again")
def send_reply_link_again(command: SendReplyLinkAgain, work: Work) -> int:
    case = work.case(command.case_id)
    referral = _referral(case, command.referral_id)
    must_be_open(case)
    if referral.went:
        raise Refused("reply.carried")
    if referral.reply:
        raise Refused("reply.already", by=work.member_name(referral.reply.by))
    if case.is_restricted:
        raise Refused("answer_link.restricted")
    agency = work.agency_name(referral.agency_id)
    reached = [m for m in work.contacts(referral.agency_id, case) if m.email]
    if not reached:
        raise Refused("answer_link.nobody_replies", agency=agency)
    _revoked(case, referral, work)
    work.tell(
        "reply_link",
        reached,
        once=new_id(),
        facts={
            "agency": agency,
            "purpose": referral.purpose,
            "urgency": str(case.urgency),
            "reply_by": referral.reply_by.isoformat(),
        },
        case=case,
        promise=f"reply:{case.id}:{referral.id}",
        urgent=True,
        via=MAIL,
    )
    work.record(
        "reply_links_sent_again",
        case=case,
        referral=referral.id,
        agency=referral.agency_id,
        count=len(reached),
    )
    return len(reached)


def _referral(case: Case, referral_id: str) -> Referral:
    referral = case.referral(referral_id)
    if referral is None:
        raise NotFound("not_found.referral")
    return referral


def _revoked(case: Case, referral: Referral, work: Work) -> int:
    links = work.uow.answer_links
    found = links.good(work.now, case_id=case.id, item=referral.id)
    links.revoke([link.id for link in found], work.now)
    if found:
        work.record(
            "reply_links_revoked",
            case=case,
            referral=referral.id,
            agency=referral.agency_id,
            count=len(found),
        )
    return len(found)
