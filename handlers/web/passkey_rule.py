"""管理 → パスキーの決まり: which roles need one, from when, who has none; a lost one taken away."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, errors_of, handle, page, say, sentence, texts
from handlers.web.sign_in import town_door
from workflows.dates import show_date
from workflows.errors import Conflict, Invalid
from workflows.passkey_rule import MAY_NEED, GetPasskeyRule, PasskeyRule, SavePasskeyRule
from workflows.passkeys import TakePasskeysAway

pages = Blueprint("passkey_rule", __name__)


@pages.get("/admin/passkeys")
def rule() -> str:
    town_door()
    found = ask(GetPasskeyRule())
    return _page(found, {str(r) for r in found.roles}, _written(found))


def _written(found: PasskeyRule) -> str:
    return show_date(found.since) if found.since else ""


def _page(
    found: PasskeyRule, roles: set[str], since: str, errors: list[ShownError] | None = None
) -> str:
    return page(
        "passkey_rule.html",
        texts().say("page.passkey_rule.title"),
        rule=found,
        may_need=[str(role) for role in MAY_NEED],
        chosen=roles,
        since=since,
        errors=errors or [],
    )


@pages.post("/admin/passkeys")
def save() -> Response | tuple[str, int]:
    town_door()
    roles, since = request.form.getlist("roles"), request.form.get("since", "")
    command = SavePasskeyRule(tuple(roles), since, request.form.get("stamp", ""))
    try:
        changed = handle(command)
    except Conflict as other:
        told = [ShownError("", "", sentence(other))]
        return _page(ask(GetPasskeyRule()), set(roles), since, told), 409
    except Invalid as wrong:
        labels = {e.field: texts().say(f"page.passkey_rule.{e.field}") for e in wrong.errors}
        told = [
            ShownError(e.field, labels.get(e.field, ""), e.sentence) for e in errors_of(None, wrong)
        ]
        return _page(ask(GetPasskeyRule()), set(roles), since, told), 422
    say("page.passkey_rule.saved" if changed else "page.passkey_rule.same")
    return redirect("/admin/passkeys")


@pages.post("/admin/passkeys/take-away")
def take_away() -> Response:
    town_door()
    count = handle(TakePasskeysAway(request.form.get("member", "")))
    say("page.passkey_rule.taken_away", count=count)
    return redirect("/admin/passkeys")
