"""The door of a town: a link asked for here, sent to its member, opened in this very browser."""

from secrets import token_urlsafe
from typing import Final

from flask import Blueprint, abort, redirect, request, session
from werkzeug.wrappers import Response

from handlers.web import limits
from handlers.web.door import WEB, ShownError, WebDoor, door, page, say, texts
from workflows.permissions import Caller
from workflows.sign_in import AskLink, Entry, LinkState, LookAtLink, SignOut, SpendLink

pages = Blueprint("sign_in", __name__)

LONGEST: Final = 254  # of an e-mail address (RFC 5321)
BROWSER: Final = "browser"


def town_door() -> WebDoor:
    """The door, in a town; in local mode a person is chosen instead."""
    found = door()
    if found.is_local:
        abort(404)
    return found


@pages.get("/sign-in")
def how() -> str:
    """How to come in; the same for everybody."""
    town_door()
    return _asking()


def _asking(who: str = "", error: str = "") -> str:
    settings = door().settings.sign_in
    title = texts().say("page.sign_in.title")
    errors = [ShownError("who", texts().say("page.sign_in.who"), error)] if error else []
    return page(
        "sign_in.html",
        title,
        step="ask",
        by_link=not settings.oidc_only,
        by_oidc=settings.single_sign_on is not None,
        who=who,
        errors=errors,
    )


@pages.post("/sign-in")
def ask() -> Response | tuple[str, int]:
    """Have a link sent. Whoever is asked for, the answer is this redirect, and nothing more."""
    found = town_door()
    if found.settings.sign_in.oidc_only:
        abort(404)
    who = request.form.get("who", "").strip()
    if not who or len(who) > LONGEST:
        key = "page.sign_in.who_missing" if not who else "page.sign_in.who_too_long"
        return _asking(who[:LONGEST], texts().say(key)), 422
    # Too often asked for: the same answer at the same cost, and no mail.
    wanted = who if limits.may_ask_for(who) else ""
    found.desk.handle(AskLink(wanted, _browser()), Caller.DOOR, door=WEB)
    return redirect("/sign-in/sent")


@pages.get("/sign-in/sent")
def sent() -> str:
    town_door()
    return page("sign_in.html", texts().say("page.sign_in.title_sent"), step="sent")


def _browser() -> str:
    """The secret by which this browser is known to have asked; made when it is needed."""
    if BROWSER not in session:
        session[BROWSER] = token_urlsafe(32)
    return str(session[BROWSER])


@pages.get("/sign-in/<token>")
def ask_first(token: str) -> str | tuple[str, int]:
    """A page with one button: the preview of a link in a chat must not spend it."""
    look = LookAtLink(token, session.get(BROWSER, ""))
    state = town_door().desk.ask(look, Caller.DOOR, door=WEB)
    if state is LinkState.READY:
        return page("sign_in.html", texts().say("page.sign_in.title"), step="confirm", token=token)
    return _not_here(state)


@pages.post("/sign-in/<token>")
def sign_in(token: str) -> Response | tuple[str, int]:
    found = town_door()
    spend = SpendLink(token, session.get(BROWSER, ""), found.settings.sign_in.session_hours)
    entry = found.desk.handle(spend, Caller.DOOR, door=WEB)
    return come_in(entry) if entry.token else _not_here(entry.state)


def _not_here(state: LinkState) -> tuple[str, int]:
    """Why the link opens nothing here: spent, old and never made are told alike."""
    title = texts().say("page.sign_in.title")
    if state is LinkState.ELSEWHERE:
        return page("sign_in.html", title, step="elsewhere"), 403
    return page("sign_in.html", title, step="over"), 410


def come_in(entry: Entry) -> Response:
    """This browser holds the session from now on, under a token that nobody knew before."""
    end_session()
    session.permanent = True
    session["token"] = entry.token
    say("page.sign_in.welcome")
    return redirect("/")


@pages.post("/sign-out")
def sign_out() -> Response:
    town_door()
    end_session()
    return redirect("/signed-out")


@pages.get("/signed-out")
def signed_out() -> str:
    town_door()
    return page("sign_in.html", texts().say("page.sign_in.title_out"), step="out")


def end_session() -> None:
    """End the session of this browser, on the server too, so that its cookie is worth nothing."""
    token = session.get("token")
    if token:
        door().desk.handle(SignOut(token), Caller.DOOR, door=WEB)
    session.clear()
