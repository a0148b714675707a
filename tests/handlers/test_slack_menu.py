"""/tsunagu, shortcuts, mentions and direct messages: what people type and what they get."""

import json
from typing import Any

import pytest

from handlers.slack.requests.commands import read_command
from tests.slack.person import Person
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith
from tests.support.people import CLERK, COORDINATOR, ELDERLY, OUTSIDER

NAME = "鈴木 花子"
PLANTED = {"name": NAME, "kana": "スズキ ハナコ", "phone": "090-1234-5678"}


def screen(person: Person) -> str:
    assert person.view is not None
    return person.view.text


@pytest.mark.parametrize(
    "typed", ["R8-0012", "ｒ８－００１２", "r8-12", "R80012", " r8ー12 ", "8-0012"]
)
def test_a_case_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert read_command({"text": typed}) == ("open_case", "R8-0012", "")


@pytest.mark.parametrize(
    ("typed", "verb"),
    [
        ("", "menu"),
        ("new", "new_sheet"),
        ("ＮＥＷ", "new_sheet"),
        ("新規", "new_sheet"),
        ("会議", "meetings"),
        ("help", "help"),
        ("ヘルプ", "help"),
        ("助けて", "help"),
        ("鈴木さんのこと", "menu"),
        ("090-1234-5678", "menu"),
    ],
)
def test_a_word_stands_for_one_thing_and_anything_else_for_the_menu(typed: str, verb: str) -> None:
    assert read_command({"text": typed})[0] == verb


def test_the_menu_shows_what_waits_and_where_everything_begins(slack_town: SlackTown) -> None:
    slack_town.open_case("A14")
    elderly, coordinator = slack_town.person(ELDERLY), slack_town.person(COORDINATOR)
    elderly.command("/tsunagu", "")
    assert elderly.view is not None
    assert "R8-0001" in elderly.view.text
    assert {"返信する", "新しいつなぐシート", "ケースを探す", "ヘルプ"} <= set(elderly.view.buttons)
    assert "会議を招集する" not in elderly.view.buttons
    assert "机" not in elderly.view.buttons
    coordinator.global_shortcut("tsunagu_menu")
    assert coordinator.view is not None
    assert {"会議を招集する", "机"} <= set(coordinator.view.buttons)


def test_what_is_not_understood_brings_the_menu_and_is_not_repeated(slack_town: SlackTown) -> None:
    clerk = slack_town.person(CLERK)
    clerk.command("/tsunagu", "鈴木花子さんの件")
    assert "読み取れませんでした" in screen(clerk)
    assert "鈴木" not in screen(clerk)


def test_help_tells_every_command(slack_town: SlackTown) -> None:
    clerk = slack_town.person(CLERK)
    clerk.command("/tsunagu", "ヘルプ")
    for word in ("new", "R8-0012", "会議", "氏名や相談の内容は、チャットに書かないでください"):
        assert word in screen(clerk)


def test_meetings_are_listed_for_who_may_not_convene(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.convene(case_id)
    elderly, coordinator = slack_town.person(ELDERLY), slack_town.person(COORDINATOR)
    elderly.command("/tsunagu", "会議")
    assert "わたしの会議" in screen(elderly)
    assert "日程を調整中" in screen(elderly)
    coordinator.command("/tsunagu", "会議")
    assert "わたしの会議" not in screen(coordinator)


def test_a_case_is_found_by_part_of_its_number(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", **PLANTED)
    slack_town.open_case("A14")
    slack_town.open_case("A17")
    elderly = slack_town.person(ELDERLY)
    elderly.command("/tsunagu")
    elderly.press("ケースを探す")
    elderly.fill({"ケース番号": "00"})
    elderly.submit()
    assert "2件見つかりました" in screen(elderly)
    assert "R8-0003" not in screen(elderly)
    elderly.fill({"ケース番号": "r8-3"})
    elderly.submit()
    assert "見つかりませんでした" in json.dumps(elderly.errors, ensure_ascii=False)
    elderly.fill({"ケース番号": "r8ー1"})
    elderly.submit()
    assert elderly.view is not None
    assert "R8-0001" in elderly.view.text
    assert not elderly.view.inputs


def test_a_case_number_in_a_direct_message_brings_its_card(slack_town: SlackTown) -> None:
    """At once, also at night; and the card changes in place as the case does."""
    case_id = slack_town.open_case("A14", **PLANTED)
    slack_town.tick()
    slack_town.clock.at = slack_town.clock.at.replace(hour=23)
    elderly = slack_town.person(ELDERLY)
    before = len(elderly.messages())
    elderly.say_to_bot("ｒ８ー１")
    slack_town.tick()
    elderly.resend_last()
    slack_town.tick()
    assert len(elderly.messages()) == before + 2  # what was typed, and one card
    card = json.dumps(elderly.last_message(), ensure_ascii=False)
    assert "R8-0001 お尋ねのケースです" in card
    assert "照会中" in card
    slack_town.reply(case_id, "A14", by=ELDERLY)
    slack_town.tick()
    after = json.dumps(elderly.messages(), ensure_ascii=False)
    assert "いまの状況：受理" in after
    assert NAME not in after


@pytest.mark.parametrize("typed", ["R8-0001", "R8-9999"])
def test_an_outsider_hears_of_no_case(slack_town: SlackTown, typed: str) -> None:
    """A case that may not be seen is as unknown as one that is not."""
    slack_town.open_case("A14", **PLANTED)
    outsider = slack_town.person(OUTSIDER)
    outsider.say_to_bot(typed)
    slack_town.tick()
    (answer,) = [m for m in outsider.messages() if m.get("bot_id")]
    told = json.dumps(answer, ensure_ascii=False)
    assert "見つかりません" in told
    assert "R8-" not in told


def test_anything_else_said_to_the_bot_brings_buttons_and_no_echo(slack_town: SlackTown) -> None:
    clerk = slack_town.person(CLERK)
    clerk.say_to_bot("鈴木花子さんについて教えて")
    clerk.resend_last()
    (answer,) = [m for m in clerk.messages() if m.get("bot_id")]
    told = json.dumps(answer, ensure_ascii=False)
    assert "ボタン" in told
    assert "鈴木" not in told
    clerk.press("メニュー", in_=answer)
    assert "何をしますか" in screen(clerk)


def test_a_mention_is_answered_for_that_person_alone_with_nothing_about_a_case(
    slack_town: SlackTown,
) -> None:
    slack_town.open_case("A14", **PLANTED)
    coordinator = slack_town.person(COORDINATOR)
    before = len(slack_town.slack.messages(CHANNEL))
    coordinator.mention(CHANNEL, "R8-0001 はどうなりましたか")
    coordinator.resend_last()
    (answer,) = coordinator.ephemerals()
    told = json.dumps(answer, ensure_ascii=False)
    assert "メニュー" in told
    assert "R8-0001" not in told
    assert len(slack_town.slack.messages(CHANNEL)) == before + 1  # the mention itself


@pytest.mark.parametrize(
    ("event", "answers"),
    [
        ({}, 1),
        ({"thread_ts": "1.0"}, 1),
        ({"bot_id": "B0BOT"}, 0),
        ({"edited": {"user": "U1", "ts": "2.0"}}, 0),  # Slack tells of it once more
    ],
)
def test_a_mention_by_a_person_is_answered_where_it_was_made(
    slack_town: SlackTown, event: dict[str, Any], answers: int
) -> None:
    coordinator = slack_town.person(COORDINATOR)
    said = slack_town.person(COORDINATOR).say(CHANNEL, "<@UBOT> はい")
    coordinator.event(said | {"type": "app_mention", "event_ts": said["ts"], **event})
    found = coordinator.ephemerals()
    assert len(found) == answers
    asked = slack_town.slack.called("chat.postEphemeral")
    assert [c.args.get("thread_ts") for c in asked] == [event.get("thread_ts")] * answers


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"bot_id": "B0BOT"},
        {"channel_type": "channel"},
    ],
)
def test_bots_and_what_is_edited_or_removed_are_not_answered(
    slack_town: SlackTown, event: dict[str, str]
) -> None:
    clerk = slack_town.person(CLERK)
    said = {"type": "message", "channel_type": "im", "channel": clerk.dm_id, "ts": "1.0"}
    clerk.event({**said, "user": clerk.id, "text": "R8-0001", **event})
    slack_town.tick()
    assert [m for m in clerk.messages() if m.get("bot_id")] == []


def test_whoever_is_not_linked_is_greeted_whatever_they_type(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(linked=False)
    town.slack.add_user("USTRANGER", "stranger", "知らない人", email="nobody@example.org")
    stranger = town.slack.person("USTRANGER", town.endpoint)
    for typed in ("", "new", "R8-0001", "会議", "助けて"):
        stranger.command("/tsunagu", typed)
        assert "登録" in screen(stranger)
    stranger.say_to_bot("R8-0001")
    (answer,) = [m for m in stranger.messages() if m.get("bot_id")]
    assert "登録を頼む" in json.dumps(answer, ensure_ascii=False)
