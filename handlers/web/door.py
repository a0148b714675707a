"""What every page uses: who is here, asking and handing in, reading forms, rendering."""

import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import Flask, current_app, flash, g, render_template, request, session
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from handlers.chat.health import Health
from handlers.chat.platform import ChatPlatform
from handlers.runtime.proxy_trouble import ProxyTrouble
from handlers.settings import Settings
from handlers.web.server.health import ReadinessState
from handlers.words import form_words
from handlers.words.texts import Texts
from workflows.core.errors import AlreadyDone, Invalid, NotAllowed, Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.core.ports import HandledEvent
from workflows.desk import Desk
from workflows.forms import FieldError, FieldType, Form, FormBook, Raw
from workflows.inbox.inbox import GetShell, Shell
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO
from workflows.sign_in.sign_in import GetSignedInMember

R = TypeVar("R")
ROW_CELL = re.compile(r"^(?P<field>\w+)-(?P<row>\d{1,2})-(?P<cell>\w+)$")
ShownError = form_words.ShownError
EXTENSION = "tsunagu"
WEB = "web"  # the name of this door, in the audit trail and among events seen
MOST_ROWS = 60
ONCE = "once"  # the purpose under which a form's token is signed, and its field
GUARD = ("csrf_token", ONCE)  # the fields of a form that nobody fills in


@dataclass(frozen=True)
class Pulse:
    """Whether time is passing: when the last tick ended, and the last one's error, if any.

    `clock_ahead`: by how many seconds this machine's clock is wrong (0: right enough).
    """

    last_at: datetime | None
    error: str
    clock_ahead: int = 0


@dataclass
class WebDoor:
    """Everything the pages need, made once in bot.py."""

    desk: Desk
    texts: Texts
    forms: FormBook
    settings: Settings
    secret: bytes
    pulse: Callable[[], Pulse]
    platforms: Sequence[ChatPlatform] = ()  # all that there are, set up here or not
    chats: Callable[[], Mapping[str, Health]] = dict  # by the platforms' codes
    health: Callable[[], ReadinessState] = ReadinessState
    keep_proxy_troubles: Callable[[tuple[ProxyTrouble, ...]], None] = lambda troubles: None
    processes: Callable[[], int] = lambda: 1  # that serve this town
    # Set in local mode alone: moving the clock on, and what the last requests did.
    move_clock: Callable[[datetime], None] | None = None
    note_requests: "Callable[[Flask, WebDoor], None] | None" = None

    @property
    def is_local(self) -> bool:
        return self.move_clock is not None


class NotSignedIn(Exception):
    """Nobody is signed in on this browser."""


class SentBefore(Exception):
    """This very form was sent before, and done. No Refused: no page takes it for something that is
    wrong with the form, and hands out a new one (sent_before.py answers it)."""

    def __init__(self, earlier: HandledEvent | None) -> None:
        super().__init__()
        self.earlier = earlier


def door() -> WebDoor:
    return cast(WebDoor, current_app.extensions[EXTENSION])


def texts() -> Texts:
    return door().texts


def me() -> str:
    """The id of the member who is here. Raises NotSignedIn."""
    if "me" not in g:
        g.me = session.get("person") if door().is_local else _in_session()
    if g.me is None:
        raise NotSignedIn
    return cast(str, g.me)


def _in_session() -> str | None:
    """Whose session this browser holds, if it is still one."""
    token = session.get("token")
    if token is None:
        return None
    idle = door().settings.sign_in.session_idle_minutes
    # The parts of pages that fetch themselves again are nobody at work.
    by_timer = request.method == "GET" and "HX-Request" in request.headers
    return door().desk.ask(GetSignedInMember(token, idle, by_timer), Caller.DOOR, door=WEB)


def shell() -> Shell:
    """Who is here and what waits for them, asked once a request."""
    if "shell" not in g:
        g.shell = ask(GetShell())
    return cast(Shell, g.shell)


def ask(query: Query[R]) -> R:
    return door().desk.ask(query, me(), door=WEB)


def handle(command: Command[R], *, once: bool = True, made: Callable[[R], str] | None = None) -> R:
    """Hand in a command from a posted form, whose `once` token is spent by it; not `once` for what
    may be done any number of times. `made` says the id of what it made, for whoever sends the form
    again. Raises SentBefore."""
    desk = door().desk
    if not once:
        return desk.handle(command, me(), door=WEB)
    event = (WEB, spent_once())
    try:
        done = desk.handle(command, me(), once=event, digest=form_digest(), made=made, door=WEB)
    except AlreadyDone as already:
        raise SentBefore(already.earlier) from None
    g.is_spent = True
    return done


# -- the once token: one form, one person, one deed ----------------------------------------------


def signer(purpose: str) -> URLSafeSerializer:
    """Signs with HMAC-SHA-256 what comes back with a form, for one purpose alone."""
    return URLSafeSerializer(door().secret, salt=purpose, signer_kwargs={"digest_method": sha256})


def once_token() -> str:
    """The token of a form for the person who is here. A page that answers a form which was not
    carried out (a mistake, a question, a preview) goes on with that form's own: it is still the
    same deed. Else a fresh one."""
    if request.method == "POST" and not g.get("is_spent") and own_nonce():
        return request.form[ONCE]
    return str(signer(ONCE).dumps([me(), secrets.token_urlsafe(16)]))


def spent_once() -> str:
    """The event id in the posted token. Raises NotAllowed when it is another person's, or none."""
    member_id, nonce = _posted_once()
    if not nonce:
        raise NotAllowed("page.stale_form")
    if member_id != me():
        raise NotAllowed("page.other_persons_form")
    return nonce


def own_nonce() -> str:
    """The event id in the posted token; "" of another person's, or where there is none."""
    member_id, nonce = _posted_once()
    return nonce if nonce and member_id == me() else ""


def _posted_once() -> tuple[str, str]:
    """Whose token was posted, and its event id; empty when there is none of ours, or so much was
    sent that it is not read."""
    try:
        member_id, nonce = signer(ONCE).loads(request.form.get(ONCE, ""))
    except (BadSignature, ValueError, TypeError, HTTPException):
        return "", ""
    return str(member_id), str(nonce)


def form_digest() -> str:
    """A keyed digest of what was posted, and where: of a form sent again it says whether it is
    still the same."""
    posted = [[k, v] for k, v in request.form.items(multi=True) if k not in GUARD]
    files = [[k, f.filename] for k, f in request.files.items(multi=True)]
    text = json.dumps([request.path, posted, files])
    return hmac.new(door().secret, text.encode(), sha256).hexdigest()


# -- reading what was typed -----------------------------------------------------------------------


def given() -> MultiDict[str, str]:
    """What a page that is asked for by address and by form goes by: one of them, never both."""
    return request.form if request.method == "POST" else request.args


def raw_of(form: Form, posted: MultiDict[str, str] | None = None, prefix: str = "") -> Raw:
    """The posted fields of a form as typed; row cells are named `household-0-name`."""
    posted = request.form if posted is None else posted
    raw: dict[str, Any] = {}
    for one in form.fields:
        name = prefix + one.id
        if one.type is FieldType.ROWS:
            raw[one.id] = rows_of(one.id, posted, prefix)
        elif one.type in (FieldType.CHOICES, FieldType.AGENCIES):
            raw[one.id] = posted.getlist(name)
        else:
            raw[one.id] = posted.get(name, "")
    return raw


def rows_of(
    name: str, posted: MultiDict[str, str] | None = None, prefix: str = ""
) -> list[dict[str, str]]:
    """The rows posted as `<name>-<row>-<cell>`, in order; rows left empty are dropped."""
    posted = request.form if posted is None else posted
    found: dict[int, dict[str, str]] = {}
    for key in posted:
        if not key.startswith(prefix):
            continue
        match = ROW_CELL.match(key[len(prefix) :])
        if match and match["field"] == name and int(match["row"]) < MOST_ROWS:
            found.setdefault(int(match["row"]), {})[match["cell"]] = posted[key]
    return [row for _, row in sorted(found.items()) if any(trimmed(v) for v in row.values())]


# -- saying it back -------------------------------------------------------------------------------


def errors_of(
    form: Form | None, wrong: Invalid | Refused | tuple[FieldError, ...]
) -> list[ShownError]:
    """The errors of a refusal in words; a refusal without fields stands at the top."""
    return form_words.errors_in_words(form, wrong, texts())


def sentence(refused: Refused) -> str:
    return texts().say(refused.key, **refused.facts)


def say(key: str, /, **facts: object) -> None:
    """Tell the person, on the next page, what happened and what comes next."""
    flash(texts().say(key, **facts))


def page(template: str, /, page_title: str, **context: Any) -> str:
    """Render a page of the web door."""
    return render_template(f"web/{template}", page_title=page_title, **context)


def today() -> date:
    return door().desk.now().astimezone(TOKYO).date()
