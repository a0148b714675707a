"""The sheet on which an agency replies to a referral by FAX: who asks, what for, until when.

It leaves the house on paper and may come out at a wrong number: it says no word of the case, and of
a restricted one not even that it is there.
"""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.refer import must_be_open
from workflows.cases.reply import must_wait
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.fax import Office, office, printed_today

PRINTED = "reply_sheet_printed"


@dataclass(frozen=True)
class FaxReply:
    """`sender` and `person` get the answer back and enter it; `asker` asked for it."""

    number: str
    purpose: str
    urgency: str
    to: Office
    sender: Office
    person: str
    asker: Office
    asked_by: str
    reply_by: datetime
    has_lead: bool


@dataclass(frozen=True)
class GetFaxReply(Query[FaxReply]):
    """For a referral that waits; that its sheet was printed is written down, once a day.

    Raises Refused on a restricted case, and where no answer is awaited.
    """

    case_id: str
    referral_id: str


@handles(GetFaxReply, Action.ENTER_REPLY, code="get_fax_reply")
def get_fax_reply(query: GetFaxReply, work: Work) -> FaxReply:
    case = work.case_to_read(query.case_id)
    referral = case.referral(query.referral_id)
    if referral is None:
        raise NotFound("not_found.referral")
    must_be_open(case)
    must_wait(referral, work)
    if case.is_restricted:
        raise Refused("fax.restricted")
    agency_id = referral.agency_id
    if not printed_today(work.uow.events.of_case(case.id), PRINTED, agency_id, work):
        work.record(PRINTED, case=case, agency=agency_id)
    asker = work.uow.directory.member(referral.asked_by)
    return FaxReply(
        number=case.number,
        purpose=referral.purpose,
        urgency=str(case.urgency),
        to=office(agency_id, work),
        sender=office(work.me.agency_id, work),
        person=work.me.name,
        asker=office(asker.agency_id if asker else case.writer_agency_id, work),
        asked_by=work.member_name(referral.asked_by),
        reply_by=referral.reply_by,
        has_lead=case.leading_agency_id is not None,
    )
