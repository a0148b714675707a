"""What a change of consent means: for meetings already planned, for a basis recorded before."""

from collections.abc import Iterable

from workflows.cases.model import Case
from workflows.cases.named_list import end_hearing, name_hearers
from workflows.checking import text
from workflows.forms import Value
from workflows.meetings.consent_gate import agencies_allowed_to_hear
from workflows.meetings.model import Meeting
from workflows.work import Work

BASIS = ("unconsented_basis", "unconsented_reason")


def stated_anew(values: dict[str, Value], case: Case) -> dict[str, Value]:
    """The sheet's values; when they withdraw consent, without a basis that was there before.

    [ours] rules.md 3: why it is shared against what the person says now is decided now. Whoever
    goes on sharing without consent states the basis or the reason anew in the same saving.
    """
    turns = text(values, "consent") == "withdrawn" and case.consent != "withdrawn"
    if not turns or any(text(values, f) != text(case.sheet, f) for f in BASIS):
        return values
    return {name: value for name, value in values.items() if name not in BASIS}


def consent_changed(case: Case, work: Work) -> None:
    """Planned meetings on a footing that needs consent (rules.md 2): take the case off without
    it, and let those attend for it that were chosen and that it covers now."""
    for meeting_id in list(case.live_meeting_ids):
        meeting = work.meeting(meeting_id)
        if not meeting.needs_consent:
            continue
        if case.has_consent:
            _follow_scope(case, meeting, work)
            continue
        item = meeting.item(case.id)
        meeting.agenda = [i for i in meeting.agenda if i.case_id != case.id]
        meeting.entry_touched_at = work.now
        case.live_meeting_ids.remove(meeting_id)
        work.record("taken_off_agenda", case=case, meeting=meeting, why="consent")
        case.off_agenda_at = work.now
        work.tell(
            "taken_off_agenda",
            work.organiser(meeting, case),
            once=f"{meeting.id}:{case.id}:{case.sheet_version}",
            case=case,
            meeting=meeting,
        )
        _tell_the_others(case, meeting, item.agency_ids if item else [], work)
        end_hearing(case, meeting_id, work)


def _tell_the_others(case: Case, meeting: Meeting, heard: Iterable[str], work: Work) -> None:
    """Agencies that were to hear it, and the chair: some may not see the case any more, its number
    they knew. So the card belongs to the meeting alone."""
    people = [m for agency_id in heard for m in work.contacts(agency_id, case)]
    people += work.chair(meeting)
    organisers = {m.id for m in work.organiser(meeting, case)}
    work.tell(
        "case_off_agenda",
        [m for m in people if m.id not in organisers],
        once=f"{meeting.id}:{case.id}:{case.sheet_version}",
        facts={"number": case.number, "kind": meeting.called},
        meeting=meeting,
    )


def _follow_scope(case: Case, meeting: Meeting, work: Work) -> None:
    """Who attends for the case follows the consent; the organiser is told of what it changes."""
    item = meeting.item(case.id)
    if item is None:
        return
    before, chosen = item.agency_ids, item.agencies_chosen
    after = agencies_allowed_to_hear(case, chosen, meeting.bases)
    lost = [a for a in before if a not in after]
    gained = [a for a in after if a not in before]
    if not lost and not gained:
        return
    item.choose(chosen, after)
    for agency_id in gained if case.is_restricted else ():
        name_hearers(case, meeting.id, agency_id, work)
    for agency_id in lost:
        end_hearing(case, meeting.id, work, agency_id)
    work.record("scope_followed", case=case, meeting=meeting, lost=lost, gained=gained)
    nowhere = [a for a in lost if not any(a in i.agency_ids for i in meeting.agenda)]
    work.tell(
        "scope_followed",
        work.organiser(meeting, case),
        once=f"{meeting.id}:{case.id}:{case.sheet_version}",
        facts={
            "kind": meeting.called,
            "lost": [work.agency_name(a) for a in lost],
            "gained": [work.agency_name(a) for a in gained],
            "nowhere": [work.agency_name(a) for a in nowhere],
        },
        case=case,
        meeting=meeting,
    )
    for agency_id in gained:
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}:{case.sheet_version}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )
