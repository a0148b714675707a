"""Who heard a case at a sitting that is over, and may read there what was written of it."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.parts import may_read_part
from workflows.model.case import Case
from workflows.model.case_row import case_row
from workflows.model.directory import Member


def record_readers(
    case: Case, work: Work, hears: Mapping[str, Collection[str]] = MappingProxyType({})
) -> dict[str, list[Member]]:
    """Agency id to who answers notices there, of each that reads the case's part of the record of
    a past sitting, as the case stands.

    `hears`: meeting id to the agencies that will hear it there, where that is about to change.
    """
    row, here = case_row(case), work.active_members()
    found: dict[str, list[Member]] = {}
    for meeting in filter(None, map(work.uow.meetings.get, case.past_meeting_ids)):
        item = meeting.item(case.id)
        if item is None:
            continue
        kept = hears.get(meeting.id, item.agency_ids)
        for agency_id in (a for a in item.agency_ids if a in kept):
            theirs = (work.as_member(m) for m in here if m.agency_id == agency_id)
            if any(
                one.may(Action.READ_RECORD, meeting).allowed and may_read_part(meeting, row, one)
                for one in theirs
            ):
                found[agency_id] = work.contacts(agency_id, case)
    return found
