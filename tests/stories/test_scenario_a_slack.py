"""Scenario A (8050) once more, by people who never leave Slack; and with half of them on the pages.

The acts stand in slack_acts_*.py; what they look at is what each person sees.
"""

from collections.abc import Callable

from handlers.slack.door import SLACK
from tests.slack.duplicate_submissions import ToldTwice
from tests.slack.limits import Json
from tests.slack.product import SlackTown
from tests.stories import slack_acts_asked as asked
from tests.stories import slack_acts_meeting as meeting
from tests.stories import slack_acts_support as support
from tests.stories.scenario_a import DECISION, FACTS, NAME, PLANTED, SUMMARY
from tests.stories.slack_story import Story
from tests.support.people import (
    CHAIR,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
)

ON_PAGES = frozenset({ELDERLY, LIVELIHOOD, COMMISSIONER})


def test_a_person_whom_nobody_answered_for_is_answered_for_without_leaving_slack(
    slack_town: SlackTown, slack_picture: Callable[[Json, str], None]
) -> None:
    """Sheet, replies, 支援会議, record, roles, follow-ups, digest and closing, in Slack; each
    modal is handed in twice, and done once."""
    slack_town.endpoint = twice = ToldTwice(slack_town.endpoint)
    story = Story(slack_town, picture=slack_picture)
    asked.write_the_sheet(story)
    asked.wait_until_tuesday(story)
    asked.reply(story)
    asked.nobody_else_sees_it(story)
    meeting.convene(story)
    meeting.answer_dates(story)
    meeting.fix_the_date(story)
    meeting.open_a_room(story)
    meeting.attend(story)
    meeting.swear(story)
    meeting.put_into_the_calendar(story)
    meeting.write_the_record(story)
    meeting.confirm_the_record(story)
    meeting.close_the_room(story)
    meeting.read_the_record(story)
    support.first_role(story)
    support.second_role(story)
    support.look_again(story)
    support.look_once_more(story)
    support.reconsider(story)
    support.close(story)
    _nothing_leaked(story)
    shown = "\n".join(story.town.slack.everything_said().modals)
    assert [word for word in (NAME, SUMMARY, DECISION, FACTS) if word not in shown] == []
    _it_is_known_who_read_what(story)
    assert twice.count > 20


def test_with_half_of_the_agencies_on_the_pages_it_is_the_same_case_and_the_same_meeting(
    slack_town: SlackTown,
) -> None:
    """The organiser's card in Slack shows both; who answered on a page sees it in Slack as well."""
    story = Story(slack_town, ON_PAGES)
    asked.write_the_sheet(story)
    asked.wait_until_tuesday(story)
    asked.reply(story)
    meeting.convene(story)
    meeting.answer_dates(story)
    meeting.fix_the_date(story)
    meeting.attend(story)
    meeting.write_the_record(story)
    meeting.confirm_the_record(story)
    support.first_role(story)
    support.second_role(story)
    support.look_again(story)
    support.close(story)
    _nothing_leaked(story)


def _nothing_leaked(story: Story) -> None:
    """What stood in modals for those who may see it never stood in a message, a card or Home."""
    said = "\n".join(story.town.slack.everything_said().messages)
    assert [word for word in PLANTED if word in said] == []


def _it_is_known_who_read_what(story: Story) -> None:
    """By whom, through which door: nobody else, and not the manager who saw how it stood."""
    (case_id,) = story.town.case_ids()
    read: dict[str, set[str | None]] = {}
    for event in story.town.events(case_id):
        if event.kind.startswith("read."):
            assert event.door == SLACK
            read.setdefault(event.kind, set()).add(event.actor_id)
    assert read == {
        "read.read_case": {COORDINATOR, ELDERLY, LIVELIHOOD, FARMING, COMMISSIONER},
        "read.write_record": {CHAIR},  # whoever began it saw nothing that stood there
        "read.read_record": {DISABILITY},
    }
