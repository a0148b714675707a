"""Open a case: the つなぐシート is sent, gets its number and goes to the agencies it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflows.cases.core_desk import tell_of_emergency
from workflows.cases.drafts import finish_draft
from workflows.cases.refer import ReferralWanted, core_name, refer_to, wanted_referrals
from workflows.core.checking import one_error, rows, text, texts
from workflows.core.errors import Invalid
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError, Raw, Value, check
from workflows.forms.lost_characters import lost_character_errors
from workflows.japanese.dates import fiscal_year
from workflows.japanese.same_person import (
    MatchKey,
    PersonTyped,
    former_keys,
    index_keys,
    kana_keys,
    member_keys,
    same_person_keys,
)
from workflows.model.case import Case, Consent, Ground, Urgency, WrongPerson

MOST_REFERRALS = 10


@dataclass(frozen=True)
class OpenCase(Command[str]):
    """Send the sheet. Answers with the case's id. `draft_id` is thrown away with it.

    Letters that may have been lost are kept once the writer has seen them (`letters_seen`).
    """

    raw: Raw
    referrals: tuple[Raw, ...]
    draft_id: str | None = None
    letters_seen: bool = False


@handles(OpenCase, Action.OPEN_CASE, code="open_case")
def open_case(command: OpenCase, work: Work) -> str:
    values, wanted = check_sheet(
        work, command.raw, command.referrals, letters_seen=command.letters_seen
    )
    case = begin_case(values, work)
    announce_same_person(case, work)
    ground = Ground(text(values, "unconsented_basis"), text(values, "unconsented_reason"))
    for one in wanted:
        refer_to(case, one, ground, work)
    if case.urgency is Urgency.EMERGENCY:
        tell_of_emergency(case, work)
    if command.draft_id:
        finish_draft(command.draft_id, work)
    return case.id


def begin_case(
    values: dict[str, Value],
    work: Work,
    *,
    writer_agency_id: str = "",
    named: Iterable[str] = (),
    kept_off: Iterable[str] = (),
) -> Case:
    """A case with this sheet, its number and the word of its person. A restricted one is for who
    opens it, and for those `named`."""
    case = Case(
        id=new_id(),
        number=_number(work),
        opened_by=work.me.id,
        opened_at=work.now,
        writer_agency_id=writer_agency_id or work.me.agency_id,
        sheet=values,
        kept_off=list(kept_off),
    )
    case.consents.append(consent_of(values, work))
    if case.is_restricted:
        case.named_member_ids += dict.fromkeys([*named, work.me.id])
    work.uow.cases.add(case)
    work.uow.cases.keep_match_keys(case.id, case_keys(case))
    work.record("case_opened", case=case, urgency=str(case.urgency), route=text(values, "route"))
    return case


def check_sheet(
    work: Work,
    raw: Raw,
    referrals: tuple[Raw, ...],
    *,
    letters_seen: bool = False,
    needs_referral: bool = True,
) -> tuple[dict[str, Value], list[ReferralWanted]]:
    """The sheet's values and its referrals, all errors of both gathered in one Invalid."""
    result = check(work.forms.form("sheet"), raw, today=work.today, known=work.known())
    errors = list(result.errors)
    wanted: list[ReferralWanted] = []
    try:
        wanted = wanted_referrals(work, referrals, MOST_REFERRALS)
        if not wanted and needs_referral:
            raise one_error("referrals.0.agency", "sheet.no_referral", core=core_name(work))
    except Invalid as wrong:
        errors += wrong.errors
    if not letters_seen:
        errors += lost_character_errors(work.forms.form("sheet"), result.values)
    errors += _unconsented(result.values, [w.agency_id for w in wanted])
    if errors:
        raise Invalid(errors)
    return result.values, wanted


def _unconsented(values: dict[str, Value], agency_ids: list[str]) -> list[FieldError]:
    """[ours] docs/rules.md 3: sharing without consent always records the basis and the reason."""
    if not agency_ids or not needs_basis(values, agency_ids):
        return []
    return [
        FieldError(f, "sheet.basis_needed", {})
        for f in ("unconsented_basis", "unconsented_reason")
        if not text(values, f)
    ]


def needs_basis(values: dict[str, Value], agency_ids: list[str]) -> bool:
    """Whether telling these agencies goes beyond what the person agreed to."""
    if text(values, "consent") not in ("written", "oral"):
        return True
    return bool(set(agency_ids) - set(texts(values, "consent_scope")))


def consent_of(values: dict[str, Value], work: Work) -> Consent:
    on = text(values, "consent_on")
    return Consent(
        status=text(values, "consent"),
        by=work.me.id,
        at=work.now,
        on=date.fromisoformat(on) if on else None,
        method=text(values, "consent_method"),
        scope=texts(values, "consent_scope"),
        basis=text(values, "unconsented_basis"),
        basis_reason=text(values, "unconsented_reason"),
    )


def sheet_keys(values: dict[str, Value]) -> frozenset[MatchKey]:
    """Every key under which the person of a sheet is found again: as the same one, and by search.

    Of the others of the household names and readings, for which a request alone looks.
    """
    own = member_keys([text(values, "name")], kind="name")
    others = member_keys(_of_household(values, "name"), kind="member")
    readings = kana_keys(_of_household(values, "kana"))
    return index_keys(_person(values)) | own | others | readings


def _of_household(values: dict[str, Value], column: str) -> list[str]:
    return [row.get(column, "") for row in rows(values, "household")]


def case_keys(case: Case) -> frozenset[MatchKey]:
    """Every key under which a case is found again. Of those whose sheet it was by mistake only
    what a request of theirs looks for."""
    keys = sheet_keys(case.sheet)
    for one in case.wrong_persons:
        if one.taken_back_at is None:
            keys |= keys_of_former(one)
    return keys


def keys_of_former(one: WrongPerson) -> frozenset[MatchKey]:
    names, readings = _of_household(one.sheet, "name"), _of_household(one.sheet, "kana")
    return former_keys(_person(one.sheet), names, readings)


def _person(values: dict[str, Value]) -> PersonTyped:
    born = text(values, "birth_date")
    return PersonTyped(
        name=text(values, "name"),
        kana=text(values, "kana"),
        birth_date=date.fromisoformat(born) if born else None,
        phone=text(values, "phone"),
        address=text(values, "address"),
    )


def announce_same_person(case: Case, work: Work) -> None:
    """Tell those who may see both cases that the same person or household was entered before."""
    keys = same_person_keys(_person(case.sheet), work.uow.directory.town().name)
    for other_id, kinds in work.uow.cases.matching(keys).items():
        other = work.uow.cases.row(other_id)
        if other is None or other_id == case.id or other.restricted or case.is_restricted:
            continue
        work.record("same_person_found", case=case, other=other.id, kinds=list(kinds))
        work.tell(
            "same_person",
            work.coordinators(case),
            once=":".join(sorted((case.id, other.id))),  # one for the pair, whichever is edited
            facts={"other": other.number},
            case=case,
        )


def _number(work: Work) -> str:
    year = fiscal_year(work.today)
    return f"R{year}-{work.uow.cases.next_number(year):04d}"
