"""Random rounds of faults over a town that works, and what has to hold at their end."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from random import Random
from typing import Any, Final

from sqlalchemy import select, text

from handlers.slack.posting import MARK
from storage.tables import outbox
from tests.chaos.replica import NEVER
from tests.chaos.town import ChaosTown, Pressed
from tests.lineworks.server import StandIn as LineworksStandIn
from tests.slack.server import StandIn as SlackStandIn
from tests.support.town import holiday_name
from workflows.audit import check_all_rows, follow_to_the_end
from workflows.calendar import OpenDays
from workflows.permissions import Caller
from workflows.promises import PromiseKind, promises_of_case, promises_of_meeting

ROUNDS: Final = "CHAOS_ROUNDS"  # how many each test makes; `make chaos` sets it
FROM: Final = "CHAOS_FROM"  # the seed of the first one
AGENCIES: Final = ("A13", "A14", "A17", "A19", "A20", "A21")
SYMBOLS: Final = ("yes", "maybe", "no")
# Who presses for which agency, in Slack or LINE WORKS (town.py deals out the ways).
PRESSING: Final = {"A13": "M21", "A14": "M26", "A17": "M30", "A19": "M32"}


def seeds(usual: int) -> Sequence[int]:
    first, rounds = int(os.environ.get(FROM, "0")), int(os.environ.get(ROUNDS, "0"))
    return range(first, first + max(usual, rounds))


class Round:
    """`seed` says everything that happens, but for which of two that run at once comes first."""

    def __init__(self, town: ChaosTown, seed: int, replicas: int = 1) -> None:
        self._town, self._dice, self._replicas = town, Random(seed), replicas
        self.meeting_id = ""
        self.killed = 0

    def run(self, steps: int) -> None:
        town, dice = self._town, self._dice
        case_id = town.hands.open_case(*AGENCIES[1:4])
        self.meeting_id = town.hands.convene(case_id, required=tuple(PRESSING))
        for _ in range(dice.randint(1, self._replicas)):
            self._start()
        for _ in range(steps):
            self._revive()
            act = dice.choice(
                [
                    *(self._tick, self._tick, self._tick_together, self._press, self._press),
                    *(self._open_case, self._fault, self._pass_time, self._database_fault),
                ]
            )
            act()

    # -- what happens -----------------------------------------------------------------------------

    def _start(self) -> None:
        self._town.database_works()
        dies_at = self._dice.choice([NEVER, self._dice.randint(1, 40), self._dice.randint(40, 300)])
        if self._town.start(dies_at) is None:
            self.killed += 1

    def _revive(self) -> None:
        before = len(self._town.replicas)
        there = len(self._town.living())
        self.killed += before - there
        while not self._town.living():
            self._start()

    def _some(self) -> Any:
        return self._dice.choice(self._town.living())

    def _tick(self) -> None:
        self._some().tell("tick")

    def _tick_together(self) -> None:
        self._town.all_at_once("tick")

    def _press(self) -> None:
        agency = self._dice.choice(list(PRESSING))
        slot, symbol = self._dice.randint(0, 1), self._dice.choice(SYMBOLS)
        self._town.press(self._some(), PRESSING[agency], self.meeting_id, slot, symbol)

    def _open_case(self) -> None:
        self._town.database_works()  # or whoever opens it is told that it cannot be
        urgency = self._dice.choice(["normal", "emergency"])
        asked = self._dice.sample(AGENCIES, k=2)
        self._town.hands.open_case(*asked, urgency=urgency)

    def _pass_time(self) -> None:
        passed = timedelta(minutes=self._dice.choice([1, 5, 60, 600, 3000]))
        self._town.at(self._town.clock.at + passed)

    def _database_fault(self) -> None:
        """It comes back with the next one, or when all comes to rest."""
        self._town.database_works()
        kinds = ["full"] if self._town.is_file else ["cut", "read only"]
        match self._dice.choice([*kinds, "clock put back"]):
            case "full":
                self._town.all_at_once("disk full")
            case "cut":
                self._town.cut_connections()
            case "read only":
                self._town.read_only(on=True)
            case _:
                self._town.at(self._town.clock.at - timedelta(hours=2))

    def _fault(self) -> None:
        dice, town = self._dice, self._town
        times, arrives = dice.randint(1, 4), dice.random() < 0.5
        stand_ins: list[SlackStandIn | LineworksStandIn] = [town.slack, town.lineworks]
        for stand_in in dice.sample(stand_ins, k=dice.randint(1, 2)):
            kind = dice.choice(["unavailable", "busy", "cut", "silent"])
            if kind == "unavailable":
                stand_in.fail("*", status=503, times=times)
            elif kind == "busy":
                stand_in.fail("*", status=429, times=times, retry_after=dice.randint(1, 90))
            elif kind == "cut":
                stand_in.drop("*", times=times, arrives=arrives)
            else:
                stand_in.hang("*", times=1, arrives=arrives, seconds=0.2)
        step = dice.choice(["MAIL", "RCPT", "DATA"])
        town.office.says = {step: "451 later"} if dice.random() < 0.5 else {}


# -- what has to hold -----------------------------------------------------------------------------


def check(town: ChaosTown, meeting_id: str) -> None:
    """Once everything has come to rest."""
    _check_answers(town, meeting_id)
    _check_outbox(town)
    _check_promises(town)
    assert follow_to_the_end(town.hall.desk, Caller.CONSOLE).broken is None
    assert check_all_rows(town.hall.desk, Caller.CONSOLE, opens=True) == ()


def _check_answers(town: ChaosTown, meeting_id: str) -> None:
    """What was acknowledged holds; what was not may, and nothing else does. Whoever was told that
    the database took nothing just then knows that they have to press again."""
    answers = town.hands.meeting(meeting_id).answers
    by_date: dict[tuple[str, str], list[Pressed]] = {}
    for one in town.pressed:
        by_date.setdefault((one.agency_id, one.slot_id), []).append(one)
    for (agency, slot), presses in by_date.items():
        acknowledged = [n for n, one in enumerate(presses) if one.acknowledged]
        last = acknowledged[-1] if acknowledged else 0
        may_be = {one.symbol for one in presses[last:]}
        found = answers.get(agency, {}).get(slot)
        if acknowledged and not town.was_told_that_nothing_is_kept(PRESSING[agency]):
            assert found is not None, ("acknowledged and lost", agency, presses, town.standing())
        if found is not None and not town.was_told_that_nothing_is_kept(PRESSING[agency]):
            assert str(found.symbol) in may_be, (agency, found.symbol, presses)


def _check_outbox(town: ChaosTown) -> None:
    """Nothing waits; each message came once, or is seen not to have come, or not surely."""
    with town.hall.database.engine.connect() as connection:
        rows = connection.execute(select(outbox)).all()
        inbox = set(connection.execute(text("SELECT notice_id FROM mailbox")).scalars())
    begun = [row for row in rows if row.state in ("waiting", "sending")]
    assert not [row for row in begun if row.try_at <= town.clock.at], town.standing()
    slack, mails = _in_slack(town), _by_mail(town)
    for row in rows:
        if row.via == "" and row.state == "sent":
            assert row.id in inbox, row.key
        elif row.via == "slack":
            least, most = row.state == "sent", row.state in ("sent", "unknown")
            assert least <= slack[row.id] <= most, (row.key, row.state, slack[row.id])
        elif row.via == "mail" and row.state == "sent":
            assert mails[row.id] >= 1, row.key
    twice = Counter(row.dedupe_key for row in rows)
    assert not [key for key, times in twice.items() if times > 1]


def _in_slack(town: ChaosTown) -> Counter[str]:
    """How often each message of ours stands in Slack."""
    found: Counter[str] = Counter()
    with town.slack.world.lock:
        for channel in town.slack.world.channels.values():
            for message in channel.messages:
                data = message.get("metadata") or {}
                if data.get("event_type") == MARK:
                    found[data["event_payload"]["id"]] += 1
    return found


def _by_mail(town: ChaosTown) -> Counter[str]:
    ids = [
        message_from_bytes(one.original_content or b"")["Message-ID"] for one in town.office.taken
    ]
    return Counter(str(one).strip("<>").partition("@")[0] for one in ids)


def _check_promises(town: ChaosTown) -> None:
    """What is owed is what follows from the cases and meetings as they are, and was acted on."""
    hands, now = town.hands, town.clock.at
    with town.hall.database.open() as unit:
        assert unit.promises.due(now) == []
        hall = unit.directory.town()
        days = OpenDays(holiday_name, hall.closed_days, hall.opened_days)
        meetings = [unit.meetings.get(m) for m in unit.meetings.ids()]
    owed = [p for c in hands.case_ids() for p in promises_of_case(hands.case(c), days, now.date())]
    owed += [p for m in meetings if m for p in promises_of_meeting(m, days)]
    assert {p.key: p.due_at for p in owed} == {
        p.key: p.due_at for p in hands.promises() if p.kind is not PromiseKind.DIGEST
    }
