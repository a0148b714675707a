"""開示・訂正・利用停止の請求: recorded, put to cases, prolonged, answered; given out on paper."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from handlers.web.cases.disclosures import part_labels
from handlers.web.cases.sheet import Page, opened_on, printed_case
from handlers.web.door import ask, door, errors_of, given, handle, page, say, sentence, texts
from handlers.web.meetings.meeting_words import names as called
from handlers.web.meetings.meeting_words import title_of
from handlers.web.server.form_words import AnsweredSection, in_words
from handlers.words.record_draft import SAID_BLANK
from handlers.words.verbs import route
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.find_case import GetCaseId
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import GetFormerSheet
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Command
from workflows.core.permissions import Action
from workflows.japanese.dates import show_date, show_instant
from workflows.meetings.record_views import GetRecord, RecordView
from workflows.model.person_request import AskedAs, RequestKind, RequestOutcome
from workflows.requests.find import FindForRequest, FoundForRequest
from workflows.requests.record import (
    TEXTS,
    AnswerRequest,
    AssignRequestToCase,
    ExtendRequest,
    RecordRequest,
    TakeBackRequestAnswer,
)
from workflows.requests.views import (
    GetRequest,
    GetRequests,
    RequestView,
)

pages = Blueprint("requests", __name__)

LOOKED_FOR = ("name", "kana", "birth_date")
_KEEP = ("number", "until", "reason", "outcome", "given", "on", "refusal", *LOOKED_FOR)


@pages.get(route("requests"))
def listed() -> Page:
    return page("requests.html", texts().say("page.request.title"), seen=ask(GetRequests()))


@pages.get("/requests/new")
def new() -> Page:
    if not ask(GetRequests()).may_record:
        raise NotAllowed(f"denied.{Action.HANDLE_REQUESTS}")
    typed = dict.fromkeys(("kind", "asked_as", *TEXTS), "")
    if found := _completes():
        line = found.line
        typed |= {"kind": line.kind, "asked_as": found.asked_as}
        return _new({**typed, "received_on": show_date(line.received_on)})
    return _new({**typed, "received_on": show_date(door().desk.now().date())})


def _completes() -> RequestView | None:
    """The request whose words are to be written anew, if it is about one."""
    request_id = given().get("request", "")
    return ask(GetRequest(request_id)) if request_id else None


def _new(typed: dict[str, str], wrong: Refused | None = None) -> Page:
    completes = _completes()
    drawn = page(
        "request_new.html",
        texts().say(f"page.request.{'complete' if completes else 'title_new'}"),
        completes=completes,
        typed=typed,
        kinds=_choices("request_kind", RequestKind),
        asked_as=_choices("asked_as", AskedAs),
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


def _choices(group: str, codes: Any) -> list[tuple[str, str]]:
    return [(str(code), texts().label(group, str(code))) for code in codes]


@pages.post("/requests/new")
def record() -> Page:
    typed = {f: request.form.get(f, "") for f in ("kind", "asked_as", "received_on", *TEXTS)}
    words = {f: typed[f] for f in TEXTS}
    completes = request.form.get("request", "")
    kind, asked_as, received_on = (typed[f] for f in ("kind", "asked_as", "received_on"))
    try:
        made = handle(RecordRequest(kind, asked_as, words, received_on, completes), made=str)
    except Invalid as wrong:
        return _new(typed, wrong)
    say(f"page.request.{'completed' if completes else 'recorded'}")
    return redirect(f"/requests/{made}")


@pages.get("/requests/<request_id>")
def one(request_id: str) -> Page:
    return _one(request_id)


def _one(
    request_id: str,
    wrong: Refused | None = None,
    *,
    found: tuple[FoundForRequest, ...] | None = None,
    searched: bool = False,
) -> Page:
    seen = ask(GetRequest(request_id))
    errors = errors_of(None, wrong) if isinstance(wrong, Invalid) else []
    drawn = page(
        "request.html",
        texts().say("page.request.title_one", number=seen.line.number),
        seen=seen,
        typed={f: request.form.get(f, "") for f in _KEEP} | _looked_for(seen),
        outcomes=_choices("request_outcome", RequestOutcome),
        found=found,
        searched=searched,
        errors=errors,
        refused=sentence(wrong) if wrong and not errors else "",
    )
    return (drawn, 422 if errors else 409) if wrong else drawn


def _looked_for(seen: RequestView) -> dict[str, str]:
    """Whom to look for as typed; at first the person whom the request is about."""
    typed = {f: request.form.get(f, "") for f in LOOKED_FOR}
    return typed if any(f in request.form for f in LOOKED_FOR) else typed | {"name": seen.person}


@pages.post("/requests/<request_id>/find")
def find(request_id: str) -> Page:
    typed = {f: request.form.get(f, "") for f in LOOKED_FOR}
    try:
        found = ask(FindForRequest(request_id, **typed))
    except Invalid as wrong:
        return _one(request_id, wrong)
    if found is None:
        return _one(request_id, Refused("request.too_often"))
    return _one(request_id, found=found, searched=True)


def _done(request_id: str, command: Command[Any], key: str) -> Page | Response:
    try:
        handle(command)
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _one(request_id, wrong)
    say(key)
    return redirect(f"/requests/{request_id}")


@pages.post("/requests/<request_id>/cases")
def put(request_id: str) -> Page | Response:
    about = "remove" not in request.form
    typed = request.form
    command = AssignRequestToCase(
        request_id, typed.get("number", ""), about, typed.get("former", "")
    )
    return _done(request_id, command, "page.request.put" if about else "page.request.taken_off")


@pages.post("/requests/<request_id>/extend")
def extend(request_id: str) -> Page | Response:
    typed = request.form
    command = ExtendRequest(request_id, typed.get("until", ""), typed.get("reason", ""))
    return _done(request_id, command, "page.request.extended")


@pages.post("/requests/<request_id>/answer")
def answer(request_id: str) -> Page | Response:
    typed = request.form
    command = AnswerRequest(
        request_id,
        typed.get("outcome", ""),
        typed.get("given", ""),
        typed.get("refusal", ""),
        typed.get("on", ""),
    )
    return _done(request_id, command, "page.request.answered")


@pages.post("/requests/<request_id>/waits")
def waits(request_id: str) -> Page | Response:
    return _done(request_id, TakeBackRequestAnswer(request_id), "page.request.waits")


def _record(seen: RecordView) -> tuple[str, RecordView, list[AnsweredSection]]:
    """A record as far as it is about the case: what the sitting is called, its part in words."""
    form = door().forms.form("record")
    answers = [s for c in seen.cases for s in in_words(form, c.values, called(), SAID_BLANK)]
    return title_of(seen.line), seen, answers


def _former_paper(seen: RequestView, case_id: str, number: str, former: str) -> Page:
    """What stood about a person by mistake, and who was told until it was corrected; of whom the
    case is about nothing."""
    names = not request.args.get("agencies_only")
    form = door().forms.form("sheet")
    (one,) = ask(GetFormerSheet(case_id, former, printed=True))
    return render_template(
        "paper/request_former.html",
        page_title=texts().say("page.request.paper"),
        print_ref=f"{seen.line.number}　{number}",
        print_date=show_instant(door().desk.now()),
        back_href=f"/requests/{seen.line.id}",
        former=one,
        sections=in_words(form, one.sheet, ask(GetCase(case_id)).names),
        seen=ask(GetDisclosures(case_id, names=names, printed=True, former=former)),
        asked=seen,
        labels=part_labels(),
        names=names,
    )


@pages.get("/requests/<request_id>/cases/<number>")
def paper(request_id: str, number: str) -> Page:
    """What the case holds and who was shown what, together, for whoever answers the request."""
    seen = ask(GetRequest(request_id))
    put = {c.number: c for c in seen.cases}
    if number not in put:
        raise NotFound("not_found.case")
    case_id = ask(GetCaseId(number))
    if put[number].former:
        return _former_paper(seen, case_id, number, put[number].former)
    case = opened_on(ask(GetCase(case_id)), CasePage.PAPER)
    held = [m.id for m in case.meetings if m.may_read]
    records = [ask(GetRecord(m, printed=True, only=number)) for m in held]
    names = not request.args.get("agencies_only")
    return render_template(
        "paper/request.html",
        page_title=texts().say("page.request.paper"),
        print_ref=f"{seen.line.number}　{number}",
        print_date=show_instant(door().desk.now()),
        back_href=f"/requests/{request_id}",
        **printed_case(case),
        records=[_record(one) for one in records],
        seen=ask(GetDisclosures(case_id, names=names, printed=True)),
        asked=seen,
        labels=part_labels(),
        names=names,
    )
