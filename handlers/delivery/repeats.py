"""When something is sent again: how long is waited, and what is repeated though it may have come.

Slack can be asked whether a message stands there. LINE WORKS and mail cannot: what somebody must
act upon is then sent once more, and says that it may be a repeat; news are not, and whoever waits
for them is told.
"""

from datetime import datetime, timedelta
from typing import Final

from handlers.delivery.channel_states import jittered
from handlers.words.notice_heads import heads
from workflows.promises.ladder import REMINDERS

# [ours] How long is waited after a failure of one notice by itself; the last one from then on.
LATER: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60))
# Where nothing but an answer is missing: whoever has it can be looked for, at the cost of a call.
SOONER: Final = tuple(timedelta(minutes=m) for m in (1, 5, 10))
# [ours] As long as mail servers keep trying: a full mailbox is emptied within days.
PATIENCE: Final = timedelta(days=3)
MOST_REPEATS: Final = 3  # of what may have come each time

# Every reminder of what is owed, and what the head of its message says so of.
REPEATED: Final = REMINDERS | {key for key, head in heads().items() if head.repeat}


def next_attempt(
    attempt: int, since: datetime, now: datetime, *, in_doubt: bool
) -> datetime | None:
    """When one that failed by itself is tried again; None when that was the last time."""
    waits = SOONER if in_doubt else LATER
    at = now + jittered(waits[min(attempt, len(waits)) - 1])
    return at if at - since <= PATIENCE else None
