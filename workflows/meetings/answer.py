"""○△×: one answer per agency and slot; a colleague may answer; changeable until it is fixed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.core.errors import Invalid, NotAllowed, NotFound, Overtaken, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.guard.shown import masked_texts, shown_text_errors, texts_already_there
from workflows.meetings.date_outcome import tell_date_outcome
from workflows.model.meeting import Attendance, HeardBy, Meeting, MeetingState, SlotAnswer, Symbol

COMMENT_MAX = 100
NAME_MAX = 40


@dataclass(frozen=True)
class AnswerDates(Command[int]):
    """Answer for an agency: slot id to symbol, slot id to comment. Answers with how many.

    `who` names whoever will come, a delegate too. The organiser may enter what an agency said
    on the telephone; that is marked as such, with the way it was heard by (a HeardBy, "" when
    nobody says); for one's own agency the way means nothing. `said_by` names a colleague who
    answers in the member's stead, by a link that was handed on to them. `said_at` is when it was
    said, of what had to wait: where something else was said of a date since, that counts.
    """

    meeting_id: str
    agency_id: str
    answers: Mapping[str, str]
    comments: Mapping[str, str]
    who: str = ""
    heard_by: str = ""
    said_by: str = ""
    said_at: datetime | None = None


@handles(AnswerDates, Action.ANSWER_DATES, code="answer_dates")
def answer_dates(command: AnswerDates, work: Work) -> int:
    meeting = _asked(command.meeting_id, command.agency_id, work)
    answers, who, said_by = _checked(meeting, command, work)
    given = meeting.answers.get(command.agency_id, {})
    said_at = command.said_at
    answers = {
        s: a for s, a in answers.items() if not was_said_since(given.get(s), said_at, work.now)
    }
    if said_at and not answers:
        raise Overtaken("already_done")
    return _take(
        meeting,
        command.agency_id,
        answers,
        who,
        work,
        heard_by=command.heard_by,
        said_by=said_by,
        said_at=said_at,
    )


@dataclass(frozen=True)
class AnswerSlot(Command[int]):
    """Answer for an agency and one date alone; what it said of the others stays as it is.

    `comment` None keeps the one that stands there; `said_at` as of AnswerDates. Answers with how
    many answers changed: 0 or 1. Raises Overtaken.
    """

    meeting_id: str
    agency_id: str
    slot_id: str
    symbol: str
    comment: str | None = None
    said_at: datetime | None = None


@handles(AnswerSlot, Action.ANSWER_DATES, code="answer_slot")
def answer_slot(command: AnswerSlot, work: Work) -> int:
    meeting = _asked(command.meeting_id, command.agency_id, work)
    if meeting.slot(command.slot_id) is None:
        raise NotFound("not_found.slot")
    given = meeting.answers.get(command.agency_id, {})
    before = given.get(command.slot_id)
    if was_said_since(before, command.said_at, work.now):
        raise Overtaken("already_done")
    typed = command.comment
    comment = typed if typed is not None else before.comment if before else ""
    who = next((a.who for a in given.values() if a.who), "")
    found, errors = _checked_slot(command.slot_id, command.symbol, comment)
    if typed is not None:
        errors += shown_text_errors({f"comment.{command.slot_id}": typed}, meeting, work)
    if found is None or errors:
        raise Invalid(errors)
    answers = {command.slot_id: found}
    return _take(meeting, command.agency_id, answers, who, work, said_at=command.said_at)


def was_said_since(
    word: SlotAnswer | Attendance | None, said_at: datetime | None, now: datetime
) -> bool:
    """Whether this was said after `said_at`; not by a clock that was ahead."""
    return word is not None and said_at is not None and said_at < word.at <= now


def _asked(meeting_id: str, agency_id: str, work: Work) -> Meeting:
    """The meeting, whose dates this agency may still answer, by whoever does it here."""
    meeting = work.meeting(meeting_id)
    if meeting.invite(agency_id) is None:
        raise NotAllowed("denied.answer_dates")
    own = work.me.agency_id == agency_id
    if not own and Standing.ORGANISER not in work.standings(meeting):
        raise NotAllowed("denied.answer_dates")
    refuse_if_closed(meeting, work)
    if all(slot.starts_at <= work.now for slot in meeting.slots):
        raise Refused("answer.closed", organiser=work.member_name(meeting.organiser_id))
    return meeting


def _take(
    meeting: Meeting,
    agency_id: str,
    answers: Mapping[str, tuple[Symbol, str]],
    named: str,
    work: Work,
    *,
    heard_by: str = "",
    said_by: str = "",
    said_at: datetime | None = None,
) -> int:
    """Write the answers down; whoever convened hears what they come to."""
    own = work.me.agency_id == agency_id
    way = "" if own else heard_by
    before = meeting.has_answered(agency_id)
    mine = meeting.answers.setdefault(agency_id, {})
    changed, seen = 0, masked_texts(meeting, work)
    for slot_id, (symbol, typed) in answers.items():
        old, comment, who = mine.get(slot_id), typed, named
        if old:
            comment = seen.as_written(comment, old.comment, old.by)
            who = seen.as_written(who, old.who, old.by)
        at = said_at or work.now
        new = SlotAnswer(symbol, comment, work.me.id, at, who, not own, way, said_by)
        if old is None or not _says_the_same(old, new):
            mine[slot_id] = new
            changed += 1
    if changed:
        work.record(
            "dates_answered",
            meeting=meeting,
            agency=agency_id,
            entered_for=not own,
            heard_by=way,
            changed=before,
        )
        tell_date_outcome(meeting, work)
    return changed


def _says_the_same(old: SlotAnswer, new: SlotAnswer) -> bool:
    """Whether nothing is new. What was entered for an agency is its own once it says so itself."""
    if (old.symbol, old.comment, old.who) != (new.symbol, new.comment, new.who):
        return False
    if new.said_by not in ("", old.said_by):
        return False
    if not old.entered_for:
        return True  # its own word stays its own, whoever saves it once more
    return new.entered_for and old.heard_by == new.heard_by


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


def heard_by_errors(heard_by: str) -> list[FieldError]:
    """What is wrong with the way by which an answer was heard; "" is nobody's word on it."""
    if heard_by and heard_by not in [str(way) for way in HeardBy]:
        return [FieldError("heard_by", "form.choice", {})]
    return []


def _checked(
    meeting: Meeting, command: AnswerDates, work: Work
) -> tuple[dict[str, tuple[Symbol, str]], str, str]:
    """An answer for every date that is still to come, who comes and who said so."""
    errors: list[FieldError] = []
    found: dict[str, tuple[Symbol, str]] = {}
    for slot in meeting.slots:
        if slot.starts_at <= work.now:
            continue
        symbol = command.answers.get(slot.id, "")
        comment = command.comments.get(slot.id, "")
        answer, wrong = _checked_slot(slot.id, symbol, comment)
        errors += wrong
        if answer:
            found[slot.id] = answer
    who, wrong = read_text("who", command.who, NAME_MAX)
    errors += wrong
    said_by, wrong = read_text("said_by", command.said_by, NAME_MAX)
    errors += [*wrong, *heard_by_errors(command.heard_by)]
    words = {f"comment.{slot_id}": comment for slot_id, (_, comment) in found.items()}
    stand = texts_already_there(meeting, command.agency_id, work)
    new = {f: w for f, w in {**words, "who": who, "said_by": said_by}.items() if w not in stand}
    errors += shown_text_errors(new, meeting, work)
    if errors:
        raise Invalid(errors)
    return found, who, said_by


def _checked_slot(
    slot_id: str, symbol: str, typed: str
) -> tuple[tuple[Symbol, str] | None, list[FieldError]]:
    """The answer to one date, None without a symbol; and what is wrong with it."""
    if symbol not in [str(s) for s in Symbol]:
        return None, [FieldError(f"answer.{slot_id}", "answer.missing", {})]
    comment, errors = read_text(f"comment.{slot_id}", typed, COMMENT_MAX)
    return (Symbol(symbol), comment), errors
