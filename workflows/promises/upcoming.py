"""What happens when nobody keeps a promise: whom the clock tells, and when, as its page says it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.core.ports import StandingPromise
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.model.case import Case
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow, meeting_row
from workflows.model.promise import Promise, PromiseKind, asked_too_late
from workflows.promises.ladder import AGAIN, AGAIN_EVERY, Tell, next_rungs
from workflows.promises.promise_line import NO_WORK, PromiseLine, promise_line

NAMED: Final = "named"
ORGANISER: Final = "organiser"


@dataclass(frozen=True)
class UpcomingNotices:
    """`steps` are moments, each with codes of page.what_next.whom; `goes_on`: after the last one
    it is told again and again until it is done, or until the day `ends_on`, on which a later check
    takes the place of this one."""

    steps: tuple[tuple[datetime, tuple[str, ...]], ...] = ()
    goes_on: bool = False
    ends_on: date | None = None


def upcoming_notices(
    standing: StandingPromise,
    work: Work,
    *,
    restricted: bool = False,
    meeting: MeetingRow | None = None,
    ends_on: date | None = None,
) -> UpcomingNotices:
    """The steps to come of a promise: of a `restricted` case, or of this meeting; of a check those
    before the day of the one after it, `ends_on`."""
    promise = standing.promise
    if standing.next_at is None:
        return UpcomingNotices()
    starts_at = meeting.starts_at if meeting else None
    first_at = max(standing.next_at, work.now)
    found = [
        (step.at, whom)
        for step in next_rungs(promise, standing.step, first_at, work.days)
        if not asked_too_late(promise, starts_at, step.at)
        and (ends_on is None or _day(step.at) < ends_on)
        and (whom := _whom(step.tells, promise, restricted, meeting))
    ]
    goes_on = bool(found) and promise.kind in AGAIN
    if goes_on and ends_on is not None:
        goes_on = work.days.add_open_days(_day(found[-1][0]), AGAIN_EVERY) < ends_on
    return UpcomingNotices(tuple(found), goes_on, ends_on)


def next_check_on(promise: Promise, case: Case) -> date | None:
    """The day of the check after this one: from then on the earlier one is not asked about any
    more (followups/keep.py). None for what is no check, or the last one."""
    if promise.kind is not PromiseKind.FOLLOW_UP:
        return None
    waits = {f.id: f.due_on for f in case.follow_ups if f.waits}
    mine = waits.get(promise.item_id)
    return min((on for on in waits.values() if mine is not None and on > mine), default=None)


def _day(at: datetime) -> date:
    return at.astimezone(TOKYO).date()


def _whom(
    tells: tuple[Tell, ...], promise: Promise, restricted: bool, meeting: MeetingRow | None
) -> tuple[str, ...]:
    """As `receivers` in followups/keep.py finds them: of a restricted case the named in place of
    coordinators and managers; of a meeting who convened it, unless they owe it themselves."""
    found: list[str] = []
    for tell in tells:
        if restricted and tell in (Tell.COORDINATOR, Tell.MANAGER):
            found.append(NAMED)
        elif meeting and tell is Tell.COORDINATOR:
            if promise.kind is PromiseKind.ATTEND and not meeting.agencies.get(
                promise.agency_id or ""
            ):
                continue  # it may be held without them
            owes = promise.member_id == meeting.organiser_id
            found.append(str(tell) if owes else ORGANISER)
        else:
            found.append(str(tell))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class SharedObligation:
    """Promises of a meeting that are alike but for who owes them, the earliest due first."""

    line: PromiseLine
    agencies: tuple[str, ...]
    next: UpcomingNotices


def owed_on_meeting(meeting: Meeting, work: Work) -> tuple[SharedObligation, ...]:
    """Who owes what on the meeting by when, and what follows; agencies of the same together."""
    row = meeting_row(meeting)
    found: dict[tuple[object, ...], SharedObligation] = {}
    for standing in work.uow.promises.standing([meeting.id]):
        promise = standing.promise
        if promise.kind in NO_WORK or asked_too_late(promise, row.starts_at, work.now):
            continue
        line, follows = promise_line(promise, work), upcoming_notices(standing, work, meeting=row)
        alike = (line.kind, line.due_at, line.member_name, follows)
        before = found[alike].agencies if alike in found else ()
        found[alike] = SharedObligation(line, (*before, line.agency_name), follows)
    return tuple(found.values())
