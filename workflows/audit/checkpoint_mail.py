"""A checkpoint goes by mail every week to two people, so that also a town without another machine
has one outside: a database that was put back whole is found by it alone.

They need be no members. What they get is one signed line: no name, no number of a case.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.notice import CHECKPOINT, NO_MEMBER, Notice, new_notice_id
from workflows.sign_in.sign_in import MAIL

CHECKPOINT_MAILED: Final = "checkpoint_mailed"
MAIL_EVERY: Final = timedelta(days=7)


@dataclass(frozen=True)
class MailCheckpoint(Command[int]):
    """Have the newest checkpoint mailed to these addresses, if it was not within a week; at once
    where they are others than last time. Answers with to how many."""

    addresses: tuple[str, ...]


@handles(MailCheckpoint, Action.CHECK_TRAIL, code="mail_checkpoint")
def mail_checkpoint(command: MailCheckpoint, work: Work) -> int:
    newest = work.uow.checkpoints.last()
    if newest is None or not command.addresses:
        return 0
    receivers = sha256("\n".join(sorted(command.addresses)).encode()).hexdigest()
    last = work.uow.events.last_of([CHECKPOINT_MAILED])
    facts = (last.facts or {}) if last else {}
    if last and last.at and facts.get("receivers") == receivers:
        # A week that was missed is made up for; one to come was a clock that was put back.
        early = timedelta(0) <= work.today - last.at.date() < MAIL_EVERY
        if early or int(str(facts.get("row", 0))) >= newest.seq:
            return 0
    for number, address in enumerate(command.addresses, start=1):
        work.uow.outbox.put(
            Notice(
                id=new_notice_id(work.now),
                key=CHECKPOINT,
                member_id=f"{NO_MEMBER}{number}",
                dedupe_key=f"{CHECKPOINT}:{newest.seq}:{receivers}:{number}:{MAIL}",
                via=MAIL,
                facts={
                    "address": address,
                    "row": newest.seq,
                    "signed_at": newest.signed_at.isoformat(),
                    "line": newest.line(),
                },
                created_at=work.now,
                not_before=work.days.notice_time(work.now),
            )
        )
    work.record(
        CHECKPOINT_MAILED, row=newest.seq, count=len(command.addresses), receivers=receivers
    )
    return len(command.addresses)
