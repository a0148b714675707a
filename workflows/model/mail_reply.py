"""What somebody wrote back to a mail of ours: kept as a hint, not as their agency's answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

ATTENDANCE_WORDS: Final = ("comes", "absent")  # the words that are as clear as an answer


@dataclass
class MailReply:
    """A reply that came by mail, unverified: anybody may have written it.

    `answers` is the key of the notice it answers, "" for one from a calendar alone. `word` is
    comes, absent or perhaps, as a calendar says it, of the date `slot_id` ("": of one that stands
    no more); "" for words alone. `own_address`: it says it comes from the member's address; else
    from `sender`. Not `kept`: what it says had a number in it that is never kept.
    """

    id: str
    at: datetime
    member_id: str
    agency_id: str
    answers: str
    word: str
    slot_id: str
    text: str
    own_address: bool
    sender: str
    kept: bool = True
    handled_by: str | None = None
    handled_at: datetime | None = None
