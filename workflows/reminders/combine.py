"""Many reminders of one moment come as one: after a stop, or on the morning of a full week.

[ours] What is to be done lies in the inbox anyway, each with its button. Fifty cards say no more
than one that counts them, and bury what is new.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workflows.core.active_members import active_member
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.delivery.stand_ins import tell_stand_ins
from workflows.model.directory import Role
from workflows.model.notice import Notice
from workflows.promises.ladder import (
    ATTENDEES_TOLD,
    MANY_REMINDERS,
    REMINDERS,
    Tell,
    names_old_deadline,
)

MOST_ONE_BY_ONE: Final = 5
COMBINED: Final = "joined"  # why each of them was let go


@dataclass(frozen=True)
class CombineReminders(Command[int]):
    """Put one notice in the place of many. Answers with how many members had so many.

    What is urgent goes by itself, as does what says where one has to be; and what was done
    meanwhile is not counted.
    """


@handles(CombineReminders, Action.KEEP_TIME, code="join_reminders")
def join_reminders(command: CombineReminders, work: Work) -> int:
    joined = 0
    due: dict[str, list[Notice]] = {}
    keys = REMINDERS - ATTENDEES_TOLD
    waiting = work.uow.outbox.due_in_house(work.now, keys)
    # Who stands in for somebody hears what would go under for them.
    of_away = _still_true([n for n in waiting if n.member_id in work.seats.away], work)
    if [tell_stand_ins(notice, work) for notice in of_away]:
        waiting = work.uow.outbox.due_in_house(work.now, keys)
    for notice in waiting:
        if not notice.urgent:
            due.setdefault(notice.member_id, []).append(notice)
    for member_id, reminders in due.items():
        if len(reminders) > MOST_ONE_BY_ONE:
            joined += _join(member_id, reminders, work)
    return joined


def _join(member_id: str, reminders: Sequence[Notice], work: Work) -> bool:
    member = active_member(work.uow.directory, member_id, work.today)
    still = _still_true(reminders, work)
    if member is None or len(still) <= MOST_ONE_BY_ONE:
        return False  # each is let go, or goes, by itself
    rungs = {str(n.facts.get("rung", "")) for n in still}
    work.uow.outbox.let_go([n.id for n in still], work.now, COMBINED)
    work.tell(
        MANY_REMINDERS,
        [member],
        once=min(n.id for n in still),
        facts={
            "kinds": [key for key, _ in Counter(n.key for n in still).most_common()],
            "lines": sorted(_line(n) for n in still),
            "mine": str(Tell.DEBTOR) in rungs,
            "coordinates": str(Tell.COORDINATOR) in rungs and Role.COORDINATOR in member.roles,
        },
    )
    return True


def _still_true(reminders: Sequence[Notice], work: Work) -> list[Notice]:
    """Without those whose promise was kept, or is due at another time by now."""
    due = work.uow.promises.due_times([n.promise for n in reminders if n.promise])
    return [
        n for n in reminders if (by := due.get(n.promise or "")) and not names_old_deadline(n, by)
    ]


def _line(notice: Notice) -> list[str]:
    """What it asks for, "late" when that is overdue, and of which case, if of one: the number comes
    last, so that without it (hidden_numbers.py) the rest still stands in its place."""
    late = "late" if notice.facts.get("overdue_days") else ""
    number = str(notice.facts.get("number", ""))
    return [notice.key, late, number] if number else [notice.key, late]
