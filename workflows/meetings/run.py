"""Running the poll: close and reopen answers, further dates, who is invited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.cases.refer import name_contacts
from workflows.checking import one_error
from workflows.dates import NotADate, parse_date
from workflows.desk import Command, handles
from workflows.errors import Invalid, Refused
from workflows.meetings.consent_gate import attend_for
from workflows.meetings.convene import case_numbers, dates_offered, invite_to_answer
from workflows.meetings.fix_date import tell_fixed
from workflows.meetings.model import Invite, Meeting, MeetingState, Slot
from workflows.meetings.slots import DEFAULT_MINUTES, slots_from, unusual
from workflows.notices import Facts
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class CloseAnswers(Command[None]):
    meeting_id: str


@handles(CloseAnswers, Action.RUN_MEETING)
def close_answers(command: CloseAnswers, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is not MeetingState.COLLECTING:
        raise Refused("close_answers.not_open")
    meeting.state = MeetingState.ANSWERS_CLOSED
    work.record("answers_closed", meeting=meeting)


@dataclass(frozen=True)
class ReopenAnswers(Command[None]):
    """Take answers again, until a new day."""

    meeting_id: str
    answer_by: str


@handles(ReopenAnswers, Action.RUN_MEETING)
def reopen_answers(command: ReopenAnswers, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is not MeetingState.ANSWERS_CLOSED:
        raise Refused("reopen_answers.not_closed")
    _new_deadline(meeting, command.answer_by, work)
    meeting.state = MeetingState.COLLECTING
    work.record("answers_reopened", meeting=meeting, answer_by=meeting.answer_by.isoformat())
    _ask_unanswered(meeting, work)


@dataclass(frozen=True)
class AddDates(Command[int]):
    """Offer further dates; those who had answered are asked for the new ones alone.

    `confirmed`: see `slots.unusual`.
    """

    meeting_id: str
    slots: tuple[Mapping[str, str], ...]
    answer_by: str = ""
    confirmed: str = ""


@handles(AddDates, Action.RUN_MEETING)
def add_dates(command: AddDates, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    if meeting.state not in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED):
        raise Refused("add_dates.too_late")
    first = meeting.slots[0] if meeting.slots else None
    minutes = (
        int((first.ends_at - first.starts_at).total_seconds() // 60) if first else DEFAULT_MINUTES
    )
    new = slots_from(command.slots, minutes, work, taken=meeting.slots)
    if not new:
        raise one_error("slots.0.day", "slot.none")
    if asked := unusual(new, command.confirmed, work):
        raise Invalid(asked)
    if command.answer_by.strip() or meeting.answer_by <= work.now:
        _new_deadline(meeting, command.answer_by, work, new)
    meeting.slots = sorted([*meeting.slots, *new], key=lambda s: s.starts_at)
    meeting.state = MeetingState.COLLECTING
    work.record("dates_added", meeting=meeting, count=len(new))
    _ask_unanswered(meeting, work)
    return len(new)


def _new_deadline(meeting: Meeting, typed: str, work: Work, new: Sequence[Slot] = ()) -> None:
    try:
        moment = work.days.at_closing(parse_date(typed, today=work.today))
    except NotADate as wrong:
        raise one_error("answer_by", wrong.key, **wrong.facts) from wrong
    if moment <= work.now:
        raise one_error("answer_by", "meeting.answer_by_past")
    if moment >= max(s.starts_at for s in (*meeting.slots, *new)):
        raise one_error("answer_by", "meeting.answer_by_late")
    meeting.answer_by = moment


def _ask_unanswered(meeting: Meeting, work: Work) -> None:
    for agency_id in meeting.unanswered():
        work.tell(
            "dates_asked_again",
            work.contacts(agency_id),
            once=f"{meeting.id}:{meeting.answer_by.isoformat()}:{len(meeting.slots)}:{agency_id}",
            facts={
                "answer_by": meeting.answer_by.isoformat(),
                "dates": dates_offered(meeting, work),
            },
            meeting=meeting,
            promise=f"answer_dates:{meeting.id}:{agency_id}",
        )


@dataclass(frozen=True)
class RemindUnanswered(Command[int]):
    """Ask those who have not answered once more; at most once a day each."""

    meeting_id: str


@handles(RemindUnanswered, Action.RUN_MEETING)
def remind_unanswered(command: RemindUnanswered, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is not MeetingState.COLLECTING:
        raise Refused("close_answers.not_open")
    waiting = meeting.unanswered()
    for agency_id in waiting:
        work.tell(
            "answer_reminder",
            work.contacts(agency_id),
            once=f"{meeting.id}:{agency_id}:{work.today.isoformat()}",
            facts={
                "answer_by": meeting.answer_by.isoformat(),
                "dates": dates_offered(meeting, work),
            },
            meeting=meeting,
            promise=f"answer_dates:{meeting.id}:{agency_id}",
        )
    work.record("reminded", meeting=meeting, agencies=waiting)
    return len(waiting)


@dataclass(frozen=True)
class InviteAgency(Command[None]):
    """Invite a further agency, or change whether its coming is required."""

    meeting_id: str
    agency_id: str
    required: bool


@handles(InviteAgency, Action.RUN_MEETING)
def invite_agency(command: InviteAgency, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("meeting.over")
    work.agency(command.agency_id)
    invite = meeting.invite(command.agency_id)
    if invite:
        if invite.required != command.required:
            invite.required = command.required
            meeting.entry_touched_at = work.now
            work.record(
                "invite_changed",
                meeting=meeting,
                agency=command.agency_id,
                required=command.required,
            )
        return
    cases = [work.case(item.case_id) for item in meeting.agenda]
    # Whom a restricted case is opened to is decided by one who may see it (rules.md 7).
    if any(case.is_restricted and work.me.id not in case.named_member_ids for case in cases):
        raise Refused("invite.restricted")
    heard = [c for c in cases if attend_for(c, [command.agency_id], meeting.bases)]
    convenes = command.agency_id == work.seats.agency_of(
        meeting.organiser_id, meeting.organiser_agency_id
    )
    if cases and not heard and not convenes:
        names = [work.agency_name(command.agency_id)]
        raise one_error("agency", "meeting.not_covered", agencies=names)
    meeting.invites.append(Invite(command.agency_id, command.required))
    for case in heard:
        item = meeting.item(case.id)
        if item and command.agency_id not in item.agency_ids:
            item.agency_ids.append(command.agency_id)
        if case.is_restricted:
            name_contacts(case, command.agency_id, work)
    work.record("agency_invited", meeting=meeting, agency=command.agency_id)
    if meeting.state is MeetingState.FIXED:  # nothing to answer any more: it learns the date
        meeting.late_changes += 1  # who was taken off before has a cancelled entry
        meeting.entry_touched_at = work.now
        tell_fixed(meeting, command.agency_id, work)
    else:
        invite_to_answer(meeting, [command.agency_id], work)


@dataclass(frozen=True)
class UninviteAgency(Command[None]):
    """Take an agency off the invitation: its look at the cases ends at once."""

    meeting_id: str
    agency_id: str


@handles(UninviteAgency, Action.RUN_MEETING)
def uninvite_agency(command: UninviteAgency, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("meeting.over")
    if len(meeting.invites) == 1:
        raise Refused("uninvite.last")
    slot = meeting.fixed_slot
    meeting.late_changes += bool(slot)
    meeting.entry_touched_at = work.now
    facts: Facts = {
        "kind": meeting.called,
        "numbers": case_numbers(meeting, work),
        "starts_at": slot.starts_at.isoformat() if slot else "",
        # They may not look at the meeting any more: what takes it out of a calendar goes along.
        "ends_at": slot.ends_at.isoformat() if slot else "",
        "entry": meeting.id,
        "entry_number": meeting.entry_number,
        "changed_at": work.now.isoformat(),
    }
    meeting.invites = [i for i in meeting.invites if i.agency_id != command.agency_id]
    meeting.answers.pop(command.agency_id, None)
    for item in meeting.agenda:
        item.agency_ids = [a for a in item.agency_ids if a != command.agency_id]
    work.record("agency_uninvited", meeting=meeting, agency=command.agency_id)
    runners = {m.id for m in work.runners(meeting)}  # who comes whether invited or not
    work.tell(
        "uninvited",
        [m for m in work.contacts(command.agency_id) if m.id not in runners],
        once=f"{meeting.id}:{command.agency_id}:{work.now.isoformat()}",
        facts=facts,
    )
