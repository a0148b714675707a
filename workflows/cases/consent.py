"""What a change of consent means for the meetings that the case is on: who hears it there no more.

[ours] docs/rules.md 2 and 5. Outside the scope in force, and without a ground stated since, an
agency is told nothing more, whatever an older sharing rested on: at meetings to come it hears the
case no more, and of those that took place it reads the record no more. What was written there
stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.cases.named_list import end_hearing, name_hearers
from workflows.core.work import Work
from workflows.meetings.run import add_invite, take_off_invitation
from workflows.model.case import Case
from workflows.model.meeting import Meeting


@dataclass(frozen=True)
class HearingChange:
    """One meeting with the case on its agenda. `off`: the case falls off it altogether.

    `lost` and `gained` are agencies that hear it there no more, or again; `uninvited` those that
    are left with nothing to come for.
    """

    meeting: Meeting
    off: bool
    hears: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...] = ()
    uninvited: tuple[str, ...] = ()


def hearing_changes(case: Case, work: Work) -> Iterator[HearingChange]:
    """For each meeting, past or coming, what the consent now in force changes."""
    for meeting_id in [*case.live_meeting_ids, *case.past_meeting_ids]:
        meeting = work.uow.meetings.get(meeting_id)
        item = meeting.item(case.id) if meeting else None
        if meeting is None or item is None:
            continue
        begun = meeting.has_begun(work.now)
        before = tuple(item.agency_ids)
        if meeting.needs_consent and not case.has_consent and not begun:
            yield HearingChange(
                meeting,
                True,
                (),
                before,
                (),
                agencies_hearing_nothing(meeting, case.id, before, work),
            )
            continue
        slot = meeting.fixed_slot
        heard = item.heard_at(slot.starts_at) if begun and slot else item.chosen
        # Whom the organiser took off since is not brought back by what the person says.
        after = tuple(a for a in heard if a in item.chosen and case.covers(a))
        if meeting.needs_consent and not case.has_consent:
            after = ()
        lost = tuple(a for a in before if a not in after)
        gained = tuple(a for a in after if a not in before)
        if lost or gained:
            idle = () if begun else agencies_hearing_nothing(meeting, case.id, lost, work)
            yield HearingChange(meeting, False, after, lost, gained, idle)


def agencies_hearing_nothing(
    meeting: Meeting, case_id: str, lost: tuple[str, ...], work: Work
) -> tuple[str, ...]:
    """Invited agencies that hear no case of the meeting any more and do not run it."""
    runs = {
        work.seats.agency_of(meeting.organiser_id, meeting.organiser_agency_id),
        work.seats.agency_of(meeting.chair_id, meeting.chair_agency_id),
    }
    others = {a for i in meeting.agenda if i.case_id != case_id for a in i.agency_ids}
    idle = [a for a in lost if a not in others and a not in runs and meeting.invite(a)]
    if len(idle) == len(meeting.invites):  # a meeting to which nobody comes is for its organiser
        return ()
    return tuple(idle)


def apply_consent_to_meetings(case: Case, work: Work) -> None:
    """Bring the consent now in force to every meeting that has the case on its agenda."""
    for found in list(hearing_changes(case, work)):
        change = work.meeting(found.meeting.id)
        if found.off:
            take_off_agenda(case, change, "consent", work)
        else:
            _follow(case, change, found, work)
        if change.is_live and not change.has_begun(work.now):
            _tell_organiser(case, change, found, work)
        for agency_id in found.uninvited:
            _uninvite(case, change, agency_id, work)


def _uninvite(case: Case, meeting: Meeting, agency_id: str, work: Work) -> None:
    """It comes again when the person names it again: see `_follow`."""
    invite, item = meeting.invite(agency_id), meeting.item(case.id)
    take_off_invitation(meeting, agency_id, work)
    if invite and item:
        item.uninvited[agency_id] = invite.required
        item.chosen = [*item.chosen, agency_id]


def take_off_agenda(case: Case, meeting: Meeting, why: str, work: Work) -> None:
    """Take the case off an agenda to come; what was prepared and chosen there stays written."""
    meeting.taken_off += [i for i in meeting.agenda if i.case_id == case.id]
    meeting.agenda = [i for i in meeting.agenda if i.case_id != case.id]
    meeting.entry_touched_at = work.now
    case.live_meeting_ids.remove(meeting.id)
    case.off_agenda_at = work.now
    end_hearing(case, meeting.id, work)
    work.record("taken_off_agenda", case=case, meeting=meeting, why=why)


def _follow(case: Case, meeting: Meeting, found: HearingChange, work: Work) -> None:
    item = meeting.item(case.id)
    assert item is not None  # noqa: S101 - hearing_changes found it
    item.choose(item.chosen, found.hears, work.now)
    for agency_id in found.gained:
        if meeting.invite(agency_id) is None and agency_id in item.uninvited:
            add_invite(meeting, agency_id, item.uninvited.pop(agency_id), [case], work)
        elif case.is_restricted:
            name_hearers(case, meeting.id, agency_id, work)
    for agency_id in found.lost:
        end_hearing(case, meeting.id, work, agency_id)
    work.record(
        "scope_followed",
        case=case,
        meeting=meeting,
        lost=list(found.lost),
        gained=list(found.gained),
    )


def _tell_organiser(case: Case, meeting: Meeting, found: HearingChange, work: Work) -> None:
    """Those that hear it again are told; those that do no more hear it of their part as a whole
    (parts_ended.py), and the chair here."""
    once = f"{meeting.id}:{case.id}:{case.sheet_version}"
    organisers = work.organiser(meeting, case)
    if found.off:
        work.tell("taken_off_agenda", organisers, once=once, case=case, meeting=meeting)
        ids = {m.id for m in organisers}
        work.tell(
            "case_off_agenda",
            [m for m in work.chair(meeting) if m.id not in ids],
            once=once,
            facts={"number": case.number, "kind": meeting.called},
            meeting=meeting,
        )
        return
    work.tell(
        "scope_followed",
        organisers,
        once=once,
        facts={
            "kind": meeting.called,
            "lost": [work.agency_name(a) for a in found.lost],
            "gained": [work.agency_name(a) for a in found.gained],
            "nowhere": [work.agency_name(a) for a in found.uninvited],
        },
        case=case,
        meeting=meeting,
    )
    for agency_id in found.gained:
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}:{case.sheet_version}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )
