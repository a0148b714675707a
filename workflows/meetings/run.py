"""Running the poll: close and reopen answers, further dates, who is invited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.cases.named_list import end_hearing, name_hearers
from workflows.cases.who_sees import split_by_access
from workflows.core.checking import one_error
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import NotADate, parse_date
from workflows.meetings.agenda_requests import (
    OWN_AGENCY,
    must_be_agreed_to,
    reason_for_own_agency,
    report_taken_up,
)
from workflows.meetings.consent_gate import agencies_allowed_to_hear, concerned
from workflows.meetings.convene import (
    dates_offered,
    invite_to_answer,
    numbers_heard,
    odd_dates,
    tell_no_contact,
)
from workflows.meetings.fix_date import tell_fixed
from workflows.meetings.slots import DEFAULT_MINUTES, slots_from, unusual
from workflows.meetings.urgency import is_urgent
from workflows.model.case import Case
from workflows.model.meeting import AgendaItem, FormerAnswers, Invite, Meeting, MeetingState, Slot
from workflows.model.notice import Facts
from workflows.model.promise import PromiseKind, say_attendance_by
from workflows.promises.ladder import Tell


@dataclass(frozen=True)
class CloseAnswers(Command[None]):
    meeting_id: str


@handles(CloseAnswers, Action.RUN_MEETING, code="close_answers")
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


@handles(ReopenAnswers, Action.RUN_MEETING, code="reopen_answers")
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


@handles(AddDates, Action.RUN_MEETING, code="add_dates")
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
    if trimmed(command.answer_by) or meeting.answer_by <= work.now:
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
    meeting.answer_by, meeting.answer_by_at_first = moment, None


def _ask_unanswered(meeting: Meeting, work: Work) -> None:
    for agency_id in meeting.unanswered():
        work.tell(
            "dates_asked_again",
            work.contacts(agency_id),
            once=f"{meeting.id}:{meeting.answer_by.isoformat()}:{len(meeting.slots)}:{agency_id}",
            facts={
                "answer_by": meeting.answer_by.isoformat(),
                "dates": dates_offered(meeting, work),
                "odd_dates": odd_dates(meeting, work),
            },
            meeting=meeting,
            promise=f"answer_dates:{meeting.id}:{agency_id}",
            urgent=is_urgent(meeting, work, agency_id),
        )


@dataclass(frozen=True)
class RemindUnanswered(Command[int]):
    """Ask those who have not answered once more; at most once a day each."""

    meeting_id: str


@handles(RemindUnanswered, Action.RUN_MEETING, code="remind_unanswered")
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
                "odd_dates": odd_dates(meeting, work),
            },
            meeting=meeting,
            promise=f"answer_dates:{meeting.id}:{agency_id}",
            urgent=is_urgent(meeting, work, agency_id),
        )
    work.record("reminded", meeting=meeting, agencies=waiting)
    return len(waiting)


@dataclass(frozen=True)
class InviteAgency(Command[None]):
    """Invite a further agency, or change whether its coming is required.

    `case_numbers` are the cases that it is to hear. None: the one case that there is; of several,
    those that concern it. Whoever adds their own agency to another's meeting says why (`reason`),
    and is named to its organiser and to who answers for the cases.
    """

    meeting_id: str
    agency_id: str
    required: bool
    case_numbers: tuple[str, ...] | None = None
    reason: str = ""


@handles(
    InviteAgency,
    Action.RUN_MEETING,
    code="invite_agency",
    others={"case_numbers": "a case of its own agenda alone"},
)
def invite_agency(command: InviteAgency, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("meeting.over")
    work.agency(command.agency_id)
    invite = meeting.invite(command.agency_id)
    if invite:
        if invite.required != command.required:
            invite.was_required = meeting.is_passed_over(invite)  # its × or silence is not gone
            invite.required = command.required
            meeting.entry_touched_at = work.now
            work.record(
                "invite_changed",
                meeting=meeting,
                agency=command.agency_id,
                required=command.required,
            )
            if invite.required and invite.attendance is None:
                _ask_who_must_come(meeting, invite, work)
        return
    heard = _to_hear(command, meeting, work)
    reason = reason_for_own_agency(
        [command.agency_id] if heard else [], command.reason, meeting, work
    )
    add_invite(meeting, command.agency_id, command.required, heard, work)
    for case in heard if reason else ():
        report_taken_up(case, meeting, OWN_AGENCY, reason, work)


def add_invite(
    meeting: Meeting, agency_id: str, required: bool, heard: Sequence[Case], work: Work
) -> None:
    """Invite an agency to hear these cases, and ask it for its answer or tell it the date."""
    was_required = agency_id in meeting.taken_off_required
    invite = Invite(agency_id, required, was_required=was_required)
    meeting.invites.append(invite)
    for case in heard:
        let_agency_hear(meeting, case, agency_id, work)
    work.record(
        "agency_invited", meeting=meeting, agency=agency_id, cases=[case.id for case in heard]
    )
    if meeting.state is MeetingState.FIXED:  # nothing to answer any more: it learns the date
        meeting.late_changes += 1  # who was taken off before has a cancelled entry
        meeting.entry_touched_at = work.now
        invite.asked_at = work.now
        if work.contacts(agency_id):
            tell_fixed(meeting, agency_id, work)
        else:
            tell_no_contact(meeting, agency_id, work)
    elif meeting.state is MeetingState.COLLECTING:  # else asked when answers are taken again
        invite_to_answer(meeting, [agency_id], work)


def _ask_who_must_come(meeting: Meeting, invite: Invite, work: Work) -> None:
    """One that must come by now has not said whether it does: silence is no consent."""
    if meeting.state is not MeetingState.FIXED:
        return  # it is asked for dates
    invite.asked_at = work.now
    due = say_attendance_by(meeting, invite.agency_id, work.days)
    if not work.contacts(invite.agency_id):
        tell_no_contact(meeting, invite.agency_id, work)
        return
    work.tell(
        "attend_reminder",
        work.contacts(invite.agency_id),
        once=f"{meeting.id}:{meeting.sequence}:{invite.agency_id}:{work.now.isoformat()}",
        facts={
            "agency": work.agency_name(invite.agency_id),
            "due_at": due.isoformat() if due else "",
            "rung": str(Tell.DEBTOR),
            "now_required": True,
        },
        meeting=meeting,
        promise=f"{PromiseKind.ATTEND}:{meeting.id}:{invite.agency_id}.s{meeting.sequence}",
        urgent=is_urgent(meeting, work, invite.agency_id),
    )


def _to_hear(command: InviteAgency, meeting: Meeting, work: Work) -> list[Case]:
    """The cases that the agency is to hear, each of which may be opened to it. Raises Refused."""
    agency_id, bases = command.agency_id, meeting.bases
    cases = [work.case(row.id) for row in work.agenda_for(work.me, meeting)[0]]
    if command.case_numbers is not None:
        wanted = [c for c in cases if c.number in command.case_numbers]
    elif len(cases) == 1:
        wanted = cases
    else:
        wanted = [c for c in cases if concerned(c, [agency_id], bases)]
    for case in wanted:
        must_be_named(case, work)
        must_be_agreed_to(meeting, case, [agency_id], "agency", work)
    heard = [c for c in wanted if agencies_allowed_to_hear(c, [agency_id], bases)]
    convenes = agency_id == work.seats.agency_of(meeting.organiser_id, meeting.organiser_agency_id)
    asked_for_more = command.case_numbers is not None and len(heard) < len(wanted)
    if cases and (asked_for_more or (not heard and not convenes)):
        covered = not wanted and any(agencies_allowed_to_hear(c, [agency_id], bases) for c in cases)
        key = "meeting.hears_nothing" if covered else "meeting.not_covered"
        raise one_error("agency", key, agencies=[work.agency_name(agency_id)])
    return heard


def must_be_named(case: Case, work: Work) -> None:
    """[ours] docs/rules.md 7: whom a restricted case is opened to is decided by one who may see
    it."""
    if case.is_restricted and work.me.id not in case.named_member_ids:
        raise Refused("invite.restricted")


def let_agency_hear(meeting: Meeting, case: Case, agency_id: str, work: Work) -> None:
    """The invited agency hears this case, and so may read it, from now on."""
    item = meeting.item(case.id)
    if item is None:
        raise NotFound("not_found.case")
    chosen = [*(a for a in item.chosen if a != agency_id), agency_id]
    item.choose(chosen, [*item.agency_ids, agency_id], work.now)
    if case.is_restricted:
        name_hearers(case, meeting.id, agency_id, work)


@dataclass(frozen=True)
class HearingOutcome:
    """What changed for one case at a sitting, as names of agencies.

    Of those that hear it no more there: `shut` read its content no more, `go_on` do all the same,
    each with why (`why.…`, or TO_CONFIRM for one that has yet to confirm the duty elsewhere).
    `unnamed`: people who had been named on a restricted case for that hearing alone.
    """

    number: str
    added: tuple[str, ...]
    shut: tuple[str, ...]
    go_on: tuple[tuple[str, str], ...]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True)
class UninviteAgency(Command[tuple[HearingOutcome, ...]]):
    """Take an agency off the invitation: what it read for coming ends at once.

    Answers with what that means for each case that it would have heard, of those that the asker may
    know of.
    """

    meeting_id: str
    agency_id: str


@handles(UninviteAgency, Action.RUN_MEETING, code="uninvite_agency")
def uninvite_agency(command: UninviteAgency, work: Work) -> tuple[HearingOutcome, ...]:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("meeting.over")
    if len(meeting.invites) == 1:
        raise Refused("uninvite.last")
    invite, passed_over = meeting.invite(command.agency_id), meeting.taken_off_required
    if invite and meeting.is_passed_over(invite) and command.agency_id not in passed_over:
        passed_over.append(command.agency_id)
    known = {case.id for case in work.agenda_for(work.me, meeting)[0]}
    heard = take_off_invitation(meeting, command.agency_id, work)
    ended = {
        i.case_id: _ended(meeting, work.case(i.case_id), command.agency_id, work) for i in heard
    }
    return tuple(outcome for case_id, outcome in ended.items() if case_id in known)


def take_off_invitation(meeting: Meeting, agency_id: str, work: Work) -> list[AgendaItem]:
    """The agency comes no more, and is told, with what takes it out of its calendar.

    Answers with what it was to hear there until now.
    """
    slot = meeting.fixed_slot
    meeting.late_changes += bool(slot)
    meeting.entry_touched_at = work.now
    organiser = next(iter(work.organiser(meeting)), None)
    convening = work.agency(organiser.agency_id) if organiser else None
    facts: Facts = {
        "kind": meeting.called,
        "numbers": numbers_heard(meeting, agency_id, work),
        "starts_at": slot.starts_at.isoformat() if slot else "",
        # They may not look at the meeting any more: what takes it out of a calendar goes along.
        "ends_at": slot.ends_at.isoformat() if slot else "",
        "entry": meeting.id,
        "entry_number": meeting.entry_number,
        "changed_at": work.now.isoformat(),
        "organiser_name": organiser.name if organiser else "",
        "agency": convening.name if convening else "",
        "phone": convening.phone if convening else "",
    }
    invite = meeting.invite(agency_id)
    answers, word = meeting.answers.pop(agency_id, {}), invite.attendance if invite else None
    if answers or word:
        meeting.former_answers.append(FormerAnswers(agency_id, work.now, answers, word))
    urgent = is_urgent(meeting, work, agency_id)
    meeting.invites = [i for i in meeting.invites if i.agency_id != agency_id]
    heard = [i for i in meeting.agenda if agency_id in i.chosen]
    for item in heard:
        item.remove(agency_id, work.now)
    work.record("agency_uninvited", meeting=meeting, agency=agency_id)
    runners = {m.id for m in work.runners(meeting)}  # who comes whether invited or not
    work.tell(
        "uninvited",
        [m for m in work.contacts(agency_id) if m.id not in runners],
        once=f"{meeting.id}:{agency_id}:{work.now.isoformat()}",
        facts=facts,
        urgent=urgent,
    )
    return heard


def _ended(meeting: Meeting, case: Case, agency_id: str, work: Work) -> HearingOutcome:
    unnamed = end_hearing(case, meeting.id, work, agency_id)
    shut, go_on = split_by_access(case, [agency_id], work)
    return HearingOutcome(case.number, (), shut, go_on, unnamed)
