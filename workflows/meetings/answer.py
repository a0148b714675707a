"""○△×: one answer per agency and slot; a colleague may answer; changeable until it is fixed."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.checking import one_error
from workflows.desk import Command, handles
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.forms import FieldError
from workflows.meetings.model import Meeting, MeetingState, SlotAnswer, Symbol
from workflows.people import contains_my_number
from workflows.permissions import Action, Standing
from workflows.work import Work

COMMENT_MAX = 100
NAME_MAX = 40


@dataclass(frozen=True)
class AnswerDates(Command[int]):
    """Answer for an agency: slot id to symbol, slot id to comment. Answers with how many.

    `who` names whoever will come, a delegate too. The organiser may enter what an agency said
    on the telephone; that is marked as such.
    """

    meeting_id: str
    agency_id: str
    answers: Mapping[str, str]
    comments: Mapping[str, str]
    who: str = ""


@handles(AnswerDates, Action.ANSWER_DATES)
def answer_dates(command: AnswerDates, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    invite = meeting.invite(command.agency_id)
    if invite is None:
        raise NotAllowed("denied.answer_dates")
    own = work.me.agency_id == command.agency_id
    if not own and Standing.ORGANISER not in work.standings(meeting):
        raise NotAllowed("denied.answer_dates")
    refuse_if_closed(meeting, work)
    answers = _checked(meeting, command)
    before = meeting.has_answered(command.agency_id)
    mine = meeting.answers.setdefault(command.agency_id, {})
    changed = 0
    for slot_id, (symbol, comment) in answers.items():
        old = mine.get(slot_id)
        new = SlotAnswer(symbol, comment, work.me.id, work.now, command.who.strip(), not own)
        same = old and (old.symbol, old.comment, old.who) == (symbol, comment, new.who)
        if not same:
            mine[slot_id] = new
            changed += 1
    if changed:
        work.record(
            "dates_answered",
            meeting=meeting,
            agency=command.agency_id,
            entered_for=not own,
            changed=before,
        )
    if not before and not meeting.unanswered():
        work.tell(
            "all_answered",
            work.organiser(meeting),
            once=f"{meeting.id}:{len(meeting.slots)}",
            facts={"kind": meeting.called, "agencies": len(meeting.invites)},
            meeting=meeting,
        )
    return changed


def refuse_if_closed(meeting: Meeting, work: Work) -> None:
    match meeting.state:
        case MeetingState.COLLECTING:
            return
        case MeetingState.ANSWERS_CLOSED:
            raise Refused("answer.closed", organiser=work.member_name(meeting.organiser_id))
        case MeetingState.FIXED | MeetingState.RECORDED:
            slot = meeting.fixed_slot
            raise Refused(
                "answer.fixed",
                at=slot.starts_at.isoformat() if slot else "",
                organiser=work.member_name(meeting.organiser_id),
            )
        case MeetingState.CANCELLED:
            raise Refused("meeting.cancelled")


def _checked(meeting: Meeting, command: AnswerDates) -> dict[str, tuple[Symbol, str]]:
    errors: list[FieldError] = []
    found: dict[str, tuple[Symbol, str]] = {}
    for slot in meeting.slots:
        symbol = command.answers.get(slot.id, "")
        comment = command.comments.get(slot.id, "").strip()
        if symbol not in [str(s) for s in Symbol]:
            errors.append(FieldError(f"answer.{slot.id}", "answer.missing", {}))
            continue
        if len(comment) > COMMENT_MAX:
            errors.append(
                FieldError(
                    f"comment.{slot.id}",
                    "form.too_long",
                    {"max": COMMENT_MAX, "length": len(comment)},
                )
            )
        if contains_my_number(comment):
            errors.append(FieldError(f"comment.{slot.id}", "form.my_number", {}))
        found[slot.id] = (Symbol(symbol), comment)
    if len(command.who.strip()) > NAME_MAX:
        raise one_error("who", "form.too_long", max=NAME_MAX, length=len(command.who.strip()))
    if contains_my_number(command.who):
        errors.append(FieldError("who", "form.my_number", {}))
    if errors:
        raise Invalid(errors)
    return found
