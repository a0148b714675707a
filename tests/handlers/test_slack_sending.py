"""Sending to Slack: at its pace, once where it lets one tell, and told when it is shut."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.delivery.outbox import RETRIES, Inbox, OutboxSender
from handlers.delivery.repeats import PATIENCE
from handlers.delivery.sending import Result, SendOutcome
from handlers.slack.api import NOT_NOW, Api, ErrorKind, SlackRefused
from handlers.slack.door import SLACK
from handlers.slack.sending.channel import SlackChannel
from handlers.slack.sending.pace import SlackOutgoing, SlackPace
from handlers.slack.sending.posting import sent
from handlers.slack.ui.drawing import card_message, said
from handlers.words.texts import load_texts
from storage.outbox import LEASE
from tests.slack.product import CHANNEL, SlackTown, user_of
from tests.support.clock import MovedClock
from tests.support.people import ADMINISTRATOR, DISABILITY, ELDERLY
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetNextDue
from workflows.delivery.overview import GetAdministration
from workflows.delivery.receiver import Receiver
from workflows.model.card import Card, CardButton
from workflows.model.notice import Notice
from workflows.restore.restored import RecordRestored
from workflows.sign_in.sign_in import RequestSignInLink

POST = "chat.postMessage"


class Killed(BaseException):
    """The process was killed at this moment."""


@pytest.fixture
def town(slack_town: SlackTown) -> Iterator[SlackTown]:
    """Slack counts as it is documented, and so do we; no board stands in the way."""
    slack_town.slack.rates.strict()
    slack_town.part.door.outgoing.pace = SlackPace(slack_town.clock.now)
    yield slack_town
    slack_town.slack.mend()


def tell(town: SlackTown, member_id: str, *names: str) -> None:
    """Notices that are on their way to a member's Slack, each of its own matter."""
    now = town.desk.now()
    with town.database.open() as unit:
        for name in names:
            unit.outbox.put(
                Notice(
                    id=f"{member_id}-{name}",
                    key="drafts_expiring",
                    member_id=member_id,
                    dedupe_key=f"{member_id}:{name}",
                    facts={"drafts": 2, "on": "2026-12-01"},
                    created_at=now,
                    via=SLACK,
                )
            )
        unit.commit()


def states(town: SlackTown) -> list[tuple[str, str]]:
    """State and reason of every row for Slack."""
    with town.database.open() as unit:
        return [(d.state, d.error) for d in unit.outbox.recent() if d.via == SLACK]


def rows(town: SlackTown) -> list[tuple[str, str, str]]:
    """Key, state and reason of every row for Slack."""
    with town.database.open() as unit:
        return [(d.key, d.state, d.error) for d in unit.outbox.recent() if d.via == SLACK]


def standing(town: SlackTown, member_id: str) -> int:
    return len(town.slack.dm(user_of(member_id)))


def refused(town: SlackTown, error: str) -> int:
    return sum(call.answer.get("error") == error for call in town.slack.calls)


def send_again(town: SlackTown) -> None:
    town.web(ADMINISTRATOR).send("/admin/deliveries/M26-a/again", {}, page="/admin")


# -- the pace -------------------------------------------------------------------------------------


def test_thirty_messages_to_one_person_hold_up_nobody_else(town: SlackTown) -> None:
    """One a second for her, his at once; and Slack never had to refuse any."""
    tell(town, ELDERLY, *[f"n{n:02d}" for n in range(30)])
    tell(town, DISABILITY, "his")
    town.tick()
    assert (standing(town, ELDERLY), standing(town, DISABILITY)) == (1, 1)
    seconds = 0
    while standing(town, ELDERLY) < 30:
        town.clock.move(seconds=1)
        town.tick()
        seconds += 1
        assert seconds < 60
    assert seconds == 29
    assert refused(town, "ratelimited") == 0
    assert set(states(town)) == {("sent", "")}
    with town.database.open() as unit:
        tries = {d.attempts for d in unit.outbox.recent() if d.via == SLACK}
    assert tries == {1}, "waiting for a turn is no attempt"


def test_a_method_is_called_as_often_in_a_minute_as_it_may_be(town: SlackTown) -> None:
    """The fifty-first update waits for its minute, the next one for a turn of its own; eight of
    the fifty are left to people who look at what they pressed."""
    pace, clock = SlackPace(town.clock.now), town.clock
    assert [pace.take("chat.update") for _ in range(42)] == [None] * 42
    turns = [pace.take("chat.update") for _ in range(3)]
    waits = [turn[0].total_seconds() for turn in turns if turn]
    assert waits == [60, pytest.approx(60 + 60 / 42), pytest.approx(60 + 120 / 42)]
    assert [pace.take("chat.update", waited_for=True) for _ in range(8)] == [None] * 8
    assert pace.take("chat.update", waited_for=True)
    assert pace.take("views.publish") is None, "another method is free"
    clock.move(seconds=60)
    assert pace.take("chat.update") is None


def test_a_busy_morning_is_never_told_to_slow_down(town: SlackTown) -> None:
    """Eight sheets, each changed seven times within a quarter minute: cards, boards and their
    updates go out at Slack's pace, so that Slack never has to say so, and all are true at last."""
    cases = [town.open_case("A14") for _ in range(8)]
    for _ in range(9):
        town.tick()
        town.clock.move(seconds=1)
    for urgency in (*("urgent", "normal") * 3, "emergency"):
        for case_id in cases:
            town.edit(case_id, urgency=urgency)
        town.tick()
        town.clock.move(seconds=2)
    for _ in range(8):
        town.clock.move(seconds=15)
        town.tick()
    assert len(town.slack.called("chat.update")) > 42, "more than a minute has room for"
    assert refused(town, "ratelimited") == 0
    boards = [m for m in town.slack.messages(CHANNEL) if m.get("blocks")]
    assert len(boards) == 8
    assert all("緊急" in str(board["blocks"]) for board in boards)
    assert standing(town, ELDERLY) == 8


def test_retry_after_is_kept_for_that_channel_alone(town: SlackTown) -> None:
    """Slack says 30 seconds for hers: his go on, hers waits so long and is not counted."""
    tell(town, ELDERLY, "a")
    town.slack.fail(POST, status=429, retry_after=30)
    town.tick()
    assert states(town) == [("waiting", "ratelimited")]
    tell(town, DISABILITY, "b")
    tell(town, ELDERLY, "c")
    town.tick()
    assert (standing(town, ELDERLY), standing(town, DISABILITY)) == (0, 1)
    town.clock.move(seconds=29)
    town.tick()
    assert standing(town, ELDERLY) == 0
    town.clock.move(seconds=3)
    town.tick()
    assert standing(town, ELDERLY) >= 1
    assert refused(town, "ratelimited") == 0


def test_a_clock_that_was_put_back_shuts_nothing() -> None:
    clock = MovedClock()
    pace = SlackPace(clock.now)
    assert pace.take(POST, "D1") is None
    clock.move(hours=-2)
    assert pace.take(POST, "D1") is None


def test_a_slow_slack_holds_up_neither_the_clock_nor_other_ways(town: SlackTown) -> None:
    """While Slack hangs, promises are kept and inboxes are filled."""
    town.part.door.api._client.timeout = 15
    town.slack.rates.off()
    tell(town, ELDERLY, "slow")
    hanging = town.slack.hang(POST)
    errand = threading.Thread(target=town.ticks.run_job, args=(SLACK,))
    errand.start()
    assert hanging.began.wait(10)
    case_id = town.open_case("A14")
    town.ticks.tick()
    assert "referral_asked" in {m.notice.key for m in town.mail(ELDERLY)}
    town.ticks.run_job("slack_cards")
    assert town.slack.messages(CHANNEL), case_id
    hanging.release()
    errand.join(timeout=20)
    assert not errand.is_alive()


def test_nobody_at_the_other_end_costs_no_attempt_and_is_not_asked_over_and_over() -> None:
    """No network: nothing arrived for sure, and for a minute nothing is tried at all."""
    clock = MovedClock()
    outgoing = SlackOutgoing(Api("xoxb-1", "http://127.0.0.1:9/api/"), clock.now, lambda _: None)
    for method in (POST, "chat.update"):
        with pytest.raises(SlackRefused) as refusal:
            outgoing.call(method, channel="D1")
        assert (refusal.value.kind, refusal.value.code) == (ErrorKind.LATER, "unreachable")
        assert refusal.value.after is not None


# -- once where Slack lets one tell ---------------------------------------------------------------


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("how", ["hang", "drop", "500", "internal_error"])
def test_an_attempt_without_an_answer_is_looked_for_before_the_next(
    town: SlackTown, how: str, arrives: bool
) -> None:
    """Whether it arrived or not: in the end the message stands there once, kept as a card."""
    tell(town, ELDERLY, "a")
    match how:
        case "hang":
            town.part.door.api._client.timeout = 1
            town.slack.hang(POST, arrives=arrives, seconds=1.5)
        case "drop":
            town.slack.drop(POST, arrives=arrives)
        case "500":
            town.slack.fail(POST, arrives=arrives)
        case _:
            town.slack.error(POST, how, arrives=arrives)
    town.tick()
    assert [state for state, _ in states(town)] == ["waiting"]
    town.clock.move(seconds=RETRIES[0].total_seconds())
    town.tick()
    assert states(town) == [("sent", "")]
    assert standing(town, ELDERLY) == 1
    (message,) = town.slack.dm(user_of(ELDERLY))
    with town.database.open() as unit:
        (post,) = unit.posts.find(SLACK, kind="notice")
    assert (post.place, post.external_id) == (message["channel"], message["ts"])


@pytest.mark.parametrize("ahead", [{"hours": 2}, {"days": 3}, {"days": 400}])
def test_it_is_looked_for_also_when_the_clock_was_put_back(
    town: SlackTown, ahead: dict[str, int]
) -> None:
    """Slack stamps a message by its own clock; ours was ahead when the notice was made."""
    tell(town, ELDERLY, "a")
    town.tick()
    now = town.clock.at
    receiver = Receiver(ELDERLY, "", "", {SLACK: user_of(ELDERLY)})
    made = now + timedelta(**ahead)
    for name, is_there in (("a", True), ("b", False)):
        notice = Notice(f"{ELDERLY}-{name}", "drafts_expiring", ELDERLY, name, {}, created_at=made)
        assert (town.part.channel.found(receiver, notice, now) is not None) is is_there


def test_a_kill_between_sending_and_recording_repeats_nothing(town: SlackTown) -> None:
    """The next process looks first, and records what it finds."""
    tell(town, ELDERLY, "a")

    class Dies(SlackChannel):
        def send(self, *args: Any, **more: Any) -> Result:
            super().send(*args, **more)
            raise Killed

    dying = OutboxSender(
        town.database.open, town.desk, load_texts(None), Inbox(), {SLACK: Dies(town.part.door)}
    )
    with pytest.raises(Killed):
        dying.drain()
    assert standing(town, ELDERLY) == 1
    town.clock.move(seconds=LEASE.total_seconds())
    town.tick()
    assert states(town) == [("sent", "")]
    assert standing(town, ELDERLY) == 1


def test_where_it_cannot_be_looked_it_is_said_to_be_unknown(town: SlackTown) -> None:
    """The administrator sees it, by which way, and sends it again once one can look."""
    town.slack.take_scope("im:history")
    tell(town, ELDERLY, "a")
    town.slack.drop(POST, arrives=True)
    town.tick()
    town.clock.move(minutes=1)
    town.tick()
    assert states(town) == [("unknown", "cannot_look")]
    page = town.web(ADMINISTRATOR).text("/admin")
    assert "到達不明" in page
    assert "Slack" in page
    assert "届いたかを確かめる権限がない" in page
    town.slack.scopes |= {"im:history"}
    town.clock.move(minutes=5)
    send_again(town)
    town.tick()
    assert states(town)[-1:] == [("sent", "")]
    assert standing(town, ELDERLY) == 1, "it was found"


def test_what_never_gets_an_answer_is_unknown_in_the_end(town: SlackTown) -> None:
    """Slack answers, but never to this one: for days it is tried again, ten minutes apart. Not
    dead: it may have arrived, and nobody can say."""
    tell(town, ELDERLY, "a")
    town.slack.fail(POST, times=9999)
    town.tick()
    for _ in range(3):
        town.clock.move(minutes=10)
        town.tick()
    assert states(town) == [("waiting", "http_500")]
    town.clock.move(seconds=PATIENCE.total_seconds())
    town.tick()
    assert states(town) == [("unknown", "http_500")]


def test_after_a_restore_what_slack_has_already_is_not_sent_again(town: SlackTown) -> None:
    """Set aside; sent again by the administrator, it is found and recorded."""
    tell(town, ELDERLY, "a")
    town.slack.drop(POST, arrives=True)  # sent after the backup was taken
    town.tick()
    town.clock.move(minutes=2)
    town.desk.handle(RecordRestored(town.desk.now()), Caller.CONSOLE)
    town.tick()
    assert states(town) == [("unknown", "no_answer")]
    send_again(town)
    town.tick()
    assert (states(town)[-1:], standing(town, ELDERLY)) == ([("sent", "")], 1)


# -- what is switched off -------------------------------------------------------------------------


def test_nothing_waits_for_a_way_that_is_switched_off(town: SlackTown) -> None:
    """Without Slack's settings the accounts are still known: what would go there alone is put
    aside, a link takes its other way, and the clock has nothing left that is due for ever."""
    tell(town, ELDERLY, "a")
    town.convene(town.open_case("A14"))  # a card for who runs it, if they are on a chat
    with town.database.open() as unit:
        hers = unit.directory.member(ELDERLY)
    assert hers is not None
    assert hers.email
    town.desk.handle(RequestSignInLink(hers.email, "browser", (SLACK,)), Caller.DOOR)
    mailed: list[tuple[str, str]] = []

    class Mail(SlackChannel):
        def send(self, receiver: Receiver, notice: Notice, *more: Any, **_: Any) -> Result:
            mailed.append((receiver.member_id, notice.key))
            return Result(SendOutcome.SENT)

    ways = {"mail": Mail(town.part.door)}
    without = OutboxSender(town.database.open, town.desk, load_texts(None), Inbox(), ways)
    keys = {key for key, _, _ in rows(town)}
    assert keys == {"drafts_expiring", "meeting_convened", "sign_in_link"}
    without.drain()
    assert {(state, error) for _, state, error in rows(town)} == {("dropped", "way_switched_off")}
    assert mailed == [(ELDERLY, "sign_in_link")]
    assert standing(town, ELDERLY) == 0
    due = town.desk.ask(GetNextDue(), Caller.CLOCK)
    assert due is not None
    assert due > town.desk.now()
    assert "この送り方は使っていない" in town.web(ADMINISTRATOR).text("/admin")


# -- what is shut ---------------------------------------------------------------------------------


def trouble(town: SlackTown, member_id: str = ADMINISTRATOR) -> list[str]:
    """What the administrator was told of Slack in the inbox."""
    found = [m.notice for m in town.mail(member_id) if m.notice.key == "channel_trouble"]
    return [str(notice.facts["code"]) for notice in found]


def test_who_was_deactivated_is_gone_and_the_rest_goes_on(town: SlackTown) -> None:
    """The notice is dead for Slack and lies in the inbox; the administrators hear of it once."""
    town.slack.deactivate(user_of(ELDERLY))
    town.slack.rates.off()
    town.open_case("A14", "A17")
    town.tick()
    assert Counter(state for state, _ in states(town))["dead"] == 1
    assert standing(town, DISABILITY) == 1
    assert "referral_asked" in {m.notice.key for m in town.mail(ELDERLY)}
    with town.database.open() as unit:
        account = unit.accounts.get(SLACK, user_of(ELDERLY))
    assert account is not None
    assert account.state == "gone"
    town.open_case("A14")
    town.tick()
    town.tick()
    assert Counter(state for state, _ in states(town))["dead"] == 1, "nothing goes there any more"
    assert trouble(town) == ["user_disabled"]


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "missing_scope"])
def test_a_shut_door_loses_nothing_and_is_told_once_a_day(town: SlackTown, code: str) -> None:
    """Nothing is dead; every five minutes it is tried again; inbox and mail say what is wrong."""
    if code == "missing_scope":
        town.slack.take_scope("chat:write")
    else:
        town.slack.revoke(code)
    tell(town, ELDERLY, "a", "b", "c")
    tell(town, DISABILITY, "d")
    for _ in range(4):
        town.tick()
        town.clock.move(minutes=1)
    assert len(town.slack.called(POST)) <= 1, "it is not asked over and over"
    assert {state for state, _ in states(town)} == {"waiting"}
    assert trouble(town) == [code]
    with town.database.open() as unit:
        mails = [d for d in unit.outbox.recent() if d.via == "mail"]
    assert {(d.key, d.member_id) for d in mails} >= {("channel_trouble", ADMINISTRATOR)}
    town.clock.move(seconds=NOT_NOW.total_seconds())
    town.tick()
    assert trouble(town) == [code], "once a day"
    town.slack.mend()
    town.slack.scopes |= {"chat:write"}
    for _ in range(15):
        town.clock.move(seconds=30)
        town.tick()
    assert standing(town, ELDERLY) == 3
    notices = [(state, error) for key, state, error in rows(town) if key == "drafts_expiring"]
    assert set(notices) == {("sent", "")}


def test_the_next_day_it_is_told_again(town: SlackTown) -> None:
    town.slack.revoke()
    tell(town, ELDERLY, "a")
    town.tick()
    town.clock.move(days=3)
    town.tick()
    town.tick()
    assert trouble(town) == ["token_revoked", "token_revoked"]


# -- names call nobody ----------------------------------------------------------------------------

HOSTILE = st.lists(
    st.sampled_from(
        [
            "<!channel>",
            "<!here|x>",
            "<@U1>",
            "@here",
            "&lt;@U1&gt;",
            "<https://a.example|b>",
            "*a*",
            "_b_",
            "`c`",
            "~d~",
            "&",
            "<",
            ">",
            "甲野",
            "<#C1>",
            "!channel",
            "|",
            ":smile:",
        ]
    ),
    max_size=30,
).map("".join)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=HOSTILE, body=HOSTILE, heading=HOSTILE, value=HOSTILE, label=HOSTILE)
def test_whatever_something_is_called_it_calls_nobody(  # noqa: PLR0917 - the parts of a card
    slack_town: SlackTown, title: str, body: str, heading: str, value: str, label: str
) -> None:
    """In every text that Slack reads its marks in, none of theirs is left."""
    door = slack_town.part.door
    card = Card(title, body, ((heading, value),), (CardButton(label, "directory", ""),))
    message = card_message(door, card)
    answer = door.api.call(POST, channel=user_of(ELDERLY), **sent(message))
    (stands,) = [m for m in slack_town.slack.dm(user_of(ELDERLY)) if m["ts"] == answer["ts"]]
    for text in [stands["text"], *marked(stands["blocks"])]:
        assert "<" not in text
        assert ">" not in text
        assert all(rest.startswith(("amp;", "lt;", "gt;")) for rest in text.split("&")[1:])


def marked(part: Any) -> Iterator[str]:
    """Every text that Slack reads its marks in."""
    match part:
        case {"type": "mrkdwn", "text": str() as text, "verbatim": True}:
            yield text
        case {"type": "mrkdwn"}:
            raise AssertionError("names in it would be looked for")
        case dict():
            for one in part.values():
                yield from marked(one)
        case list():
            for one in part:
                yield from marked(one)
        case _:
            pass


def test_a_card_of_the_greatest_length_fits(slack_town: SlackTown) -> None:
    """Fifty-letter names everywhere, all of them marks that grow when they are escaped."""
    door = slack_town.part.door
    name = "&" * 50
    card = Card(name, "<" * 120, ((name, ">" * 200),) * 5, (CardButton(name, "directory", ""),) * 3)
    answer = door.api.call(POST, channel=user_of(ELDERLY), **sent(card_message(door, card)))
    assert answer["ok"]


def test_a_notification_of_any_length_fits_into_an_update(slack_town: SlackTown) -> None:
    """Slack counts its bytes there, of which a Japanese letter has three and a rare one four."""
    door = slack_town.part.door
    short, long = said("短"), replace(said("短"), text="𠮷&" * 3000)
    answer = door.api.call(POST, channel=user_of(ELDERLY), **sent(short))
    place = {"channel": answer["channel"], "ts": answer["ts"]}
    assert door.api.call("chat.update", **place, **sent(long))["ok"]


def test_the_ways_are_told_apart_on_the_deliveries_page(town: SlackTown) -> None:
    town.slack.rates.off()
    town.open_case("A14")
    town.tick()
    view = town.desk.ask(GetAdministration(), ADMINISTRATOR)
    ways = {line.delivery.via for line in view.recent if line.delivery.key == "referral_asked"}
    assert ways == {"", SLACK}
