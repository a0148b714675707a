"""支援会議を招集する: agenda, footing, agencies, candidate dates; the consent gate stands here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflows.cases.find_case import case_number, plain_number
from workflows.cases.refer import must_be_open
from workflows.core.checking import text, texts
from workflows.core.errors import Invalid
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError, Raw, check
from workflows.guard.while_typing import typed_errors
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO, NotADate, parse_date
from workflows.meetings.agenda import add_to_agenda
from workflows.meetings.agenda_requests import (
    OTHER_AREA,
    is_coordinator_of_other_area,
    report_taken_up,
    request_agenda_place,
)
from workflows.meetings.consent_gate import (
    agencies_allowed_to_hear,
    case_to_convene_on,
    concerned,
    consent_gate,
    may_request_agenda_place,
    without_a_part,
)
from workflows.meetings.slots import DEFAULT_MINUTES, slots_from, unusual
from workflows.meetings.urgency import is_urgent
from workflows.model.case import Case
from workflows.model.directory import Role
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of, is_about_cases
from workflows.model.meeting import Invite, Meeting
from workflows.model.promise import say_attendance_by

# Case number to the agencies that are chosen to hear it.
ChosenAgencies = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Convene(Command[str]):
    """Answers with the meeting's id. `slots` are rows of {day, starts} as typed; `confirmed`: see
    `slots.unusual`.

    `hearing` is which of the invited agencies hear each case, by its number. Where it does not say,
    whoever is invited hears the one case that there is; of several, those whom each concerns.

    A number that is not theirs to know is asked for (agenda_requests.py): with `basis_reason`, and
    with `open_urgently` opened at once where that may be.
    """

    raw: Raw
    case_numbers: tuple[str, ...]
    slots: tuple[Mapping[str, str], ...]
    answer_by: str
    confirmed: str = ""
    hearing: ChosenAgencies = field(default_factory=dict)
    open_urgently: bool = False


@handles(
    Convene, Action.CONVENE, code="convene", others={"case_numbers": "of each CONVENE is asked"}
)
def convene(command: Convene, work: Work) -> str:
    result = check(work.forms.form("meeting"), command.raw, today=work.today, known=work.known())
    errors = list(result.errors)
    values = result.values
    bases = [LegalBasis(b) for b in texts(values, "bases")]
    reason = text(values, "basis_reason")
    cases, asked_for, wrong = _agenda(command.case_numbers, bases, reason, work)
    told = {e.field for e in errors}
    errors += [e for e in wrong if e.field != "basis_reason" or e.field not in told]
    required = texts(values, "required_agencies")
    optional = [a for a in texts(values, "optional_agencies") if a not in required]
    invited = [*required, *optional]
    heard = _heard(command.hearing, cases, invited, bases)
    asked = {"required_agencies": required, "optional_agencies": optional}
    if asked_for and not reason and "basis_reason" not in told:
        errors.append(FieldError("basis_reason", "agenda_request.reason_needed", {}))
    outside = [case for case in cases if is_coordinator_of_other_area(case, work)]
    if outside and not reason and "basis_reason" not in {e.field for e in errors}:
        errors.append(FieldError("basis_reason", "agenda_request.outside_reason", {}))
    if not asked_for:  # who hears what is asked for is settled with it
        errors += _hearing_errors(cases, heard, asked, bases, work)
    minutes = int(text(values, "minutes") or DEFAULT_MINUTES)
    try:
        slots = slots_from(command.slots, minutes, work)
        if not slots:
            errors.append(FieldError("slots.0.day", "slot.none", {}))
        errors += unusual(slots, command.confirmed, work)
    except Invalid as bad:
        slots = []
        errors += bad.errors
    answer_by = _answer_by(command.answer_by, [s.starts_at for s in slots], work, errors)
    chair = text(values, "chair") or work.me.id
    if chair not in may_chair(work):
        errors.append(FieldError("chair", "form.unknown", {}))
    leaves = {name: text(values, name) for name in ("title", "place", "online_url")}
    errors += typed_errors(leaves, cases, work)
    if errors:
        raise Invalid(errors)
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
        organiser_agency_id=work.me.agency_id,
        chair_agency_id=work.seats.agency_of(chair, ""),
        invites=[Invite(a, True) for a in required] + [Invite(a, False) for a in optional],
        slots=slots,
    )
    work.uow.meetings.add(meeting)
    work.record("convened", meeting=meeting, agencies=required + optional)
    if meeting.needs_secrecy:  # the page says so before: whoever convenes one knows the duty
        meeting.swear(work.me.id, work.me.agency_id, work.now)
        work.record("secrecy_confirmed", meeting=meeting)
    for case in cases:
        add_to_agenda(meeting, case, heard[case.number], work, reason)
    for case in outside:
        report_taken_up(case, meeting, OTHER_AREA, reason, work)
    for number in asked_for:
        chosen = [a for a in command.hearing.get(number) or invited if a in invited]
        request_agenda_place(meeting, number, chosen, reason, command.open_urgently, work)
    invite_to_answer(meeting, [i.agency_id for i in meeting.invites], work)
    _tell_runners(meeting, work)
    return meeting.id


def _agenda(
    numbers: Sequence[str], bases: Sequence[LegalBasis], reason: str, work: Work
) -> tuple[list[Case], list[str], list[FieldError]]:
    """The cases that whoever convenes reads, the numbers to be asked for, and what is wrong."""
    cases: list[Case] = []
    asked_for: list[str] = []
    errors: list[FieldError] = []
    for row, number in enumerate(dict.fromkeys(plain_number(n) for n in numbers if trimmed(n))):
        case = case_to_convene_on(number, work, change=True)
        if case is None and may_request_agenda_place(number, work):
            asked_for.append(number)
            if BasisCondition.NO_CONTENT in conditions_of(bases) and bases:
                errors.append(FieldError("bases", "meeting.no_content", {"number": number}))
            continue
        if case is None:
            errors.append(
                FieldError("cases", "meeting.unknown_case", {"number": number, "row": row})
            )
            continue
        must_be_open(case)
        cases.append(case)
        errors += consent_gate(case, bases, reason)
    if not numbers and is_about_cases(bases):
        errors.append(FieldError("cases", "meeting.no_case", {}))
    return cases, list(dict.fromkeys(map(case_number, asked_for))), errors


def _heard(
    hearing: ChosenAgencies,
    cases: Sequence[Case],
    invited: Sequence[str],
    bases: Sequence[LegalBasis],
) -> dict[str, list[str]]:
    """Case number to who was chosen to hear it."""

    def chosen(case: Case) -> list[str]:
        if case.number in hearing:
            return [a for a in invited if a in hearing[case.number]]
        # Whom one invites to a sitting on one case is chosen for that case.
        return list(invited) if len(cases) == 1 else concerned(case, invited, bases)

    return {case.number: chosen(case) for case in cases}


def _hearing_errors(
    cases: Sequence[Case],
    heard: Mapping[str, Collection[str]],
    asked: Mapping[str, Sequence[str]],
    bases: Sequence[LegalBasis],
    work: Work,
) -> list[FieldError]:
    """Agencies that were chosen for no case, or that consent covers for none of theirs; and cases
    that nobody hears. A case without consent is the consent gate's matter.

    `asked` is the field of the form to the agencies that were invited there.
    """
    agreed = [case for case in cases if case.has_consent]
    attending = {c.number: agencies_allowed_to_hear(c, heard[c.number], bases) for c in agreed}
    invited = [a for agencies in asked.values() for a in agencies]
    own = work.me.agency_id
    lost = without_a_part(invited, [attending.get(n, a) for n, a in heard.items()], own)
    unchosen = without_a_part(invited, list(heard.values()), own)
    errors = [
        FieldError(name, key, {"agencies": [work.agency_name(a) for a in wrong]})
        for name, agencies in asked.items()
        for key, those in (
            ("meeting.not_covered", [a for a in lost if a not in unchosen]),
            ("meeting.hears_nothing", unchosen),
        )
        if (wrong := [a for a in agencies if a in those])
    ]
    if invited and not errors:
        errors = [
            FieldError("cases", nobody_key(case, invited, bases), {"number": case.number, "row": n})
            for n, case in enumerate(cases)
            if not attending.get(case.number, heard[case.number])
        ]
    return errors


def nobody_key(case: Case, invited: Collection[str], bases: Sequence[LegalBasis]) -> str:
    """Why nobody hears the case: consent covers none of them, or none was chosen."""
    return (
        "meeting.nobody_chosen"
        if agencies_allowed_to_hear(case, invited, bases)
        else "meeting.nobody_hears"
    )


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


def dates_offered(meeting: Meeting, work: Work) -> list[str]:
    """When the dates that are still to come begin, the first one first, as notices say it."""
    return sorted(s.starts_at.isoformat() for s in meeting.slots if s.starts_at > work.now)


def odd_dates(meeting: Meeting, work: Work) -> list[str]:
    """Those of them that lie on closed days or outside office hours."""
    odd = [s for s in meeting.slots if work.days.why_off_hours(s.starts_at, s.ends_at)]
    return sorted(s.starts_at.isoformat() for s in odd if s.starts_at > work.now)


def invite_to_answer(meeting: Meeting, agency_ids: Sequence[str], work: Work) -> None:
    """Ask agencies for their dates; an agency without a contact is brought to the organiser."""
    for agency_id in agency_ids:
        invite = meeting.invite(agency_id)
        contacts = work.contacts(agency_id)
        if contacts:
            work.tell(
                "dates_asked",
                contacts,
                once=f"{meeting.id}:{len(meeting.slots)}:{agency_id}:{work.now.isoformat()}",
                facts={
                    "agency": work.agency_name(agency_id),
                    "required": bool(invite and invite.required),
                    "slots": len(meeting.slots),
                    "dates": dates_offered(meeting, work),
                    "odd_dates": odd_dates(meeting, work),
                    "answer_by": meeting.answer_by.isoformat(),
                },
                meeting=meeting,
                promise=f"answer_dates:{meeting.id}:{agency_id}",
                urgent=is_urgent(meeting, work, agency_id),
            )
        else:
            tell_no_contact(meeting, agency_id, work)


def tell_no_contact(meeting: Meeting, agency_id: str, work: Work) -> None:
    """Whoever convened hears that nobody of this agency can be asked: they telephone."""
    due = say_attendance_by(meeting, agency_id, work.days) or meeting.answer_by
    work.tell(
        "no_contact",
        work.organiser(meeting),
        once=f"{meeting.id}:{agency_id}",
        facts={"agency": work.agency_name(agency_id), "answer_by": due.isoformat()},
        meeting=meeting,
        urgent=is_urgent(meeting, work),
    )


def _tell_runners(meeting: Meeting, work: Work) -> None:
    """A card on which the answers come in, for who runs it and is on a chat platform: on the pages
    it would be news of what they have just done."""
    for member in {m.id: m for m in work.runners(meeting)}.values():
        for account in work.uow.accounts.of_member(member.id):
            work.tell(
                "meeting_convened",
                [member],
                once=meeting.id,
                facts={
                    "agencies": len(meeting.invites),
                    "dates": dates_offered(meeting, work),
                    "answer_by": meeting.answer_by.isoformat(),
                },
                meeting=meeting,
                promise=date_promise(meeting),
                via=account.platform,
            )


def date_promise(meeting: Meeting) -> str:
    """What news about the answers is tied to: once the date is fixed it is news no more."""
    return f"fix_date:{meeting.id}:date"


def numbers_heard(meeting: Meeting, agency_id: str, work: Work) -> list[str]:
    """The numbers of the cases for which this agency attends."""
    mine = [i.case_id for i in meeting.agenda if agency_id in i.agency_ids]
    return [c.number for c in map(work.uow.cases.row, mine) if c]


def may_chair(work: Work) -> list[str]:
    """Members who may chair: those with the right, and the coordinators."""
    return [m.id for m in work.active_members() if m.roles & {Role.CHAIR, Role.COORDINATOR}]
