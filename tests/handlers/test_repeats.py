"""What may have come before: looked for, said to be a repeat, or not repeated; never in silence."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.repeats import LATER, MOST_REPEATS, PATIENCE, REPEATED, next_attempt
from handlers.delivery.sending import Channel, Result, SendOutcome
from handlers.lineworks.channel import LineworksChannel
from handlers.lineworks.door import LINEWORKS
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from storage.outbox import LEASE
from tests.lineworks.product import LineworksTown
from tests.slack.product import SlackTown, user_of
from tests.support.clock import START
from tests.support.mail import mail_way, read_mail, text_of
from tests.support.people import CLERK, ELDERLY
from tests.support.town import TownHall
from workflows.model.notice import Notice
from workflows.promises.ladder import REMINDERS

TEXTS = load_texts(None)
REPEAT = "再送かもしれません"
MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process was killed at this moment."""


@dataclass
class Bag:
    """Takes every mail; the process is killed right after it has taken one of these."""

    kills: int = 0
    mails: list[bytes] = field(default_factory=list)

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        self.mails.append(mail.as_bytes())
        if self.kills:
            self.kills -= 1
            raise Killed
        return Result(SendOutcome.SENT)


def send(hall: TownHall, **ways: Channel) -> None:
    """Another process each time, and in the end what each told by what it did."""
    inbox = Inbox([way for way in ways if way != "mail"], MAILED)
    OutboxSender(hall.database.open, hall.desk, TEXTS, inbox, ways).drain()


def put(hall: TownHall, key: str, member_id: str, via: str, **more: Any) -> None:
    now = hall.clock.now()
    with hall.database.open() as unit:
        unit.outbox.put(
            Notice(f"n-{key}", key, member_id, f"{key}:{via}", created_at=now, via=via, **more)
        )
        unit.commit()


def state(hall: TownHall, notice_id: str) -> tuple[str, str]:
    with hall.database.open() as unit:
        found = unit.outbox.get(notice_id)
    assert found is not None
    return found.state, found.error


def test_a_mail_that_went_before_a_kill_says_that_it_may_be_a_repeat(any_hall: TownHall) -> None:
    """What must be answered goes once more, under the same id, so that mailboxes join the two."""
    hall, bag = any_hall, Bag(kills=1)
    hall.open_case("A14", by=CLERK)
    with pytest.raises(Killed):
        send(hall, mail=mail_way(hall.desk, bag))
    hall.clock.move(seconds=LEASE.total_seconds())
    send(hall, mail=mail_way(hall.desk, bag))
    to = read_mail(bag.mails[0])["To"]
    first, second = [m for m in bag.mails if read_mail(m)["To"] == to]
    assert read_mail(first)["Message-ID"] == read_mail(second)["Message-ID"]
    assert (REPEAT in text_of(first), REPEAT in text_of(second)) == (False, True)


def test_news_are_not_repeated_after_a_kill(hall: TownHall) -> None:
    """They are said to be unknown, and stand on the administrators' page."""
    bag = Bag(kills=1)
    put(hall, "drafts_expiring", CLERK, "mail", facts={"drafts": 2, "on": "2026-12-01"})
    with pytest.raises(Killed):
        send(hall, mail=mail_way(hall.desk, bag))
    hall.clock.move(seconds=LEASE.total_seconds())
    send(hall, mail=mail_way(hall.desk, bag))
    assert len(bag.mails) == 1
    assert state(hall, "n-drafts_expiring") == ("unknown", "interrupted")
    assert "drafts_expiring" not in REPEATED


@pytest.mark.parametrize("kills", [True, False])
def test_lineworks_says_that_it_may_be_a_repeat(lineworks_town: LineworksTown, kills: bool) -> None:
    """Whether our process ended or their answer was lost: a request for dates comes once more and
    says so; a day later it has not come a third time."""
    town = lineworks_town
    town.tick()
    town.open_case("A13")
    town.ticks.tick()
    person = "M21"
    if kills:

        class Dies(LineworksChannel):
            def send(self, *args: Any, **more: Any) -> Result:
                super().send(*args, **more)
                raise Killed

        with pytest.raises(Killed):
            send(town, **{LINEWORKS: Dies(town.part.door)})
    else:
        town.lineworks.drop("send.user", arrives=True)
        town.tick()
    for minutes in (5, 60 * 24):
        town.clock.move(minutes=minutes)
        town.tick()
    said = [str(m.content) for m in town.lineworks.messages(town.prefix + person)]
    asked = [words for words in said if "R8-0001" in words and "返信する" in words]
    assert [REPEAT in words for words in asked[:2]] == [False, True]
    assert sum(REPEAT in words for words in said) == 1


def test_where_slack_cannot_be_asked_what_must_be_answered_is_repeated(
    slack_town: SlackTown,
) -> None:
    """Without the scope to look; with it nothing is repeated (test_slack_sending.py)."""
    town = slack_town
    town.tick()
    town.slack.take_scope("im:history")
    town.open_case("A14")
    town.slack.drop("chat.postMessage", arrives=True, where={"channel": _dm(town, ELDERLY)})
    town.tick()
    town.clock.move(minutes=1)
    town.tick()
    first, second = [str(m["blocks"]) for m in town.slack.dm(user_of(ELDERLY))]
    assert (REPEAT in first, REPEAT in second) == (False, True)


def _dm(town: SlackTown, member_id: str) -> str:
    return str(town.slack.world.dm(user_of(member_id)).id)


class Silent:
    """A way that never says how it went."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, receiver: object, notice: Notice, card: object, *_: object) -> Result:
        self.sent.append(notice.key)
        return Result(SendOutcome.UNKNOWN, "no_answer")


def test_what_never_gets_an_answer_is_repeated_thrice_and_told(hall: TownHall) -> None:
    """Then it is unknown, and who waits for it telephones."""
    hall.open_case("A14", by=CLERK)
    silent = Silent()
    for _ in range(8):
        send(hall, mail=silent)
        hall.clock.move(hours=1)
    assert silent.sent.count("referral_asked") == MOST_REPEATS
    assert "mail_returned" in {m.notice.key for m in hall.mail(CLERK)}


def test_how_long_is_waited_grows_and_ends_after_days() -> None:
    """An hour at most between two attempts; a fifth less by chance; three days in all."""
    at, waits = START, []
    for attempt in range(1, 200):
        then = next_attempt(attempt, START, at, in_doubt=False)
        if then is None:
            break
        waits.append(then - at)
        at = then
    assert all(
        wait * 0.8 <= found <= wait
        for wait, found in zip((*LATER, *[LATER[-1]] * 200), waits, strict=False)
    )
    assert len(set(waits)) > len(LATER), "not all at the same moment"
    assert PATIENCE - LATER[-1] <= at - START <= PATIENCE


def test_what_only_tells_how_it_went_is_not_repeated() -> None:
    assert REMINDERS <= REPEATED
    assert not REPEATED & {"weekly_digest", "look_back", "plan_saved", "case_closed"}


def test_an_overdue_emergency_is_told_once(hall: TownHall) -> None:
    """緊急 whose receiver has mail alone, and a full mailbox: a quarter of an hour later somebody
    is asked to telephone, once; the mail is tried on."""
    hall.open_case("A14", by=CLERK, urgency="emergency")

    class Full(Silent):
        def send(self, receiver: object, notice: Notice, card: object, *_: object) -> Result:
            self.sent.append(notice.key)
            return Result(SendOutcome.RETRY, "mail_recipient:452")

    full = Full()
    agency = hall.agency_name("A14")

    def told() -> list[Notice]:
        found = [m.notice for m in hall.mail(CLERK) if m.notice.key == "mail_returned"]
        return [notice for notice in found if notice.facts["agency"] == agency]

    for minutes in (1, 13, 2, 60, 240):
        send(hall, mail=full)
        assert told() == [] or minutes >= 60
        hall.clock.move(minutes=minutes)
    send(hall, mail=full)
    (notice,) = told()
    card = str(TEXTS.card(notice))
    assert "まだ届いていません" in card
    assert "お電話などでお知らせください" in card
    assert full.sent.count("referral_asked") >= 5
    assert notice.urgent
