"""Who was told what of a case, when and on which footing: for the person's own request to know.

The lines come from `disclosure_lines.py`; here they are limited to a period, merged, and grouped by
meeting, attendee and by agency.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from workflows.cases.disclosure_lines import Disclosure, all_disclosures
from workflows.cases.merge_cases import merged_cases
from workflows.cases.story import who
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO, NotADate, parse_date
from workflows.meetings.attended import STATED, attendance_of
from workflows.meetings.deciding_meeting import deciding_meeting
from workflows.model.case import Case, WrongPerson
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import meeting_row


@dataclass(frozen=True)
class AgencyAtMeeting:
    """An agency at a meeting: how it came, who had confirmed the secrecy duty when, what it was
    told there. `presence` is empty when nobody stated whether it came."""

    agency: str
    presence: str
    who: str
    sworn: tuple[tuple[str, datetime], ...]
    told: tuple[Disclosure, ...]


@dataclass(frozen=True)
class MeetingDisclosures:
    id: str
    called: str
    bases: tuple[str, ...]
    state: str
    starts_at: datetime | None
    needs_secrecy: bool
    attendees: tuple[AgencyAtMeeting, ...]


@dataclass(frozen=True)
class AgencyDisclosures:
    agency: str
    told: tuple[Disclosure, ...]


@dataclass(frozen=True)
class Disclosures:
    """Agencies in 五十音 order, each with everything it was told; meetings by their time."""

    number: str
    since: date | None
    until: date | None
    agencies: tuple[AgencyDisclosures, ...]
    meetings: tuple[MeetingDisclosures, ...]
    count: int
    merged: tuple[str, ...]  # numbers of the same person's other cases, for who may know of them


@dataclass(frozen=True)
class GetDisclosures(Query[Disclosures]):
    """`since` and `until` are days as typed, both included; empty is open. Raises Invalid.

    Without `names` agencies alone are named: the law lets a town keep staff's names back.
    `printed` puts the printing into the trail. With `former`, the id of a WrongPerson, it is for
    them: what was told until the correction, and looks at what stood about them since.
    """

    case_id: str
    since: str = ""
    until: str = ""
    names: bool = True
    printed: bool = False
    former: str = ""


@handles(GetDisclosures, Action.DISCLOSE, code="get_disclosures")
def get_disclosures(query: GetDisclosures, work: Work) -> Disclosures:
    case = work.case_to_read(query.case_id)
    since, until = _period(query, work)
    if query.printed:
        work.record(
            "disclosures_printed",
            case=case,
            since=since.isoformat() if since else "",
            until=until.isoformat() if until else "",
            names=query.names,
        )
    work.printed = query.printed
    _, before = all_disclosures(case, work)
    about = _concerning(before, case, query.former, work)
    work.show(case, *_shows(t for t in about if _within(t.at, since, until)))
    work.note_looks()  # the look that asks stands among the others
    meetings, found = all_disclosures(case, work)
    about = _concerning(found, case, query.former, work)
    kept = _merged(t for t in about if _within(t.at, since, until))
    if not query.names:
        kept = _merged(replace(t, who="") for t in kept)
    kept = [_in_words(t, work, names=query.names) for t in kept]
    return Disclosures(
        number=case.number,
        since=since,
        until=until,
        agencies=_by_agency(kept, work),
        meetings=tuple(
            _meeting(m, case, kept, work, names=query.names)
            for m in meetings
            if any(t.meeting_id == m.id for t in kept)
        ),
        count=sum(t.times for t in kept),
        merged=() if query.former else _merged_with(case, work),
    )


def _merged_with(case: Case, work: Work) -> tuple[str, ...]:
    both = (case.merged_into, case.merged_from)
    return tuple(m.number for which in both for m in merged_cases(case, which, work))


def _in_words(told: Disclosure, work: Work, *, names: bool) -> Disclosure:
    """Who stated the basis by name, or by agency alone; the meeting by what it is called."""
    footing = told.footing
    if footing.stated_at is None:
        return told
    by = who(footing.stated_by, work, footing.stated_at)
    if not names:
        member = work.uow.directory.member(footing.stated_by)
        at = footing.stated_at
        by = work.agency_name(member.agency_at(at), at) if member else ""
    meeting = deciding_meeting(footing.deciding_meeting_id, work)
    return replace(
        told,
        footing=replace(footing, stated_by=by, deciding_meeting_id=""),
        decided=meeting,
    )


def _concerning(
    found: Iterable[Disclosure], case: Case, former: str, work: Work
) -> Iterator[Disclosure]:
    """The lines that are about whom the disclosure is for. Raises NotFound, NotAllowed."""
    if not former:
        yield from found
        return
    work.must(Action.READ_FORMER, case)
    one = case.wrong_person(former)
    if one is None:
        raise NotFound("not_found.case")
    for told in found:
        kept = tuple(s for s in told.shown if _is_of(one, s, case))
        if told.at <= one.corrected_at:
            yield told
        elif kept:
            yield replace(told, shown=kept)


def _is_of(one: WrongPerson, shown: ShownPart, case: Case) -> bool:
    """Whether this part was about them: what was kept of them, or an earlier version that was
    looked at before it was said whose it is."""
    if shown.part == Part.FORMER:
        return shown.version == one.version
    return (
        shown.part == Part.SHEET
        and shown.version > 0
        and case.wrong_person_at(shown.version) is one
    )


def _shows(listed: Iterable[Disclosure]) -> list[ShownPart]:
    """What the list itself tells: itself, what was asked, and why it was shared beyond consent."""
    lines = list(listed)
    asked = sorted({t.agency_id for t in lines if t.request})
    found = [ShownPart(Part.DISCLOSURES)]
    found += [ShownPart(Part.REQUESTS, fields=tuple(asked))] if asked else []
    return found + ([ShownPart(Part.SHARINGS)] if any(t.footing.reason for t in lines) else [])


def _period(query: GetDisclosures, work: Work) -> tuple[date | None, date | None]:
    days: dict[str, date | None] = {"since": None, "until": None}
    errors = []
    for name in days:
        typed = trimmed(str(getattr(query, name)))
        try:
            days[name] = parse_date(typed, today=work.today, past=True) if typed else None
        except NotADate as wrong:
            errors.append(FieldError(name, wrong.key, wrong.facts))
    since, until = days["since"], days["until"]
    if since and until and until < since:
        errors.append(FieldError("until", "disclosure.order", {}))
    if errors:
        raise Invalid(errors)
    return since, until


def _within(at: datetime, since: date | None, until: date | None) -> bool:
    start = datetime.combine(since, time(), TOKYO) if since else None
    end = datetime.combine(until + timedelta(days=1), time(), TOKYO) if until else None
    return (start is None or start <= at) and (end is None or at < end)


def _merged(found: Iterable[Disclosure]) -> list[Disclosure]:
    """In time order; the same thing told to the same person on one day is one line."""
    lines: dict[Disclosure, Disclosure] = {}
    for one in sorted(found, key=lambda t: t.at):
        day = datetime.combine(one.at.astimezone(TOKYO).date(), time(), TOKYO)
        same = replace(one, at=day, times=0, footing=replace(one.footing, standing=""))
        before = lines.get(same)
        lines[same] = replace(before, times=before.times + one.times) if before else one
    return list(lines.values())


def _by_agency(kept: list[Disclosure], work: Work) -> tuple[AgencyDisclosures, ...]:
    order = [a.id for a in work.uow.directory.agencies()]
    ids = dict.fromkeys([*order, *(t.agency_id for t in kept)])
    groups = [(a, tuple(t for t in kept if t.agency_id == a)) for a in ids]
    # An agency that was renamed since is called what it was called then.
    return tuple(
        AgencyDisclosures("、".join(dict.fromkeys(t.agency for t in told)), told)
        for _, told in groups
        if told
    )


def _meeting(
    meeting: Meeting, case: Case, kept: list[Disclosure], work: Work, *, names: bool
) -> MeetingDisclosures:
    item, slot = meeting.item(case.id), meeting.fixed_slot
    told = [t for t in kept if t.meeting_id == meeting.id]
    heard = item.heard_at(slot.starts_at) if item and slot else item.agency_ids if item else ()
    ids = dict.fromkeys([*heard, *(t.agency_id for t in told)])
    return MeetingDisclosures(
        id=meeting.id,
        called=meeting.called,
        bases=tuple(str(b) for b in meeting.bases),
        state=meeting_row(meeting).state_at(work.now),
        starts_at=slot.starts_at if slot else None,
        needs_secrecy=meeting.needs_secrecy,
        attendees=tuple(_attendee(meeting, a, told, work, names=names) for a in ids),
    )


def _attendee(
    meeting: Meeting, agency_id: str, told: list[Disclosure], work: Work, *, names: bool
) -> AgencyAtMeeting:
    record, slot = meeting.record, meeting.fixed_slot
    how = attendance_of(meeting, record, work).get(agency_id) if record else None
    if how and how.kind not in STATED:
        how = None
    sworn = []
    for member_id, at in meeting.sworn_for.get(agency_id, {}).items():
        member = work.uow.directory.member(member_id)
        if member:
            sworn.append((member.name_at(at) if names else "", at))
    return AgencyAtMeeting(
        agency=work.agency_name(agency_id, slot.starts_at if slot else None),
        presence=how.kind if how else "",
        who=how.who if how and names else "",
        sworn=tuple(sorted(sworn, key=lambda one: one[1])),
        told=tuple(t for t in told if t.agency_id == agency_id),
    )
