"""Why a candidate date is the best one, what speaks against it, and what is unusual about it, as
sentences for every door."""

from typing import Final

from handlers.words.texts import Texts
from workflows.meetings.views import DateView

NAMED: Final = 3  # agencies by name, where a chat has room for few


def best_reason(texts: Texts, date: DateView, *, named: bool = True) -> str:
    """必須6機関すべてが出席できます。任意1機関は… : what is true of this date, in a row.

    Without `named`, who refused and who has not answered stands beside it already: see `against`.
    """
    said: list[str] = []
    if not date.required:
        said.append(texts.say("best.no_required"))
    elif date.required_yes == date.required:
        said.append(texts.say("best.all_yes", required=date.required))
    else:
        said.append(texts.say("best.some_yes", required=date.required, yes=date.required_yes))
    for key, agencies in (
        ("best.refused", date.required_no if named else ()),
        ("best.unanswered", date.required_unanswered if named else ()),
        ("best.with_maybe", date.required_maybe),
    ):
        if agencies:
            said.append(texts.say(key, agencies=agencies))
    if date.optional:
        said.append(
            texts.say(
                "best.optional",
                optional=date.optional,
                yes=date.optional_yes,
                refused=date.optional_no,
                unanswered=date.optional_unanswered,
            )
        )
    return "".join(said)


def against(texts: Texts, date: DateView, most: int = NAMED) -> list[str]:
    """What is to be known before this date is fixed, a sentence each: who cannot come, who has not
    answered (`most` of each by name), what it clashes with, and that it is closed or out of hours.
    """
    said: list[str] = []
    for key, agencies in (
        ("fix.refused_by_required", date.required_no),
        ("fix.unanswered_by_required", date.required_unanswered),
        ("fix.was_required", date.was_required),
    ):
        if agencies:
            said.append(texts.say(key, agencies=agencies, most=most))
    if not said and date.nobody_answered:
        said.append(texts.say("fix.nobody_answered"))
    elif not said and date.nobody_comes:
        said.append(texts.say("fix.nobody_comes"))
    said += [texts.say("best.clash", at=at) for at in date.clashes]
    if date.off_hours:
        facts = {"dates": [confirmed_by(date)], "why": [date.off_hours]}
        said.append(texts.say("slot.off_hours", **facts))
    return said


def confirmed_by(date: DateView) -> str:
    """What a door sends back when this date, with all that is unusual about it, was seen."""
    return date.starts_at.isoformat() if date.off_hours else ""


def off_hours_mark(texts: Texts, why: str) -> str:
    """※閉庁日, beside a date; "" for a usual one."""
    return texts.say("best.off_hours", why=why) if why else ""
