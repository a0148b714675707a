"""What keeping and disposing needs from the database: the list of disposals, and a purge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from workflows.model.notice import Notice


@dataclass(frozen=True)
class Disposal:
    """A disposal approved by a manager; carried out once `disposed_at` is set. It holds no
    content.

    `kind` is case, meeting or member. `counts` says how many of what went with it, `proof` is a
    keyed digest (64 hex digits) of the document that was there. Of a restricted case a second
    person agreed to it (`second.py`).
    """

    id: str
    kind: str
    subject_id: str
    number: str
    ended_on: date
    kept_until: date
    approved_by: str
    approved_at: datetime
    disposed_at: datetime | None = None
    agreed_by: str = ""
    agreed_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    proof: str = ""


class Disposals(Protocol):
    """What was approved, and the proof of what was done. A subject stands in it once."""

    def add(self, disposal: Disposal) -> bool:
        """False when the subject is in the list already; then nothing changes."""
        ...

    def waiting(self) -> list[Disposal]:
        """Approved and not done yet, the oldest approval first."""
        ...

    def claim(self, disposal_id: str) -> Disposal | None:
        """One that waits, locked for this transaction; None when it does not wait any more."""
        ...

    def agree(self, disposal_id: str, by: str, at: datetime) -> None:
        """Keep who agreed to it as the second person, while it waits."""
        ...

    def finish(
        self, disposal_id: str, at: datetime, counts: Mapping[str, int], proof: str
    ) -> None: ...

    def withdraw(self, disposal_id: str) -> None:
        """Take an approval off the list that was not carried out."""
        ...

    def done(self) -> list[Disposal]:
        """The newest first."""
        ...

    def digest(self, entity: object) -> str:
        """The proof of a document: the same document always gives the same."""
        ...


@dataclass(frozen=True)
class IdleDraft:
    """A draft that lies untouched: whose it is and whether they were told, never what it says."""

    id: str
    member_id: str
    saved_at: datetime
    warned_at: datetime | None


class WithoutNames(Protocol):
    """The names by which a disposed case is found in other rows (`mentions.RecordNames`)."""

    @property
    def ids(self) -> Collection[str]: ...
    def are_in(self, text: str) -> bool: ...
    def without_in_notice(self, notice: Notice) -> Notice | None: ...


class Purge(Protocol):
    """Sweeps rows that no document answers for. Each says how many went."""

    def notices_of_case(self, case_id: str, now: datetime) -> int:
        """From the outbox and the inboxes; what stands on chat platforms is taken away there."""
        ...

    def notices_of_meeting(self, meeting_id: str, now: datetime) -> int: ...
    def mentions(self, names: "WithoutNames", since: datetime, now: datetime) -> int:
        """Take a case out of what was told of other matters since then, and of what came in: from
        outbox, inboxes, chat cards and callbacks. What does not open is left as it is.
        """
        ...

    def drafts(self, draft_ids: Collection[str]) -> int: ...
    def drafts_of(self, member_ids: Collection[str]) -> int: ...
    def mail_of(self, member_ids: Collection[str]) -> int:
        """Their inboxes, and what was never delivered to them."""
        ...

    def chats_of(self, member_ids: Collection[str], now: datetime) -> int:
        """Who they were on chat platforms; what stands there for them is taken away."""
        ...

    def idle_drafts(self, saved_before: datetime) -> list[IdleDraft]: ...
    def warned(self, draft_ids: Collection[str], at: datetime) -> None:
        """Remember that their writer was told; saving a draft again forgets it."""
        ...

    def old_mail(self, before: datetime) -> int:
        """What was read and delivered before."""
        ...

    def old_sign_ins(self, before: datetime) -> int:
        """Links and sessions that ended or ran out before."""
        ...

    def old_events(self, before: datetime, *, slack_before: datetime) -> int:
        """Events of the doors that came in before: forms sent, drafts finished, presses; of Slack's
        requests those that came in before `slack_before`."""
        ...

    def empty_abandoned_callbacks(self, before: datetime, *, slack_before: datetime) -> int:
        """Empty what a chat platform told us before and nobody has worked off or answered."""
        ...

    def old_posts(self, before: datetime) -> int:
        """Cards on chat platforms that were put up before and are over."""
        ...
