"""One row for each kind of news: what it asks ends with what, and which older news it replaces.

A reminder needs no row: it is a rung of the ladder, and ends with its promise. A row for one says
what ends it before that. The doors know the rest from the head of its template
(handlers/words/notice_heads.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from workflows.cases.new_reader import unread_cases
from workflows.core.ports import BrokenRecord
from workflows.core.restore_gate import is_shut
from workflows.core.work import Work
from workflows.directory.permission_requests import requests_to_confirm
from workflows.inbox.news_settled import (
    IsSettled,
    account_settled,
    agency_replied,
    another_date_fixed,
    answered_without_contact,
    comes_after_all,
    drafts_gone,
    has_room,
    is_of_an_earlier_day,
    mail_reply_handled,
    nothing_due,
    nothing_to_agree,
    of_case,
    of_line,
    of_meeting,
    opens_again,
    other_case_ended,
    proposal_settled,
    reached_since,
    record_written,
    reply_dealt_with,
    request_settled,
    trail_whole,
    trouble_over,
)
from workflows.meetings.views import record_state
from workflows.model.notice import Notice, once_of
from workflows.promises.ladder import MANY_REMINDERS
from workflows.sign_in.sign_in import SIGN_IN_LINK, is_link_over


@dataclass(frozen=True)
class NewsKind:
    """How news of one kind comes to its end; one that says nothing asks for nothing.

    `dealt_with` tells whether what it asks has been done; `elsewhere`, that this happens neither on
    its case nor on its meeting. `with_case`: once the case has ended nothing of it is left to do;
    `with_meeting`: once the meeting has been, or its record stands. `answered_on_page`: it is
    nobody's promise, is answered on a page and stands until somebody has answered.

    `newest_of`: of the same case, meeting and facts named here (what tells several apart) the
    newest alone says how it is; likewise of the same promise, or of the same request, for which it
    comes anew each day. None: each stands for itself, as last week's digest beside this week's.
    """

    dealt_with: IsSettled | None = None
    elsewhere: bool = False
    with_case: bool = False
    with_meeting: bool = False
    answered_on_page: bool = False
    newest_of: tuple[str, ...] | Literal["promise", "request"] | None = None


INFORMATIONAL: Final = NewsKind()  # there is nothing to do about it
WITH_PROMISE: Final = NewsKind()  # it ends with its promise, or with the link that it carries

NEWS_KINDS: Final[Mapping[str, NewsKind]] = {
    "absence_begun": NewsKind(newest_of=("absence",)),
    "absence_changed": NewsKind(newest_of=("absence",)),
    "account_asked": NewsKind(account_settled, newest_of=("platform", "account")),
    "account_linked": INFORMATIONAL,
    "agenda_request_asked": NewsKind(
        request_settled, with_case=True, answered_on_page=True, newest_of="request"
    ),
    "agenda_request_settled": INFORMATIONAL,
    "all_answered": NewsKind(newest_of="promise"),
    "answer_link": WITH_PROMISE,
    "attend_reminder": NewsKind(with_meeting=True),
    "audit_broken": NewsKind(trail_whole, newest_of=("fault", "which", "row")),
    "case_asked": NewsKind(newest_of=()),
    "case_closed": NewsKind(newest_of=()),
    "case_not_heard": NewsKind(with_meeting=True, newest_of=("number", "agency")),
    "case_off_agenda": NewsKind(with_meeting=True, newest_of=("number", "agency")),
    "case_on_agenda": NewsKind(with_case=True, with_meeting=True, newest_of=("number", "agency")),
    "case_reopened": NewsKind(with_case=True, newest_of=()),
    "case_split": INFORMATIONAL,
    "case_taken_up": NewsKind(with_case=True, with_meeting=True),
    "channel_trouble": NewsKind(trouble_over, newest_of=("platform", "code", "needed")),
    "checkpoint_kept": INFORMATIONAL,
    "confirm_record": NewsKind(
        of_meeting(lambda m, n, w: record_state(m) != "asked"), newest_of=()
    ),
    "core_desk": NewsKind(of_case(agency_replied), with_case=True),
    "date_closed": NewsKind(of_meeting(another_date_fixed), with_meeting=True, newest_of=()),
    "dates_asked": NewsKind(newest_of="promise"),
    "dates_asked_again": NewsKind(newest_of="promise"),
    "decisions_kept": INFORMATIONAL,
    "disposal_declined": INFORMATIONAL,
    "disposal_proposed": NewsKind(nothing_due, newest_of=()),
    "disposal_second": NewsKind(nothing_to_agree, newest_of=()),
    "drafts_expiring": NewsKind(drafts_gone),
    "follow_up_worse": NewsKind(
        of_case(
            lambda case, n, w: case.reassessment_asked_at is None or bool(case.live_meeting_ids)
        ),
        with_case=True,
        newest_of=(),
    ),
    "guard_masked": NewsKind(with_case=True, with_meeting=True, newest_of=()),
    "judgement_set_aside": NewsKind(
        of_line(lambda row, w: bool(row.live_meeting_ids)), with_case=True
    ),
    "lead_given": NewsKind(
        of_line(lambda row, w: row.lead_agency_id != w.me.agency_id), with_case=True, newest_of=()
    ),
    "look_back": INFORMATIONAL,
    "mail_replied": NewsKind(mail_reply_handled, with_case=True, with_meeting=True),
    "mail_returned": NewsKind(
        reached_since,
        elsewhere=True,
        with_case=True,
        with_meeting=True,
        newest_of=("agency", "name", "what", "via", "outside", "organiser"),
    ),
    MANY_REMINDERS: NewsKind(is_of_an_earlier_day, newest_of=()),
    "meeting_cancelled": NewsKind(newest_of=()),
    "meeting_convened": WITH_PROMISE,
    "meeting_fixed": NewsKind(with_meeting=True, newest_of=("agency",)),
    "meeting_moved": NewsKind(with_meeting=True, newest_of=("agency",)),
    "meeting_soon": NewsKind(with_meeting=True),
    "member_named": NewsKind(with_case=True, newest_of=()),
    "no_contact": NewsKind(
        answered_without_contact, with_case=True, with_meeting=True, newest_of=("agency",)
    ),
    "nobody_stands_in": NewsKind(with_case=True, with_meeting=True),
    "opened_urgently": NewsKind(
        request_settled, with_case=True, answered_on_page=True, newest_of="request"
    ),
    "part_ended": INFORMATIONAL,
    "parts_ended": NewsKind(with_case=True),
    "passed_round": NewsKind(
        of_line(lambda row, w: bool(row.lead_agency_id or row.live_meeting_ids)),
        with_case=True,
        newest_of=(),
    ),
    "passkey_changed": INFORMATIONAL,
    "permission_requests_asked": NewsKind(
        lambda n, w: not requests_to_confirm(w), answered_on_page=True, newest_of=()
    ),
    "permission_requests_settled": INFORMATIONAL,
    "plan_saved": NewsKind(with_case=True, newest_of=()),
    "reader_proposed": NewsKind(proposal_settled),
    "reader_settled": NewsKind(lambda n, w: not n.facts.get("agreed") and not unread_cases(w)),
    "record_ask": NewsKind(of_meeting(record_written), newest_of=()),
    "record_broken": NewsKind(opens_again, newest_of=("what", "about")),
    "record_posted": NewsKind(newest_of=()),
    "record_returned": NewsKind(of_meeting(record_written), newest_of=()),
    "referral_asked": WITH_PROMISE,
    "referral_replied": NewsKind(of_case(reply_dealt_with), with_case=True),
    "referral_taken_back": INFORMATIONAL,
    "reply_entered": NewsKind(with_case=True),
    "reply_link": WITH_PROMISE,
    "restore_left": NewsKind(lambda n, w: not is_shut(w.uow), newest_of=()),
    "restricted_again": NewsKind(
        of_line(lambda row, w: not row.restricted), with_case=True, newest_of=()
    ),
    "right_person": INFORMATIONAL,
    "role_done": NewsKind(with_case=True),
    "role_given": WITH_PROMISE,
    "room_refused": NewsKind(has_room, elsewhere=True, with_meeting=True, newest_of=()),
    "same_person": NewsKind(other_case_ended, elsewhere=True, with_case=True),
    "scope_followed": NewsKind(with_case=True, with_meeting=True, newest_of=()),
    SIGN_IN_LINK: NewsKind(lambda n, w: is_link_over(str(n.facts["token"]), w)),
    "taken_back": NewsKind(with_case=True),
    "taken_off_agenda": NewsKind(with_case=True, with_meeting=True),
    "uninvited": NewsKind(with_meeting=True, newest_of=("agency",)),
    "unread_cases": NewsKind(lambda n, w: not unread_cases(w), newest_of=()),
    "unrestrict_proposed": NewsKind(
        of_case(
            lambda case, n, w: case.unrestricting is None or case.unrestricting.id != once_of(n)
        ),
        with_case=True,
    ),
    "unrestrict_settled": INFORMATIONAL,
    "weekly_digest": INFORMATIONAL,
    "will_be_absent": NewsKind(
        of_meeting(comes_after_all), with_meeting=True, newest_of=("agency",)
    ),
    "wrong_person": INFORMATIONAL,
}
ANSWERED_ON_PAGES: Final = frozenset(
    key for key, kind in NEWS_KINDS.items() if kind.answered_on_page
)


def kind_of(key: str) -> NewsKind:
    """The row of a notice with this key; one of a reminder that has none ends with its promise."""
    return NEWS_KINDS.get(key, WITH_PROMISE)


def is_settled(notice: Notice, work: Work) -> bool:
    """Whether what this news asks of its reader, who acts here, has been dealt with.

    Of what cannot be read nobody knows: it stands.
    """
    dealt_with = kind_of(notice.key).dealt_with
    try:
        return dealt_with is not None and dealt_with(notice, work)
    except BrokenRecord:
        return False
