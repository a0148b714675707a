"""LINE WORKS's callbacks: believed by their signature alone, kept, answered at once, done once."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.chat.deferred_callbacks import SLOWEST, TRIES
from handlers.chat.people import ASK
from handlers.chat.stored_reply import FRESH, LATEST
from handlers.lineworks.answering import EventAnswers
from handlers.lineworks.callback import AHEAD
from handlers.lineworks.door import LINEWORKS, PRESSED, Said, UserInput
from handlers.lineworks.event import OLDEST
from storage.tables import callbacks
from tests.lineworks.callbacks import odd_bodies, written
from tests.lineworks.pieces import Json
from tests.lineworks.product import LineworksTown, LineworksTownWith, another_process, user_of
from tests.support.people import ADMINISTRATOR, ELDERLY
from workflows.core.permissions import Caller
from workflows.core.ports import Callback, CannotStore
from workflows.maintenance.daily_chores import EVENT_LIFE, SLACK_REQUEST_LIFE, Chore, DoChore

PERSON = "M21"
USER = user_of(PERSON)
SECRET = "田中さんの電話は080"


@pytest.fixture
def town(lineworks_town: LineworksTown) -> Iterator[LineworksTown]:
    yield lineworks_town
    lineworks_town.lineworks.mend()


@pytest.fixture
def asleep(town: LineworksTown, monkeypatch: pytest.MonkeyPatch) -> LineworksTown:
    """What comes in is kept, and nobody works it off until the clock ticks."""
    monkeypatch.setattr(town.part.runner, "begin", lambda callback: None)
    return town


def rows(town: LineworksTown) -> list[tuple[str, bool]]:
    """The error of each callback, and whether it is over."""
    with town.database.engine.connect() as connection:
        found = connection.execute(callbacks.select().order_by(callbacks.c.number))
        return [(row.error, row.try_at is None) for row in found]


def said_to(town: LineworksTown, user: str = USER) -> list[str]:
    """What the bot said to one person, the oldest first."""
    return [
        str(one.content.get("text") or one.content.get("contentText"))
        for one in town.lineworks.messages(user)
        if one.by == "bot"
    ]


def menu_event(town: LineworksTown) -> Json:
    said = {"type": "text", "text": "メニュー"}
    return town.lineworks.world.event("message", user=USER, content=said)


# -- what is believed -----------------------------------------------------------------------------


def test_who_is_not_lineworks_is_turned_away_and_counted(town: LineworksTown) -> None:
    event = menu_event(town)
    assert town.endpoint.forged(event).status == 401
    assert town.endpoint.unsigned(event).status == 401
    assert town.endpoint.send(written(event), signature="ｎｏ").status == 401
    assert town.endpoint.of_another_bot(event).status == 401
    assert town.endpoint.send(written(event), bot_id="").status == 401
    town.settle()
    assert rows(town) == []
    assert said_to(town) == []
    health = town.part.health()
    assert (health.turned_away, health.strangers) == (3, 2)


@pytest.mark.parametrize("moved", [OLDEST, -AHEAD])
def test_an_old_callback_played_again_is_turned_away_and_counted(
    town: LineworksTown, moved: timedelta
) -> None:
    """Its key is forgotten one day, its signature stays right: by its own time it is too old. One
    from a future in which its key may be forgotten is turned away as well."""
    event = menu_event(town)
    town.clock.at += moved + timedelta(minutes=1) * (1 if moved > timedelta(0) else -1)
    assert town.endpoint.send(written(event)).status == 401
    town.settle()
    assert (rows(town), said_to(town)) == ([], [])
    assert town.part.health().turned_away == 1


def test_a_callback_is_turned_away_long_before_its_key_is_forgotten(town: LineworksTown) -> None:
    assert OLDEST + AHEAD < EVENT_LIFE
    event = menu_event(town)
    town.endpoint.tell(event)
    town.clock.move(seconds=(OLDEST - timedelta(minutes=5)).total_seconds())
    town.endpoint.tell(event)
    town.settle()
    assert len(rows(town)) == 1


def test_whatever_is_told_is_answered_and_survived(
    town: LineworksTown, caplog: pytest.LogCaptureFixture
) -> None:
    """Unknown types, unknown people, rooms without a name, no user, no JSON: 200, and on."""
    for name, body in odd_bodies(town.lineworks.world, USER).items():
        assert town.endpoint.send(body).status == 200, name
    nested = b'{"type":' + b"[" * 100_000
    assert town.endpoint.send(nested).status == 200
    half = b'{"type": "message", "source": {"userId": "\\ud800\\u0000"}}'
    assert town.endpoint.send(half).status == 200
    town.settle()
    assert {is_over for _, is_over in rows(town)} == {True}
    assert "lineworks_failed" not in caplog.text
    town.person(PERSON).say("メニュー")
    assert "[" in town.person(PERSON).screen_text(room="")


def test_a_text_with_half_a_letter_is_read(town: LineworksTown) -> None:
    source, content = {"userId": USER}, {"type": "text", "text": "\ud800メニュー"}
    body = json.dumps({"type": "message", "source": source, "content": content})
    assert town.endpoint.send(body.encode()).status == 200
    town.settle()
    assert len(said_to(town)) == 1


# -- kept, answered, done once --------------------------------------------------------------------


def test_it_is_kept_before_it_is_answered_and_outlives_the_process(asleep: LineworksTown) -> None:
    """The process that answered 200 ends; another one works it off."""
    asleep.person(PERSON).say("メニュー")
    assert said_to(asleep) == []
    with another_process(asleep) as (_, part):
        while part.runner.step():
            pass
    assert len(said_to(asleep)) == 1
    assert rows(asleep) == [("", True)]


def test_what_was_written_lies_sealed_and_goes_when_it_is_done(asleep: LineworksTown) -> None:
    asleep.person(PERSON).say(SECRET)

    def content() -> str:
        with asleep.database.engine.connect() as connection:
            return str(connection.execute(callbacks.select()).one().content)

    assert content()
    assert SECRET not in content()
    assert "M21" not in content()
    asleep.tick()
    assert content() == ""


def test_what_was_written_is_in_no_log(
    town: LineworksTown, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(heard: UserInput) -> Said:
        raise ValueError(heard.text)

    monkeypatch.setitem(PRESSED, "breaks", breaks)
    caplog.set_level("DEBUG")
    person = town.person(PERSON)
    person.say(SECRET)
    token = town.part.door.token("breaks")
    content = {"type": "text", "text": SECRET, "postback": token}
    person.event(town.lineworks.world.event("message", user=USER, content=content))
    assert "lineworks_failed error=ValueError" in caplog.text
    assert SECRET not in caplog.text
    assert token not in caplog.text
    assert USER not in caplog.text


def test_the_same_callback_twice_is_one(town: LineworksTown) -> None:
    person = town.person(PERSON)
    person.say("メニュー")
    person.resend_last()
    with another_process(town) as (endpoint, part):
        endpoint.send(person._last)
        assert part.runner.idle()
    assert len(said_to(town)) == 1
    assert len(rows(town)) == 1


def test_the_same_words_again_are_another_callback(town: LineworksTown) -> None:
    town.person(PERSON).say("メニュー")
    town.person(PERSON).say("メニュー")
    assert len(said_to(town)) == 2


def test_one_persons_deeds_are_done_in_their_order(
    asleep: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes with several hands each: what came first is done, and told, first."""
    done: list[str] = []

    def note(heard: UserInput) -> Said:
        done.append(heard.item)
        return Said({"type": "text", "text": heard.item})

    monkeypatch.setitem(PRESSED, "note", note)
    for n in range(12):
        for member in (PERSON, "M30"):
            asleep.press(asleep.person(member), "note", item=f"{member} {n:02d}")
    with another_process(asleep) as (_, part):
        hands = [
            threading.Thread(target=runner._all)
            for runner in (asleep.part.runner, part.runner)
            for _ in range(3)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        asleep.tick()
    for member in (PERSON, "M30"):
        wanted = [f"{member} {n:02d}" for n in range(12)]
        assert [one for one in done if one.startswith(member)] == wanted
        assert said_to(asleep, user_of(member)) == wanted


def test_a_deed_waits_for_an_earlier_one_of_the_same_person_alone(asleep: LineworksTown) -> None:
    """And what is told waits for what is to be told before; a deed waits for no telling."""
    asleep.person(PERSON).say("メニュー")
    asleep.person(PERSON).say("ヘルプ")
    asleep.person("M30").say("メニュー")
    now = asleep.desk.now()
    with asleep.database.open() as unit:

        def claimed(worker: str) -> Callback | None:
            return unit.callbacks.claim(now, worker, LINEWORKS)

        first, another = claimed("a"), claimed("b")
        assert first
        assert another
        assert (first.sender, another.sender) == (USER, user_of("M30"))
        assert claimed("c") is None
        assert unit.callbacks.answered(first, "a", "{}", now)
        told = claimed("d")
        assert told
        assert (told.id, told.answered) == (first.id, True)
        second = claimed("e")
        assert second
        assert (second.sender, second.answered) == (USER, False)
        assert unit.callbacks.answered(second, "e", "{}", now)
        assert claimed("f") is None
        assert unit.callbacks.over(told, "d")
        last = claimed("g")
        assert last
        assert (last.id, last.answered) == (second.id, True)


def test_a_worker_that_died_is_followed_by_another(asleep: LineworksTown) -> None:
    asleep.person(PERSON).say("メニュー")
    with asleep.database.open() as unit:
        assert unit.callbacks.claim(asleep.desk.now(), "killed", LINEWORKS)
        unit.commit()
    asleep.tick()
    assert said_to(asleep) == []
    asleep.clock.move(minutes=3)
    asleep.tick()
    assert len(said_to(asleep)) == 1


def test_a_late_worker_changes_nothing(asleep: LineworksTown) -> None:
    asleep.person(PERSON).say("メニュー")
    with asleep.database.open() as unit:
        claimed = unit.callbacks.claim(asleep.desk.now(), "late", LINEWORKS)
        unit.commit()
    assert claimed
    asleep.clock.move(minutes=3)
    asleep.tick()
    with asleep.database.open() as unit:
        assert not unit.callbacks.answered(claimed, "late", "{}", asleep.desk.now())
        assert not unit.callbacks.over(claimed, "late")
    assert len(said_to(asleep)) == 1


def test_what_breaks_is_tried_again_and_then_said_to_be_broken(
    town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def breaks(heard: UserInput) -> Said:
        tried.append(heard.here.event)
        raise RuntimeError

    monkeypatch.setitem(PRESSED, "breaks", breaks)
    town.press(town.person(PERSON), "breaks")
    assert (len(tried), said_to(town)) == (1, [])
    for _ in range(5):
        town.clock.move(seconds=30)
        town.tick()
    assert len(tried) == TRIES
    assert len(set(tried)) == 1, "a command of the same event is done once"
    assert said_to(town) == [town.part.door.say("lineworks_app.broken")]


def test_what_kills_its_worker_every_time_is_not_tried_for_ever(
    asleep: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setitem(PRESSED, "kills", lambda heard: tried.append(heard.here.event))
    asleep.press(asleep.person(PERSON), "kills")
    for _ in range(TRIES):
        with asleep.database.open() as unit:
            assert unit.callbacks.claim(asleep.desk.now(), "killed", LINEWORKS)
            unit.commit()
        asleep.clock.move(minutes=3)
    asleep.tick()
    assert tried == []
    assert said_to(asleep) == [asleep.part.door.say("lineworks_app.broken")]
    assert rows(asleep) == [("", True)]


# -- telling what came of it ----------------------------------------------------------------------


def test_an_answer_waits_while_lineworks_has_no_room_and_holds_up_no_deed(
    town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def note(heard: UserInput) -> Said:
        done.append(heard.item)
        return Said({"type": "text", "text": heard.item})

    monkeypatch.setitem(PRESSED, "note", note)
    town.lineworks.fail("send.user", 429, retry_after=40)
    town.press(town.person(PERSON), "note", item="1")
    town.press(town.person(PERSON), "note", item="2")
    assert done == ["1", "2"]
    assert said_to(town) == []
    town.clock.move(seconds=45)
    town.tick()
    assert said_to(town) == ["1", "2"]
    assert done == ["1", "2"]
    assert rows(town) == [("", True), ("", True)]


@pytest.mark.parametrize("arrives", [True, False])
def test_an_answer_that_may_have_arrived_is_not_said_twice(
    town: LineworksTown, *, arrives: bool
) -> None:
    town.lineworks.drop("send.user", arrives=arrives)
    town.person(PERSON).say("メニュー")
    town.clock.move(minutes=5)
    town.tick()
    assert len(said_to(town)) == (1 if arrives else 0)
    assert rows(town) == [("no_answer", True)]


def test_an_answer_of_yesterday_is_not_given(town: LineworksTown) -> None:
    town.lineworks.take_scope("bot.message", "bot")
    town.person(PERSON).say("メニュー")
    town.clock.move(seconds=LATEST.total_seconds() + 600)
    town.lineworks.tokens.scopes |= {"bot.message", "bot"}
    town.tick()
    assert said_to(town) == []
    assert [is_over for _, is_over in rows(town)] == [True]


def test_an_answer_told_late_brings_no_link_that_is_over(town: LineworksTown) -> None:
    """A button that asks for it anew stands instead; what has no link is told as it was."""
    say, person = town.part.door.say, town.person(PERSON)
    late = FRESH.total_seconds() + 5
    town.lineworks.fail("send.user", 429, retry_after=late - 1)
    person.say("新規")
    person.say("ヘルプ")
    assert said_to(town) == []
    town.clock.move(seconds=late)
    town.tick()
    anew, helped = person.messages()[-2:]
    assert anew.content["contentText"] == say("lineworks_app.late.why")
    assert "http" not in str(anew.content)
    assert say("lineworks.help.privacy") in helped.content["contentText"]
    person.press(say("lineworks_app.late.again"))
    assert "/cases/new" in person.press("画面を開く")


def test_an_answer_told_soon_brings_its_link(town: LineworksTown) -> None:
    town.lineworks.fail("send.user", 429, retry_after=40)
    town.person(PERSON).say("新規")
    town.clock.move(seconds=45)
    town.tick()
    assert "/cases/new" in town.person(PERSON).press("画面を開く")


# -- who and where --------------------------------------------------------------------------------


def test_in_a_room_it_says_once_where_to_ask_and_then_keeps_silent(town: LineworksTown) -> None:
    world = town.lineworks.world
    room = town.lineworks.add_room([USER, user_of("M30")], "連携室")
    town.lineworks.deliver(town.endpoint)
    hint = town.part.door.say("lineworks_app.room")
    assert [m.content["text"] for m in town.lineworks.room_messages(room.id)] == [hint]
    person = town.person(PERSON)
    person.say("メニュー", room.id)
    person.say("R8-0001", room.id)
    world.due.append(world.event("join", channel=room.id))
    town.lineworks.deliver(town.endpoint)
    assert [m.by for m in town.lineworks.room_messages(room.id) if m.by == "bot"] == ["bot"]
    assert said_to(town) == []


def test_what_is_pressed_in_a_room_is_answered_to_that_person_alone(town: LineworksTown) -> None:
    room = town.lineworks.add_room([USER, user_of("M30")])
    town.lineworks.deliver(town.endpoint)
    before = town.lineworks.room_messages(room.id)
    token = town.part.door.token("menu")
    world = town.lineworks.world
    town.person(PERSON).event(world.event("postback", user=USER, channel=room.id, data=token))
    assert len(said_to(town)) == 1
    content = {"type": "text", "text": "予約する", "postback": "of another bot"}
    person = town.person(PERSON)
    person.event(world.event("message", user=USER, channel=room.id, content=content))
    assert len(said_to(town)) == 1
    assert town.lineworks.room_messages(room.id) == before


def test_a_talk_between_two_that_has_a_channel_is_known_by_its_begin(town: LineworksTown) -> None:
    """LINE WORKS is not to name one. Where it does, the next process knows it as well."""
    town.lineworks.world.private_channel_ids = True
    town.person(PERSON).begin()
    town.person(PERSON).say("メニュー")
    assert len(said_to(town)) == 2
    with another_process(town) as (endpoint, part):
        town.lineworks.person(USER, endpoint).say("ヘルプ")
        assert part.runner.idle()
    assert len(said_to(town)) == 3


def test_where_a_channel_is_named_nothing_typed_is_read_unless_it_is_known_to_be_private(
    town: LineworksTown,
) -> None:
    """A room that the bot was in before it was told of anything: nobody's `join` ever came."""
    room = town.lineworks.add_room([USER, user_of("M30")])
    town.lineworks.world.due.clear()
    for member in (PERSON, "M30"):
        for typed in ("メニュー", "○", "R8-0001", "お疲れさまです"):
            town.person(member).say(typed, room.id)
    assert said_to(town) == said_to(town, user_of("M30")) == []
    assert {one.by for one in town.lineworks.room_messages(room.id)} == {USER, user_of("M30")}
    token, world = town.part.door.token("menu"), town.lineworks.world
    town.person(PERSON).event(world.event("postback", user=USER, channel=room.id, data=token))
    assert len(said_to(town)) == 1


def test_what_one_person_opened_is_private_to_nobody_else(town: LineworksTown) -> None:
    """And is private no more once the bot is told that others come and go there."""
    world, said = town.lineworks.world, {"type": "text", "text": "メニュー"}
    other = user_of("M30")

    def told(kind: str, user: str, **more: Json) -> None:
        town.person(PERSON).event(world.event(kind, user=user, channel="talk", **more))

    told("begin", USER)
    told("begin", other)
    told("message", other, content=said)
    assert said_to(town, other) == []
    told("message", USER, content=said)
    assert len(said_to(town)) == 2
    world.due.append(world.event("joined", channel="talk", members=[other]))
    town.lineworks.deliver(town.endpoint)
    told("message", USER, content=said)
    assert len(said_to(town)) == 2


def test_a_room_is_remembered_by_the_next_process(town: LineworksTown) -> None:
    room = town.lineworks.add_room([USER])
    town.lineworks.deliver(town.endpoint)
    with another_process(town) as (endpoint, part):
        content = {"type": "text", "text": "メニュー"}
        event = town.lineworks.world.event("message", user=USER, channel=room.id, content=content)
        endpoint.tell(event)
        assert part.runner.idle()
    assert said_to(town) == []


def test_a_button_of_nobodys_is_answered_politely(town: LineworksTown) -> None:
    world = town.lineworks.world
    town.person(PERSON).event(world.event("postback", user=USER, data="t=abc"))
    town.press(town.person(PERSON), "no_such_verb")
    content = {"type": "text", "text": "○", "postback": "t=abc"}
    town.person(PERSON).event(world.event("message", user=USER, content=content))
    stale = town.part.door.say("lineworks_app.stale")
    assert said_to(town) == [stale] * 3


def test_a_token_of_another_platform_opens_nothing(town: LineworksTown) -> None:
    token = town.part.door.tokens.seal("press", {"v": "menu", "s": "", "i": ""})
    world = town.lineworks.world
    town.person(PERSON).event(world.event("postback", user=USER, data=token))
    assert said_to(town) == [town.part.door.say("lineworks_app.stale")]


def test_who_opens_the_talk_is_greeted(town: LineworksTown) -> None:
    town.person(PERSON).begin()
    town.person(PERSON).press_begin()
    assert len(said_to(town)) == 2
    town.person(PERSON).end()
    assert len(said_to(town)) == 2


def test_somebody_is_linked_by_their_address_when_they_first_speak(
    lineworks_town_with: LineworksTownWith,
) -> None:
    town = lineworks_town_with(linked=False)
    town.person(PERSON).say("メニュー")
    with town.database.open() as unit:
        account = unit.accounts.get(LINEWORKS, USER)
    assert account
    assert account.member_id == PERSON
    assert len(said_to(town)) == 1


def test_a_stranger_may_ask_and_is_told_nothing_else(town: LineworksTown) -> None:
    town.lineworks.add_user("u-new", "新田 一", email="new@example.jp")
    person = town.lineworks.person("u-new", town.endpoint)
    for kind in ("end", "reacted"):  # nothing that anybody did to be answered
        person.event(town.lineworks.world.event(kind, user="u-new"))
    assert said_to(town, "u-new") == []
    person.say("R8-0001")
    say = town.part.door.say
    assert said_to(town, "u-new") == [say("lineworks_app.stranger.how")]
    label = say("lineworks_app.stranger.ask")
    person.press(label)
    person.press(label)
    assert said_to(town, "u-new")[1:] == [
        say("lineworks_app.stranger.asked"),
        say("lineworks_app.stranger.again"),
    ]
    assert ADMINISTRATOR in town.told("account_asked")


def test_who_was_registered_meanwhile_is_told_so_by_the_old_button(town: LineworksTown) -> None:
    town.press(town.person(PERSON), ASK)
    linked = town.part.door.say("lineworks_app.stranger.linked")
    assert [words.split("\n")[0] for words in said_to(town)] == [linked]


@pytest.mark.parametrize("typed", ["メニュー", "R8-0001", "○", "こんにちは"])
def test_who_left_the_town_is_told_nothing_but_that(town: LineworksTown, typed: str) -> None:
    """Their account in LINE WORKS still works, and is still linked."""
    town.has_left(PERSON)
    town.person(PERSON).say(typed)
    for verb in ("desk", ASK):
        town.press(town.person(PERSON), verb)
    assert said_to(town) == [town.part.door.say("denied.not_active")] * 3


def test_who_is_suspended_or_unreadable_is_turned_down(town: LineworksTown) -> None:
    say = town.part.door.say
    town.lineworks.add_user("u-new", "新田 一", email="new@example.jp")
    person = town.lineworks.person("u-new", town.endpoint)
    town.lineworks.fail("users.read", 500)
    person.say("メニュー")
    assert said_to(town, "u-new") == [say("lineworks_app.stranger.not_now")]
    nobody = town.lineworks.world.event(
        "message", user="u-gone", content={"type": "text", "text": "メニュー"}
    )
    town.endpoint.tell(nobody)
    town.settle()
    assert rows(town)[-1][1]


def test_a_callback_is_forgotten_after_a_while(town: LineworksTown) -> None:
    """What came in is kept as long as other events are, so that a repeat is known."""
    town.person(PERSON).say("メニュー")
    with town.database.open() as unit:
        unit.purge.old_events(town.desk.now(), slack_before=town.desk.now())
        unit.commit()
    assert len(rows(town)) == 1
    town.clock.move(days=1)
    with town.database.open() as unit:
        assert unit.purge.old_events(town.desk.now(), slack_before=town.desk.now()) >= 1
        unit.commit()
    assert rows(town) == []


@pytest.mark.parametrize(("answered", "days"), [(False, SLACK_REQUEST_LIFE.days), (True, 1)])
def test_what_people_wrote_goes_also_where_nobody_works_it_off(
    asleep: LineworksTown, *, answered: bool, days: int
) -> None:
    """LINE WORKS was switched off: what is only to be said is emptied after a day, what was to be
    done after two weeks; and its key is known as long as others."""
    asleep.person(PERSON).say(SECRET)
    if answered:
        asleep.lineworks.take_scope("bot.message", "bot")
        asleep.part.runner.step()
    sweep = DoChore(Chore.EVENTS)
    asleep.clock.move(days=days, hours=-1)
    asleep.desk.handle(sweep, Caller.CLOCK)
    assert [is_over for _, is_over in rows(asleep)] == [False]
    asleep.clock.move(days=1)
    assert asleep.desk.handle(sweep, Caller.CLOCK) >= 1
    assert rows(asleep) == [("too_late", True)]
    with asleep.database.engine.connect() as connection:
        assert connection.execute(callbacks.select()).one().content == ""
    asleep.tick()
    assert said_to(asleep) == []
    asleep.clock.move(days=EVENT_LIFE.days)
    asleep.desk.handle(sweep, Caller.CLOCK)
    assert rows(asleep) == []


def test_what_was_pressed_before_a_weekend_without_a_server_is_done_after_it(
    asleep: LineworksTown,
) -> None:
    """It was acknowledged: on Monday it is done and said so; after a month it is said not to be."""
    case_id = asleep.open_case("A13", by=ELDERLY)
    meeting_id = asleep.convene(case_id)
    slot = asleep.meeting(meeting_id).slots[0]
    person = asleep.person(PERSON)
    asleep.press(person, "answer_slot", meeting_id, f"{slot.id[:8]}.yes")
    asleep.clock.move(days=3)
    asleep.desk.handle(DoChore(Chore.EVENTS), Caller.CLOCK)
    asleep.tick()
    assert str(asleep.meeting(meeting_id).answers["A13"][slot.id].symbol) == "yes"
    assert any("保存しました" in said for said in said_to(asleep))
    asleep.press(person, "answer_slot", meeting_id, f"{slot.id[:8]}.no")
    asleep.clock.move(days=14, hours=1)
    asleep.tick()
    assert str(asleep.meeting(meeting_id).answers["A13"][slot.id].symbol) == "yes"
    assert asleep.part.door.say("put_off.too_old") in said_to(asleep)


def test_one_that_was_put_back_is_not_carried_out_again(asleep: LineworksTown) -> None:
    """By who writes the database: all that says beside it when it came can be written anew, what is
    sealed in it cannot."""
    asleep.person(PERSON).say("メニュー")
    with asleep.database.engine.connect() as connection:
        before = dict(connection.execute(callbacks.select()).one()._mapping)
    asleep.tick()
    assert len(said_to(asleep)) == 1
    asleep.clock.move(days=15)
    again = before | {"received_at": asleep.clock.at, "try_at": asleep.clock.at}
    with asleep.database.engine.begin() as connection:
        connection.execute(callbacks.update().values(again))
    asleep.tick()
    assert said_to(asleep)[1:] == [asleep.part.door.say("put_off.too_old")]


def test_one_that_cannot_be_read_holds_up_nobody(asleep: LineworksTown) -> None:
    asleep.person(PERSON).say("メニュー")
    with asleep.database.engine.begin() as connection:
        connection.execute(callbacks.update().values(content="k1.broken"))
    asleep.person(PERSON).say("ヘルプ")
    asleep.tick()
    assert rows(asleep) == [("unreadable", True), ("", True)]
    assert len(said_to(asleep)) == 1


def test_the_store_keeps_one_of_the_same(asleep: LineworksTown) -> None:
    asleep.person(PERSON).say("メニュー")
    with asleep.database.open() as unit:
        claimed = unit.callbacks.claim(asleep.desk.now(), "a", LINEWORKS)
        assert claimed
        assert not unit.callbacks.put(replace(claimed, attempt=0))


def test_who_did_something_that_cannot_be_kept_is_told(
    town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINE WORKS tells it once and never again. Said without the database, not at each press."""
    monkeypatch.setattr("storage.wait_limits.BUSY_SECONDS", 0)
    file = town.database.engine.url.database or ""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            assert town.endpoint.send(written(menu_event(town))).status == 503
        assert town.part.runner.idle()
        other.execute("ROLLBACK")
    assert said_to(town) == [town.part.door.say("page.trouble.database_busy")]
    assert rows(town) == []


def test_while_the_database_is_away_no_try_counts(
    asleep: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept before is done once it is there again, and nobody hears that it is broken;
    they hear once that it waits."""
    away = iter([True] * 2 * TRIES)
    do = EventAnswers.of

    def of(answers: EventAnswers, *event: Any) -> Any:
        if next(away, False):
            raise CannotStore("database_down")
        return do(answers, *event)

    monkeypatch.setattr(EventAnswers, "of", of)
    assert asleep.endpoint.send(written(menu_event(asleep))).status == 200
    for _ in range(2 * TRIES):
        assert asleep.part.runner.step()
        assert not asleep.part.runner.step()
        asleep.clock.move(seconds=SLOWEST.total_seconds())
    asleep.part.runner.idle()
    assert said_to(asleep) == [asleep.part.door.say("put_off.waits")]
    assert [asleep.part.runner.step(), asleep.part.runner.step()] == [True, True]
    assert len(said_to(asleep)) == 2
    assert rows(asleep) == [("", True)]
