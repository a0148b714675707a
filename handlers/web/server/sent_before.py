"""A form that is sent again: looked at before all else, answered with what came of the first time.

One form is one deed. The token in it is spent in the transaction of its command (door.py); what
comes with a spent one, from a double click, a "back", a second tab or an answer that was lost, is
led to what was done. Who wrote something else into it meanwhile is asked, and loses nothing.
"""

from typing import Final

from flask import Flask, current_app, flash, g, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from handlers.web.door import (
    GUARD,
    WEB,
    NotSignedIn,
    SentBefore,
    ask,
    door,
    form_digest,
    own_nonce,
    page,
    texts,
)
from handlers.web.outside import outside
from workflows.cases.find_case import GetCaseId
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, Refused
from workflows.core.handled_events import FindHandledEvent
from workflows.core.permissions import Caller
from workflows.core.ports import HandledEvent
from workflows.meetings.views import GetMeeting

CASES: Final = "cases"


def answer_forms_sent_before(app: Flask) -> None:
    """To be set up before anything else that looks at a form."""

    @app.before_request
    def look_first() -> None:
        if earlier := find_earlier():
            raise SentBefore(earlier)

    @app.after_request
    def look_last(response: Response) -> Response:
        """Where the same form came at the same moment and was done first, nothing is wrong."""
        is_redirect = response.status_code in range(300, 400)
        if is_redirect or response.status_code >= 500:  # noqa: PLR2004 - ours is what is wrong
            return response
        if g.get("is_sent_before") or g.get("is_spent"):
            return response
        earlier = find_earlier()
        return current_app.make_response(_answer(SentBefore(earlier))) if earlier else response

    app.register_error_handler(SentBefore, _answer)


def find_earlier() -> HandledEvent | None:
    """What became of this very form; None of one that is sent for the first time, of what a page
    sends by itself, and of what is no page's: nothing of that is read here."""
    if request.method != "POST" or "HX-Request" in request.headers:
        return None
    if request.blueprint in (None, outside.NAME):
        return None
    try:
        nonce = own_nonce()
    except (NotSignedIn, NotAllowed):
        return None
    return door().desk.ask(FindHandledEvent(WEB, nonce), Caller.DOOR, door=WEB) if nonce else None


def _answer(again: SentBefore) -> Response | str:
    g.is_sent_before = True
    earlier = again.earlier
    where, at = _led_to(earlier.made if earlier else ""), earlier.at if earlier else None
    if earlier is None or earlier.digest in ("", form_digest()):
        flash(texts().say("page.sent_before.same", at=at))
        return redirect(where, 303)
    g.is_spent = True  # what is sent from here is another deed
    return page(
        "sent_before.html",
        texts().say("page.sent_before.title"),
        sentence=texts().say("page.sent_before.other", at=at),
        where=where,
        here=request.full_path,
        has_files=bool(request.files),
        fields=[(k, v) for k, v in request.form.items(multi=True) if k not in GUARD],
    )


def _led_to(made: str) -> str:
    """The address of what was made; else of the nearest page above the form, be it one that is
    still to be seen by who sent it."""
    parts = request.path.split("/")
    room = parts[1]
    if made and (found := _made(room, made)):
        return found
    above = ["/".join(parts[:n]) for n in range(len(parts) - 1, 1, -1)]
    return next((path for path in above if _is_page(path) and _may_be_seen(path)), "/")


def _made(room: str, made: str) -> str:
    if room != CASES:
        return f"/{room}/{made}"
    try:
        return f"/{room}/{ask(GetCase(made)).number}"
    except Refused:
        return ""


def _is_page(path: str) -> bool:
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except HTTPException:
        return False
    return True


def _may_be_seen(path: str) -> bool:
    _, room, *named = path.split("/")
    try:
        match room, named:
            case "cases", [number]:
                ask(GetCaseId(number))
            case "meetings", [meeting_id]:
                ask(GetMeeting(meeting_id))
            case _:
                pass
    except Refused:
        return False
    return True
