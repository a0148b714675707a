"""The door of a town: a link asked for here, sent to its member, opened in this very browser.

Where somebody wanted to go is kept meanwhile, so that they get there once they are in.
"""

import json
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, session
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from handlers.web.administration.chats import names_of_chats, switched_on
from handlers.web.door import (
    WEB,
    NotSignedIn,
    ShownError,
    WebDoor,
    door,
    me,
    page,
    say,
    shell,
    signer,
    texts,
)
from handlers.web.server import limits
from handlers.web.server.local import own_path
from handlers.web.sign_in import known_browser
from handlers.web.sign_in.passkey_check import relying_party_of
from handlers.words.verbs import route
from workflows.core.errors import NotAllowed
from workflows.core.permissions import Caller
from workflows.inbox.inbox import Shell
from workflows.sign_in.sign_in import (
    IsMyLink,
    IsSignInShut,
    LinkView,
    PreviewLink,
    RequestSignInLink,
    SignInLinkState,
    SignInResult,
    SignOut,
    UseLink,
)

pages = Blueprint("sign_in", __name__)

LONGEST: Final = 254  # of an e-mail address (RFC 5321)
LONGEST_WANTED: Final = 1_500  # of an address as the cookie writes it; ours have a few hundred
BROWSER: Final = "browser"
WANTED: Final = "wanted"  # in the session: the page to which somebody who is not in yet wanted
WAY_IN: Final = "/sign-in"
SHOWN_LINK: Final = "whom a link signs in"  # what a browser that was shown it brings back


def town_door() -> WebDoor:
    """The door, in a town; in local mode a person is chosen instead."""
    found = door()
    if found.is_local:
        abort(404)
    return found


@pages.after_app_request
def keep_the_address(response: Response) -> Response:
    """A link's address lets in. What its page asks for says our site alone in `Referer`, which
    proxies log, and still says it: own_site.py wants to know that a form comes from there."""
    if request.path.startswith(f"{WAY_IN}/"):
        response.headers["Referrer-Policy"] = "strict-origin"
    return response


@pages.get("/sign-in")
def how() -> str:
    """How to come in; the same for everybody."""
    town_door()
    if "then" in request.args:
        _keep_wanted(own_path(request.args["then"]))
    return _asking()


def supports_passkeys() -> bool:
    """Whether one can come in by a passkey: they want a site with a name."""
    return relying_party_of(door().settings.page_address) is not None


def _keep_wanted(path: str) -> None:
    """In the cookie: a browser takes none of more than 4 KB, and without it nobody comes in."""
    session[WANTED] = path if len(json.dumps(path)) <= LONGEST_WANTED else "/"


def way_in() -> str:
    """Where to sign in, from the page that is asked for, so as to come back to it after."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return f"{WAY_IN}?{urlencode({'then': wanted})}" if wanted != "/" else WAY_IN


def _asking(who: str = "", error: str = "") -> str:
    settings = door().settings.sign_in
    title = texts().say("page.sign_in.title")
    errors = [ShownError("who", texts().say("page.sign_in.who"), error)] if error else []
    return page(
        "sign_in.html",
        title,
        step="ask",
        restoring=door().desk.ask(IsSignInShut(), Caller.DOOR, door=WEB),
        by_link=not settings.oidc_only,
        by_oidc=settings.single_sign_on is not None,
        passkeys=supports_passkeys(),
        who=who,
        errors=errors,
        chats=names_of_chats(),
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
    wanted = who if limits.count_link_request(who) else ""
    found.desk.handle(
        RequestSignInLink(wanted, browser_secret(), switched_on()), Caller.DOOR, door=WEB
    )
    return redirect("/sign-in/sent")


@pages.get("/sign-in/sent")
def sent() -> str:
    town_door()
    chats = names_of_chats()
    title = texts().say("page.sign_in.title_sent", chats=chats)
    return page("sign_in.html", title, step="sent", chats=chats)


def browser_secret() -> str:
    """The secret by which this browser is known to have asked; made when it is needed."""
    if BROWSER not in session:
        session[BROWSER] = token_urlsafe(32)
    return str(session[BROWSER])


@pages.get(route("sign_in"))
def ask_first(token: str) -> Response | str | tuple[str, int]:
    """A page with one button: the preview of a link in a chat must not spend it."""
    town_door()
    link = _look(token)
    then = own_path(request.args.get("then"))
    if "then" in request.args and _is_mine(token):
        return redirect(then)  # in already, also when the link was used a moment ago
    if link.state is SignInLinkState.READY:
        return _confirm(token, link, then)
    if link.state is SignInLinkState.PASSKEY:
        _keep_wanted(then)  # they get there by their passkey
    return refusal_page(link.state)


def _look(token: str) -> LinkView:
    look = PreviewLink(token, session.get(BROWSER, ""))
    return door().desk.ask(look, Caller.DOOR, door=WEB)


def is_links_own_browser() -> bool:
    """Whether this browser asked for the link that it opens: however many others knock, it may."""
    link = _look(str((request.view_args or {}).get("token", "")))
    return link.state is SignInLinkState.READY and link.is_bound


def _confirm(token: str, link: LinkView, then: str) -> str:
    """Whom the link signs in, and whom it signs out; the button works in this browser alone."""
    here = current_shell()
    is_other = here is not None and (here.name, here.agency_name) != (link.name, link.agency)
    return page(
        "sign_in.html",
        texts().say("page.sign_in.title"),
        step="confirm",
        token=token,
        then=then,
        link=link,
        before=here if is_other else None,
        seen=signer(SHOWN_LINK).dumps(_digests(token, browser_secret())),
    )


def current_shell() -> Shell | None:
    """Who is signed in on this browser now, if anybody is."""
    try:
        return shell()
    except (NotSignedIn, NotAllowed):
        return None


def _was_shown_link(token: str) -> bool:
    """Whether this browser was shown whom the link signs in."""
    try:
        seen = signer(SHOWN_LINK).loads(request.form.get("seen", ""))
    except BadSignature:
        return False
    return bool(seen == _digests(token, session.get(BROWSER, "")))


def _digests(token: str, browser: str) -> list[str]:
    return [sha256(part.encode()).hexdigest() for part in (token, browser)]


def _is_mine(token: str) -> bool:
    """Whether this browser is signed in as whom the link would let in."""
    try:
        return door().desk.ask(IsMyLink(token), me(), door=WEB)
    except (NotSignedIn, NotAllowed):
        return False


@pages.post(route("sign_in"))
def sign_in(token: str) -> Response | tuple[str, int]:
    found = town_door()
    link = _look(token)
    if link.state is SignInLinkState.READY and not _was_shown_link(token):
        return _confirm(token, link, own_path(request.form.get("then"))), 409
    spend = UseLink(token, session.get(BROWSER, ""), found.settings.sign_in.session_hours)
    entry = found.desk.handle(spend, Caller.DOOR, door=WEB)
    then = own_path(request.form.get("then"))
    return come_in(entry, then) if entry.token else refusal_page(entry.state)


def refusal_page(state: SignInLinkState) -> tuple[str, int]:
    """Why the link opens nothing here: spent, old and never made are told alike."""
    title = texts().say("page.sign_in.title")
    if state is SignInLinkState.RESTORING:
        return page("sign_in.html", title, step="restoring"), 403
    if state is SignInLinkState.PASSKEY:
        return page("sign_in.html", title, step="passkey", passkeys=supports_passkeys()), 403
    if state is SignInLinkState.ELSEWHERE:
        return page("sign_in.html", title, step="elsewhere"), 403
    return page("sign_in.html", title, step="over"), 410


def come_in(entry: SignInResult, then: str = "/") -> Response:
    """This browser holds the session from now on, under a token that nobody knew before.

    It goes on to `then`, or to the page that was wanted when somebody had to come in first.
    """
    wanted = own_path(session.get(WANTED))
    before = current_shell()
    end_session()
    session.permanent = True
    session["token"] = entry.token
    other = before.name if before and before.member_id not in entry.names else ""
    say("page.sign_in.welcome", name=entry.name, before=other)
    wanted = then if then != "/" else wanted
    if entry.passkey_due_on and supports_passkeys():
        say("page.passkeys.lacking", required_on=entry.passkey_due_on)
        wanted = f"/account/passkeys?{urlencode({'then': wanted})}"
    answer = redirect(wanted)
    known_browser.remember(answer, entry.names)
    return answer


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
