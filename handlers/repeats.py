"""When something is sent again: how long is waited, and what is repeated though it may have come.

Slack can be asked whether a message stands there. LINE WORKS and mail cannot: what somebody must
act upon is then sent once more, and says that it may be a repeat; news are not, and whoever waits
for them is told.
"""

from datetime import datetime, timedelta
from typing import Final

from handlers.ways import jittered
from workflows.ladder import MANY_REMINDERS, REMINDERS

# [ours] How long is waited after a failure of one notice by itself; the last one from then on.
LATER: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60))
# Where nothing but an answer is missing: whoever has it can be looked for, at the cost of a call.
SOONER: Final = tuple(timedelta(minutes=m) for m in (1, 5, 10))
# [ours] As long as mail servers keep trying: a full mailbox is emptied within days.
PATIENCE: Final = timedelta(days=3)
MOST_REPEATS: Final = 3  # of what may have come each time

# Every reminder of what is owed, and:
REPEATED: Final = REMINDERS | frozenset(
    {
        MANY_REMINDERS,
        # Its receiver waits for it, at a page.
        "sign_in_link",
        # Dates are asked, and whether one comes; one must be there, or must not go there.
        "dates_asked",
        "dates_asked_again",
        "answer_link",
        "meeting_fixed",
        "meeting_moved",
        "meeting_cancelled",
        "uninvited",
        "will_be_absent",
        "no_contact",
        "nobody_stands_in",
        # A case waits for an agency, or for whoever looks after it.
        "referral_asked",
        "referral_taken_back",
        "reply_link",
        "core_desk",
        "opened_urgently",
        "lead_given",
        "role_given",
        "follow_up_worse",
        "record_returned",
        "confirm_record",
        "agenda_request_asked",
        # Who waits for something that did not come telephones; what must not be lost outside.
        "mail_returned",
        "audit_broken",
        "checkpoint_kept",
        "decisions_kept",
        "passkey_changed",
    }
)


def next_attempt(
    attempt: int, since: datetime, now: datetime, *, in_doubt: bool
) -> datetime | None:
    """When one that failed by itself is tried again; None when that was the last time."""
    waits = SOONER if in_doubt else LATER
    at = now + jittered(waits[min(attempt, len(waits)) - 1])
    return at if at - since <= PATIENCE else None
