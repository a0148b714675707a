"""日程のお尋ね in Slack: ○△× on a card that every contact of the agency sees change in place."""

import threading
from dataclasses import replace

import pytest

from handlers.slack.door import PRESS
from tests.slack.allowed import ALL_TEXT, MESSAGE
from tests.slack.endpoints import Reply
from tests.slack.limits import Json, faults_in, written
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.slack.screen import words_in
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, OUTSIDER
from workflows.japanese.dates import show_date, show_instant
from workflows.meetings.answer import AnswerDates
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import AddDates, CloseAnswers, UninviteAgency
from workflows.model.meeting import Symbol

COLLEAGUE = "M27"  # in 地域包括支援センター like ELDERLY
ASKS = "日程をお尋ね"


def also_a_contact(town: SlackTown, member_id: str) -> None:
    with town.database.open() as unit:
        member = unit.directory.member(member_id)
        assert member is not None
        unit.directory.save_members([replace(member, is_contact=True)])
        unit.commit()


def asked(town: SlackTown, **more: object) -> str:
    """社協 and 地域包括 are asked for two dates; their cards are there."""
    also_a_contact(town, COLLEAGUE)
    meeting_id = town.convene(town.open_case(), **more)  # type: ignore[arg-type]
    town.tick()
    return meeting_id


def draw(town: SlackTown) -> None:
    """What is old is drawn anew; no notice goes out."""
    town.settle()
    town.ticks.run_job("slack_cards")


def card(person: Person, says: str = ASKS) -> Json:
    """The person's card that says this."""
    return next(m for m in person.messages() if says in m["text"])


def words(message: Json) -> str:
    return "\n".join(words_in(message["blocks"]))


def given(town: SlackTown, meeting_id: str, agency_id: str = "A14") -> list[str]:
    """What an agency said, in the order of the dates."""
    meeting = town.meeting(meeting_id)
    answers = meeting.answers.get(agency_id, {})
    return [str(answers[s.id].symbol) if s.id in answers else "" for s in meeting.slots]


def test_an_answer_is_kept_with_one_press_and_the_card_says_so(slack_town: SlackTown) -> None:
    """What is left is told; the other date stays as it is; no further message comes."""
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    before = len(person.messages())
    person.press("△ 必要なら出席", in_=card(person))
    draw(slack_town)
    assert given(slack_town, meeting_id) == ["maybe", ""]
    shown = words(card(person))
    assert "回答を保存しました" in shown
    assert "未回答の候補日は1件です" in shown
    assert "回答：△ 必要なら出席" in shown
    assert len(person.messages()) == before
    person.press("○ 出席", in_=card(person), nth=1)
    draw(slack_town)
    assert given(slack_town, meeting_id) == ["maybe", "yes"]
    assert "すべての日にご回答いただきました" in words(card(person))


def test_the_chosen_answer_stands_out_in_words_and_not_by_colour_alone(
    slack_town: SlackTown,
) -> None:
    asked(slack_town)
    person = slack_town.person(ELDERLY)
    person.press("× 欠席", in_=card(person))
    draw(slack_town)
    shown = card(person)
    buttons = [e for b in shown["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [b["text"]["text"] for b in buttons if b.get("style") == "primary"] == ["× 欠席"]
    assert "回答：× 出席できません" in words(shown)
    spoken = [b["accessibility_label"] for b in buttons if b["action_id"].startswith("answer_slot")]
    assert len(set(spoken)) == 6
    assert all("12月" in label for label in spoken)


def test_a_colleague_sees_the_answer_on_their_own_card(slack_town: SlackTown) -> None:
    asked(slack_town)
    one, other = slack_town.person(ELDERLY), slack_town.person(COLLEAGUE)
    one.press("○ 出席", in_=card(one))
    draw(slack_town)
    assert words(card(one)).replace("\n", "") == words(card(other)).replace("\n", "")
    assert "回答：○ 出席できます" in words(card(other))
    other.press("× 欠席", in_=card(other))
    draw(slack_town)
    assert "回答：× 出席できません" in words(card(one))


def test_two_contacts_who_answer_at_once_lose_none_of_each_others_words(
    slack_town: SlackTown,
) -> None:
    meeting_id = asked(slack_town, days_ahead=range(20, 25))
    one, other = slack_town.person(ELDERLY), slack_town.person(COLLEAGUE)
    cards = card(one), card(other)

    def presses(person: Person, shown: Json, rows: range) -> None:
        for n in rows:
            person.press("○ 出席", in_=shown, nth=n)

    threads = [
        threading.Thread(target=presses, args=(one, cards[0], range(0, 5, 2))),
        threading.Thread(target=presses, args=(other, cards[1], range(1, 5, 2))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    draw(slack_town)
    assert given(slack_town, meeting_id) == ["yes"] * 5


class Held:
    """A way to the product on which everything is delayed."""

    def __init__(self) -> None:
        self.payloads: list[Json] = []

    def interaction(self, payload: Json) -> Reply:
        self.payloads.append(payload)
        return Reply(200, b"")

    def command(self, form: dict[str, str]) -> Reply:
        raise NotImplementedError

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        raise NotImplementedError


def test_of_two_presses_the_one_pressed_last_counts_however_they_arrive(
    slack_town: SlackTown,
) -> None:
    """The first of two comes in late: it was overtaken."""
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    shown = card(person)
    held = Held()
    way, person.endpoint = person.endpoint, held
    person.press("○ 出席", in_=shown)
    person.endpoint = way
    person.press("× 欠席", in_=shown)
    assert way.interaction(held.payloads[0]).status == 200
    slack_town.settle()
    assert given(slack_town, meeting_id)[0] == "no"
    assert person.ephemerals() == []


def test_a_double_click_is_one_answer(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    shown = card(person)
    person.press("○ 出席", in_=shown, twice=True)
    with slack_town.database.open() as unit:
        told = [e for e in unit.events.of_meeting(meeting_id) if e.kind == "dates_answered"]
    assert len(told) == 1
    assert person.ephemerals() == []


def test_all_dates_are_answered_in_one_window_with_comments(slack_town: SlackTown) -> None:
    """A date without an answer is told beside it; comments stay out of every message."""
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    person.press("まとめて答える", in_=card(person))
    slots = slack_town.meeting(meeting_id).slots
    assert person.view is not None
    person.fill({f"answer.{slots[0].id}": "○ 出席できます"})
    person.submit()
    assert list(person.errors) == [show_instant(slots[1].starts_at)]  # Slack itself asks for it
    person.fill(
        {
            f"answer.{slots[1].id}": "△ 必要なら出席",
            f"comment.{slots[1].id}": "終わりの30分は欠けます",
            "who": "代理 のぞみ",
        }
    )
    person.submit()
    assert person.errors == {}
    assert "回答を保存しました" in person.screen_text()
    draw(slack_town)
    assert given(slack_town, meeting_id) == ["yes", "maybe"]
    assert (
        slack_town.meeting(meeting_id).answers["A14"][slots[1].id].comment
        == "終わりの30分は欠けます"
    )
    assert "（ひとことあり）" in words(card(person))
    said = "\n".join(slack_town.slack.everything_said().messages)
    assert "終わりの30分は欠けます" not in said
    assert "代理 のぞみ" not in said


def test_a_comment_goes_with_one_date_and_stays_when_the_answer_changes(
    slack_town: SlackTown,
) -> None:
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    person.press("ひとこと", in_=card(person))
    slot = slack_town.meeting(meeting_id).slots[0]
    person.fill({f"answer.{slot.id}": "△ 必要なら出席", f"comment.{slot.id}": "1" * 12})
    person.submit()
    assert "12桁" in " ".join(person.errors.values())  # a My Number goes nowhere
    person.fill({f"comment.{slot.id}": "30分だけ"})
    person.submit()
    draw(slack_town)
    person.press("○ 出席", in_=card(person))
    answer = slack_town.meeting(meeting_id).answers["A14"][slot.id]
    assert (answer.symbol, answer.comment) == (Symbol.YES, "30分だけ")


def test_dates_added_while_the_window_stood_open_are_asked_for_too(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    person.press("まとめて答える", in_=card(person))
    old = slack_town.meeting(meeting_id).slots
    person.fill({f"answer.{s.id}": "○ 出席できます" for s in old})
    day = show_date(slack_town.in_days(25).date())
    slack_town.desk.handle(AddDates(meeting_id, ({"day": day, "starts": "10:00"},)), COORDINATOR)
    person.submit()
    assert person.errors == {}
    assert "候補日が加わりました" in person.screen_text()
    assert given(slack_town, meeting_id) == ["", "", ""]
    new = next(s for s in slack_town.meeting(meeting_id).slots if s not in old)
    person.fill({f"answer.{new.id}": "× 出席できません"})
    person.submit()
    assert given(slack_town, meeting_id) == ["yes", "yes", "no"]


def test_a_press_on_an_old_card_tells_how_it_stands_now(slack_town: SlackTown) -> None:
    """Closed, then fixed: nothing is answered any more, and the card says so by itself."""
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    old = card(person)
    slack_town.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    person.press("○ 出席", in_=old)
    assert "回答は締め切りました" in words(person.ephemerals()[-1])
    draw(slack_town)
    assert "回答は締め切りました" in words(card(person))
    slack_town.fix(meeting_id)
    person.press("○ 出席", in_=old)
    assert "に決まりました" in words(person.ephemerals()[-1])
    draw(slack_town)
    assert "出欠を答える" in words(card(person))
    assert "○ 出席\n" not in words(card(person))
    slack_town.desk.handle(CancelMeeting(meeting_id, "延期するため。"), COORDINATOR)
    draw(slack_town)
    assert "中止になりました" in words(card(person))
    assert given(slack_town, meeting_id) == ["", ""]


def test_an_agency_taken_off_answers_no_more(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    person = slack_town.person(ELDERLY)
    old = card(person)
    slack_town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    person.press("○ 出席", in_=old)
    assert "見つからないか" in words(person.ephemerals()[-1])
    draw(slack_town)
    gone = next(m for m in person.messages() if m["ts"] == old["ts"])
    assert "ご回答は、いまはいりません" in words(gone)
    assert not [b for b in gone["blocks"] if b["type"] == "actions"]


@pytest.mark.parametrize("verb", ["○ 出席", "まとめて答える", "ひとこと"])
def test_an_outsider_who_gets_hold_of_a_button_is_told_that_there_is_nothing(
    slack_town: SlackTown, verb: str
) -> None:
    meeting_id = asked(slack_town)
    outsider = slack_town.person(OUTSIDER)
    outsider.press(verb, in_=card(slack_town.person(ELDERLY)))
    assert "見つからないか" in words(outsider.last_message())
    assert outsider.view is None
    assert given(slack_town, meeting_id) == ["", ""]


def test_the_organiser_enters_what_an_agency_said_on_the_telephone(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    person = slack_town.person(COORDINATOR)
    person.press("会議を見る", in_=card(person))
    section = next(b for b in person.view.blocks if "電話やFAXなどの回答" in str(b.get("text")))  # type: ignore[union-attr]
    option = section["accessory"]["options"][0]["text"]["text"]
    person.choose(section["accessory"]["action_id"], option)
    assert "代わりに入力しています" in person.screen_text()
    slots = slack_town.meeting(meeting_id).slots
    person.fill({f"answer.{s.id}": "○ 出席できます" for s in slots} | {"heard_by": "FAXで届いた"})
    person.submit()
    answers = slack_town.meeting(meeting_id).answers["A14"]
    assert {(a.entered_for, a.heard_by) for a in answers.values()} == {(True, "fax")}


def test_the_organisers_card_says_what_was_entered_for_an_agency(slack_town: SlackTown) -> None:
    """By which way it was heard, by whom and when; on the card and in the meeting's window."""
    meeting_id = asked(slack_town)
    slots = dict.fromkeys((s.id for s in slack_town.meeting(meeting_id).slots), "yes")
    heard = AnswerDates(meeting_id, "A14", slots, {}, heard_by="telephone")
    slack_town.desk.handle(heard, COORDINATOR)
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    mark = "：電話で聞き取り（"
    assert mark in str(next(m for m in person.messages() if mark in str(m)))
    slack_town.press(person, "open_meeting", meeting_id)
    assert mark in person.screen_text()
    slack_town.answer(meeting_id, "A14", by=ELDERLY)
    slack_town.tick()
    assert not [m for m in person.messages() if mark in str(m)]


def test_attendance_that_was_heard_is_marked_on_the_organisers_card(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    slack_town.answer(meeting_id, "A13", by=COORDINATOR)
    slack_town.fix(meeting_id)
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "attend", meeting_id, "A14")
    person.fill({"comes": "出席する", "heard_by": "窓口などで直接聞いた"})
    person.submit()
    invite = slack_town.meeting(meeting_id).invite("A14")
    assert invite is not None
    assert invite.attendance is not None
    assert (invite.attendance.entered_for, invite.attendance.heard_by) == (True, "in_person")
    slack_town.press(person, "open_meeting", meeting_id)
    assert "：窓口などで聞き取り（" in person.screen_text()


def test_where_nothing_personal_is_written_in_slack_no_comment_is_asked(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    meeting_id = asked(town)
    slots = town.meeting(meeting_id).slots
    person = town.person(ELDERLY)
    person.press("まとめて答える", in_=card(person))
    assert person.view is not None
    assert len(person.view.inputs) == len(slots)
    person.fill({f"answer.{s.id}": "○ 出席できます" for s in slots})
    person.submit()
    assert given(town, meeting_id) == ["yes", "yes"]


def _first_without_answer(shown: Json) -> int:
    """Which of the dates with buttons; one is always among them while any is left."""
    dates = [b for b in shown["blocks"] if b["type"] == "actions" and len(b["elements"]) == 4]
    return next(n for n, b in enumerate(dates) if all("style" not in e for e in b["elements"]))


def test_the_largest_poll_fits_into_one_message(slack_town: SlackTown) -> None:
    """Twenty dates and a name of fifty characters: all are there, those to answer with buttons."""
    name = ("つなぎ野市こもれび・そよかぜ・あさつゆ地区民生委員児童委員協議会" * 2)[:50]
    with slack_town.database.open() as unit:
        agency = unit.directory.agency("A14")
        assert agency is not None
        unit.directory.save_agencies([replace(agency, name=name)])
        unit.commit()
    meeting_id = asked(slack_town, days_ahead=range(20, 40), place="場" * 60)
    person = slack_town.person(ELDERLY)
    for _ in range(20):
        shown = card(person)
        assert written(shown["blocks"]) < ALL_TEXT
        person.press("△ 必要なら出席", in_=shown, nth=_first_without_answer(shown))
        draw(slack_town)
    assert given(slack_town, meeting_id) == ["maybe"] * 20
    shown = card(person)
    assert faults_in(shown["blocks"], MESSAGE) == []
    assert words(shown).count("回答：△") == 20
    person.press("まとめて答える", in_=shown)
    assert person.view is not None
    assert len(person.view.inputs) == 41


def test_a_token_of_a_card_names_neither_meeting_nor_date_to_slack(slack_town: SlackTown) -> None:
    meeting_id = asked(slack_town)
    shown = card(slack_town.person(ELDERLY))
    slot = slack_town.meeting(meeting_id).slots[0]
    first = next(b for b in shown["blocks"] if b["type"] == "actions")["elements"][0]
    assert meeting_id not in str(shown)
    token = slack_town.part.door.tokens.open(PRESS, first["value"])
    assert token == {"v": "answer_slot", "s": meeting_id, "i": f"{slot.id[:8]}.yes"}


def test_an_agency_that_was_not_asked_has_no_card(slack_town: SlackTown) -> None:
    asked(slack_town)
    assert not [m for m in slack_town.person(DISABILITY).messages() if ASKS in m["text"]]
