"""What a button does: one row for each verb, and which of them keeps which promise.

Every door reads it here: the pages are registered under these addresses and link by them, cards,
mails and chats lead there, and a chat knows what it has to leave to a page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workflows.model.promise import PromiseKind

_K = PromiseKind


@dataclass(frozen=True)
class Verb:
    """`page` is the address at which it is done, as its route is written; it says what the verb is
    about: `<number>` a case, `<meeting_id>` a meeting, neither of them the town. What else stands
    in angle brackets is the item of a button.

    `keeps`: the promises that are kept by it. `reads`: it is for reading on, and stays when there
    is nothing left to do. `by_link`: by it an agency answers; who opened a mail does so without
    signing in. `page_only`:
    a chat without windows of its own, such as LINE WORKS, leads to the page.
    """

    page: str
    keeps: tuple[PromiseKind, ...] = ()
    reads: bool = False
    by_link: bool = False
    page_only: bool = False


VERBS: Final[Mapping[str, Verb]] = {
    # about a case
    "open_case": Verb("/cases/<number>", keeps=(_K.NEXT_STEP,), reads=True),
    "reply": Verb("/cases/<number>/referrals/<referral_id>/reply", keeps=(_K.REPLY,), by_link=True),
    "refer": Verb("/cases/<number>/refer", page_only=True),
    "set_lead": Verb("/cases/<number>/lead", keeps=(_K.NAME_LEAD,), page_only=True),
    "edit_sheet": Verb("/cases/<number>/sheet"),
    "close_case": Verb("/cases/<number>/close", keeps=(_K.CLOSE_CASE,), page_only=True),
    "reopen_case": Verb("/cases/<number>/reopen"),
    "name_members": Verb("/cases/<number>/named"),
    "consent": Verb("/cases/<number>/consent"),
    "disclosures": Verb("/cases/<number>/disclosures"),
    "print": Verb("/cases/<number>/print"),
    "plan": Verb("/cases/<number>/plan", keeps=(_K.PLAN_REVIEW, _K.REVISE_PLAN), page_only=True),
    "follow_up": Verb("/cases/<number>/follow-ups/<follow_up_id>", keeps=(_K.FOLLOW_UP,)),
    "reassess": Verb("/cases/<number>/reassessment", page_only=True),
    "agenda_requests": Verb("/cases/<number>/agenda-requests", page_only=True),
    "still_needed": Verb("/cases/<number>/still-needed", keeps=(_K.STILL_NEEDED,), page_only=True),
    "tick_role": Verb("/cases/<number>/roles/<role_id>", keeps=(_K.ROLE,)),
    "convene": Verb("/meetings/new?case=<number>", keeps=(_K.REASSESS,), page_only=True),
    # about a meeting
    "open_meeting": Verb(
        "/meetings/<meeting_id>", keeps=(_K.MEETING_SOON,), reads=True, page_only=True
    ),
    "answer_dates": Verb("/meetings/<meeting_id>/answer", keeps=(_K.ANSWER_DATES,), by_link=True),
    "fix_date": Verb("/meetings/<meeting_id>", keeps=(_K.FIX_DATE,), page_only=True),
    "attend": Verb("/meetings/<meeting_id>/attend", keeps=(_K.ATTEND,), by_link=True),
    "calendar": Verb("/meetings/<meeting_id>/calendar.ics", page_only=True),
    "write_record": Verb("/meetings/<meeting_id>/record", keeps=(_K.RECORD,), page_only=True),
    "confirm_record": Verb(
        "/meetings/<meeting_id>/record", keeps=(_K.CONFIRM_RECORD,), page_only=True
    ),
    "read_record": Verb("/meetings/<meeting_id>/record", reads=True, page_only=True),
    # in the town
    "inbox": Verb("/", page_only=True),
    "drafts": Verb("/#drafts", page_only=True),
    "new_sheet": Verb("/cases/new", page_only=True),
    "cases": Verb("/cases"),
    "meetings": Verb("/meetings", page_only=True),
    "desk": Verb("/desk", page_only=True),
    "look_back": Verb("/desk/look-back", page_only=True),
    "digest": Verb("/digest/<on>"),
    "directory": Verb("/directory", page_only=True),
    "requests": Verb("/requests", keeps=(_K.ANSWER_REQUEST,), page_only=True),
    "retention": Verb("/retention", page_only=True),
    "unread_cases": Verb("/unread-cases", page_only=True),
    "permission_requests": Verb("/permission-requests", page_only=True),
    "administration": Verb("/admin", page_only=True),
    "audit": Verb("/admin/audit", page_only=True),
    "accounts": Verb("/admin/accounts", page_only=True),
    "sign_in": Verb("/sign-in/<token>"),
}

VERB_OF_PROMISE: Final[Mapping[PromiseKind, str]] = {
    kind: name for name, verb in VERBS.items() for kind in verb.keeps
}
READ_ONLY_VERBS: Final = frozenset(name for name, verb in VERBS.items() if verb.reads)
BY_LINK: Final = frozenset(name for name, verb in VERBS.items() if verb.by_link)
PAGE_ONLY: Final = tuple(name for name, verb in VERBS.items() if verb.page_only)

_GAP: Final = re.compile(r"<\w+>")


def is_of_case(verb: str) -> bool:
    """Whether it is about a case, by its number. Raises KeyError on an unknown verb."""
    return "<number>" in VERBS[verb].page


def is_of_meeting(verb: str) -> bool:
    """Whether it is about a meeting, by its id. Raises KeyError on an unknown verb."""
    return "<meeting_id>" in VERBS[verb].page


def route(verb: str) -> str:
    """The address under which its page is registered."""
    return re.split("[?#]", VERBS[verb].page)[0]


def address_of(verb: str, subject: str = "", item: str = "") -> str:
    """Where it is done: `subject` is a case number or a meeting id, or "". What ends in an item
    leads without one to what lies above it. Raises KeyError on an unknown verb."""
    page = VERBS[verb].page
    if is_of_case(verb) or is_of_meeting(verb):
        page = _GAP.sub(lambda _: subject, page, count=1)
    found = _GAP.sub(lambda _: item, page)
    return found if item or page == found else found.rstrip("/")
