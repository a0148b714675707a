"""Replies by mail: read by who asked, entered as they stand, and said to be dealt with."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, handle, page, say, texts
from handlers.web.meetings.meeting_words import title_of
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.meetings.views import GetMeeting
from workflows.outside.mail_replies import MarkMailReplyOfCase, MarkMailReplyOfMeeting
from workflows.outside.mail_reply_views import GetMailRepliesOfCase, GetMailRepliesOfMeeting

pages = Blueprint("mail_replies", __name__)


@pages.get("/cases/<number>/mail-replies")
def of_case(number: str) -> str:
    return page(
        "mail_replies.html",
        texts().say("page.mail_replies.title"),
        replies=ask(GetMailRepliesOfCase(ask(GetCaseId(number)))),
        back=address_of("open_case", number),
        back_title=number,
        meeting_id="",
    )


@pages.get("/meetings/<meeting_id>/mail-replies")
def of_meeting(meeting_id: str) -> str:
    return page(
        "mail_replies.html",
        texts().say("page.mail_replies.title"),
        replies=ask(GetMailRepliesOfMeeting(meeting_id)),
        back=address_of("open_meeting", meeting_id),
        back_title=title_of(ask(GetMeeting(meeting_id)).line),
        meeting_id=meeting_id,
    )


@pages.post("/cases/<number>/mail-replies/<reply_id>")
def mark_of_case(number: str, reply_id: str) -> Response:
    handled = request.form.get("handled") == "yes"
    handle(MarkMailReplyOfCase(ask(GetCaseId(number)), reply_id, handled))
    return _said(address_of("open_case", number), handled=handled)


@pages.post("/meetings/<meeting_id>/mail-replies/<reply_id>")
def mark_of_meeting(meeting_id: str, reply_id: str) -> Response:
    handled = request.form.get("handled") == "yes"
    handle(MarkMailReplyOfMeeting(meeting_id, reply_id, handled))
    return _said(address_of("open_meeting", meeting_id), handled=handled)


def _said(where: str, *, handled: bool) -> Response:
    say(f"page.mail_replies.{'marked' if handled else 'unmarked'}")
    return redirect(f"{where}/mail-replies")
