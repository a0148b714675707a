"""Which case may be on which agenda, and which invited agency attends for it (rules.md 2, 3, 5)."""

from collections.abc import Collection, Sequence

from workflows.cases.model import Case
from workflows.cases.row import CaseRow, case_row
from workflows.forms import FieldError
from workflows.meetings.model import Footing, LegalBasis, footings_of


def consent_gate(case: Case, bases: Sequence[LegalBasis], reason: str) -> list[FieldError]:
    """[ours] rules.md 2 and 3: may this case be on an agenda of these footings?"""
    if not bases:
        return []
    needed = footings_of(bases)
    if Footing.NO_CONTENT in needed:
        return [FieldError("bases", "meeting.no_content", {"number": case.number})]
    if case.has_consent:
        return []
    if Footing.CONSENT in needed:
        return [
            FieldError(
                "bases", "meeting.needs_consent", {"number": case.number, "consent": case.consent}
            )
        ]
    if not reason:  # why it was told to others is no reason to talk about it here
        return [FieldError("basis_reason", "meeting.reason_needed", {"number": case.number})]
    return []


def attend_for(
    case: Case | CaseRow, invited: Collection[str], bases: Sequence[LegalBasis]
) -> list[str]:
    """Those of the invited agencies that attend for this case, and so may read it.

    Where the footing asks for consent, the one in force (or a basis recorded beside it) has to
    cover the agency; on any other footing all of them do.
    """
    if Footing.CONSENT not in footings_of(bases):
        return list(invited)
    row = case_row(case) if isinstance(case, Case) else case
    return [agency_id for agency_id in invited if row.allows(agency_id)]


def without_a_part(
    invited: Collection[str], attending: Collection[Sequence[str]], organiser_agency_id: str
) -> list[str]:
    """Invited agencies that attend for none of the cases; `attending` are those of each case.

    [ours] The organiser's own agency may sit there all the same, because somebody has to hold the
    meeting; what its people may read follows from consent and their own roles like anybody's.
    """
    if not attending:
        return []
    heard = {agency_id for one in attending for agency_id in one}
    return [a for a in invited if a not in heard and a != organiser_agency_id]
