"""Scenario B over three ways: the 要対協 is held, its record written and confirmed, its summary
seen on all three ways."""

import re

from tests.stories.mixed_story import (
    CARER,
    CHAIR,
    CHILDREN,
    DECISION,
    FACTS,
    GIVEN,
    HEALTH,
    NURSE,
    POSTED,
    TASKS,
    TEACHER,
    THERE,
    TO_DO,
    WHAT_CHATS_GET,
    MixedStory,
)
from tests.stories.slack_story import card_about, text_of


def write_the_record(story: MixedStory) -> None:
    """When the meeting is over its organiser is asked in LINE WORKS, and writes it on the page."""
    slot = story.meeting().fixed_slot
    assert slot is not None
    story.until(slot.ends_at)
    page = story.by_lineworks(CARER, "記録を書く")
    page.fill(dict.fromkeys(re.findall(r'name="(presence-\w+)"', page.text), "present"))
    page.fill({f"presence-{CHILDREN}": "delegate", f"who-{CHILDREN}": "育見"})
    page.fill({"decisions-0-text": DECISION, "shared_facts": FACTS, "summary": WHAT_CHATS_GET})
    for row, (agency, (task, due_on)) in enumerate(TASKS.items()):
        if row:
            page.press("行を足す", value="roles")
        facts = {"agency": agency, "task": task, "due_on": due_on}
        page.fill({f"roles-{row}-{name}": value for name, value in facts.items()})
    page.press("確認を依頼する")
    story.town.tick()


def confirm_it_in_slack(story: MixedStory) -> None:
    """The chair confirms the secrecy duty on the way, and what the agencies are to do goes out."""
    chair = story.slack.take_up(CHAIR, "記録を確認する")
    chair.submit()
    assert FACTS in chair.screen_text()
    assert "4件の役割を各機関にお願いしました" in story.slack.hand_in(chair)


def each_gets_the_summary_once(story: MixedStory) -> None:
    """The same words on all three ways: what the writer meant for them, numbers, agencies, days."""
    for member, way in THERE.items():
        assert story.told(member, POSTED) == [way], member
    for member, way in TO_DO.items():
        assert story.told(member, GIVEN) == [way], member
    summaries = (
        story.mail(TEACHER, POSTED),
        story.town.lineworks.person(CARER).screen_text(),
        text_of(card_about(story.slack.person(NURSE), POSTED)),
    )
    for told in summaries:
        for words in (WHAT_CHATS_GET, "5機関のうち5機関", f"「{story.agency(HEALTH)}」"):
            assert words in told


def attendees_read_it(story: MixedStory) -> None:
    """Behind the link, the modal and the mail's page stands the whole of it, after the duty."""
    assert FACTS in story.by_lineworks(CARER, "記録を読む").words
    nurse = story.slack.take_up(NURSE, "記録を読む")
    assert FACTS not in nurse.screen_text()
    nurse.submit()
    assert FACTS in nurse.screen_text()
    nurse.close_view(everything=True)
    page = story.by_mail(TEACHER, story.link(TEACHER, POSTED, "/meetings/"))
    assert FACTS not in page.words
    page.press("守秘義務を確認しました")
    assert FACTS in page.words
