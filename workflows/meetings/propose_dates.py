"""Candidate dates from open days, office hours and what the invitees have fixed already.

[ours] docs/rules.md 21: three weeks ahead where possible; a week when it is 至急, the next open day
when it is 緊急. Three emergency sittings are offered a day, otherwise one a day.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.case import urgency_known
from workflows.model.meeting import MeetingState

DATES_PROPOSED = 5
LOOK_AHEAD = 120  # days: whoever has no free hour in four months is asked by telephone
AHEAD = {"emergency": 0, "urgent": 7, "normal": 21}  # days until the first proposal
ANSWER_WITHIN = {"emergency": 0, "urgent": 2, "normal": 5}  # open days
_USUAL = (time(14), time(10), time(15, 30), time(13), time(11))
_EMERGENCY = (time(10), time(13, 30), time(15, 30))


@dataclass(frozen=True)
class BusyTime:
    """A fixed meeting in which somebody who is needed here sits."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class ProposedDates:
    slots: tuple[datetime, ...]
    answer_by: date


@dataclass(frozen=True)
class ProposeDates(Query[ProposedDates]):
    """`again`: how often other dates were asked for; `urgency`: the highest on the agenda."""

    required: tuple[str, ...]
    chair_id: str
    minutes: int
    urgency: str = "normal"
    again: int = 0


@handles(ProposeDates, Action.CONVENE, code="propose_dates")
def propose_dates(query: ProposeDates, work: Work) -> ProposedDates:
    busy = busy_times({*query.required}, {query.chair_id, work.me.id}, work)
    urgency = urgency_known(query.urgency)
    answer_by = answer_by_of(urgency, work.now, work.days)
    slots = proposals(
        first_day(urgency, answer_by, work.today, work.days),
        query.minutes,
        urgency,
        busy,
        work.days,
    )
    wanted = [s for _, s in zip(range(DATES_PROPOSED * (query.again + 1)), slots, strict=False)]
    return ProposedDates(tuple(wanted[DATES_PROPOSED * query.again :]), answer_by)


def busy_times(agency_ids: Collection[str], people: Collection[str], work: Work) -> list[BusyTime]:
    """When a required agency, the chair or the organiser sits in another meeting already."""
    return [
        BusyTime(row.starts_at, row.ends_at)
        for row in work.uow.meetings.rows()
        if row.state is MeetingState.FIXED
        and row.starts_at
        and row.ends_at
        and (
            not set(agency_ids).isdisjoint(row.agencies)
            or not set(people).isdisjoint((row.chair_id, row.organiser_id))
        )
    ]


def answer_by_of(urgency: str, now: datetime, days: OpenDays) -> date:
    """The last day for answers: an emergency's is today while the office is open."""
    within = ANSWER_WITHIN[urgency]
    if within:
        return days.add_open_days(now.date(), within)
    still = days.at_closing(now.date()) - now > timedelta(hours=1)
    return now.date() if still else days.next_open(now.date(), including=False)


def first_day(urgency: str, answer_by: date, today: date, days: OpenDays) -> date:
    """The first day to propose: far enough ahead, and after the answers are in."""
    wished = days.next_open(today + timedelta(days=AHEAD[urgency]))
    return max(wished, days.next_open(answer_by, including=False))


def proposals(
    first: date, minutes: int, urgency: str, busy: Collection[BusyTime], days: OpenDays
) -> Iterator[datetime]:
    """Free times from `first` on, morning and afternoon by turns; never on a closed day."""
    length = timedelta(minutes=minutes)
    turn = 0
    for ahead in range(LOOK_AHEAD):
        day = first + timedelta(days=ahead)
        if not days.is_open(day):
            continue
        free = [
            starts
            for at in _times(urgency, turn)
            if (starts := datetime.combine(day, at, TOKYO)) + length <= days.at_closing(day)
            and not any(b.starts_at < starts + length and starts < b.ends_at for b in busy)
        ]
        if urgency == "emergency":
            yield from free
        elif free:
            yield free[0]
        turn += 1


def _times(urgency: str, turn: int) -> tuple[time, ...]:
    if urgency == "emergency":
        return _EMERGENCY
    afternoon, morning, *rest = _USUAL
    return (morning, afternoon, *rest) if turn % 2 else (afternoon, morning, *rest)
