"""出欠 of the fixed date by a mail's link: asked, kept, and changed until the meeting is over."""

from typing import Final

from flask import request

from handlers.runtime.answer_tokens import PATH
from handlers.web.door import ShownError, sentence, texts
from handlers.web.meetings.answers import date_of
from handlers.web.meetings.meeting_words import shown_errors
from handlers.web.outside.outside_way import (
    LinkClosed,
    Page,
    ask,
    asked_by,
    handle,
    once_of,
    page_by_link,
    spent_once,
    title_of_form,
    to_the_answer,
)
from workflows.core.errors import AlreadyDone, Invalid, NotAllowed, NotFound
from workflows.meetings.announced_place import GetAnnouncedPlace
from workflows.meetings.answer_views import AskedDates
from workflows.meetings.attend import ConfirmAttendance, DateMoved
from workflows.model.meeting import MeetingState
from workflows.outside.answer_links import AnswerTarget

ASKED: Final = "attend"  # what a form of this module says that it answers
YES, NO = "yes", "no"
FIELDS: Final = ("comes", "who", "comment", "said_by")


def is_asked(asked: AskedDates) -> bool:
    """A date stands and is not over."""
    return asked.line.state is MeetingState.FIXED and not asked.is_over


def look(token: str, way: AnswerTarget, asked: AskedDates, *, lost: bool = False) -> str:
    """`lost`: what was just sent came too late and was not saved."""
    done, change = (request.args.get(name) == "1" for name in ("done", "change"))
    if lost or change or asked.attendance is None:
        notice = texts().say("page.outside.lost") if lost else ""
        return _form(token, way, asked, _given(asked), notice=notice)
    comes = asked.attendance.comes
    key = "page.outside.attend_saved" if done else "page.outside.attend_kept"
    return page_by_link(
        "outside_attend_kept.html",
        way,
        texts().say(key, comes=comes),
        asked=asked,
        said=asked.attendance,
        done=done,
        change=f"{PATH}{token}?change=1",
        place=ask(GetAnnouncedPlace(asked.line.id), way),
    )


def save(token: str, way: AnswerTarget) -> Page:
    """Raises Refused when there is nothing to say on it any more."""
    asked = asked_by(way)
    typed = _typed()
    once = spent_once(token)
    if not once:
        words = texts().say("page.outside.stale")
        return _form(token, way, asked, typed, notice=words), 400
    if is_asked(asked) and (words := _meanwhile(asked, typed)):
        return _form(token, way, asked, typed, notice=words), 409
    if typed["comes"] not in (YES, NO):
        label = texts().say("page.meeting.field.comes")
        missing = ShownError("comes", label, texts().say("attend.choose"))
        return _form(token, way, asked, typed, errors=[missing]), 422
    word = ConfirmAttendance(
        asked.line.id,
        asked.agency_id,
        typed["comes"] == YES,
        typed["who"],
        typed["comment"],
        said_by=typed["said_by"],
        date=request.form.get("date", ""),
    )
    try:
        handle(word, way, once)
    except AlreadyDone:
        return to_the_answer(token)
    except DateMoved as moved:
        return _form(token, way, asked_by(way), typed, notice=sentence(moved)), 409
    except Invalid as wrong:
        return _form(token, way, asked, typed, errors=shown_errors(wrong)), 422
    except (NotAllowed, NotFound):
        raise LinkClosed("uninvited", way) from None
    return to_the_answer(token)


def _typed() -> dict[str, str]:
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    # Nobody is named for an agency that does not come.
    return {**typed, "who": ""} if typed["comes"] == NO else typed


def _given(asked: AskedDates) -> dict[str, str]:
    """What stands there; before the first word, who was named with the dates. Who answers is
    asked anew: it may be somebody else this time."""
    word = asked.attendance
    if word is None:
        return {"comes": "", "who": asked.who, "comment": "", "said_by": ""}
    comes = YES if word.comes else NO
    return {"comes": comes, "who": word.who, "comment": word.comment, "said_by": ""}


def _seen(asked: AskedDates) -> str:
    """Over which word a form is opened."""
    return asked.attendance.at.isoformat() if asked.attendance else ""


def _meanwhile(asked: AskedDates, typed: dict[str, str]) -> str:
    """That a colleague answered since the form was opened: it is looked at before it counts."""
    word = asked.attendance
    if word is None or request.form.get("seen", "") == _seen(asked):
        return ""
    if {**typed, "said_by": ""} == _given(asked):
        return ""
    return texts().say("page.outside.attend_meanwhile", by=asked.attended_by, comes=word.comes)


def _form(
    token: str,
    way: AnswerTarget,
    asked: AskedDates,
    typed: dict[str, str],
    *,
    errors: list[ShownError] | None = None,
    notice: str = "",
) -> str:
    return page_by_link(
        "outside_attend.html",
        way,
        title_of_form("attend", unsaved=bool(errors or notice)),
        asked=asked,
        action=PATH + token,
        once_of_link=once_of(token),
        asks=ASKED,
        date=date_of(asked),
        seen=_seen(asked),
        typed=typed,
        errors=errors or [],
        notice=notice,
        place=ask(GetAnnouncedPlace(asked.line.id), way),
    )
