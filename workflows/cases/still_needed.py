"""まだ必要か: a case that nobody closed is asked about once a period, and its agency says why.

[ours] Also a suspended one (中断): nothing in it is solved, no check is planned on it, and without
being asked about it would wait for nobody until it falls due for disposal. Nobody is asked about a
closed case, nor while a hold forbids to dispose of it: then it is known why it is kept.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.cases.need_asks import NEEDED, may_be_taken_back
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.free_text import REASON_MAX, checked_reason, read_text
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.unreadable import readable
from workflows.core.work import Work, new_id
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import months_later
from workflows.model.case import Case, CaseState, NeedAsk
from workflows.model.case_row import CaseRow

# [ours] A town that begins to be asked, or makes the period shorter, has many at once: they come
# over several days, the oldest first, and nobody's inbox is flooded.
MOST_A_DAY: Final = 20


@dataclass(frozen=True)
class GetCasesToAskAbout(Query[tuple[str, ...]]):
    """The ids of the cases about which it is time to ask, those that go on longest first; at most
    `MOST_A_DAY`."""


@handles(GetCasesToAskAbout, Action.KEEP_TIME, code="get_cases_to_ask_about")
def get_cases_to_ask_about(query: GetCasesToAskAbout, work: Work) -> tuple[str, ...]:
    old = [row.id for row in work.uow.cases.each_row() if _may_be_due(row, work)]
    found = readable(old, work.uow.cases)
    due = sorted((c for c in found if _is_due(c, work)), key=lambda c: (c.opened_at, c.number))
    return tuple(case.id for case in due[:MOST_A_DAY])


def _may_be_due(row: CaseRow, work: Work) -> bool:
    """As far as its line says."""
    if row.broken or row.state is CaseState.CLOSED:
        return False
    return row.needed_since is not None and _has_passed(row.needed_since, work)


def _is_due(case: Case, work: Work) -> bool:
    since = case.needed_since
    return since is not None and _has_passed(since, work)


def _has_passed(since: datetime, work: Work) -> bool:
    return work.today >= _asked_on(since, work)


def _asked_on(since: datetime, work: Work) -> date:
    """The day on which it is asked about, if nothing happens until then."""
    return months_later(
        since.astimezone(TOKYO).date(), work.uow.directory.town().still_needed_months
    )


@dataclass(frozen=True)
class AskWhetherNeeded(Command[None]):
    """Ask about one case (an id of GetCasesToAskAbout), if it is still time to."""

    old_case: str


@handles(AskWhetherNeeded, Action.KEEP_TIME, code="ask_whether_needed")
def ask_whether_needed(command: AskWhetherNeeded, work: Work) -> None:
    case = work.case(command.old_case)
    if _is_due(case, work):
        _ask(case, work)


def _ask(case: Case, work: Work) -> None:
    case.need_asks.append(NeedAsk(new_id(), work.now))
    work.record("still_needed_asked", case=case, agency=case.answering_agency_id)


@dataclass(frozen=True)
class SayStillNeeded(Command[date]):
    """Say why the case is still needed, and perhaps what comes next (both class H).

    Answers with the day on which it is asked about next. Raises Refused when nobody was asked.
    """

    case_id: str
    reason: str
    next_step: str = ""


@handles(SayStillNeeded, Action.SAY_STILL_NEEDED, code="state_still_needed")
def say_still_needed(command: SayStillNeeded, work: Work) -> date:
    case = work.case(command.case_id)
    asked = case.need_ask
    if asked is None:
        raise Refused("still_needed.not_asked", number=case.number)
    step, errors = read_text("next_step", command.next_step, REASON_MAX, lines=True)
    reason = ""
    try:
        reason = checked_reason(command.reason)
    except Invalid as wrong:
        errors = [*wrong.errors, *errors]
    if errors:
        raise Invalid(errors)
    asked.how, asked.reason, asked.next_step = NEEDED, reason, step
    asked.ended_at, asked.ended_by, asked.agency_id = work.now, work.me.id, work.me.agency_id
    work.record("still_needed_said", case=case)
    return _asked_on(work.now, work)


@dataclass(frozen=True)
class TakeBackStillNeeded(Command[None]):
    """Take back an answer given by mistake; the question is asked again at once.

    Only the last one: what came after it stands on what was said. Raises Refused.
    """

    case_id: str
    need_ask_id: str


@handles(TakeBackStillNeeded, Action.SAY_STILL_NEEDED, code="take_back_still_needed")
def take_back_still_needed(command: TakeBackStillNeeded, work: Work) -> None:
    case = work.case(command.case_id)
    asked = next((a for a in case.need_asks if a.id == command.need_ask_id), None)
    if asked is None:
        raise NotFound("not_found.need_ask")
    if not may_be_taken_back(case, asked):
        raise Refused("still_needed.not_taken_back")
    asked.taken_back_by, asked.taken_back_at = work.me.id, work.now
    work.record("still_needed_taken_back", case=case)
    _ask(case, work)
