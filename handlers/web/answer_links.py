"""What whoever runs a meeting does with the links by which agencies answer: a new one, or none."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, handle, say
from handlers.web.meetings import refused_here
from workflows.answer_links import RevokePollLinks, SendPollLinkAgain
from workflows.errors import NotAllowed, NotFound, Refused
from workflows.meetings.views import GetMeeting

pages = Blueprint("answer_links", __name__)


@pages.post("/meetings/<meeting_id>/links")
def links(meeting_id: str) -> str | tuple[str, int] | Response:
    """Send an agency's link again, or take back those that it has."""
    agency_id = request.form.get("agency", "")
    again = request.form.get("do") == "again"
    command = SendPollLinkAgain if again else RevokePollLinks
    try:
        count = handle(command(meeting_id, agency_id))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return refused_here(meeting_id, wrong)
    name = next(a.name for a in ask(GetMeeting(meeting_id)).agencies if a.id == agency_id)
    say(f"page.outside.{'sent_again' if again else 'taken_back'}", agency=name, count=count)
    return redirect(f"/meetings/{meeting_id}")
