"""Everything that registers what people may press and type, imported to do so."""

import handlers.lineworks.attendance
import handlers.lineworks.cards
import handlers.lineworks.deeds
import handlers.lineworks.digest
import handlers.lineworks.menu
import handlers.lineworks.poll
import handlers.lineworks.remind_tomorrow
import handlers.lineworks.typed  # noqa: F401 - imported so that they register
