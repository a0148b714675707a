"""The dates of a meeting by a mail's link: ○△× for each, what is kept, and how it is changed."""

from flask import request

from handlers.runtime.answer_tokens import PATH
from handlers.web.door import ShownError, texts
from handlers.web.meetings.answers import answer_of, at_date, typed_answers
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
from workflows.model.meeting import MeetingState
from workflows.outside.answer_links import AnswerTarget


def look(token: str, way: AnswerTarget, asked: AskedDates, *, lost: bool = False) -> str:
    """`lost`: what was just sent came too late and was not saved."""
    done, change = (request.args.get(name) == "1" for name in ("done", "change"))
    if asked.open and (lost or change or not asked.complete):
        notice = texts().say("page.outside.lost") if lost else ""
        return _form(token, way, asked, dict(asked.answers), asked.who, notice=notice)
    if not asked.open:
        return _kept(token, way, asked, _over(asked), lost=lost)
    return _kept(token, way, asked, "saved" if done else "kept")


def save(token: str, way: AnswerTarget) -> Page:
    """Raises Refused when the dates are asked no more."""
    asked = asked_by(way)
    answers, who, said_by = typed_answers(), _typed("who"), _typed("said_by")
    once = spent_once(token)
    if not once:
        words = texts().say("page.outside.stale")
        return _form(token, way, asked, answers, who, notice=words), 400
    if (
        asked.open
        and request.form.get("seen", "") != _seen(asked)
        and _differs(asked, answers, who)
    ):
        # A colleague answered meanwhile: theirs is not written over unseen.
        words = texts().say(
            "page.outside.meanwhile", by=asked.answered_by, at=asked.answered_at or ""
        )
        return _form(token, way, asked, answers, who, notice=words, theirs=True), 409
    try:
        handle(answer_of(asked, answers, who, said_by), way, once)
    except AlreadyDone:
        return to_the_answer(token)
    except Invalid as wrong:
        errors = [at_date(e, asked) for e in shown_errors(wrong)]
        return _form(token, way, asked, answers, who, errors=errors), 422
    except (NotAllowed, NotFound):
        raise LinkClosed("uninvited", way) from None
    return to_the_answer(token)


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _over(asked: AskedDates) -> str:
    if asked.line.state is MeetingState.CANCELLED:
        return "cancelled"
    return "over" if asked.fixed else "closed"


def _seen(asked: AskedDates) -> str:
    """Over which answer a form is opened."""
    return asked.answered_at.isoformat() if asked.answered_at else ""


def _differs(asked: AskedDates, answers: dict[str, tuple[str, str]], who: str) -> bool:
    changed = any(
        asked.answers.get(slot) != (symbol, comment.strip())
        for slot, (symbol, comment) in answers.items()
    )
    return changed or who.strip() != asked.who


def _kept(token: str, way: AnswerTarget, asked: AskedDates, how: str, *, lost: bool = False) -> str:
    """What the agency answered; `how` is what the page says first."""
    return page_by_link(
        "outside_kept.html",
        way,
        texts().say(f"page.outside.{how}"),
        how=how,
        lost=lost,
        asked=asked,
        change=f"{PATH}{token}?change=1",
        place=ask(GetAnnouncedPlace(asked.line.id), way),
    )


def _form(
    token: str,
    way: AnswerTarget,
    asked: AskedDates,
    answers: dict[str, tuple[str, str]],
    who: str,
    *,
    errors: list[ShownError] | None = None,
    notice: str = "",
    theirs: bool = False,
) -> str:
    """`theirs`: the colleague's answer that came meanwhile stands above what was typed."""
    return page_by_link(
        "outside_dates.html",
        way,
        title_of_form("dates", unsaved=bool(errors or notice)),
        asked=asked,
        action=PATH + token,
        once_of_link=once_of(token),
        seen=_seen(asked),
        answers=answers,
        who=who,
        said_by=_typed("said_by"),
        errors=errors or [],
        notice=notice,
        theirs=theirs,
        place=ask(GetAnnouncedPlace(asked.line.id), way),
    )
