"""What a notice is about: of several about the same matter only the newest says how it is."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from workflows.notices import Fact, Notice

# News of these kinds says how its whole matter stands: of the same case, meeting and facts named
# here (what tells several of them apart) the newest one replaces the older. A reminder and whatever
# else goes with a promise does so for its promise. All other news stands for itself: last week's
# digest beside this week's, two accounts that ask, two roles that are done.
NEWEST: Final[Mapping[str, tuple[str, ...]]] = {
    "absence_begun": ("absence",),
    "absence_changed": ("absence",),
    "account_asked": ("platform", "account"),
    "audit_broken": ("fault", "which", "row"),
    "case_asked": (),
    "case_closed": (),
    "case_not_heard": ("number", "agency"),
    "case_off_agenda": ("number", "agency"),
    "case_on_agenda": ("number", "agency"),
    "case_reopened": (),
    "channel_trouble": ("platform", "code", "needed"),
    "confirm_record": (),
    "date_closed": (),
    "disposal_proposed": (),
    "disposal_second": (),
    "follow_up_worse": (),
    "guard_masked": (),
    "lead_given": (),
    "many_reminders": (),
    "mail_returned": ("agency", "name", "what", "via", "outside", "organiser"),
    "meeting_cancelled": (),
    "meeting_fixed": ("agency",),
    "meeting_moved": ("agency",),
    "member_named": (),
    "no_contact": ("agency",),
    "passed_round": (),
    "permission_requests_asked": (),
    "plan_saved": (),
    "record_ask": (),
    "record_broken": ("what", "about"),
    "record_posted": (),
    "record_returned": (),
    "restore_left": (),
    "restricted_again": (),
    "room_refused": (),
    "scope_followed": (),
    "uninvited": ("agency",),
    "unread_cases": (),
    "will_be_absent": ("agency",),
}
# These come anew each day, for the one request of which they are.
_OF_A_REQUEST: Final = frozenset({"agenda_request_asked", "opened_urgently"})


def matter_of(notice: Notice) -> str:
    """The same text for news about the same matter; at most 200 characters, no words of anybody."""
    if notice.promise:
        return notice.promise
    about = f"{notice.key}:{notice.case_id or ''}:{notice.meeting_id or ''}:"
    if notice.key in _OF_A_REQUEST:
        return about + _digest(request_of(notice))
    if notice.key not in NEWEST:
        return about + _digest(once_of(notice))
    return about + _told_apart(notice.key, notice.facts)


def town_matter_of(key: str, **facts: Fact) -> str:
    """The matter of news of this kind (of NEWEST) with these facts, about no case or meeting."""
    return f"{key}:::{_told_apart(key, facts)}"


def _told_apart(key: str, facts: Mapping[str, Fact]) -> str:
    told = [str(facts.get(name, "")) for name in NEWEST[key]]
    return _digest("\n".join(told)) if any(told) else ""


def once_of(notice: Notice) -> str:
    """What makes it one (`once` of `Work.tell`), without the way by which it goes."""
    key = notice.dedupe_key.removesuffix(f":{notice.via}" if notice.via else "")
    return key.removeprefix(f"{notice.key}:").removesuffix(f":{notice.member_id}")


def request_of(notice: Notice) -> str:
    """The id of the agenda request of which this asks."""
    return once_of(notice).partition(":")[0]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
