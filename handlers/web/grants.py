"""権限変更の承認: what one person asked for somebody is confirmed by another."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, handle, page, say, sentence, texts
from workflows.directory.last_readers import NEW_READER_FIELD
from workflows.directory.settle_grants import GetGrants, SettleGrants
from workflows.errors import Invalid, Refused

pages = Blueprint("grants", __name__)

PATH = "/grants"
Page = str | tuple[str, int] | Response


@pages.get(PATH)
def grants() -> Page:
    return _page()


def _page(wrong: Refused | None = None) -> str:
    errors = _errors(wrong) if wrong else []
    facts = [e.facts for e in wrong.errors] if isinstance(wrong, Invalid) else []
    return page(
        "grants.html",
        texts().say("page.grants.title"),
        view=ask(GetGrants()),
        errors=errors,
        unread=[(e.field, f) for e, f in zip(errors, facts, strict=False) if "candidates" in f],
        chosen=request.form.getlist("grant"),
        typed=dict(request.form),
    )


def _errors(wrong: Refused) -> list[ShownError]:
    if not isinstance(wrong, Invalid):
        return [ShownError("", "", sentence(wrong))]
    say_ = texts().say
    label = say_("page.grants.follower")
    return [ShownError(e.field, label, say_(e.key, **e.facts)) for e in wrong.errors]


@pages.post(PATH)
def settle() -> Page:
    chosen = tuple(request.form.getlist("grant"))
    agrees = request.form.get("answer") == "agree"
    if not chosen:
        error = ShownError("", "", texts().say("page.grants.none_chosen"))
        view = ask(GetGrants())
        title = texts().say("page.grants.title")
        shown = {"view": view, "errors": [error], "unread": [], "chosen": [], "typed": {}}
        return page("grants.html", title, **shown), 422
    followers = {
        name.removeprefix(f"{NEW_READER_FIELD}."): who
        for name, who in request.form.items()
        if name.startswith(f"{NEW_READER_FIELD}.")
    }
    try:
        count = handle(SettleGrants(chosen, agrees, followers))
    except Invalid as wrong:
        return _page(wrong), 422
    except Refused as wrong:
        return _page(wrong), 409
    say("page.grants.agreed" if agrees else "page.grants.ended", count=count)
    return redirect(PATH)
