"""受信箱: what waits for me, by when, one button each; and the news that came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from workflows.cases.drafts import opened
from workflows.cases.refer import core_name
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Draft, InboxItem
from workflows.core.standings import knows_of
from workflows.core.work import Work
from workflows.inbox.news import URGENT_OPENING, NewsState, news_states
from workflows.inbox.news_kinds import ANSWERED_ON_PAGES
from workflows.inbox.read_news import older_than, open_to_me, urgent_first
from workflows.japanese.dates import TOKYO
from workflows.meetings.views import dates_to_come
from workflows.model.case_row import CaseRow
from workflows.model.codes import BROKEN, code_of
from workflows.model.meeting_row import MeetingRow
from workflows.model.promise import Promise, PromiseKind, asked_too_late
from workflows.model.successors import Away
from workflows.promises.ladder import REMINDERS, debtor_rung
from workflows.promises.own import (
    Cases,
    Meetings,
    has_begun,
    is_still_to_do,
    own_promises,
    rows_about,
)


@dataclass(frozen=True)
class ToDo:
    """One thing owed by me or my agency. `number` is the case's, `numbers` a meeting's cases'.

    `meeting_title` and `dates`, those offered and still ahead, tell meetings without cases apart.
    `open_days_left` is below 0 by as many open days as it is overdue. `remind_at` is when I hear of
    it again because I asked for it, or because a reminder waits for the office to open;
    `can_remind_tomorrow` whether I may ask for that. `in_place_of` is the name of who holds it and
    is away until `away_until`, while I stand in for them.
    """

    key: str
    kind: PromiseKind
    item_id: str
    number: str
    meeting_id: str
    numbers: tuple[str, ...]
    meeting_kind: str
    meeting_title: str
    dates: tuple[datetime, ...]
    starts_at: datetime | None
    since: datetime
    due_at: datetime
    overdue: bool
    open_days_left: int
    urgency: str
    agency_name: str
    waits_since_begun: bool
    remind_at: datetime | None = None
    can_remind_tomorrow: bool = False
    in_place_of: str = ""
    away_until: date | None = None


@dataclass(frozen=True)
class InboxView:
    """`states`: the id of news that does not stand as it was said, to what became of it;
    `older_than` is the id before which older news lies, or ""; `to_answer` is the news that waits
    for an answer on a page; `away` is said to who is away today, as they may be back."""

    to_do: tuple[ToDo, ...]
    later: tuple[ToDo, ...]
    news: tuple[InboxItem, ...]
    states: Mapping[str, NewsState]
    older_than: str
    to_answer: tuple[InboxItem, ...]
    unread: int
    drafts: tuple[Draft, ...]
    away: Away | None


@dataclass(frozen=True)
class GetInbox(Query[InboxView]):
    """What waits for the one who asks."""


@handles(GetInbox, Action.USE, code="get_inbox")
def get_inbox(query: GetInbox, work: Work) -> InboxView:
    mine = own_promises(work)
    cases, meetings = rows_about(mine, work)
    ahead = next_reminders(work)
    found = [
        replace(
            to_do,
            remind_at=ahead.get(promise.key),
            can_remind_tomorrow=to_do.kind != BROKEN
            and can_remind_tomorrow(promise, meetings.get(promise.meeting_id or ""), work),
        )
        for promise in mine
        if (to_do := _to_do(promise, cases, meetings, work))
    ]
    newest = work.uow.mailbox.items(work.me.id)
    news = open_to_me(newest, work)
    asking = open_to_me(work.uow.mailbox.items(work.me.id, keys=ANSWERED_ON_PAGES), work)
    return InboxView(
        to_do=tuple(t for t in found if t.waits_since_begun),
        later=tuple(t for t in found if not t.waits_since_begun),
        news=urgent_first(news),
        states=news_states(news, work),
        older_than=older_than(newest, work),
        to_answer=_to_answer(asking, news_states(asking, work)),
        unread=work.uow.mailbox.unread(work.me.id),
        drafts=tuple(opened(work.uow.drafts.of_member(work.me.id), work)),
        away=work.away(work.me.id),
    )


def _to_answer(news: Sequence[InboxItem], states: Mapping[str, NewsState]) -> tuple[InboxItem, ...]:
    """What was opened urgently comes first."""
    found = [
        item
        for item in news
        if item.notice.key in ANSWERED_ON_PAGES
        and item.notice.id not in states
        and item.notice.facts.get("may_answer", True)
    ]
    return tuple(sorted(found, key=lambda item: item.notice.key != URGENT_OPENING))


def _to_do(promise: Promise, cases: Cases, meetings: Meetings, work: Work) -> ToDo | None:
    """The promise as a line; None when it is not mine to do."""
    case = cases.get(promise.case_id or "")
    meeting = meetings.get(promise.meeting_id or "")
    if not is_still_to_do(promise, case, meeting, work):
        return None
    overdue = promise.is_overdue(work.now)
    left = work.days.open_days_between(work.today, promise.due_at.astimezone(TOKYO).date())
    holder = _held_by(promise, work)
    cannot_be_read = bool((case and case.broken) or (meeting and meeting.broken))
    return ToDo(
        key=promise.key,
        kind=code_of(PromiseKind, BROKEN) if cannot_be_read else promise.kind,
        item_id=promise.item_id,
        number=case.number if case else _number_of_request(promise),
        meeting_id=meeting.id if meeting else "",
        numbers=_numbers(meeting, cases, work),
        meeting_kind=meeting.called if meeting else "",
        meeting_title=meeting.title if meeting and not meeting.case_ids else "",
        dates=dates_to_come(meeting, work) if meeting else (),
        starts_at=meeting.starts_at if meeting else None,
        since=promise.since,
        due_at=promise.due_at,
        overdue=overdue,
        open_days_left=left,
        urgency=str(case.urgency) if case else "",
        agency_name=work.agency_name(promise.agency_id),
        waits_since_begun=has_begun(promise, work),
        in_place_of=work.member_name(holder) if holder else "",
        away_until=work.seats.away[holder].until_on if holder else None,
    )


def _held_by(promise: Promise, work: Work) -> str:
    """Who holds it and is away, while I stand in for them; else ""."""
    holder = promise.member_id or ""
    return holder if work.seats.is_deputy_of(work.me.id, holder) else ""


def next_reminders(work: Work) -> dict[str, datetime]:
    """When I hear again of what is mine to do, by the key of the promise."""
    found = work.uow.outbox.waiting_reminders([work.me.id], REMINDERS)
    return {w.promise: w.at for w in reversed(found) if w.at > work.now}


def next_morning(work: Work) -> datetime:
    """When whoever is to be reminded tomorrow hears: as the office opens the next time."""
    return work.days.at_opening(work.days.next_open(work.today, including=False))


def can_remind_tomorrow(promise: Promise, meeting: MeetingRow | None, work: Work) -> bool:
    """Whether I may ask to be reminded tomorrow: it waits now, and still does then."""
    at = next_morning(work)
    if not has_begun(promise, work) or debtor_rung(promise, at) is None:
        return False
    return not asked_too_late(promise, meeting.starts_at if meeting else None, at)


def own_promise_to_remind(key: str, work: Work) -> tuple[Promise | None, bool]:
    """The promise of this key, if it is mine to do, and whether it may be put off."""
    found = own_promises(work, key)
    cases, meetings = rows_about(found, work)
    for promise in found:
        case, meeting = cases.get(promise.case_id or ""), meetings.get(promise.meeting_id or "")
        broken = (case and case.broken) or (meeting and meeting.broken)
        if not broken and is_still_to_do(promise, case, meeting, work):
            return promise, can_remind_tomorrow(promise, meeting, work)
    return None, False


def _number_of_request(promise: Promise) -> str:
    return promise.item_id if promise.kind is PromiseKind.ANSWER_REQUEST else ""


def _numbers(
    meeting: MeetingRow | None, cases: Mapping[str, CaseRow], work: Work
) -> tuple[str, ...]:
    """The numbers of its cases that are mine to know."""
    if meeting is None:
        return ()
    agenda = [cases[c] for c in meeting.case_ids if c in cases]
    return tuple(c.number for c in agenda if knows_of(work.me, meeting, c, work.seats))


@dataclass(frozen=True)
class Shell:
    """What every page shows around itself: who I am and what waits."""

    member_id: str
    name: str
    agency_id: str
    agency_name: str
    roles: tuple[str, ...]
    town_name: str
    core_agency: str  # the name of the town's 中核機関; "" while it has none
    waiting: int
    unread: int
    now: datetime
    trail_broken: bool  # told to administrators alone


@dataclass(frozen=True)
class GetShell(Query[Shell]):
    """Who is here, and how much waits for them."""


@handles(GetShell, Action.USE, code="get_shell")
def get_shell(query: GetShell, work: Work) -> Shell:
    begun = [p for p in own_promises(work) if has_begun(p, work)]
    cases, meetings = rows_about(begun, work)
    waiting = [
        is_still_to_do(p, cases.get(p.case_id or ""), meetings.get(p.meeting_id or ""), work)
        for p in begun
    ]
    return Shell(
        member_id=work.me.id,
        name=work.me.name,
        agency_id=work.me.agency_id,
        agency_name=work.agency_name(work.me.agency_id),
        roles=tuple(sorted(str(r) for r in work.me.roles)),
        town_name=work.uow.directory.town().name,
        core_agency=core_name(work),
        waiting=sum(waiting),
        unread=work.uow.mailbox.unread(work.me.id),
        now=work.now,
        trail_broken=_trail_is_broken(work),
    )


def _trail_is_broken(work: Work) -> bool:
    if not work.may(Action.SEE_AUDIT, None).allowed:
        return False
    last = work.uow.chain.last_check()
    return last is not None and last.broken is not None
