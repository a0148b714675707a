"""The whole life of meetings, lived at random, and what holds of it after every step."""

import re
import tempfile
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Result, SendOutcome
from storage.database import SqlUnitOfWork
from storage.tables import mailbox, outbox
from tests.chaos.meeting_deeds import DEEDS, Deed
from tests.chaos.meeting_desk import STEPS, Crash, LifeDesk
from tests.support.deeds import WINDOW, Rolled, open_first_case
from tests.support.people import ADMINISTRATOR, CHAIR, MANAGER, OTHER_COORDINATOR, OUTSIDER
from tests.support.town import TownHall, TownMould, holiday_name
from tests.support.web import TEXTS
from workflows.audit.check import check_all_rows, verify_whole_trail
from workflows.cases.views import GetCase
from workflows.core.active_members import active_member
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.receiver import Receiver
from workflows.inbox.inbox import GetInbox
from workflows.japanese.open_days import OpenDays
from workflows.meetings.record_views import GetRecord
from workflows.meetings.views import GetMeeting
from workflows.model.card import Card
from workflows.model.case import Case
from workflows.model.meeting import Meeting, MeetingState
from workflows.model.notice import Notice
from workflows.model.promise import PromiseKind, promises_of_case, promises_of_meeting
from workflows.overview.coordinator_desk import GetCoordinatorDesk

MAIL: Final = "mail"
PEOPLE: Final = (*WINDOW.values(), CHAIR, MANAGER, OTHER_COORDINATOR, ADMINISTRATOR, OUTSIDER)
# Says to somebody who is shut out of a case that they are: by the number that they knew.
SHUT_OUT: Final = frozenset(
    {"part_ended", "referral_taken_back", "case_not_heard", "wrong_person", "right_person"}
)
NUMBER: Final = re.compile(r"(?<!請)R\d+-\d{4,}")
# Who does what to which: rolled for each deed, so that lives differ; which deeds a life that failed
# needs, hypothesis finds out.
DICE: Final = st.integers(0, 2**20).map(Random)
LOOK_AT_THE_END: Final = (*WINDOW.values(), OTHER_COORDINATOR)
# How a way may behave, with whether the message arrives.
MOODS: Final = {
    "sent": (Result(SendOutcome.SENT), True),
    "refused": (Result(SendOutcome.DEAD, "no_such_address"), False),
    "later": (Result(SendOutcome.RETRY, "451"), False),
    "busy": (Result(SendOutcome.RETRY, "busy", after=timedelta(minutes=10)), False),
    "down": (Result(SendOutcome.RETRY, "no_answer", is_down=True), False),
    "unknown_there": (Result(SendOutcome.UNKNOWN, "cut"), True),
    "unknown_lost": (Result(SendOutcome.UNKNOWN, "cut"), False),
}


class Everything(frozenset[str]):
    """Of every notice a mail goes out."""

    def __contains__(self, _: object) -> bool:
        return True


class Way:
    """A way that leaves the house, as the machine wants it to behave."""

    def __init__(self, hall: TownHall) -> None:
        self._hall = hall
        self.mood = "sent"
        self.arrived: Counter[str] = Counter()
        self.doubtful: set[str] = set()

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        with self._hall.database.open() as unit:
            may_be_told(receiver.member_id, notice, repr(card), now, unit)
        result, arrives = MOODS[self.mood]
        self.arrived[notice.id] += arrives
        if result.outcome is SendOutcome.UNKNOWN:
            self.doubtful.add(notice.id)
        return result


def may_be_told(
    member_id: str, notice: Notice, said: str, now: datetime, unit: SqlUnitOfWork
) -> None:
    """What goes out goes to somebody who is here, names no case that they may not know of, and
    reminds of nothing that was done."""
    assert active_member(unit.directory, member_id, now.date()), f"{notice.key} to who is gone"
    if notice.promise:
        assert unit.promises.holds(notice.promise), f"{notice.key} of what was done"
    if notice.key not in SHUT_OUT:
        assert not hidden_in(said, member_id, unit), f"{notice.key} to {member_id}: {said}"


def hidden_in(said: str, member_id: str, unit: SqlUnitOfWork) -> list[str]:
    """The numbers in it of restricted cases on which the member is not named."""
    numbers = set(NUMBER.findall(said))
    rows = unit.cases.rows_of(unit.cases.ids_of(numbers)).values() if numbers else ()
    return [row.number for row in rows if row.restricted and member_id not in row.named]


class MeetingLife(RuleBasedStateMachine):
    """Members, time and faults in any order; `mould` is set by whoever runs it."""

    mould: TownMould

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.hall = hall = self.mould.copy(Path(self._folder.name))
        self.desk = hall.desk = LifeDesk(hall)
        self.way = Way(hall)
        delivery = OutboxSender(
            hall.database.open, hall.desk, TEXTS, Inbox(mailed=Everything()), {MAIL: self.way}
        )
        self.ticks = Ticks(hall.desk, delivery)
        self._looked_at = -1
        open_first_case(hall)

    @initialize(stage=st.sampled_from(("case", "meeting", "date", "sitting", "record")))
    def it_begins(self, stage: str) -> None:
        """Somewhere in the life of a first meeting, so that every part of it is lived often."""
        if stage == "case":
            return
        meeting_id = self.hall.convene(*self.hall.case_ids(), optional=["A17", "A20"])
        for agency in ("A14", "A17", "A20"):
            self.hall.answer(meeting_id, agency, by=WINDOW[agency])
        if stage != "meeting":
            self.hall.fix(meeting_id)
        if stage in ("sitting", "record"):
            self.hall.clock.move(days=20, hours=5)
        if stage == "record":
            self.hall.save_record(meeting_id)

    # -- what happens ------------------------------------------------------------------------------

    def _does(self, deed: Deed, dice: Random) -> None:
        with suppress(Refused, Crash):
            deed(self.hall, Rolled(dice))

    @rule(deeds=st.lists(st.sampled_from(DEEDS), min_size=4, max_size=8), dice=DICE)
    def some_do(self, deeds: list[Deed], dice: Random) -> None:
        for deed in deeds:
            self._does(deed, dice)
            self.all_holds()

    @rule(deed=st.sampled_from(DEEDS), dice=DICE)
    def it_comes_twice(self, deed: Deed, dice: Random) -> None:
        self.desk.twice = True
        self._does(deed, dice)
        self.desk.twice = False

    @rule(
        deed=st.sampled_from(DEEDS),
        dice=DICE,
        step=st.sampled_from(STEPS),
        for_good=st.booleans(),
    )
    def it_fails(self, deed: Deed, dice: Random, step: str, *, for_good: bool) -> None:
        self.desk.fail(step, for_good=for_good)
        self._does(deed, dice)
        self.desk.fail_no_more()

    @rule(
        minutes=st.sampled_from((1, 30, 600, 1440, 4320, 10_080)),
        ticks=st.sampled_from((False, False, True)),
    )
    def time_passes(self, minutes: int, *, ticks: bool) -> None:
        self.hall.clock.move(minutes=minutes)
        if ticks:
            self.ticks.tick_everything()
            self.promises_are_what_follows(exactly=True)

    @rule(step=st.sampled_from(STEPS), mood=st.sampled_from(sorted(MOODS)), for_good=st.booleans())
    def a_tick_fails(self, step: str, mood: str, *, for_good: bool) -> None:
        """In the house, and on the way that leaves it; that stays as it is until the next time."""
        self.way.mood = mood
        self.desk.fail(step, for_good=for_good)
        with suppress(Crash):
            self.ticks.tick_everything()
        self.desk.fail_no_more()

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_looks(self, who: str) -> None:
        self._look(who)

    def _look(self, who: str) -> None:
        """Every page opens or is refused by a sentence, and the inbox names nothing hidden."""
        asked: list[Any] = [GetCoordinatorDesk()]
        asked += [GetCase(c, CasePage.CASE) for c in self.hall.case_ids()]
        for meeting in self._meetings():
            asked += [GetMeeting(meeting.id), GetRecord(meeting.id)]
        for query in asked:
            with suppress(Refused):
                self.desk.ask(query, who)
        with suppress(Refused):
            inbox = self.desk.ask(GetInbox(), who)
            with self.hall.database.open() as unit:
                for item in inbox.news:
                    if item.notice.key not in SHUT_OUT:
                        assert not hidden_in(repr(item), who, unit), (who, item)
                assert not hidden_in(repr((inbox.to_do, inbox.later)), who, unit), who

    # -- what holds --------------------------------------------------------------------------------

    def _cases(self) -> list[Case]:
        with self.hall.database.open() as unit:
            ids = [row.id for row in unit.cases.rows(open_only=False)]
            return [case for one in ids if (case := unit.cases.get(one))]

    def _meetings(self) -> list[Meeting]:
        with self.hall.database.open() as unit:
            return [m for one in unit.meetings.ids() if (m := unit.meetings.get(one))]

    @invariant()
    def all_holds(self) -> None:
        if self.desk.kept == self._looked_at:
            return
        self._looked_at = self.desk.kept
        cases, meetings = self._cases(), self._meetings()
        self.promises_are_what_follows(exactly=False)
        for case in cases:
            self._somebody_answers(case)
            live = [m.id for m in meetings if m.is_live and m.item(case.id)]
            assert sorted(case.live_meeting_ids) == sorted(live), case.number
        for meeting in meetings:
            _dates_fit(meeting)
            _answers_are_of_the_invited(meeting)
            self._attendance_is_as_stated(meeting)
        over = {m.id for m in meetings if not m.is_live}
        assert not [p for p in self.hall.promises() if p.meeting_id in over or p.subject_id in over]
        self._said_once()

    def promises_are_what_follows(self, *, exactly: bool) -> None:
        """With `exactly` also the checks whose day has come, which the clock sees to."""
        with self.hall.database.open() as unit:
            town = unit.directory.town()
        days = OpenDays(holiday_name, town.closed_days, town.opened_days)
        today = self.desk.now().date()
        owed = [p for c in self._cases() for p in promises_of_case(c, days, today)]
        owed += [p for m in self._meetings() for p in promises_of_meeting(m, days)]
        without = {PromiseKind.DIGEST} | (set() if exactly else {PromiseKind.FOLLOW_UP})
        kept = {p.key: p for p in self.hall.promises() if p.kind not in without}
        assert kept == {p.key: p for p in owed if p.kind not in without}

    def _somebody_answers(self, case: Case) -> None:
        owed = [p for s in (case.id, *case.live_meeting_ids) for p in self.hall.promises(s)]
        owed = [p for p in owed if p.kind is not PromiseKind.MEETING_SOON]
        if not case.is_open:
            assert not case.live_meeting_ids, case.number
            assert {p.kind for p in owed} <= {PromiseKind.STILL_NEEDED}, case.number
            return
        assert case.answering_agency_id, f"nobody answers for {case.number}"
        assert owed, f"nothing is owed for {case.number}"

    def _attendance_is_as_stated(self, meeting: Meeting) -> None:
        if meeting.state is not MeetingState.RECORDED:
            return
        assert meeting.record is not None
        for agency, attended in meeting.record.attended.items():
            stated = self.desk.stated.get((meeting.id, agency), "")
            assert attended.kind == stated != "unknown", f"{agency}: {attended.kind}"

    def _said_once(self) -> None:
        with self.hall.database.engine.connect() as connection:
            keys = connection.execute(select(outbox.c.dedupe_key)).scalars().all()
            settled = connection.execute(select(outbox.c.id).where(outbox.c.state == "sent"))
            sent = set(settled.scalars())
            inbox = connection.execute(select(mailbox.c.notice_id)).scalars().all()
        _once(keys)
        _once(inbox)
        assert set(inbox) <= sent
        twice = {one for one, times in self.way.arrived.items() if times > 1}
        assert twice <= self.way.doubtful, "said twice, and there was no doubt"

    def teardown(self) -> None:
        """The way is good again and a day passes: all is settled, and the trail is whole."""
        try:
            self.way.mood = "sent"
            self.ticks.tick_everything()
            self.hall.clock.move(days=1)
            self.ticks.tick_everything()
            self.promises_are_what_follows(exactly=True)
            self.all_holds()
            self._all_arrived()
            for who in LOOK_AT_THE_END:
                self._look(who)
            assert verify_whole_trail(self.desk, Caller.CONSOLE).broken is None
            assert check_all_rows(self.desk, Caller.CONSOLE, opens=True) == ()
        finally:
            self.desk.close()
            self.hall.database.close()
            self._folder.cleanup()

    def _all_arrived(self) -> None:
        now, via = self.hall.clock.at, outbox.c.via
        with self.hall.database.engine.connect() as connection:
            due = outbox.c.state.in_(["waiting", "sending"]) & (outbox.c.try_at <= now)
            waits = connection.execute(select(outbox.c.key).where(due)).scalars().all()
            done = select(outbox.c.id).where((via == MAIL) & (outbox.c.state == "sent"))
            sent = connection.execute(done).scalars().all()
            count = connection.execute(select(func.count()).select_from(mailbox)).scalar_one()
        assert waits == []
        assert [one for one in sent if not self.way.arrived[one]] == []
        assert count


def _once(found: Collection[str]) -> None:
    assert len(set(found)) == len(found), [k for k, n in Counter(found).items() if n > 1]


def _dates_fit(meeting: Meeting) -> None:
    """At most one date is fixed, and one that was offered; no two are the same."""
    held = meeting.state in (MeetingState.FIXED, MeetingState.RECORDED)
    assert [s.id for s in meeting.slots].count(meeting.fixed_slot_id or "") == int(
        bool(meeting.fixed_slot_id)
    )
    assert not held or meeting.fixed_slot is not None
    assert not meeting.asks_for_dates or meeting.fixed_slot_id is None
    _once([s.id for s in meeting.slots])


def _answers_are_of_the_invited(meeting: Meeting) -> None:
    invited, offered = [i.agency_id for i in meeting.invites], {s.id for s in meeting.slots}
    _once(invited)
    assert set(meeting.answers) <= set(invited)
    assert all(set(answers) <= offered for answers in meeting.answers.values())
