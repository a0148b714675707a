"""翌開庁日にもう一度: whoever has something to do hears of it again as the office opens next."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.delivery.stand_ins import in_place_facts
from workflows.inbox.inbox import next_morning, next_reminders, own_promise_to_remind
from workflows.promises.ladder import ASKED_FOR_TOMORROW, debtor_rung
from workflows.reminders.reminder import remind


@dataclass(frozen=True)
class RemindTomorrow(Command[datetime]):
    """Remind me, and nobody else, of what is mine to do. Answers with when.

    Nothing else changes: neither the due time nor what others are told. Kept before then, it is
    not said.
    """

    promise_key: str


@handles(RemindTomorrow, Action.USE, code="remind_tomorrow")
def remind_tomorrow(command: RemindTomorrow, work: Work) -> datetime:
    promise, can_remind_tomorrow = own_promise_to_remind(command.promise_key, work)
    at = next_morning(work)
    rung = debtor_rung(promise, at) if promise else None
    if promise is None or rung is None:
        raise Refused("remind.nothing")
    waits = next_reminders(work).get(promise.key)
    if waits is not None:
        return waits
    if not can_remind_tomorrow:
        raise Refused("remind.too_late")
    once = f"{ASKED_FOR_TOMORROW}{at.date().isoformat()}"
    remind(promise, rung, [work.me], once, work, at, in_place_facts(promise.member_id or "", work))
    work.uow.posts.stale(work.now, cards_of=[work.me.id], matter=promise.key)
    return at


@dataclass(frozen=True)
class NextReminder:
    """When I hear of it again, None while nothing waits; whether I may ask for that."""

    at: datetime | None
    may_ask: bool


@dataclass(frozen=True)
class GetReminderAhead(Query[NextReminder]):
    """What can be said beside a reminder of the promise of this key: as in the inbox."""

    promise_key: str


@handles(GetReminderAhead, Action.USE, code="get_reminder_ahead")
def get_reminder_ahead(query: GetReminderAhead, work: Work) -> NextReminder:
    promise, can_remind_tomorrow = own_promise_to_remind(query.promise_key, work)
    if promise is None:
        return NextReminder(None, may_ask=False)
    at = next_reminders(work).get(promise.key)
    return NextReminder(at, may_ask=at is None and can_remind_tomorrow)
