"""本人同意: a new answer or its withdrawal recorded by itself, and what it will do said before.

It changes the sheet's own fields along the sheet's own path (`edit_sheet.take_on`), so that the
same versions, meetings and basis follow as from the whole form. Only these fields are checked: what
else stands on an old sheet must not keep anybody from taking consent back.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Final, cast

from workflows.cases.consent import stated_anew
from workflows.cases.edit_sheet import differs, must_be_as_seen, must_say_why_told, take_on
from workflows.cases.model import GIVEN, Case
from workflows.cases.open_case import consent_of
from workflows.cases.refer import must_be_open, told_beyond
from workflows.cases.row import case_row
from workflows.cases.who_sees import TO_CONFIRM, who_reads
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
    must_say_why_told(found, values, consent_stays=stays)
    live = list(work.uow.meetings.rows_of(found.live_meeting_ids).values())
    meetings = _follow(after, live, work)
    reading = who_reads(case_row(found), live, work)
    still = who_reads(case_row(after), meetings.rows, work)
    reads, will_read = _reads(reading), _reads(still)
    moved = told_beyond(after) - told_beyond(found)
    return Effects(
        changes=any(found.sheet.get(f) != values.get(f) for f in FIELDS),
        lose=_names(reading.keys() - still.keys(), work),
        gain=_names(will_read - reads, work),
        after_confirming=_names(reads & (still.keys() - will_read), work),
        go_on=_names(moved & will_read, work),
        off=tuple(meetings.off),
        attend_less=tuple(meetings.attend_less),
        basis_dropped=typed != values,
    )


@dataclass
class _Meetings:
    """The live meetings as recording it leaves them; `off` and `attend_less` as of Effects."""

    rows: list[MeetingRow] = field(default_factory=list)
    off: list[tuple[str, str]] = field(default_factory=list)
    attend_less: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)


def _follow(after: Case, live: Iterable[MeetingRow], work: Work) -> _Meetings:
    """What `consent.consent_changed` will do to the meetings, and to who is named for them."""
    found = _Meetings()
    for row in live:
        meeting = work.uow.meetings.get(row.id)
        item = meeting.item(after.id) if meeting else None
        if item is None or not row.needs_consent:
            found.rows.append(row)
            continue
        attends = agencies_allowed_to_hear(after, item.agencies_chosen, row.bases)
        lost = set(item.agency_ids) - set(attends)
        for agency_id in lost:
            after.end_naming(row.id, agency_id)
        if not after.has_consent:
            found.off.append((row.id, row.called))
            continue
        for agency_id in set(attends) - set(item.agency_ids) if after.is_restricted else ():
            after.name_to_hear(row.id, agency_id, [m.id for m in work.contacts(agency_id)])
        found.rows.append(replace(row, agenda={**row.agenda, after.id: tuple(attends)}))
        if lost:
            found.attend_less.append((row.id, row.called, _names(lost, work)))
    return found


def _reads(readers: Mapping[str, str]) -> set[str]:
    return {a for a, why in readers.items() if why != TO_CONFIRM}


def _names(agency_ids: set[str], work: Work) -> tuple[str, ...]:
    found = [a for a in work.uow.directory.agencies() if a.id in agency_ids]
    return tuple(a.name for a in found)
