"""見られる方のいないケース: a manager and an administrator give one a reader again."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, handle, page, say, sentence, texts
from handlers.words.verbs import route
from workflows.cases.new_reader import GetUnreadCases, ProposeReader, SettleReaderProposal
from workflows.core.errors import Invalid, NotFound, Refused

pages = Blueprint("unread_cases", __name__)

PATH = route("unread_cases")
Page = str | tuple[str, int] | Response


@pages.get(PATH)
def unread_cases() -> Page:
    return _page()


def _page(case_id: str = "", wrong: Refused | None = None) -> str:
    errors = [] if wrong is None else _errors(case_id, wrong)
    return page(
        "unread_cases.html",
        texts().say("page.unread_cases.title"),
        cases=ask(GetUnreadCases()),
        errors=errors,
        typed={f: request.form.get(f, "") for f in ("new_reader", "reason")},
        at=case_id,
    )


def _errors(case_id: str, wrong: Refused) -> list[ShownError]:
    if not isinstance(wrong, Invalid):
        return [ShownError("", "", sentence(wrong))]
    say_ = texts().say
    return [
        ShownError(
            f"{e.field}-{case_id}",
            say_(f"page.unread_cases.{e.field}"),
            say_(e.key, **e.facts),
        )
        for e in wrong.errors
    ]


@pages.post(f"{PATH}/<case_id>")
def propose(case_id: str) -> Page:
    command = ProposeReader(
        case_id, request.form.get("new_reader", ""), request.form.get("reason", "")
    )
    try:
        handle(command)
    except NotFound:
        raise
    except Refused as wrong:
        return _page(case_id, wrong), 422
    say("page.unread_cases.proposed")
    return redirect(PATH)


@pages.post(f"{PATH}/<case_id>/<proposal>")
def settle(case_id: str, proposal: str) -> Page:
    agrees = request.form.get("answer") == "agree"
    try:
        handle(SettleReaderProposal(case_id, proposal, agrees))
    except NotFound:
        raise
    except Refused as wrong:
        return _page(case_id, wrong), 409
    say("page.unread_cases.agreed" if agrees else "page.unread_cases.ended")
    return redirect(PATH)
