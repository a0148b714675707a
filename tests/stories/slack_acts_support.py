"""Scenario A in Slack, its end: roles are done, somebody looks again, and the case is closed."""

from datetime import date

from tests.slack.filling import put
from tests.stories.scenario_a import BETTER, CHANGE, NUMBER, WORSE
from tests.stories.slack_story import Story, newest, text_of
from tests.support.people import COMMISSIONER, COORDINATOR, ELDERLY, FARMING, MANAGER


def first_role(story: Story) -> None:
    """The centre does its part at once; its card says who ticked it and when."""
    assert "引き受けた役割があります" in story.home(ELDERLY)
    _tick(story, ELDERLY)
    assert "済みました（12/17（木） 日向坂 ゆるりさん）" in story.everything(ELDERLY)
    assert "引き受けた役割" not in story.home(ELDERLY)


def _tick(story: Story, member_id: str) -> None:
    if member_id in story.on_pages:
        told = story.on_page(member_id, "済みにする", {"outcome": ""})
        story.town.tick()
    else:
        told = story.hand_in(story.take_up(member_id, "済みにする"))
    assert "役割を済みにしました" in told


def second_role(story: Story) -> None:
    """The commissioner forgets, is reminded, and then does it."""
    person = story.person(COMMISSIONER)
    story.until(2027, 1, 14, 9, 0)
    assert "役割の期限が近づいています" in newest(person)
    story.until(2027, 1, 18, 9, 0)
    assert "役割の期限を過ぎています" in newest(person)
    assert "1件は期限を過ぎています" in story.home(COMMISSIONER)
    home = story.person(COMMISSIONER).home
    assert home is not None
    story.picture(home.raw, "slack-home")
    assert "1開庁日の遅れ" in text_of(story.board())
    _tick(story, COMMISSIONER)
    assert "遅れ" not in text_of(story.board())
    assert "「ひだまり地区民生委員児童委員協議会」が役割を終えました" in newest(
        story.person(ELDERLY)
    )


def look_again(story: Story) -> None:
    """After a month whoever promised it answers with one button and a word."""
    assert "見守りの様子をお知らせください" in story.home(ELDERLY)
    assert "「改善」と記録しました" in _checked(story, "improved", BETTER)
    assert "様子の回答を受け取りました（1/18（月）" in story.everything(ELDERLY)
    _tick(story, FARMING)


def look_once_more(story: Story) -> None:
    """After three months and six; what was answered stands in the case, and in no message."""
    assert _next_check(story).month == 3
    assert "「変化なし」と記録しました" in _checked(story, "unchanged", "")
    assert _next_check(story).month == 6
    assert "「悪化」と記録しました" in _checked(story, "worse", WORSE)
    person = story.person(COORDINATOR)
    person.command("/tsunagu", NUMBER)
    for word in ("改善", "変化なし", "悪化"):
        assert f"見守りに「{word}」と答えました" in person.screen_text()
    person.close_view()


def _next_check(story: Story) -> date:
    """Time goes on to the day for which the lead agency promised to look again."""
    due = story.case().next_follow_up
    assert due is not None
    story.until(due.due_on.year, due.due_on.month, due.due_on.day, 9, 0)
    return due.due_on


def _checked(story: Story, result: str, comment: str) -> str:
    if ELDERLY in story.on_pages:
        told = story.on_page(ELDERLY, "様子を答える", {"result": result, "comment": comment})
        story.town.tick()
        return told
    answer = story.town.part.door.texts.label("follow_up_result", result)
    person = story.take_up(ELDERLY, answer)
    assert person.view is not None
    assert answer in person.view.inputs.values()
    put(person, {"comment": comment})
    return story.hand_in(person)


def reconsider(story: Story) -> None:
    """It got worse: the coordinator is offered a meeting for reassessment, with one button."""
    person = story.person(COORDINATOR)
    assert "会議の招集をご検討ください" in newest(person)
    assert "悪化" not in newest(person)
    assert "再アセスメント" in text_of(story.board())
    story.take_up(COORDINATOR, "会議を招集する")
    assert person.view is not None
    assert NUMBER in person.view.inputs.values()
    person.close_view(everything=True)


def close(story: Story) -> None:
    """Nobody waits any more; the coordinator closes it, and its card is one line."""
    manager = story.person(MANAGER)
    assert "支援を待っているケースはありません" in newest(manager)
    person = story.person(COORDINATOR)
    person.command("/tsunagu", NUMBER)
    person.press("見守り・終結・中断")
    put(
        person,
        {"kind": "closed", "reason": "転居のため。", "goals_reached": "reached", "change": CHANGE},
    )
    assert f"{NUMBER}を「終結」にしました" in story.hand_in(person)
    assert text_of(story.board()).startswith(f"{NUMBER}は「終結」になりました")
    assert story.case().state == "closed"
    for member in (ELDERLY, FARMING, COMMISSIONER):
        assert "ケースの区切り：終結" in newest(story.person(member))
        assert "あなたにお願いしていることはありません" in story.home(member)
