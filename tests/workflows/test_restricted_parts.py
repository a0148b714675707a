"""Restriction × every part an agency can have × every change of consent.

Who of the whole town reads, is told, is listed; and that neither opens what the other shut.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, MANAGER, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_consent_ends_parts import (
    CHANGES,
    PARTS,
    case_with,
    is_listed,
    records_read,
    sees,
    written,
)
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.name_members import NameMember
from workflows.core.errors import NotAllowed, NotFound
from workflows.inbox.inbox import GetInbox
from workflows.meetings.views import GetMeeting

COLLEAGUE = "M27"  # of A14, as ELDERLY is
Part = Callable[[TownHall, str], None]


def members(hall: TownHall) -> list[str]:
    """Everybody in office."""
    today = hall.desk.now().date()
    with hall.database.open() as unit:
        return [m.id for m in unit.directory.members() if m.is_active(today)]


def readers(hall: TownHall, case_id: str) -> set[str]:
    return {m for m in members(hall) if sees(hall, case_id, m)}


def knows(hall: TownHall, case_id: str, member_id: str) -> list[str]:
    """Where somebody meets the case or what was said of it."""
    case, found = hall.case(case_id), []
    if is_listed(hall, case_id, member_id):
        found.append("list")
    inbox = hall.desk.ask(GetInbox(), member_id)
    if case.number in str(inbox):
        found.append("inbox")
    if records_read(hall, case_id, member_id):
        found.append("record")
    for meeting_id in [*case.live_meeting_ids, *case.past_meeting_ids]:
        try:
            seen = hall.desk.ask(GetMeeting(meeting_id), member_id)
        except (NotFound, NotAllowed):
            continue
        if case.number in str(seen) or case_id in str(seen):
            found.append("meeting")
    try:
        hall.desk.ask(GetDisclosures(case_id), member_id)
        found.append("disclosure")
    except (NotFound, NotAllowed):
        pass
    return found


def restrict(hall: TownHall, case_id: str) -> None:
    hall.edit(case_id, danger="yes")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_restricted_case_is_there_for_the_named_alone(hall: TownHall, part: Part) -> None:
    """Of those who read it before, the named go on; nobody else of the town meets it anywhere, is
    told anything of it, and nothing that was written is gone."""
    case_id = case_with(hall, part)
    before = readers(hall, case_id)
    case = hall.case(case_id)
    meetings = [*case.live_meeting_ids, *case.past_meeting_ids]
    words = written(hall, case_id, meetings)
    restrict(hall, case_id)
    named = set(hall.case(case_id).named_member_ids)
    assert readers(hall, case_id) == before & named
    assert COORDINATOR in before & named
    told_before = len(hall.notices())
    hall.clock.move(days=30)
    hall.keep_promises()
    for member_id in members(hall):
        if member_id not in named:
            assert knows(hall, case_id, member_id) == [], member_id
    told = {n.member_id for n in hall.notices()[told_before:] if n.case_id == case_id}
    overseers = {MANAGER, "M25"}  # by its number alone, that it waits
    assert told <= named | overseers
    for word in ("みどりの屋根", "金曜に魚", "庭の柿"):
        assert (word in words) == (word in written(hall, case_id, meetings)), word


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_being_named_opens_nothing_that_consent_shut(
    hall: TownHall, part: Part, change: str
) -> None:
    """Whom the person leaves out reads, lists and is owed nothing, named or not; lifted again by
    two, the restriction gives nothing of it back."""
    case_id = case_with(hall, part)
    restrict(hall, case_id)
    for member_id in {ELDERLY, COLLEAGUE} - set(hall.case(case_id).named_member_ids):
        hall.desk.handle(NameMember(case_id, member_id, True), COORDINATOR)
    hall.consent(case_id, **CHANGES[change])
    for member_id in (ELDERLY, COLLEAGUE):
        assert not sees(hall, case_id, member_id)
        assert knows(hall, case_id, member_id) == []
    assert not [p for p in hall.promises(case_id) if p.agency_id == "A14"]
    assert readers(hall, case_id) <= set(hall.case(case_id).named_member_ids)
    assert COORDINATOR in readers(hall, case_id), "somebody answers for it"
    hall.unrestrict(case_id)
    for member_id in (ELDERLY, COLLEAGUE):
        assert not sees(hall, case_id, member_id)
        assert knows(hall, case_id, member_id) == []
    assert {COORDINATOR, OTHER_COORDINATOR} <= readers(hall, case_id)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_who_agrees_again_to_an_agency_names_nobody_who_was_taken_off(
    hall: TownHall, part: Part
) -> None:
    """Taken off by hand, shut out, named in the consent again: the part is back, the person of
    that agency who must not read it is not."""
    case_id = case_with(hall, part)
    restrict(hall, case_id)
    named: list[tuple[str, bool]] = [(COLLEAGUE, True), (ELDERLY, False)]
    for member_id, to in named:
        if (member_id in hall.case(case_id).named_member_ids) != to:
            hall.desk.handle(NameMember(case_id, member_id, to), COORDINATOR)
    before = hall.case(case_id).agency_ids().get("A14")
    agreed: dict[str, Any] = {**CHANGES["narrower"], "consent_scope": ["A14", "A17"]}
    hall.consent(case_id, **CHANGES["narrower"])
    hall.consent(case_id, **agreed)
    assert hall.case(case_id).agency_ids().get("A14") == before
    assert not sees(hall, case_id, ELDERLY)
    assert knows(hall, case_id, ELDERLY) == []
    assert sees(hall, case_id, COLLEAGUE)
    assert sees(hall, case_id, DISABILITY) == (DISABILITY in hall.case(case_id).named_member_ids)
