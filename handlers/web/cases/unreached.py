"""Who was not reached about a case or a meeting: that somebody telephoned them, or did not."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, handle, say
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.delivery.unreached import MarkReachedOfCase, MarkReachedOfMeeting

pages = Blueprint("unreached", __name__)


@pages.post("/cases/<number>/reached")
def of_case(number: str) -> Response:
    member, via, reached = _typed()
    handle(MarkReachedOfCase(ask(GetCaseId(number)), member, via, reached))
    return _said(address_of("open_case", number), reached=reached)


@pages.post("/meetings/<meeting_id>/reached")
def of_meeting(meeting_id: str) -> Response:
    member, via, reached = _typed()
    handle(MarkReachedOfMeeting(meeting_id, member, via, reached))
    return _said(address_of("open_meeting", meeting_id), reached=reached)


def _typed() -> tuple[str, str, bool]:
    form = request.form
    return form.get("member", ""), form.get("via", ""), form.get("reached") == "yes"


def _said(where: str, *, reached: bool) -> Response:
    say(f"page.unreached.{'marked' if reached else 'unmarked'}")
    return redirect(f"{where}#unreached")
