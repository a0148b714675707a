"""What waits for somebody, as every door says it: a promise's button, the time that is left."""

from collections.abc import Sequence
from datetime import datetime

from handlers.words.texts import Texts
from handlers.words.verbs import VERB_OF_PROMISE
from workflows.inbox.inbox import ToDo
from workflows.model.card import CardButton
from workflows.model.promise import PromiseKind


def promise_action(
    kind: PromiseKind, number: str, meeting_id: str, item: str, label: str = ""
) -> CardButton:
    """The one button of a to-do: about a case by its number, else about a meeting by its id."""
    return CardButton(label, _verb(kind, number), number or meeting_id, item)


def _verb(kind: PromiseKind, number: str) -> str:
    """Of a kind that this version does not know, what it is about is opened."""
    return VERB_OF_PROMISE.get(kind) or ("open_case" if number else "open_meeting")


def called_apart(
    texts: Texts,
    kind: str,
    numbers: Sequence[str],
    starts_at: datetime | None,
    dates: Sequence[datetime],
) -> str:
    """支援会議（R8-0012）; one without cases by its date, fixed or offered.

    As a chat may say it: without the title that somebody typed.
    """
    return texts.say(
        "page.meeting.line",
        kind=kind,
        numbers=list(numbers),
        starts_at=starts_at,
        dates=list(dates),
    )


def deputy_words(texts: Texts, one: ToDo, *, brief: bool = False) -> str:
    """（田中さんの代わり、12/4（金）まで）beside what I do for somebody who is away; else "". Where
    there is little room, without the day."""
    if not one.in_place_of:
        return ""
    until = None if brief else one.away_until
    return texts.say("absence.to_do", name=one.in_place_of, until=until)


def left_words(texts: Texts, overdue: bool, open_days: int) -> str:
    """あと3開庁日, 2開庁日の遅れ. `open_days` are those left, or those since the due day."""
    if overdue:
        key = "page.left.late" if open_days else "page.left.late_today"
    else:
        key = "page.left.days" if open_days else "page.left.today"
    return texts.say(key, days=abs(open_days))
