"""Scenario B (ヤングケアラー) where the agencies share no tool: schools have mail and its links,
社協 LINE WORKS, the town hall Slack. From the sheet to the follow-up."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handlers.lineworks.setup import set_up_lineworks
from tests.lineworks.person import Person
from tests.stories import mixed_acts_asked as asked
from tests.stories import mixed_acts_meeting as meeting
from tests.stories import mixed_acts_record as record
from tests.stories import mixed_acts_support as support
from tests.stories.mixed_story import IN_LINEWORKS, IN_SLACK, MixedStory
from tests.stories.mixed_town import mixed_town
from tests.stories.slack_story import Story
from tests.support.town import TownHall


@pytest.fixture
def story(
    hall: TownHall, tmp_path: Path, lineworks_picture: Callable[[Person, str, int], None]
) -> Iterator[MixedStory]:
    with mixed_town(hall, tmp_path, in_slack=IN_SLACK, in_lineworks=IN_LINEWORKS) as town:
        assert all(found.is_good for found in set_up_lineworks(town.lineworks.part.door))
        yield MixedStory(town, Story(town.slack), lineworks_picture)


def test_a_child_is_helped_by_agencies_that_share_no_tool(
    story: MixedStory, caplog: pytest.LogCaptureFixture
) -> None:
    """One case, one poll, one record: each takes part by the way that they have, and no other."""
    caplog.set_level(logging.DEBUG)
    asked.write_the_sheet(story)
    asked.each_is_asked_by_their_own_way(story)
    asked.managers_see_who_waits(story)
    asked.reply_in_lineworks(story)
    asked.reply_by_mail(story)
    asked.reply_in_slack(story)

    meeting.convene_from_lineworks(story)
    meeting.each_is_asked_for_dates_once(story)
    meeting.school_answers_by_its_link(story)
    meeting.council_answers_in_lineworks(story)
    meeting.office_answers_in_slack(story)
    meeting.one_answers_by_telephone(story)
    meeting.everybody_sees_one_poll(story)
    meeting.fix_the_date(story)
    meeting.each_learns_of_the_date_once(story)
    meeting.each_says_whether_they_come(story)
    meeting.a_room_for_those_in_slack(story)
    meeting.each_is_reminded_the_day_before(story)

    record.write_the_record(story)
    record.confirm_it_in_slack(story)
    record.each_gets_the_summary_once(story)
    record.attendees_read_it(story)

    support.roles_are_ticked(story)
    support.somebody_looks_again(story)
    support.another_footing_reads_no_record(story)
    support.what_is_written_to_the_bot_is_not_said_back(story)
    support.nothing_about_anybody_left_the_house(story, caplog.text)
    support.each_was_asked_once_and_by_one_way(story)
