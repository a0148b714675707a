"""Scenario B over three ways, its end: roles, somebody who looks again, who must not read of it,
and what has left the house."""

from datetime import datetime, time
from http import HTTPStatus

from tests.slack.filling import put
from tests.stories.mixed_story import (
    BY_MAIL,
    CARER,
    DAY_SERVICE,
    DECISION,
    EACH_ONCE,
    FACTS,
    GIVEN,
    HEALTH,
    IN_LINEWORKS,
    IN_SLACK,
    LOOK_AGAIN,
    NAME,
    NUMBER,
    NURSE,
    OUTCOME,
    PLANTED,
    REASON,
    SCHOOLS_OFFICE,
    SUMMARY,
    TRAINER,
    MixedStory,
)
from tests.stories.slack_story import text_of
from tests.support.people import LIVELIHOOD, OTHER_COORDINATOR, SSW
from workflows.japanese.dates import TOKYO


def roles_are_ticked(story: MixedStory) -> None:
    """By a press in LINE WORKS, in Slack's modal, and on the page behind a mail's link."""
    carer = story.town.lineworks.person(CARER)
    carer.press("済みにする")
    carer.press("済みにする")
    assert "役割を済みにしました" in str(carer.last().content)
    assert "役割を済みにしました" in story.slack.hand_in(story.slack.take_up(NURSE, "済みにする"))
    for member in (SSW, TRAINER):
        page = story.by_mail(member, story.link(member, GIVEN, f"/cases/{NUMBER}/roles/"))
        page.fill({"outcome": OUTCOME})
        assert "役割を済みにしました" in page.press("済みにする")
    story.town.tick()
    assert [role.done_at is None for role in story.slack.case().roles] == [False] * 4
    done = story.town.lineworks.person(CARER).screen_text()
    for agency in (HEALTH, SCHOOLS_OFFICE, DAY_SERVICE):
        assert f"「{story.agency(agency)}」が役割を終えました" in done


def somebody_looks_again(story: MixedStory) -> None:
    """A month later 社協 is asked in LINE WORKS, and answers with a press that tells nothing."""
    due = story.slack.case().next_follow_up
    assert due is not None
    story.until(datetime.combine(due.due_on, time(9), TOKYO))
    assert story.told(CARER, LOOK_AGAIN) == ["lineworks"]
    carer = story.town.lineworks.person(CARER)
    carer.press("様子を答える")
    carer.press("変化なし")
    assert "見守りを記録しました" in str(carer.last().content)
    assert "変化なし" not in carer.screen_text()
    assert [str(f.result) for f in story.slack.case().follow_ups if f.result] == ["unchanged"]


def another_footing_reads_no_record(story: MixedStory) -> None:
    """A 支援会議 on 106-6 is called on the same case: who comes to it reads the sheet once they
    have confirmed the duty, and never what the 要対協 wrote."""
    first = story.meeting()
    _convene_another(story)
    assert story.told(LIVELIHOOD, "支援会議の日程をお尋ねします") == ["lineworks"]
    visitor = story.by_lineworks(LIVELIHOOD, "会議を見る")
    visitor.press("守秘義務を確認しました")
    assert SUMMARY in visitor.open(f"/cases/{NUMBER}")
    record = f"/meetings/{first.id}/record"
    assert record not in visitor.text
    # The button that the others have: nobody gives it to these two, who press it all the same.
    there = story.town.lineworks.person(LIVELIHOOD)
    story.town.lineworks.press(there, "read_record", first.id)
    for path in (there.press("画面を開く"), record, f"{record}/print", f"/meetings/{first.id}"):
        assert visitor.look(path) is HTTPStatus.NOT_FOUND, path
        assert not [word for word in (DECISION, FACTS) if word in visitor.text]
    organiser = story.slack.person(OTHER_COORDINATOR)
    story.town.slack.press(organiser, "read_record", first.id)
    shown = organiser.screen_text() + "".join(text_of(m) for m in organiser.ephemerals())
    assert "会議記録を読めるのは、会議の出席者だけです" in shown
    assert not [word for word in (DECISION, FACTS) if word in shown]
    nurse = story.slack.take_up(NURSE, "記録を読む")  # who was on it still reads it
    assert FACTS in nurse.screen_text()
    nurse.close_view(everything=True)


def _convene_another(story: MixedStory) -> None:
    person = story.slack.person(OTHER_COORDINATOR)
    person.command("/tsunagu", NUMBER)
    person.press("会議を招集する")
    put(person, {"bases": ["act_106_6"], "basis_reason": REASON})
    person.submit()
    put(person, {"required_agencies": ["A01", "A19"], "optional_agencies": []})
    assert "2機関にお尋ねしました" in story.slack.hand_in(person)


def what_is_written_to_the_bot_is_not_said_back(story: MixedStory) -> None:
    carer = story.town.lineworks.person(CARER)
    carer.say(f"{NAME}さんのことで、学校に聞きたいことがあります。")
    assert "読み取れませんでした" in str(carer.last().content)


def nothing_about_anybody_left_the_house(story: MixedStory, log: str) -> None:
    """Neither in a message, a mail, a calendar nor a room, nor in what the product logged."""
    slack, lineworks = story.town.slack.slack, story.town.lineworks.lineworks
    ways = {
        "slack": "\n".join(slack.everything_said().messages),
        "lineworks": "\n".join(lineworks.everything_said().everything()),
        "mail": story.town.mailed(),
    }
    for way, said in ways.items():
        assert NUMBER in said, way
        assert [word for word in PLANTED if word in said] == [], way
    assert "notice_sent" in log, "the log was not looked at"
    assert [word for word in PLANTED if word in log] == []


def each_was_asked_once_and_by_one_way(story: MixedStory) -> None:
    """Looked at from the end: whoever has a chat got no mail, whoever has none no message."""
    for member in (*IN_SLACK, *IN_LINEWORKS):
        assert story.town.mails(member) == [], member
    for member in (*IN_LINEWORKS, *BY_MAIL):
        assert story.slack.person(member).messages() == [], member
    for member in (*IN_SLACK, *BY_MAIL):
        assert story.town.lineworks.person(member).messages() == [], member
    for title, ways in EACH_ONCE.items():
        for member in (*IN_SLACK, *IN_LINEWORKS, *BY_MAIL):
            wanted = [ways[member]] if member in ways else []
            assert story.told(member, title) == wanted, (member, title)
    with story.town.slack.database.open() as unit:
        assert unit.outbox.failed() == []
        assert set(unit.outbox.counts()) <= {"sent", "dropped"}
