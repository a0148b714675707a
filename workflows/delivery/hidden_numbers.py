"""Notices without the restricted cases that their receiver may not know of any more.

docs/rules.md 7.

A notice names cases as its receiver knew them when it was written. It is read later: in the inbox,
on a card drawn anew, from an outbox that waited over a weekend.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from workflows.cases.core_desk import CORE_DESK
from workflows.cases.find_case import GetMyReply, get_my_reply
from workflows.cases.whose_sheet import OF_WRONG_PERSON
from workflows.core.active_members import active_member
from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.standings import all_restricted
from workflows.core.work import Work
from workflows.guard.mentions import RecordNames
from workflows.model.case_row import CaseRow
from workflows.model.notice import CHECKPOINT, IN_PLACE_OF, Notice

# What says that somebody is shut out: this once the number, which they knew, is for them.
_SHUT_OUT: Final = frozenset({"part_ended", "referral_taken_back", "case_not_heard"})
_NUMBER: Final = re.compile(r"(?<!請)R\d+-\d{4,}")


def may_name_hidden_case(notice: Notice, case: CaseRow, as_receiver: Work) -> bool:
    """Whether the receiver is told this although they may not see the case: because they see it no
    more, or keep the core desk, which hears of a restricted one without its number."""
    return (
        notice.key in (OF_WRONG_PERSON | _SHUT_OUT)
        or _is_own_reply(notice, as_receiver)
        or (
            notice.key == CORE_DESK
            and not case.restricted
            and as_receiver.me in as_receiver.core_desk()
        )
    )


def _is_own_reply(notice: Notice, as_receiver: Work) -> bool:
    """Who passed a referral on sees the case no more, but is told what was entered for them."""
    if notice.key != "reply_entered":
        return False
    number, item = str(notice.facts["number"]), str(notice.facts["item"])
    try:
        get_my_reply(GetMyReply(number, item), as_receiver)
    except NotFound:
        return False
    return True


def without_hidden(notices: Sequence[Notice], as_receiver: Work) -> dict[str, Notice]:
    """The notices of one receiver by id, each without the cases that they may not know of now.

    A notice of which nothing is left is missing, and one about a meeting whose cases are all
    restricted, which their office alone opened to them. The same few queries for all of them.
    """
    hidden = _hidden(set(_NUMBER.findall(str([n.facts for n in notices]))), as_receiver)
    closed = _closed_meetings({n.meeting_id for n in notices if n.meeting_id}, as_receiver)
    open_to_them = [n for n in notices if n.meeting_id not in closed]
    found = {n.id: _without(n, hidden, as_receiver) for n in open_to_them}
    return {notice_id: left for notice_id, left in found.items() if left}


def _closed_meetings(meeting_ids: Collection[str], as_receiver: Work) -> set[str]:
    meetings = as_receiver.uow.meetings.rows_of(meeting_ids) if meeting_ids else {}
    cases = as_receiver.uow.cases.rows_of({c for m in meetings.values() for c in m.case_ids})
    restricted = [m for m in meetings.values() if all_restricted(m, cases)]
    return {m.id for m in restricted if as_receiver.hides_meeting(as_receiver.me, m)}


def _without(notice: Notice, hidden: Iterable[CaseRow], as_receiver: Work) -> Notice | None:
    left: Notice | None = notice
    for case in hidden:
        # Who stands in for somebody never knew the number.
        knew = IN_PLACE_OF not in notice.facts and may_name_hidden_case(notice, case, as_receiver)
        if left is None or knew:
            continue
        left = RecordNames(case.number, frozenset({case.id})).without_in_notice(left)
    return left


def _hidden(numbers: Collection[str], as_receiver: Work) -> list[CaseRow]:
    """Those of these cases that are restricted, and on which the receiver is not named."""
    if not numbers:
        return []
    cases, me = as_receiver.uow.cases, as_receiver.me.id
    rows = cases.rows_of(cases.ids_of(numbers)).values()
    return [row for row in rows if row.restricted and me not in row.named]


@dataclass(frozen=True)
class GetNoticeForReceiver(Query[Notice | None]):
    """The notice as its receiver may read it now; None when nothing of it is for them."""

    notice: Notice


@handles(GetNoticeForReceiver, Action.KEEP_TIME, code="get_notice_for_receiver")
def get_notice_for_receiver(query: GetNoticeForReceiver, work: Work) -> Notice | None:
    if query.notice.key == CHECKPOINT:  # about no case, for no member
        return query.notice
    receiver = active_member(work.uow.directory, query.notice.member_id, work.today)
    if receiver is None:
        return None
    return without_hidden([query.notice], work.as_member(receiver)).get(query.notice.id)
