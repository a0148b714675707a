"""本人同意 of one case: every answer the person gave, and every time it was shared without one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from workflows.cases.disclosure_basis import Basis, basis_at, is_beyond_at, meeting_reason
from workflows.cases.record_consent import FIELDS
from workflows.cases.story import who
from workflows.core.looks import Part, ShownPart, filled
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Decision
from workflows.core.ports import Event
from workflows.core.work import Work
from workflows.forms import Value
from workflows.meetings.deciding_meeting import DecidingMeeting, deciding_meeting
from workflows.meetings.parts import may_read_meeting_result
from workflows.model.case import Case, Consent
from workflows.model.meeting import Meeting

# What a new answer says anew; who was agreed to and why it is shared stays to be changed.
ASKED_ANEW = frozenset({"consent", "consent_on", "consent_method"})


@dataclass(frozen=True)
class ConsentEntry:
    """One answer as recorded; `basis` (code) and `basis_reason` are what stood in its place then,
    `reason` why it was withdrawn."""

    status: str
    given: bool
    at: datetime
    by: str
    on: date | None
    method: str
    scope: tuple[str, ...]
    basis: str
    basis_reason: str
    reason: str


@dataclass(frozen=True)
class Sharing:
    """One time it was shared beyond consent. `how` is referral, passed_on, goes_on, lead,
    meeting, invited or role; `bases` are codes, `reason` is class H. `by` stated it at `stated_at`,
    as the meeting `decided` it, where one did."""

    at: datetime
    how: str
    agencies: tuple[str, ...]
    bases: tuple[str, ...]
    reason: str
    by: str
    stated_at: datetime | None = None
    decided: DecidingMeeting | None = None
    hidden: bool = False  # the reason is a meeting's, for who may read what it decided


@dataclass(frozen=True)
class Consents:
    """`entries` newest first: the first is in force. `values` are the sheet's answers with which
    the form for a new one begins: none for who may not record one."""

    case_id: str
    number: str
    is_open: bool
    sheet_version: int
    may_record: Decision
    may_disclose: Decision
    values: Mapping[str, Value]
    entries: tuple[ConsentEntry, ...]
    sharings: tuple[Sharing, ...]


@dataclass(frozen=True)
class GetConsents(Query[Consents]):
    case_id: str


@handles(GetConsents, Action.READ_CASE, code="get_consents")
def get_consents(query: GetConsents, work: Work) -> Consents:
    case = work.case_to_read(query.case_id)
    may_record = work.may(Action.EDIT_SHEET, case)
    # What stands in the form's fields: today's answer is asked for anew.
    kept: list[str] = [f for f in FIELDS if f in case.sheet and f not in ASKED_ANEW]
    values = {f: case.sheet[f] for f in kept} if may_record.allowed and case.is_open else {}
    shared = sharings(case, work)
    work.show(case, ShownPart(Part.CONSENTS))
    if shared:
        work.show(case, ShownPart(Part.SHARINGS))
    if found := filled(values):
        work.show(case, ShownPart(Part.CONSENT_FORM, case.sheet_version, found))
    return Consents(
        case_id=case.id,
        number=case.number,
        is_open=case.is_open,
        sheet_version=case.sheet_version,
        may_record=may_record,
        may_disclose=work.may(Action.DISCLOSE, case),
        values=values,
        entries=tuple(_entry(c, work) for c in reversed(case.consents)),
        sharings=shared,
    )


def _entry(one: Consent, work: Work) -> ConsentEntry:
    return ConsentEntry(
        status=one.status,
        given=one.given,
        at=one.at,
        by=who(one.by, work, one.at),
        on=one.on,
        method=one.method,
        scope=tuple(work.agency_name(a, one.at) for a in one.scope),
        basis=one.basis,
        basis_reason=one.basis_reason,
        reason=one.reason,
    )


def sharings(case: Case, work: Work) -> tuple[Sharing, ...]:
    """[ours] docs/rules.md 3: every time the case was shared beyond consent, oldest first."""
    events = work.uow.events.of_case(case.id)
    found = [*_by_referral(case, work), *_by_going_on(case, events, work)]
    for event in events:
        if event.kind == "put_on_agenda" and event.meeting_id:
            found += _at_meeting(case, event, work)
    found += _by_role(case, work)
    return tuple(sorted(found, key=lambda one: one.at))


def _by_referral(case: Case, work: Work) -> list[Sharing]:
    found = []
    for one in case.referrals:
        if is_beyond_at(case, one.agency_id, one.told_at):
            basis = basis_at(case, one.agency_id, one.told_at)
            how = "passed_on" if one.passed_from else "referral"
            agency = work.agency_name(one.agency_id, one.told_at)
            basis = replace(basis, by=basis.by or one.asked_by)
            found.append(_on_basis(case, one.told_at, how, basis, work, agency=agency))
    return found


def _by_going_on(case: Case, events: list[Event], work: Work) -> list[Sharing]:
    """Agencies that go on by a basis since consent was taken back, and that lead by one."""
    found = []
    for event in events:
        how = str(event.facts.get("how", ""))
        if event.kind == "shared_without_consent" and how in ("goes_on", "lead"):
            agency = str(event.facts["agency"])
            basis = basis_at(case, agency, event.at)
            basis = replace(basis, code=event.basis, by=basis.by or event.actor_id or "")
            name = work.agency_name(agency, event.at)
            found.append(_on_basis(case, event.at, how, basis, work, agency=name))
    return found


def _on_basis(
    case: Case, at: datetime, how: str, basis: Basis, work: Work, *, agency: str
) -> Sharing:
    """`basis.by` is who shared it where nobody is known to have stated it."""
    reads = not basis.meeting_id or may_read_meeting_result(basis.meeting_id, case, work)
    return Sharing(
        at=at,
        how=how,
        agencies=(agency,),
        bases=_codes(basis.code),
        reason=basis.reason if reads else "",
        by=who(basis.by, work, basis.at or at),
        stated_at=basis.at,
        decided=deciding_meeting(basis.meeting_id, work),
        hidden=not reads,
    )


def _at_meeting(case: Case, put: Event, work: Work) -> list[Sharing]:
    """Who attended for it beyond consent: from the agenda, and invited later."""
    meeting = work.uow.meetings.get(put.meeting_id or "")
    if meeting is None:
        return []
    listed = put.facts.get("agencies")
    told = [(put, str(a), "meeting") for a in (listed if isinstance(listed, list) else [])]
    for event in work.uow.events.of_meeting(meeting.id):
        if event.at >= put.at:
            told += [(event, agency_id, "invited") for agency_id in _told_by(event, case)]
    groups: dict[tuple[int, str], tuple[Event, list[str]]] = {}
    for event, agency_id, how in told:
        if is_beyond_at(case, agency_id, event.at):
            groups.setdefault((event.id, how), (event, []))[1].append(agency_id)
    return [
        _sharing_at(case, meeting, event, agencies, work, how=how)
        for (_, how), (event, agencies) in groups.items()
    ]


def _told_by(event: Event, case: Case) -> list[str]:
    """The agencies that an event let hear the case. Before it was chosen case by case, being
    invited was enough."""
    cases, added = event.facts.get("cases"), event.facts.get("added")
    if event.kind == "agency_invited" and (not isinstance(cases, list) or case.id in cases):
        return [str(event.facts["agency"])]
    if event.kind == "hearing_changed" and event.case_id == case.id and isinstance(added, list):
        return [str(a) for a in added]
    return []


def _sharing_at(
    case: Case, meeting: Meeting, event: Event, agency_ids: list[str], work: Work, *, how: str
) -> Sharing:
    reads = may_read_meeting_result(meeting.id, case, work)
    return Sharing(
        at=event.at,
        how=how,
        agencies=tuple(work.agency_name(a, event.at) for a in agency_ids),
        bases=tuple(str(b) for b in meeting.bases),
        reason=meeting_reason(case, meeting, agency_ids[0], event.at) if reads else "",
        by=who(event.actor_id, work, event.at),
        decided=deciding_meeting(meeting.id, work),
        hidden=not reads,
    )


def _by_role(case: Case, work: Work) -> list[Sharing]:
    """A role that a meeting gave to an agency that did not attend for the case there."""
    found = []
    for role in (r for r in case.roles if r.came is None):
        meeting = work.uow.meetings.get(role.meeting_id)
        record = meeting.record if meeting else None
        if meeting is None or record is None or record.confirmed_at is None:
            continue
        item = meeting.item(case.id)
        slot = meeting.fixed_slot
        heard = item.heard_at(slot.starts_at) if item and slot else []
        if role.agency_id in heard or not is_beyond_at(case, role.agency_id, record.confirmed_at):
            continue
        reads = may_read_meeting_result(meeting.id, case, work)
        reason = meeting_reason(case, meeting, role.agency_id, record.confirmed_at)
        found.append(
            Sharing(
                at=record.confirmed_at,
                how="role",
                agencies=(work.agency_name(role.agency_id, record.confirmed_at),),
                bases=tuple(str(b) for b in meeting.bases),
                reason=reason if reads else "",
                by=who(record.confirmed_by, work, record.confirmed_at),
                decided=deciding_meeting(meeting.id, work),
                hidden=not reads,
            )
        )
    return found


def _codes(basis: str) -> tuple[str, ...]:
    return (basis,) if basis else ()
