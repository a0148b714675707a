"""How meetings are put into words: why a date is the best, what is wrong and where."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import request

from handlers.web.door import ShownError, errors_of, texts
from handlers.web.server.form_words import options
from handlers.web.server.when import left_words
from handlers.words.best_reason import best_reason, off_hours_mark
from workflows.core.errors import Invalid, Refused
from workflows.forms import Form
from workflows.japanese.dates import show_instant
from workflows.meetings.slots import CONFIRMED, asked_about
from workflows.meetings.views import DateView, Entered, InvitedAgencyView, MeetingLine, MeetingView
from workflows.model.codes import BROKEN
from workflows.model.meeting import HeardBy, MeetingState
from workflows.model.meeting_row import HELD

TONES: Final[Mapping[str, str]] = {
    MeetingState.COLLECTING: "info",
    MeetingState.ANSWERS_CLOSED: "warn",
    MeetingState.FIXED: "ok",
    HELD: "warn",
    MeetingState.RECORDED: "neutral",
    MeetingState.CANCELLED: "danger",
    BROKEN: "danger",
}


def title_of(line: MeetingLine) -> str:
    return texts().say("page.meeting.one", title=line.title, kind=line.kind, numbers=line.numbers)


def why_best(date: DateView) -> str:
    return best_reason(texts(), date)


def grid(seen: MeetingView) -> dict[str, object]:
    """The answers as the macro `answer_grid` takes them."""
    dates = [(d.id, show_instant(d.starts_at), _note(d)) for d in seen.dates]
    return {
        "dates": dates,
        "agencies": [(a.id, a.name, a.required) for a in seen.agencies],
        "answers": seen.answers,
        "best": seen.best.id if seen.best else None,
        "why": why_best(seen.best) if seen.best else "",
        "past": {d.id for d in seen.dates if d.past},
        "heard": {a.id: words for a in seen.agencies if (words := _answered_by(a))},
    }


def _answered_by(agency: InvitedAgencyView) -> str:
    """Who answered, where it is not the member themselves."""
    if agency.entered:
        return entered_words(agency.entered)
    return texts().say("page.meeting.said_by", name=agency.said_by) if agency.said_by else ""


def entered_words(entered: Entered) -> str:
    """電話で聞き取り（…さんが…に入力）: what the organiser entered for an agency is marked so."""
    return texts().say(
        "page.meeting.entered", heard_by=entered.heard_by, by=entered.by, at=entered.at
    )


def heard_ways() -> list[tuple[str, str]]:
    """The ways by which an agency may have said its answer: (code, word)."""
    return [(str(way), texts().label("heard_by", way)) for way in HeardBy]


def _note(date: DateView) -> str:
    notes = [texts().say("page.meeting.ahead", n=date.left)]
    if date.off_hours:
        notes.append(off_hours_mark(texts(), date.off_hours))
    if date.clashes:
        notes.append(texts().say("page.meeting.clash"))
    return "　".join(notes)


def names() -> dict[str, str]:
    """Agencies and members by id, for answers that hold ids."""
    found = options()
    return {value: name for kind in ("agency", "member") for value, name, _ in found[kind]}


def wait_words(line: MeetingLine, now_overdue: bool) -> str:
    return left_words(now_overdue, line.answer_left)


def shown_errors(wrong: Refused, form: Form | None = None) -> list[ShownError]:
    """The errors with the labels of these pages; rows of dates are named by their number.

    A question about unusual dates is none: see `question_of`.
    """
    return [_labelled(e) for e in errors_of(form, wrong) if e.field != CONFIRMED]


def question_of(wrong: Refused | None) -> dict[str, str]:
    """What is asked about unusual dates, in words, and what pressing once more sends back. What
    was confirmed before stays confirmed."""
    errors = wrong.errors if isinstance(wrong, Invalid) else ()
    asked = [e for e in errors if e.field == CONFIRMED]
    words = "".join(texts().say(e.key, **e.facts) for e in asked)
    return {"words": words, "dates": asked_about(asked) or request.form.get(CONFIRMED, "")}


def _labelled(error: ShownError) -> ShownError:
    parts = error.field.split(".")
    if error.label or not error.field:
        return error
    key = f"page.meeting.field.{parts[-1]}"
    name = texts().say(key) if texts().has(key) else ""
    if parts[0] == "slots":
        row = texts().say("page.meeting.row", n=int(parts[1]) + 1)
        return replace(error, label=row + name)
    return replace(error, label=name)
