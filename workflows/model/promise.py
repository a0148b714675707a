"""Promises: who owes what by when. Derived from a case or a meeting, never the only record.

A promise is open while its item waits; the inbox, the desk, the reminders and the digest all
read the same promises. `workflows/promises/ladder.py` says whom the clock tells, and when.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from workflows.japanese.open_days import OpenDays
from workflows.model.case import Case, Urgency
from workflows.model.meeting import Invite, Meeting, MeetingState

PLAN_REVIEW_AHEAD = timedelta(days=30)  # docs/rules.md 20: reassessment 30 days before a plan ends
ATTENDANCE_AHEAD = timedelta(days=14)  # docs/rules.md 21: attendance confirmed two weeks ahead
CARRY_OUT_WITHIN = 10  # open days after a meeting judged; ours
STILL_NEEDED_WITHIN = 10  # open days after it was asked; ours
RECORD_WITHIN = 3  # open days after the meeting; ours


class PromiseKind(StrEnum):
    REPLY = "reply"
    NAME_LEAD = "name_lead"
    NEXT_STEP = "next_step"
    FOLLOW_UP = "follow_up"
    REASSESS = "reassess"
    ROLE = "role"
    PLAN_REVIEW = "plan_review"
    CLOSE_CASE = "close_case"
    REVISE_PLAN = "revise_plan"
    STILL_NEEDED = "still_needed"
    ANSWER_DATES = "answer_dates"
    FIX_DATE = "fix_date"
    ATTEND = "attend"
    MEETING_SOON = "meeting_soon"
    RECORD = "record"
    CONFIRM_RECORD = "confirm_record"
    ANSWER_REQUEST = "answer_request"
    DIGEST = "digest"


@dataclass(frozen=True)
class Promise:
    """`agency_id` or `member_id` owes it; `since` and `due_at` are instants."""

    kind: PromiseKind
    subject_id: str
    item_id: str
    since: datetime
    due_at: datetime
    agency_id: str | None = None
    member_id: str | None = None
    case_id: str | None = None
    meeting_id: str | None = None
    urgent: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject_id}:{self.item_id}"

    def is_overdue(self, now: datetime) -> bool:
        return now > self.due_at


def subject_of(key: str) -> str:
    """The id of the case, meeting or request on which the promise of this key is owed."""
    return key.split(":", 2)[1]


def promises_of_case(case: Case, days: OpenDays, today: date) -> list[Promise]:
    """Everything owed on this case now; nothing once it is closed. On a suspended one only what
    was asked: whether it is still needed.

    Of the checks every one whose day has come by `today`, and the next one ahead.
    """

    def owed(
        kind: PromiseKind,
        item: str,
        since: datetime,
        due: datetime,
        agency: str | None,
        *,
        member: str | None = None,
    ) -> Promise:
        urgent = kind is PromiseKind.REPLY and case.urgency is Urgency.EMERGENCY
        return Promise(
            kind, case.id, item, since, due, agency, member, case_id=case.id, urgent=urgent
        )

    answers = case.answering_agency_id
    if not case.is_open:
        return _asked_whether_needed(case, days)
    found = [
        owed(PromiseKind.REPLY, r.id, r.asked_at, r.reply_by, r.agency_id)
        for r in case.waiting_referrals
    ]
    first_acceptance = min(
        (r.reply.at for r in case.referrals if r.reply and r.took_part), default=None
    )
    # Roles without a lead: a meeting gave them out, and left open who leads.
    taken = first_acceptance or (case.supporting_since if case.roles else None)
    if taken and not case.leading_agency_id:
        if case.lead_agency_id:  # the person's newest word shut out who led
            taken = max(taken, case.consents[-1].at)
        due = days.at_closing(days.add_open_days(taken.date(), 1))
        found.append(owed(PromiseKind.NAME_LEAD, "lead", taken, due, answers))
    if (
        not found
        and not first_acceptance
        and not case.live_meeting_ids
        and not case.supporting_since
    ):
        since = max([*_lost_at(case), case.opened_at, *_replied_at(case)])
        due = days.at_closing(days.add_open_days(since.date(), 1))
        found.append(owed(PromiseKind.NEXT_STEP, "step", since, due, answers))
    checks = sorted((f for f in case.follow_ups if f.waits), key=lambda f: f.due_on)
    ahead = [f for f in checks if f.due_on > today]
    for follow_up in [f for f in checks if f.due_on <= today] + ahead[:1]:
        due = days.at_closing(days.next_open(follow_up.due_on))
        found.append(owed(PromiseKind.FOLLOW_UP, follow_up.id, follow_up.asked_at, due, answers))
    if case.reassessment_asked_at and not case.live_meeting_ids:
        since = max([*_lost_at(case), case.reassessment_asked_at])
        found.append(owed(PromiseKind.REASSESS, "reassess", since, reassess_by(since, days), None))
    for role in case.open_roles:
        due = days.at_closing(role.due_on)
        since = days.at_opening(role.due_on) - timedelta(days=7)
        found.append(
            owed(PromiseKind.ROLE, role.id, since, due, role.agency_id, member=role.member_id)
        )
    for judged in case.judgements:
        if judged.waits and judged.what == "revise":
            due = days.at_closing(days.add_open_days(judged.at.date(), CARRY_OUT_WITHIN))
            found.append(owed(PromiseKind.REVISE_PLAN, judged.id, judged.at, due, answers))
        elif judged.waits and not case.live_meeting_ids:  # a meeting to come judges anew
            since = max([*_lost_at(case), judged.at])
            due = days.at_closing(_may_close_on(case, since.date(), days))
            found.append(owed(PromiseKind.CLOSE_CASE, judged.id, since, due, answers))
    plan = case.plan
    if plan and plan.ends_on:
        due = days.at_closing(days.next_open(plan.ends_on - PLAN_REVIEW_AHEAD))
        found.append(owed(PromiseKind.PLAN_REVIEW, f"v{plan.version}", plan.at, due, answers))
    if plan and plan.review_on and plan.review_on > plan.at.date():  # until the next version
        due = days.at_closing(days.next_open(plan.review_on))
        found.append(owed(PromiseKind.PLAN_REVIEW, f"on.v{plan.version}", plan.at, due, answers))
    return found + _asked_whether_needed(case, days)


def _asked_whether_needed(case: Case, days: OpenDays) -> list[Promise]:
    """The answer to whether it is still needed, also of a case that is suspended."""
    asked = case.need_ask
    if asked is None or case.ends_for_good:
        return []
    due = days.at_closing(days.add_open_days(asked.asked_at.date(), STILL_NEEDED_WITHIN))
    agency = case.answering_agency_id
    return [
        Promise(
            PromiseKind.STILL_NEEDED, case.id, asked.id, asked.asked_at, due, agency,
            case_id=case.id,
        )
    ]  # fmt: skip


def _may_close_on(case: Case, judged_on: date, days: OpenDays) -> date:
    """The day for closing as judged: not before the roles are done that keep the case open."""
    roles = [days.next_open(role.due_on) for role in case.open_roles]
    return max([days.add_open_days(judged_on, CARRY_OUT_WITHIN), *roles])


def _lost_at(case: Case) -> list[datetime]:
    """When a planned meeting fell away: what it held back is owed anew from then on."""
    return [case.off_agenda_at] if case.off_agenda_at else []


def _replied_at(case: Case) -> list[datetime]:
    return [r.reply.at for r in case.referrals if r.reply]


def promises_of_meeting(meeting: Meeting, days: OpenDays) -> list[Promise]:
    """Everything owed on this meeting now: answers, a date, attendance, the record."""

    def owed(
        kind: PromiseKind,
        item: str,
        since: datetime,
        due: datetime,
        *,
        agency: str | None = None,
        member: str | None = None,
    ) -> Promise:
        return Promise(kind, meeting.id, item, since, due, agency, member, meeting_id=meeting.id)

    found: list[Promise] = []
    if meeting.state in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED):
        due = days.at_closing(days.add_open_days(meeting.answer_by.date(), 1))
        found.append(
            owed(
                PromiseKind.FIX_DATE,
                "date",
                meeting.created_at,
                due,
                agency=meeting.organiser_agency_id or None,
                member=meeting.organiser_id,
            )
        )
    if meeting.state is MeetingState.COLLECTING:
        found += [
            owed(
                PromiseKind.ANSWER_DATES,
                agency,
                meeting.created_at,
                meeting.answer_by,
                agency=agency,
            )
            for agency in meeting.unanswered()
        ]
    slot = meeting.fixed_slot
    if meeting.state is MeetingState.FIXED and slot and meeting.fixed_at:
        version = f"s{meeting.sequence}"  # a moved meeting asks again
        found += [
            owed(
                PromiseKind.ATTEND,
                f"{i.agency_id}.{version}",
                _attendance_asked_at(meeting.fixed_at, i),
                attendance_by(_attendance_asked_at(meeting.fixed_at, i), slot.starts_at, days),
                agency=i.agency_id,
            )
            for i in meeting.invites
            if i.attendance is None
        ]
        found.append(owed(PromiseKind.MEETING_SOON, version, meeting.fixed_at, slot.starts_at))
        record = meeting.record
        writer = record.writer_id if record else meeting.organiser_id
        its = record.writer_agency_id if record else meeting.organiser_agency_id
        if record and record.asked_to_confirm_at and meeting.waits_for_chair:
            asked = record.asked_to_confirm_at
            due = confirm_by(asked, days)
            found.append(
                owed(
                    PromiseKind.CONFIRM_RECORD,
                    version,
                    asked,
                    due,
                    agency=meeting.chair_agency_id or None,
                    member=meeting.chair_id,
                )
            )
        else:
            due = record_by(slot.ends_at, days)
            found.append(
                owed(
                    PromiseKind.RECORD,
                    version,
                    slot.ends_at,
                    due,
                    agency=its or None,
                    member=writer,
                )
            )
    return found


def reassess_by(since: datetime, days: OpenDays) -> datetime:
    """By when the support is reviewed after 悪化; ours."""
    return days.at_closing(days.add_open_days(since.date(), 2))


def confirm_by(asked_at: datetime, days: OpenDays) -> datetime:
    """By when the chair confirms a record that was handed to them; ours."""
    return days.at_closing(days.add_open_days(asked_at.date(), 2))


def record_by(ends_at: datetime, days: OpenDays) -> datetime:
    """By when the record of a meeting is written."""
    return days.at_closing(days.add_open_days(ends_at.date(), RECORD_WITHIN))


def say_attendance_by(meeting: Meeting, agency_id: str, days: OpenDays) -> datetime | None:
    """By when this agency says whether it comes to the fixed date; None while none is fixed."""
    slot, invite = meeting.fixed_slot, meeting.invite(agency_id)
    if slot is None or meeting.fixed_at is None:
        return None
    asked_at = _attendance_asked_at(meeting.fixed_at, invite) if invite else meeting.fixed_at
    return attendance_by(asked_at, slot.starts_at, days)


def _attendance_asked_at(fixed_at: datetime, invite: Invite) -> datetime:
    """When the agency was asked whether it comes: with everybody, or after the date was fixed."""
    return max(fixed_at, invite.asked_at or fixed_at)


def asked_too_late(promise: Promise, starts_at: datetime | None, now: datetime) -> bool:
    """Whether they come is not asked once the meeting has begun: who came stands in the record."""
    return promise.kind is PromiseKind.ATTEND and starts_at is not None and starts_at <= now


def attendance_by(asked_at: datetime, starts_at: datetime, days: OpenDays) -> datetime:
    """Two weeks ahead of the meeting; when that is too near, half-way, and never after it."""
    ahead = days.at_closing(days.next_open((starts_at - ATTENDANCE_AHEAD).date()))
    if ahead > asked_at + timedelta(days=2):
        return min(ahead, starts_at)
    halfway = asked_at + (starts_at - asked_at) / 2
    rounded = days.at_closing(days.next_open(halfway.date()))
    return rounded if asked_at < rounded < starts_at else halfway


def digest_on(day: date, days: OpenDays) -> date:
    """The day of the weekly digest for the week of `day`: Monday, else the next open day."""
    return days.next_open(day - timedelta(days=day.weekday()))
