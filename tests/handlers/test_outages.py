"""Slack, LINE WORKS or the mail server away for hours: what comes when, by which way, and who
is told of it. Time is moved, a minute at a time as the clock would have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Channel, Result, SendOutcome
from handlers.lineworks.door import LINEWORKS
from handlers.mail.smtp import SmtpPost
from handlers.settings.sign_in import MailServer
from handlers.slack.door import SLACK
from handlers.slack.sending.pace import SlackPace
from handlers.words.notice_heads import MAILED
from tests.lineworks.product import LineworksTown
from tests.slack.product import SlackTown, user_of
from tests.support.mail import (
    Certificate,
    Office,
    certificate,
    mail_office,
    mail_way,
    read_mail,
)
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY
from tests.support.product import free_port
from tests.support.town import TownHall
from tests.support.web import TEXTS
from workflows.core.permissions import Caller
from workflows.core.ports import ChannelState
from workflows.delivery.receiver import Receiver
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import RemindUnanswered
from workflows.model.card import Card
from workflows.model.notice import Notice
from workflows.sign_in.sign_in import RequestSignInLink

POST = "chat.postMessage"


@dataclass
class Mails:
    """A mail server that takes everything: what was sent to whom, and when."""

    now: Callable[[], datetime]
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)
    is_away: bool = False

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        if self.is_away:
            return Result(SendOutcome.RETRY, "mail_connection", is_down=True)
        self.sent.append((self.now(), receiver.member_id, notice.key))
        return Result(SendOutcome.SENT)

    def to(self, member_id: str, key: str) -> list[datetime]:
        return [at for at, to, what in self.sent if (to, what) == (member_id, key)]


@dataclass
class Watched:
    """A town with Slack and mail, on whose time one looks."""

    town: SlackTown
    mails: Mails

    def run_if_due(self, total: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
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

    def way(self) -> ChannelState:
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
    town.part.door.outgoing.pace = SlackPace(town.clock.now)
    town.part.door.outgoing.pace.room = 50
    mails = Mails(town.clock.now)
    ways: dict[str, Channel] = {"mail": mails, SLACK: town.part.channel}
    inbox = Inbox([SLACK], MAILED)
    delivery = OutboxSender(town.database.open, town.desk, TEXTS, inbox, ways)
    town.delivery, town.ticks = delivery, Ticks(town.desk, delivery, more=town.part.background_jobs)
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


@pytest.mark.parametrize(("how", "hours"), [("refused", 10), ("500", 3), ("hang", 10), ("429", 10)])
def test_in_a_slack_outage_emergencies_go_by_mail_and_the_rest_after_it(
    watched: Watched, how: str, hours: int
) -> None:
    """緊急 comes by mail within five minutes, all else by Slack a minute after it is back; who
    waits and who mends hear of it once; nothing is dead, unknown, or there twice."""
    town = watched.town
    before = town.open_case("A17")
    town.tick()
    back = away(town, how)
    town.open_case("A14", urgency="emergency")
    town.open_case("A14", name="乙野 次郎", by=CLERK)
    begun = town.clock.now()
    watched.run_if_due(timedelta(minutes=5), timedelta(seconds=20))
    ((mailed),) = watched.mails.to(ELDERLY, "referral_asked")
    assert mailed - begun <= timedelta(minutes=5)
    town.edit(before, urgency="urgent")  # a card that is to be drawn anew
    watched.run_if_due(timedelta(minutes=55), timedelta(minutes=11))
    watched.run_if_due(timedelta(hours=hours - 1), timedelta(hours=1))
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
    watched.run_if_due(timedelta(minutes=3), timedelta(seconds=20))
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


def test_a_meeting_on_an_emergency_waits_for_no_way_and_no_office(watched: Watched) -> None:
    """Its dates, asked again, fixed, moved, called off: by mail within five minutes while Slack is
    away, also at night; of another meeting all waits."""
    town = watched.town
    cases = [
        town.open_case("A14", urgency="emergency"),
        town.open_case("A14", name="乙野 次郎", by=CLERK),
    ]
    town.tick()
    away(town, "refused")
    town.clock.move(hours=12)  # it is 22:00 on a Friday
    urgent, other = (town.convene(one, starts=f"{9 + 4 * n}:00") for n, one in enumerate(cases))

    def mailed(key: str) -> list[str]:
        watched.run_if_due(timedelta(minutes=4), timedelta(seconds=40))
        return [what for _, to, what in watched.mails.sent if (to, what) == (ELDERLY, key)]

    assert mailed("dates_asked") == ["dates_asked"]
    for meeting_id in (urgent, other):
        town.desk.handle(RemindUnanswered(meeting_id), COORDINATOR)
        town.fix(meeting_id)
    assert mailed("meeting_fixed") == ["meeting_fixed"]
    for meeting_id, starts in ((urgent, "9:00"), (other, "13:00")):
        town.move(meeting_id, 24, starts)
    assert mailed("meeting_moved") == ["meeting_moved"]
    for meeting_id in (urgent, other):
        town.desk.handle(CancelMeeting(meeting_id, "都合のため。"), COORDINATOR)
    assert mailed("meeting_cancelled") == ["meeting_cancelled"]
    assert {n.key for n in town.notices(ELDERLY) if n.meeting_id == other} >= {"meeting_cancelled"}


def test_the_first_answered_call_ends_an_outage(watched: Watched) -> None:
    """While Slack is away it is asked at most once a minute, and no message is tried; as soon as
    somebody's press gets an answer, everything that waits goes."""
    town = watched.town
    back = away(town, "500")
    town.open_case("A14", by=CLERK)
    watched.run_if_due(timedelta(minutes=2), timedelta(seconds=10))
    town.slack.calls.clear()
    asked = town.part.door.api.call
    probes: list[str] = []

    def counted(method: str, **args: object) -> dict[str, object]:
        probes.append(method)
        return asked(method, **args)

    town.part.door.api.call = counted  # type: ignore[method-assign]
    watched.run_if_due(timedelta(minutes=5), timedelta(seconds=15))
    assert set(probes) <= {"auth.test", "users.list"}
    assert 4 <= probes.count("auth.test") <= 7
    back()
    town.person(COORDINATOR).open_home()
    town.settle()
    town.part.door.api.call("auth.test")  # whatever it is that somebody does
    town.tick()
    assert watched.cards(ELDERLY)


def test_a_link_to_sign_in_does_not_wait_for_a_chat_that_is_away(watched: Watched) -> None:
    """It goes by mail with the next tick, although nobody tries to send it by Slack."""
    town = watched.town
    away(town, "refused")
    town.open_case("A14")
    town.tick()
    assert watched.way().is_down
    town.desk.handle(RequestSignInLink("m06@example.jp", "browser", (SLACK,)), Caller.DOOR)
    town.tick()
    assert watched.mails.to(CLERK, "sign_in_link") == [town.clock.now()]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_in_a_mail_outage_no_mail_is_given_up(hall: TownHall, tls: Certificate) -> None:
    """No mail is given up for it, however long it lasts; one is tried a minute, and all go within
    one once it is back, 緊急 first."""
    post = SmtpPost(MailServer("127.0.0.1", free_port(), False, True), tls.client)
    tried: list[datetime] = []

    class Counted:
        def take(self, mail: EmailMessage, now: datetime) -> Result:
            tried.append(now)
            return post.take(mail, now)

    ways: dict[str, Channel] = {"mail": mail_way(hall.desk, Counted())}
    delivery = OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox((), MAILED), ways)
    hall.open_case("A17", by=CLERK)
    hall.open_case("A14", by=CLERK, urgency="emergency")
    for _ in range(60):
        delivery.drain()
        hall.clock.move(seconds=10)
    assert 10 <= len(tried) <= 16, "ten minutes"
    for _ in range(20):
        hall.clock.move(hours=1)
        delivery.drain()
    office = Office()
    with mail_office(office, tls.server) as port:
        post._server = MailServer("127.0.0.1", port, False, True)
        hall.clock.move(minutes=1)
        delivery.drain()
    subjects = [str(read_mail(e.content)["Subject"]) for e in office.taken]  # type: ignore[arg-type]
    emergency = next(i for i, e in enumerate(office.taken) if "m26@example.jp" in e.rcpt_tos)
    assert emergency <= 2, subjects
    assert len(office.taken) >= 3
    with hall.database.open() as unit:
        left = [d for d in unit.outbox.recent(500) if d.via == "mail"]
    assert {d.state for d in left} == {"sent"}
    assert {d.attempts for d in left} == {1}, "none of it was an attempt"


def test_in_a_lineworks_outage_nothing_is_sent_until_it_is_back(
    lineworks_town: LineworksTown,
) -> None:
    """Nothing is sent into the silence; when it is back all comes at once. What was on its way when
    it fell may be there already, and says so."""
    town = lineworks_town
    town.tick()
    person = f"{town.prefix}M21"
    town.lineworks.fail("*", 500, times=10**6)
    town.open_case("A13", by=CLERK)
    town.tick()
    town.open_case("A13", by=CLERK, name="乙野 次郎")
    for minutes in (1, 4, 55, 120):
        town.clock.move(minutes=minutes)
        town.tick()
    with town.database.open() as unit:
        assert unit.ways.get(LINEWORKS).is_down
        rows = [d for d in unit.outbox.recent() if d.via == LINEWORKS]
    assert {(d.state, d.attempts) for d in rows if d.member_id == "M21"} == {("waiting", 0)}
    assert town.lineworks.messages(person) == []
    town.lineworks.mend()
    for _ in range(2):
        town.clock.move(minutes=1)
        town.tick()
    said = [str(m.content) for m in town.lineworks.messages(person)]
    asked = [words for words in said if "返信する" in words]
    assert ["再送かもしれません" in words for words in asked] == [True, False]
    news = [m.notice for m in town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    assert [notice.facts["outage"] for notice in news] == ["back", "down"]


def test_what_came_after_all_is_found_and_not_said_again(watched: Watched) -> None:
    """The answer was lost and the mail went meanwhile: the message that stands in Slack is found,
    and is a live card."""
    town = watched.town
    with town.slack.world.lock:
        hers = town.slack.world.dm(user_of(ELDERLY)).id
    town.slack.fail(POST, arrives=True, where={"channel": hers})
    town.slack.fail("auth.test", times=10**6)
    town.slack.fail("conversations.history", times=10**6)
    town.open_case("A14", urgency="emergency")
    town.tick()
    assert len(watched.cards(ELDERLY)) == 1, "it is there, and nobody knows"
    watched.run_if_due(timedelta(minutes=5), timedelta(seconds=30))
    assert len(watched.mails.to(ELDERLY, "referral_asked")) == 1
    town.slack.mend()
    watched.run_if_due(timedelta(minutes=2), timedelta(seconds=30))
    assert [line[:2] for line in watched.states()[f"referral_asked {ELDERLY}"]] == [("sent", "")]
    assert len(watched.cards(ELDERLY)) == 1
    with town.database.open() as unit:
        assert unit.posts.find(SLACK, kind="notice", member_id=ELDERLY)


def test_two_ways_that_are_both_away_say_it_once(watched: Watched) -> None:
    """Slack and the mail server: whichever is back first brings 緊急, and the other one nothing."""
    town, mails = watched.town, watched.mails
    back = away(town, "refused")
    mails.is_away = True
    town.open_case("A14", urgency="emergency")
    watched.run_if_due(timedelta(minutes=6), timedelta(seconds=30))
    assert watched.states("mail")[f"referral_asked {ELDERLY}"][0][0] == "waiting"
    back()
    watched.until(lambda: bool(watched.cards(ELDERLY)), timedelta(minutes=2))
    mails.is_away = False
    watched.run_if_due(timedelta(minutes=3), timedelta(seconds=30))
    assert watched.states("mail")[f"referral_asked {ELDERLY}"][0][:2] == (
        "dropped",
        "went_another_way",
    )
    assert mails.to(ELDERLY, "referral_asked") == []
