"""Who hears which case: the matrix of a sitting, and what comes before a case is put on it."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, given, handle, page, say, texts
from handlers.web.meetings.meeting_words import shown_errors
from handlers.web.meetings.meetings import context
from handlers.words.convening_choices import numbers_typed
from handlers.words.hearing_words import changed_words, hearing_words
from handlers.words.verbs import address_of
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.permissions import Action
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.views import GetMeeting
from workflows.meetings.who_hears import (
    CaseHearing,
    ChooseWhoHears,
    GetHearing,
    HearingEdit,
    PreviewPutOn,
)

pages = Blueprint("hearing", __name__)

Page = str | tuple[str, int] | Response
REASONS = ("basis_reason", "reason")  # the fields on these pages
HEARS = "hears-"  # then the case's number: the agencies ticked for it
WAS = "was-"  # then the case's number: those that heard it when the page was drawn


def _ticked(number: str) -> list[str]:
    return request.form.getlist(HEARS + number)


@pages.route("/meetings/<meeting_id>/hearing", methods=["GET", "POST"])
def hearing(meeting_id: str) -> Page:
    """Cases × agencies: who hears what, changed before the sitting and during it."""
    cases = ask(GetHearing(meeting_id))
    if request.method == "GET":
        return _drawn("meeting_hearing.html", "hearing.title", meeting_id, cases)
    changes = []
    for case in cases:
        was = request.form.get(WAS + case.number)
        if case.may_choose and was is not None:
            now = _ticked(case.number)
            changes.append(HearingEdit.between(case.number, was.split(), now))
    try:
        done = handle(ChooseWhoHears(meeting_id, tuple(changes), request.form.get("reason", "")))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _drawn("meeting_hearing.html", "hearing.title", meeting_id, cases, wrong)
    say("hearing.saved", change=changed_words(texts(), done))
    return redirect(address_of("open_meeting", meeting_id))


@pages.route("/meetings/<meeting_id>/agenda", methods=["GET", "POST"])
def put_on(meeting_id: str) -> Page:
    """Put cases on this sitting's agenda instead of convening another: first it is looked at who
    of those invited hears each."""
    if not ask(GetMeeting(meeting_id)).may_put_cases:
        raise NotAllowed(f"denied.{Action.PUT_ON_AGENDA}")
    typed, reason = given().get("case", ""), given().get("reason", "")
    numbers = numbers_typed(typed)
    cases = ask(PreviewPutOn(meeting_id, numbers))
    known = {c.number for c in cases}
    facts: dict[str, Any] = {"case": typed, "reason": reason}
    facts["unknown"] = [n for n in numbers if n not in known]
    drawn = partial(_drawn, "meeting_agenda.html", "hearing.put_on_title", meeting_id, cases)
    if request.method == "GET" or "look" not in request.form:
        return drawn(**facts)
    looked = request.form.get("look", "").split()
    if any(number not in looked for number in known):
        return drawn(**facts)
    hearing = {number: tuple(_ticked(number)) for number in known}
    try:
        handle(PutOnAgenda(meeting_id, numbers, reason, hearing))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return drawn(wrong, **facts)
    say("page.meeting.put_on", number="、".join(numbers))
    return redirect(address_of("open_meeting", meeting_id))


def _drawn(
    template: str,
    title: str,
    meeting_id: str,
    cases: tuple[CaseHearing, ...],
    wrong: Refused | None = None,
    **facts: Any,
) -> str | tuple[str, int]:
    errors = shown_errors(wrong) if wrong else []
    drawn = page(
        template,
        texts().say(title),
        cases=cases,
        # What was ticked stays; a page that is drawn first shows what is, or what is proposed.
        ticks={
            c.number: _ticked(c.number) if wrong else [a.agency_id for a in c.agencies if a.hears]
            for c in cases
        },
        errors=[e for e in errors if e.field in REASONS],
        refused="".join(e.sentence for e in errors if e.field not in REASONS),
        hearing_words=partial(hearing_words, texts()),
        **context(ask(GetMeeting(meeting_id))),
        **facts,
    )
    return (drawn, 422) if wrong else drawn
