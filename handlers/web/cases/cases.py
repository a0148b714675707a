"""ケース: the list, the page of one case, and who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import Page, already_done_page, case_to, or_raise, sheet_form
from handlers.web.door import ask, door, errors_of, handle, page, say, sentence, texts
from handlers.web.server.form_words import Option, in_words, options, too_long_words
from handlers.web.server.navigation import promise_link
from handlers.web.server.when import left_words, upcoming_words
from handlers.words.case_words import HELPS, story_words
from handlers.words.verbs import address_of, route
from workflows.cases.find_case import LONGEST_NUMBER, GetCaseId
from workflows.cases.list_cases import ListCases
from workflows.cases.name_members import NameMember
from workflows.cases.story import StoryLine
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.delivery.unreached import GetUnreachedOfCase
from workflows.model.case import CaseState
from workflows.model.codes import code_of
from workflows.model.promise import PromiseKind
from workflows.outside.mail_reply_views import CountMailRepliesOfCase
from workflows.promises.promise_line import PromiseLine

pages = Blueprint("cases", __name__)

_ENDED = (CaseState.CLOSED, CaseState.SUSPENDED)


@dataclass(frozen=True)
class PromiseWithButton:
    """A promise as a page shows it, with its button for those who can do something about it."""

    line: PromiseLine
    what: str
    relative: str
    href: str
    button: str
    next: Sequence[str] = ()  # what happens when nobody does it


# -- the list -------------------------------------------------------------------------------------


@pages.get(route("cases"))
def listed() -> Page:
    wanted = request.args
    query = ListCases(
        number=wanted.get("number", ""),
        state=wanted.get("state", ""),
        urgency=wanted.get("urgency", ""),
        district_id=wanted.get("district", ""),
        mine=wanted.get("mine") == "1",
        closed=wanted.get("closed") == "1" or wanted.get("state", "") in _ENDED,
    )
    view = ask(query)
    return page(
        "cases.html",
        texts().say("page.case.title_list"),
        view=view,
        query=query,
        too_long=too_long_words(query.number, LONGEST_NUMBER),
        lines=[(line, _next(line.next, line.number)) for line in view.lines],
        states=[str(s) for s in CaseState],
        urgencies=[c.value for c in sheet_form().field("urgency").choices],
    )


def _next(line: PromiseLine | None, number: str) -> PromiseWithButton | None:
    return owed(line, number, helps=False) if line else None


def owed(line: PromiseLine, number: str, *, helps: bool) -> PromiseWithButton:
    kind = code_of(PromiseKind, line.kind)
    may_act = line.mine or helps
    return PromiseWithButton(
        line=line,
        what=texts().label("promise_kind", line.kind),
        relative=left_words(line.overdue, line.open_days),
        href=promise_link(kind, "" if line.meeting_id else number, line.meeting_id, line.item_id)
        if may_act
        else "",
        button=texts().word("promise_button", line.kind) if may_act else "",
    )


# -- one case -------------------------------------------------------------------------------------


@pages.get(route("open_case"))
def one(number: str) -> Page:
    return _one(number)


def case_refused(number: str, wrong: Refused) -> tuple[str, int]:
    """The case again, with the reason why nothing was done."""
    return _one(number, sentence(wrong)), 409


def _one(number: str, refused: str = "") -> str:
    case = ask(GetCase(ask(GetCaseId(number)), CasePage.CASE))
    helps = {k for k, action in HELPS.items() if case.may[action].allowed}
    return page(
        "case.html",
        case.number,
        case=case,
        refused=refused,
        print_ref=case.number,
        steps=_steps(case),
        unreached=ask(GetUnreachedOfCase(case.id)),
        mail_replies=ask(CountMailRepliesOfCase(case.id)),
        mail_replies_page=f"/cases/{case.number}/mail-replies",
        reached_at_page=f"/cases/{case.number}/reached",
        owed=[
            replace(
                owed(p, case.number, helps=p.kind in helps),
                next=upcoming_words(follows, p.member_name or p.agency_name, p.away),
            )
            for p, follows in zip(case.promises, case.upcoming_notices, strict=True)
        ],
        sections=in_words(sheet_form(), case.sheet, case.names) if case.sheet else [],
        plan_sections=_plan_sections(case),
        closure_sections=[
            in_words(door().forms.form("closure"), c.values, case.names) for c in case.closures
        ],
        labels={form: _labels(form) for form in ("sheet", "plan")},
        merged_stories={
            m.number: [
                (texts().say("page.case.at", at=e.at), "", story_words(e, texts())) for e in m.story
            ]
            for m in case.merged
        },
        story=[
            (texts().say("page.case.at", at=e.at), "", story_words(e, texts())) for e in case.story
        ],
    )


def _told(event: StoryLine) -> tuple[str, str, str]:
    return (texts().say("page.case.at", at=event.at), "", story_words(event, texts()))


def _plan_sections(case: CaseView) -> list[Any]:
    form = door().forms.form("plan")
    return [in_words(form, p.values, case.names) for p in case.plans]


def _labels(form_id: str) -> dict[str, str]:
    return {f.id: f.label for f in door().forms.form(form_id).fields}


def _steps(case: CaseView) -> list[tuple[str, str]]:
    """Where it stands on the way, what it went through and what it passed over.

    中断 takes the place of 終結.
    """
    state = code_of(CaseState, case.state)
    ends = CaseState.SUSPENDED if state is CaseState.SUSPENDED else CaseState.CLOSED
    way = [s for s in CaseState if s not in _ENDED] + [ends]
    here = way.index(state)
    # What was passed over on an open case can still come; on a closed one it did not happen.
    passed_over = "todo" if case.is_open else "never"

    def mark(place: int, step: CaseState) -> str:
        if place == here:
            return "current"
        if step in case.passed_states:
            return "done"
        return passed_over if place < here else "todo"

    return [(texts().label("case_state", s), mark(n, s)) for n, s in enumerate(way)]


# -- who may see a restricted case ----------------------------------------------------------------


@pages.get(route("name_members"))
def named(number: str) -> Page:
    case = case_to(number, Action.NAME_MEMBERS)
    if not case.restricted:
        return already_done_page(case, "not_restricted")
    return _named(case)


def _named(case: CaseView, wrong: Refused | None = None) -> Page:
    held = {n.member_id for n in case.named}
    offered: list[Option] = [m for m in options()["member"] if m[0] not in held]
    drawn = page(
        "case_named.html",
        texts().say("page.case.title_named", number=case.number),
        case=case,
        members=offered,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("name_members"))
def name(number: str) -> Page | Response:
    case = case_to(number, Action.NAME_MEMBERS)
    if not case.restricted:
        return already_done_page(case, "not_restricted")
    adds = "remove" not in request.form
    member_id = request.form.get("member" if adds else "remove", "")
    try:
        sees = handle(NameMember(case.id, member_id, named=adds))
    except Refused as wrong:
        return _named(case, or_raise(wrong))
    key = "page.case.named" if adds else "page.case.unnamed"
    say(key, name=case.names.get(member_id, "—"), sees=sees)
    try:
        case_to(number, Action.NAME_MEMBERS)
    except NotFound:  # whoever took themselves off sees it no more
        return redirect("/")
    return redirect(address_of("name_members", case.number))
