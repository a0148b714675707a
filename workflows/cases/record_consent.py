"""本人同意: a new answer or its withdrawal recorded by itself, and what it will do said before.

It is the one way by which consent changes on a sheet that was sent. Only its own fields are
checked: what else stands on an old sheet must not keep anybody from taking consent back. Whom the
answer leaves out is told nothing more, unless whoever records it says who is told all the same, on
which ground and why ([ours] docs/rules.md 3).
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final, cast

from workflows.cases.consent import apply_consent_to_meetings
from workflows.cases.edit_sheet import CONSENT_FIELDS, apply_sheet, require_current_version
from workflows.cases.open_case import consent_of
from workflows.cases.parts_ended import ask_again, ended_parts, tell_of_ended_parts
from workflows.cases.refer import state_ground
from workflows.cases.related import cases_merged_into
from workflows.core.checking import text
from workflows.core.errors import Invalid
from workflows.core.free_text import read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError, Raw, Value, check
from workflows.meetings.record_readers import record_readers
from workflows.model.case import GIVEN, Case, Consent, Ground, StatedGround
from workflows.model.directory import Member

FIELDS: Final = CONSENT_FIELDS
GOES_ON: Final = "goes_on"
REASON: Final = "withdrawal_reason"
REASON_MAX: Final = 300
REFUSES: Final = ("no", "withdrawn")


@dataclass(frozen=True)
class RecordConsent(Command[int]):
    """Record what the person says now. Answers with the sheet's version.

    `raw` holds FIELDS as typed, `reason` why it was withdrawn, if the person said so. `goes_on` are
    agencies that are told although the answer leaves them out, on the basis in `raw`.
    """

    case_id: str
    base_version: int
    raw: Raw
    reason: str = ""
    goes_on: tuple[str, ...] = ()


@handles(RecordConsent, Action.EDIT_SHEET, code="record_consent")
def record_consent(command: RecordConsent, work: Work) -> int:
    case = work.case(command.case_id)
    require_current_version(case, command.base_version, work)
    answer = answer_of(case, command.raw, command.reason, command.goes_on, work)
    version = apply_consent_answer(case, answer, work)
    for ended in cases_merged_into(case, work) if answer.is_new else ():
        transfer_consent(case, ended, work)
    return version


def apply_consent_answer(case: Case, answer: "ConsentAnswer", work: Work) -> int:
    """Record the person's new answer and end what it no longer covers; returns the sheet's
    version."""
    before, knew, read = deepcopy(case), _who_knew(case, work), record_readers(case, work)
    version = apply_sheet(case, answer.values, work)
    if answer.is_new:
        case.consents.append(answer.consent)
        keep_grounds(before, case)
        case.stated_grounds += answer.restated
        work.record("consent_recorded", case=case, status=answer.consent.status)
    for agency_id in answer.goes_on:
        state_ground(case, agency_id, answer.ground, work)
    if answer.is_new or answer.goes_on:
        apply_consent_to_meetings(case, work)
        ask_again(before, case, work)
        know = set(_who_knew(case, work))
        still = know | record_readers(case, work).keys()
        shut_out = {a: people for a, people in knew.items() if a not in know}
        shut_out |= {a: people for a, people in read.items() if a not in still}
        tell_of_ended_parts(case, ended_parts(before, case), shut_out, work)
    return version


def transfer_consent(case: Case, ended: Case, work: Work) -> None:
    """Bring what the person said last to a case that ended as merged into this one.

    Nobody records consent there any more, but agencies that had a part in it go on reading what
    stood there. [ours] docs/rules.md 2: whom the person shuts out of the one is shut out of all of
    them, and nobody reads more by it.
    """
    if not agencies_shut_out(case, ended):
        return
    word, now = case.consents[-1], len(ended.consents) + 1
    kept = [a for a in word.scope if ended.covers(a)]
    stated = ((a, case.stated_of(a)) for a in ended.agency_ids())
    grounds = tuple(replace(one, under=now) for _, one in stated if one)
    consent = replace(word, by=work.me.id, at=work.now, scope=kept, basis="", basis_reason="")
    said: dict[str, Value] = {"consent": consent.status, "consent_method": consent.method}
    said |= {"consent_on": consent.on.isoformat() if consent.on else "", "consent_scope": kept}
    values = {n: v for n, v in ended.sheet.items() if n not in FIELDS}
    values |= {n: v for n, v in said.items() if v}
    apply_consent_answer(
        ended, ConsentAnswer(values, consent, True, word.reason, (), Ground(), grounds), work
    )


def agencies_shut_out(case: Case, ended: Case) -> tuple[str, ...]:
    """Agencies that know of a case that was merged into this one, and that the person's newest word
    shuts out: it neither names them, nor is a ground stated beside it."""
    word = case.consents[-1]
    if word.status not in (*GIVEN, *REFUSES):
        return ()
    known = (a for a in ended.agency_ids() if a != ended.writer_agency_id)
    return tuple(a for a in known if a not in word.scope and not case.stated_of(a))


def _who_knew(case: Case, work: Work) -> dict[str, list[Member]]:
    """Agencies that take part in the case or hear it at a live meeting, with who answers there."""
    found = dict.fromkeys(case.agency_ids())
    for row in work.uow.meetings.rows_of(case.live_meeting_ids).values():
        found |= dict.fromkeys(row.agenda.get(case.id, ()))
    return {agency_id: work.contacts(agency_id, case) for agency_id in found}


# -- what was typed --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ConsentAnswer:
    """What was typed, checked. `values` are the whole sheet with it; `restated` are grounds that
    were stated beside it before a restore."""

    values: dict[str, Value]
    consent: Consent
    is_new: bool
    reason: str
    goes_on: tuple[str, ...]
    ground: Ground
    restated: tuple[StatedGround, ...] = ()


def answer_of(
    case: Case, raw: Raw, reason: str, goes_on: Iterable[str], work: Work
) -> ConsentAnswer:
    """Raises Invalid, beside the fields."""
    said, errors = read_text(REASON, reason, REASON_MAX, lines=True)
    if said and raw.get("consent") != "withdrawn":
        errors.append(FieldError(REASON, "consent.reason_of_what", {}))
    answers, wrong = _checked(case, raw, work)
    errors += wrong
    ground = Ground(text(answers, "unconsented_basis"), text(answers, "unconsented_reason"))
    scope = answers.get("consent_scope")
    named = set(scope) if isinstance(scope, list) else set()
    beyond = [a for a in dict.fromkeys(goes_on) if a not in named and a != case.writer_agency_id]
    if any(work.uow.directory.agency(a) is None for a in beyond):
        errors.append(FieldError(GOES_ON, "form.unknown", {}))
    errors += _ground_errors(ground, bool(beyond))
    if errors:
        raise Invalid(errors)
    values = {n: v for n, v in case.sheet.items() if n not in FIELDS} | answers
    last = case.consents[-1] if case.consents else None
    consent = replace(consent_of(values, work), reason=said or _same_reason(values, last))
    return ConsentAnswer(values, consent, differs(consent, last), said, tuple(beyond), ground)


def _checked(case: Case, raw: Raw, work: Work) -> tuple[dict[str, Value], list[FieldError]]:
    """The answers on consent: agencies only where it is given."""
    typed = {name: raw.get(name, "") for name in FIELDS}
    if raw.get("consent") not in GIVEN:
        typed["consent_scope"] = []
    whole = cast(Raw, {**case.sheet, **typed})
    found = check(work.forms.form("sheet"), whole, today=work.today, known=work.known())
    wrong = [e for e in found.errors if e.field.partition(".")[0] in FIELDS]
    return {name: found.values[name] for name in FIELDS if name in found.values}, wrong


def _ground_errors(ground: Ground, goes_on: bool) -> list[FieldError]:
    """A ground is for somebody, and whoever goes on has one."""
    fields = (("unconsented_basis", ground.basis), ("unconsented_reason", ground.reason))
    if goes_on:
        return [FieldError(f, "sheet.basis_needed", {}) for f, said in fields if not said]
    if ground.basis or ground.reason:
        return [FieldError(GOES_ON, "consent.ground_for_whom", {})]
    return []


def _same_reason(values: dict[str, Value], last: Consent | None) -> str:
    """A reason that nobody writes anew stays with the same answer."""
    return last.reason if last and last.status == text(values, "consent") else ""


def differs(new: Consent, old: Consent | None) -> bool:
    """Whether the person says something new."""
    if old is None:
        return True

    def said(consent: Consent) -> tuple[object, ...]:
        return (consent.status, consent.on, consent.method, consent.scope, consent.reason)

    return said(new) != said(old)


def keep_grounds(before: Case, case: Case) -> None:
    """Keep the stated grounds when only the day or method of an answer was corrected."""
    if not before.consents:
        return
    old, new = before.consents[-1], case.consents[-1]
    if (old.status, sorted(old.scope)) != (new.status, sorted(new.scope)):
        return
    was, now = len(before.consents), len(case.consents)
    for referral in case.referrals:
        if referral.ground_under == was and referral.basis:
            referral.ground_under = now
    for ground in case.stated_grounds:
        if ground.under == was:
            ground.under = now
