"""Who may see a case and why: the permission table asked for everybody, so that it is no secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workflows.cases.ground_statement import GroundStatement, ground_statement
from workflows.core.permissions import NEEDS, Action, Standing, decide
from workflows.core.standings import standings_to_case
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Member
from workflows.model.meeting_row import MeetingRow

# Who reads by the person's word, or by a ground stated in its place.
_ON_CONSENT: Final = frozenset(
    f"why.{s}" for s in (*(s for s in NEEDS if NEEDS[s] is Standing.COVERED), Standing.LEAD_AGENCY)
)
TO_CONFIRM: Final = "denied.confirm_secrecy_first"  # shut only until they confirm the duty


@dataclass(frozen=True)
class ViewerGroup:
    """One agency's people who may see the case for one reason; `reads` the content, or not.
    `stated`: who said why it is told beyond consent, where that is what it reads on."""

    agency_name: str
    people: tuple[str, ...]
    reason: str
    reads: bool
    stated: GroundStatement | None = None


@dataclass(frozen=True)
class NamedMember:
    member_id: str
    name: str
    agency_name: str


def who_sees(case: Case, work: Work, as_if: CaseRow | None = None) -> tuple[ViewerGroup, ...]:
    """By agency in 五十音 order: those who read the content first, then those who see the state.

    `as_if`: its line as it would be after a change.
    """
    row = as_if or case_row(case)
    meetings = [m for m in map(work.uow.meetings.row, row.live_meeting_ids) if m]
    groups: dict[tuple[bool, str, str, str, str], list[Member]] = {}
    agencies = {a.id: a for a in work.uow.directory.agencies()}
    here = work.active_members()
    for member in here:
        standings = standings_to_case(member, row, meetings, work.seats)
        seen = decide(Action.SEE_CASE, standings, restricted=row.restricted)
        if not seen.allowed:
            continue
        read = decide(Action.READ_CASE, standings, restricted=row.restricted)
        reason = read.reason if read.allowed else seen.reason
        agency = agencies.get(member.agency_id)
        key = (
            not read.allowed,
            agency.kana if agency else "",
            work.agency_name(member.agency_id),
            reason,
            member.agency_id if read.allowed and reason in _ON_CONSENT else "",
        )
        groups.setdefault(key, []).append(member)
    return tuple(
        ViewerGroup(
            key[2],
            tuple(m.name for m in sorted(people, key=_kana)),
            key[3],
            not key[0],
            ground_statement(case, key[4], work) if key[4] and key[4] not in case.scope else None,
        )
        for key, people in sorted(groups.items(), key=lambda one: one[0])
    )


def _kana(member: Member) -> str:
    return member.kana


def who_reads(
    row: CaseRow,
    meetings: Iterable[MeetingRow],
    work: Work,
    members: Iterable[Member] | None = None,
) -> dict[str, str]:
    """Agency id to why somebody of it reads the content: `why.…`, else TO_CONFIRM.

    `meetings` are the live ones of the case, as they stand or as they would after a change: so
    whatever says who reads no more says what the permission table will. `members`: these alone.
    """
    live = list(meetings)
    found: dict[str, str] = {}
    for member in work.active_members() if members is None else members:
        standings = standings_to_case(member, row, live, work.seats)
        decision = decide(Action.READ_CASE, standings, restricted=row.restricted)
        if decision.allowed and found.get(member.agency_id, TO_CONFIRM) == TO_CONFIRM:
            found[member.agency_id] = decision.reason
        elif decision.reason == TO_CONFIRM:
            found.setdefault(member.agency_id, TO_CONFIRM)
    return found


def split_by_access(
    case: Case, agency_ids: Iterable[str], work: Work
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Of these agencies, as things stand now: who reads the content no more, and who goes on and
    why, as `who_reads` says it. By names."""
    row = case_row(case)
    live = work.uow.meetings.rows_of(row.live_meeting_ids)
    reads = who_reads(row, live.values(), work)
    asked = list(agency_ids)
    return (
        tuple(work.agency_name(a) for a in asked if a not in reads),
        tuple((work.agency_name(a), reads[a]) for a in asked if a in reads),
    )


def named_members(case: Case, work: Work) -> tuple[NamedMember, ...]:
    found = [m for m in map(work.uow.directory.member, case.named_member_ids) if m]
    return tuple(
        NamedMember(m.id, m.name, work.agency_name(m.agency_id)) for m in sorted(found, key=_kana)
    )
