"""Random rounds of faults over a town that works, and what has to hold at their end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select, text

from handlers.delivery.repeats import MOST_REPEATS
from handlers.slack.sending.posting import MARK
from storage.tables import outbox
from tests.chaos.deeds import AGENCIES, Deeds, Saying
from tests.chaos.replica import NEVER
from tests.chaos.town import ChaosTown
from tests.lineworks.server import StandIn as LineworksStandIn
from tests.slack.server import StandIn as SlackStandIn
from tests.support.town import holiday_name
from workflows.audit.check import check_all_rows, verify_whole_trail
from workflows.core.permissions import Caller
from workflows.japanese.open_days import OpenDays
from workflows.model.promise import PromiseKind, promises_of_case, promises_of_meeting

ROUNDS: Final = "CHAOS_ROUNDS"  # how many each test makes; `make chaos` sets it
FROM: Final = "CHAOS_FROM"  # the seed of the first one


def seeds(usual: int) -> Sequence[int]:
    first, rounds = int(os.environ.get(FROM, "0")), int(os.environ.get(ROUNDS, "0"))
    return range(first, first + max(usual, rounds))


class Round:
    """`dice` say everything that happens, but for which of two that run at once comes first."""

    def __init__(self, town: ChaosTown, dice: Random, replicas: int = 1) -> None:
        self._town, self._dice, self._replicas = town, dice, replicas
        self.deeds = Deeds(town, dice)
        self.log: list[str] = []  # what was done, and how many seconds it took

    def run(self, steps: int) -> None:
        for _ in range(self._dice.randint(1, self._replicas)):
            self._did(self._start)
        for _ in range(steps):
            while not self._town.living():
                self._did(self._start)
            self._did(self._dice.choice(self._acts()))

    def _acts(self) -> list[Callable[[], None]]:
        return [
            *(self._tick, self._tick, self._tick_together),
            *(self._say, self._say, self._do, self._do, self._do, self._command),
            *(self._open_case, self._fault, self._fault, self._pass_time),
            *(self._database_fault, self._database_fault),
        ]

    def come_to_rest(self) -> None:
        self._did(self._town.come_to_rest)

    def told(self) -> str:
        """What was done, with its seconds."""
        return f"acknowledged {self.deeds.acknowledged()}: " + "; ".join(
            [*self.log, f"waited for {dict(self._town.waited)}"]
        )

    def _did(self, act: Callable[[], None]) -> None:
        begun = time.monotonic()
        self.log.append(act.__name__.strip("_"))
        act()
        self.log[-1] += f" {time.monotonic() - begun:.1f}"

    # -- what happens -----------------------------------------------------------------------------

    def _start(self) -> None:
        self._town.broken.works()
        dies_at = self._dice.choice([NEVER, self._dice.randint(1, 40), self._dice.randint(40, 300)])
        self._town.start(dies_at)

    def _some(self) -> Any:
        return self._dice.choice(self._town.living())

    def _tick(self) -> None:
        self._some().tell("tick")

    def _tick_together(self) -> None:
        self._town.all_at_once("tick")

    def _say(self) -> None:
        self.deeds.say(self._some(), self._dice.choice(self.deeds.sayings))

    def _do(self) -> None:
        deed = self._dice.choice(self.deeds.once)
        self.log[-1] += f" {deed.what}"
        deed.attempt(self._some())

    def _command(self) -> None:
        self.deeds.command(self._some())

    def _open_case(self) -> None:
        self._town.broken.works()  # or whoever opens it is told that it cannot be
        urgency = self._dice.choice(["normal", "emergency"])
        asked = self._dice.sample(AGENCIES, k=2)
        self._town.hands.open_case(*asked, urgency=urgency)

    def _pass_time(self) -> None:
        """By minutes, hours, days; now and then somebody puts the clock back."""
        minutes = self._dice.choice([1, 5, 60, 600, 3_000, 10_000, -120, -1_500])
        self._town.at(self._town.clock.at + timedelta(minutes=minutes))

    def _database_fault(self) -> None:
        """It comes back with the next one, or when all comes to rest."""
        self._town.broken.works()
        fault = self._dice.choice(self._town.broken.kinds())
        self.log[-1] += f" {fault.__name__}"
        fault()

    def _fault(self) -> None:
        dice, town = self._dice, self._town
        times, arrives = dice.randint(1, 4), dice.random() < 0.5
        stand_ins: list[tuple[SlackStandIn | LineworksStandIn, str]] = [
            (town.slack, "chat.postMessage"),
            (town.lineworks, "send.user"),
        ]
        for stand_in, message in dice.sample(stand_ins, k=dice.randint(1, 2)):
            call = dice.choice(["*", message])  # whatever comes next, or messages alone
            kind = dice.choice(["unavailable", "busy", "cut", "silent"])
            if kind == "unavailable":
                stand_in.fail(call, status=503, times=times)
            elif kind == "busy":
                stand_in.fail(call, status=429, times=times, retry_after=dice.randint(1, 90))
            elif kind == "cut":
                stand_in.drop(call, times=times, arrives=arrives)
            else:
                stand_in.hang(call, times=1, arrives=arrives, seconds=0.2)
        town.office.calm()
        match dice.choice(["says", "before", "after", "works"]):
            case "says":
                town.office.says = {dice.choice(["MAIL", "RCPT", "DATA"]): "451 later"}
            case "before":
                town.office.cuts_before = times
            case "after":
                town.office.cuts_after = times
            case _:
                pass


# -- what has to hold -----------------------------------------------------------------------------


def check(town: ChaosTown, deeds: Deeds) -> None:
    """Once everything has come to rest."""
    for saying in deeds.sayings:
        _check_saying(town, saying)
    _check_deeds(town, deeds)
    _check_outbox(town)
    _check_promises(town)
    assert verify_whole_trail(town.hall.desk, Caller.CONSOLE).broken is None
    assert check_all_rows(town.hall.desk, Caller.CONSOLE, opens=True) == ()


def _check_saying(town: ChaosTown, saying: Saying) -> None:
    """What was acknowledged holds; what was not may, and nothing else does. Whoever was told that
    it is not done knows that they have to say it again."""
    said = sorted(saying.said, key=lambda one: one[0])  # the clock may have been put back
    acknowledged = [n for n, (*_, was) in enumerate(said) if was]
    last = acknowledged[-1] if acknowledged else 0
    may_be = {word for _, word, _ in said[last:]}
    found = saying.found()
    if not acknowledged:
        may_be |= {""}
    if found not in may_be:
        why = (saying.verb, saying.member_id, saying.said, found, town.standing())
        assert town.was_told_that_it_is_not_done(saying.member_id), ("acknowledged and lost", why)


def _check_deeds(town: ChaosTown, deeds: Deeds) -> None:
    """Each is in effect once, or never where nobody was told that it was taken in."""
    for deed in deeds.once:
        count = deed.count()
        why = (deed.what, deed.member_id, deed.tried, deed.acknowledged, count, town.standing())
        assert count <= 1, ("twice", why)
        if deed.acknowledged and not count:
            assert town.was_told_that_it_is_not_done(deed.member_id), ("lost", why)


def _check_outbox(town: ChaosTown) -> None:
    """Nothing waits; each message came once, or is seen not to have come, or not surely. What came
    again by mail says so."""
    with town.hall.database.engine.connect() as connection:
        rows = connection.execute(select(outbox)).all()
        inbox = set(connection.execute(text("SELECT notice_id FROM mailbox")).scalars())
    begun = [row for row in rows if row.state in ("waiting", "sending")]
    assert not [row for row in begun if row.try_at <= town.clock.at], town.standing()
    slack, (mails, unsaid) = _in_slack(town), town.office.notices()
    for row in rows:
        if row.via == "" and row.state == "sent":
            assert row.id in inbox, row.key
        elif row.via == "slack":
            least, most = row.state == "sent", row.state in ("sent", "unknown")
            assert least <= slack[row.id] <= most, (row.key, row.state, slack[row.id])
        elif row.via == "mail":
            why = (row.key, row.state, row.error, mails[row.id])
            assert mails[row.id] >= (row.state == "sent"), why
            assert mails[row.id] <= (MOST_REPEATS if row.id not in unsaid else 1), why
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
