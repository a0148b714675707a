"""Slack, LINE WORKS or the mail server away for hours: what comes when, by which way, and who
is told of it. Time is moved, a minute at a time as the clock would have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from handlers.clock import Ticks
from handlers.delivery import Channel, Delivery, Inbox, Outcome, Result
from handlers.mail.mailed import MAILED
from handlers.slack.door import SLACK
from handlers.slack.pace import Pace
from tests.slack.product import SlackTown, user_of
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY
from tests.support.web import TEXTS
from workflows.cards import Card
from workflows.notices import Notice
from workflows.ports import WayState
from workflows.receivers import Receiver

POST = "chat.postMessage"


@dataclass
class Mails:
    """A mail server that takes everything: what was sent to whom, and when."""

    now: Callable[[], datetime]
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        self.sent.append((self.now(), receiver.member_id, notice.key))
        return Result(Outcome.SENT)

    def to(self, member_id: str, key: str) -> list[datetime]:
        return [at for at, to, what in self.sent if (to, what) == (member_id, key)]


@dataclass
class Watched:
    """A town with Slack and mail, on whose time one looks."""

    town: SlackTown
    mails: Mails

    def pass_by(self, total: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
        end = self.town.clock.now() + total
        while self.town.clock.now() < end:
            self.town.clock.move(seconds=step.total_seconds())
            self.town.tick()

    def until(self, done: Callable[[], bool], most: timedelta) -> timedelta:
        """How long it took, by steps of five seconds."""
        begun = self.town.clock.now()
        while not done():
            self.town.clock.move(seconds=5)
            self.town.tick()
            assert self.town.clock.now() - begun <= most, "it never came"
        return self.town.clock.now() - begun

    def cards(self, member_id: str) -> list[str]:
        return [str(m["text"]) for m in self.town.slack.dm(user_of(member_id))]

    def way(self) -> WayState:
        with self.town.database.open() as unit:
            return unit.ways.get(SLACK)

    def told(self, member_id: str, key: str) -> list[str]:
        found = [m.notice for m in self.town.mail(member_id) if m.notice.key == key]
        return [str(TEXTS.card(notice)) for notice in found]

    def states(self, via: str = SLACK) -> dict[str, list[tuple[str, str, int]]]:
        """By key and receiver: state, reason and attempts."""
        with self.town.database.open() as unit:
            found: dict[str, list[tuple[str, str, int]]] = {}
            for d in unit.outbox.recent(1000):
                if d.via == via:
                    line = (d.state, d.error, d.attempts)
                    found.setdefault(f"{d.key} {d.member_id}", []).append(line)
            return found


@pytest.fixture
def watched(slack_town: SlackTown) -> Iterator[Watched]:
    town = slack_town
    town.part.door.outgoing.pace = Pace(town.clock.now)
    town.part.door.outgoing.pace.room = 50
    mails = Mails(town.clock.now)
    ways: dict[str, Channel] = {"mail": mails, SLACK: town.part.channel}
    inbox = Inbox([SLACK], MAILED)
    delivery = Delivery(town.database.open, town.desk, TEXTS, inbox, ways)
    town.delivery, town.ticks = delivery, Ticks(town.desk, delivery, more=town.part.errands)
    town.tick()
    yield Watched(town, mails)
    town.slack.mend()


def away(town: SlackTown, how: str) -> Callable[[], None]:
    """Slack is away in this way, until what is answered is called."""
    api = town.part.door.api
    real, timeout = api._client.base_url, api._client.timeout

    def back() -> None:
        town.slack.mend()
        api._client.base_url, api._client.timeout = real, timeout

    match how:
        case "refused":
            api._client.base_url = "http://127.0.0.1:9/api/"
        case "hang":
            api._client.timeout = 0.05  # type: ignore[assignment]  # as long as the test waits
            town.slack.hang("*", times=10**6, seconds=0.1)
        case "500":
            town.slack.fail("*", times=10**6)
        case _:
            town.slack.fail("*", status=429, retry_after=30, times=10**6)
    return back


@pytest.mark.parametrize(
    ("how", "hours"), [("refused", 10), ("500", 10), ("500", 3), ("hang", 3), ("429", 10)]
)
def test_slack_is_away_for_hours(watched: Watched, how: str, hours: int) -> None:
    """緊急 comes by mail within five minutes, all else by Slack a minute after it is back; who
    waits and who mends hear of it once; nothing is dead, unknown, or there twice."""
    town = watched.town
    before = town.open_case("A17")
    town.tick()
    back = away(town, how)
    town.open_case("A14", urgency="emergency")
    town.open_case("A14", name="乙野 次郎", by=CLERK)
    begun = town.clock.now()
    watched.pass_by(timedelta(minutes=5), timedelta(seconds=20))
    ((mailed),) = watched.mails.to(ELDERLY, "referral_asked")
    assert mailed - begun <= timedelta(minutes=5)
    town.edit(before, urgency="urgent")  # a card that is to be drawn anew
    watched.pass_by(timedelta(minutes=55), timedelta(minutes=11))
    watched.pass_by(timedelta(hours=hours - 1), timedelta(hours=1))
    assert watched.cards(ELDERLY) == []
    assert len(watched.mails.to(ELDERLY, "referral_asked")) == 1, "no mail for what can wait"
    if how != "429":
        assert watched.way().is_down
        for who in (ADMINISTRATOR, COORDINATOR):
            assert len(watched.told(who, "channel_trouble")) == 1
    waiting = watched.states()[f"referral_asked {ELDERLY}"]
    expected = {"dropped", "waiting"} if how == "429" else {"waiting"}
    assert {state for state, _, _ in waiting} == expected
    assert all(attempts <= 1 for _, _, attempts in waiting), "none of it was an attempt"
    cards = watched.told(CLERK, "mail_returned")
    assert len(cards) == (1 if hours > 4 else 0)
    assert all("まだ届いていません" in card for card in cards)
    back()
    took = watched.until(lambda: len(watched.cards(ELDERLY)) >= 1, timedelta(minutes=2))
    watched.pass_by(timedelta(minutes=3), timedelta(seconds=20))
    assert took <= timedelta(minutes=1)
    assert len(watched.cards(ELDERLY)) == 1, "緊急 went by mail and is not said twice"
    states = {state for found in watched.states().values() for state, _, _ in found}
    assert states <= {"sent", "dropped"}
    errors = [error for _, error, _ in watched.states()[f"referral_asked {ELDERLY}"] if error]
    assert errors == ["went_another_way"]
    with town.database.open() as unit:
        assert [p for p in unit.posts.find(SLACK) if not p.shown and not p.over] == []
    if how != "429":
        assert not watched.way().is_down
        (news, _) = watched.told(ADMINISTRATOR, "channel_trouble")
        assert "また送れるようになりました" in news
