"""つなぐシートの前の版: what was changed, from what to what; each version; both on paper."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import Page, or_raise
from handlers.web.door import ask, door, handle, page, say, sentence, texts
from handlers.web.server.form_words import in_words
from handlers.words.form_words import label_of
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.cases.report_wrong_person import PreviewWrongPerson, ReportWrongPerson
from workflows.cases.sheet_versions import (
    EarlierAnswer,
    EarlierSheet,
    GetEarlierSheet,
    GetSheetVersions,
    SheetChange,
)
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.forms import Form
from workflows.japanese.dates import show_instant

pages = Blueprint("sheet_versions", __name__)


@dataclass(frozen=True)
class ChangedAnswer:
    """One answer that was changed, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownSheetChange:
    version: int
    by: str
    at: datetime
    former: bool
    may_say: bool
    opens: bool
    lines: tuple[ChangedAnswer, ...]


@pages.get("/cases/<number>/sheet/versions")
def every(number: str) -> Page:
    return _every(number)


def _every(number: str, wrong: Refused | None = None) -> Page:
    case = _case(number)
    drawn = page(
        "sheet_versions.html",
        texts().say("page.sheet_versions.title", number=case.number),
        case=case,
        changes=_changes(case),
        refused=sentence(wrong) if wrong else "",
    )
    return (drawn, 409) if wrong else drawn


@pages.get("/cases/<number>/sheet/versions/print")
def paper(number: str) -> Page:
    case = _case(number)
    return _paper("sheet_versions", case, "versions", changes=_changes(case, printed=True))


@pages.get("/cases/<number>/sheet/versions/<int:version>")
def one(number: str, version: int) -> Page:
    case = _case(number)
    if version == case.sheet_version:
        return redirect(address_of("open_case", case.number) + "#sheet")
    return page(
        "sheet_version.html",
        texts().say("page.sheet_versions.one", number=case.number, version=version),
        case=case,
        **_sheet(case, version, printed=False),
    )


@pages.get("/cases/<number>/sheet/versions/<int:version>/print")
def paper_of_one(number: str, version: int) -> Page:
    case = _case(number)
    return _paper(
        "sheet_version", case, f"versions/{version}", **_sheet(case, version, printed=True)
    )


@pages.get("/cases/<number>/sheet/versions/<int:version>/another")
def whose(number: str, version: int) -> Page:
    """Who would be told that it was another person until this version ended."""
    case = _case(number)
    told = ask(PreviewWrongPerson(case.id, version))
    (change,) = _changes(case, only=version + 1)
    return page(
        "sheet_whose.html",
        texts().say("page.sheet_versions.whose", number=case.number),
        case=case,
        version=version,
        change=change,
        told=told,
    )


@pages.post("/cases/<number>/sheet/versions/<int:version>/another")
def say_whose(number: str, version: int) -> Page | Response:
    try:
        handle(ReportWrongPerson(ask(GetCaseId(number)), version))
    except Refused as refused:
        return _every(number, or_raise(refused))
    say("page.sheet_versions.said", version=version)
    return redirect(f"/cases/{number}/sheet/versions")


def _case(number: str) -> CaseView:
    return ask(GetCase(ask(GetCaseId(number)), CasePage.NOTHING))


def _changes(case: CaseView, *, only: int = 0, printed: bool = False) -> list[ShownSheetChange]:
    seen = ask(GetSheetVersions(case.id, only, printed=printed))
    return [_change(one, case) for one in seen.changes]


def _change(one: SheetChange, case: CaseView) -> ShownSheetChange:
    form = door().forms.form("sheet")
    lines = tuple(
        ChangedAnswer(
            _label(form, f.id),
            _words(form, f.id, f.before, case),
            _words(form, f.id, f.after, case),
        )
        for f in one.fields
    )
    return ShownSheetChange(one.version, one.by, one.at, one.former, one.may_say, one.opens, lines)


def _label(form: Form, field: str) -> str:
    """Also of a question that the town asks no more; of one that nobody knows its code."""
    asked_before = {f.id: f.label for f in form.retired}
    return label_of(form, field, texts()) or asked_before.get(field, field)


def _words(form: Form, field: str, answer: EarlierAnswer, case: CaseView) -> str:
    if answer.value in (None, "", []):
        key = "blank" if answer.state == "shown" else answer.state
        return texts().say(f"page.sheet_versions.{key}")
    (section,) = in_words(form, {field: answer.value}, case.names)
    return section.answers[0].text


def _sheet(case: CaseView, version: int, *, printed: bool) -> dict[str, Any]:
    seen: EarlierSheet = ask(GetEarlierSheet(case.id, version, printed=printed))
    form = door().forms.form("sheet")
    return {
        "seen": seen,
        "sections": in_words(form, seen.sheet, case.names),
    }


def _paper(template: str, case: CaseView, back: str, **more: Any) -> str:
    return render_template(
        f"paper/{template}.html",
        page_title=texts().say("page.sheet_versions.paper"),
        print_ref=case.number,
        print_date=show_instant(door().desk.now()),
        back_href=f"/cases/{case.number}/sheet/{back}",
        case=case,
        **more,
    )
