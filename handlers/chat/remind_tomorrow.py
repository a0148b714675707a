"""翌開庁日にもう一度 beside a reminder in a chat, and what is said once that was asked for."""

from datetime import datetime
from typing import Final, Protocol, TypeVar

from handlers.words.texts import Texts
from workflows.core.errors import AlreadyDone
from workflows.core.messages import Command, Query
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OPENS
from workflows.model.notice import Notice
from workflows.promises.ladder import REMINDERS
from workflows.reminders.remind_tomorrow import GetReminderAhead, NextReminder, RemindTomorrow

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
VERB: Final = "remind_tomorrow"
NOTHING: Final = NextReminder(None, may_ask=False)


class Asks(Protocol):
    """Who reads the card, at either platform."""

    def ask(self, query: Query[R]) -> R: ...


class Acts(Asks, Protocol):
    """Who pressed, at either platform."""

    def handle(self, command: Command[R]) -> R: ...


def next_reminder_of(reader: Asks, notice: Notice) -> NextReminder:
    """What can be said beside this notice: nothing unless it reminds its reader of one thing that
    is theirs to do."""
    if notice.key not in REMINDERS or not notice.promise:
        return NOTHING
    return reader.ask(GetReminderAhead(notice.promise))


def request_reminder(here: Acts, promise_key: str, texts: Texts) -> str:
    """Ask for it; what is said about it. Raises Refused when it is not theirs to do any more."""
    try:
        at = here.handle(RemindTomorrow(promise_key))
    except AlreadyDone:  # kept before something broke
        ahead = here.ask(GetReminderAhead(promise_key))
        if ahead.at is None:
            raise
        at = ahead.at
    return next_reminder_words(texts, "put_off_said", at)


def next_reminder_words(texts: Texts, word: str, at: datetime) -> str:
    """One of the sentences on when it is said again: in the morning, or at a time of day."""
    morning = at.astimezone(TOKYO).time() == OPENS
    return texts.say(f"page.inbox.{word}", at=at, morning=morning)
