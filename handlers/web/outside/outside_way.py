"""Where a mail's link leads: opened without signing in, asked and shown as the link's member."""

import secrets
from typing import Any, Final, TypeVar

from flask import g, redirect, request
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from handlers.runtime.answer_tokens import PATH, AnswerTokens
from handlers.runtime.tokens import BadToken
from handlers.web.door import ONCE as ONCE_FIELD
from handlers.web.door import door, form_digest, page, signer, texts
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.handled_events import FindHandledEvent
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.core.work import BY_LINK
from workflows.directory.look import GetTownName
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.outside.answer_links import AnswerLinkState, AnswerTarget, GetAnswerTarget

R = TypeVar("R")
ONCE: Final = "once by link"
LINK: Final = BY_LINK  # the name of this door, in the audit trail and among events seen

Page = str | tuple[str, int] | Response


class LinkClosed(Exception):
    """Nothing can be answered here: `why` names the sentence that says so."""

    def __init__(self, why: str, way: AnswerTarget, status: int = 410) -> None:
        super().__init__(why)
        self.why, self.way, self.status = why, way, status


def way_of(token: str) -> AnswerTarget:
    """Raises LinkClosed unless the link is still good."""
    try:
        link_id = AnswerTokens(door().secret).open(token)
    except BadToken:
        raise LinkClosed("unknown", AnswerTarget(AnswerLinkState.OVER), 404) from None
    way = door().desk.ask(GetAnswerTarget(link_id), Caller.DOOR, door=LINK)
    if way.state is not AnswerLinkState.READY:
        raise LinkClosed(
            str(way.state), way, 503 if way.state is AnswerLinkState.RESTORING else 410
        )
    if way.restricted:
        raise LinkClosed("restricted", way, 200)
    return way


def link_closed_page(shut: LinkClosed) -> tuple[str, int]:
    """One sentence why, and whom to telephone."""
    words = f"page.outside.shut.{shut.why}"
    made = page_by_link(
        "outside_shut.html",
        shut.way,
        texts().say(f"{words}_title"),
        sentence=texts().say(words),
        sign_in=shut.why == "restricted",
    )
    return made, shut.status


def title_of_form(key: str, *, unsaved: bool) -> str:
    """What a form asks; after it was sent in vain first of all that nothing was saved."""
    return texts().say("page.outside.unsaved" if unsaved else f"page.outside.{key}")


def page_by_link(template: str, way: AnswerTarget, title: str, **context: Any) -> str:
    """A page of this door; its frame names the town alone, and nobody who sits here."""
    town = ask(GetTownName(), way) if way.state is AnswerLinkState.READY else ""
    return page(template, title, way=way, town_name=town, **context)


def asked_by(way: AnswerTarget) -> AskedDates:
    """What the link's meeting asks of the agency. Raises LinkClosed when it asks nothing."""
    try:
        return ask(GetAskedDates(way.meeting_id or ""), way)
    except (NotAllowed, NotFound):
        raise LinkClosed("uninvited", way) from None


def ask(query: Query[R], way: AnswerTarget) -> R:
    return door().desk.ask(query, way.member_id, door=LINK)


def handle(command: Command[R], way: AnswerTarget, once: str) -> R:
    """Hand in a command as the link's member. Raises AlreadyDone when the form was sent before."""
    event, digest = (LINK, once), form_digest()
    return door().desk.handle(command, way.member_id, once=event, digest=digest, door=LINK)


def to_the_answer(token: str) -> Response:
    """To the page that says what was saved."""
    return redirect(f"{PATH}{token}?done=1")


# -- the once token: one form of one link, one deed -----------------------------------------------


def is_sent_before(once: str) -> bool:
    """Whether this very form was sent and saved before. Who wrote something else into it since
    answers for what they see now, with a form of its own."""
    earlier = (
        door().desk.ask(FindHandledEvent(LINK, once), Caller.DOOR, door=LINK) if once else None
    )
    g.is_spent = earlier is not None
    return earlier is not None and earlier.digest in ("", form_digest())


def once_of(token: str) -> str:
    """The token of a form of this link: that of the form which is answered, where that was not
    saved; else a fresh one."""
    if request.method == "POST" and not g.get("is_spent") and spent_once(token):
        return request.form[ONCE_FIELD]
    return str(signer(ONCE).dumps([token, secrets.token_urlsafe(16)]))


def spent_once(token: str) -> str:
    """The event id in what was posted; "" when it was made for another link, or not here."""
    try:
        of, nonce = signer(ONCE).loads(request.form.get(ONCE_FIELD, ""))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(nonce) if of == token else ""
