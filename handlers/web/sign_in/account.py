"""ログイン中の端末: where I am signed in, how to end it elsewhere; the account I am known by."""

from flask import Blueprint, redirect, request, session
from werkzeug.wrappers import Response

from handlers.web.administration.chats import label_of, switched_on
from handlers.web.door import ask, handle, me, page, say, texts
from handlers.web.sign_in.sign_in import supports_passkeys, town_door
from workflows.directory.linked_accounts import GetMyAccount
from workflows.sign_in.sessions import EndMySessions, GetMySessions

pages = Blueprint("account", __name__)


@pages.get("/account")
def account() -> str:
    settings = town_door().settings.sign_in
    me()
    found = ask(GetMySessions(session["token"], settings.session_idle_minutes))
    return page(
        "account.html",
        texts().say("page.account.title"),
        sessions=found,
        idle=settings.session_idle_minutes,
        hours=settings.session_hours,
        passkeys=supports_passkeys(),
        chats=[(one, label_of(one), ask(GetMyAccount(one))) for one in switched_on()],
    )


@pages.post("/account/end")
def end() -> Response:
    """End the session named by `key`; without one, all but this browser's."""
    town_door()
    me()
    ended = handle(EndMySessions(session["token"], request.form.get("key", "")))
    say("page.account.ended", count=ended)
    return redirect("/account")
