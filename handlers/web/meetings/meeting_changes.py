"""What changes a meeting on a page of its own: typed words stay there when it is refused."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, given, handle, page, rows_of, say, texts
from handlers.web.meetings.meeting_words import question_of, shown_errors
from handlers.web.meetings.meetings import context
from handlers.web.server.form_words import options
from handlers.words.hearing_words import anyway_words, changed_words, hearing_words, invited_facts
from handlers.words.verbs import address_of
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Action
from workflows.japanese.dates import TOKYO, show_date, show_time
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.record import TakeOverWriting
from workflows.meetings.run import AddDates, InviteAgency, ReopenAnswers, UninviteAgency
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.meetings.who_hears import GetHearing

pages = Blueprint("meeting_changes", __name__)

Page = str | tuple[str, int] | Response


def _runs(meeting_id: str) -> MeetingView:
    seen = ask(GetMeeting(meeting_id))
    if not seen.may_run:
        raise NotAllowed(f"denied.{Action.RUN_MEETING}")
    return seen


def _own_page(
    name: str, meeting_id: str, wrong: Refused | None = None, **typed: Any
) -> str | tuple[str, int]:
    seen = _runs(meeting_id)
    words = texts().say(f"page.meeting.{name}")
    errors = shown_errors(wrong) if wrong else []
    fields = [e for e in errors if e.field]
    drawn = page(
        f"meeting_{name}.html",
        words,
        errors=fields,
        question=question_of(wrong),
        refused="".join(e.sentence for e in errors if not e.field),
        **context(seen),
        **typed,
    )
    return (drawn, 422 if isinstance(wrong, Invalid) else 409) if wrong else drawn


def _dates_typed() -> dict[str, Any]:
    return {"slots": rows_of("slots"), "answer_by": request.form.get("answer_by", "")}


@pages.route("/meetings/<meeting_id>/dates", methods=["GET", "POST"])
def dates(meeting_id: str) -> Page:
    if request.method == "GET":
        return _own_page("dates", meeting_id, slots=[], answer_by="")
    typed = _dates_typed()
    if "add_row" in request.form:
        return _own_page("dates", meeting_id, **typed)
    try:
        confirmed = request.form.get("confirmed", "")
        count = handle(AddDates(meeting_id, tuple(typed["slots"]), typed["answer_by"], confirmed))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("dates", meeting_id, wrong, **typed)
    say("page.meeting.dates_added", count=count)
    return redirect(address_of("open_meeting", meeting_id))


@pages.route("/meetings/<meeting_id>/reopen", methods=["GET", "POST"])
def reopen(meeting_id: str) -> Page:
    if request.method == "GET":
        return _own_page("reopen", meeting_id, answer_by="")
    typed = request.form.get("answer_by", "")
    try:
        handle(ReopenAnswers(meeting_id, typed))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("reopen", meeting_id, wrong, answer_by=typed)
    say("page.meeting.reopened", answer_by=ask(GetMeeting(meeting_id)).line.answer_by)
    return redirect(address_of("open_meeting", meeting_id))


@pages.route("/meetings/<meeting_id>/move", methods=["GET", "POST"])
def move(meeting_id: str) -> Page:
    names = ("day", "starts", "reason", "place")
    if request.method == "GET":
        line = _runs(meeting_id).line
        at = line.starts_at.astimezone(TOKYO) if line.starts_at else None
        day, starts = (show_date(at.date()), show_time(at.time())) if at else ("", "")
        return _own_page("move", meeting_id, day=day, starts=starts, reason="", place=line.place)
    typed = {name: request.form.get(name, "") for name in names}
    try:
        confirmed = request.form.get("confirmed", "")
        told = handle(MoveMeeting(meeting_id, **typed, confirmed=confirmed))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("move", meeting_id, wrong, **typed)
    say("page.meeting.moved", at=ask(GetMeeting(meeting_id)).line.starts_at, agencies=told)
    return redirect(address_of("open_meeting", meeting_id))


@pages.route("/meetings/<meeting_id>/cancel", methods=["GET", "POST"])
def cancel(meeting_id: str) -> Page:
    if request.method == "GET":
        return _own_page("cancel", meeting_id, reason="")
    typed = request.form.get("reason", "")
    try:
        told = handle(CancelMeeting(meeting_id, typed))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("cancel", meeting_id, wrong, reason=typed)
    say("page.meeting.cancelled", agencies=told)
    return redirect(address_of("open_meeting", meeting_id))


@pages.route("/meetings/<meeting_id>/agencies", methods=["GET", "POST"])
def agencies(meeting_id: str) -> Page:
    """Invite a further one for the cases that it is to hear, say whether one is needed, or take
    one off."""
    if request.method == "GET":
        return _agencies(meeting_id)
    chosen, what = request.form.get("agency", ""), request.form.get("do", "")
    before = {a.id: a for a in _runs(meeting_id).agencies}
    name = next((n for a, n, _ in options()["agency"] if a == chosen), "")
    if not name and chosen not in before:
        return _agencies(meeting_id, Refused("agency.none"))
    name = name or before[chosen].name
    try:
        if what == "uninvite":
            ended = handle(UninviteAgency(meeting_id, chosen))
            say("page.meeting.uninvited", agency=name, change=changed_words(texts(), ended))
        elif chosen not in before and "look" not in request.form and _to_read(meeting_id, chosen):
            return _agencies(meeting_id)  # what it would read is looked at first
        else:
            required = what == "required"
            heard = tuple(request.form.getlist("hears")) if "look" in request.form else None
            why = request.form.get("reason", "")
            handle(InviteAgency(meeting_id, chosen, required, heard, why))
            key = "need_changed" if chosen in before else "invited"
            say(
                f"page.meeting.{key}", **invited_facts(_runs(meeting_id), chosen, required=required)
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _agencies(meeting_id, wrong)
    return redirect(f"/meetings/{meeting_id}/agencies")


def _to_read(meeting_id: str, agency_id: str) -> bool:
    """Whether there is anything to look at before it is invited: the cases that there are."""
    return bool(ask(GetHearing(meeting_id, agency_id)))


def _agencies(meeting_id: str, wrong: Refused | None = None) -> str | tuple[str, int]:
    """With an agency chosen that is not invited: the cases, and what it would read of each."""
    invited = {a.id for a in _runs(meeting_id).agencies}
    every = options()["agency"]
    chosen = given().get("agency", "")
    name = next((n for a, n, _ in every if a == chosen and a not in invited), "")
    look = ask(GetHearing(meeting_id, chosen)) if name else ()
    heard = request.form.getlist("hears")
    if "look" not in request.form:  # the one case that there is, else those that concern it
        heard = [c.number for c in look if len(look) == 1 or c.agencies[0].concerned]
    return _own_page(
        "agencies",
        meeting_id,
        wrong,
        others=[o for o in every if o[0] not in invited],
        chosen=chosen,
        chosen_name=name,
        look=look,
        heard=heard,
        hearing=ask(GetHearing(meeting_id)),
        hearing_words=partial(hearing_words, texts()),
        anyway_words=partial(anyway_words, texts()),
    )


@pages.route("/meetings/<meeting_id>/writer", methods=["GET", "POST"])
def writer(meeting_id: str) -> Page:
    if request.method == "GET":
        return _own_page("writer", meeting_id, members=options()["member"])
    chosen = request.form.get("writer", "")
    name = next((n for m, n, _ in options()["member"] if m == chosen), "")
    try:
        if not name:
            raise Refused("writer.none")
        handle(TakeOverWriting(meeting_id, chosen))
    except NotAllowed as wrong:
        if not _runs(meeting_id).may_run:
            raise
        return _own_page("writer", meeting_id, wrong, members=options()["member"])
    except NotFound:
        raise
    except Refused as wrong:
        return _own_page("writer", meeting_id, wrong, members=options()["member"])
    say("page.meeting.writer_set", member=name)
    return redirect(address_of("open_meeting", meeting_id))
