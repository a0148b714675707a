"""同じ方のケースをまとめる: the other number, then in sight of what becomes of whom."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import already_done_page, case_to, or_raise
from handlers.web.door import ask, errors_of, handle, page, say, texts
from handlers.words.verbs import address_of
from workflows.cases.merge_cases import MergeCases, PreviewMerge
from workflows.core.errors import Refused
from workflows.core.permissions import Action

pages = Blueprint("merge", __name__)


@pages.get("/cases/<number>/merge")
def look(number: str) -> str | tuple[str, int]:
    return _page(number)


def _page(number: str, wrong: Refused | None = None) -> str | tuple[str, int]:
    case = case_to(number, Action.MERGE_CASES)
    if not case.is_open:
        return already_done_page(case, "closed")
    into = request.form.get("into", request.args.get("into", ""))
    preview = None
    if wrong is None and (into or request.method == "POST"):
        try:
            preview = ask(PreviewMerge(case.id, into))
        except Refused as refused:
            wrong = or_raise(refused)
    drawn = page(
        "case_merge.html",
        texts().say("page.merge.title", number=case.number),
        case=case,
        into=into,
        preview=preview,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/merge")
def merge(number: str) -> str | tuple[str, int] | Response:
    case = case_to(number, Action.MERGE_CASES)
    if "sure" not in request.form:
        return _page(number)
    try:
        into = handle(MergeCases(case.id, request.form.get("into", "")))
    except Refused as wrong:
        return _page(number, or_raise(wrong))
    say("page.merge.done", number=case.number, into=into)
    return redirect(address_of("open_case", into))
