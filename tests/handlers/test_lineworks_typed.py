"""What people type to the bot in LINE WORKS: understood where it is plain, else turned down."""

from typing import cast

import pytest

import handlers.lineworks.register_all  # noqa: F401 - what may be typed registers itself
from handlers.lineworks.asking import READS
from handlers.lineworks.door import Here
from handlers.lineworks.typed import WORDS, mark_of, plain
from tests.lineworks.product import LineworksTown
from tests.support.people import COORDINATOR, ELDERLY, OUTSIDER
from workflows.chat.open_question import GetQuestion
from workflows.meetings.fix_date import CancelMeeting


def polled(town: LineworksTown) -> str:
    """A meeting of two dates, the first of which 地域包括 was just asked for by a press."""
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY)
    meeting_id = town.convene(case_id)
    town.tick()
    town.person(ELDERLY).press("日程を答える")
    return meeting_id


def test_a_typed_circle_or_number_answers_the_date_that_was_asked(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    meeting_id = polled(town)
    member = town.person(ELDERLY)
    member.say("〇")
    assert town.said_of_dates(meeting_id) == ["yes", ""]
    member.say("３")
    assert town.said_of_dates(meeting_id) == ["yes", "no"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *[(typed, "○") for typed in ("○", "◯", "〇", "まる", "o", "○。")],
        *[(typed, "△") for typed in ("△", "▲", "さんかく")],
        *[(typed, "×") for typed in ("×", "ばつ", "✕", "x", "Ｘ")],
        *[(typed, "1") for typed in ("1", "１", " １。")],
        *[(typed, "") for typed in ("○○", "はい", "12", "行けます", "○か×", "", "R8-0001")],
    ],
)
def test_only_what_is_plain_counts_as_an_answer(typed: str, meant: str) -> None:
    assert mark_of(typed) == meant


def test_every_sign_and_number_stands_for_its_own_button_and_no_other() -> None:
    """The number is the button's place: ○△× for a date, 出席 and 欠席, or that a role is done."""
    nobody = cast(Here, None)

    def chosen(verb: str, item: str) -> dict[str, str]:
        found = {word: READS[verb](nobody, item, word) for word in "○△×123456789"}
        return {word: choice for word, choice in found.items() if choice}

    yes, maybe, no = "ab.yes", "ab.maybe", "ab.no"
    assert chosen("answer_slot", "ab") == {
        "○": yes,
        "△": maybe,
        "×": no,
        "1": yes,
        "2": maybe,
        "3": no,
    }
    comes, absent = "yes.ab", "no.ab"
    assert chosen("attend_as", "ab") == {"○": comes, "1": comes, "×": absent, "2": absent}
    assert chosen("role_done", "r1") == {"○": "r1", "1": "r1"}


def test_a_number_that_was_not_offered_changes_nothing(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = polled(town)
    member = town.person(ELDERLY)
    member.say("4")
    assert town.said_of_dates(meeting_id) == ["", ""]
    assert "その答えは選べません" in member.screen_text()


@pytest.mark.parametrize("typed", ["4", "たぶん大丈夫です"])
def test_what_answers_nothing_leaves_the_question_with_its_buttons_below(
    lineworks_town: LineworksTown, typed: str
) -> None:
    """Quick replies go away with the next message, so the question comes once more."""
    town = lineworks_town
    meeting_id = polled(town)
    member = town.person(ELDERLY)
    member.say("○")
    member.say(typed)
    assert "未回答の候補日は1件です" in str(member.last().content)
    member.press("× 欠席")
    assert town.said_of_dates(meeting_id) == ["yes", "no"]


def test_a_question_that_is_over_is_not_asked_again(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = polled(town)
    town.desk.handle(CancelMeeting(meeting_id, "都合のため。"), COORDINATOR)
    member = town.person(ELDERLY)
    member.say("たぶん大丈夫です")
    assert "待っていること" in member.buttons()
    assert "読み取れませんでした" in str(member.last().content)


def asked_by_a_card(town: LineworksTown) -> str:
    """A meeting of two dates that 地域包括 has a card about. Answers with its id."""
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY)
    meeting_id = town.convene(case_id)
    town.tick()
    return meeting_id


def test_a_typed_circle_answers_the_date_that_the_card_asks_about(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    meeting_id = asked_by_a_card(town)
    member = town.person(ELDERLY)
    member.say("○")
    assert town.said_of_dates(meeting_id) == ["yes", ""]
    assert "「○ 出席」で保存しました" in member.screen_text()


def test_an_answer_to_no_question_changes_nothing_and_the_question_is_asked(
    lineworks_town: LineworksTown,
) -> None:
    """Another card came below: it is asked before anything is written down."""
    town = lineworks_town
    meeting_id = asked_by_a_card(town)
    town.open_case("A14")
    town.tick()
    member = town.person(ELDERLY)
    member.say("○")
    assert town.said_of_dates(meeting_id) == ["", ""]
    assert "念のため、もう一度お尋ねします" in member.screen_text()
    member.say("○")
    assert town.said_of_dates(meeting_id) == ["yes", ""]


def test_a_reminder_of_the_same_meeting_may_be_answered_as_well(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    meeting_id = asked_by_a_card(town)
    town.clock.move(days=6)
    town.tick()
    member = town.person(ELDERLY)
    assert len([one for one in member.messages() if "いまお尋ねする日" in str(one.content)]) == 2
    member.say("△")
    assert town.said_of_dates(meeting_id) == ["maybe", ""]


def test_news_between_the_question_and_the_answer_makes_us_ask_again(
    lineworks_town: LineworksTown,
) -> None:
    """A short word may be meant for the one or for the other."""
    town = lineworks_town
    meeting_id = polled(town)
    town.clock.move(minutes=1)
    town.convene(town.open_case("A14"))
    town.tick()
    member = town.person(ELDERLY)
    member.say("○")
    assert town.said_of_dates(meeting_id) == ["", ""]
    assert "どの件へのお答えか" in member.screen_text()


def test_a_question_that_was_answered_is_open_no_more(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = polled(town)
    member = town.person(ELDERLY)
    for _ in range(2):
        member.say("○")
    assert town.said_of_dates(meeting_id) == ["yes", "yes"]
    member.say("×")
    assert town.said_of_dates(meeting_id) == ["yes", "yes"]
    assert "いまお尋ねしていることはありません" in member.screen_text()


def test_a_question_is_its_own_members_alone(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = polled(town)
    question = GetQuestion("lineworks", f"u{ELDERLY}")
    assert meeting_id in town.desk.ask(question, ELDERLY)
    assert town.desk.ask(question, OUTSIDER) == ""


def test_a_case_number_brings_how_the_case_stands(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    number = town.case(town.open_case("A14")).number
    member = town.person(ELDERLY)
    for typed in (number, "８－１", " r80001 ", "8ー0001"):
        member.say(typed)
        assert member.last().content["contentText"].startswith(f"{number}　"), typed
        assert "画面を開く" in member.buttons()


def test_a_case_of_others_is_as_unknown_as_none(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    number = town.case(town.open_case("A14")).number
    outsider = town.person(OUTSIDER)
    outsider.say(number)
    told = outsider.last().content
    outsider.say("R8-9999")
    assert outsider.last().content == told


def test_what_is_not_understood_is_turned_down_and_never_said_back(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    member = town.person(ELDERLY)
    words = "筆野さんのことで相談です"
    member.say(words)
    assert "読み取れませんでした" in member.screen_text()
    assert "待っていること" in member.buttons()
    assert words not in "".join(town.lineworks.everything_said().everything())


def test_plain_words_are_understood_in_any_width(lineworks_town: LineworksTown) -> None:
    member = lineworks_town.person(ELDERLY)
    for typed in ("メニュー", "ﾒﾆｭｰ", "ヘルプ", "使い方？", "会議", "受信箱", "ＨＥＬＰ"):
        member.say(typed)
        assert member.messages()[-1].by == "bot", typed
    assert "読み取れませんでした" not in member.screen_text()


def test_every_word_stands_in_the_spelling_that_is_looked_for() -> None:
    assert [word for word in WORDS if plain(word) != word] == []


def test_in_a_room_nothing_is_answered_that_was_said_among_others(
    lineworks_town: LineworksTown,
) -> None:
    """It says once where to ask; what is typed there is neither read nor answered."""
    town = lineworks_town
    number = town.case(town.open_case("A14")).number
    room = town.lineworks.add_room([f"u{ELDERLY}", f"u{OUTSIDER}"], "連携室")
    town.lineworks.deliver(town.endpoint)
    member = town.person(ELDERLY)
    (hint,) = town.lineworks.room_messages(room.id)
    for typed in (number, "メニュー", "○"):
        member.say(typed, room.id)
    assert [one for one in town.lineworks.room_messages(room.id) if one.by == "bot"] == [hint]
    assert member.messages() == []
