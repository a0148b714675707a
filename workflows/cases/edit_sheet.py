"""Change a sheet that was sent; two people at once are told of each other and lose nothing."""

from dataclasses import dataclass, replace
from typing import Final

from workflows.cases.core_desk import tell_of_emergency
from workflows.cases.drafts import finish_draft
from workflows.cases.named_list import name_attendees, name_contacts, name_people
from workflows.cases.open_case import announce_same_person, case_keys
from workflows.cases.readers import current_directory, first_day_unread
from workflows.cases.refer import must_be_open
from workflows.cases.related import cases_merged_into
from workflows.cases.whose_sheet import must_say_whose, note_wrong_person
from workflows.core.errors import Conflict, Invalid
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError, Form, Raw, Value, check
from workflows.forms.lost_characters import lost_character_errors
from workflows.model.case import RESTRICTS, Case, SheetEdit, Urgency
from workflows.model.case_row import case_row

# What the person agreed to, and why others are told all the same. On a sheet that was sent it is
# changed by `record_consent` alone, which says before whom it shuts out.
CONSENT_FIELDS: Final = (
    "consent",
    "consent_on",
    "consent_method",
    "consent_scope",
    "unconsented_basis",
    "unconsented_reason",
)


def without_consent(form: Form) -> Form:
    """The form `sheet` as it is corrected."""
    fields = tuple(f for f in form.fields if f.id not in CONSENT_FIELDS)
    used = {f.section for f in fields}
    return replace(form, fields=fields, sections=tuple(s for s in form.sections if s.id in used))


@dataclass(frozen=True)
class EditSheet(Command[int]):
    """Answers with the new version; `base_version` is the one that was on the screen.

    What `raw` says of consent is not read. My draft with the id `draft_id`, if there is one, ends.
    """

    case_id: str
    base_version: int
    raw: Raw
    letters_seen: bool = False
    whose: str = ""  # a Whose, where who the person is was changed and others had been told
    draft_id: str = ""


@handles(EditSheet, Action.EDIT_SHEET, code="edit_sheet")
def edit_sheet(command: EditSheet, work: Work) -> int:
    case = work.case(command.case_id)
    require_current_version(case, command.base_version, work)
    finish_draft(command.draft_id, work)
    form = without_consent(work.forms.form("sheet"))
    found = check(form, command.raw, today=work.today, known=work.known())
    if found.errors:
        raise Invalid(found.errors)
    kept = {f: case.sheet[f] for f in CONSENT_FIELDS if f in case.sheet}
    values = found.values | kept
    lost = lost_character_errors(work.forms.form("sheet"), values, case.sheet)
    if lost and not command.letters_seen:
        raise Invalid(lost)
    is_another = must_say_whose(case, values, command.whose, work)
    before, version = case.sheet, case.sheet_version
    new = apply_sheet(case, values, work)
    if is_another:
        note_wrong_person(case, before, version, work)
    return new


def require_current_version(case: Case, version: int, work: Work) -> None:
    """Refuse on a closed case, and where others have saved since the sheet was on the screen."""
    must_be_open(case)
    if case.sheet_version != version:
        since = [e for e in case.sheet_edits if e.version > version]
        raise Conflict(
            "sheet.changed_meanwhile",
            by=work.member_name(since[-1].by if since else case.opened_by),
            at=(since[-1].at if since else case.opened_at).isoformat(),
            fields=sorted({f for e in since for f in e.fields}),
        )


def apply_sheet(case: Case, values: dict[str, Value], work: Work) -> int:
    """Make these checked values the sheet, with all that follows. Answers with its version."""
    _must_not_lift(case, answered_before(case, work) | values)
    changed = [
        f.id for f in work.forms.form("sheet").fields if case.sheet.get(f.id) != values.get(f.id)
    ]
    if not changed:
        return case.sheet_version
    was_restricted, was_urgent = case.is_restricted, case.urgency
    before = {f: case.sheet[f] for f in changed if case.sheet.get(f) not in (None, "", [])}
    case.sheet = answered_before(case, work) | values
    case.sheet_version += 1
    case.sheet_edits.append(SheetEdit(case.sheet_version, work.me.id, work.now, changed, before))
    work.record("sheet_edited", case=case, version=case.sheet_version, fields=changed)
    if case.is_restricted and not was_restricted:
        _restrict(case, work)
        restrict_merged_cases(case, work)
    if case.urgency is Urgency.EMERGENCY and was_urgent is not Urgency.EMERGENCY:
        tell_of_emergency(case, work)
    work.uow.cases.keep_match_keys(case.id, case_keys(case))
    announce_same_person(case, work)
    return case.sheet_version


def restrict_merged_cases(case: Case, work: Work) -> None:
    """[ours] docs/rules.md 7: what ended as merged into a restricted case holds the same person's
    data and is restricted as well, also when the merge came before. Who took part in it is named
    there; nobody who was taken off this one's list by hand is."""
    if not case.is_restricted:
        return
    for ended in cases_merged_into(case, work):
        if ended.is_restricted:
            continue
        off = (*ended.kept_off, *ended.named_member_ids)
        ended.kept_off += [m for m in case.kept_off if m not in off]
        why: dict[str, Value] = {n: case.sheet[n] for n in RESTRICTS if case.sheet.get(n)}
        apply_sheet(ended, {**ended.sheet, **why}, work)


def answered_before(case: Case, work: Work) -> dict[str, Value]:
    """Answers to questions that the town has removed from its form; they are kept."""
    form = work.forms.form("sheet")
    return {name: value for name, value in case.sheet.items() if not form.has(name)}


def _must_not_lift(case: Case, values: dict[str, Value]) -> None:
    """The sheet restricts a case, and does not lift that: see `unrestrict.py`. Raises Invalid."""
    if not case.is_restricted or any(values.get(name) for name in RESTRICTS):
        return
    lifted = [name for name in RESTRICTS if case.sheet.get(name)]
    raise Invalid([FieldError(name, "sheet.unrestrict_by_two", {}) for name in lifted])


def _restrict(case: Case, work: Work) -> None:
    """For the first time, the team is named. Once more, nobody new is: those who were named read it
    again, and are told; only where none of them answers for it, the agency's windows are."""
    before = list(case.named_member_ids)
    if not before:
        _name_team(case, work)
        return
    staff = current_directory(work)
    if first_day_unread(case_row(case), staff, work) == work.today:
        name_contacts(case, case.answering_agency_id, work)
    if first_day_unread(case_row(case), staff, work) == work.today:
        name_people(case, [work.me.id], work)
    work.record("restricted_again", case=case)
    here = [m for m in work.active_members() if m.id in case.named_member_ids]
    work.tell("restricted_again", here, once=f"{case.id}:{case.sheet_version}", case=case)


def _name_team(case: Case, work: Work) -> None:
    """Who answers for it now or comes to its planned meetings stays; nobody else does."""
    writer = [case.opened_by] if work.seats.sits(case.opened_by, case.writer_agency_id) else []
    name_people(case, [*writer, work.me.id], work)
    for agency_id in case.agency_ids():
        name_contacts(case, agency_id, work)
    for meeting in map(work.uow.meetings.row, case.live_meeting_ids):
        if meeting:
            name_attendees(case, meeting, work)
