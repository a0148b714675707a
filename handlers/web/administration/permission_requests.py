"""権限変更の承認: what one person asked for somebody is confirmed by another."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, handle, page, say, sentence, texts
from handlers.words.verbs import route
from workflows.core.errors import Invalid, Refused
from workflows.directory.last_readers import NEW_READER_FIELD
from workflows.directory.settle_permission_requests import (
    GetPermissionRequests,
    SettlePermissionRequests,
)

pages = Blueprint("permission_requests", __name__)

PATH = route("permission_requests")
Page = str | tuple[str, int] | Response


def say_what_waits(waiting: int, effective: int) -> None:
    """Say for how many members something waits for a second person, or took effect without one."""
    if waiting:
        say("page.permission_requests.waits_saved", count=waiting)
    if effective:
        say("page.permission_requests.at_once", count=effective)


@pages.get(PATH)
def permission_requests() -> Page:
    return _page()


def _page(wrong: Refused | None = None) -> str:
    errors = _errors(wrong) if wrong else []
    facts = [e.facts for e in wrong.errors] if isinstance(wrong, Invalid) else []
    return page(
        "permission_requests.html",
        texts().say("page.permission_requests.title"),
        view=ask(GetPermissionRequests()),
        errors=errors,
        unread=[(e.field, f) for e, f in zip(errors, facts, strict=False) if "candidates" in f],
        chosen=request.form.getlist("request"),
        typed=dict(request.form),
    )


def _errors(wrong: Refused) -> list[ShownError]:
    if not isinstance(wrong, Invalid):
        return [ShownError("", "", sentence(wrong))]
    say_ = texts().say
    label = say_("page.permission_requests.follower")
    return [ShownError(e.field, label, say_(e.key, **e.facts)) for e in wrong.errors]


@pages.post(PATH)
def settle() -> Page:
    chosen = tuple(request.form.getlist("request"))
    agrees = request.form.get("answer") == "agree"
    if not chosen:
        return _page(Refused("page.permission_requests.none_chosen")), 422
    followers = {
        name.removeprefix(f"{NEW_READER_FIELD}."): who
        for name, who in request.form.items()
        if name.startswith(f"{NEW_READER_FIELD}.")
    }
    try:
        count = handle(SettlePermissionRequests(chosen, agrees, followers))
    except Invalid as wrong:
        return _page(wrong), 422
    except Refused as wrong:
        return _page(wrong), 409
    say(
        "page.permission_requests.agreed" if agrees else "page.permission_requests.ended",
        count=count,
    )
    return redirect(PATH)
