"""Scenario B (ヤングケアラー) in Slack, where it differs: what the named alone may see, and another
footing whose record is nobody else's."""

import pytest

from tests.slack.filling import put
from tests.slack.product import CHANNEL, SlackTown
from tests.stories.slack_story import (
    Story,
    all_of_the_case,
    buttons_of,
    card_about,
    card_with,
    newest,
    text_of,
)
from tests.support.hands import consented
from tests.support.people import LIVELIHOOD, MANAGER, OTHER_COORDINATOR, OUTSIDER, SSW

NUMBER, NAME, KANA = "R8-0001", "朧月かの子", "おぼろづき　かのこ"
SUMMARY = "中学生の長女が家事と妹の世話をして、授業中に眠ってしまう。"
REQUEST = "個別ケース検討会議を開いてください。"
DECISION = "家計の見直しを社協と保健師が手伝う。"
PLANTED = (NAME, "朧月", "おぼろづき", "オボロヅキ", SUMMARY, REQUEST, DECISION, "眠ってしまう")
CHILDREN, CHILDREN_CHAIR = "M09", "M10"  # 子ども家庭課: at the counter, and the 要対協's chair
TEACHER, NURSE = "M40", "M12"
UNKNOWN = "このケースは見つかりません"


@pytest.fixture
def story(slack_town: SlackTown) -> Story:
    return Story(slack_town)


def test_a_case_of_danger_stands_nowhere_but_with_those_who_are_named(story: Story) -> None:
    """No card on the board, no button for managers; for who is not named there is no such case."""
    _sheet(story)
    _seen_by_nobody_else(story, OTHER_COORDINATOR, CHILDREN_CHAIR, MANAGER, NURSE, OUTSIDER)
    _counted_for_the_manager(story)
    _answered(story)
    _chair_named(story)
    _convened(story)
    _seen_by_nobody_else(story, OTHER_COORDINATOR, MANAGER, OUTSIDER)
    _no_longer_named(story)
    said = "\n".join(story.town.slack.everything_said().messages)
    assert [word for word in PLANTED if word in said] == []


def _sheet(story: Story) -> None:
    """The social worker begins, is called away, and goes on from Home with nothing lost."""
    person = story.person(SSW)
    person.command("/tsunagu", "new")
    put(
        person,
        {
            "route": "school",
            "matters": ["child_rearing", "income", "family", "withdrawal"],
            "summary": SUMMARY,
            "urgency": "urgent",
            "danger": "yes",
            "hidden_address": "no",
            "district": "D01",
            "consent": "oral",
            "consent_on": "2026-11-19",
            "consent_scope": ["A04", "A06", "A10", "A13", "A27"],
        },
    )
    person.press("保存して閉じる")
    person.close_view(everything=True)
    assert "つなぐシート" in story.home(SSW)
    person.press("続きを書く", in_="home")
    assert SUMMARY in person.screen_text()
    person.submit()
    put(person, {"name": NAME, "kana": KANA})
    asked = {"agency": "A04", "purpose": "meeting", "request": REQUEST}
    put(person, {f"referrals.0.{name}": value for name, value in asked.items()})
    person.submit()
    put(person, {"tags": ["young_carer"]})
    assert f"{NUMBER}を送りました。1機関にお知らせし" in story.hand_in(person)


def _seen_by_nobody_else(story: Story, *members: str) -> None:
    assert story.town.slack.messages(CHANNEL) == []
    for member in members:
        person = story.person(member)
        assert UNKNOWN in all_of_the_case(person, NUMBER)
        for line in story.home(member).splitlines():
            assert NUMBER not in line
        assert person.home is not None
        assert "開く" not in person.home.buttons
        cards = [m for m in person.messages() if "週次のまとめ" not in text_of(m)]
        assert not any(NUMBER in text_of(m) for m in cards)


def _counted_for_the_manager(story: Story) -> None:
    """That somebody waits is counted; nothing else of it, and nothing to press."""
    story.until(2026, 11, 24, 9, 0)
    manager = story.person(MANAGER)
    assert "1件が支援を待っています" in newest(manager)
    assert buttons_of(manager.last_message()) == ["まとめを見る"]
    story.take_up(MANAGER, "まとめを見る")
    assert manager.view is not None
    counted = "ほかに、閲覧制限のケースが1件あります（最も長い方で1開庁日）。"
    assert counted in manager.screen_text()
    assert NUMBER not in manager.screen_text()
    assert manager.view.buttons == []
    assert "子ども家庭課" not in manager.screen_text()
    manager.close_view()


def _answered(story: Story) -> None:
    person = story.take_up(CHILDREN, "返信する")
    assert NAME in person.screen_text()
    put(person, {"answer": "accepted"})
    put(person, {"lead": "yes"})
    put(person, {"next_check_on": "2027-01-20"})
    assert "「受理」と返信しました" in story.hand_in(person)


def _chair_named(story: Story) -> None:
    """Whoever is to convene has to be named first; then the case is there for them."""
    person = story.person(CHILDREN)
    person.command("/tsunagu", NUMBER)
    assert person.view is not None
    assert "会議を招集する" not in person.view.buttons
    person.press("見られる方を決める")
    put(person, {"member": CHILDREN_CHAIR})
    person.submit()
    assert "育見 まもりさんがこのケースを見られるようにしました" in person.screen_text()
    person.close_view(everything=True)
    story.town.tick()
    assert f"{NUMBER} 担当者に登録されました" in newest(story.person(CHILDREN_CHAIR))


def _convened(story: Story) -> None:
    """要対協: another footing, chosen in the same modal; its contacts read after the duty."""
    person = story.take_up(CHILDREN_CHAIR, "ケースを見る")
    person.press("会議を招集する")
    put(person, {"bases": ["child_protection"]})
    person.submit()
    put(person, {"required_agencies": ["A04", "A10", "A27"], "optional_agencies": ["A06"]})
    assert "4機関にお尋ねしました" in story.hand_in(person)
    teacher = story.person(TEACHER)
    card = card_with(teacher, "まとめて答える")
    assert "個別ケース検討会議の日程をお尋ねします*\nまだ回答がありません" in text_of(card)
    assert NAME not in all_of_the_case(teacher, NUMBER)
    teacher.press("会議を見る", in_=card)
    teacher.press("守秘義務を確認する")
    teacher.submit()
    teacher.close_view(everything=True)
    assert NAME in all_of_the_case(teacher, NUMBER)


def _no_longer_named(story: Story) -> None:
    """Whoever is taken off finds no case any more; who stays does."""
    person = story.take_up(CHILDREN_CHAIR, "ケースを見る")
    person.press("見られる方を決める")
    person.press(f"unname_member.{NURSE}")
    assert "健野 いぶきさんを" in person.screen_text()
    person.close_view(everything=True)
    story.town.tick()
    assert NAME in all_of_the_case(story.person(CHILDREN), NUMBER)
    nurse = story.person(NURSE)
    assert UNKNOWN in all_of_the_case(nurse, NUMBER)
    nurse.press("会議を見る", in_=card_with(nurse, "まとめて答える"))
    assert NAME not in nurse.screen_text()


def test_a_record_of_another_footing_is_read_by_none_of_a_later_meeting(story: Story) -> None:
    """Who attends the 支援会議 reads the sheet while they do, and not what the 要対協 wrote."""
    town = story.town
    scope = consented("A04", "A06", "A10", "A13", "A27")
    case_id = town.open_case("A04", by=SSW, name=NAME, kana=KANA, summary=SUMMARY, **scope)
    town.reply(case_id, "A04", by=CHILDREN, lead="yes")
    council = town.convene(
        case_id,
        by=CHILDREN_CHAIR,
        required=("A04", "A10"),
        bases=("child_protection",),
        chair=CHILDREN_CHAIR,
    )
    town.fix(council, by=CHILDREN_CHAIR)
    slot = town.meeting(council).fixed_slot
    assert slot is not None
    town.clock.at = slot.ends_at
    town.save_record(council, by=CHILDREN_CHAIR, decisions=[{"text": DECISION}])
    town.confirm_record(council, by=CHILDREN_CHAIR)
    town.convene(case_id, by=OTHER_COORDINATOR, required=("A01", "A19"))
    town.tick()

    reader = story.take_up(SSW, "記録を読む")
    reader.submit()
    assert DECISION in reader.screen_text()
    reader.close_view(everything=True)
    to_read = card_with(reader, "記録を読む")
    visitor = story.person(LIVELIHOOD)
    visitor.press("会議を見る", in_=card_with(visitor, "まとめて答える"))
    visitor.press("守秘義務を確認する")
    visitor.submit()
    visitor.close_view(everything=True)
    assert NAME in all_of_the_case(visitor, NUMBER)
    organiser = story.person(OTHER_COORDINATOR)
    for person in (visitor, organiser):
        person.press("記録を読む", in_=to_read)  # nobody gives them this button
        assert DECISION not in person.screen_text()
        if person.view:
            person.close_view(everything=True)

    organiser.press("会議を見る", in_=card_about(organiser, "の回答状況*"))
    organiser.press("会議を中止する")
    put(organiser, {"reason": "別の形で相談することにしました。"})
    story.hand_in(organiser)
    assert NAME not in all_of_the_case(visitor, NUMBER)
    said = "\n".join(town.slack.everything_said().messages)
    assert [word for word in PLANTED if word in said] == []
