"""The Flask application: its pages, headers and the way errors are told."""

import importlib.util
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    abort,
    g,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
)
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from handlers.runtime.fault_codes import log_name, trouble_code
from handlers.settings import Settings
from handlers.web.administration import (
    absences,
    access,
    administration,
    audit,
    broken,
    directory,
    directory_lists,
    permission_requests,
    requests,
    retention,
    town,
)
from handlers.web.cases import (
    cases,
    consent,
    disclosures,
    entered_replies,
    find,
    followups,
    former,
    judgements,
    merge,
    referrals,
    sheet,
    sheet_versions,
    split,
    still_needed,
    take_back,
    unreached,
    unread_cases,
    unrestrict,
)
from handlers.web.door import (
    EXTENSION,
    WEB,
    NotSignedIn,
    WebDoor,
    door,
    errors_of,
    once_token,
    own_nonce,
    sentence,
    shell,
)
from handlers.web.meetings import (
    agenda_requests,
    answers,
    convening,
    fax,
    hearing,
    meeting_changes,
    meetings,
    preparations,
    record_versions,
    records,
)
from handlers.web.outside import answer_links, mail_replies, outside
from handlers.web.overview import digest, inbox, overview
from handlers.web.server import guard, limits, local
from handlers.web.server.case_numbers import unbroken
from handlers.web.server.cookie import STATIC_PATH, SealedCookie, is_static_path
from handlers.web.server.health import HealthPages
from handlers.web.server.navigation import navigation
from handlers.web.server.own_site import SameSiteForms, drop_punctuation_behind_links, form_token
from handlers.web.server.posted import PostedInMemory
from handlers.web.server.proxies import EXTENSION as PROXIES
from handlers.web.server.proxies import TrustedProxies
from handlers.web.server.rescued_text import rescued_text
from handlers.web.server.sent_before import answer_forms_sent_before
from handlers.web.sign_in import account, accounts, oidc, passkey_rule, passkeys, sign_in
from handlers.words.form_words import condition
from handlers.words.verbs import address_of
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused, frames_of
from workflows.core.ports import COMES_AGAIN
from workflows.japanese.dates import show_instant

log = logging.getLogger(__name__)

TEMPLATES: Final = Path(__file__).parent.parent.parent / "templates"
STATIC: Final = Path(__file__).parent / "static"
LARGEST_POST: Final = 2 * 1024 * 1024
# [ours] Seconds after which a page is asked for again that could not be had: a database that is
# started anew is there by then.
TRY_AGAIN_SECONDS: Final = 15
# Beyond this the server hangs up without a page; up to this a page says that it was too much.
LARGEST_BODY: Final = 8 * 1024 * 1024
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(web_door: WebDoor) -> Flask:
    """The application. Nothing is started; serving is bot.py's part."""
    app = Flask("tsunagu", static_folder=str(STATIC), static_url_path=STATIC_PATH)
    app.extensions[EXTENSION] = web_door
    app.request_class = PostedInMemory
    app.session_interface = SealedCookie()
    is_local, settings = web_door.is_local, web_door.settings
    app.config.update(
        SECRET_KEY=web_door.secret,
        MAX_CONTENT_LENGTH=LARGEST_POST,
        MAX_FORM_PARTS=5_000,
        # The prefix holds browsers to it: this host alone set it, over https, for all its paths.
        SESSION_COOKIE_NAME="tsunagu" if is_local else "__Host-tsunagu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not is_local,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.sign_in.session_hours),
        # A form may lie open on the counter all day; the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        TRUSTED_HOSTS=trusted_hosts(settings),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        TEMPLATES_AUTO_RELOAD=False,
    )
    answer_forms_sent_before(app)
    SameSiteForms(app).exempt(outside.pages)  # its addresses are secrets, and no cookie lets in
    _templates(app, web_door)
    _headers(app)
    drop_punctuation_behind_links(app)
    _errors(app)
    _static(app)
    for pages in (
        inbox.pages,
        local.pages,
        sign_in.pages,
        oidc.pages,
        account.pages,
        accounts.pages,
        passkeys.pages,
        passkey_rule.pages,
        overview.pages,
        digest.pages,
        meetings.pages,
        hearing.pages,
        meeting_changes.pages,
        convening.pages,
        answers.pages,
        fax.pages,
        answer_links.pages,
        outside.pages,
        record_versions.pages,
        records.pages,
        guard.pages,
        preparations.pages,
        cases.pages,
        consent.pages,
        disclosures.pages,
        find.pages,
        sheet.pages,
        referrals.pages,
        unreached.pages,
        mail_replies.pages,
        entered_replies.pages,
        followups.pages,
        judgements.pages,
        still_needed.pages,
        take_back.pages,
        directory.pages,
        directory_lists.pages,
        absences.pages,
        access.pages,
        administration.pages,
        audit.pages,
        broken.pages,
        requests.pages,
        retention.pages,
        town.pages,
        unread_cases.pages,
        permission_requests.pages,
        agenda_requests.pages,
        unrestrict.pages,
        former.pages,
        sheet_versions.pages,
        merge.pages,
        split.pages,
    ):
        app.register_blueprint(pages)
    if web_door.note_requests:
        web_door.note_requests(app, web_door)
    own_link = sign_in.is_links_own_browser
    app.extensions[limits.EXTENSION] = limits.LimitCounters(
        app, {"sign_in.ask_first": own_link, "sign_in.sign_in": own_link}
    )
    one = settings.sign_in.single_sign_on
    app.extensions[oidc.EXTENSION] = (
        oidc.Provider(one, settings.page_address + oidc.CALLBACK) if one else None
    )
    proxies = TrustedProxies(
        app.wsgi_app,
        settings.sign_in.trusted_proxies,
        "" if is_local else settings.public_url,
        web_door.keep_proxy_troubles,
    )
    app.extensions[PROXIES] = proxies
    app.wsgi_app = HealthPages(proxies, web_door.health)  # type: ignore[method-assign]
    return app


def trusted_hosts(settings: Settings) -> list[str]:
    """The names under which we are asked: the town's, and this very machine."""
    host = urlsplit(settings.page_address).hostname or ""
    named = [f"[{host}]" if ":" in host else host]
    return [*dict.fromkeys([*LOOPBACK, *named])]


def _templates(app: Flask, web_door: WebDoor) -> None:
    folders = [TEMPLATES]
    if web_door.settings.town_folder:
        folders.insert(0, web_door.settings.town_folder / "templates")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(str(f)) for f in folders])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True
    web_door.texts.register(app.jinja_env)
    app.jinja_env.filters["unbroken"] = unbroken
    app.jinja_env.globals.update(
        once=once_token,
        rescued_text=rescued_text,
        say=web_door.texts.say,
        label=web_door.texts.label,
        condition=lambda form, field: condition(form, field, web_door.texts),
        address_of=address_of,
    )

    @app.context_processor
    def around() -> dict[str, Any]:
        return frame()


def frame() -> dict[str, Any]:
    """What the base page shows around every page."""
    signed_out: dict[str, Any] = {
        "town_name": "", "nav": [], "me": None, "local": None, "trail_broken": False
    }  # fmt: skip
    if request.headers.get("HX-Request") or g.get("broken"):
        # A part of a page has no frame, and must not use up what the whole page is to say. When
        # a page broke, what its frame would ask may be what broke it.
        return {**signed_out, "flashes": []}
    if request.blueprint == outside.NAME:
        # Whoever holds a link is somebody else than whoever may be signed in here.
        return {**signed_out, "flashes": []}
    flashes = get_flashed_messages()
    try:
        here = shell()
    except (NotSignedIn, NotAllowed):
        return {**signed_out, "local": local.strip(None), "flashes": flashes}
    roles = [door().texts.label("role", r) for r in here.roles]
    return {
        "town_name": here.town_name,
        "print_date": show_instant(here.now),
        "nav": navigation(here, request.path, door().texts),
        "me": {
            "name": here.name,
            "agency_name": here.agency_name,
            "roles_label": "・".join(roles),
        },
        "local": local.strip(here),
        "trail_broken": here.trail_broken,
        "flashes": flashes,
    }


def _headers(app: Flask) -> None:
    @app.before_request
    def no_nul() -> None:
        if "\0" in request.path:  # PostgreSQL takes none; there is no such page anyway
            abort(404)

    @app.after_request
    def guard(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not is_static_path(request.path):
            response.headers["Cache-Control"] = "no-store"
        if not door().is_local:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


def _static(app: Flask) -> None:
    # Found without importing the package: it is a Django application, and Django is not here.
    found = importlib.util.find_spec("django_htmx")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package django-htmx, which brings htmx, is not installed")
    folder = Path(next(iter(found.submodule_search_locations))) / "static" / "django_htmx"

    @app.get(f"{STATIC_PATH}/htmx.js")
    def htmx() -> Response:
        return send_from_directory(folder, "htmx-2.min.js", max_age=86_400)


def _log_refusal(error: Refused) -> None:
    """Somebody tried what is not theirs: ids and codes alone, and never the address."""
    log.warning(
        "refused action=%s reason=%s member=%s door=%s",
        request.endpoint,
        error.key,
        g.get("me") or "",
        WEB,
    )


def _typed() -> list[tuple[str, str]]:
    """What was handed in and could not be saved: it goes along with the page that says so, and is
    handed in again by one press. A file is chosen again."""
    if request.method != "POST" or request.files:
        return []
    return list(request.form.items(multi=True))


def _same_page() -> str:
    """The address of the page that could not be had, on this site, without what was asked of it;
    "" for what was no page."""
    is_page = request.method == "GET" and request.url_rule is not None
    return f"/{request.path.lstrip('/')}" if is_page else ""


def _kept_of_stale_form() -> dict[str, Any]:
    """What is typed into a form of a session that has ended goes along, for whoever opened it
    and has come in again. Nobody else could make a form that bears a token of theirs."""
    try:
        mine = own_nonce()
    except (NotSignedIn, NotAllowed):
        return {}
    fields = [(name, value) for name, value in _typed() if name != "csrf_token"]
    if not mine or not fields:
        return {}
    return {
        "again": [*fields, ("csrf_token", form_token())],
        "here": request.full_path,
        "kept_key": "page.stale_form_kept",
    }


def _errors(app: Flask) -> None:
    def told(text: str, status: int, *, kind: str = "", **more: Any) -> tuple[str, int]:
        key = f"page.error_{kind or status}"
        title = door().texts.say(key if door().texts.has(key) else "page.error_other")
        return render_template("web/error.html", page_title=title, sentence=text, **more), status

    @app.errorhandler(NotSignedIn)
    def sign_in_first(error: NotSignedIn) -> AnyResponse | tuple[str, int]:
        if door().is_local:
            return redirect("/local")
        if request.method == "GET" and request.headers.get("HX-Request"):
            # A part of a page that fetches itself: what is on the screen belongs to nobody now.
            return Response(status=401, headers={"HX-Redirect": sign_in.WAY_IN})
        return told(
            door().texts.say("page.sign_in_first"),
            401,
            back_href=sign_in.way_in(),
            back_label=door().texts.say("page.sign_in.how"),
        )

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> AnyResponse | tuple[str, int]:
        _log_refusal(error)
        return local.not_theirs() or told(sentence(error), 404)

    @app.errorhandler(NotAllowed)
    def not_allowed(error: NotAllowed) -> AnyResponse | tuple[str, int]:
        _log_refusal(error)
        if error.key == "denied.not_active":
            session.clear()
        return (
            local.not_theirs()
            or access.confirm_first(error)
            or told(sentence(error), 403, why_href=access.why_page())
        )

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str, int]:
        # What is beyond every bound is refused before a page could show it beside its field.
        wrong = errors_of(None, error) if isinstance(error, Invalid) else []
        said = (f"「{e.label}」{e.sentence}" if e.label else e.sentence for e in wrong)
        status = 422 if isinstance(error, Invalid) else 409
        return told("".join((sentence(error), *dict.fromkeys(said))), status)

    @app.errorhandler(CSRFError)
    def stale(error: CSRFError) -> tuple[str, int]:
        log.warning("form_refused endpoint=%s", request.endpoint)
        return told(door().texts.say("page.stale_form"), 400, **_kept_of_stale_form())

    @app.errorhandler(RateLimitExceeded)
    def too_often(error: RateLimitExceeded) -> tuple[str, int, dict[str, str]]:
        seconds = limits.limit_counters().reached(error)
        text = door().texts.say("page.http_429", minutes=-(-seconds // 60))
        return *told(text, 429), {"Retry-After": str(seconds)}

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> AnyResponse | tuple[str, int, dict[str, str]]:
        is_redirect = error.response is not None or (error.code or 500) < 400  # noqa: PLR2004
        if is_redirect or is_static_path(request.path):  # a page around it would ask the database
            return error.get_response()
        key = f"page.http_{error.code}"
        text = door().texts.say(key if door().texts.has(key) else "page.http_other")
        # Which methods there are instead, how long to wait: what belongs to a status goes with it.
        more = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        return local.not_theirs() or (*told(text, error.code or 500), more)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
        # The class and the place alone: the text of an error may quote what people wrote.
        g.broken = True
        name, at = log_name(error), frames_of(error)
        log.error("page_failed endpoint=%s error=%s at=%s", request.endpoint, name, at)
        trouble = trouble_code(error)
        if not trouble:
            return told(door().texts.say("page.broken"), 500, trace=local.trace_of(error))
        text = door().texts.say(f"page.trouble.{trouble}")
        kind = "away" if trouble in COMES_AGAIN else ""
        page, status = told(
            text, 503, kind=kind, again=_typed(), here=request.full_path, open_again=_same_page()
        )
        return page, status, {"Retry-After": str(TRY_AGAIN_SECONDS)}
