"""What is done with the links by which agencies answer or reply: a new one, or none."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.cases.cases import case_refused
from handlers.web.door import ask, handle, say
from handlers.web.meetings.meetings import refused_here
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.cases.reply_links import RevokeReplyLinks, SendReplyLinkAgain
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.meetings.views import GetMeeting
from workflows.outside.answer_links import RevokeDatesLinks, SendDatesLinkAgain

pages = Blueprint("answer_links", __name__)


@pages.post("/meetings/<meeting_id>/links")
def links(meeting_id: str) -> str | tuple[str, int] | Response:
    """Send an agency's link again, or take back those that it has."""
    agency_id = request.form.get("agency", "")
    again = request.form.get("do") == "again"
    command = SendDatesLinkAgain if again else RevokeDatesLinks
    try:
        count = handle(command(meeting_id, agency_id))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return refused_here(meeting_id, wrong)
    name = next(a.name for a in ask(GetMeeting(meeting_id)).agencies if a.id == agency_id)
    say(f"page.outside.{'sent_again' if again else 'taken_back'}", agency=name, count=count)
    return redirect(address_of("open_meeting", meeting_id))


@pages.post("/cases/<number>/referrals/<referral_id>/links")
def reply_links(number: str, referral_id: str) -> str | tuple[str, int] | Response:
    """Send the link to a referral again, or take back those that there are."""
    case_id = ask(GetCaseId(number))
    again = request.form.get("do") == "again"
    command = SendReplyLinkAgain if again else RevokeReplyLinks
    try:
        count = handle(command(case_id, referral_id))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return case_refused(number, wrong)
    case = ask(GetCase(case_id))
    name = next(r.agency_name for r in case.referrals if r.id == referral_id)
    say(f"page.outside.reply_{'sent_again' if again else 'taken_back'}", agency=name, count=count)
    return redirect(address_of("open_case", number))
