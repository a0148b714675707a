"""The answer page: whoever holds a mail's link answers for its member, and sees no case content.

Nobody is signed in here and no cookie is asked for: the address is the secret, so that a form from
elsewhere, which does not know it, can do nothing. What is written goes through the desk as the
link's member, under the door `link`.
"""

from typing import Final

from flask import Blueprint, Response, request

from handlers.runtime.answer_tokens import PATH
from handlers.web.outside import outside_attend, outside_dates, outside_reply
from handlers.web.outside.outside_way import (
    LinkClosed,
    Page,
    asked_by,
    is_sent_before,
    link_closed_page,
    spent_once,
    to_the_answer,
    way_of,
)
from workflows.core.errors import Refused
from workflows.outside.answer_links import AnswerTarget

NAME: Final = "outside"

pages = Blueprint(NAME, __name__)


@pages.after_app_request  # an address that was mistyped, or a way it is not asked, finds no view
def keep_the_address(response: Response) -> Response:
    """The address is the secret: no page is told where somebody came from, no index takes it up."""
    if request.path.startswith(PATH):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.errorhandler(LinkClosed)
def shut(error: LinkClosed) -> tuple[str, int]:
    return link_closed_page(error)


@pages.get(f"{PATH}<token>")
def look(token: str) -> Page:
    """What is asked, or what was answered. A mail scanner that looks changes nothing."""
    way = way_of(token)
    if way.meeting_id:
        return _meeting(token, way)
    return outside_reply.look(token, way)


@pages.post(f"{PATH}<token>")
def answer(token: str) -> Page:
    way = way_of(token)
    if is_sent_before(spent_once(token)):
        return to_the_answer(token)
    if not way.meeting_id:
        return outside_reply.save(token, way)
    try:
        if request.form.get("asked") == outside_attend.ASKED:
            return outside_attend.save(token, way)
        return outside_dates.save(token, way)
    except Refused:  # closed, fixed, moved, cancelled or over; perhaps this very moment
        return _meeting(token, way, lost=True), 409


def _meeting(token: str, way: AnswerTarget, *, lost: bool = False) -> str:
    """What the meeting asks now: the dates, or once one is fixed whether the agency comes.

    `lost`: what was just sent came too late and was not saved.
    """
    asked = asked_by(way)
    if outside_attend.is_asked(asked):
        return outside_attend.look(token, way, asked, lost=lost)
    return outside_dates.look(token, way, asked, lost=lost)
