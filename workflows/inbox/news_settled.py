"""When news that asks for something asks no more, where no promise of the reader's says so.

Whoever dealt with it, and wherever: the question is how things are now, never what was pressed.
News with a promise ends with the promise; what is only told asks for nothing (news_kinds.py).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from workflows.cases.new_reader import unread_cases
from workflows.core.work import Work
from workflows.meetings.views import record_state
from workflows.model.case import Case
from workflows.model.case_row import CaseRow
from workflows.model.meeting import Meeting, MeetingState
from workflows.model.notice import Notice, once_of, request_of
from workflows.retention.lines import due_cases, due_members
from workflows.retention.of_requests import due_requests
from workflows.retention.second_approval import waiting_for_second_approval, who_may_agree

# [ours] A trouble that lasts is told anew each day (workflows/delivery/channel_trouble.py).
LASTS: Final = timedelta(hours=26)

IsSettled = Callable[[Notice, Work], bool]  # whether it asks no more


def of_case(ends: Callable[[Case, Notice, Work], bool]) -> IsSettled:
    """An ending that is seen on the case; what has none stands."""

    def ending(notice: Notice, work: Work) -> bool:
        case = work.uow.cases.get(notice.case_id) if notice.case_id else None
        return case is not None and ends(case, notice, work)

    return ending


def of_line(ends: Callable[[CaseRow, Work], bool]) -> IsSettled:
    """The same, of what is seen on its line."""

    def ending(notice: Notice, work: Work) -> bool:
        row = work.uow.cases.row(notice.case_id) if notice.case_id else None
        return row is not None and not row.broken and ends(row, work)

    return ending


def of_meeting(ends: Callable[[Meeting, Notice, Work], bool]) -> IsSettled:
    def ending(notice: Notice, work: Work) -> bool:
        meeting = work.uow.meetings.get(notice.meeting_id) if notice.meeting_id else None
        return meeting is not None and ends(meeting, notice, work)

    return ending


# -- on a case ------------------------------------------------------------------------------------


def _agency_waits(case: Case, notice: Notice, work: Work) -> bool:
    """Whether a reply is waited for, of the agency that the notice names if it names one."""
    name = notice.facts.get("next_agency") or notice.facts.get("agency")
    return any(not name or work.agency_name(r.agency_id) == name for r in case.waiting_referrals)


def agency_replied(case: Case, notice: Notice, work: Work) -> bool:
    return not _agency_waits(case, notice, work)


def reply_dealt_with(case: Case, notice: Notice, work: Work) -> bool:
    """Accepted: a lead is to be named. Passed on: the next one's reply is waited for. Of one that
    took a part the rest is to be passed on, and nobody can tell from outside whether it was."""
    if notice.facts.get("next_agency"):
        return not _agency_waits(case, notice, work)
    asks_lead = notice.facts.get("answer") != "partly" and not notice.facts.get("lead")
    return asks_lead and bool(case.leading_agency_id)


def other_case_ended(notice: Notice, work: Work) -> bool:
    """The other one has ended, as merged or otherwise."""
    ids = work.uow.cases.ids_of([str(notice.facts.get("other", ""))])
    rows = work.uow.cases.rows_of(ids).values()
    return any(not row.is_open for row in rows)


def mail_reply_handled(notice: Notice, work: Work) -> bool:
    subject: Case | Meeting | None = None
    if notice.case_id:
        subject = work.uow.cases.get(notice.case_id)
    elif notice.meeting_id:
        subject = work.uow.meetings.get(notice.meeting_id)
    if subject is None:
        return False
    one = next((r for r in subject.mail_replies if r.id == once_of(notice)), None)
    return one is not None and one.handled_at is not None


def reached_since(notice: Notice, work: Work) -> bool:
    """Sent again since and not come back, or somebody telephoned."""
    member_id = once_of(notice).partition(":")[0]
    subject: Case | Meeting | None
    if notice.case_id:
        subject = work.uow.cases.get(notice.case_id)
        found = work.uow.outbox.undelivered(case_id=notice.case_id)
    elif notice.meeting_id:
        subject = work.uow.meetings.get(notice.meeting_id)
        found = work.uow.outbox.undelivered(meeting_id=notice.meeting_id)
    else:
        found, subject = work.uow.outbox.failed(), None
    via = str(notice.facts.get("via", ""))
    left = [d for d in found if d.member_id == member_id and via in ("", d.via)]
    marks = subject.reached_by_phone if subject else []
    return all(any(m.covers(d.member_id, d.via, d.created_at) for m in marks) for d in left)


# -- on a meeting ---------------------------------------------------------------------------------


def _answered_by_now(meeting: Meeting, notice: Notice, work: Work) -> bool:
    """The agency that nobody could ask has answered, or is not asked any more."""
    name = notice.facts.get("agency")
    invite = next((i for i in meeting.invites if work.agency_name(i.agency_id) == name), None)
    if invite is None:
        return True
    if meeting.state is MeetingState.FIXED:
        return invite.attendance is not None
    return meeting.has_answered(invite.agency_id)


def answered_without_contact(notice: Notice, work: Work) -> bool:
    if notice.case_id:
        return of_case(agency_replied)(notice, work)
    return of_meeting(_answered_by_now)(notice, work)


def comes_after_all(meeting: Meeting, notice: Notice, work: Work) -> bool:
    name = notice.facts.get("agency")
    invite = next((i for i in meeting.invites if work.agency_name(i.agency_id) == name), None)
    return invite is None or invite.attendance is None or invite.attendance.comes


def another_date_fixed(meeting: Meeting, notice: Notice, work: Work) -> bool:
    """Dates that were offered were closed days: another one is fixed by now."""
    asks = meeting.state in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED)
    return not asks and not notice.facts.get("fixed")


def record_written(meeting: Meeting, notice: Notice, work: Work) -> bool:
    """It waits for the chair, stands, or is another's to write."""
    others = meeting.record is not None and meeting.record.writer_id != work.me.id
    return others or record_state(meeting) in ("asked", "confirmed")


def has_room(notice: Notice, work: Work) -> bool:
    rooms = work.uow.posts.find("", kind="room", meeting_id=notice.meeting_id or "")
    return any(room.external_id for room in rooms)


# -- in the town ----------------------------------------------------------------------------------


def account_settled(notice: Notice, work: Work) -> bool:
    facts = notice.facts
    account = work.uow.accounts.get(str(facts["platform"]), str(facts["account"]))
    return account is None or account.state != "asked"


def trouble_over(notice: Notice, work: Work) -> bool:
    """Of an account: it is linked no more, or anew. Of a way: it is up again. Of anything else it
    would have been told again by now."""
    facts = notice.facts
    if facts.get("outage") == "down":
        return not work.uow.ways.get(str(facts["platform"])).is_down
    if facts.get("code") in ("user_not_found", "user_disabled"):
        account = work.uow.accounts.get(str(facts["platform"]), str(facts["needed"]))
        if account is None or account.state != "linked":
            return True
        if notice.created_at and account.at > notice.created_at:
            return True
    return is_of_an_earlier_day(notice, work)


def is_of_an_earlier_day(notice: Notice, work: Work) -> bool:
    """It counts what was due at one moment; what is still owed is told anew."""
    return notice.created_at is not None and work.now - notice.created_at > LASTS


def nothing_due(notice: Notice, work: Work) -> bool:
    return not (due_cases(work) or due_requests(work) or due_members(work))


def nothing_to_agree(notice: Notice, work: Work) -> bool:
    me = work.me.id
    waiting = waiting_for_second_approval(work)
    return not any(m.id == me for d in waiting for m in who_may_agree(d.approved_by, work))


def proposal_settled(notice: Notice, work: Work) -> bool:
    """The proposal waits no more."""
    cases = (work.uow.cases.get(row.id) for row in unread_cases(work))
    waiting = (case.reader_proposal for case in cases if case)
    return once_of(notice) not in {p.id for p in waiting if p}


def opens_again(notice: Notice, work: Work) -> bool:
    record_id = once_of(notice).partition(":")[0]
    case, meeting = work.uow.cases.row(record_id), work.uow.meetings.row(record_id)
    return not ((case and case.broken) or (meeting and meeting.broken))


def trail_whole(notice: Notice, work: Work) -> bool:
    """Checked since, and nothing found; that the list was cut no check mends."""
    last = work.uow.chain.last_check()
    if last is None or notice.facts.get("fault") == "decisions" or notice.created_at is None:
        return False
    return last.broken is None and last.at > notice.created_at


def drafts_gone(notice: Notice, work: Work) -> bool:
    return work.today.isoformat() > str(notice.facts["on"]) or not work.uow.drafts.of_member(
        work.me.id
    )


def request_settled(notice: Notice, work: Work) -> bool:
    """Somebody has answered, it was taken back, or it ran out; what was opened at once waits on."""
    if notice.case_id is None:
        return False
    case = work.uow.cases.get(notice.case_id)
    waiting = case.waiting_agenda_requests if case else []
    return not any(
        one.id == request_of(notice) and (one.urgent or work.today <= one.last_day)
        for one in waiting
    )
