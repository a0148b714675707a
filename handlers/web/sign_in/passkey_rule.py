"""管理 → パスキーの必須設定: which roles need one, from when, who has none; a lost one revoked."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, errors_of, handle, page, say, sentence, texts
from handlers.web.server.sure import confirmation_page
from handlers.web.sign_in.sign_in import town_door
from handlers.words.form_words import label_or_nothing
from workflows.core.errors import Conflict, Invalid
from workflows.japanese.dates import show_date
from workflows.sign_in.passkey_rule import (
    ROLES_OF_RULE,
    GetPasskeyRule,
    PasskeyRule,
    SavePasskeyRule,
)
from workflows.sign_in.passkeys import RevokePasskeys

pages = Blueprint("passkey_rule", __name__)


@pages.get("/admin/passkeys")
def rule() -> str:
    town_door()
    found = ask(GetPasskeyRule())
    return _page(found, {str(r) for r in found.roles}, _written(found))


def _written(found: PasskeyRule) -> str:
    return show_date(found.required_on) if found.required_on else ""


def _page(
    found: PasskeyRule, roles: set[str], required_on: str, errors: list[ShownError] | None = None
) -> str:
    return page(
        "passkey_rule.html",
        texts().say("page.passkey_rule.title"),
        rule=found,
        roles_of_rule=[str(role) for role in ROLES_OF_RULE],
        chosen=roles,
        required_on=required_on,
        errors=errors or [],
    )


@pages.post("/admin/passkeys")
def save() -> Response | tuple[str, int]:
    town_door()
    roles, required_on = request.form.getlist("roles"), request.form.get("required_on", "")
    command = SavePasskeyRule(tuple(roles), required_on, request.form.get("stamp", ""))
    try:
        changed = handle(command)
    except Conflict as other:
        told = [ShownError("", "", sentence(other))]
        return _page(ask(GetPasskeyRule()), set(roles), required_on, told), 409
    except Invalid as wrong:
        labels = {
            e.field: label_or_nothing(f"page.passkey_rule.{e.field}", texts()) for e in wrong.errors
        }
        told = [
            ShownError(e.field, labels.get(e.field, ""), e.sentence) for e in errors_of(None, wrong)
        ]
        return _page(ask(GetPasskeyRule()), set(roles), required_on, told), 422
    key = "page.passkey_rule.saved" if changed else "page.passkey_rule.same"
    say(key, without=ask(GetPasskeyRule()).lacking_count)
    return redirect("/admin/passkeys")


@pages.post("/admin/passkeys/revoke")
def revoke() -> str | Response:
    town_door()
    member_id = request.form.get("member", "")
    found = next((h for h in ask(GetPasskeyRule()).holders if h.member_id == member_id), None)
    if found and found.count:
        who = {"name": found.name, "agency": found.agency, "count": found.count}
        if asked := confirmation_page("page.passkey_rule.sure", "/admin/passkeys", **who):
            return asked
    count = handle(RevokePasskeys(member_id))
    say("page.passkey_rule.revoked", count=count)
    return redirect("/admin/passkeys")
