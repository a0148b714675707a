"""Once all have answered, the organiser is told which of the offered dates works best."""

from workflows.core.unreadable import readable
from workflows.core.work import Work
from workflows.meetings.convene import date_promise, dates_offered
from workflows.meetings.urgency import is_urgent
from workflows.meetings.views import DateView, date_views
from workflows.model.meeting import Meeting
from workflows.model.notice import Notice

ALL_ANSWERED = "all_answered"  # the message


def tell_date_outcome(meeting: Meeting, work: Work) -> None:
    """Tell the organiser, if everybody has answered and the result is not the one told last."""
    if meeting.unanswered():
        return
    dates = date_views(meeting, work)
    best = _best(dates)
    outcome = _outcome(meeting, best)
    if outcome == meeting.outcome_told:
        return
    meeting.outcome_told, meeting.outcome_told_at = outcome, work.now
    work.tell(
        ALL_ANSWERED,
        work.organiser(meeting),
        once=f"{meeting.id}:{outcome}:{work.now.isoformat()}",
        facts={
            "agencies": len(meeting.invites),
            "dates": dates_offered(meeting, work),
            "best": best.starts_at.isoformat() if best else "",
            "none_works": not any(d.works for d in dates),
        },
        meeting=meeting,
        promise=date_promise(meeting),
        urgent=is_urgent(meeting, work),
    )


def date_outcome_stands(notice: Notice, work: Work) -> bool:
    """Whether this notice of an outcome was the last one, and nothing has changed it since.

    Of one that was told before outcomes were remembered, or whose meeting cannot be read, that is
    not known: it stands.
    """
    meeting = next(readable([notice.meeting_id or ""], work.uow.meetings), None)
    if meeting is None or meeting.outcome_told_at is None:
        return True
    if notice.created_at is None or notice.created_at < meeting.outcome_told_at:
        return False
    if meeting.unanswered():
        return False
    return _outcome(meeting, _best(date_views(meeting, work))) == meeting.outcome_told


def _best(dates: tuple[DateView, ...]) -> DateView | None:
    return next((d for d in dates if d.works and d.somebody_comes), None)


def _outcome(meeting: Meeting, best: DateView | None) -> str:
    """Who was asked, of how many dates, and which of them is the best."""
    asked = ",".join(sorted(i.agency_id for i in meeting.invites))
    return f"{asked}:{len(meeting.slots)}:{best.id if best else ''}"
