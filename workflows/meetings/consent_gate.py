"""Which case may be on which agenda, and which agency may hear it there (docs/rules.md 2, 3, 5)."""

from collections.abc import Collection, Sequence

from workflows.cases.find_case import case_number, plain_number
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Role
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of


def case_to_convene_on(typed: str, work: Work, *, change: bool = False) -> Case | None:
    """The case of this number, as typed, if whoever asks may put it on an agenda: they have the
    convening right and read it already. Locked for a change."""
    case_id = work.uow.cases.id_of(plain_number(typed))
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or not work.may(Action.CONVENE, row).allowed:
        return None
    if not row.broken and not work.may(Action.READ_CASE, row).allowed:
        return None
    return work.uow.cases.get(row.id, change=change)


def may_request_agenda_place(typed: str, work: Work) -> bool:
    """Whether a number that is not theirs to know can be asked for: anything that could be a
    number, so that nothing is said of it. Coordinators read every case that is not restricted."""
    return bool(case_number(typed)) and Role.COORDINATOR not in work.me.roles


def consent_gate(case: Case, bases: Sequence[LegalBasis], reason: str) -> list[FieldError]:
    """[ours] docs/rules.md 2 and 3: may this case be on an agenda of these footings?"""
    if not bases:
        return []
    needed = conditions_of(bases)
    if BasisCondition.NO_CONTENT in needed:
        return [FieldError("bases", "meeting.no_content", {"number": case.number})]
    if case.has_consent:
        return []
    if BasisCondition.CONSENT in needed:
        return [
            FieldError(
                "bases", "meeting.needs_consent", {"number": case.number, "consent": case.consent}
            )
        ]
    if not reason:  # why it was told to others is no reason to talk about it here
        return [FieldError("basis_reason", "meeting.reason_needed", {"number": case.number})]
    return []


def agencies_allowed_to_hear(
    case: Case | CaseRow, agency_ids: Collection[str], bases: Sequence[LegalBasis]
) -> list[str]:
    """Those of these agencies that may hear of the case on these footings, if they are chosen.

    Where the footing asks for consent, the one in force (or a basis recorded beside it) has to
    cover the agency; on any other footing all of them may.
    """
    if BasisCondition.CONSENT not in conditions_of(bases):
        return list(agency_ids)
    row = case_row(case) if isinstance(case, Case) else case
    return [agency_id for agency_id in agency_ids if row.allows(agency_id)]


def concerned(
    case: Case | CaseRow, agency_ids: Collection[str], bases: Sequence[LegalBasis]
) -> list[str]:
    """[ours] docs/rules.md 5: who hears a case when nobody has chosen yet.

    Those that may hear it and that the case itself concerns: its writer, lead, accepted, asked
    and role agencies. To be invited for another case is no reason.
    """
    row = case_row(case) if isinstance(case, Case) else case
    return [a for a in agencies_allowed_to_hear(row, agency_ids, bases) if row.relations(a)]


def without_a_part(
    invited: Collection[str], attending: Collection[Collection[str]], organiser_agency_id: str
) -> list[str]:
    """Invited agencies that attend for none of the cases; `attending` are those of each case.

    [ours] The organiser's own agency may sit there all the same, because somebody has to hold the
    meeting; what its people may read follows from consent and their own roles like anybody's.
    """
    if not attending:
        return []
    heard = {agency_id for one in attending for agency_id in one}
    return [a for a in invited if a not in heard and a != organiser_agency_id]
