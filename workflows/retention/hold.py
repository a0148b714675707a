"""廃棄の停止 and keeping longer: what stands against the disposal of one case, with its reason.

The commands name the case as `kept_id`, not `case_id`: it may have ended long ago. Of a restricted
one they are for a manager who is named on it: nobody else knows which it is (docs/rules.md 7).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.cases.hold_line import HoldLine, hold_line
from workflows.cases.need_asks import end_need_ask
from workflows.cases.story import who
from workflows.core.checking import one_error
from workflows.core.errors import NotFound, Refused
from workflows.core.free_text import checked_reason
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import NotADate, fiscal_year, parse_date
from workflows.model.case import Case, Hold, Longer
from workflows.model.case_row import case_row
from workflows.model.retention_period import Ended, ended
from workflows.retention.second_approval import lacks_second_approval

LONGEST: Final = 30  # years from today; what is kept for good does not belong in this product


@dataclass(frozen=True)
class LongerLine:
    until: date
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Keeping:
    """How one case is kept. The reasons are for who may hold alone.

    `ended_on` and `kept_until` are None while the case is open.
    """

    case_id: str
    number: str
    fiscal_year: int | None
    ended_on: date | None
    kept_until: date | None
    held: bool
    holds: tuple[HoldLine, ...]
    longer: tuple[LongerLine, ...]
    may_change: bool
    approved: bool
    lacks_second: bool


@dataclass(frozen=True)
class GetKeeping(Query[Keeping]):
    kept_id: str


@handles(
    GetKeeping,
    Action.SEE_RETENTION,
    code="get_keeping",
    others={"kept_id": "asked under SEE_RETENTION; its words to who may hold alone"},
)
def get_keeping(query: GetKeeping, work: Work) -> Keeping:
    case = work.uow.cases.get(query.kept_id)
    if case is None or not work.may(Action.SEE_RETENTION, case).allowed:
        raise NotFound("not_found.case")
    row = case_row(case)
    found = ended(row, work.uow.directory.town().retention_years)
    may_change = work.may(Action.HOLD, case).allowed
    parts = ((Part.HOLDS, case.holds), (Part.LONGER, case.kept_longer))
    if may_change and (shown := [ShownPart(part) for part, entries in parts if entries]):
        work.show(case, *shown, basis=work.may(Action.HOLD, case).reason)
    approval = next((d for d in work.uow.disposals.waiting() if d.subject_id == case.id), None)
    return Keeping(
        case_id=case.id,
        number=case.number,
        fiscal_year=fiscal_year(found.ended_on) if found else None,
        ended_on=found.ended_on if found else None,
        kept_until=found.kept_until if found else None,
        held=row.held,
        holds=tuple(hold_line(h, may_change, work) for h in reversed(case.holds)),
        longer=tuple(
            LongerLine(
                one.until, who(one.by, work, one.at), one.at, one.reason if may_change else ""
            )
            for one in reversed(case.kept_longer)
        ),
        may_change=may_change,
        approved=approval is not None,
        lacks_second=approval is not None and lacks_second_approval(approval, work),
    )


def _case_to_hold(kept_id: str, work: Work) -> Case:
    case = work.case(kept_id)
    work.must(Action.HOLD, case)
    return case


@dataclass(frozen=True)
class SetHold(Command[None]):
    """From now on the case is not disposed of, whatever was approved."""

    kept_id: str
    reason: str


@handles(SetHold, Action.HOLD, code="set_hold", others={"kept_id": "asked under HOLD"})
def set_hold(command: SetHold, work: Work) -> None:
    case = _case_to_hold(command.kept_id, work)
    if case.hold:
        raise Refused("retention.held_already")
    reason = checked_reason(command.reason, "hold_reason")
    case.holds.append(Hold(reason, work.me.id, work.now))
    end_need_ask(case, "held", work)
    work.record("hold_set", case=case)


@dataclass(frozen=True)
class LiftHold(Command[None]):
    kept_id: str


@handles(LiftHold, Action.HOLD, code="lift_hold", others={"kept_id": "asked under HOLD"})
def lift_hold(command: LiftHold, work: Work) -> None:
    case = _case_to_hold(command.kept_id, work)
    hold = case.hold
    if hold is None:
        raise Refused("retention.not_held")
    hold.lifted_by, hold.lifted_at = work.me.id, work.now
    work.record("hold_lifted", case=case)


@dataclass(frozen=True)
class KeepLonger(Command[date]):
    """Keep a case that ended beyond the town's period, until a day as typed. Answers with it."""

    kept_id: str
    until: str
    reason: str


@handles(KeepLonger, Action.HOLD, code="keep_longer", others={"kept_id": "asked under HOLD"})
def keep_longer(command: KeepLonger, work: Work) -> date:
    case = _case_to_hold(command.kept_id, work)
    found = ended(case_row(case), work.uow.directory.town().retention_years)
    if found is None:
        raise Refused("retention.still_open")
    until = _until(command.until, found, work)
    reason = checked_reason(command.reason, "longer_reason")
    case.kept_longer.append(Longer(until, reason, work.me.id, work.now))
    work.record("kept_longer", case=case, until=until.isoformat())
    return until


def _until(typed: str, found: Ended, work: Work) -> date:
    if not trimmed(typed):
        raise one_error("until", "form.required")
    try:
        until = parse_date(typed, today=work.today)
    except NotADate as wrong:
        raise one_error("until", wrong.key, **wrong.facts) from None
    if until <= max(work.today, found.kept_until):
        raise one_error("until", "retention.not_longer", kept_until=found.kept_until.isoformat())
    if until.year > work.today.year + LONGEST:
        raise one_error("until", "retention.too_long", years=LONGEST)
    return until
