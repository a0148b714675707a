"""On what an agency was told of a person at a moment: consent, a basis in its place, a meeting."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from workflows.core.checking import text
from workflows.model.case import Case, Consent
from workflows.model.meeting import Meeting


@dataclass(frozen=True)
class DisclosureBasis:
    """On what a disclosure rested; `standing` is the code of the standing that permitted it.

    `bases` are those of the meeting at which it was told, `sworn_at` when who was told had
    confirmed the secrecy duty there; `reason` is class H. The basis was stated by `stated_by` (a
    member's id, else "") at `stated_at`, as the meeting `deciding_meeting_id` (else "") decided.
    """

    standing: str = ""
    consent: str = ""
    consent_on: date | None = None
    basis: str = ""
    reason: str = ""
    bases: tuple[str, ...] = ()
    sworn_at: datetime | None = None
    stated_by: str = ""
    stated_at: datetime | None = None
    deciding_meeting_id: str = ""


@dataclass(frozen=True)
class Basis:
    """Why an agency was told beyond consent: a code, the reason, and who stated it when, as which
    meeting decided; what is not known of these is empty."""

    code: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    meeting_id: str = ""


def agreed_at(case: Case, agency_id: str, at: datetime) -> Consent | None:
    """The consent in force at a moment, if it covered the agency."""
    consent = case.consent_at(at)
    return consent if consent and consent.given and agency_id in consent.scope else None


def is_beyond_at(case: Case, agency_id: str, at: datetime) -> bool:
    """Whether telling the agency went beyond the consent in force at that moment."""
    return agency_id != case.writer_agency_id and agreed_at(case, agency_id, at) is None


def basis_at(case: Case, agency_id: str, at: datetime) -> Basis:
    """The basis and the reason recorded for telling the agency beyond consent.

    What was stated for it last until then, while the person said nothing new; else with the consent
    in force then, else what stands on the sheet now: one of the two speaks for all who take part
    of whom nothing was stated.
    """
    said = sum(c.at <= at for c in case.consents)
    stated = [
        (r.asked_at, Basis(r.basis, r.basis_reason, r.asked_by, r.asked_at))
        for r in case.referrals
        if r.agency_id == agency_id and r.basis and r.ground_under == said
    ]
    stated += [
        (g.at, Basis(g.basis, g.reason, g.by or "", g.at, g.meeting_id))
        for g in case.stated_grounds
        if g.agency_id == agency_id and g.under == said
    ]
    stated = [one for one in stated if one[0] <= at]
    if stated:
        return max(stated, key=lambda one: one[0])[1]
    consent = case.consent_at(at)
    if consent and consent.basis:
        return Basis(consent.basis, consent.basis_reason, consent.by, consent.at)
    return Basis(text(case.sheet, "unconsented_basis"), text(case.sheet, "unconsented_reason"))


def meeting_reason(case: Case, meeting: Meeting, agency_id: str, at: datetime) -> str:
    """Why the case was talked about there: as the agenda says, else as for the agency."""
    item = meeting.item(case.id)
    return (item.reason if item else "") or basis_at(case, agency_id, at).reason


def disclosure_basis_of(
    case: Case,
    agency_id: str,
    at: datetime,
    *,
    standing: str = "",
    member_id: str | None = None,
    meetings: Iterable[Meeting] = (),
) -> DisclosureBasis:
    """What telling this agency, or this member of it, rested on at that moment.

    `meetings` are those at which the agency attended for the case at the time.
    """
    if agency_id == case.writer_agency_id:
        return DisclosureBasis(standing)
    consent = agreed_at(case, agency_id, at)
    if consent:
        return DisclosureBasis(standing, consent.status, consent.on)
    for meeting in meetings:
        if meeting.needs_secrecy:
            return DisclosureBasis(
                standing,
                bases=tuple(str(b) for b in meeting.bases),
                reason=meeting_reason(case, meeting, agency_id, at),
                sworn_at=_sworn(meeting, member_id, agency_id),
            )
    basis = basis_at(case, agency_id, at)
    return DisclosureBasis(
        standing,
        basis=basis.code,
        reason=basis.reason,
        stated_by=basis.by,
        stated_at=basis.at,
        deciding_meeting_id=basis.meeting_id,
    )


def _sworn(meeting: Meeting, member_id: str | None, agency_id: str) -> datetime | None:
    return meeting.sworn_at(member_id, agency_id) if member_id else None
