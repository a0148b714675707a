"""Every message there is, told at its largest and by its own way: out of the outbox into Slack.

`tell` puts one into the outbox with facts as long as they can be, about the largest case and
meeting; the delivery asks whether it is still true, draws it and sends it.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import uuid4

from handlers.slack.door import SLACK
from handlers.words.notice_heads import MESSAGES, heads
from handlers.words.verbs import VERBS, is_of_case, is_of_meeting
from handlers.words.words import TEMPLATES
from tests.slack.largest_town import Crowded, named
from tests.support.largest_notice import largest
from tests.support.people import ADMINISTRATOR, CHAIR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.delivery.stand_ins import BEGUN
from workflows.model.directory import Absence
from workflows.model.notice import Fact, Notice
from workflows.model.promise import Promise, PromiseKind
from workflows.promises.ladder import LADDERS, Tell
from workflows.sign_in.sign_in import SIGN_IN_LINK, RequestSignInLink

KEYS: Final = sorted(heads())
DIGEST: Final = "weekly_digest"
LONG_NAME: Final = named("つなぎ野市こもれび地区民生委員児童委員協議会")
# Messages about a promise that are no rung of its ladder.
ASKED: Final = {
    "referral_asked": PromiseKind.REPLY,
    "reply_link": PromiseKind.REPLY,
    "dates_asked": PromiseKind.ANSWER_DATES,
    "dates_asked_again": PromiseKind.ANSWER_DATES,
    "confirm_record": PromiseKind.CONFIRM_RECORD,
    "role_given": PromiseKind.ROLE,
    "lead_given": PromiseKind.FOLLOW_UP,
}
PROMISED: Final = ASKED | {
    rung.message: kind for kind, ladder in LADDERS.items() for rung in ladder
}
AFTERWARDS: Final = frozenset({  # what is owed only once a meeting was held
    PromiseKind.ROLE, PromiseKind.RECORD, PromiseKind.CONFIRM_RECORD,
    PromiseKind.CLOSE_CASE, PromiseKind.REVISE_PLAN, PromiseKind.STILL_NEEDED,
})  # fmt: skip
MEETING: Final = {  # about which of the meetings, where it is about one
    "asked": (
        "all_answered", "answer_link", "answer_reminder", "date_closed", "dates_asked",
        "dates_asked_again", "fix_date", "mail_replied", "mail_returned", "meeting_convened",
        "no_contact", "uninvited",
    ),
    "fixed": (
        "attend_reminder", "case_not_heard", "case_off_agenda", "case_on_agenda",
        "agenda_request_settled", "case_taken_up",
        "meeting_cancelled", "meeting_fixed", "meeting_moved", "meeting_soon", "room_refused",
        "scope_followed", "taken_off_agenda", "will_be_absent",
    ),
    "held": ("record_ask", "record_overdue", "record_returned"),
    "proposed": ("confirm_record", "confirm_record_reminder"),
    "recorded": ("record_posted",),
}  # fmt: skip
# About a case to which its card leads nobody; and about none, though there its card may lead.
WITHOUT_WAY: Final = frozenset({"part_ended", "right_person", "wrong_person"})
MASKED: Final = "guard_masked"
MEETING_OF: Final = {key: which for which, keys in MEETING.items() for key in keys}


def leads_to(key: str) -> set[str]:
    """The verbs of the buttons that a card may have."""
    actions = (TEMPLATES / MESSAGES / f"{key}.j2").read_text("utf-8").partition("block actions")[2]
    return {verb for verb in re.findall(r"\| *([a-z_]+)", actions) if verb in VERBS}


# About no case and no meeting: its card leads to none.
OF_THE_TOWN: Final = {MASKED} | {
    key
    for key in {*KEYS} - MEETING_OF.keys() - WITHOUT_WAY
    if not any(is_of_case(verb) or is_of_meeting(verb) for verb in leads_to(key))
}
READER: Final = {
    "disposal_proposed": MANAGER,
    "disposal_second": ADMINISTRATOR,
    "restore_left": ADMINISTRATOR,
    "decisions_kept": ADMINISTRATOR,
    "disposal_declined": MANAGER,
    "unread_cases": MANAGER,
    "reader_proposed": ADMINISTRATOR,
    "reader_settled": MANAGER,
    "permission_requests_asked": MANAGER,
    "permission_requests_settled": ADMINISTRATOR,
    DIGEST: MANAGER,
    "account_asked": ADMINISTRATOR,
    "audit_broken": ADMINISTRATOR,
    "record_broken": ADMINISTRATOR,
    "channel_trouble": ADMINISTRATOR,
}
COLLEAGUE: Final = "M22"  # of the coordinator's agency
AGENCY_OF: Final = {COORDINATOR: "A13", ELDERLY: "A14"}
OWED_BY: Final = {
    PromiseKind.REPLY: ELDERLY,
    PromiseKind.ANSWER_DATES: ELDERLY,
    PromiseKind.ATTEND: ELDERLY,
    PromiseKind.FOLLOW_UP: ELDERLY,
    PromiseKind.CONFIRM_RECORD: CHAIR,
}


def told_afterwards(key: str) -> bool:
    """Whether what this message is about exists only once a meeting was held."""
    return (
        key == DIGEST
        or PROMISED.get(key) in AFTERWARDS
        or MEETING_OF.get(key) in {"held", "recorded"}
    )


def tell(town: TownHall, crowded: Crowded, key: str, via: str = SLACK) -> None:
    """Put this message on its way, to Slack or another chat."""
    if key == SIGN_IN_LINK:  # its link has to be a live one
        town.desk.handle(
            RequestSignInLink(f"{CLERK.lower()}@example.jp", "browser", (via,)), Caller.DOOR
        )
        return
    case_id = crowded.case_id if PROMISED.get(key) is PromiseKind.REPLY else crowded.answered
    which = MEETING_OF.get(key, "")
    meeting_id: str | None = getattr(crowded, which) if which else None
    promise = _promise(town, key, meeting_id or case_id)
    number, numbers = town.case(case_id).number, town.numbers()[-10:]
    notice = _on_first_rung(key)
    own: dict[str, Fact] = {
        name: LONG_NAME
        for name in ("agency", "from_agency", "next_agency", "lead")
        if notice.facts[name]
    }
    own |= {"number": number, "numbers": numbers}
    if key == BEGUN:  # it has to be so
        _is_away(town, str(notice.facts["absence"]), str(notice.facts["until"]))
    if key == DIGEST:
        own |= {"on": town.desk.now().date().isoformat()}
    if promise:
        own |= {"item": promise.item_id, "due_at": promise.due_at.isoformat()}
    with town.database.open() as unit:
        unit.outbox.put(
            Notice(
                id=uuid4().hex,
                key=key,
                member_id=_reader(key),
                dedupe_key=key,
                facts={**notice.facts, **own},
                case_id=None if meeting_id or key in OF_THE_TOWN else case_id,
                meeting_id=meeting_id,
                promise=promise.key if promise else None,
                created_at=town.desk.now(),
                via=via,
            )
        )
        unit.commit()


def _is_away(town: TownHall, absence_id: str, until: str) -> None:
    """The reader stands in for a colleague, and was told so."""
    today = town.desk.now().date()
    last = date.fromisoformat(until)
    one = Absence(absence_id, today, last, COORDINATOR, COLLEAGUE, (COORDINATOR,))
    with town.database.open() as unit:
        member = unit.directory.member(COLLEAGUE)
        assert member is not None
        unit.directory.save_members([replace(member, absences=(one,))])
        unit.commit()


def _on_first_rung(key: str) -> Notice:
    """As whoever owes it is told: with the most to do."""
    found = list(largest(key))
    return next((n for n in found if n.facts.get("rung") == Tell.DEBTOR), found[0])


def _reader(key: str) -> str:
    if key in READER:
        return READER[key]
    kind = PROMISED.get(key)
    return OWED_BY.get(kind, COORDINATOR) if kind else COORDINATOR


def _promise(town: TownHall, key: str, subject_id: str) -> Promise | None:
    """The promise that a message reminds of, where somebody owes it."""
    kind = PROMISED.get(key)
    if kind is None:
        return None
    found = town.promises(subject_id, kind)
    own = AGENCY_OF.get(_reader(key))
    return next(iter(sorted(found, key=lambda p: p.agency_id != own)), None)
