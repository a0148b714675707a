"""Open days changed: what is owed is derived anew, and deadlines leave a day that closed.

The town's calendar is compared by the clock, not asked for with every request: when it is another
than the one that was followed last (a day closed or opened on the town's page, a newer list of
holidays after a restart, those of one more year), every case, meeting and request that somebody
owes something on is gone through once, each in a transaction of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.unreadable import CASE, MEETING, readable
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.case import Case, CaseState, Urgency
from workflows.model.directory import Town
from workflows.model.meeting import Meeting
from workflows.promises.derive import derive_promises
from workflows.requests.kept import save_request

REQUEST: Final = "request"
NOTICES: Final = "notices:waiting"  # the key of what waits for a morning
HOLIDAY_YEARS: Final = 4  # from last year on; those of the next follow when a year is over


@dataclass(frozen=True)
class CalendarChange:
    """What there is to go through: `keys` name what waits for a morning, and each case, meeting
    and request that somebody owes something on. `stamp` stands for the open days: for other days
    it is another one."""

    stamp: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class GetCalendarChange(Query[CalendarChange]):
    """What to go through after the open days changed; nothing while they are those of `known`."""

    known: str = ""


@handles(GetCalendarChange, Action.KEEP_TIME, code="get_calendar_change")
def get_calendar_change(query: GetCalendarChange, work: Work) -> CalendarChange:
    stamp = stamp_of(work.uow.directory.town(), work.days, work.today)
    if stamp == query.known:
        return CalendarChange(stamp)
    # Also a suspended case is asked about: see cases/still_needed.py.
    waiting = [r for r in work.uow.cases.each_row() if r.state is not CaseState.CLOSED]
    cases = [f"{CASE}:{row.id}" for row in waiting if not row.broken]
    meetings = [f"{MEETING}:{row.id}" for row in work.uow.meetings.rows() if not row.broken]
    requests = [f"{REQUEST}:{one.id}" for one in work.uow.requests.all() if not one.answer]
    return CalendarChange(stamp, (NOTICES, *cases, *meetings, *requests))


def stamp_of(town: Town, days: OpenDays, today: date) -> str:
    """The town's own days and the holidays of the years around, as a digest (64 hex digits)."""
    years = range(today.year - 1, today.year + HOLIDAY_YEARS)
    parts = [" ".join(sorted(map(str, d))) for d in (town.closed_days, town.opened_days)]
    return sha256("/".join([*parts, _holidays_of(days.holiday_name, years)]).encode()).hexdigest()


@lru_cache(maxsize=4)  # asked at every tick
def _holidays_of(holiday_name: Callable[[date], str | None], years: range) -> str:
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return " ".join(str(day) for day in every if holiday_name(day))


@dataclass(frozen=True)
class RecalculateDueTimes(Command[bool]):
    """Derive what is owed on one case, meeting or request from the open days as they are now; or
    let what was to come on a morning that closed come on the next open one.

    `key` is one of a CalendarChange.

    A deadline that stands on one of the town's closed days moves to the next open day: of a reply,
    and of the answers for a meeting's dates where that still lies before the first of them. It
    comes back when the day opens again.
    Answers whether one moved.
    """

    key: str


@handles(RecalculateDueTimes, Action.KEEP_TIME, code="follow_calendar")
def follow_calendar(command: RecalculateDueTimes, work: Work) -> bool:
    if command.key == NOTICES:
        return _leave_closed_mornings(work)
    kind, _, subject_id = command.key.partition(":")
    if kind == REQUEST:
        if request := work.uow.requests.get(subject_id, change=True):
            save_request(request, work)  # what is owed on it is derived with it
        return False  # its day is by law
    if kind == CASE:
        case = work.case(subject_id)
        moved = _reply_deadlines(case, work)
        if moved:
            work.record("deadline_moved", case=case, to=max(moved).isoformat())
        derive_promises(case, work)
    else:
        meeting = work.meeting(subject_id)
        moved = _answer_deadline(meeting, work)
        if moved:
            work.record("deadline_moved", meeting=meeting, to=max(moved).isoformat())
        derive_promises(meeting, work)
    return bool(moved)


def _leave_closed_mornings(work: Work) -> bool:
    """A card that says when its reader is reminded again is drawn anew."""
    waits, readers = work.uow.waits, set[str]()
    for morning in waits.mornings(work.now):
        if not work.days.is_open(morning.astimezone(TOKYO).date()):
            readers |= waits.postpone(morning, work.days.notice_time(morning))
    work.uow.posts.stale(work.now, cards_of=sorted(readers))
    return bool(readers)


def _reply_deadlines(case: Case, work: Work) -> list[datetime]:
    """Of referrals that wait; an emergency is answered on closed days too."""
    if case.urgency is Urgency.EMERGENCY:
        return []
    moved = []
    for referral in case.referrals:
        if not referral.waits:
            continue
        asked = referral.reply_by_at_first or referral.reply_by
        wanted = _off_closed_day(asked, work) or asked
        if wanted <= work.now:  # what has passed meanwhile does not come back
            wanted = _off_closed_day(referral.reply_by, work) or referral.reply_by
        if wanted != referral.reply_by:
            referral.reply_by_at_first, referral.reply_by = asked, wanted
            moved.append(wanted)
    return moved


def _answer_deadline(meeting: Meeting, work: Work) -> list[datetime]:
    """Move the answer deadline, if it stays before the first candidate date; or back to what was
    chosen."""
    if not meeting.asks_for_dates:
        return []
    asked = meeting.answer_by_at_first or meeting.answer_by
    wanted = _off_closed_day(asked, work) or asked
    if wanted <= work.now:  # what has passed meanwhile does not come back
        wanted = _off_closed_day(meeting.answer_by, work) or meeting.answer_by
    coming = [s.starts_at for s in meeting.slots if s.starts_at > work.now]
    if wanted == meeting.answer_by or not coming or wanted >= min(coming):
        return []
    meeting.answer_by_at_first, meeting.answer_by = asked, wanted
    return [wanted]


def _off_closed_day(moment: datetime, work: Work) -> datetime | None:
    """Closing time of the next open day, if `moment` is ahead and on a day the town closed; else
    None."""
    day = moment.astimezone(TOKYO).date()
    closed = work.uow.directory.town().closed_days
    if moment <= work.now or day not in closed or work.days.is_open(day):
        return None
    return work.days.at_closing(work.days.next_open(day))


def tell_of_closed_days(before: Work, work: Work) -> list[tuple[str, datetime]]:
    """Tell whoever runs a meeting that one of its dates or its deadline is now on a closed day.

    `before` knows the open days as they were, `work` as they are. Answers with (meeting id, its
    date) of the meetings whose date is fixed.
    """

    def closes(moment: datetime) -> bool:
        day = moment.astimezone(TOKYO).date()
        return moment > work.now and before.days.is_open(day) and not work.days.is_open(day)

    fixed: list[tuple[str, datetime]] = []
    live = (row.id for row in work.uow.meetings.rows())
    for meeting in readable(live, work.uow.meetings):
        slot = meeting.fixed_slot
        offered = [s.starts_at for s in meeting.slots] if meeting.asks_for_dates else []
        dates = [at for at in ([slot.starts_at] if slot else offered) if closes(at)]
        asks = meeting.asks_for_dates and closes(meeting.answer_by)
        if not dates and not asks:
            continue
        fixed += [(meeting.id, at) for at in dates if slot]
        _tell(meeting, dates, asks, work)
    return sorted(fixed, key=lambda found: found[1])


def _tell(meeting: Meeting, dates: Iterable[datetime], asks: bool, work: Work) -> None:
    found = sorted(at.isoformat() for at in dates)
    deadline = meeting.answer_by.isoformat() if asks else ""
    work.tell(
        "date_closed",
        work.runners(meeting),
        once=f"{meeting.id}:{meeting.sequence}:{' '.join(found)}:{deadline}",
        facts={
            "dates": found,
            "fixed": meeting.fixed_slot is not None,
            "answer_by": deadline,
        },
        meeting=meeting,
    )
