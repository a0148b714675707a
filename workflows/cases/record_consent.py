"""本人同意: a new answer or its withdrawal recorded by itself, and what it will do said before.

It changes the sheet's own fields along the sheet's own path (`edit_sheet.take_on`), so that the
same versions, meetings and basis follow as from the whole form. Only these fields are checked: what
else stands on an old sheet must not keep anybody from taking consent back.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final, cast

from workflows.cases.consent import stated_anew
from workflows.cases.edit_sheet import differs, must_be_as_seen, take_on, told_on_the_sheet
from workflows.cases.model import GIVEN, Case
from workflows.cases.open_case import consent_of, needs_basis
from workflows.cases.refer import must_be_open, told_beyond
from workflows.cases.row import case_row
from workflows.cases.who_sees import TO_CONFIRM, who_reads
from workflows.checking import text
from workflows.desk import Command, Query, handles
from workflows.errors import Invalid
from workflows.forms import FieldError, Raw, Value, check
from workflows.free_text import read_text
from workflows.meetings.consent_gate import agencies_allowed_to_hear
from workflows.meetings.row import MeetingRow
from workflows.permissions import Action
from workflows.work import Work

FIELDS: Final = (
    "consent",
    "consent_on",
    "consent_method",
    "consent_scope",
    "unconsented_basis",
    "unconsented_reason",
)
REASON: Final = "withdrawal_reason"
REASON_MAX: Final = 300


@dataclass(frozen=True)
class RecordConsent(Command[int]):
    """Record what the person says now. Answers with the sheet's version.

    `raw` holds FIELDS as typed, `reason` why it was withdrawn, if the person said so.
    """

    case_id: str
    base_version: int
    raw: Raw
    reason: str = ""


@handles(RecordConsent, Action.EDIT_SHEET)
def record_consent(command: RecordConsent, work: Work) -> int:
    case = work.case(command.case_id)
    reason = _reason(command.raw, command.reason)
    must_be_as_seen(case, command.base_version, work)
    before = len(case.consents)
    version = take_on(case, _sheet_with(case, command.raw, work), work)
    last = case.consents[-1]
    if reason and reason != last.reason:
        last.reason = reason
        if len(case.consents) == before:
            work.record("consent_recorded", case=case, status=last.status)
    return version


def _sheet_with(case: Case, raw: Raw, work: Work) -> dict[str, Value]:
    """The sheet as it stands with these answers, checked: agencies only where consent is given."""
    typed = {name: raw.get(name, "") for name in FIELDS}
    if raw.get("consent") not in GIVEN:
        typed["consent_scope"] = []
    form = work.forms.form("sheet")
    whole = cast(Raw, {**case.sheet, **typed})
    found = check(form, whole, today=work.today, known=work.known())
    wrong = [e for e in found.errors if e.field.partition(".")[0] in FIELDS]
    if wrong:
        raise Invalid(wrong)
    answers = {name: found.values[name] for name in FIELDS if name in found.values}
    return {n: v for n, v in case.sheet.items() if n not in FIELDS} | answers


def _reason(raw: Raw, typed: str) -> str:
    reason, errors = read_text(REASON, typed, REASON_MAX, lines=True)
    if reason and raw.get("consent") != "withdrawn":
        errors.append(FieldError(REASON, "consent.reason_of_what", {}))
    if errors:
        raise Invalid(errors)
    return reason


# -- what it will do ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effects:
    """What recording it would do; names of agencies in 五十音 order, meetings by id and what
    they are called. `basis_dropped`: the basis there was does not carry over."""

    changes: bool
    lose: tuple[str, ...]
    gain: tuple[str, ...]
    after_confirming: tuple[str, ...]  # read it again once they confirm the secrecy duty
    go_on: tuple[str, ...]  # read it from now on by the basis, no longer by consent
    off: tuple[tuple[str, str], ...]  # meetings it is taken off
    attend_less: tuple[tuple[str, str, tuple[str, ...]], ...]  # meeting, called, agencies
    basis_dropped: bool


@dataclass(frozen=True)
class PreviewConsent(Query[Effects]):
    """Raises Invalid like the recording would, beside the same fields."""

    case_id: str
    raw: Raw
    reason: str = ""


@handles(PreviewConsent, Action.EDIT_SHEET)
def preview_consent(query: PreviewConsent, work: Work) -> Effects:
    found = work.uow.cases.get(query.case_id)
    assert found is not None  # noqa: S101 - the desk found it before it let us in
    must_be_open(found)
    _reason(query.raw, query.reason)
    typed = _sheet_with(found, query.raw, work)
    values = stated_anew(typed, found)
    after = deepcopy(found)
    after.sheet = values
    consent = consent_of(values, work)
    stays = not differs(consent, found.consents[-1] if found.consents else None)
    if not stays:
        after.consents.append(consent)
    _must_have_basis(found, values, consent_stays=stays)
    off, less = _meetings(found, after, work)
    _end_hearings(after, work)
    live = list(work.uow.meetings.rows_of(found.live_meeting_ids).values())
    reading = who_reads(case_row(found), live, work)
    still = who_reads(case_row(after), _as_after(after, live, work), work)
    reads, will_read = _reads(reading), _reads(still)
    moved = told_beyond(after) - told_beyond(found)
    return Effects(
        changes=any(found.sheet.get(f) != values.get(f) for f in FIELDS),
        lose=_names(reading.keys() - still.keys(), work),
        gain=_names(will_read - reads, work),
        after_confirming=_names(reads & (still.keys() - will_read), work),
        go_on=_names(moved & will_read, work),
        off=off,
        attend_less=less,
        basis_dropped=typed != values,
    )


def _must_have_basis(case: Case, values: dict[str, Value], *, consent_stays: bool) -> None:
    """The sheet's own rule: who was told is told on a basis from now on, unless it is withdrawn."""
    told = told_on_the_sheet(case, consent_stays=consent_stays)
    if not told or text(values, "consent") == "withdrawn" or not needs_basis(values, told):
        return
    missing = [f for f in FIELDS[-2:] if not text(values, f)]
    if missing:
        raise Invalid([FieldError(f, "sheet.basis_needed", {}) for f in missing])


def _end_hearings(after: Case, work: Work) -> None:
    """Who was named for a hearing that ends: see `consent.consent_changed`."""
    for row in work.uow.meetings.rows_of(after.live_meeting_ids).values():
        if not row.needs_consent:
            continue
        attending = row.agenda.get(after.id, ())
        allowed = agencies_allowed_to_hear(after, attending, row.bases) if after.has_consent else ()
        for agency_id in set(attending) - set(allowed):
            after.end_naming(row.id, agency_id)


def _as_after(after: Case, live: Iterable[MeetingRow], work: Work) -> list[MeetingRow]:
    """The live meetings as recording it leaves them: see `consent.consent_changed`."""
    found = []
    for row in live:
        meeting = work.uow.meetings.get(row.id)
        item = meeting.item(after.id) if meeting else None
        if item is None or not row.needs_consent:
            found.append(row)
        elif after.has_consent:
            attends = agencies_allowed_to_hear(after, item.agencies_chosen, row.bases)
            found.append(replace(row, agenda={**row.agenda, after.id: tuple(attends)}))
    return found


def _reads(readers: Mapping[str, str]) -> set[str]:
    return {a for a, why in readers.items() if why != TO_CONFIRM}


Meetings = tuple[tuple[str, str], ...]
Fewer = tuple[tuple[str, str, tuple[str, ...]], ...]


def _meetings(before: Case, after: Case, work: Work) -> tuple[Meetings, Fewer]:
    off: list[tuple[str, str]] = []
    fewer: list[tuple[str, str, tuple[str, ...]]] = []
    for meeting in work.uow.meetings.rows_of(before.live_meeting_ids).values():
        if not meeting.needs_consent:
            continue
        if not after.has_consent:
            off.append((meeting.id, meeting.called))
            continue
        attending = meeting.agenda.get(before.id, ())
        lost = set(attending) - set(agencies_allowed_to_hear(after, attending, meeting.bases))
        if lost:
            fewer.append((meeting.id, meeting.called, _names(lost, work)))
    return tuple(off), tuple(fewer)


def _names(agency_ids: set[str], work: Work) -> tuple[str, ...]:
    found = [a for a in work.uow.directory.agencies() if a.id in agency_ids]
    return tuple(a.name for a in found)
