"""A line of the 机 in words, with the one button that moves it on: the same for every door."""

from collections.abc import Mapping
from typing import Final

from handlers.words.texts import Texts
from handlers.words.to_do import left_words
from workflows.model.card import CardButton
from workflows.model.codes import code_of
from workflows.model.promise import PromiseKind
from workflows.overview.coordinator_desk import DeskLine, Stuck

# What a coordinator opens to move it on. The rest is asked of others: the case says how it is.
_VERB: Final[Mapping[PromiseKind, str]] = {
    PromiseKind.NAME_LEAD: "set_lead",
    PromiseKind.NEXT_STEP: "refer",
    PromiseKind.PLAN_REVIEW: "plan",
    PromiseKind.CLOSE_CASE: "close_case",
    PromiseKind.REVISE_PLAN: "plan",
    PromiseKind.STILL_NEEDED: "still_needed",
}


def stuck_words(texts: Texts, line: DeskLine) -> str:
    late = "late" if line.overdue else "waits"
    what = f"page.overview.{late}.{line.kind or 'nothing'}"
    if line.group is Stuck.IN_ORDER:
        what = "page.overview.in_order.meeting" if line.starts_at else "page.overview.in_order.case"
    if line.group is Stuck.BROKEN:
        what = "page.overview.unreadable"
    return texts.say(
        what,
        agency=line.agency_name,
        state=line.state,
        answered=line.answered,
        asked=line.asked,
        starts_at=line.starts_at,
        next_check_on=line.next_check_on,
    )


def time_left(texts: Texts, line: DeskLine) -> str:
    return left_words(texts, line.overdue, line.open_days_left) if line.due_at else ""


def next_step_button(texts: Texts, line: DeskLine) -> CardButton:
    """The button that opens what moves it on."""
    mine = "_mine" if line.is_mine and line.kind in ("record", "confirm_record") else ""
    key = f"page.overview.button.{line.kind}{mine}"
    label = texts.say(key if texts.has(key) else "page.overview.button.case")
    if line.group is Stuck.NO_RECORD and line.is_mine:
        return CardButton(label, "write_record", line.meeting_id)
    if line.group in (Stuck.NO_DATE, Stuck.NO_RECORD):
        return CardButton(label, "open_meeting", line.meeting_id)
    if line.group is Stuck.BROKEN:
        verb, subject = (
            ("open_case", line.number) if line.number else ("open_meeting", line.meeting_id)
        )
        return CardButton(texts.say("promise_button.broken"), verb, subject)
    if line.kind == PromiseKind.REASSESS:
        return CardButton(label, "convene", line.number)
    verb = _VERB.get(code_of(PromiseKind, line.kind), "open_case") if line.kind else "open_case"
    return CardButton(label, verb, line.number)
