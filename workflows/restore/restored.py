"""After a restore: it stands in the trail, no notice goes out a second time by itself, no answer
link from before leads anywhere, and what was decided since is carried out again.

What could not be is settled on 管理, or at the console; until then sign-in is shut
(`restore_gate.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import TrailRow
from workflows.core.restore_gate import RESTORED, SETTLED
from workflows.core.work import Work
from workflows.model.decision_line import parse_list_end
from workflows.model.trail import Checkpoint, TrailFilter
from workflows.restore.decisions import open_decisions
from workflows.restore.reapply_decisions import reapply_decisions

LEFT = "restore_left"
UNREADABLE_LINES = "lines"  # what is left: lines of the list that do not open
LIST_CUT = "cut"  # what is left: lines of the list that are not there


@dataclass(frozen=True)
class RecordRestored(Command[int]):
    """The database was filled from a backup taken then. Answers with how many notices are held.

    What was due by now may have been sent between the backup and the loss: nobody knows. The
    administrator sees it as unknown and sends again what should go, once the list of members
    that has come back, too, was looked through. Which answer links were taken back since then is
    lost as well: all are shut, and the next mail brings a new one.
    """

    taken_at: datetime
    decisions: tuple[str, ...] = ()  # lines of the list that is kept outside the database
    checkpoints: tuple[Checkpoint, ...] = ()  # kept there, too: they say how far the list went


@handles(RecordRestored, Action.SET_UP, code="record_restored")
def record_restored(command: RecordRestored, work: Work) -> int:
    held = work.uow.outbox.hold(work.now)
    work.uow.posts.hold(work.now)
    links = work.uow.answer_links.revoke_all(work.now)
    last = work.uow.events.page(TrailFilter(), 0, 1)
    decided, broken = open_decisions(command.decisions, last[0].seq if last else 0, work)
    again = reapply_decisions(decided, work)
    is_cut = _is_cut(command, work)
    left = len(again.left) + broken + is_cut
    if left:
        once = command.taken_at.isoformat()
        work.tell("restore_left", work.administrators(), once=once, facts={"cases": left})
    for one in again.left:
        case = work.uow.cases.row(one.case_id)
        work.record(LEFT, case=case, what=one.why, decided=list(one.decided))
    if broken:
        work.record(LEFT, what=UNREADABLE_LINES, lines=broken)
    if is_cut:
        work.record(LEFT, what=LIST_CUT)
    work.uow.events.store_list_end("")  # the next tick begins a new list
    work.record(
        RESTORED,
        taken_at=command.taken_at.isoformat(),
        notices=held,
        links=links,
        again=again.done,
        left=left,
        lost=again.lost,
    )
    return held


def _is_cut(command: RecordRestored, work: Work) -> bool:
    """Whether lines of the list are not there: by its own links, by what the backup noted of it,
    and by what a checkpoint of ours says."""
    ours = [c for c in command.checkpoints if work.uow.checkpoints.is_ours(c)]
    noted = [work.uow.events.stored_list_end()] if command.decisions else []
    ends = [parse_list_end(text) for text in (*noted, *(c.decisions for c in ours))]
    return not work.uow.decisions.is_complete(command.decisions, [e for e in ends if e.count])


@dataclass(frozen=True)
class RestoreState:
    """What came of the last restore: how many decisions were carried out again, how many were not
    although they had to be, and how many were about cases that are not there."""

    again: int = 0
    left: int = 0
    lost: int = 0


@dataclass(frozen=True)
class GetRestoreState(Query[RestoreState]):
    """Until what is left was settled nobody but the console and the clock gets anything done."""


@handles(GetRestoreState, Action.SET_UP, code="get_restore_state")
def get_restore_state(query: GetRestoreState, work: Work) -> RestoreState:
    return _state(_unsettled(work))


def _unsettled(work: Work) -> TrailRow | None:
    """The row of the last restore, while nobody has settled it."""
    last = work.uow.events.last_of((RESTORED, SETTLED))
    return last if last and last.kind == RESTORED else None


def _state(restored: TrailRow | None) -> RestoreState:
    facts = (restored.facts if restored else None) or {}
    again, left, lost = (_number(facts, name) for name in ("again", "left", "lost"))
    return RestoreState(again, left, lost)


def _number(facts: Mapping[str, object], name: str) -> int:
    return int(str(facts.get(name, 0)))


@dataclass(frozen=True)
class UndoneDecisionLine:
    """One thing to be done by hand. `what` is broken or refused, then of the case with this number,
    and what was decided on it (kinds of the trail); or lines, of which `count` do not open; or cut:
    the list lacks some."""

    what: str
    number: str
    decided: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class RestoreLeft:
    """What the last restore left undone, and from which moment the backup was."""

    taken_at: datetime
    left: int
    again: int
    lost: int
    lines: tuple[UndoneDecisionLine, ...]


@dataclass(frozen=True)
class GetRestoreLeft(Query[RestoreLeft | None]):
    """What must be done by hand before users can sign in again after a restore; None if nothing."""


@handles(GetRestoreLeft, Action.SETTLE_RESTORE, code="get_restore_left")
def get_restore_left(query: GetRestoreLeft, work: Work) -> RestoreLeft | None:
    restored = _unsettled(work)
    state = _state(restored)
    if restored is None or not state.left or restored.at is None:
        return None
    rows = work.uow.events.of_kinds([LEFT], restored.at)
    lines = tuple(_line(row, work) for row in rows)
    taken_at = datetime.fromisoformat(str((restored.facts or {})["taken_at"]))
    return RestoreLeft(taken_at, state.left, state.again, state.lost, lines)


def _line(row: TrailRow, work: Work) -> UndoneDecisionLine:
    facts = row.facts or {}
    case = work.uow.cases.row(row.case_id) if row.case_id else None
    decided = facts.get("decided")
    return UndoneDecisionLine(
        what=str(facts.get("what", "refused")),
        number=case.number if case else "",
        decided=tuple(map(str, decided)) if isinstance(decided, list) else (),
        count=_number(facts, "lines"),
    )


@dataclass(frozen=True)
class GetLackingRequests(Query[tuple[tuple[str, str], ...]]):
    """The numbers of requests of persons that a restore left without their words, each with what is
    lost: words (of the request), or answer."""


@handles(GetLackingRequests, Action.SETTLE_RESTORE, code="get_lacking_requests")
def get_lacking_requests(query: GetLackingRequests, work: Work) -> tuple[tuple[str, str], ...]:
    return tuple((r.number, r.lacks) for r in work.uow.requests.all() if r.lacks)


class SettleReason(StrEnum):
    BY_HAND = "by_hand"  # what was left has been done by hand
    NOT_NEEDED = "not_needed"  # somebody looked, and there is nothing to do


@dataclass(frozen=True)
class SettleRestore(Command[None]):
    """Let people in again, although not every decision could be carried out again; the reason is a
    code, because the trail keeps no words."""

    why: SettleReason


@handles(SettleRestore, Action.SETTLE_RESTORE, code="settle_restore")
def settle_restore(command: SettleRestore, work: Work) -> None:
    left = _state(_unsettled(work)).left
    if not left:
        raise Refused("restore.nothing_left")
    work.record(SETTLED, why=str(command.why), left=left)
