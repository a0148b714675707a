"""本人同意: what recording an answer would do, said before it is recorded."""

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from workflows.cases.consent import HearingChange, hearing_changes
from workflows.cases.parts_ended import EndedPart, ended_parts
from workflows.cases.record_consent import (
    FIELDS,
    ConsentAnswer,
    agencies_shut_out,
    answer_of,
    keep_grounds,
)
from workflows.cases.refer import must_be_open
from workflows.cases.related import cases_merged_into
from workflows.cases.who_sees import TO_CONFIRM, who_reads
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Raw
from workflows.meetings.record_readers import record_readers
from workflows.model.case import Case
from workflows.model.case_row import case_row
from workflows.model.meeting_row import MeetingRow


@dataclass(frozen=True)
class MeetingEffect:
    """What becomes of the case at one meeting; agencies by name. `held`: it took place already,
    and what was written there stays. `uninvited` come no more, and are told."""

    meeting_id: str
    called: str
    held: bool
    off: bool
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    uninvited: tuple[str, ...]


@dataclass(frozen=True)
class PartEffect:
    """What one agency has in the case that counts no more. `drafts` its people cannot open."""

    agency: str
    led: bool
    waited: bool
    roles: int
    drafts: int


@dataclass(frozen=True)
class Effects:
    """What recording it would do; names of agencies in 五十音 order.

    `answering` answers for the case from then on, where that changes, else "".
    """

    changes: bool
    lose: tuple[str, ...]
    lose_record: tuple[str, ...]  # heard it at a past sitting alone, and read its record no more
    gain: tuple[str, ...]
    after_confirming: tuple[str, ...]  # read it again once they confirm the secrecy duty
    go_on: tuple[str, ...]  # are told further, on the ground stated
    parts: tuple[PartEffect, ...]
    answering: str
    meetings: tuple[MeetingEffect, ...]
    lose_merged: tuple[str, ...] = ()  # read the cases that were merged into it no more


@dataclass(frozen=True)
class PreviewConsent(Query[Effects]):
    """What recording this answer would do. Raises Invalid as the recording would, for the same
    fields."""

    case_id: str
    raw: Raw
    reason: str = ""
    goes_on: tuple[str, ...] = ()


@handles(PreviewConsent, Action.EDIT_SHEET, code="preview_consent")
def preview_consent(query: PreviewConsent, work: Work) -> Effects:
    found = work.case_to_read(query.case_id)
    must_be_open(found)
    answer = answer_of(found, query.raw, query.reason, query.goes_on, work)
    after = _as_recorded(found, answer, work)
    changes = list(hearing_changes(after, work)) if answer.is_new or answer.goes_on else []
    live = list(work.uow.meetings.rows_of(found.live_meeting_ids).values())
    reading = who_reads(case_row(found), live, work)
    still = who_reads(
        case_row(_as_named(after, changes, work)), _as_followed(after, live, changes), work
    )
    reads, will_read = _reads(reading), _reads(still)
    heard = record_readers(found, work).keys() - _will_read_records(after, changes, work)
    stays = after.answering_agency_id == found.answering_agency_id
    return Effects(
        changes=any(found.sheet.get(f) != answer.values.get(f) for f in FIELDS)
        or bool(answer.goes_on),
        lose=_names(reading.keys() - still.keys(), work),
        lose_record=_names(heard - reading.keys() - still.keys(), work),
        gain=_names(will_read - reads, work),
        after_confirming=_names(reads & (still.keys() - will_read), work),
        go_on=_names(set(answer.goes_on), work),
        parts=tuple(_part(one, found, work) for one in ended_parts(found, after)),
        answering="" if stays else work.agency_name(after.answering_agency_id),
        meetings=tuple(_meeting(one, work) for one in changes),
        lose_merged=_names(_lose_merged(found, after, work) if answer.is_new else (), work),
    )


def _lose_merged(case: Case, after: Case, work: Work) -> set[str]:
    merged = cases_merged_into(case, work, change=False)
    return {agency_id for ended in merged for agency_id in agencies_shut_out(after, ended)}


def _will_read_records(
    after: Case, changes: Iterable[HearingChange], work: Work
) -> Collection[str]:
    return record_readers(after, work, {c.meeting.id: c.hears for c in changes}).keys()


def _as_recorded(case: Case, answer: ConsentAnswer, work: Work) -> Case:
    after = deepcopy(case)
    after.sheet = answer.values
    if answer.is_new:
        after.consents.append(answer.consent)
        keep_grounds(case, after)
    for agency_id in answer.goes_on:
        after.state_ground(agency_id, answer.ground, work.me.id, work.now)
    return after


def _as_named(after: Case, changes: Iterable[HearingChange], work: Work) -> Case:
    """Whoever is named on a restricted case for a hearing, once some end and others begin."""
    for change in changes:
        for agency_id in change.lost:
            after.end_naming(change.meeting.id, agency_id)
        for agency_id in change.gained if after.is_restricted else ():
            people = [m.id for m in work.contacts(agency_id)]
            after.name_to_hear(change.meeting.id, agency_id, people)
    return after


def _as_followed(
    after: Case, live: Iterable[MeetingRow], changes: Iterable[HearingChange]
) -> list[MeetingRow]:
    """The live meetings as recording it leaves them."""
    changed = {change.meeting.id: change for change in changes}
    found = []
    for row in live:
        change = changed.get(row.id)
        if change is None:
            found.append(row)
        elif not change.off:
            found.append(replace(row, agenda={**row.agenda, after.id: change.hears}))
    return found


def _reads(readers: Mapping[str, str]) -> set[str]:
    return {a for a, why in readers.items() if why != TO_CONFIRM}


def _part(one: EndedPart, case: Case, work: Work) -> PartEffect:
    agencies = {m.id: m.agency_id for m in work.active_members()}
    drafts = sum(
        d.subject == case.number and agencies.get(d.member_id) == one.agency_id
        for d in work.uow.drafts.of_everybody()
    )
    return PartEffect(work.agency_name(one.agency_id), one.led, one.waited, one.roles, drafts)


def _meeting(one: HearingChange, work: Work) -> MeetingEffect:
    return MeetingEffect(
        meeting_id=one.meeting.id,
        called=one.meeting.called,
        held=one.meeting.has_begun(work.now),
        off=one.off,
        lost=_names(one.lost, work),
        gained=_names(one.gained, work),
        uninvited=_names(one.uninvited, work),
    )


def _names(agency_ids: Iterable[str], work: Work) -> tuple[str, ...]:
    wanted = set(agency_ids)
    return tuple(a.name for a in work.uow.directory.agencies() if a.id in wanted)
