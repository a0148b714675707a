"""The answer page: whoever holds a mail's link answers for its member, and sees no case content.

Nobody is signed in here and no cookie is asked for: the address is the secret, so that a form from
elsewhere, which does not know it, can do nothing. What is written goes through the desk as the
link's member, under the door `link`.
"""

from typing import Final

from flask import Blueprint, Response

from handlers.answer_tokens import PATH
from handlers.web import outside_dates, outside_reply
from handlers.web.outside_way import Page, Shut, shut_page, way_of

NAME: Final = "outside"

pages = Blueprint(NAME, __name__)


@pages.after_request
def keep_the_address(response: Response) -> Response:
    """The address is the secret: no other page is told where somebody came from."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@pages.errorhandler(Shut)
def shut(error: Shut) -> tuple[str, int]:
    return shut_page(error)


@pages.get(f"{PATH}<token>")
def look(token: str) -> Page:
    """What is asked, or what was answered. A mail scanner that looks changes nothing."""
    way = way_of(token)
    if way.meeting_id:
        return outside_dates.look(token, way)
    return outside_reply.look(token, way)


@pages.post(f"{PATH}<token>")
def answer(token: str) -> Page:
    way = way_of(token)
    if way.meeting_id:
        return outside_dates.save(token, way)
    return outside_reply.save(token, way)
