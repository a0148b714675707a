"""Everything that registers what people may press and hand in, imported to do so."""

import handlers.mattermost.cards
import handlers.mattermost.deeds
import handlers.mattermost.digest
import handlers.mattermost.greeting
import handlers.mattermost.meetings
import handlers.mattermost.menu
import handlers.mattermost.remind_tomorrow  # noqa: F401 - imported so that they register
