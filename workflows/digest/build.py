"""The weekly digest: people waiting, overdue promises, failures; only then totals.

Built once a week for all managers, kept, so that the next one can say what moved. It holds
numbers of cases, agencies and dates (class N), never content; restricted cases are counted alone
(restricted.py). Its counts are not for competing (national guidance). It has no cells by district,
so no small number in it stands for a group of people whom somebody could tell apart.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from workflows.cases.new_reader import count_unread
from workflows.core.standings import all_restricted
from workflows.core.unreadable import build_each
from workflows.core.work import Work
from workflows.digest.look_back import WEEK, count_look_back, tell_look_back
from workflows.digest.restricted import without_restricted
from workflows.japanese.dates import TOKYO
from workflows.meetings.settle_agenda_request import count_urgent_openings
from workflows.model.case import CaseState
from workflows.model.case_row import CaseRow
from workflows.model.meeting import MeetingState
from workflows.model.meeting_row import MeetingRow
from workflows.model.promise import PromiseKind
from workflows.promises.ladder import AGAIN
from workflows.requests.waiting import count_requests

WAITING = (CaseState.RECEIVED, CaseState.ASKING, CaseState.ACCEPTED, CaseState.MEETING)


def build_digest(work: Work) -> None:
    """Make today's digest, keep it and tell every manager.

    One that comes late (the server stood still) bears the day whose state it shows.
    """
    on = work.today
    content = digest_content(work)
    work.uow.digests.save(on, content)
    work.record("digest_built", on=on.isoformat())
    counts, requests = content["counts"], content["requests"]
    assert isinstance(counts, dict)  # noqa: S101 - made a few lines below
    assert isinstance(requests, dict)  # noqa: S101 - the same
    work.tell(
        "weekly_digest",
        work.managers(),
        once=on.isoformat(),
        facts={
            "on": on.isoformat(),
            "waiting": int(counts["waiting"]),
            "longest": int(counts["longest"]),
            "overdue": int(counts["overdue"]),
            "no_date": int(counts["no_date"]),
            "failed": int(counts["failed"]),
            "requests": requests["open"],
            "requests_soon": requests["soon"],
            "requests_late": requests["overdue"],
        },
    )
    tell_look_back(work)


def digest_content(work: Work) -> dict[str, Any]:
    """The digest as it stands now, as plain data."""
    rows = work.uow.cases.rows()
    by_id = {r.id: r for r in rows}
    asked = work.uow.promises.open(kinds=[PromiseKind.STILL_NEEDED])  # of suspended cases too
    by_id |= work.uow.cases.rows_of({p.case_id for p in asked if p.case_id} - set(by_id))
    waiting = sorted(
        build_each([r for r in rows if r.state in WAITING], lambda row: _waiting(row, work)),
        key=lambda w: (-int(str(w["days"])), str(w["number"])),
    )
    overdue = {
        kind: _owed(kind, by_id, work, overdue=True)
        for kind in (
            PromiseKind.REPLY,
            PromiseKind.ROLE,
            PromiseKind.FOLLOW_UP,
            PromiseKind.CLOSE_CASE,
            PromiseKind.REVISE_PLAN,
        )
    }
    others = [
        {"kind": str(kind), **line}
        for kind in AGAIN
        if kind not in overdue
        for line in _owed(kind, by_id, work, overdue=True)
    ]
    meetings = _told_of(work)
    no_date = [
        {
            "meeting_id": m.id,
            "kind": m.called,
            "numbers": _numbers(m.case_ids, work),
            "since": m.created_at.isoformat(),
            "days": _open_days(m.created_at, work),
            "unanswered": [work.agency_name(a) for a in m.unanswered],
        }
        for m in meetings
        if m.state in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED)
    ]
    monday = work.today - timedelta(days=work.today.weekday())
    week = [monday + timedelta(days=n) for n in range(7)]
    this_week = [
        {
            "meeting_id": m.id,
            "kind": m.called,
            "numbers": _numbers(m.case_ids, work),
            "starts_at": m.starts_at.isoformat(),
            "agencies": len(m.agencies),
        }
        for m in meetings
        if m.starts_at and m.starts_at.astimezone(TOKYO).date() in week
    ]
    failed = [
        {"key": d.key, "to": work.member_name(d.member_id), "at": d.created_at.isoformat()}
        for d in work.uow.outbox.failed()
    ]
    every = _rows_that_count(work)
    totals = _totals(every, work)
    content = {
        "on": work.today.isoformat(),
        "waiting": waiting,
        "overdue": {str(k): v for k, v in overdue.items()},
        "overdue_others": sorted(others, key=lambda line: str(line["due_at"])),
        "asked": _owed(PromiseKind.REPLY, by_id, work, overdue=False),
        "judged": [
            {"kind": str(kind), **line}
            for kind in (PromiseKind.CLOSE_CASE, PromiseKind.REVISE_PLAN)
            for line in _owed(kind, by_id, work, overdue=False)
        ],
        "requests": count_requests(work),
        "still_needed": {
            "asked": len(asked),
            "overdue": sum(p.is_overdue(work.now) for p in asked),
        },
        "look_back": count_look_back(every, work),
        "unread": count_unread(every, work),
        "urgent": count_urgent_openings(every, work),
        "no_date": sorted(no_date, key=lambda m: -int(str(m["days"]))),
        "failed": failed,
        "not_checked": _not_checked(rows, meetings, work),
        "this_week": sorted(this_week, key=lambda m: str(m["starts_at"])),
        "week": [{"on": d.isoformat(), "closed": work.days.why_closed(d) or ""} for d in week],
        "totals": totals,
        "counts": {
            "waiting": len(waiting),
            "longest": int(str(waiting[0]["days"])) if waiting else 0,
            "overdue": sum(len(v) for v in overdue.values()) + len(others),
            "overdue_reply": len(overdue[PromiseKind.REPLY]),
            "overdue_role": len(overdue[PromiseKind.ROLE]),
            "overdue_follow_up": len(overdue[PromiseKind.FOLLOW_UP]),
            "overdue_judged": len(overdue[PromiseKind.CLOSE_CASE])
            + len(overdue[PromiseKind.REVISE_PLAN]),
            "no_date": len(no_date),
            "failed": len(failed),
            "open": len(rows),
        },
        "before": _before(work),
    }
    return without_restricted(content, work)


def _waiting(row: CaseRow, work: Work) -> dict[str, object]:
    """A person who waits: nobody supports them yet. Days are open days since the sheet."""
    return {
        "number": row.number,
        "state": row.shown_state,
        "urgency": str(row.urgency),
        "days": _open_days(row.opened_at, work),
        "answering": work.agency_name(row.answering_agency_id),
        "district": work.district_name(row.district_id),
        "waiting_replies": row.waiting_replies,
    }


def _owed(
    kind: PromiseKind, by_id: Mapping[str, CaseRow], work: Work, *, overdue: bool
) -> list[dict[str, object]]:
    """What is late, or what still has time, by its due time. `days` late are open days."""
    found = [
        p
        for p in work.uow.promises.open(kinds=[kind])
        if p.case_id and p.case_id in by_id and p.is_overdue(work.now) is overdue
    ]
    return [
        {
            "number": by_id[p.case_id or ""].number,
            "agency": work.agency_name(p.agency_id),
            "due_at": p.due_at.isoformat(),
            "days": _open_days(p.due_at, work) if overdue else 0,
            "waits": not overdue,
        }
        for p in sorted(found, key=lambda p: p.due_at)
    ]


def _not_checked(
    rows: list[CaseRow], meetings: list[MeetingRow], work: Work
) -> dict[str, list[str]]:
    """What this digest cannot vouch for, said openly."""
    active = work.active_members()
    with_contact = {m.agency_id for m in active if m.is_contact}
    return {
        "broken": [r.number for r in rows if r.broken] + [m.called for m in meetings if m.broken],
        "no_next_check": [
            r.number
            for r in rows
            if r.state in (CaseState.ACCEPTED, CaseState.SUPPORTING, CaseState.WATCHING)
            and r.next_check_on is None
        ],
        "no_plan": [r.number for r in rows if r.supporting_since and not r.has_plan],
        "no_record": [
            n
            for m in meetings
            if m.ends_at and m.ends_at < work.now and not m.record_confirmed
            for n in _numbers(m.case_ids, work) or [m.called]
        ],
        "no_contact": [a.name for a in work.active_agencies() if a.id not in with_contact],
    }


def _rows_that_count(work: Work) -> list[CaseRow]:
    """Of all cases those that a figure of the digest may be about, read once: a town has many more
    that were closed long ago."""
    since = work.now - WEEK
    return [
        row
        for row in work.uow.cases.each_row()
        if row.closed_at is None
        or row.closed_at >= since
        or row.opened_at >= since
        or row.state is not CaseState.CLOSED
        or row.restricted
        or row.near_miss
        or row.agenda_requests_waiting
    ]


def _totals(rows: Sequence[CaseRow], work: Work) -> dict[str, int]:
    """This week's movement in numbers; not a measure of success."""
    since = work.now - WEEK
    return {
        "opened": sum(r.opened_at >= since for r in rows),
        "closed": sum(r.closed_at is not None and r.closed_at >= since for r in rows),
        "open": sum(r.is_open for r in rows),
        "watching": sum(r.state is CaseState.WATCHING for r in rows),
        "supporting": sum(r.state is CaseState.SUPPORTING for r in rows),
    }


def _before(work: Work) -> dict[str, object]:
    """The last digest's counts, for the picture of what moved; empty the first time."""
    days = [d for d in work.uow.digests.days() if d < work.today]
    if not days:
        return {}
    before = work.uow.digests.get(days[-1]) or {}
    return {"on": days[-1].isoformat(), "counts": before.get("counts", {})}


def _numbers(case_ids: tuple[str, ...], work: Work) -> list[str]:
    found = [work.uow.cases.row(c) for c in case_ids]
    return [c.number for c in found if c]


def _told_of(work: Work) -> list[MeetingRow]:
    """The meetings of which every manager may read: not those on restricted cases alone."""
    rows = work.uow.meetings.rows()
    cases = work.uow.cases.rows_of({c for m in rows for c in m.case_ids})
    return [m for m in rows if not all_restricted(m, cases)]


def _open_days(since: datetime, work: Work) -> int:
    start: date = since.astimezone(TOKYO).date()
    return work.days.open_days_between(start, work.today)
