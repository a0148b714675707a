"""The ladder: whom the clock tells about a promise, and when, until somebody answers.

[ours] docs/rules.md 19: remind the agency, then tell the writer, then the coordinator, then the
manager. The first reminder comes while there are office hours left to do it in, never at the very
deadline: it would be read when that is over. After a stop of the server the rungs come one an open
day, never all at once. What is still owed after the last rung comes again and again (AGAIN).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.notice import Notice
from workflows.model.promise import Promise, PromiseKind


class Tell(StrEnum):
    DEBTOR = "debtor"
    WRITER = "writer"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    ATTENDEES = "attendees"


@dataclass(frozen=True)
class Rung:
    """`after` is in open days from the due day, at opening; 0 is the due day's own morning.

    `at_noon` comes later on that day, when somebody else was told in the morning; `at_since` is the
    moment at which the promise began to run.
    """

    after: int
    tell: Tell
    message: str
    at_noon: bool = False
    at_since: bool = False


_D, _W, _C, _M = Tell.DEBTOR, Tell.WRITER, Tell.COORDINATOR, Tell.MANAGER
ASKED_FOR_TOMORROW: Final = ":put_off:"  # stands in the dedupe key of one that somebody asked for
NOON: Final = time(13)


def _again(to_debtor: str, to_coordinator: str = "") -> tuple[Rung, ...]:
    return (Rung(0, _D, to_debtor), Rung(0, _C, to_coordinator or to_debtor))


LADDERS: Mapping[PromiseKind, tuple[Rung, ...]] = {
    PromiseKind.REPLY: (
        Rung(-1, _D, "reply_reminder"),
        Rung(1, _D, "reply_reminder"),
        Rung(1, _W, "reply_overdue", at_noon=True),
        Rung(2, _C, "reply_overdue"),
        Rung(3, _M, "reply_overdue"),
    ),
    PromiseKind.NAME_LEAD: (
        Rung(0, _D, "name_lead"),
        Rung(2, _C, "name_lead"),
        Rung(4, _M, "name_lead"),
    ),
    PromiseKind.NEXT_STEP: (
        Rung(0, _D, "next_step"),
        Rung(1, _C, "next_step"),
        Rung(3, _M, "next_step"),
    ),
    PromiseKind.FOLLOW_UP: (
        Rung(0, _D, "follow_up_ask"),
        Rung(1, _D, "follow_up_reminder"),
        Rung(2, _W, "follow_up_overdue"),
        Rung(3, _C, "follow_up_overdue"),
        Rung(5, _M, "follow_up_overdue"),
    ),
    PromiseKind.REASSESS: (Rung(0, _C, "reassess"), Rung(2, _M, "reassess")),
    PromiseKind.ROLE: (
        Rung(-2, _D, "role_soon"),
        Rung(1, _D, "role_overdue"),
        Rung(3, _C, "role_overdue"),
        Rung(5, _M, "role_overdue"),
    ),
    PromiseKind.PLAN_REVIEW: (
        Rung(0, _D, "plan_review"),
        Rung(5, _C, "plan_review"),
        Rung(10, _M, "plan_review"),
    ),
    PromiseKind.CLOSE_CASE: (
        Rung(0, _D, "close_case_due", at_since=True),
        Rung(0, _D, "close_case_due"),
        Rung(2, _C, "close_case_due"),
        Rung(5, _M, "close_case_due"),
    ),
    PromiseKind.REVISE_PLAN: (
        Rung(0, _D, "revise_plan_due", at_since=True),
        Rung(0, _D, "revise_plan_due"),
        Rung(2, _C, "revise_plan_due"),
        Rung(5, _M, "revise_plan_due"),
    ),
    PromiseKind.STILL_NEEDED: (
        Rung(0, _D, "still_needed_ask", at_since=True),
        Rung(0, _D, "still_needed_ask"),
        Rung(2, _C, "still_needed_ask"),
        Rung(5, _M, "still_needed_ask"),
    ),
    PromiseKind.ANSWER_DATES: (Rung(-1, _D, "answer_reminder"), Rung(1, _D, "answer_reminder")),
    PromiseKind.FIX_DATE: (
        Rung(0, _D, "fix_date"),
        Rung(2, _C, "fix_date"),
        Rung(3, _M, "fix_date"),
    ),
    PromiseKind.ATTEND: (  # of who must come, the organiser hears at noon
        Rung(-1, _D, "attend_reminder"),
        Rung(1, _D, "attend_reminder"),
        Rung(1, _C, "attend_reminder", at_noon=True),
    ),
    PromiseKind.MEETING_SOON: (Rung(-1, Tell.ATTENDEES, "meeting_soon"),),
    PromiseKind.RECORD: (
        Rung(0, _D, "record_ask", at_since=True),
        Rung(1, _D, "record_overdue"),
        Rung(3, _M, "record_overdue"),
    ),
    PromiseKind.CONFIRM_RECORD: (
        Rung(0, _D, "confirm_record_reminder"),
        Rung(2, _C, "confirm_record_reminder"),
    ),
    PromiseKind.ANSWER_REQUEST: (
        Rung(-10, _D, "request_due"),
        Rung(-3, _D, "request_due"),
        Rung(0, _D, "request_due"),
        Rung(1, _C, "request_due"),
        Rung(2, _M, "request_due"),
    ),
    PromiseKind.DIGEST: (),
}

# [ours] Nobody is forgotten: after the last rung, whoever owes it and the coordinators hear of it
# again every five open days, an emergency every morning. After some two months the coordinators
# alone hear, every ten open days: whoever owes it has learned to pass such mails over. Managers
# have it in the weekly digest, which lists what is late of all these kinds on cases.
# Not among them: what ends by itself, when the meeting begins (ATTEND, MEETING_SOON), and dates
# that were not answered, about which the organiser is asked again and again (FIX_DATE).
AGAIN_EVERY: Final = 5  # open days
OFTEN: Final = 8  # times that it comes so often
MORNINGS: Final = 60  # the same of an emergency
RARELY_EVERY: Final = 10  # open days
LONGEST_SILENCE: Final = timedelta(days=20)  # over holidays too
AGAIN: Mapping[PromiseKind, tuple[Rung, ...]] = {
    PromiseKind.REPLY: _again("reply_reminder", "reply_overdue"),
    PromiseKind.NAME_LEAD: _again("name_lead"),
    PromiseKind.NEXT_STEP: _again("next_step"),
    PromiseKind.FOLLOW_UP: _again("follow_up_reminder", "follow_up_overdue"),
    PromiseKind.REASSESS: (Rung(0, _C, "reassess"),),
    PromiseKind.ROLE: _again("role_overdue"),
    PromiseKind.PLAN_REVIEW: _again("plan_review"),
    PromiseKind.CLOSE_CASE: _again("close_case_due"),
    PromiseKind.REVISE_PLAN: _again("revise_plan_due"),
    PromiseKind.STILL_NEEDED: _again("still_needed_ask"),
    PromiseKind.FIX_DATE: _again("fix_date"),
    PromiseKind.RECORD: _again("record_overdue"),
    PromiseKind.CONFIRM_RECORD: _again("confirm_record_reminder"),
    PromiseKind.ANSWER_REQUEST: _again("request_due"),
}

REMINDERS: Final = frozenset(
    rung.message for ladders in (LADDERS, AGAIN) for ladder in ladders.values() for rung in ladder
)
# Among them what only says when and where a meeting is: it stands on no list of what waits.
ATTENDEES_TOLD: Final = frozenset(
    rung.message for ladder in LADDERS.values() for rung in ladder if rung.tell is Tell.ATTENDEES
)

MANY_REMINDERS: Final = "many_reminders"  # counts them, in their place (combine.py)


def names_old_deadline(notice: Notice, due_at: datetime) -> bool:
    """Whether a reminder names a deadline that has been moved since."""
    said = str(notice.facts.get("due_at", ""))
    if notice.key not in REMINDERS or not said:
        return False
    try:
        return datetime.fromisoformat(said) != due_at
    except (TypeError, ValueError):  # not as we write it: claims nothing
        return False


def rungs_at(kind: PromiseKind, step: int, *, urgent: bool = False) -> tuple[Rung, ...]:
    """Whom number `step` (0-based) tells: one rung of the ladder, after its end all of AGAIN, and
    after the second month of these the coordinators alone."""
    ladder = LADDERS.get(kind, ())
    if step < len(ladder):
        return (ladder[step],)
    again = AGAIN.get(kind, ())
    if _is_often(kind, step, urgent=urgent):
        return again
    return tuple(rung for rung in again if rung.tell is _C)


def _is_often(kind: PromiseKind, step: int, *, urgent: bool) -> bool:
    return step < len(LADDERS.get(kind, ())) + (MORNINGS if urgent else OFTEN)


def debtor_rung(promise: Promise, at: datetime) -> Rung | None:
    """The rung by which the debtor of the promise is reminded at that moment; None for an unknown
    kind."""
    rungs = LADDERS.get(promise.kind, ())
    for tell in (_D, _C):
        if own := [r for r in rungs if r.tell is tell]:
            return own[-1] if promise.is_overdue(at) else own[0]
    return None


def is_past_its_time(promise: Promise, step: int, at: datetime) -> bool:
    """Whether rung `step` belongs before a deadline that has passed; then the next rung replaces
    it."""
    rungs = rungs_at(promise.kind, step, urgent=promise.urgent)
    return promise.is_overdue(at) and any(r.after < 0 for r in rungs)


@dataclass(frozen=True)
class RungToCome:
    """What the clock does at a moment while nobody keeps the promise: whom it tells."""

    at: datetime
    tells: tuple[Tell, ...]


def next_rungs(promise: Promise, step: int, at: datetime, days: OpenDays) -> tuple[RungToCome, ...]:
    """Whom the clock tells, and when, if nobody does anything: from rung number `step`, which is
    reached at `at`, to the last one, and what comes again after that, once."""
    steps: list[RungToCome] = []
    for n in range(step, max(step, len(LADDERS.get(promise.kind, ()))) + 1):
        if is_past_its_time(promise, n, at):
            at = max(at, rung_at(promise, n + 1, days) or at)
            continue
        rungs = rungs_at(promise.kind, n, urgent=promise.urgent)
        if not rungs:
            break
        steps.append(RungToCome(at, tuple(r.tell for r in rungs)))
        following = next_at(promise, n + 1, at, days)
        if following is None:
            break
        at = following
    return tuple(steps)


def rung_at(promise: Promise, step: int, days: OpenDays) -> datetime | None:
    """When rung number `step` (0-based) of this promise is reached; None past the last."""
    rungs = LADDERS.get(promise.kind, ())  # none for a kind of another version
    if promise.kind is PromiseKind.DIGEST:
        return promise.due_at if step == 0 else None
    if step >= len(rungs):
        return None
    rung = rungs[step]
    if promise.urgent:  # an emergency is not kept waiting for open days: one rung an hour
        return promise.due_at + timedelta(hours=step - 1)
    if rung.at_since:
        return promise.since
    due_on = promise.due_at.astimezone(TOKYO).date()
    at = days.at_opening(days.add_open_days(due_on, rung.after))
    if rung.after < 0 and at < promise.since:  # asked later than that: not while it is new
        at = days.at_opening(due_on)
    if rung.at_noon:
        at = datetime.combine(at.date(), NOON, TOKYO)
    return max(at, promise.since)


def next_at(promise: Promise, step: int, now: datetime, days: OpenDays) -> datetime | None:
    """When the clock must act next after rung `step - 1` was done at `now`."""
    today = now.astimezone(TOKYO).date()
    planned = rung_at(promise, step, days)
    if planned is not None:
        if planned > now:
            return planned
        if promise.urgent:
            return now + timedelta(hours=1)
        return days.at_opening(days.add_open_days(today, 1))
    if promise.kind not in AGAIN:
        return None
    if not _is_often(promise.kind, step, urgent=promise.urgent):
        later = [days.add_open_days(today, n) for n in range(RARELY_EVERY, 0, -1)]
        return days.at_opening(next((d for d in later if d - today <= LONGEST_SILENCE), later[-1]))
    if promise.urgent:
        morning = days.at_opening(today)
        return morning if morning > now else days.at_opening(today + timedelta(days=1))
    return days.at_opening(days.add_open_days(today, AGAIN_EVERY))
