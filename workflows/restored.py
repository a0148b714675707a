"""After a restore: it stands in the trail, no notice goes out a second time by itself, and no
answer link from before leads anywhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.carry_out_again import carry_out_again
from workflows.chain import TrailFilter
from workflows.decisions import opened
from workflows.desk import SETTLED, Command, Query, handles
from workflows.errors import Refused
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class NoteRestored(Command[int]):
    """The database was filled from a backup taken then. Answers with how many notices are held.

    What was due by now may have been sent between the backup and the loss: nobody knows. The
    administrator sees it as unknown and sends again what should go, once the list of members
    that has come back, too, was looked through. Which answer links were taken back since then is
    lost as well: all are shut, and the next mail brings a new one.
    """

    taken_at: datetime
    decisions: tuple[str, ...] = ()  # lines of the list that is kept outside the database


@handles(NoteRestored, Action.SET_UP)
def note_restored(command: NoteRestored, work: Work) -> int:
    held = work.uow.outbox.hold(work.now)
    work.uow.posts.hold(work.now)
    links = work.uow.answer_links.revoke_all(work.now)
    last = work.uow.events.page(TrailFilter(), 0, 1)
    decided, broken = opened(command.decisions, last[0].seq if last else 0, work)
    again = carry_out_again(decided, work)
    left = len(again.left) + broken
    if left:
        once = command.taken_at.isoformat()
        work.tell("restore_left", work.administrators(), once=once, facts={"cases": left})
    for case_id in again.left:
        work.record("restore_left", case=work.uow.cases.row(case_id))
    work.record(
        "restored",
        taken_at=command.taken_at.isoformat(),
        notices=held,
        links=links,
        again=again.done,
        left=left,
        lost=again.lost,
    )
    return held


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


@handles(GetRestoreState, Action.SET_UP)
def get_restore_state(query: GetRestoreState, work: Work) -> RestoreState:
    last = work.uow.events.last_of(("restored", SETTLED))
    if last is None or last.kind == SETTLED:
        return RestoreState()
    facts = last.facts or {}
    again, left, lost = (int(str(facts.get(name, 0))) for name in ("again", "left", "lost"))
    return RestoreState(again, left, lost)


class WhySettled(StrEnum):
    BY_HAND = "by_hand"  # what was left has been done by hand
    NOT_NEEDED = "not_needed"  # somebody looked, and there is nothing to do


@dataclass(frozen=True)
class SettleRestore(Command[None]):
    """Let people in again, although not every decision could be carried out again; the reason is a
    code, because the trail keeps no words."""

    why: WhySettled


@handles(SettleRestore, Action.SET_UP)
def settle_restore(command: SettleRestore, work: Work) -> None:
    left = get_restore_state(GetRestoreState(), work).left
    if not left:
        raise Refused("restore.nothing_left")
    work.record(SETTLED, why=str(command.why), left=left)
