"""○△× in LINE WORKS: one date at a time, or all on the page; and 出欠 once it is decided."""

import pytest

from handlers.lineworks import poll
from handlers.lineworks.door import Here, Said
from tests.lineworks.product import LineworksTown
from tests.lineworks.screen import as_text
from tests.support.people import COORDINATOR, ELDERLY, OUTSIDER
from workflows.japanese.dates import show_instant
from workflows.meetings.answer_views import AskedDates
from workflows.meetings.fix_date import MoveMeeting
from workflows.model.promise import PromiseKind

FIRST = "令和8年12月10日（木）午後2時"


def asked(town: LineworksTown) -> str:
    """A meeting of two dates that 社協 and 地域包括 are asked about. Answers with its id."""
    case_id = town.open_case("A14")
    town.tick()  # what is asked last has its answers under it
    meeting_id = town.convene(case_id)
    town.tick()
    return meeting_id


def test_the_card_asks_for_the_first_date_and_each_answer_for_the_next(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    member.press("○ 出席")
    assert town.said_of_dates(meeting_id) == ["yes", ""]
    assert "未回答の候補日は1件です" in member.screen_text()
    member.press("× 欠席")
    assert town.said_of_dates(meeting_id) == ["yes", "no"]
    assert "すべての候補日にご回答いただきました" in member.screen_text()


def test_a_quick_reply_may_come_back_in_a_message(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    town.lineworks.world.quick_reply_as_message = True
    town.lineworks.world.private_channel_ids = True
    town.person(ELDERLY).press("△ 必要なら出席")
    assert town.said_of_dates(meeting_id) == ["maybe", ""]


def test_a_date_is_chosen_again_to_change_its_answer(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    town.answer(meeting_id, "A14", by=ELDERLY)
    member = town.person(ELDERLY)
    member.press("日程を答える")
    member.press("回答を変える")
    second = town.meeting(meeting_id).slots[1]
    label = next(one for one in member.buttons() if one.startswith(f"12/{second.starts_at.day}"))
    member.press(label)
    assert "いまの回答は「○ 出席」です" in member.screen_text()
    member.press("× 欠席")
    assert town.said_of_dates(meeting_id) == ["yes", "no"]


def test_each_of_twenty_dates_can_be_chosen_again(lineworks_town: LineworksTown) -> None:
    """Thirteen buttons have room under a message: the others come by ほかの日, and then the first
    ones again."""
    town = lineworks_town
    meeting_id = town.convene(town.open_case("A14"), days_ahead=range(20, 40))
    town.answer(meeting_id, "A14", by=ELDERLY)
    member = town.person(ELDERLY)
    town.press(member, "change_dates", meeting_id)
    first = member.buttons()[:11]
    member.press("ほかの日")
    rest = member.buttons()[:9]
    dates = [f"{one.starts_at:%-m/%-d}（" for one in town.meeting(meeting_id).slots]
    offered = [*first, *rest]
    assert [label[: len(day)] for label, day in zip(offered, dates, strict=True)] == dates
    member.press(rest[-1])
    member.press("× 欠席")
    assert town.said_of_dates(meeting_id) == ["yes"] * 19 + ["no"]
    town.press(member, "change_dates", meeting_id, "11")
    member.press("ほかの日")
    assert member.buttons()[:11] == first


def test_all_dates_are_answered_together_on_the_page(lineworks_town: LineworksTown) -> None:
    """By a link that is good once, made when it is asked for."""
    town = lineworks_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    member.press("まとめて答える")
    assert f"/meetings/{meeting_id}/answer" in member.press("画面を開く")


def test_a_colleagues_answer_shows_when_a_card_is_pressed(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    town.answer(meeting_id, "A14", "maybe", by="M27")
    town.person(ELDERLY).press("日程を答える")
    assert "△ 必要なら出席" in town.person(ELDERLY).screen_text()


def test_the_same_callback_twice_answers_once(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    member.press("○ 出席")
    count = len(member.messages())
    member.resend_last()
    assert len(member.messages()) == count
    assert town.said_of_dates(meeting_id) == ["yes", ""]


def test_what_broke_after_the_answer_was_kept_goes_on_where_it_was(
    lineworks_town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's second try finds it done: the next date is asked, as if nothing had been."""
    town = lineworks_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    member.press("日程を答える")
    before = member.last()

    def breaks(here: Here, found: AskedDates, told: str) -> Said:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(poll, "_next", breaks)
        member.press("○ 出席")
    assert town.said_of_dates(meeting_id) == ["yes", ""]
    assert member.last() == before
    town.clock.move(seconds=30)
    town.tick()
    assert "未回答の候補日は1件です" in member.last().content["text"]


def test_who_is_not_asked_answers_nothing(lineworks_town: LineworksTown) -> None:
    """A button that somebody passed on is asked of the permission table like every other."""
    town = lineworks_town
    meeting_id = asked(town)
    ref = town.meeting(meeting_id).slots[0].id[:8]
    outsider = town.person(OUTSIDER)
    for verb, item in (("answer_slot", f"{ref}.yes"), ("attend_as", "yes"), ("ask_slot", ref)):
        town.press(outsider, verb, meeting_id, item)
        assert "この会議は見つからないか、ご覧になれません" in outsider.last().content["text"]
    assert town.meeting(meeting_id).answers == {}
    assert FIRST not in outsider.screen_text()


def test_attendance_is_said_with_one_press_and_changed_with_another(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    for agency, member_id in (("A14", ELDERLY), ("A13", COORDINATOR)):
        town.answer(meeting_id, agency, by=member_id)
    town.fix(meeting_id)
    town.tick()
    member = town.person(ELDERLY)
    member.press("出欠を答える")
    due = town.promises(meeting_id, PromiseKind.ATTEND)[0].due_at
    assert f"{show_instant(due)}までに、出欠をお知らせください" in member.screen_text()
    member.press("○ 出席する")
    assert attendance(town, meeting_id) is True
    member.press("出欠を答える")
    assert "「出席」とお預かりしています" in member.screen_text()
    member.press("× 欠席する")
    assert attendance(town, meeting_id) is False
    member.press("出欠を答える")
    member.press("代理・ひとこと")
    assert f"/meetings/{meeting_id}/attend" in member.press("画面を開く")


def test_no_word_is_taken_for_a_date_of_which_it_was_not_said(
    lineworks_town: LineworksTown,
) -> None:
    """The meeting is moved, and its news on the way, when somebody answers for the old date."""
    town = lineworks_town
    meeting_id = asked(town)
    for agency, member_id in (("A14", ELDERLY), ("A13", COORDINATOR)):
        town.answer(meeting_id, agency, by=member_id)
    town.fix(meeting_id)
    town.tick()
    member = town.person(ELDERLY)
    member.press("出欠を答える")
    for day, answer in (("17日（木）", member.press), ("18日（金）", member.say)):
        move = MoveMeeting(meeting_id, f"令和8年12月{day[:3]}", "14:00", "都合。")
        town.desk.handle(move, COORDINATOR)
        answer("○ 出席する" if answer == member.press else "○")
        assert attendance(town, meeting_id) is None
        assert "日時が変わりました。まだ保存していません。" in member.screen_text()
        assert f"令和8年12月{day}" in member.last().content["text"]
    member.press("○ 出席する")
    assert attendance(town, meeting_id) is True
    first = next(one for one in member.messages() if "日程が決まりました" in as_text(one.content))
    member.press("出欠を答える", in_=first)
    assert "日時は、令和8年12月17日（木）午後2時から変わりました。" in member.screen_text()


def attendance(town: LineworksTown, meeting_id: str, agency: str = "A14") -> bool | None:
    invite = town.meeting(meeting_id).invite(agency)
    assert invite is not None
    return invite.attendance.comes if invite.attendance else None


def test_the_organiser_hears_of_who_will_be_absent(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.fix(meeting_id)
    fixed = town.meeting(meeting_id).fixed_slot
    assert fixed
    town.press(town.person(ELDERLY), "attend_as", meeting_id, f"no.{fixed.id[:8]}")
    town.tick()
    assert "欠席" in town.person(COORDINATOR).screen_text()


def test_of_two_answers_to_one_date_the_one_pressed_last_counts(
    lineworks_town: LineworksTown,
) -> None:
    """Callbacks may overtake one another on their way."""
    town = lineworks_town
    meeting_id = asked(town)
    member, world = town.person(ELDERLY), town.lineworks.world
    ref = town.meeting(meeting_id).slots[0].id[:8]
    earlier, later = (
        world.event(
            "postback",
            user=member.id,
            data=town.part.door.token("answer_slot", meeting_id, f"{ref}.{code}"),
        )
        for code in ("yes", "no")
    )
    member.event(later)
    member.event(earlier)
    assert town.said_of_dates(meeting_id) == ["no", ""]


def test_of_two_words_on_coming_the_one_pressed_last_counts(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    meeting_id = asked(town)
    for agency, member_id in (("A14", ELDERLY), ("A13", COORDINATOR)):
        town.answer(meeting_id, agency, by=member_id)
    town.fix(meeting_id)
    member, world = town.person(ELDERLY), town.lineworks.world
    slot = town.meeting(meeting_id).fixed_slot
    assert slot
    comes, absent = (
        world.event(
            "postback",
            user=member.id,
            data=town.part.door.token("attend_as", meeting_id, f"{code}.{slot.id[:8]}"),
        )
        for code in ("yes", "no")
    )
    member.event(absent)
    member.event(comes)
    assert attendance(town, meeting_id) is False


def test_a_date_on_a_closed_day_or_at_night_is_marked(lineworks_town: LineworksTown) -> None:
    """In the question, and in the list of what was answered."""
    town = lineworks_town
    case_id = town.open_case("A14")
    town.tick()  # the question comes last, after the request
    meeting_id = town.convene(case_id, days_ahead=(22, 24), starts="18:00")
    town.tick()
    member = town.person(ELDERLY)
    assert "午後7時まで※閉庁日・開庁時間外" in member.screen_text()
    member.press("○ 出席")
    assert "午後7時まで※開庁時間外" in member.screen_text()
    member.press("○ 出席")
    assert "午後6時※閉庁日・開庁時間外" in member.screen_text()
    assert town.said_of_dates(meeting_id) == ["yes", "yes"]
