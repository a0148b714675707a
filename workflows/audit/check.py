"""The audit trail is checked and signed: by the clock every night, by the command line at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action, Caller
from workflows.core.work import Work
from workflows.desk import Desk
from workflows.japanese.dates import CLOCK_SKEW, TOKYO
from workflows.model.trail import ChainFault, ChainProgress, Checkpoint, Fault, LastCheck, RowFault

NIGHTLY_AT = time(3, 0)  # ours: when nobody works, and before the morning's notices
TRAIL_BATCH = 1_000  # rows followed in one transaction; on SQLite nobody writes meanwhile


@dataclass(frozen=True)
class FollowTrail(Query[ChainProgress]):
    """The next stretch of the chain; `kept` are checkpoints that were kept elsewhere."""

    so_far: ChainProgress
    kept: tuple[Checkpoint, ...] = ()


@handles(FollowTrail, Action.CHECK_TRAIL, code="follow_trail")
def follow_trail(query: FollowTrail, work: Work) -> ChainProgress:
    return work.uow.chain.follow(query.so_far, query.kept, TRAIL_BATCH)


def verify_whole_trail(
    desk: Desk,
    caller: Caller,
    kept: Sequence[Checkpoint] = (),
    on: Callable[[ChainProgress], bool] = lambda walk: True,
) -> ChainProgress:
    """Follow the chain from its first row to its end, or its first fault.

    `on` is told after each stretch; when it says no, the walk that comes back is not done.
    """
    walk = ChainProgress()
    while not walk.done:
        walk = desk.ask(FollowTrail(walk, tuple(kept)), caller)
        if not on(walk):
            break
    return walk


@dataclass(frozen=True)
class GetRowTables(Query[tuple[str, ...]]):
    """The tables whose rows are held against what the bot wrote: one `CheckRows` each."""


@handles(GetRowTables, Action.CHECK_TRAIL, code="get_row_tables")
def get_row_tables(query: GetRowTables, work: Work) -> tuple[str, ...]:
    return work.uow.row_check.tables()


@dataclass(frozen=True)
class CheckRows(Query[tuple[RowFault, ...]]):
    """The rows of one table that are not as the bot wrote them; `opens` what is sealed, too."""

    name: str
    opens: bool


@handles(CheckRows, Action.CHECK_TRAIL, code="check_rows")
def check_rows(query: CheckRows, work: Work) -> tuple[RowFault, ...]:
    if query.name not in work.uow.row_check.tables():
        raise NotFound("not_found.row_table")
    return tuple(work.uow.row_check.check(query.name, opens=query.opens))


def check_all_rows(desk: Desk, caller: Caller, *, opens: bool) -> tuple[RowFault, ...]:
    """Every row that decides who may what, a table at a time."""
    names = desk.ask(GetRowTables(), caller)
    return tuple(f for name in names for f in desk.ask(CheckRows(name, opens), caller))


class AcceptReason(StrEnum):
    """Why rows that the bot did not write are taken for good."""

    RESTORED = "restored"
    REPAIRED = "repaired"


@dataclass(frozen=True)
class AcceptRows(Command[int]):
    """Take all rows for good as they stand, after a lawful repair by hand; how many those were
    that were not as the bot wrote them. It stands in the trail."""

    why: str


@handles(AcceptRows, Action.CHECK_TRAIL, code="accept_rows")
def accept_rows(command: AcceptRows, work: Work) -> int:
    if command.why not in list(AcceptReason):
        raise Refused("cli.audit.accept_reason")
    done = work.uow.row_check.accept()
    work.record("rows_accepted", rows=done, why=command.why)
    return done


@dataclass(frozen=True)
class IsCheckDue(Query[bool]):
    """Whether the chain has not been checked since the last night began, or was and is sound, and
    nobody signed it: whoever was about to ended before that."""


@handles(IsCheckDue, Action.CHECK_TRAIL, code="is_check_due")
def is_check_due(query: IsCheckDue, work: Work) -> bool:
    last = work.uow.chain.last_check()
    # One of a time that has not come yet was made by a clock that was put back.
    if last is None or last.at < last_night(work.now) or last.at > work.now + CLOCK_SKEW:
        return True
    signed = work.uow.checkpoints.last()
    return last.broken is None and (signed is None or signed.signed_at < last_night(work.now))


def last_night(now: datetime) -> datetime:
    """The last time that the clock struck NIGHTLY_AT."""
    tonight = datetime.combine(now.astimezone(TOKYO).date(), NIGHTLY_AT, TOKYO)
    return tonight if tonight <= now else tonight - timedelta(days=1)


@dataclass(frozen=True)
class RememberCheck(Command[None]):
    """Keep what a walk over the whole chain found; the administrators are told of a fault."""

    walk: ChainProgress


@handles(RememberCheck, Action.CHECK_TRAIL, code="remember_check")
def remember_check(command: RememberCheck, work: Work) -> None:
    found = command.walk.broken
    work.uow.chain.remember_check(command.walk, work.now)
    if found is None:
        work.record(
            "trail_checked", rows=command.walk.seq, compared_until=command.walk.compared_until
        )
    else:  # a chain that is broken may take no more rows, and this has to reach somebody
        work.tell(
            "audit_broken",
            work.administrators(),
            once=_once(found, work),
            facts={"fault": str(found.fault), "row": found.seq, "which": _which(found)},
            urgent=True,
        )


def _once(found: ChainFault, work: Work) -> str:
    """A fault of the chain stays where it is; of rows it is said each day until it is mended."""
    if found.fault is Fault.ROWS:
        return f"{found.fault}:{found.seq}:{found.kind}:{work.today.isoformat()}"
    return f"{found.fault}:{found.seq}"


def _which(found: ChainFault) -> str:
    """Table and id of the first row, where the fault is of rows."""
    return found.kind if found.fault is Fault.ROWS else ""


@dataclass(frozen=True)
class MakeCheckpoint(Command[Checkpoint | None]):
    """Sign where the trail stands. Answers None while there is nothing in it."""


@handles(MakeCheckpoint, Action.CHECK_TRAIL, code="make_checkpoint")
def make_checkpoint(command: MakeCheckpoint, work: Work) -> Checkpoint | None:
    made = work.uow.checkpoints.sign(work.now)
    if made:
        work.record("checkpoint_made", row=made.seq)
    return made


@dataclass(frozen=True)
class GetCheckpoints(Query[tuple[Checkpoint, ...]]):
    """The checkpoints of rows beyond `after`, the oldest first."""

    after: int = 0


@handles(GetCheckpoints, Action.CHECK_TRAIL, code="get_checkpoints")
def get_checkpoints(query: GetCheckpoints, work: Work) -> tuple[Checkpoint, ...]:
    return tuple(work.uow.checkpoints.after(query.after))


@dataclass(frozen=True)
class TrailState:
    """What is known of the chain. `key` is the public key that proves its checkpoints (PEM)."""

    check: LastCheck | None
    checkpoint: Checkpoint | None
    key: str


@dataclass(frozen=True)
class GetTrailState(Query[TrailState]):
    """The last check, the last checkpoint, and the key that proves it."""


@handles(GetTrailState, Action.CHECK_TRAIL, code="get_trail_state")
def get_trail_state(query: GetTrailState, work: Work) -> TrailState:
    return state_of(work)


def state_of(work: Work) -> TrailState:
    checkpoints = work.uow.checkpoints
    return TrailState(work.uow.chain.last_check(), checkpoints.last(), checkpoints.public_key())
