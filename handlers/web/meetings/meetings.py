"""支援会議: the register, one meeting with everybody's answers, and what its organiser does."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, door, handle, page, say, sentence, texts
from handlers.web.meetings.meeting_words import (
    TONES,
    entered_words,
    grid,
    shown_errors,
    title_of,
    wait_words,
)
from handlers.web.server.when import left_words, upcoming_words
from handlers.words.best_reason import against, best_reason, confirmed_by
from handlers.words.case_words import with_place_of
from handlers.words.verbs import address_of, route
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.messages import Command
from workflows.delivery.unreached import GetUnreachedOfMeeting
from workflows.japanese.characters import trimmed
from workflows.meetings.fix_date import FixDate
from workflows.meetings.register import GetMeetings
from workflows.meetings.run import (
    CloseAnswers,
    RemindUnanswered,
)
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.outside.mail_reply_views import CountMailRepliesOfMeeting
from workflows.promises.upcoming import SharedObligation

pages = Blueprint("meetings", __name__)

Page = str | tuple[str, int] | Response


@pages.get(route("meetings"))
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


@pages.get(route("open_meeting"))
def meeting(meeting_id: str) -> str:
    return _meeting(ask(GetMeeting(meeting_id)))


def _meeting(seen: MeetingView, refused: str = "") -> str:
    return page("meeting.html", title_of(seen.line), refused=refused, **context(seen))


@pages.get("/meetings/<meeting_id>/live")
def live(meeting_id: str) -> str:
    """The part that changes while one looks at it: the answers and who is missing."""
    seen = ask(GetMeeting(meeting_id))
    return page("meeting_live.html", title_of(seen.line), **context(seen))


def refused_here(meeting_id: str, wrong: Refused) -> tuple[str, int]:
    """The meeting again, with the reason why nothing was done."""
    return _meeting(ask(GetMeeting(meeting_id)), sentence(wrong)), 409


def context(seen: MeetingView) -> dict[str, Any]:
    line = seen.line
    overdue = line.answer_by < door().desk.now()
    return {
        "m": seen,
        "line": line,
        "tone": TONES.get(line.shown_state, "neutral"),
        "grid": grid(seen),
        "entered_words": entered_words,
        "wait": wait_words(line, overdue),
        "overdue": overdue,
        "unanswered": [a for a in seen.agencies if not a.answered],
        "story": [
            (told.at, texts().say(f"story.{told.kind}", **with_place_of(told.facts, texts())))
            for told in seen.story
            if texts().has(f"story.{told.kind}")
        ],
        "owed": [_owed(o) for o in seen.owed],
        "action": _label_of_record(seen),
        "unreached": ask(GetUnreachedOfMeeting(line.id)),
        "mail_replies": ask(CountMailRepliesOfMeeting(line.id)),
        "mail_replies_page": f"/meetings/{line.id}/mail-replies",
        "reached_at_page": f"/meetings/{line.id}/reached",
    }


def _owed(together: SharedObligation) -> dict[str, Any]:
    line, many = together.line, len(together.agencies) > 1
    return {
        "what": texts().label("promise_kind", line.kind),
        "agencies": together.agencies,
        "member": line.member_name,
        "away": line.away,
        "due_at": line.due_at,
        "overdue": line.overdue,
        "left": left_words(line.overdue, line.open_days),
        "next": upcoming_words(
            together.next, "" if many else line.member_name or line.agency_name, line.away
        ),
    }


def _label_of_record(seen: MeetingView) -> str:
    """Which word stands on the button to the record; "" when there is nothing to open."""
    if seen.record_state == "confirmed":
        return "read" if seen.may_read_record or seen.must_confirm_secrecy else ""
    writes = seen.may_write or (seen.must_confirm_secrecy and seen.would_write)
    if writes and seen.has_begun and seen.line.state == "fixed":
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
    return redirect(address_of("open_meeting", meeting_id))


@pages.post("/meetings/<meeting_id>/fix")
def fix(meeting_id: str) -> Page:
    typed = {name: request.form.get(name, "") for name in ("slot", "reason", "confirmed")}
    try:
        told = handle(FixDate(meeting_id, typed["slot"], typed["reason"], typed["confirmed"]))
    except Invalid as wrong:
        return _ask_before_fixing(ask(GetMeeting(meeting_id)), wrong, typed), 422
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _meeting(ask(GetMeeting(meeting_id)), sentence(wrong)), 409
    seen = ask(GetMeeting(meeting_id))
    say("page.meeting.fixed", at=seen.line.starts_at, agencies=told)
    return redirect(address_of("open_meeting", meeting_id))


def _ask_before_fixing(seen: MeetingView, wrong: Invalid, typed: dict[str, str]) -> str:
    """All that speaks against the date on a page, with room for the reason where it needs one."""
    date = next((d for d in seen.dates if d.id == typed["slot"]), None)
    if date is None or date.past:
        return _meeting(seen, "".join(e.sentence for e in shown_errors(wrong)))
    errors = shown_errors(wrong) if trimmed(typed["reason"]) else []
    if not errors and date.needs_reason and "reason" in request.form:
        errors = [ShownError("reason", "", texts().say("fix.give_reason"))]
    return page(
        "meeting_fix.html",
        texts().say("page.meeting.fix"),
        m=seen,
        date=date,
        against=against(texts(), date, most=len(seen.agencies)),
        confirmed=confirmed_by(date),
        why=best_reason(texts(), date, named=False),
        reason=typed["reason"],
        errors=errors,
    )


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
