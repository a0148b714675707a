"""支援会議: the register, one meeting with everybody's answers, and what its organiser does."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, door, handle, page, rows_of, say, sentence, texts
from handlers.web.form_words import options
from handlers.web.meeting_words import TONES, grid, shown_errors, title_of, wait_words, why_best
from workflows.dates import show_date
from workflows.desk import Command
from workflows.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.convene import PutOnAgenda
from workflows.meetings.fix_date import CancelMeeting, FixDate, MoveMeeting
from workflows.meetings.record import TakeOverWriting
from workflows.meetings.run import (
    AddDates,
    CloseAnswers,
    InviteAgency,
    RemindUnanswered,
    ReopenAnswers,
    UninviteAgency,
)
from workflows.meetings.views import GetMeeting, GetMeetings, MeetingSeen
from workflows.permissions import Action

pages = Blueprint("meetings", __name__)

Page = str | tuple[str, int] | Response
NEW_ROWS = 3


@pages.get("/meetings")
def register() -> str:
    everybodys = request.args.get("all") == "1"
    return page(
        "meetings.html",
        texts().say("page.meeting.register"),
        register=ask(GetMeetings(everybodys)),
        everybodys=everybodys,
        tones=TONES,
        title_of=title_of,
    )


@pages.get("/meetings/<meeting_id>")
def meeting(meeting_id: str) -> str:
    return _meeting(ask(GetMeeting(meeting_id)))


def _meeting(seen: MeetingSeen, refused: str = "") -> str:
    return page("meeting.html", title_of(seen.line), refused=refused, **context(seen))


@pages.get("/meetings/<meeting_id>/live")
def live(meeting_id: str) -> str:
    """The part that changes while one looks at it: the answers and who is missing."""
    seen = ask(GetMeeting(meeting_id))
    return page("meeting_live.html", title_of(seen.line), **context(seen))


def context(seen: MeetingSeen) -> dict[str, Any]:
    line = seen.line
    overdue = line.answer_by < door().desk.now()
    return {
        "m": seen,
        "line": line,
        "tone": TONES[line.state],
        "grid": grid(seen),
        "wait": wait_words(line, overdue),
        "overdue": overdue,
        "unanswered": [a for a in seen.agencies if not a.answered],
        "story": [
            (told.at, texts().say(f"story.{told.kind}", **told.facts))
            for told in seen.story
            if texts().has(f"story.{told.kind}")
        ],
        "action": _label_of_record(seen),
    }


def _label_of_record(seen: MeetingSeen) -> str:
    """Which word stands on the button to the record; "" when there is nothing to open."""
    if seen.record_state == "confirmed":
        return "read" if seen.may_read_record else ""
    if seen.may_write and seen.has_begun and seen.line.state == "fixed":
        return "write"
    return ""


# -- what the organiser does ----------------------------------------------------------------------


def _do(meeting_id: str, command: Command[Any], told: Callable[[Any], None]) -> Page:
    """Carry it out and go back to the meeting; refused, the meeting is shown with the reason."""
    try:
        told(handle(command))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        words = sentence(wrong)
        if isinstance(wrong, Invalid):
            words = "".join(e.sentence for e in shown_errors(wrong))
        return _meeting(ask(GetMeeting(meeting_id)), words), 409
    return redirect(f"/meetings/{meeting_id}")


@pages.post("/meetings/<meeting_id>/fix")
def fix(meeting_id: str) -> Page:
    slot, reason = request.form.get("slot", ""), request.form.get("reason", "")
    try:
        told = handle(FixDate(meeting_id, slot, reason))
    except Invalid as wrong:
        seen = ask(GetMeeting(meeting_id))
        date = next((d for d in seen.dates if d.id == slot), None)
        if date is None or date.past:
            return _meeting(seen, "".join(e.sentence for e in shown_errors(wrong))), 422
        return (
            page(
                "meeting_fix.html",
                texts().say("page.meeting.fix"),
                m=seen,
                date=date,
                why=why_best(date),
                reason=reason,
                errors=shown_errors(wrong),
                asked="reason" in request.form,
            ),
            422,
        )
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _meeting(ask(GetMeeting(meeting_id)), sentence(wrong)), 409
    seen = ask(GetMeeting(meeting_id))
    say("page.meeting.fixed", at=seen.line.starts_at, agencies=told)
    return redirect(f"/meetings/{meeting_id}")


@pages.post("/meetings/<meeting_id>/remind")
def remind(meeting_id: str) -> Page:
    return _do(
        meeting_id,
        RemindUnanswered(meeting_id),
        lambda count: say("page.meeting.reminded", agencies=count),
    )


@pages.post("/meetings/<meeting_id>/close-answers")
def close_answers(meeting_id: str) -> Page:
    return _do(meeting_id, CloseAnswers(meeting_id), lambda _: say("page.meeting.closed"))


@pages.post("/meetings/<meeting_id>/secrecy")
def secrecy(meeting_id: str) -> Page:
    return _do(meeting_id, ConfirmSecrecy(meeting_id), lambda _: say("page.meeting.secrecy_saved"))


@pages.post("/meetings/<meeting_id>/agenda")
def agenda(meeting_id: str) -> Page:
    """Put a case on this sitting's agenda instead of convening another."""
    number, reason = request.form.get("case", ""), request.form.get("reason", "")
    return _do(
        meeting_id,
        PutOnAgenda(meeting_id, number, reason),
        lambda _: say("page.meeting.put_on", number=number.strip().upper()),
    )


# -- pages of their own: what is typed stays when it is refused -----------------------------------


def _runs(meeting_id: str) -> MeetingSeen:
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
        refused="".join(e.sentence for e in errors if not e.field),
        **context(seen),
        **typed,
    )
    return (drawn, 422 if fields else 409) if wrong else drawn


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
        count = handle(AddDates(meeting_id, tuple(typed["slots"]), typed["answer_by"]))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("dates", meeting_id, wrong, **typed)
    say("page.meeting.dates_added", count=count)
    return redirect(f"/meetings/{meeting_id}")


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
    return redirect(f"/meetings/{meeting_id}")


@pages.route("/meetings/<meeting_id>/move", methods=["GET", "POST"])
def move(meeting_id: str) -> Page:
    names = ("day", "starts", "reason", "place")
    if request.method == "GET":
        line = _runs(meeting_id).line
        day = show_date(line.starts_at.date()) if line.starts_at else ""
        return _own_page("move", meeting_id, day=day, starts="", reason="", place=line.place)
    typed = {name: request.form.get(name, "") for name in names}
    try:
        told = handle(MoveMeeting(meeting_id, **typed))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _own_page("move", meeting_id, wrong, **typed)
    say("page.meeting.moved", at=ask(GetMeeting(meeting_id)).line.starts_at, agencies=told)
    return redirect(f"/meetings/{meeting_id}")


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
    return redirect(f"/meetings/{meeting_id}")


@pages.route("/meetings/<meeting_id>/agencies", methods=["GET", "POST"])
def agencies(meeting_id: str) -> Page:
    """Invite a further one, say whether one is needed, or take one off."""
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
            handle(UninviteAgency(meeting_id, chosen))
            say("page.meeting.uninvited", agency=name)
        else:
            required = what == "required"
            handle(InviteAgency(meeting_id, chosen, required))
            key = "need_changed" if chosen in before else "invited"
            say(f"page.meeting.{key}", agency=name, required=required)
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _agencies(meeting_id, wrong)
    return redirect(f"/meetings/{meeting_id}/agencies")


def _agencies(meeting_id: str, wrong: Refused | None = None) -> str | tuple[str, int]:
    invited = {a.id for a in _runs(meeting_id).agencies}
    others = [o for o in options()["agency"] if o[0] not in invited]
    return _own_page("agencies", meeting_id, wrong, others=others)


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
    return redirect(f"/meetings/{meeting_id}")
