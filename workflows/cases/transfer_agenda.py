"""Meetings to come of a case that ends: another case of the same person takes its place there."""

from workflows.cases.consent import agencies_hearing_nothing, take_off_agenda
from workflows.cases.obligations import NOT_COVERED, NOT_THERE, Obligation, carried_from
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.agenda import add_to_agenda
from workflows.meetings.consent_gate import agencies_allowed_to_hear, consent_gate
from workflows.meetings.run import take_off_invitation
from workflows.model.case import Case
from workflows.model.meeting import AgendaItem, Meeting


def begun_meetings(case: Case, work: Work) -> tuple[Meeting, ...]:
    """Meetings on the case that took place and whose record is not confirmed yet."""
    live = [m for m in map(work.uow.meetings.get, case.live_meeting_ids) if m]
    return tuple(m for m in live if m.has_begun(work.now))


def hearings_of(meeting: Meeting, item: AgendaItem, other: Case, work: Work) -> list[Obligation]:
    """An `Obligation` for each agency that was to hear the case there: can it hear `other`?

    [ours] A restricted case comes to a sitting by hand alone: whoever puts it there names who sees
    it.
    """
    slot = meeting.fixed_slot
    due = slot.starts_at if slot else meeting.answer_by
    there = meeting.item(other.id)
    if there:
        goes, hears = True, list(there.agency_ids)
    else:
        covered = [a for a in item.agency_ids if other.covers(a)]
        hears = agencies_allowed_to_hear(other, covered, meeting.bases)
        goes = not other.is_restricted and not consent_gate(other, meeting.bases, item.reason)
        goes = goes and bool(hears) and _runners_may(meeting, other, work)

    def why_not(agency_id: str) -> str:
        if goes and agency_id in hears:
            return ""
        return NOT_THERE if other.covers(agency_id) else NOT_COVERED

    return [Obligation("meeting", meeting.id, a, due, why_not(a)) for a in item.agency_ids]


def _runners_may(meeting: Meeting, other: Case, work: Work) -> bool:
    """Whether those who run it read the other case, or are covered there: they hear all of it."""
    return all(
        other.covers(m.agency_id) or work.as_member(m).may(Action.READ_CASE, other).allowed
        for m in work.runners(meeting)
    )


def transfer_agenda_item(
    case: Case, other: Case, meeting: Meeting, things: list[Obligation], work: Work
) -> None:
    """The other case takes the place on the agenda, where it can; else this one only leaves."""
    item = meeting.item(case.id)
    assert item is not None  # noqa: S101 - it was found there
    at, was_there = meeting.agenda.index(item), meeting.item(other.id) is not None
    mine = [o for o in things if o.kind == "meeting" and o.item_id == meeting.id]
    hears = [o.agency_id for o in mine if not o.why_not]
    lost = tuple(o.agency_id for o in mine if o.why_not)
    take_off_agenda(case, meeting, "merged", work)
    takes_place = bool(hears) and not was_there
    if takes_place:
        add_to_agenda(meeting, other, hears, work, item.reason)
        new = meeting.agenda.pop()
        new.came = carried_from(case, work)
        meeting.agenda.insert(at, new)
    once, called = f"{meeting.id}:{case.id}:merged:{work.now.isoformat()}", meeting.called
    idle = agencies_hearing_nothing(meeting, case.id, lost, work)
    for agency_id in idle:
        take_off_invitation(meeting, agency_id, work)
    off = {"number": case.number, "kind": called}
    for agency_id in (a for a in lost if a not in idle):
        work.tell("case_not_heard", work.contacts(agency_id, case), once=once, facts=off,
                  meeting=meeting)  # fmt: skip
    runners = [m for m in work.runners(meeting) if m.id != work.me.id]
    if not takes_place:
        work.tell("case_off_agenda", runners, once=once, facts=off, meeting=meeting)
        return
    told = [*runners, *(m for a in hears for m in work.contacts(a, other))]
    on = {"kind": called, "before": case.number}
    work.tell("case_on_agenda", told, once=once, facts=on, case=other, meeting=meeting)
