"""Everything that registers what people may press, hand in and be shown, imported to do so."""

import handlers.slack.app_events
import handlers.slack.arrivals
import handlers.slack.attendance
import handlers.slack.board
import handlers.slack.calendar_entry
import handlers.slack.case_notices
import handlers.slack.cases
import handlers.slack.closing
import handlers.slack.convening
import handlers.slack.digest
import handlers.slack.fixing
import handlers.slack.followups
import handlers.slack.from_message
import handlers.slack.greeting
import handlers.slack.hearing
import handlers.slack.home
import handlers.slack.meeting_changes
import handlers.slack.meeting_window
import handlers.slack.meetings
import handlers.slack.menu
import handlers.slack.poll
import handlers.slack.poll_window
import handlers.slack.reassessing
import handlers.slack.record_notices
import handlers.slack.record_reading
import handlers.slack.records
import handlers.slack.referrals
import handlers.slack.remind_tomorrow
import handlers.slack.replies
import handlers.slack.roles
import handlers.slack.rooms
import handlers.slack.secrecy
import handlers.slack.sheet
import handlers.slack.still_needed
import handlers.slack.talk  # noqa: F401 - imported so that they register
