"""世帯の中の方を別のケースに: somebody of a household gets a case of their own.

Who may correct what the sheet says of the household ([ours] EDIT_SHEET): everything that the new
sheet begins with is before them already. The new case has the word of its own person, not asked yet
unless it is recorded, so that whatever goes over is told on a ground stated for it now, or stays.
Address, district and restriction come along always; texts are about two people, and whoever splits
reads them for the one. Merging the new case into the old one undoes a slip.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from workflows.cases.core_desk import tell_of_emergency
from workflows.cases.drafts import finish_draft
from workflows.cases.edit_sheet import require_current_version
from workflows.cases.follow_up_schedule import plan_check
from workflows.cases.named_list import unname_agency
from workflows.cases.open_case import begin_case, check_sheet
from workflows.cases.refer import record_sharing, refer_to
from workflows.cases.reply import set_lead, tell_lead
from workflows.cases.split_sheet import text_fields
from workflows.cases.transfer_obligations import transfer_referral, transfer_role
from workflows.core.checking import rows, text
from workflows.core.errors import Invalid
from workflows.core.free_text import read_text
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError, Raw, Value
from workflows.japanese.characters import as_typed
from workflows.japanese.open_days import months_later
from workflows.model.case import GIVEN, RESTRICTS, Case, Ground, Split, Urgency
from workflows.model.directory import Member
from workflows.model.notice import Facts

PERSON: Final = "whom"
LEAD: Final = "lead"
TEXTS_SEEN: Final = "texts_seen"
GROUND_MAX: Final = 500


@dataclass(frozen=True)
class ItemToMove:
    """One thing that is about the new person: `item` is reply:<id> or role:<id> of the case; the
    ground as stated for telling its agency of the new case."""

    item: str
    basis: str = ""
    reason: str = ""


@dataclass(frozen=True)
class SplitPreview:
    """Names of the agencies that will read the new case, of those that lose the old one, and of the
    people who stay named on a restricted one."""

    reads: tuple[str, ...]
    loses: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True)
class PreviewSplit(Query[SplitPreview]):
    """Who would read the new case and who the old one no more, should these things go over."""

    case_id: str
    items: tuple[str, ...]


@handles(PreviewSplit, Action.EDIT_SHEET, code="preview_split")
def preview_split(query: PreviewSplit, work: Work) -> SplitPreview:
    case = work.case_to_read(query.case_id)
    goes = _things(case, query.items)
    agencies = dict.fromkeys([_writer_of_new(case, work), *goes.values()])
    before = case.agency_ids()
    named = map(work.uow.directory.member, _goes_along(case)) if case.is_restricted else ()
    for item in goes:  # on what was read here alone: nothing is saved by a question
        kind, _, item_id = item.partition(":")
        if kind == "reply":
            case.referrals = [r for r in case.referrals if r.id != item_id]
        else:
            case.roles = [r for r in case.roles if r.id != item_id]
    after = case.agency_ids()
    return SplitPreview(
        tuple(map(work.agency_name, agencies)),
        tuple(work.agency_name(a) for a in before if a not in after),
        tuple(m.name for m in named if m),
    )


def _things(case: Case, items: Iterable[str]) -> dict[str, str]:
    """Those of these items that are owed on the case, with their agency."""
    owed = {f"reply:{r.id}": r.agency_id for r in case.waiting_referrals}
    owed |= {f"role:{r.id}": r.agency_id for r in case.open_roles}
    return {item: owed[item] for item in dict.fromkeys(items) if item in owed}


def _writer_of_new(case: Case, work: Work) -> str:
    """Whose people read the new case as the writer's: the agency of who splits, if it has a part in
    the old one, so that nobody reads who did not; else the old one's writer."""
    own = work.me.agency_id
    return own if own in case.agency_ids() else case.writer_agency_id


def _goes_along(case: Case) -> list[str]:
    """Who is named on a restricted case, and not for what they hear at a sitting of it alone."""
    return [m for m in case.named_member_ids if not case.is_named_to_hear(m)]


@dataclass(frozen=True)
class SplitCase(Command[str]):
    """Begin a case for somebody of this one's household. Answers with its id.

    `person` and `along` are rows of the household as the sheet was at `base_version`; `raw` and
    `referrals` as for a new sheet, of which no referral is needed. `texts_seen`: whoever splits has
    read the texts that stand as they were. `lead` is an agency of what goes over, or "". Raises
    Invalid, Conflict, Refused.
    """

    case_id: str
    base_version: int
    person: str
    along: tuple[str, ...]
    raw: Raw
    referrals: tuple[Raw, ...] = ()
    over: tuple[ItemToMove, ...] = ()
    lead: str = ""
    texts_seen: bool = False
    letters_seen: bool = False
    draft_id: str = ""


@handles(SplitCase, Action.EDIT_SHEET, code="split_case")
def split_case(command: SplitCase, work: Work) -> str:
    case = work.case(command.case_id)
    require_current_version(case, command.base_version, work)
    errors = _errors(case, command, work)
    try:
        values, wanted = check_sheet(
            work,
            command.raw,
            command.referrals,
            letters_seen=command.letters_seen,
            needs_referral=False,
        )
    except Invalid as wrong:
        raise Invalid([*errors, *wrong.errors]) from None
    errors += _words_unread(case, values, command, work)
    if errors:
        raise Invalid(errors)
    knew = {a: work.contacts(a, case) for a in case.agency_ids()}
    new = begin_case(
        values,
        work,
        writer_agency_id=_writer_of_new(case, work),
        named=_goes_along(case),
        kept_off=case.kept_off,
    )
    who = _row(case, command.person)
    assert who is not None  # noqa: S101 - asked above
    person = who.get("name", "") or who.get("relation", "")
    case.split_into.append(Split(new.id, work.me.id, work.now, person))
    new.split_from.append(Split(case.id, work.me.id, work.now))
    carried = [_carry(case, new, one, work) for one in command.over]
    ground = Ground(text(values, "unconsented_basis"), text(values, "unconsented_reason"))
    for one in wanted:
        refer_to(new, one, ground, work)
    if command.lead:
        set_lead(new, command.lead, work, names=False)
        day = work.days.next_open(months_later(work.today, 1))
        plan_check(new, day, "split", work)
        tell_lead(new, command.lead, work, before=case.number)
    if new.urgency is Urgency.EMERGENCY:
        tell_of_emergency(new, work)
    work.record("case_split", case=case, other=new.id, carried=carried)
    work.record("case_split_here", case=new, other=case.id, carried=carried)
    _tell_who_left(case, knew, work)
    _tell_who_answers(case, new, len(carried), work)
    if command.draft_id:
        finish_draft(command.draft_id, work)
    return new.id


def _tell_who_answers(case: Case, new: Case, carried: int, work: Work) -> None:
    """Whoever answers for the old case, that somebody of the household is in other hands now."""
    answering = [m for m in work.contacts(case.answering_agency_id, case) if m.id != work.me.id]
    facts: Facts = {"agency": work.agency_name(work.me.agency_id), "carried": carried}
    work.tell("case_split", answering, once=new.id, facts=facts, case=case)


def _carry(case: Case, new: Case, one: ItemToMove, work: Work) -> str:
    """Answers with what went over, as the trail calls it."""
    kind, _, item_id = one.item.partition(":")
    agency_id = _things(case, [one.item])[one.item]
    if not new.covers(agency_id):
        ground = Ground(one.basis, as_typed(one.reason))
        new.state_ground(agency_id, ground, work.me.id, work.now)
        record_sharing(new, agency_id, "referral" if kind == "reply" else "goes_on", work)
    if kind == "reply":
        referral = case.referral(item_id)
        assert referral is not None  # noqa: S101 - asked above
        transfer_referral(case, new, referral, work, reads_on=False)
    else:
        role = next(r for r in case.roles if r.id == item_id)
        transfer_role(case, new, role, work, reads_on=False)
    return one.item


def _tell_who_left(case: Case, knew: Mapping[str, list[Member]], work: Work) -> None:
    """Agencies whose only part in the old case went over read that one no more."""
    stays = case.agency_ids()
    for agency_id, people in knew.items():
        if agency_id in stays:
            continue
        if case.is_restricted:
            unname_agency(case, agency_id, work)
        work.tell(
            "part_ended",
            people,
            once=f"{case.id}:split:{work.now.isoformat()}:{agency_id}",
            facts={"number": case.number, "agency": work.agency_name(agency_id)},
        )


# -- what was typed --------------------------------------------------------------------------------


def _row(case: Case, number: str) -> Mapping[str, str] | None:
    household = rows(case.sheet, "household")
    found = {str(n): one for n, one in enumerate(household)}
    return found.get(number)


def _errors(case: Case, command: SplitCase, work: Work) -> list[FieldError]:
    """What is wrong with the choice, beside its fields."""
    errors = []
    if _row(case, command.person) is None or any(_row(case, n) is None for n in command.along):
        errors.append(FieldError(PERSON, "split.person", {}))
    if case.is_restricted and not any(command.raw.get(name) == "yes" for name in RESTRICTS):
        errors += [FieldError(f, "split.restricted", {}) for f in RESTRICTS if case.sheet.get(f)]
    goes = _things(case, (one.item for one in command.over))
    if len(goes) != len(command.over):
        errors.append(FieldError("over", "split.gone", {}))
    for one in command.over:
        agency_id = goes.get(one.item, "")
        if agency_id != _writer_of_new(case, work):
            errors += _ground_errors(one, agency_id, command.raw, work)
    if command.lead and command.lead not in {*goes.values()}:
        errors.append(FieldError(LEAD, "split.lead", {}))
    return errors


def _ground_errors(one: ItemToMove, agency_id: str, raw: Raw, work: Work) -> list[FieldError]:
    """No ground comes along: it is stated for the new person, or the thing stays."""
    basis, reason = f"{one.item}.basis", f"{one.item}.why_told"
    said, errors = read_text(reason, one.reason, GROUND_MAX, lines=True)
    scope = raw.get("consent_scope") if raw.get("consent") in GIVEN else ()
    agreed = isinstance(scope, list | tuple) and agency_id in scope
    known = {c.value for c in work.forms.form("sheet").field("unconsented_basis").choices}
    if one.basis and one.basis not in known:
        errors.append(FieldError(basis, "form.unknown", {}))
    if agency_id and not agreed:
        errors += [
            FieldError(field, "sheet.basis_needed", {})
            for field, typed in ((basis, one.basis), (reason, said))
            if not typed
        ]
    return errors


def _words_unread(
    case: Case, values: Mapping[str, Value], command: SplitCase, work: Work
) -> list[FieldError]:
    """Texts that stand as they were on the sheet of two people, and were not read for the one."""
    if command.texts_seen:
        return []
    form = work.forms.form("sheet")
    same = [f for f in text_fields(form) if values.get(f) and values[f] == case.sheet.get(f)]
    found = [FieldError(f, "split.unread", {}) for f in same]
    return [*found, FieldError(TEXTS_SEEN, "split.texts_seen", {})] if found else []
