"""Everything that was told of a case, line by line: from the record and from the audit trail.

From the record what each agency was asked, and who sat in a meeting, where things are told without
opening anything; from the trail every look at content.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workflows.cases.footing import Footing, footing_of
from workflows.cases.model import Case
from workflows.meetings.attended import CAME, attendance_of, run_by
from workflows.meetings.model import Meeting
from workflows.permissions import Standing
from workflows.ports import Event
from workflows.work import Work

READ = "read."
# What was asked for where the look alone does not say it: the names of queries and commands.
_CONSENTS = frozenset({"GetConsents", "RecordConsent", "PreviewConsent"})
_PREPARATION = frozenset({"GetPreparations", "SavePreparation"})
_BY_KIND = {"read.find_person": "search", "read.disclose": "disclosures"}


@dataclass(frozen=True)
class Told:
    """Something that an agency, or `who` of it, was told; `times` counts a day's repeats.

    `what` is request, case, consents, search, disclosures, sitting, record or preparation.
    `fields` are ids of what was filled in on the form (`sheet` or `record`); a version is 0 where
    there was none. `request` and the footing's reason are class H.
    """

    at: datetime
    agency_id: str
    agency: str
    who: str
    door: str
    what: str
    footing: Footing
    form: str = ""
    sheet_version: int = 0
    plan_version: int = 0
    fields: tuple[str, ...] = ()
    request: str = ""
    meeting_id: str = ""
    times: int = 1


def all_told(case: Case, work: Work) -> tuple[list[Meeting], list[Told]]:
    """The meetings that had the case on their agenda, and every line, in no order."""
    events = work.uow.events.of_case(case.id)
    meetings = _meetings(case, events, work)
    found = [*_requests(case, work), *_sittings(case, meetings, work)]
    found += _looks(case, events, meetings, work)
    for meeting in meetings:
        found += _looks_at_meeting(case, meeting, work)
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


def _requests(case: Case, work: Work) -> list[Told]:
    return [
        Told(
            at=one.asked_at,
            agency_id=one.agency_id,
            agency=work.agency_name(one.agency_id, one.asked_at),
            who="",
            door="",
            what="request",
            footing=footing_of(case, one.agency_id, one.asked_at),
            request=one.request,
            sheet_version=_version_at(case, one.asked_at),
        )
        for one in case.referrals
    ]


def _sittings(case: Case, meetings: list[Meeting], work: Work) -> list[Told]:
    """Who came was told there what the record holds, also without ever opening it."""
    found = []
    for meeting in meetings:
        record, item, slot = meeting.record, meeting.item(case.id), meeting.fixed_slot
        if record is None or item is None or slot is None or not record.saved_at:
            continue
        written = tuple(f for f, value in record.cases.get(case.id, {}).items() if value)
        heard = {*item.agency_ids, *_run_for(case, meeting, work)}
        for agency_id, how in attendance_of(meeting, record, work).items():
            if how.kind not in CAME or agency_id not in heard:
                continue
            found.append(
                Told(
                    at=slot.starts_at,
                    agency_id=agency_id,
                    agency=work.agency_name(agency_id, slot.starts_at),
                    who=how.who,
                    door="",
                    what="sitting",
                    footing=footing_of(case, agency_id, slot.starts_at, meetings=[meeting]),
                    form="record",
                    fields=written,
                    meeting_id=meeting.id,
                )
            )
    return found


def _run_for(case: Case, meeting: Meeting, work: Work) -> list[str]:
    """The agencies of chair and organiser, who hear every case that they may see (rules.md 7)."""
    return [
        agency_id
        for agency_id, members in run_by(meeting, work).items()
        if not case.is_restricted or members & set(case.named_member_ids)
    ]


def _version_at(case: Case, at: datetime) -> int:
    return 1 + sum(edit.at <= at for edit in case.sheet_edits)


# -- what the trail tells -------------------------------------------------------------------------


def _looks(case: Case, events: Iterable[Event], meetings: list[Meeting], work: Work) -> list[Told]:
    # What was read of a meeting is told by _looks_at_meeting.
    looks = [e for e in events if e.kind.startswith(READ) and e.actor_id and not e.meeting_id]
    filled = {case.sheet_version: tuple(f for f, v in case.sheet.items() if v not in ("", []))}
    for event in looks:
        fields, version = event.facts.get("fields"), event.facts.get("sheet")
        if isinstance(fields, list) and isinstance(version, int):
            filled[version] = tuple(map(str, fields))
    found = []
    for event in looks:
        agency_id = _agency_of(event, work)
        attended = _attended(case, agency_id, event.at, meetings)
        heard = attended if event.basis in ("sworn", "attendee") else []
        asked = str(event.facts.get("asked", ""))
        what = _BY_KIND.get(event.kind) or ("consents" if asked in _CONSENTS else "case")
        version = event.facts.get("sheet") or _version_at(case, event.at)
        whole = what == "case" and isinstance(version, int)
        plan = event.facts.get("plan")
        found.append(
            Told(
                at=event.at,
                agency_id=agency_id,
                agency=work.agency_name(agency_id, event.at),
                who=work.member_name(event.actor_id, event.at),
                door=event.door,
                what=what,
                footing=footing_of(
                    case,
                    agency_id,
                    event.at,
                    standing=_standing(event),
                    member_id=event.actor_id,
                    meetings=heard,
                ),
                form="sheet" if whole else "",
                sheet_version=version if isinstance(version, int) and whole else 0,
                fields=filled.get(version, ()) if isinstance(version, int) and whole else (),
                plan_version=plan if isinstance(plan, int) and whole else 0,
                meeting_id=heard[0].id if heard else "",
            )
        )
    return found


def _looks_at_meeting(case: Case, meeting: Meeting, work: Work) -> list[Told]:
    """Looks at the record and the preparations by those who attend for this case, or run it."""
    item = meeting.item(case.id)
    record = meeting.record
    runs = {meeting.organiser_id, meeting.chair_id, record.writer_id if record else ""}
    found = []
    for event in work.uow.events.of_meeting(meeting.id):
        if not event.kind.startswith(READ) or not event.actor_id:
            continue
        agency_id = _agency_of(event, work)
        shown = event.case_id == case.id
        if not event.door:  # before the trail named the cases that were shown
            shown = event.actor_id in runs or bool(item and agency_id in item.agency_ids)
        if not shown or (item and event.at < item.at):
            continue
        asked = str(event.facts.get("asked", ""))
        found.append(
            Told(
                at=event.at,
                agency_id=agency_id,
                agency=work.agency_name(agency_id, event.at),
                who=work.member_name(event.actor_id, event.at),
                door=event.door,
                what="preparation" if asked in _PREPARATION else "record",
                footing=footing_of(
                    case,
                    agency_id,
                    event.at,
                    standing=_standing(event),
                    member_id=event.actor_id,
                    meetings=[meeting],
                ),
                meeting_id=meeting.id,
            )
        )
    return found


def _standing(event: Event) -> str:
    return event.basis if event.basis in list(Standing) else ""


def _agency_of(event: Event, work: Work) -> str:
    """The agency for which somebody looked, as it was then."""
    noted = event.facts.get("agency")
    if isinstance(noted, str) and noted:
        return noted
    member = work.uow.directory.member(event.actor_id or "")
    return member.agency_id if member else ""
