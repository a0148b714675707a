"""Everything that registers what people may press, hand in and be shown, imported to do so."""

import handlers.slack.cases.case_notices
import handlers.slack.cases.cases
import handlers.slack.cases.closing
import handlers.slack.cases.followups
import handlers.slack.cases.from_message
import handlers.slack.cases.reassessing
import handlers.slack.cases.referrals
import handlers.slack.cases.replies
import handlers.slack.cases.roles
import handlers.slack.cases.sheet
import handlers.slack.cases.still_needed
import handlers.slack.meetings.attendance
import handlers.slack.meetings.calendar_entry
import handlers.slack.meetings.convening
import handlers.slack.meetings.fixing
import handlers.slack.meetings.hearing
import handlers.slack.meetings.meeting_changes
import handlers.slack.meetings.meeting_window
import handlers.slack.meetings.meetings
import handlers.slack.meetings.poll
import handlers.slack.meetings.poll_window
import handlers.slack.meetings.record_notices
import handlers.slack.meetings.record_reading
import handlers.slack.meetings.records
import handlers.slack.meetings.rooms
import handlers.slack.meetings.secrecy
import handlers.slack.overview.board
import handlers.slack.overview.digest
import handlers.slack.overview.home
import handlers.slack.overview.menu
import handlers.slack.overview.remind_tomorrow
import handlers.slack.requests.app_events
import handlers.slack.requests.arrivals
import handlers.slack.requests.greeting
import handlers.slack.requests.talk  # noqa: F401 - imported so that they register
