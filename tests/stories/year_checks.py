"""What has to hold after every week of the year, whoever did or left undone whatever."""

import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from storage.tables import outbox
from tests.stories.year_town import Person, Year
from tests.support.mail import text_of
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from workflows.model.case import Case
from workflows.model.directory import Role
from workflows.reminders.combine import COMBINED

LISTS: Final = {
    COORDINATOR: ("/", "/desk", "/cases", "/meetings", "/digest"),
    OTHER_COORDINATOR: ("/desk?who=all",),
    MANAGER: ("/", "/digest"),
    ADMINISTRATOR: ("/", "/admin", "/admin/audit", "/directory"),
    CHAIR: ("/", "/meetings"),
    CLERK: ("/", "/cases/new", "/cases"),
    ELDERLY: ("/", "/cases", "/meetings"),
    OUTSIDER: ("/", "/cases", "/meetings"),
}
READERS: Final = (*LISTS, DISABILITY, LIVELIHOOD)
ROOMS: Final = ("", "/record", "/hearing"), ("/answer", "/attend", "/access")
EACH_WEEK: Final = 3  # cases that each reader opens, in turn
SILENT: Final = timedelta(days=21)  # so long nobody may be left without a word about what is late
BETWEEN_CHECKS: Final = timedelta(days=110)  # three months, and the days around it


def check_week(year: Year) -> None:
    """All five promises of the story, for this week; of the two that take many pages, one in turn:
    what they would find stays as it is for longer than a week.
    """
    for person in year.ledger.people.values():
        case = year.hall.case(year.id_of(person.case_number))
        if case.is_open:
            somebody_answers(year, case)
    nothing_is_said_that_nobody_said(year)
    no_mail_says_a_word(year)
    if year.week % 2:
        nobody_reads_what_they_were_not_chosen_for(year)
    else:
        no_page_fails(year)


def somebody_answers(year: Year, case: Case) -> None:
    """An agency with people in it answers for the case; something is promised next, and whatever
    is late somebody heard of lately."""
    with year.hall.database.open() as unit:
        agency = unit.directory.agency(case.answering_agency_id)
        here = [m for m in unit.directory.members() if m.is_active(year.now().date())]
    assert agency is not None
    assert agency.is_active(year.now().date()), case.number
    assert [m for m in here if m.agency_id == agency.id], (case.number, agency.id)
    promises = year.hall.promises(case.id)
    for meeting_id in case.live_meeting_ids:
        promises += year.hall.promises(meeting_id)
    assert promises, f"{case.number}: nobody has promised anything, week {year.week}"
    if case.opened_at + timedelta(days=7) > year.now():
        return
    late = [p for p in promises if p.due_at + timedelta(days=7) < year.now()]
    heard = [
        item.delivered_at
        for member in here
        for item in year.mailbox(member.id)
        if item.notice.case_id == case.id or item.notice.meeting_id in case.live_meeting_ids
    ] + counted_in_one(year, case)
    assert heard, f"{case.number}: nobody ever heard"
    silent = year.now() - max(heard)
    kinds = [str(p.kind) for p in late]
    allowed = SILENT if late else BETWEEN_CHECKS
    assert silent < allowed, f"{case.number}: {kinds} late, silent {silent.days} days"


def counted_in_one(year: Year, case: Case) -> list[datetime]:
    """When reminders about this case came among others in one card that counts them."""
    about = outbox.c.case_id == case.id
    about |= outbox.c.meeting_id.in_(list(case.live_meeting_ids))
    joined = select(outbox.c.created_at).where(about, outbox.c.error == COMBINED)
    with year.hall.database.engine.connect() as connection:
        return list(connection.execute(joined).scalars())


def nothing_is_said_that_nobody_said(year: Year) -> None:
    """Records and what goes to the person say who came as the writer saw it; the digest counts
    those as open whom nobody had closed by then, and closes no case by itself."""
    people = [*year.ledger.people.values()]
    if people:
        disclosure_says_what_was_said(year, people[year.week % len(people)])
    with year.hall.database.open() as unit:
        days = unit.digests.days()
        digest = unit.digests.get(days[-1]) if days else None
    today = year.now().date().isoformat()  # after a closed Monday it comes later
    if digest is not None and digest["on"] == today and year.open_before is not None:
        counts = digest["counts"]
        assert isinstance(counts, dict)
        told = (year.week, digest["on"], counts["open"], year.open_before)
        assert counts["open"] == year.open_before, told
    year.open_before = sum(not person.closed for person in people)
    for meeting_id, came in year.ledger.came.items():
        record = year.hall.meeting(meeting_id).record
        assert record is not None
        for agency, how in record.attended.items():
            assert how.kind == came.get(agency, ""), (meeting_id, agency, how)
    for person in people:
        closed = not year.hall.case(year.id_of(person.case_number)).is_open
        assert closed is person.closed, person.case_number


def disclosure_says_what_was_said(year: Year, person: Person) -> None:
    """「出席」 stands beside those agencies alone of whom a writer said so."""
    text = year.seat(COORDINATOR).text(f"/cases/{person.case_number}/disclosures")
    plain = re.sub(r"<[^>]+>", " ", text)
    stated = sum(
        how == "present"
        for meeting_id, came in year.ledger.came.items()
        if year.case_of(meeting_id) == person.case_number
        for how in came.values()
    )
    assert len(re.findall(r"\s出席(?:（[^）]*）)?。", plain)) <= stated, person.case_number


def nobody_reads_what_they_were_not_chosen_for(year: Year) -> None:
    """Each reader opens some cases in turn: the mark of a person stands there only for those who
    coordinate, wrote it, or were chosen."""
    people = [*year.ledger.people.values()]
    with year.hall.database.open() as unit:
        members = {m.id: m for m in unit.directory.members()}
    for place, member_id in enumerate(READERS):
        member = members[member_id]
        if not member.is_active(year.now().date()):
            continue
        for step in range(min(EACH_WEEK, len(people))):
            person = people[(year.week // 2 * EACH_WEEK + place + step) % len(people)]
            case = year.hall.case(year.id_of(person.case_number))
            answer = year.seat(member_id).get(f"/cases/{person.case_number}")
            assert answer.status_code in (200, 302, 403, 404), (member_id, person.case_number)
            if person.mark not in answer.text:
                continue
            mine = member.agency_id
            named = not case.is_restricted or member_id in case.named_member_ids
            part = mine in person.chosen or mine in (case.writer_agency_id, case.lead_agency_id)
            part = part or any(r.agency_id == mine for r in case.roles)
            assert named, f"{member_id} reads the restricted {case.number}"
            assert Role.COORDINATOR in member.roles or part, (
                f"{member_id} of {mine} reads {case.number} and was not chosen"
            )


def no_mail_says_a_word(year: Year) -> None:
    """Of the mails of the last day; older ones are let go of by themselves."""
    for path in year.post.glob("*.eml"):
        told = text_of(path.read_bytes())
        year.mails_read += 1
        assert not [p.case_number for p in year.ledger.people.values() if p.mark in told]


def no_page_fails(year: Year) -> None:
    """The pages that each role opens; those of one case and one meeting in turn."""
    for member_id, pages in LISTS.items():
        for page in pages:
            answer = year.seat(member_id).get(page)
            assert answer.status_code in (200, 302, 403), (year.week, member_id, page)
    if year.ledger.heard:
        meetings = [*dict.fromkeys(m for m, _ in year.ledger.heard)]
        meeting_id = meetings[year.week // 2 % len(meetings)]
        for member_id in (COORDINATOR, CHAIR, ELDERLY, OUTSIDER):
            for room in ROOMS[year.week // 2 % 2]:
                answer = year.seat(member_id).get(f"/meetings/{meeting_id}{room}")
                assert answer.status_code < 500, (year.week, member_id, meeting_id, room)
