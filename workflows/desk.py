"""The one way in: one command, one transaction, one permission check; questions likewise."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import copy
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar, cast

from workflows.cases.readers import must_stay_read
from workflows.core.active_members import active_member
from workflows.core.bounds import all_texts_in, refuse_too_long
from workflows.core.errors import AlreadyDone, Invalid, NotAllowed, NotFound, Overtaken, Refused
from workflows.core.free_text import scan_for_my_numbers
from workflows.core.looks import TRAIL_KINDS
from workflows.core.mark_stale import CoordinationBoard, mark_stale
from workflows.core.messages import REGISTRY, Command, Query, RegisteredMessage
from workflows.core.permissions import RULES, Action, Caller
from workflows.core.ports import (
    FAULTS,
    BrokenRecord,
    Clock,
    OpenUnitOfWork,
    TransactionConflict,
    UnitOfWork,
)
from workflows.core.restore_gate import may_do
from workflows.core.unreadable import (
    CASE,
    MEETING,
    broken_error,
    find_row,
    log_fault,
    may_know_of,
    note_broken,
)
from workflows.core.work import Work
from workflows.forms import FieldError, FormBook
from workflows.japanese.characters import has_control
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.japanese.text_scans import ROUNDS, Scans, scans_of_a_message
from workflows.model.case import Case
from workflows.model.directory import Town
from workflows.model.meeting import Meeting
from workflows.promises.derive import derive_promises

R = TypeVar("R")
TRIES = 4
# What looks into the records themselves goes on also where the town's own cannot be believed.
_ACTIONS_WITHOUT_TOWN = frozenset({Action.CHECK_TRAIL, Action.RECORD_SERVER_OPERATION})
# Last words of the names of fields by which something is looked up.
_IDS = frozenset({"id", "ids", "number", "numbers", "subject", "key", "platform", "agency"})


class Desk:
    """`handle` and `ask` are the only entrances. Only the desk commits."""

    def __init__(
        self,
        open_unit_of_work: OpenUnitOfWork,
        clock: Clock,
        forms: FormBook,
        holiday_name: Callable[[date], str | None],
        boards: Sequence[CoordinationBoard] = (),
        *,
        scans_inside: bool = False,
    ) -> None:
        """With `scans_inside` texts are scanned in the transaction: where it is one that somebody
        else opened and only they can undo, and nobody waits for it (a restore)."""
        self._open = open_unit_of_work
        self._scans_inside = scans_inside
        self._clock = clock
        self._forms = forms
        self._holiday_name = holiday_name
        self._boards = boards

    def behind(self, wait: Callable[[], None]) -> "Desk":
        """The same desk for whoever gives way: each of its transactions begins after `wait`."""
        other, open_unit = copy(self), self._open

        def opened() -> AbstractContextManager[UnitOfWork]:
            wait()
            return open_unit()

        other._open = opened
        return other

    def now(self) -> datetime:
        return self._clock.now().astimezone(TOKYO)

    def handle(
        self,
        command: Command[R],
        actor: str | Caller,
        *,
        once: tuple[str, str] | None = None,
        digest: str = "",
        made: Callable[[R], str] | None = None,
        after: tuple[str, str] | None = None,
        door: str = "",
    ) -> R:
        """Carry out a command for the member with id `actor`, all or nothing.

        `once` is (door, event id): the same event a second time raises AlreadyDone, which bears
        `digest` of the first one and what `made` said of its answer: an id, never words. `after` is
        (a row of presses, a position in it that sorts): once a later one came in, an earlier one
        raises Overtaken. `door` is where it came in, for the audit trail; it need not be said for
        the clock or the console.
        Raises Refused and its kinds; then nothing was changed.
        """
        _bounded(command, actor)

        def carry_out(uow: UnitOfWork) -> R:
            work = self._work(uow, actor, door)
            if once and not uow.mark_handled(*once, work.now, digest):
                raise AlreadyDone("already_done", uow.find_handled(*once))
            if after and not uow.advance_stream(*after, work.now):
                raise Overtaken("already_done")
            result = self._run(command, work)
            if once and made:
                uow.note_result(*once, made(result))
            moved = uow.changed()
            if work.actor:
                must_stay_read(moved, work)
            for changed in moved:
                derive_promises(changed, work)
            mark_stale(moved, self._boards, work)
            _record_unnamed_write(work, changed=bool(moved))
            return cast(R, result)

        try:
            with _scans_for(command, actor) as scans:
                return self._persist(carry_out, scans)
        except BrokenRecord as found:
            raise self._note(found, actor, door) from None

    def _persist(self, carry_out: Callable[[UnitOfWork], R], scans: Scans) -> R:
        """Begin anew where the transaction was undone because two waited for each other: commands
        lock a case and its meetings in the order in which they need them, and whoever carries the
        database up takes a table for a moment."""
        for _ in range(TRIES - 1):
            with suppress(TransactionConflict):
                return self._transact(carry_out, scans)
        return self._transact(carry_out, scans)

    def _transact(self, carry_out: Callable[[UnitOfWork], R], scans: Scans) -> R:
        """Carry out in one transaction; where texts are to be scanned first, undo it and begin anew
        with what was found in them."""
        for _ in range(ROUNDS):
            try:
                with scans.transaction(inside=self._scans_inside), self._open() as uow:
                    result = carry_out(uow)
                    if not scans.has_pending:
                        uow.commit()
                        return result
            except Exception:
                if not scans.has_pending:
                    raise
            scans.run_pending()
        raise Refused("changing")

    def _answer(self, query: Query[R], actor: str | Caller, door: str, uow: UnitOfWork) -> R:
        work = self._work(uow, actor, door)
        answer = cast(R, self._run(query, work))
        _record_unnamed_write(work)
        return answer

    def ask(self, query: Query[R], actor: str | Caller, *, door: str = "") -> R:
        """Answer a question; a look at content is written down in the same transaction."""
        _bounded(query, actor)
        try:
            with _scans_for(query, actor) as scans:
                return self._persist(lambda uow: self._answer(query, actor, door, uow), scans)
        except BrokenRecord as found:
            raise self._note(found, actor, door) from None

    def _note(self, found: BrokenRecord, actor: str | Caller, door: str) -> Refused:
        """What the asker reads of what does not open, once it is written down; a transaction of
        its own, because the one that met it was undone."""
        with self._open() as uow:
            refused = note_broken(found, self._work(uow, actor, door))
            uow.commit()
            return refused

    def _work(self, uow: UnitOfWork, actor: str | Caller, door: str) -> Work:
        town = self._town(uow, actor)
        days = OpenDays(self._holiday_name, town.closed_days, town.opened_days)
        now = self.now()
        if isinstance(actor, Caller):
            return Work(uow, None, now, days, self._forms, actor, door)
        member = active_member(uow.directory, actor, now.date())
        if member is None:
            raise NotAllowed("denied.not_active")
        return Work(uow, member, now, days, self._forms, None, door)

    def _town(self, uow: UnitOfWork, actor: str | Caller) -> Town:
        """The town; an empty one for the clock and the console, which find out what is wrong with
        it. Raises Refused for everybody else when somebody else wrote there."""
        try:
            return uow.directory.town()
        except Refused:
            if isinstance(actor, Caller):
                return Town("", (), frozenset())
            raise

    def _run(self, message: object, work: Work) -> Any:
        registered = REGISTRY.get(type(message))
        if registered is None:
            raise NotAllowed("denied.unknown")
        if registered.action not in _ACTIONS_WITHOUT_TOWN:
            work.uow.directory.town()  # raises Refused when somebody else wrote there
        asked = registered.code
        if work.actor and not may_do(work.actor, registered.action, asked, work.uow):
            raise NotAllowed("denied.restoring")
        _refuse_controls(message)
        subject = _subject(message, work)
        try:
            return self._carry_out(registered, message, subject, work)
        except BrokenRecord:
            raise
        except FAULTS as fault:
            if subject is None:
                raise
            raise _does_not_fit(subject, fault, work) from None

    @staticmethod
    def _carry_out(registered: RegisteredMessage, message: object, subject: Any, work: Work) -> Any:
        work.basis = work.must(registered.action, subject).reason
        work.asked = registered.code
        opens = RULES[registered.action].content and subject is not None
        work.kind = f"read.{registered.action}" if opens else TRAIL_KINDS.get(work.asked, "")
        answer = registered.run(message, work)
        if opens and not work.looks and not work.looked:
            # A look that showed nothing of any case is one too, and says so.
            case, meeting = (subject, None) if isinstance(subject, Case) else (None, subject)
            work.note_look(case, meeting, ())
        work.note_looks()
        return answer


def _record_unnamed_write(work: Work, *, changed: bool = False) -> None:
    """Rows that decide who may what are written under an event, be it that something was written:
    an older head of the trail must not fit older rows."""
    if (changed or work.uow.has_versioned_writes) and not work.uow.has_events:
        work.record("rows_written")


def _bounded(message: object, actor: str | Caller) -> None:
    """Of what people hand in nothing is looked at beyond its bound, and no transaction begun: there
    is one writer at a time. The clock and the console hand in what we have ourselves."""
    if type(message) in REGISTRY and actor not in (Caller.CLOCK, Caller.CONSOLE):
        refuse_too_long(message)


@contextmanager
def _scans_for(message: object, actor: str | Caller) -> Iterator[Scans]:
    """What is scanned for this message; of what people hand in every text ahead, because nothing
    that is kept needs to be known for that."""
    with scans_of_a_message() as scans:
        if type(message) in REGISTRY and actor not in (Caller.CLOCK, Caller.CONSOLE):
            scan_for_my_numbers(all_texts_in(message))
        yield scans


def _refuse_controls(message: object) -> None:
    """No id, number or key holds a NUL or the like: a database would refuse to look for it.

    Free texts say so beside their fields (free_text.py, forms/checking.py). Raises Invalid.
    """
    wrong = [
        f.name
        for f in fields(cast(Any, message))
        if f.name.split("_")[-1] in _IDS and _has_control(getattr(message, f.name))
    ]
    if wrong:
        raise Invalid([FieldError(name, "form.control", {}) for name in wrong])


def _has_control(value: object) -> bool:
    if isinstance(value, str):
        return has_control(value)
    return isinstance(value, list | tuple) and any(map(_has_control, value))


def _does_not_fit(subject: Case | Meeting, fault: Exception, work: Work) -> Refused:
    """What is read of a document that opens, and holds what nothing can be made of."""
    kind = CASE if isinstance(subject, Case) else MEETING
    log_fault(kind, subject.id, fault)
    line = find_row(kind, subject.id, work)
    if line is None or not may_know_of(line, work):
        return NotFound(f"not_found.{kind}")
    return broken_error(line, work)


def _subject(message: object, work: Work) -> Any:
    """The case or meeting the message names: loaded, and locked when it is a command."""
    change = isinstance(message, Command)
    meeting_id = getattr(message, "meeting_id", None)
    if meeting_id is not None:
        meeting = work.uow.meetings.get(meeting_id, change=change)
        if meeting is None:
            raise NotFound("not_found.meeting")
        return meeting
    case_id = getattr(message, "case_id", None)
    if case_id is not None:
        case = work.uow.cases.get(case_id, change=change)
        if case is None:
            raise NotFound("not_found.case")
        return case
    return None
