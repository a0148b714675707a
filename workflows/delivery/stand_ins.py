"""What goes to a member who is away goes to who stands in for them as well.

Who that is, is asked at the moment at which it goes: not when it was written, which may have been
before anybody said that they are away. Nobody is told by this what they may not be told by
themselves: where that leaves nobody, the coordinators hear of it, once.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from workflows.core.messages import Command, handles
from workflows.core.permissions import IN_TOWN, Action, Standing
from workflows.core.unreadable import readable
from workflows.core.work import Work
from workflows.delivery.hidden_numbers import may_name_hidden_case, without_hidden
from workflows.japanese.dates import TOKYO
from workflows.model.case_row import CaseRow
from workflows.model.directory import Absence, Member, Role
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import EMERGENCY, IN_PLACE_OF, Fact, Notice, new_notice_id, rank_of
from workflows.model.successors import Successors
from workflows.promises.ladder import ASKED_FOR_TOMORROW, MANY_REMINDERS, REMINDERS, Tell

NOBODY_STANDS_IN: Final = "nobody_stands_in"
# Told to who stands in: it begins, and lasts until another day or is over (`until` is "" then).
BEGUN: Final = "absence_begun"
CHANGED: Final = "absence_changed"
# Facts beside IN_PLACE_OF: the id of who is away, and the last day.
HOLDER: Final = "holder"
AWAY_UNTIL: Final = "away_until"
# About a case, but meant for that one person: what they asked for themselves, what was decided
# about them.
PERSONAL: Final = frozenset({"case_asked", "member_named", NOBODY_STANDS_IN})
_REMINDERS: Final = REMINDERS | {MANY_REMINDERS}
_OFFICES: Final = {str(Tell.COORDINATOR): Role.COORDINATOR, str(Tell.MANAGER): Role.MANAGER}
# Names a second case, and whose it is: to coordinators as such.
_TO_COORDINATORS: Final = "same_person"


def is_shared(notice: Notice) -> bool:
    """Whether it is one that who stands in has to hear: about a case or a meeting, and not for one
    person alone. What is on its way to a chat or by mail was shared in the house; of that reminders
    alone are looked at again."""
    if notice.key == MANY_REMINDERS:
        return True
    return (
        bool(notice.case_id or notice.meeting_id)
        and notice.key not in PERSONAL
        and ASKED_FOR_TOMORROW not in notice.dedupe_key
        and IN_PLACE_OF not in notice.facts
        and (not notice.via or notice.key in REMINDERS)
    )


def is_quiet(notice: Notice) -> bool:
    """[ours] Whether it lies in the inbox of who is away without ringing in their chat or mail: a
    reminder, or the card that counts them, once somebody else has it. 緊急 rings always."""
    return notice.key in _REMINDERS and rank_of(notice) != EMERGENCY


@dataclass(frozen=True)
class NotifyStandIns(Command[bool]):
    """Give what goes to a member who is away to those who stand in for them, too.

    Answers whether anybody but them hears of it. A second time the same changes nothing.
    """

    notice: Notice


@handles(NotifyStandIns, Action.KEEP_TIME, code="notify_stand_ins")
def notify_stand_ins(command: NotifyStandIns, work: Work) -> bool:
    return tell_stand_ins(command.notice, work)


def tell_stand_ins(notice: Notice, work: Work) -> bool:
    member = work.uow.directory.member(notice.member_id)
    absence = member.absence_on(work.today) if member else None
    if member is None or absence is None or not is_shared(notice):
        return False
    if notice.key == MANY_REMINDERS:  # each was given to them before it was counted
        return bool(deputies_to_tell(member, work.seats, work))
    case = work.uow.cases.row(notice.case_id) if notice.case_id else None
    meeting = work.uow.meetings.row(notice.meeting_id) if notice.meeting_id else None
    copies = [
        (_copy(notice, member, absence, one, meeting, work), as_deputy)
        for one in deputies_to_tell(member, work.seats, work)
        if _may_be_told(notice, case, meeting, as_deputy := work.as_member(one))
    ]
    told = [copy for copy, as_deputy in copies if without_hidden([copy], as_deputy)]
    for copy in told:
        work.uow.outbox.put(copy)
    by_office = _office_of(notice) and not (case and case.restricted)
    if told or by_office or not _holds_something(member, case or meeting, work):
        return bool(told)
    return _tell_coordinators(notice, member, absence, case, meeting, work)


def deputies_to_tell(member: Member, seats: Successors, work: Work) -> list[Member]:
    """Who hears what goes to somebody who is away: who stands in, else the contacts of the agency;
    in place of its only contact everybody of it."""
    ids = seats.deputies(member.id)
    here = [
        m
        for m in work.active_members()
        if m.agency_id == member.agency_id and m.id != member.id and m.id not in seats.away
    ]
    if ids:
        return [m for m in here if m.id in ids]
    windows = [m for m in here if m.is_contact]
    return windows or (here if member.is_contact else [])


def _may_be_told(
    notice: Notice, case: CaseRow | None, meeting: MeetingRow | None, as_deputy: Work
) -> bool:
    office = _office_of(notice)
    if office and office not in as_deputy.me.roles:
        return False
    if case:
        shut_out = may_name_hidden_case(notice, case, as_deputy) and not case.restricted
        return shut_out or as_deputy.may(Action.SEE_CASE, case).allowed
    return bool(meeting and as_deputy.may(Action.SEE_MEETING, meeting).allowed)


def _office_of(notice: Notice) -> Role | None:
    """The office to all of whom it goes, beside the one who is away."""
    if notice.key == _TO_COORDINATORS:
        return Role.COORDINATOR
    return _OFFICES.get(str(notice.facts.get("rung", "")))


def _copy(  # noqa: PLR0917 -- of what, from whom, to whom
    notice: Notice,
    member: Member,
    absence: Absence,
    deputy: Member,
    meeting: MeetingRow | None,
    work: Work,
) -> Notice:
    """The same notice for who stands in, known by what it is: whoever has it has it once."""
    base = notice.dedupe_key.removesuffix(f":{notice.via}") if notice.via else notice.dedupe_key
    facts = {**notice.facts, **_in_place_of(member, absence)}
    if meeting and isinstance(numbers := facts.get("numbers"), list):
        known = work.numbers_for(deputy, meeting)
        facts["numbers"] = [n for n in numbers if n in known]
    return replace(
        notice,
        id=new_notice_id(work.now),
        member_id=deputy.id,
        dedupe_key=base.removesuffix(member.id) + deputy.id,
        facts=facts,
        via="",
        instead="",
        if_refused="",
        created_at=work.now,
        not_before=work.days.notice_time(work.now, notice.urgent),
    )


def _in_place_of(member: Member, absence: Absence) -> dict[str, Fact]:
    return {
        IN_PLACE_OF: member.name,
        HOLDER: member.id,
        AWAY_UNTIL: absence.until_on.isoformat(),
    }


def in_place_facts(holder_id: str, work: Work) -> dict[str, Fact]:
    """What is said with what the acting member does for `holder_id`, who is away; else nothing."""
    holder = work.uow.directory.member(holder_id) if holder_id else None
    if holder is None or not work.seats.is_deputy_of(work.me.id, holder_id):
        return {}
    return _in_place_of(holder, work.seats.away[holder_id])


def stands_in_still(notice: Notice, work: Work) -> bool:
    """Whether the acting member, if they were told it in somebody's place or that they stand in,
    still does."""
    if _lasts_until(notice):
        return _told_absence(notice, work) is not None
    holder = str(notice.facts.get(HOLDER, ""))
    if not holder:
        return True
    deputies = work.seats.deputies(holder)
    return holder in work.seats.away and (not deputies or work.me.id in deputies)


def stands_in_until(notice: Notice) -> datetime | None:
    """The moment at which who was told it in somebody's place does not stand in any more."""
    until = str(notice.facts.get(AWAY_UNTIL) or _lasts_until(notice))
    if not until:
        return None
    return datetime.combine(date.fromisoformat(until) + timedelta(days=1), time(), TOKYO)


def is_told_of_another_absence(notice: Notice, work: Work) -> bool:
    """Whether that somebody stands in is so no more, or until another day than it says."""
    until = _lasts_until(notice)
    if not until:
        return False
    one = _told_absence(notice, work)
    return one is None or one.until_on.isoformat() != until


def _lasts_until(notice: Notice) -> str:
    """The last day that is told to who stands in; "" where it tells none."""
    return str(notice.facts.get("until", "")) if notice.key in {BEGUN, CHANGED} else ""


def _told_absence(notice: Notice, work: Work) -> Absence | None:
    """The absence of today that it tells of, if its receiver still stands in."""
    found = (
        one
        for m in work.active_members()
        for one in m.absences
        if one.id == notice.facts.get("absence")
    )
    return next(
        (one for one in found if one.is_on(work.today) and notice.member_id in one.told), None
    )


def _holds_something(member: Member, subject: CaseRow | MeetingRow | None, work: Work) -> bool:
    """Whether they were told for what they or their agency have to do with it, not for an office
    that others hold too."""
    mine = work.as_member(member).standings(subject)
    return bool(mine - IN_TOWN - {Standing.NAMED, Standing.COVERED})


def _tell_coordinators(  # noqa: PLR0917 -- of what, of whose
    notice: Notice,
    member: Member,
    absence: Absence,
    case: CaseRow | None,
    meeting: MeetingRow | None,
    work: Work,
) -> bool:
    about = notice.case_id or notice.meeting_id
    whole = next(readable([meeting.id] if meeting else [], work.uow.meetings), None)
    if meeting and whole is None:
        return False  # whoever has to do with one that cannot be read hears of it elsewhere
    found = work.coordinators(case) if case or not meeting else work.coordinators_of(meeting)
    to = [m for m in found if m.id != member.id and m.id not in work.seats.away]
    work.tell(
        NOBODY_STANDS_IN,
        to,
        once=f"{absence.id}:{about}",
        facts=absence_facts(member, absence, work),
        case=case,
        meeting=whole,
        urgent=notice.urgent,
    )
    return bool(to)


def absence_facts(member: Member, absence: Absence, work: Work) -> dict[str, Fact]:
    """Who is away, of which agency, and until when."""
    return {
        "name": member.name,
        "agency": work.agency_name(member.agency_id),
        "until": absence.until_on.isoformat(),
    }
