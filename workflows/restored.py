"""After a restore: it stands in the trail, no notice goes out a second time by itself, and no
answer link from before leads anywhere."""

from dataclasses import dataclass
from datetime import datetime

from workflows.desk import Command, handles
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


@handles(NoteRestored, Action.SET_UP)
def note_restored(command: NoteRestored, work: Work) -> int:
    held = work.uow.outbox.hold(work.now)
    work.uow.posts.hold(work.now)
    links = work.uow.answer_links.revoke_all(work.now)
    work.record("restored", taken_at=command.taken_at.isoformat(), notices=held, links=links)
    return held
