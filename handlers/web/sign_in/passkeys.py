"""Passkeys: mine registered and removed, and coming in by one.

The options come as JSON to a script of ours, which fills the answer of the authenticator into an
ordinary form. What it is checked against: passkey_check.py.
"""

import logging
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, request, session
from werkzeug.wrappers import Response

from handlers.web.door import WEB, ShownError, ask, door, errors_of, handle, me, page, say, texts
from handlers.web.server.local import own_path
from handlers.web.server.sure import confirmation_page
from handlers.web.sign_in.passkey_check import (
    InvalidAnswer,
    RelyingParty,
    check_registration,
    check_sign_in,
    read_answer,
    register_options,
    relying_party_of,
    sign_in_options,
)
from handlers.web.sign_in.sign_in import browser_secret, come_in, refusal_page, town_door
from workflows.core.errors import Invalid
from workflows.core.permissions import Caller
from workflows.sign_in.passkeys import (
    AddPasskey,
    BeginPasskeyRegistration,
    BeginPasskeySignIn,
    GetCredentialKey,
    GetMyPasskeys,
    RecordRefusedPasskey,
    RemovePasskey,
    SignInByPasskey,
)

log = logging.getLogger(__name__)
pages = Blueprint("passkeys", __name__)


def _site() -> RelyingParty:
    """The site; where pages have no name there are no passkeys."""
    found = relying_party_of(town_door().settings.page_address)
    if found is None:
        abort(404)
    return found


# -- mine ------------------------------------------------------------------------------------------


@pages.get("/account/passkeys")
def mine() -> str:
    _site()
    return _mine()


def _mine(name: str = "", errors: list[ShownError] | None = None) -> str:
    me()
    return page(
        "passkeys.html",
        texts().say("page.passkeys.title"),
        mine=ask(GetMyPasskeys(session["token"])),
        name=name,
        errors=errors or [],
        then=own_path(request.args.get("then")),
    )


@pages.post("/account/passkeys/challenge")
def offer() -> Response:
    site = _site()
    me()
    found = handle(BeginPasskeyRegistration(session["token"]), once=False)
    return jsonify(
        register_options(site, found.challenge, found.user, found.name, found.credential_ids)
    )


@pages.post("/account/passkeys")
def add() -> Response | tuple[str, int]:
    site, name = _site(), request.form.get("name", "")
    me()
    try:
        found = check_registration(site, read_answer(request.form.get("credential", "")))
    except InvalidAnswer:
        return _mine(name, [ShownError("", "", texts().say("passkey.not_made"))]), 422
    command = AddPasskey(
        session["token"],
        found.challenge,
        found.credential_id,
        found.public_key,
        found.sign_count,
        name,
    )
    try:
        handle(command)
    except Invalid as wrong:
        label = texts().say("page.passkeys.name")
        told = [ShownError(e.field, label, e.sentence) for e in errors_of(None, wrong)]
        return _mine(name, told), 422
    say("page.passkeys.added")
    return redirect("/account/passkeys")


@pages.post("/account/passkeys/remove")
def remove() -> str | Response:
    _site()
    me()
    mine = ask(GetMyPasskeys(session["token"]))
    goes = mine.may_change and not (
        mine.is_required_now and len(mine.lines) == 1
    )  # else refused below
    names = {p.id: p.name for p in mine.lines if goes}
    name = names.get(request.form.get("passkey", ""))
    if name and (
        asked := confirmation_page("page.passkeys.remove", "/account/passkeys", name=name)
    ):
        return asked
    handle(RemovePasskey(session["token"], request.form.get("passkey", "")))
    say("page.passkeys.removed")
    return redirect("/account/passkeys")


# -- coming in -------------------------------------------------------------------------------------


@pages.post("/sign-in/passkey/challenge")
def challenge() -> Response:
    site = _site()
    asked = door().desk.handle(BeginPasskeySignIn(browser_secret()), Caller.DOOR, door=WEB)
    return jsonify(sign_in_options(site, asked))


@pages.post("/sign-in/passkey")
def enter() -> Response | tuple[str, int]:
    """Whoever's passkey it is comes in; whatever does not count is told in the same words."""
    site, desk = _site(), door().desk
    answer: dict[str, Any] = {}
    try:
        answer = read_answer(request.form.get("credential", ""))
        key = desk.ask(GetCredentialKey(answer["id"]), Caller.DOOR, door=WEB)
        if key is None:
            raise InvalidAnswer("unknown")
        found = check_sign_in(site, answer, key.public_key, key.sign_count)
    except InvalidAnswer as why:
        log.warning("passkey_refused why=%s", why)
        note = RecordRefusedPasskey(str(answer.get("id", ""))[:2_000], str(why))
        desk.handle(note, Caller.DOOR, door=WEB)
        return _refused()
    hours = door().settings.sign_in.session_hours
    entry = desk.handle(
        SignInByPasskey(found.challenge, browser_secret(), answer["id"], found.sign_count, hours),
        Caller.DOOR,
        door=WEB,
    )
    if entry.token:
        return come_in(entry)
    return refusal_page(entry.state) if entry.state == "restoring" else _refused()


def _refused() -> tuple[str, int]:
    title = texts().say("page.sign_in.title")
    return page("sign_in.html", title, step="passkey_refused", passkeys=True), 403
