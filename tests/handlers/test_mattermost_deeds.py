"""Whole deeds in a town's own Mattermost: cards, dialogs, the command, links to pages."""

import re

from tests.mattermost.product import MattermostTown
from tests.mattermost.screen import as_text
from tests.support.people import ELDERLY, MANAGER, OUTSIDER
from tests.support.web import TOWN, TownSeat
from workflows.model.promise import PromiseKind


def asked(town: MattermostTown) -> str:
    """A meeting of two dates that 社協 and 地域包括 are asked about. Answers with its id."""
    meeting_id = town.convene(town.open_case("A14"))
    town.tick()
    return meeting_id


def card(town: MattermostTown, member_id: str, words: str) -> str:
    """The one card of a member that has these words, as it stands now."""
    found = [as_text(one) for one in town.person(member_id).posts() if words in as_text(one)]
    assert len(found) == 1, found
    return found[0]


def test_dates_are_answered_in_a_dialog_and_the_card_says_so(
    mattermost_town: MattermostTown,
) -> None:
    town = mattermost_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    assert "未回答" in card(town, ELDERLY, "[日程を答える]")
    posts = len(member.posts())
    member.press("日程を答える")
    assert len(member.posts()) == posts  # the dialog is all that comes
    first, second = (one.id for one in town.meeting(meeting_id).slots)
    member.fill({first: "○ 出席できます", second: "× 出席できません"})
    member.hand_in()
    assert town.said_of_dates(meeting_id) == ["yes", "no"]
    assert "日程のお答えを保存しました" in member.screen_text()
    town.tick()
    assert "○ 出席できます" in card(town, ELDERLY, "[日程を答える]")
    # What a colleague says shows as well, and stands in the dialog when it is opened again.
    town.answer(meeting_id, "A14", "maybe", by="M27")
    town.tick()
    assert "△ 必要なら出席" in card(town, ELDERLY, "[日程を答える]")
    member.press("日程を答える")
    assert member.dialog is not None
    assert {e["default"] for e in member.dialog.content["elements"]} == {"maybe"}
    # Dates are closed while it stands open: nothing is kept, and it says how things are.
    town.fix(meeting_id)
    member.hand_in()
    assert "に決まりました" in as_text(member.last())
    assert set(town.said_of_dates(meeting_id)) == {"maybe"}


def test_attendance_is_said_and_changed_and_the_page_is_for_a_delegate(
    mattermost_town: MattermostTown,
) -> None:
    town = mattermost_town
    meeting_id = asked(town)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.fix(meeting_id)
    town.tick()
    member = town.person(ELDERLY)
    member.press("出欠を答える")
    member.fill({"出欠": "○ 出席する"})
    member.hand_in()
    invite = town.meeting(meeting_id).invite("A14")
    assert invite
    assert invite.attendance
    assert invite.attendance.comes
    town.tick()
    assert "「出席」とお預かりしています。" in member.screen_text()
    town.clock.move(seconds=1)
    member.press("出欠を変える")
    assert member.dialog is not None
    member.fill({"出欠": "× 欠席する"})
    town.move(meeting_id, 30)  # while it stands open, it is about another day
    member.hand_in()
    assert list(member.errors) == [""]
    member.cancel()
    member.press("代理・ひとこと")
    assert f"/meetings/{meeting_id}/attend" in member.links[-1]


def test_a_referral_is_taken_after_it_was_asked_once_more(mattermost_town: MattermostTown) -> None:
    town = mattermost_town
    case_id = town.open_case("A14")
    town.tick()
    member = town.person(ELDERLY)
    member.press("返信する")
    assert f"/cases/{town.case(case_id).number}/referrals/" in member.links[-1]
    member.press("受理する")
    assert not town.referral(case_id, "A14").reply
    member.hand_in()
    assert town.referral(case_id, "A14").reply
    member.press("受理する")
    assert "「受理」と返信しました" in as_text(member.last())
    town.tick()
    assert "[返信する]" not in member.screen_text()  # the card asks for nothing any more
    other = town.person(OUTSIDER)
    number = town.case(case_id).number
    town.press(other, "reply", number, town.referral(case_id, "A14").id)
    assert number not in other.screen_text()


def test_roles_and_follow_ups_are_answered_without_a_trace_of_how_somebody_is(
    mattermost_town: MattermostTown,
) -> None:
    town = mattermost_town
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    number = town.case(case_id).number
    (check,) = town.promises(case_id, PromiseKind.FOLLOW_UP)
    member = town.person(ELDERLY)
    town.press(member, "follow_up", number, check.item_id)
    assert member.dialog is not None
    labels = [o["text"] for o in member.dialog.content["elements"][0]["options"]]
    member.fill({"前回からの様子": labels[0]})
    member.hand_in()
    assert "見守りを記録しました" in as_text(member.last())
    said = town.mattermost.everything_said()
    assert not any(label in text for text in said.posts for label in labels)
    town.press(member, "follow_up", number, check.item_id)
    assert "回答済みです" in as_text(member.last())


def test_the_command_shows_what_waits_to_who_typed_alone(mattermost_town: MattermostTown) -> None:
    town = mattermost_town
    number = town.case(town.open_case("A14")).number
    town.tick()
    member = town.person(ELDERLY)
    member.type()
    assert "件があなたを待っています" in as_text(member.last())
    member.press("待っていること")
    assert number in as_text(member.last())
    member.type(f" {number.lower()} ")
    assert "担当は「" in as_text(member.last())
    member.type("今日は寒いですね" * 30)
    assert "読み取れませんでした" in as_text(member.last())
    assert "寒い" not in str(member.answer)
    assert "[週次のまとめ]" not in member.screen_text()
    boss = town.person(MANAGER)
    boss.type("まとめ")
    assert "待っている人" in as_text(boss.last())
    for word in ("ヘルプ", "会議", "待っていること", "新規"):
        boss.type(word)
        assert boss.answer["text"]


def test_a_link_lets_in_once_and_is_asked_for_anew_when_it_came_too_late(
    mattermost_town: MattermostTown,
) -> None:
    town = mattermost_town
    member = town.person(ELDERLY)
    town.press(member, "meetings")
    page = member.links[-1].removeprefix(TOWN)
    seat = TownSeat(town.app)
    path, then = page.split("?then=")
    assert seat.send(path, {"then": then}, page=page).status_code == 302
    town.mattermost.fail("posts.create", status=429, retry_after=240)
    town.press(member, "meetings")
    links = len(member.links)
    town.clock.move(minutes=5)
    town.tick()
    assert len(member.links) == links
    member.press("新しく受け取る")
    assert len(member.links) == links + 1


def test_a_trigger_that_is_too_old_asks_for_the_press_once_more(
    mattermost_town: MattermostTown,
) -> None:
    town = mattermost_town
    meeting_id = asked(town)
    member = town.person(ELDERLY)
    code = "interactive_message.decode_trigger_id.expired"
    town.mattermost.error("dialogs.open", 400, code)
    member.press("日程を答える")
    assert "[もう一度開く]" in member.screen_text()
    member.press("もう一度開く")
    member.fill({one.id: "yes" for one in town.meeting(meeting_id).slots})


def test_everything_fits_and_nothing_of_a_sheet_is_told(mattermost_town: MattermostTown) -> None:
    """What was typed about somebody is read behind the link alone; every post, dialog and answer
    was taken by a server that refuses what is too long."""
    town = mattermost_town
    words = {"summary": "台所でひとり泣いていた。", "request": "早めに訪ねてください。"}
    case_id = town.open_case("A14", **words)
    town.convene(case_id, days_ahead=range(20, 40))
    town.tick()
    town.person(ELDERLY).press("日程を答える")
    said = town.mattermost.everything_said().everything()
    assert said
    for planted in words.values():
        assert not any(planted in text for text in said)
    refused = [call for call in town.mattermost.calls if call.status >= 400]
    assert refused == []
    assert not re.search(r"[^\\]\*\*", "".join(said))
