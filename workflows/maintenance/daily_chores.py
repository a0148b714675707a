"""What the clock sweeps up once a day: idle drafts, what those who left leave behind, old traces.

Each chore is a transaction of its own, so that one that fails holds up nothing. That it was done
is remembered by day among the events seen; after a stop of the server it is done late, once.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, assert_never

from workflows.absences.news import begin_absences, forget_absences
from workflows.cases.new_reader import tell_unread
from workflows.chat.cards_and_home import redraw_homes
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.permission_requests import remind_before_lapse
from workflows.directory.settle_permission_requests import lapse_permission_requests
from workflows.japanese.dates import TOKYO
from workflows.meetings.settle_agenda_request import remind_and_lapse_agenda_requests
from workflows.model.retention_period import CONTACT_YEARS, last_day, left_on
from workflows.retention.lines import due_cases, due_members
from workflows.retention.of_requests import due_requests
from workflows.retention.second_approval import (
    ask_for_second_approval,
    lacks_second_approval,
    waiting_for_second_approval,
)
from workflows.sign_in.passkeys import remove_passkeys_of_former_members

DOOR: Final = "tidy"
# [ours], all of them: long enough that nobody misses it, short enough that nothing piles up.
DRAFT_LIFE: Final = timedelta(days=180)
DRAFT_WARNING: Final = timedelta(days=14)  # how long before a draft's writer is told
LEFT_BEHIND: Final = timedelta(days=30)  # drafts and inbox of somebody who left
SIGN_IN_LIFE: Final = timedelta(days=30)
# Longer than a page can lie open: what a form's token or a draft's end is compared with lives as
# long as a session, 12 hours.
EVENT_LIFE: Final = timedelta(days=90)
# What is still to be said to people, where it cannot be: the platform was switched off, say.
CALLBACK_LIFE: Final = timedelta(days=1)
# What people pressed and wrote was acknowledged: it is carried out after a stop of a week of
# holidays, too. From Slack nothing older than five minutes is taken in, so that they need not be
# known for longer.
SLACK_REQUEST_LIFE: Final = timedelta(days=15)
POST_LIFE: Final = timedelta(days=90)  # of cards that are over, one line each
MAIL_LIFE: Final = timedelta(days=365)


class Chore(StrEnum):
    PROPOSE = "propose"
    DRAFTS = "drafts"
    LEFT_BEHIND = "left_behind"
    CONTACTS = "contacts"
    MAIL = "mail"
    SIGN_INS = "sign_ins"
    EVENTS = "events"
    POSTS = "posts"
    CHATS = "chats"
    RECORDS = "records"
    UNREAD = "unread"
    STILL_NEEDED = "still_needed"
    PERMISSION_REQUESTS = "permission_requests"
    AGENDA_REQUESTS = "agenda_requests"
    ABSENCES = "absences"


@dataclass(frozen=True)
class PendingChores:
    """Chores not done today, and approvals (by their id) not carried out yet."""

    chores: tuple[Chore, ...]
    disposals: tuple[str, ...]


@dataclass(frozen=True)
class GetChores(Query[PendingChores]):
    """What the clock has to do now beside keeping promises."""


@handles(GetChores, Action.KEEP_TIME, code="get_chores")
def get_chores(query: GetChores, work: Work) -> PendingChores:
    return PendingChores(
        tuple(c for c in Chore if not work.uow.was_handled(DOOR, _today(c, work))),
        tuple(
            d.id
            for d in work.uow.disposals.waiting()
            if _can_be_read(d.subject_id, work) and not lacks_second_approval(d, work)
        ),
    )


def _can_be_read(subject_id: str, work: Work) -> bool:
    """What does not open waits: it is let go once it can be seen what goes."""
    row = work.uow.cases.row(subject_id)
    return row is None or not row.broken


def _today(chore: Chore, work: Work) -> str:
    return f"{chore}:{work.today.isoformat()}"


@dataclass(frozen=True)
class DoChore(Command[int]):
    """Answers with how many things went, or were proposed; 0 when it was done today already."""

    chore: Chore


@handles(DoChore, Action.KEEP_TIME, code="do_chore")
def do_chore(command: DoChore, work: Work) -> int:
    chore = command.chore
    if not work.uow.mark_handled(DOOR, _today(chore, work), work.now):
        return 0
    count = _done(chore, work)
    if count and chore not in (
        Chore.PROPOSE,
        Chore.UNREAD,
        Chore.PERMISSION_REQUESTS,
        Chore.AGENDA_REQUESTS,
    ):
        work.record("tidied", what=str(chore), count=count)
    return count


def _done(chore: Chore, work: Work) -> int:
    purge = work.uow.purge
    match chore:
        case Chore.PROPOSE:
            return _propose(work)
        case Chore.DRAFTS:
            return _drafts(work)
        case Chore.LEFT_BEHIND:
            return _left_behind(work)
        case Chore.CONTACTS:
            return _contacts(work)
        case Chore.MAIL:
            return purge.old_mail(work.now - MAIL_LIFE)
        case Chore.SIGN_INS:
            return purge.old_sign_ins(work.now - SIGN_IN_LIFE) + remove_passkeys_of_former_members(
                work
            )
        case Chore.EVENTS:
            presses = work.now - SLACK_REQUEST_LIFE
            late = purge.empty_abandoned_callbacks(work.now - CALLBACK_LIFE, slack_before=presses)
            return late + purge.old_events(work.now - EVENT_LIFE, slack_before=presses)
        case Chore.POSTS:
            return purge.old_posts(work.now - POST_LIFE)
        case Chore.CHATS:
            redraw_homes(work)
            return 0  # nothing went
        case Chore.RECORDS:
            return 0  # nothing goes; the clock opens them, a part at a time (CheckReadable)
        case Chore.STILL_NEEDED:
            return 0  # the clock asks, each case in a transaction (AskWhetherNeeded)
        case Chore.AGENDA_REQUESTS:
            return remind_and_lapse_agenda_requests(work)
        case Chore.PERMISSION_REQUESTS:
            remind_before_lapse(work)
            return lapse_permission_requests(work)
        case Chore.UNREAD:
            return tell_unread(work)
        case Chore.ABSENCES:
            begin_absences(work)
            return forget_absences(work)
        case _:
            assert_never(chore)


def _propose(work: Work) -> int:
    """Ask the managers to decide: when something falls due, and once a month while it waits."""
    cases, people, requests = due_cases(work), due_members(work), due_requests(work)
    second = waiting_for_second_approval(work)
    if not cases and not people and not requests and not second:
        return 0
    month = work.today.strftime("%Y-%m")
    if not work.uow.mark_handled("proposed", month, work.now):
        return 0
    ask_for_second_approval(second, month, work)
    if not cases and not people and not requests:
        return len(second)
    work.tell(
        "disposal_proposed",
        work.managers(),
        once=month,
        facts={"cases": len(cases), "people": len(people), "requests": len(requests)},
    )
    work.record("disposal_proposed", cases=len(cases), people=len(people), requests=len(requests))
    return len(cases) + len(people) + len(requests)


def _drafts(work: Work) -> int:
    """Remove drafts that nobody touched, but only once their writer was told in good time."""
    idle = work.uow.purge.idle_drafts(work.now - DRAFT_LIFE + DRAFT_WARNING)
    gone = [
        d.id
        for d in idle
        if d.saved_at <= work.now - DRAFT_LIFE
        and d.warned_at
        and d.warned_at <= work.now - DRAFT_WARNING
    ]
    new = [d for d in idle if d.warned_at is None]
    on = (work.now + DRAFT_WARNING).astimezone(TOKYO).date()
    for member_id in sorted({d.member_id for d in new}):
        member = work.uow.directory.member(member_id)
        if member and member.is_active(work.today):
            work.tell(
                "drafts_expiring",
                [member],
                once=work.today.isoformat(),
                facts={"drafts": sum(d.member_id == member_id for d in new), "on": on.isoformat()},
            )
    work.uow.purge.warned([d.id for d in new], work.now)
    return work.uow.purge.drafts(gone)


def _left_behind(work: Work) -> int:
    """What somebody who left had begun and was told: nobody else may read it."""
    gone = [m for m, on in _who_left(work).items() if on + LEFT_BEHIND < work.today]
    purge = work.uow.purge
    return purge.drafts_of(gone) + purge.mail_of(gone) + purge.chats_of(gone, work.now)


def _contacts(work: Work) -> int:
    """E-mail addresses of those who left a fiscal year ago."""
    left = _who_left(work)
    over = [
        replace(m, email="")
        for m in work.uow.directory.members()
        if m.email and m.id in left and last_day(left[m.id], CONTACT_YEARS) < work.today
    ]
    work.uow.directory.save_members(over)
    return len(over)


def _who_left(work: Work) -> dict[str, date]:
    return {
        m.id: on
        for m in work.uow.directory.members()
        if (on := left_on(m, work.uow.directory.agency(m.agency_id), work.today))
    }
