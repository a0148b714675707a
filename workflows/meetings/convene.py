"""支援会議を招集する: agenda, footing, agencies, candidate dates; the consent gate stands here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.cases.close_case import checked_reason
from workflows.cases.model import Case
from workflows.cases.refer import must_be_open, name_attendees
from workflows.checking import one_error, text, texts
from workflows.dates import TOKYO, NotADate, parse_date
from workflows.desk import Command, handles
from workflows.directory.model import Role
from workflows.errors import Invalid
from workflows.forms import FieldError, Raw, check
from workflows.meetings.model import (
    WITHOUT_CONSENT,
    AgendaItem,
    Invite,
    LegalBasis,
    Meeting,
    MeetingState,
)
from workflows.meetings.row import meeting_row
from workflows.meetings.slots import DEFAULT_MINUTES, slots_from
from workflows.permissions import Action
from workflows.work import Work, new_id


@dataclass(frozen=True)
class Convene(Command[str]):
    """Answers with the meeting's id. `slots` are rows of {day, starts} as typed."""

    raw: Raw
    case_numbers: tuple[str, ...]
    slots: tuple[Mapping[str, str], ...]
    answer_by: str


@handles(Convene, Action.CONVENE)
def convene(command: Convene, work: Work) -> str:
    result = check(work.forms.form("meeting"), command.raw, today=work.today, known=work.known())
    errors = list(result.errors)
    values = result.values
    bases = [LegalBasis(b) for b in texts(values, "bases")]
    cases, wrong = _agenda(command.case_numbers, bases, text(values, "basis_reason"), work)
    errors += wrong
    minutes = int(text(values, "minutes") or DEFAULT_MINUTES)
    try:
        slots = slots_from(command.slots, minutes, work)
        if not slots:
            errors.append(FieldError("slots.0.day", "slot.none", {}))
    except Invalid as bad:
        slots = []
        errors += bad.errors
    answer_by = _answer_by(command.answer_by, [s.starts_at for s in slots], work, errors)
    chair = text(values, "chair") or work.me.id
    if chair not in may_chair(work):
        errors.append(FieldError("chair", "form.unknown", {}))
    if errors:
        raise Invalid(errors)
    required = texts(values, "required_agencies")
    optional = [a for a in texts(values, "optional_agencies") if a not in required]
    meeting = Meeting(
        id=new_id(),
        kind=text(values, "kind"),
        bases=bases,
        organiser_id=work.me.id,
        chair_id=chair,
        created_at=work.now,
        answer_by=answer_by,
        place=text(values, "place"),
        online_url=text(values, "online_url"),
        title=text(values, "title"),
        invites=[Invite(a, True) for a in required] + [Invite(a, False) for a in optional],
        slots=slots,
    )
    if meeting.needs_no_consent:  # the page says so: whoever convenes one knows the duty
        meeting.secrecy[work.me.id] = work.now
    work.uow.meetings.add(meeting)
    work.record("convened", meeting=meeting, agencies=required + optional)
    for case in cases:
        put_on(
            meeting,
            case,
            [i.agency_id for i in meeting.invites],
            work,
            text(values, "basis_reason"),
        )
    invite_to_answer(meeting, [i.agency_id for i in meeting.invites], work)
    return meeting.id


def _agenda(
    numbers: Sequence[str], bases: Sequence[LegalBasis], reason: str, work: Work
) -> tuple[list[Case], list[FieldError]]:
    cases: list[Case] = []
    errors: list[FieldError] = []
    for row, number in enumerate(dict.fromkeys(n.strip().upper() for n in numbers if n.strip())):
        case_id = work.uow.cases.id_of(number)
        case = work.uow.cases.get(case_id, change=True) if case_id else None
        if case is None or not work.may(Action.CONVENE, case).allowed:
            errors.append(
                FieldError("cases", "meeting.unknown_case", {"number": number, "row": row})
            )
            continue
        must_be_open(case)
        cases.append(case)
        errors += consent_gate(case, bases, reason)
    if not numbers and set(bases) & (WITHOUT_CONSENT | {LegalBasis.MULTI_LAYERED}):
        errors.append(FieldError("cases", "meeting.no_case", {}))
    return cases, errors


def consent_gate(case: Case, bases: Sequence[LegalBasis], reason: str) -> list[FieldError]:
    """[ours] rules.md 2 and 3: may this case be on an agenda of these footings?"""
    if not bases:
        return []
    if set(bases) <= {LegalBasis.LIAISON}:
        return [FieldError("bases", "meeting.no_content", {"number": case.number})]
    if case.has_consent:
        return []
    if not set(bases) & WITHOUT_CONSENT:
        return [
            FieldError(
                "bases", "meeting.needs_consent", {"number": case.number, "consent": case.consent}
            )
        ]
    if not reason and not case.sheet.get("unconsented_reason"):
        return [FieldError("basis_reason", "meeting.reason_needed", {"number": case.number})]
    return []


def _answer_by(
    typed: str, starts: Sequence[datetime], work: Work, errors: list[FieldError]
) -> datetime:
    try:
        day = parse_date(typed, today=work.today)
    except NotADate as wrong:
        errors.append(FieldError("answer_by", wrong.key, wrong.facts))
        return work.now
    moment = work.days.at_closing(day)
    if moment <= work.now:
        errors.append(FieldError("answer_by", "meeting.answer_by_past", {}))
    elif starts and moment >= min(starts):
        errors.append(FieldError("answer_by", "meeting.answer_by_late", {}))
    return moment.astimezone(TOKYO)


def put_on(
    meeting: Meeting, case: Case, agency_ids: list[str], work: Work, reason: str = ""
) -> None:
    """Put a case on the agenda for these agencies: from now on it is in 会議調整."""
    meeting.agenda.append(AgendaItem(case.id, agency_ids, work.me.id, work.now, reason))
    if meeting.id not in case.live_meeting_ids:
        case.live_meeting_ids.append(meeting.id)
    # A reassessment that was asked for waits while the case is on an agenda, and is done with the
    # record: when the meeting is cancelled, somebody still owes it.
    if case.is_restricted:
        name_attendees(case, meeting_row(meeting), work)
    work.record(
        "put_on_agenda",
        case=case,
        meeting=meeting,
        agencies=agency_ids,
        bases=[str(b) for b in meeting.bases],
        consent=case.consent,
    )


def invite_to_answer(meeting: Meeting, agency_ids: Sequence[str], work: Work) -> None:
    """Ask agencies for their dates; an agency without a contact is brought to the organiser."""
    numbers = case_numbers(meeting, work)
    for agency_id in agency_ids:
        invite = meeting.invite(agency_id)
        contacts = work.contacts(agency_id)
        if contacts:
            work.tell(
                "dates_asked",
                contacts,
                once=f"{meeting.id}:{len(meeting.slots)}:{agency_id}:{work.now.isoformat()}",
                facts={
                    "kind": meeting.called,
                    "numbers": numbers,
                    "agency": work.agency_name(agency_id),
                    "required": bool(invite and invite.required),
                    "slots": len(meeting.slots),
                    "answer_by": meeting.answer_by.isoformat(),
                },
                meeting=meeting,
                promise=f"answer_dates:{meeting.id}:{agency_id}",
            )
        else:
            organiser = work.uow.directory.member(meeting.organiser_id)
            work.tell(
                "no_contact",
                [organiser] if organiser else work.coordinators(),
                once=f"{meeting.id}:{agency_id}",
                facts={"agency": work.agency_name(agency_id)},
                meeting=meeting,
            )


def case_numbers(meeting: Meeting, work: Work) -> list[str]:
    found = [work.uow.cases.row(i.case_id) for i in meeting.agenda]
    return [c.number for c in found if c]


@dataclass(frozen=True)
class PutOnAgenda(Command[None]):
    """Bring a case to a sitting that is planned already, instead of adding a meeting."""

    meeting_id: str
    case_number: str
    reason: str = ""


@handles(PutOnAgenda, Action.PUT_ON_AGENDA)
def put_on_agenda(command: PutOnAgenda, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    case_id = work.uow.cases.id_of(command.case_number.strip().upper())
    case = work.uow.cases.get(case_id, change=True) if case_id else None
    if case is None or not work.may(Action.CONVENE, case).allowed:
        raise one_error("cases", "meeting.unknown_case", number=command.case_number, row=0)
    must_be_open(case)
    if meeting.state not in (
        MeetingState.COLLECTING,
        MeetingState.ANSWERS_CLOSED,
        MeetingState.FIXED,
    ) or meeting.has_begun(work.now):
        raise one_error("meeting", "meeting.over")
    if meeting.item(case.id):
        raise one_error("meeting", "meeting.on_agenda_already", number=case.number)
    reason = checked_reason(command.reason, most=300) if command.reason.strip() else ""
    errors = consent_gate(case, meeting.bases, reason)
    if errors:
        raise Invalid(errors)
    invited = [i.agency_id for i in meeting.invites]
    put_on(meeting, case, invited, work, reason)
    for agency_id in invited:
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )


def may_chair(work: Work) -> list[str]:
    """Members who may chair: those with the right, and the coordinators."""
    return [m.id for m in work.active_members() if m.roles & {Role.CHAIR, Role.COORDINATOR}]
