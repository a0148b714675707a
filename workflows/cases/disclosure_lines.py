"""Everything that was told of a case, line by line: from the record and from the audit trail.

From the record what each agency was asked, and who sat in a meeting, where things are told without
opening anything; from the trail every look at content
with what it showed (looks.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from workflows.cases.disclosure_basis import DisclosureBasis, disclosure_basis_of
from workflows.cases.lines import reads_carried
from workflows.cases.story import agency_of
from workflows.core.looks import OF_AGENCIES, Part, ShownPart, filled, shown_in
from workflows.core.permissions import Standing
from workflows.core.ports import Event
from workflows.core.work import Work
from workflows.meetings.attended import CAME, attendance_of, running_agencies
from workflows.meetings.deciding_meeting import DecidingMeeting
from workflows.model.case import Case
from workflows.model.meeting import Meeting

READ = "read."


@dataclass(frozen=True)
class Disclosure:
    """Something that an agency, or `who` of it, was told; `times` counts a day's repeats.

    `what` is request, sitting or look. `shown` are the parts that stood on the page, or were
    talked about. `request` and the footing's reason are class H.
    """

    at: datetime
    agency_id: str
    agency: str
    who: str
    door: str
    what: str
    footing: DisclosureBasis
    shown: tuple[ShownPart, ...] = ()
    printed: bool = False
    sheet_version: int = 0  # which a request let be read
    request: str = ""
    meeting_id: str = ""
    times: int = 1
    decided: DecidingMeeting | None = None  # the meeting that decided the footing's basis


def all_disclosures(case: Case, work: Work) -> tuple[list[Meeting], list[Disclosure]]:
    """The meetings that had the case on their agenda, and every line, in no order."""
    events = work.uow.events.of_case(case.id)
    meetings = _meetings(case, events, work)
    found = [*_requests(case, work), *_sittings(case, meetings, work)]
    by_id = {m.id: m for m in meetings}
    for event in events:
        if event.kind.startswith(READ) and event.actor_id:
            found += _look(case, event, by_id, work)
    return meetings, found


def _meetings(case: Case, events: Iterable[Event], work: Work) -> list[Meeting]:
    """Every meeting that had the case on its agenda, cancelled ones too, in their order."""
    ids = [e.meeting_id for e in events if e.kind == "put_on_agenda" and e.meeting_id]
    ids += [*case.past_meeting_ids, *case.live_meeting_ids]
    found = [m for m in map(work.uow.meetings.get, dict.fromkeys(ids)) if m]
    return sorted(found, key=lambda m: m.fixed_slot.starts_at if m.fixed_slot else m.created_at)


def _attended(case: Case, agency_id: str, at: datetime, meetings: list[Meeting]) -> list[Meeting]:
    """The meetings at which the agency attends for the case, put on by then; the newest first."""
    return [
        m
        for m in reversed(meetings)
        if (item := m.item(case.id)) and item.at <= at
        if agency_id in (*item.agency_ids, *item.left)
    ]


# -- what the record tells ------------------------------------------------------------------------


def _requests(case: Case, work: Work) -> list[Disclosure]:
    return [
        Disclosure(
            at=one.told_at,
            agency_id=one.agency_id,
            agency=work.agency_name(one.agency_id, one.told_at),
            who="",
            door="",
            what="request",
            footing=disclosure_basis_of(case, one.agency_id, one.told_at),
            request=one.request if reads_carried(case, one, work) else "",
            sheet_version=_version_at(case, one.told_at),
        )
        for one in case.referrals
    ]


def _sittings(case: Case, meetings: list[Meeting], work: Work) -> list[Disclosure]:
    """Who came was told there what the record holds, also without ever opening it.

    Who came is what somebody stated: an agency that was absent, or of which nobody said that it
    came, was told nothing there.
    """
    found = []
    for meeting in meetings:
        record, item, slot = meeting.record, meeting.item(case.id), meeting.fixed_slot
        if record is None or item is None or slot is None or not record.saved_at:
            continue
        confirmed = record.confirmed_at is not None
        written = filled(record.cases.get(case.id, {}))
        said = ShownPart(Part.RECORD, record.version, written, confirmed)
        heard = {*item.heard_at(slot.starts_at), *_run_for(case, meeting, work)}
        for agency_id, how in attendance_of(meeting, record, work).items():
            if how.kind not in CAME or agency_id not in heard:
                continue
            found.append(
                Disclosure(
                    at=slot.starts_at,
                    agency_id=agency_id,
                    agency=work.agency_name(agency_id, slot.starts_at),
                    who=how.who,
                    door="",
                    what="sitting",
                    footing=disclosure_basis_of(
                        case, agency_id, slot.starts_at, meetings=[meeting]
                    ),
                    shown=(said,) if written else (),
                    meeting_id=meeting.id,
                )
            )
    return found


def _run_for(case: Case, meeting: Meeting, work: Work) -> list[str]:
    """The agencies of chair and organiser, who hear every case that they may see.

    docs/rules.md 7.
    """
    return [
        agency_id
        for agency_id, members in running_agencies(meeting, work).items()
        if not case.is_restricted or members & set(case.named_member_ids)
    ]


def _version_at(case: Case, at: datetime) -> int:
    return 1 + sum(edit.at <= at for edit in case.sheet_edits)


# -- what the trail tells -------------------------------------------------------------------------


def _look(
    case: Case, event: Event, meetings: Mapping[str, Meeting], work: Work
) -> list[Disclosure]:
    """One look at the case, or at its part of a meeting; none when it showed nothing of it."""
    shown = shown_in(event.facts)
    if not shown:
        return []
    agency_id = agency_of(event)
    at_meeting = meetings.get(event.meeting_id or "")
    if at_meeting:
        heard = [at_meeting]
    elif event.basis in ("sworn", "attendee"):
        heard = _attended(case, agency_id, event.at, list(meetings.values()))
    else:
        heard = []
    return [_told_by_look(case, event, shown, heard, work)]


def _told_by_look(
    case: Case,
    event: Event,
    shown: tuple[ShownPart, ...],
    heard: list[Meeting],
    work: Work,
) -> Disclosure:
    agency_id = agency_of(event)
    return Disclosure(
        at=event.at,
        agency_id=agency_id,
        agency=work.agency_name(agency_id, event.at),
        who=work.member_name(event.actor_id, event.at),
        door=event.door,
        what="look",
        footing=disclosure_basis_of(
            case,
            agency_id,
            event.at,
            standing=_standing(event),
            member_id=event.actor_id,
            meetings=heard,
        ),
        shown=_in_names(shown, event.at, work),
        printed=event.facts.get("printed") is True,
        meeting_id=heard[0].id if heard else "",
    )


def _in_names(shown: Iterable[ShownPart], at: datetime, work: Work) -> tuple[ShownPart, ...]:
    """Agencies by what they were called then, in place of their ids."""
    return tuple(
        replace(one, fields=tuple(work.agency_name(a, at) for a in one.fields))
        if one.part in OF_AGENCIES
        else one
        for one in shown
    )


def _standing(event: Event) -> str:
    return event.basis if event.basis in list(Standing) else ""
