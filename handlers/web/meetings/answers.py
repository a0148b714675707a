"""An agency answers: ○△× for the dates, whether it comes; and the meeting for its calendar."""

from dataclasses import replace

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from handlers.web.door import ShownError, ask, door, handle, page, say, sentence, texts
from handlers.web.meetings.meeting_words import heard_ways, shown_errors, title_of
from handlers.words.calendar_file import calendar_file
from handlers.words.verbs import address_of, route
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.japanese.dates import show_instant
from workflows.meetings.answer import AnswerDates
from workflows.meetings.answer_views import AskedDates, GetAppointment, GetAskedDates
from workflows.meetings.attend import ConfirmAttendance

pages = Blueprint("answers", __name__)

Page = str | tuple[str, int] | AnyResponse


def _back(meeting_id: str, asked: AskedDates, name: str, **more: str) -> str:
    """The same page again, for the agency answered for."""
    args = {**({"agency": asked.agency_id} if asked.for_another else {}), **more}
    query = "&".join(f"{k}={v}" for k, v in args.items())
    return f"/meetings/{meeting_id}/{name}" + (f"?{query}" if query else "")


@pages.get(route("answer_dates"))
def answer(meeting_id: str) -> Page:
    asked = ask(GetAskedDates(meeting_id, request.args.get("agency", "")))
    done = request.args.get("done") == "1" and asked.complete
    return _answer(asked, dict(asked.answers), asked.who, asked.heard_by, done=done)


def _answer(
    asked: AskedDates,
    answers: dict[str, tuple[str, str]],
    who: str,
    heard_by: str,
    *,
    done: bool = False,
    errors: list[ShownError] | None = None,
    refused: str = "",
) -> str:
    return page(
        "answer.html",
        texts().say("page.meeting.answer"),
        asked=asked,
        title=title_of(asked.line),
        action=_back(asked.line.id, asked, "answer"),
        answers=answers,
        who=who,
        heard_by=heard_by,
        ways=heard_ways(),
        done=done,
        errors=errors or [],
        refused=refused,
    )


@pages.post(route("answer_dates"))
def save_answer(meeting_id: str) -> Page:
    asked = ask(GetAskedDates(meeting_id, request.args.get("agency", "")))
    who, heard_by = request.form.get("who", ""), request.form.get("heard_by", "")
    answers = typed_answers()
    command = replace(answer_of(asked, answers, who), heard_by=heard_by)
    try:
        handle(command)
    except Invalid as wrong:
        errors = [at_date(e, asked) for e in shown_errors(wrong)]
        return _answer(asked, answers, who, heard_by, errors=errors), 422
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _answer(asked, answers, who, heard_by, refused=sentence(wrong)), 409
    return redirect(_back(meeting_id, asked, "answer", done="1"))


def typed_answers() -> dict[str, tuple[str, str]]:
    """Slot id to symbol and comment, as posted: an answer to a date since taken away as well."""
    typed = {
        key.removeprefix("slot-").removesuffix("-comment")
        for key in request.form
        if key.startswith("slot-")
    }
    return {
        slot: (request.form.get(f"slot-{slot}", ""), request.form.get(f"slot-{slot}-comment", ""))
        for slot in typed
    }


def answer_of(
    asked: AskedDates, answers: dict[str, tuple[str, str]], who: str, said_by: str = ""
) -> AnswerDates:
    return AnswerDates(
        asked.line.id,
        asked.agency_id,
        {slot: symbol for slot, (symbol, _) in answers.items()},
        {slot: comment for slot, (_, comment) in answers.items()},
        who,
        said_by=said_by,
    )


def at_date(error: ShownError, asked: AskedDates) -> ShownError:
    """`answer.<slot>` and `comment.<slot>` stand at that date."""
    kind, _, slot_id = error.field.partition(".")
    if kind not in ("answer", "comment"):
        return error
    slot = next((s for s in asked.dates if s.id == slot_id), None)
    label = show_instant(slot.starts_at) if slot else ""
    return replace(error, field=f"slot-{slot_id}", label=label)


# -- attendance of the fixed date ------------------------------------------------------------------


def date_of(asked: AskedDates) -> str:
    """The date that a form asks about: of another one nobody has said anything."""
    return asked.fixed.id if asked.fixed else ""


@pages.get(route("attend"))
def attend(meeting_id: str) -> Page:
    asked = ask(GetAskedDates(meeting_id, request.args.get("agency", "")))
    word = asked.attendance
    typed = {
        "comes": ("" if word is None else "yes" if word.comes else "no"),
        "who": word.who if word else asked.who,
        "comment": word.comment if word else "",
        "heard_by": word.heard_by if word else "",
    }
    return _attend(asked, typed)


def _attend(
    asked: AskedDates,
    typed: dict[str, str],
    errors: list[ShownError] | None = None,
    refused: str = "",
) -> str:
    return page(
        "answer_attend.html",
        texts().say("page.meeting.attend"),
        asked=asked,
        date=date_of(asked),
        title=title_of(asked.line),
        action=_back(asked.line.id, asked, "attend"),
        typed=typed,
        ways=heard_ways(),
        errors=errors or [],
        refused=refused,
    )


@pages.post(route("attend"))
def save_attendance(meeting_id: str) -> Page:
    asked = ask(GetAskedDates(meeting_id, request.args.get("agency", "")))
    typed = {name: request.form.get(name, "") for name in ("comes", "who", "comment", "heard_by")}
    if typed["comes"] not in ("yes", "no"):
        label = texts().say("page.meeting.field.comes")
        missing = ShownError("comes", label, texts().say("attend.choose"))
        return _attend(asked, typed, [missing]), 422
    comes = typed["comes"] == "yes"
    try:
        handle(
            ConfirmAttendance(
                meeting_id,
                asked.agency_id,
                comes,
                typed["who"],
                typed["comment"],
                typed["heard_by"],
                date=request.form.get("date", ""),
            )
        )
    except Invalid as wrong:
        return _attend(asked, typed, shown_errors(wrong)), 422
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _attend(asked, typed, refused=sentence(wrong)), 409
    if asked.for_another:
        say("page.meeting.attend_entered", agency=asked.agency_name, comes=comes)
    else:
        say("page.meeting.attend_saved", comes=comes)
    return redirect(address_of("open_meeting", meeting_id))


# -- the calendar ----------------------------------------------------------------------------------


@pages.get(route("calendar"))
def calendar(meeting_id: str) -> Response:
    appointment = ask(GetAppointment(meeting_id))
    if appointment is None:
        raise Refused("calendar.not_fixed")
    sender = door().settings.sign_in.sender
    made = calendar_file(appointment, sender, texts(), door().desk.now())
    method = "CANCEL" if appointment.cancelled else "REQUEST"
    answer = Response(made, content_type=f"text/calendar; charset=utf-8; method={method}")
    answer.headers["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return answer
