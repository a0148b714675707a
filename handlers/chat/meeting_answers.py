"""日程 and 出欠 said with one press, at any chat: which date a button means, and keeping it."""

from collections.abc import Iterable
from typing import Any, Final

from handlers.chat.door import ChatMember
from handlers.words.attendance_defaults import default_who_and_comment
from workflows.core.errors import NotFound
from workflows.meetings.answer import AnswerSlot
from workflows.meetings.answer_views import AskedDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.model.meeting import MeetingState, Slot, Symbol

SYMBOLS: Final = tuple(str(s) for s in Symbol)
COMES, ABSENT = "yes", "no"
# A button has to fit twenty dates on one card: it carries the beginning of a date's id.
REFERENCE: Final = 8


def reference(slot_id: str) -> str:
    return slot_id[:REFERENCE]


def find_slot(dates: Iterable[Slot], ref: str) -> Slot:
    """The one date that begins so. Raises NotFound when none is offered any more, or several."""
    found = [slot for slot in dates if slot.id.startswith(ref)]
    if not ref or len(found) != 1:
        raise NotFound("not_found.slot")
    return found[0]


def is_still_to_come(asked: AskedDates) -> bool:
    """Whether a date is fixed on which somebody may still say that they come."""
    return asked.line.state is MeetingState.FIXED and not asked.is_over


def date_facts(asked: AskedDates) -> dict[str, object]:
    """What a question about the fixed date is said with."""
    fixed = asked.fixed
    return {
        "kind": asked.line.kind,
        "numbers": asked.line.numbers,
        "starts_at": fixed.starts_at if fixed else None,
        "ends_at": fixed.ends_at if fixed else None,
        "moved_from": asked.moved_from,
        "attend_by": asked.attend_by,
    }


def closed_facts(asked: AskedDates) -> dict[str, object]:
    """What is said with it that no dates are asked for any more."""
    return {
        "state": str(asked.line.state),
        "over": asked.is_over,
        "at": asked.fixed.starts_at if asked.fixed else None,
        "organiser": asked.line.organiser,
    }


def save_date_answer(
    here: ChatMember[Any], asked: AskedDates, slot: Slot, code: str, at: str
) -> None:
    """What somebody's agency says to one date. `at` is when it was pressed: of several presses on
    one date for one agency the one pressed last counts."""
    stream = f"dates:{asked.line.id}:{asked.agency_id}:{slot.id}"
    command = AnswerSlot(asked.line.id, asked.agency_id, slot.id, code, said_at=here.said_at)
    here.handle(command, after=(stream, at))


def save_attendance_answer(here: ChatMember[Any], asked: AskedDates, item: str, at: str) -> bool:
    """Whether somebody's agency comes, answered with; who was named to come stays named.

    `item` is COMES or ABSENT and the beginning of the date's id that it was asked of: of another
    one nobody has said anything. Raises DateMoved.
    """
    code, _, date = item.partition(".")
    comes, meeting_id = code == COMES, asked.line.id
    who, comment = default_who_and_comment(asked, comes=comes)
    command = ConfirmAttendance(
        meeting_id, asked.agency_id, comes, who, comment, date=date, said_at=here.said_at
    )
    here.handle(command, after=(f"attend:{meeting_id}:{asked.agency_id}", at))
    return comes
