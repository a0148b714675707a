"""Fix, move, cancel: the date is checked once more against everybody's other meetings."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.named_list import end_hearing
from workflows.core.checking import one_error
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.free_text import checked_reason, read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.guard.while_typing import meeting_errors
from workflows.japanese.characters import as_typed
from workflows.meetings.agenda_requests import withdraw_requested_numbers
from workflows.meetings.best_date import RankedSlot, ranked_slots
from workflows.meetings.slots import CONFIRMED, slots_from, unusual
from workflows.meetings.urgency import is_urgent
from workflows.model.meeting import Meeting, MeetingState, Slot
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import Facts
from workflows.model.promise import say_attendance_by

REASON_MAX = 300
_DATES = frozenset({"meeting_fixed", "meeting_moved"})
PLACE_MAX = 60  # as the form `meeting` has it


@dataclass(frozen=True)
class Clash:
    """Another fixed meeting at the same time, and who would have to be in both.

    Of one on restricted cases that the asker may not see, that the time is taken alone: `starts_at`
    is then that of the slot which was asked about.
    """

    starts_at: datetime
    agencies: tuple[str, ...] = ()
    chair: bool = False


def clashes(work: Work, meeting: Meeting, slot: Slot) -> list[Clash]:
    """Fixed meetings that overlap the slot and share a required agency, chair or organiser."""
    needed = {i.agency_id for i in meeting.invites if i.required}
    people = {meeting.chair_id, meeting.organiser_id}

    def clash(other: MeetingRow) -> Clash | None:
        if other.id == meeting.id or other.state is not MeetingState.FIXED:
            return None
        if other.starts_at is None or other.ends_at is None:
            return None
        if other.ends_at <= slot.starts_at or slot.ends_at <= other.starts_at:
            return None
        shared = tuple(sorted(needed & set(other.agencies)))
        chair = bool(people & {other.chair_id, other.organiser_id})
        if not (shared or chair):
            return None
        closed = work.hides_meeting(work.me, other) if work.actor else True
        return Clash(slot.starts_at) if closed else Clash(other.starts_at, shared, chair)

    found = [clash(row) for row in work.uow.meetings.rows()]
    return [c for c in found if c]


@dataclass(frozen=True)
class FixDate(Command[int]):
    """Answers with the number of agencies told.

    A date that a required agency refused, or has not answered for (also one that was required when
    it was asked), that nobody said ○ or △ to or that clashes needs a `reason`. `confirmed`: see
    `slots.unusual`.
    """

    meeting_id: str
    slot_id: str
    reason: str = ""
    confirmed: str = ""


@handles(FixDate, Action.RUN_MEETING, code="fix_date")
def fix_date(command: FixDate, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    match meeting.state:
        case MeetingState.COLLECTING | MeetingState.ANSWERS_CLOSED:
            pass
        case MeetingState.FIXED | MeetingState.RECORDED:
            raise Refused("fix.already", at=_iso(meeting.fixed_slot))
        case MeetingState.CANCELLED:
            raise Refused("meeting.cancelled")
    slot = meeting.slot(command.slot_id)
    if slot is None:
        raise NotFound("not_found.slot")
    if slot.starts_at <= work.now:
        raise one_error("slot", "slot.past")
    standing = next(r for r in ranked_slots(meeting) if r.slot.id == slot.id)
    found = _clashes_now(work, meeting, slot)
    against = [] if as_typed(command.reason) else _finder_for(standing, found, work)
    against += unusual([slot], command.confirmed, work)
    if against:
        raise Invalid(against)
    meeting.override_reason = (
        _told_reason(command.reason, meeting, work) if as_typed(command.reason) else ""
    )
    meeting.state = MeetingState.FIXED
    meeting.fixed_slot_id, meeting.fixed_at = slot.id, work.now
    work.record(
        "date_fixed",
        meeting=meeting,
        starts_at=slot.starts_at.isoformat(),
        override=bool(meeting.override_reason),
    )
    return _tell_all("meeting_fixed", meeting, work)


def _clashes_now(work: Work, meeting: Meeting, slot: Slot) -> list[Clash]:
    work.uow.meetings.one_at_a_time()  # else two that clash could be fixed at the same moment
    return clashes(work, meeting, slot)


def _finder_for(standing: RankedSlot, found: list[Clash], work: Work) -> list[FieldError]:
    """All that speaks against a date, each by its own sentence. Silence is no consent: whoever
    must come and has not answered counts like who cannot come, and is told apart from them."""
    errors = [
        FieldError("reason", key, {"agencies": [work.agency_name(a) for a in agencies]})
        for key, agencies in (
            ("fix.refused_by_required", standing.required_no),
            ("fix.unanswered_by_required", standing.required_unanswered),
            ("fix.was_required", standing.was_required),
        )
        if agencies
    ]
    if not errors and standing.nobody_answered:  # none is required, and none has said anything
        errors.append(FieldError("reason", "fix.nobody_answered", {}))
    elif not errors and standing.nobody_comes:
        errors.append(FieldError("reason", "fix.nobody_comes", {}))
    return errors + _clash_errors(found, work)


def _clash_errors(found: list[Clash], work: Work) -> list[FieldError]:
    if not found:
        return []
    known = [c for c in found if c.agencies or c.chair]
    if not known:
        return [FieldError("reason", "fix.clash_taken", {"at": found[0].starts_at.isoformat()})]
    found = known
    agencies = sorted({work.agency_name(a) for c in found for a in c.agencies})
    chair, at = any(c.chair for c in found), found[0].starts_at.isoformat()
    facts = {"agencies": agencies, "chair": chair, "at": at}
    return [FieldError("reason", "fix.clash", facts)]


def _told_reason(typed: str, meeting: Meeting, work: Work) -> str:
    """A reason that every invited agency reads: it says nothing of the people.

    docs/rules.md 26.
    """
    reason = checked_reason(typed, "reason", REASON_MAX)
    errors = meeting_errors({"reason": reason}, meeting, work)
    if errors:
        raise Invalid(errors)
    return reason


def _iso(slot: Slot | None) -> str:
    return slot.starts_at.isoformat() if slot else ""


def tell_fixed(meeting: Meeting, agency_id: str, work: Work) -> None:
    """Tell an agency that is invited to a fixed date when and where, and ask whether it comes."""
    work.tell(
        "meeting_fixed",
        work.contacts(agency_id),
        once=f"{meeting.id}:{meeting.sequence}:{agency_id}:{work.now.isoformat()}",
        facts={**date_facts(meeting, work, agency_id), "invited": True},
        meeting=meeting,
        urgent=is_urgent(meeting, work, agency_id),
    )


def date_facts(meeting: Meeting, work: Work, agency_id: str) -> Facts:
    """What news of the date that stands says to this agency."""
    slot = meeting.fixed_slot
    attend_by = say_attendance_by(meeting, agency_id, work.days)
    return {
        "kind": meeting.called,
        "numbers": work.case_numbers(meeting),
        "starts_at": _iso(slot),
        "ends_at": slot.ends_at.isoformat() if slot else "",
        "place": meeting.place,
        "online": bool(meeting.online_url),
        "off_hours": work.days.why_off_hours(slot.starts_at, slot.ends_at) if slot else "",
        "moved_from": meeting.moved_from.isoformat() if meeting.moved_from else "",
        "attend_by": attend_by.isoformat() if attend_by else "",
    }


def _tell_all(key: str, meeting: Meeting, work: Work) -> int:
    invited = {i.agency_id for i in meeting.invites}
    receivers = [m for a in sorted(invited) for m in work.contacts(a)]
    receivers += work.runners(meeting)
    unheard = _unheard(meeting, work) if key == "meeting_moved" else {}
    for receiver in receivers:  # only an invited agency is asked whether it comes
        invited_there = receiver.agency_id in invited
        facts = date_facts(meeting, work, receiver.agency_id)
        work.tell(
            key,
            [receiver],
            once=f"{meeting.id}:{meeting.sequence}",
            facts={
                **facts,
                "moved_from": unheard.get(receiver.id, facts["moved_from"]),
                "invited": invited_there,
            },
            meeting=meeting,
            urgent=is_urgent(meeting, work, receiver.agency_id if invited_there else ""),
        )
    return len(meeting.invites)


def _unheard(meeting: Meeting, work: Work) -> dict[str, str]:
    """For whom an earlier date still waits to be told, to the date that they know, "" for none.

    That earlier news is not sent any more, so nobody is told of the date that it names.
    """
    waiting = [n for n in work.uow.outbox.waiting(meeting.id) if n.key in _DATES]
    known: dict[str, str] = {}
    for notice in waiting:  # the first that waits says what was known before it
        heard = str(notice.facts.get("moved_from", "")) if notice.key == "meeting_moved" else ""
        known.setdefault(notice.member_id, heard)
    slot = _iso(meeting.fixed_slot)
    return {member: "" if heard == slot else heard for member, heard in known.items()}


@dataclass(frozen=True)
class MoveMeeting(Command[int]):
    """Move a fixed meeting to another time; every agency is told and confirms again.

    `confirmed`: see `slots.unusual`; that a required agency refused this very date is part of the
    question.
    """

    meeting_id: str
    day: str
    starts: str
    reason: str
    place: str = ""
    confirmed: str = ""


@handles(MoveMeeting, Action.RUN_MEETING, code="move_meeting")
def move_meeting(command: MoveMeeting, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    old = meeting.fixed_slot
    if meeting.state is not MeetingState.FIXED or old is None:
        raise Refused("move.not_fixed")
    if meeting.is_over(work.now):
        raise Refused("meeting.over")
    minutes = int((old.ends_at - old.starts_at).total_seconds() // 60)
    new, reason, place = _checked_move(command, meeting, minutes, work)
    if new.starts_at == old.starts_at and place in ("", meeting.place):
        raise Invalid([FieldError("slots.0.day", "move.same", {})])
    # The reason for moving speaks for the move, not for a clash: those are refused here.
    if wrong := _clash_errors(_clashes_now(work, meeting, new), work):
        raise Invalid(wrong)
    meeting.slots.append(new)
    meeting.fixed_slot_id, meeting.fixed_at = new.id, work.now
    meeting.place = place or meeting.place
    meeting.sequence += 1
    meeting.moved_from = old.starts_at
    meeting.override_reason = reason
    for invite in meeting.invites:
        invite.attendance, invite.asked_at = None, None
    _take_back_record(meeting)
    work.record(
        "meeting_moved",
        meeting=meeting,
        starts_at=new.starts_at.isoformat(),
        moved_from=old.starts_at.isoformat(),
    )
    return _tell_all("meeting_moved", meeting, work)


def _take_back_record(meeting: Meeting) -> None:
    """What was written while it had begun stays; who came to it is to be stated of the new day,
    also where the page from before is still open."""
    record = meeting.record
    if record and record.saved_at:
        record.asked_to_confirm_at, record.attended = None, {}
        record.version += 1


def _checked_move(
    command: MoveMeeting, meeting: Meeting, minutes: int, work: Work
) -> tuple[Slot, str, str]:
    """The new date, the reason and the place as typed; all that is wrong is said at once."""
    errors: list[FieldError] = []
    slots: list[Slot] = []
    reason = ""
    try:
        slots = slots_from([{"day": command.day, "starts": command.starts}], minutes, work)
        if not slots:
            errors.append(FieldError("slots.0.day", "slot.none", {}))
        errors += unusual(slots, command.confirmed, work)
        errors += _refused_before(slots, meeting, command.confirmed, work)
    except Invalid as wrong:
        errors += wrong.errors
    try:
        reason = checked_reason(command.reason, "reason", REASON_MAX)
    except Invalid as wrong:
        errors += wrong.errors
    place, wrong_place = read_text("place", command.place, PLACE_MAX)
    errors += wrong_place
    errors += meeting_errors({"reason": reason, "place": place}, meeting, work)
    if errors:
        raise Invalid(errors)
    return slots[0], reason, place


def _refused_before(
    slots: list[Slot], meeting: Meeting, confirmed: str, work: Work
) -> list[FieldError]:
    """The question when required agencies said × to that very time while dates were asked for."""
    refused = [
        (starts, work.agency_name(agency))
        for new in slots
        for old in ranked_slots(meeting)
        if old.slot.starts_at == new.starts_at
        and (starts := new.starts_at.isoformat()) not in confirmed.split()
        for agency in old.required_no
    ]
    if not refused:
        return []
    dates, agencies = zip(*refused, strict=True)
    facts = {"dates": list(dict.fromkeys(dates)), "agencies": list(agencies)}
    return [FieldError(CONFIRMED, "move.refused_by_required", facts)]


@dataclass(frozen=True)
class CancelMeeting(Command[int]):
    meeting_id: str
    reason: str


@handles(CancelMeeting, Action.RUN_MEETING, code="cancel_meeting")
def cancel_meeting(command: CancelMeeting, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live:
        raise Refused("meeting.over")
    if meeting.is_over(work.now):
        raise Refused("cancel.held")
    meeting.cancel_reason = _told_reason(command.reason, meeting, work)
    meeting.cancelled_at = work.now
    meeting.state = MeetingState.CANCELLED
    meeting.sequence += 1
    withdraw_requested_numbers(meeting, meeting.requested_numbers, work)
    for item in meeting.agenda:
        case = work.case(item.case_id)
        case.live_meeting_ids = [m for m in case.live_meeting_ids if m != meeting.id]
        case.off_agenda_at = work.now
        end_hearing(case, meeting.id, work)
        work.record("meeting_of_case_cancelled", case=case, meeting=meeting)
    work.record("meeting_cancelled", meeting=meeting)
    return _tell_all("meeting_cancelled", meeting, work)
