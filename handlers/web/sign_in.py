"""The door of a town: a one-time link opens a session; nobody learns who is registered."""

from flask import Blueprint, abort, redirect, session
from werkzeug.wrappers import Response

from handlers.web.door import Sessions, door, page, say, texts

pages = Blueprint("sign_in", __name__)


def _sessions() -> Sessions:
    found = door().sessions
    if found is None:  # local mode: a person is chosen instead
        abort(404)
    return found


@pages.get("/sign-in")
def how() -> str:
    """How to get a link; the same for everybody."""
    _sessions()
    return page("sign_in.html", texts().say("page.sign_in.title"), step="how")


@pages.get("/sign-in/<token>")
def ask_first(token: str) -> str:
    """A page with one button: the preview of a link in a chat must not spend it."""
    _sessions()
    return page("sign_in.html", texts().say("page.sign_in.title"), step="confirm", token=token)


@pages.post("/sign-in/<token>")
def sign_in(token: str) -> Response | tuple[str, int]:
    opened = _sessions().exchange(token, door().desk.now())
    if opened is None:
        title = texts().say("page.sign_in.title")
        return page("sign_in.html", title, step="spent"), 410
    end_session()
    session.permanent = True
    session["token"] = opened
    say("page.sign_in.welcome")
    return redirect("/")


@pages.post("/sign-out")
def sign_out() -> Response:
    _sessions()
    end_session()
    return redirect("/signed-out")


@pages.get("/signed-out")
def signed_out() -> str:
    _sessions()
    return page("sign_in.html", texts().say("page.sign_in.title_out"), step="out")


def end_session() -> None:
    """End the session of this browser, on the server too, so that its cookie is worth nothing."""
    token = session.get("token")
    if token:
        _sessions().end(token, door().desk.now())
    session.clear()
