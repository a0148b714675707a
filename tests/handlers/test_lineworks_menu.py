"""メニュー, what waits, and what is answered with one press in LINE WORKS."""

from typing import Any

import pytest

from handlers.lineworks import deeds
from handlers.lineworks.door import Here
from tests.lineworks.person import Person
from tests.lineworks.product import LineworksTown, LineworksTownWith
from tests.lineworks.screen import buttons
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from workflows.directory.link_account import UnlinkMyAccount
from workflows.japanese.dates import show_short
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.model.case import ReplyAnswer


def test_what_waits_is_shown_with_a_button_each(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    numbers = [town.case(town.open_case("A14")).number for _ in range(12)]
    member = town.person(ELDERLY)
    member.say("メニュー")
    assert "12件があなたを待っています" in member.screen_text()
    member.press("待っていること")
    assert member.buttons().count("返信する") == 10
    assert "ほかに2件あります" in member.screen_text()
    member.press("返信する", beside=numbers[0])
    assert f"{numbers[0]}" in member.last().content["contentText"]


@pytest.mark.parametrize(
    ("count", "shape"), [(1, "list_template"), (4, "list_template"), (5, "carousel")]
)
def test_a_few_things_that_wait_are_seen_without_a_swipe(
    lineworks_town: LineworksTown, count: int, shape: str
) -> None:
    """Up to four stand below one another, with how many there are over them; each is answered by
    its own button, which in a list is a message of the member's."""
    town = lineworks_town
    numbers = [town.case(town.open_case("A14")).number for _ in range(count)]
    member = town.person(ELDERLY)
    town.press(member, "waiting")
    assert member.last().content["type"] == shape
    assert f"{count}件があなたを待っています" in member.screen_text()
    assert [beside.partition("　")[0].partition("\n")[0] for beside in shown(member)] == numbers
    member.press("返信する", beside=numbers[-1])
    assert member.last().content["contentText"].startswith(numbers[-1])


def test_overdue_items_come_first(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    old = town.case(town.open_case("A14")).number
    town.clock.move(days=21)
    new = town.case(town.open_case("A14")).number
    member = town.person(ELDERLY)
    town.press(member, "waiting")
    assert [beside[: len(old)] for beside in shown(member)] == [old, new]
    assert "期限を過ぎ" in member.screen_text()


@pytest.mark.parametrize(("count", "shape"), [(2, "list_template"), (5, "carousel")])
def test_my_meetings_stand_below_one_another_while_they_are_few(
    lineworks_town: LineworksTown, count: int, shape: str
) -> None:
    town = lineworks_town
    case_id = town.open_case("A14")
    meetings = [town.convene(case_id) for _ in range(count)]
    member = town.person(ELDERLY)
    member.say("わたしの会議")
    assert member.last().content["type"] == shape
    assert f"これからの会議は{count}件です" in member.screen_text()
    assert all("日程を調整中" in beside for beside in shown(member))
    member.press("会議を見る")
    assert any(f"/meetings/{one}" in member.press("画面を開く") for one in meetings)


def shown(member: Person) -> list[str]:
    """What stands with each button of the newest message."""
    return [button.beside for button in buttons(member.last().content)]


def test_a_referral_is_taken_with_one_press_or_answered_on_the_page(
    lineworks_town: LineworksTown,
) -> None:
    """The form asks for words; taking it needs none. A second press says how it stands."""
    town = lineworks_town
    case_id = town.open_case("A14")
    referral = town.referral(case_id, "A14")
    number = town.case(case_id).number
    town.tick()
    member = town.person(ELDERLY)
    member.press("返信する")
    asked = member.last()
    assert f"/cases/{number}/referrals/{referral.id}/reply" in member.press("画面を開く")
    member.press("受理する")
    reply = town.referral(case_id, "A14").reply
    assert reply is not None
    assert reply.answer is ReplyAnswer.ACCEPTED
    assert reply.by == ELDERLY
    count = len(member.messages())
    member.press("受理する", in_=asked)
    assert len(member.messages()) > count
    assert "「受理」と返信しました" in member.screen_text()


def test_who_accepts_with_one_press_plans_no_check(lineworks_town: LineworksTown) -> None:
    """The next check is the lead's to set: who takes a part with one press fills nothing else."""
    town = lineworks_town
    case_id = town.open_case("A14")
    town.tick()
    member = town.person(ELDERLY)
    member.press("返信する")
    assert "次の様子の確認" not in member.last().content["contentText"]
    member.press("受理する")
    assert town.case(case_id).follow_ups == []
    assert "「受理」と返信しました" in member.last().content["text"]


def with_role(town: LineworksTown) -> str:
    """A case with a role for 地域包括, given out by a meeting. Answers with its id."""
    case_id = town.open_case("A14")
    meeting_id = town.convene(case_id)
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.fix(meeting_id)
    town.clock.move(days=20, hours=5)
    due = "令和8年12月25日"
    town.save_record(
        meeting_id, roles=[{"agency": "A14", "task": "週に一度訪ねる。", "due_on": due}]
    )
    town.confirm_record(meeting_id)
    return case_id


def test_a_role_is_ticked_off_after_a_second_look(lineworks_town: LineworksTown) -> None:
    """What is to be done stands on the page alone."""
    town = lineworks_town
    case_id = with_role(town)
    town.tick()
    member = town.person(ELDERLY)
    card = next(m for m in member.messages() if "役割をお願いします" in str(m.content))
    member.press("済みにする", in_=card)
    assert town.case(case_id).roles[0].done_at is None
    member.press("済みにする")
    role = town.case(case_id).roles[0]
    assert (role.done_by, role.outcome) == (ELDERLY, "")
    member.press("済みにする", in_=card)
    assert "済みにしました" in member.last().content["text"]
    assert "訪ねる" not in "".join(town.lineworks.everything_said().everything())


def to_check(town: LineworksTown) -> str:
    """A case whose 見守り is due today at 地域包括."""
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    town.clock.move(days=31)
    town.tick()
    return case_id


def test_a_follow_up_is_answered_by_a_press_that_stays_nowhere_in_the_talk(
    lineworks_town: LineworksTown,
) -> None:
    """The buttons go away with the next message; what then stands there is the same whichever was
    pressed, and what is typed is no answer."""
    town = lineworks_town
    case_id = to_check(town)
    member = town.person(ELDERLY)
    member.press("様子を答える")
    assert member.buttons()[:4] == ["改善", "変化なし", "悪化", "連絡とれず"]
    member.say("3")
    assert not any(f.result for f in town.case(case_id).follow_ups)
    assert "その答えは選べません" in member.screen_text("")
    assert member.buttons()[:4] == ["改善", "変化なし", "悪化", "連絡とれず"]  # asked once more
    member.press("悪化")
    found = next(f for f in town.case(case_id).follow_ups if f.result)
    assert str(found.result) == "worse"
    assert "次の確認は" in member.last().content["text"]
    standing = member.screen_text(room="")
    assert "様子を答えます" in standing
    assert not [word for word in ("改善", "変化なし", "悪化", "連絡とれず") if word in standing]
    member.press("様子を答える")
    assert "回答済みです" in member.last().content["text"] or "要りません" in str(member.last())


def test_an_old_answer_means_what_it_meant_when_it_was_shown(
    lineworks_town: LineworksTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The town changed its form since: its choices stand in another order, or one is gone."""
    town = lineworks_town
    case_id = to_check(town)
    member = town.person(ELDERLY)
    member.press("様子を答える")
    shown = deeds._choices(Here(town.part.door, ELDERLY, member.id, ""))
    case = town.case(case_id)
    waits = next(f for f in case.follow_ups if f.waits)
    asked = member.last()
    town.press(member, "follow_up_as", case.number, f"{waits.id}:gone")
    assert "画面を開く" in member.buttons()
    assert not any(f.result for f in town.case(case_id).follow_ups)
    monkeypatch.setattr(deeds, "_choices", lambda here: shown[::-1])
    member.press("悪化", in_=asked)
    found = next(f for f in town.case(case_id).follow_ups if f.result)
    assert str(found.result) == "worse"


def test_managers_read_the_digest_and_nobody_else(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    number = town.case(town.open_case("A14")).number
    manager = town.person(MANAGER)
    manager.say("メニュー")
    manager.press("週次のまとめ")
    assert number in manager.screen_text()
    assert "/digest" in manager.press("まとめを開く")
    member = town.person(ELDERLY)
    member.say("メニュー")
    assert "週次のまとめ" not in member.buttons()
    town.press(member, "digest")
    assert "まとめを開く" not in member.buttons()


def test_who_has_no_part_learns_nothing_from_any_button(lineworks_town: LineworksTown) -> None:
    """Every verb about a case, pressed by an outsider: refused, and nothing is told of it."""
    town = lineworks_town
    case_id = town.open_case("A14")
    referral, number = town.referral(case_id, "A14"), town.case(case_id).number
    outsider = town.person(OUTSIDER)
    for verb in ("open_case", "reply", "reply_accept", "tick_role", "role_done", "follow_up"):
        town.press(outsider, verb, number, referral.id)
        assert outsider.buttons() == []
        assert "緊急度" not in outsider.screen_text()
    assert town.referral(case_id, "A14").reply is None


def test_what_everybody_finds_by_themselves(lineworks_town: LineworksTown) -> None:
    town = lineworks_town
    member = town.person(ELDERLY)
    member.begin()
    for label in ("わたしの会議", "ヘルプ", "待っていること", "新しいつなぐシート"):
        member.say("メニュー")
        member.press(label)
    text = member.screen_text()
    assert "これからの会議はありません" in text
    assert "氏名や相談の内容は、トークに書かないでください" in text
    assert "/cases/new" in member.press("画面を開く")
    town.convene(town.open_case("A14"))
    member.say("会議")
    assert "会議を見る" in member.buttons()


def test_the_fixed_meeting_stands_in_the_calendar_and_moves_with_it(
    lineworks_town_with: LineworksTownWith,
) -> None:
    """Made once, changed in place, taken out when it is cancelled; nobody is notified by it."""
    town = lineworks_town_with(LINEWORKS_CALENDAR="yes")
    world = town.lineworks.world
    meeting_id = town.convene(town.open_case("A14"))
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.tick()
    assert world.events == {}
    town.fix(meeting_id)
    town.tick()
    entry = next(one for one in world.events.values() if one.user == f"u{ELDERLY}")
    assert entry.component["start"]["dateTime"] == "2026-12-10T14:00:00"
    assert entry.component["visibility"] == "PRIVATE"
    count = len(world.events)
    town.desk.handle(MoveMeeting(meeting_id, "令和8年12月17日", "14:00", "都合。"), COORDINATOR)
    town.tick()
    entries = [one for one in world.events.values() if one.user == f"u{ELDERLY}"]
    assert [one.component["start"]["dateTime"] for one in entries] == ["2026-12-17T14:00:00"]
    assert len(world.events) == count
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    town.tick()
    assert world.events == {}
    assert world.calendar_notices == []


def test_an_entry_whose_making_was_not_answered_is_not_made_twice(
    lineworks_town_with: LineworksTownWith,
) -> None:
    """It carries a name of ours, by which it is found again."""
    town = lineworks_town_with(LINEWORKS_CALENDAR="yes")
    world = town.lineworks.world
    meeting_id = fixed(town)
    town.lineworks.drop("events.create", arrives=True, times=1, where={"user": f"u{ELDERLY}"})
    town.tick()
    town.clock.move(minutes=2)
    town.tick()
    assert len([one for one in world.events.values() if one.user == f"u{ELDERLY}"]) == 1
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    town.tick()
    assert world.events == {}


def test_who_is_unlinked_has_no_entry_any_more(
    lineworks_town_with: LineworksTownWith,
) -> None:
    town = lineworks_town_with(LINEWORKS_CALENDAR="yes")
    fixed(town)
    town.tick()
    town.desk.handle(UnlinkMyAccount("lineworks"), ELDERLY)
    town.tick()
    assert f"u{ELDERLY}" not in {one.user for one in town.lineworks.world.events.values()}


def test_without_the_setting_no_calendar_is_touched(lineworks_town: LineworksTown) -> None:
    fixed(lineworks_town)
    lineworks_town.tick()
    assert lineworks_town.lineworks.called("events.create") == []


def fixed(town: LineworksTown) -> str:
    """A meeting with a date, of which nobody has been told yet. Answers with its id."""
    meeting_id = town.convene(town.open_case("A14"))
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.fix(meeting_id)
    return meeting_id


def test_meetings_without_cases_are_told_apart(lineworks_town: LineworksTown) -> None:
    """By the dates that are offered, later by the one that stands."""
    town = lineworks_town
    liaison: dict[str, Any] = {"bases": ["liaison"], "kind": "plenary", "required": ["A13", "A14"]}
    first = town.convene(**liaison)
    town.convene(**liaison, days_ahead=(25,))
    days = [show_short(town.in_days(n).date()) for n in (20, 25)]
    member = town.person(ELDERLY)
    for verb in ("waiting", "my_meetings"):
        town.press(member, verb)
        assert sorted(d for line in shown(member) for d in days if d in line) == days
    town.fix(first)
    town.press(member, "waiting")
    assert sum(days[0] in line for line in shown(member)) == 1
