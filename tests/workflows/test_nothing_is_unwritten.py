"""No command but disposal makes words that were saved unfindable: random walks over a case."""

import random
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from storage.documents import to_text
from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.cases.name_members import NameMember
from workflows.cases.take_back import TakeBackReferral
from workflows.core.errors import Refused
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.record import TakeOverWriting
from workflows.meetings.run import InviteAgency, UninviteAgency
from workflows.meetings.send_back import SendBackRecord

pytestmark = pytest.mark.attack(Kind.PLANTED)

DAY = "令和8年11月20日"
STEPS = 45


class Walk:
    """Somebody works on one case at random; every word that was taken is remembered."""

    def __init__(self, hall: TownHall, seed: int) -> None:
        self.hall, self.chance, self.number = hall, random.Random(seed), count()
        self.saved: list[str] = []
        self.meetings: list[str] = []
        self.request = self.new()
        self.case_id = hall.open_case("A14", "A17", request=self.request, **consented("A14", "A17"))
        self.saved.append(self.request)

    def new(self) -> str:
        return f"ことば{next(self.number)}番。"

    def go(self) -> str:
        """Answers with what was done."""
        deeds = (
            self.edit, self.consent, self.refer, self.reply, self.take_back, self.convene,
            self.prepare, self.uninvite, self.invite, self.fix, self.pass_time, self.record,
            self.record, self.send_back, self.confirm, self.take_over, self.plan, self.cancel,
            self.close, self.name,
        )  # fmt: skip
        words = self.new()
        deed: Callable[[str], object] = self.chance.choice(deeds)
        try:
            keeps = deed(words)
        except Refused:
            return ""
        if keeps:
            self.saved.append(words)
        return deed.__name__

    def written(self) -> str:
        """Everything that the documents hold."""
        found = [to_text(self.hall.case(self.case_id))]
        return "".join([*found, *(to_text(self.hall.meeting(m)) for m in self.meetings)])

    # -- deeds: each answers whether it took the words ---------------------------------------------

    def edit(self, words: str) -> bool:
        self.hall.edit(self.case_id, summary=words)
        return True

    def consent(self, words: str) -> bool:
        kinds = (
            consented(*self.chance.sample(["A14", "A17", "A19"], k=self.chance.randint(1, 3))),
            {"consent": "no", "consent_on": DAY, "consent_scope": []},
            {"consent": "withdrawn", "consent_on": DAY, "consent_scope": []},
        )
        change: Any = {k: v for k, v in self.chance.choice(kinds).items() if v is not None}
        withdrawn: bool = change["consent"] == "withdrawn"
        reason = words if withdrawn else ""
        goes_on = ("A14",) if self.chance.random() < 0.3 else ()
        self.hall.consent(self.case_id, reason=reason, goes_on=goes_on, **change)
        return withdrawn

    def refer(self, words: str) -> bool:
        self.hall.refer(self.case_id, self.chance.choice(["A19", "A20", "A14"]), request=words)
        return True

    def reply(self, words: str) -> bool:
        who, agency = self.chance.choice([(ELDERLY, "A14"), (DISABILITY, "A17")])
        if not any(r.agency_id == agency for r in self.hall.case(self.case_id).waiting_referrals):
            return False
        self.hall.reply(self.case_id, agency, by=who, reason=words)
        return True

    def take_back(self, words: str) -> bool:
        referral = self.chance.choice(self.hall.case(self.case_id).referrals)
        self.hall.desk.handle(
            TakeBackReferral(self.case_id, referral.id, self.chance.random() < 0.5, words),
            COORDINATOR,
        )
        return True

    def convene(self, words: str) -> bool:
        base = self.chance.choice(["act_106_6", "multi_layered"])
        self.meetings.append(
            self.hall.convene(
                self.case_id,
                bases=(base,),
                required=("A14", "A17"),
                days_ahead=(10,),
                chair=CHAIR,
                basis_reason=words,
            )
        )
        return True

    def meeting(self) -> str:
        if not self.meetings:
            raise Refused("none")
        return self.chance.choice(self.meetings)

    def prepare(self, words: str) -> bool:
        meeting_id = self.meeting()
        self.hall.swear(meeting_id, ELDERLY)
        number = self.hall.case(self.case_id).number
        self.hall.desk.handle(
            SavePreparation(meeting_id, number, {"household_view": words}), ELDERLY
        )
        return True

    def uninvite(self, words: str) -> bool:
        self.hall.desk.handle(UninviteAgency(self.meeting(), "A14"), COORDINATOR)
        return False

    def invite(self, words: str) -> bool:
        agency = self.chance.choice(["A14", "A19"])
        self.hall.desk.handle(InviteAgency(self.meeting(), agency, True), COORDINATOR)
        return False

    def fix(self, words: str) -> bool:
        self.hall.fix(self.meeting())
        return False

    def pass_time(self, words: str) -> bool:
        self.hall.clock.move(days=11)
        return False

    def record(self, words: str) -> bool:
        meeting_id = self.meeting()
        roles = [{"agency": self.chance.choice(["A14", "A17"]), "task": words}]
        self.hall.save_record(meeting_id, roles=roles, ready=self.chance.random() < 0.6)
        record = self.hall.meeting(meeting_id).record
        assert record is not None
        return words in to_text(record)

    def send_back(self, words: str) -> bool:
        meeting_id = self.meeting()
        record = self.hall.meeting(meeting_id).record
        version = record.version if record else 0
        self.hall.swear(meeting_id, CHAIR)
        self.hall.desk.handle(SendBackRecord(meeting_id, version), CHAIR)
        return False

    def confirm(self, words: str) -> bool:
        meeting_id = self.meeting()
        if self.hall.meeting(meeting_id).record is None:
            return False
        self.hall.confirm_record(meeting_id)
        return False

    def take_over(self, words: str) -> bool:
        self.hall.desk.handle(TakeOverWriting(self.meeting(), CHAIR), COORDINATOR)
        return False

    def plan(self, words: str) -> bool:
        self.hall.plan(self.case_id, issues=words)
        return True

    def cancel(self, words: str) -> bool:
        self.hall.desk.handle(CancelMeeting(self.meeting(), words), COORDINATOR)
        return True

    def close(self, words: str) -> bool:
        self.hall.close(self.case_id, "watching", reason=words)
        return True

    def name(self, words: str) -> bool:
        self.hall.desk.handle(NameMember(self.case_id, ELDERLY, True), COORDINATOR)
        return False


@pytest.mark.parametrize("seed", seeds(12))
def test_whatever_is_done_to_a_case_what_was_saved_can_be_found(hall: TownHall, seed: int) -> None:
    """In some version of the case or of one of its meetings."""
    walk = Walk(hall, seed)
    for _ in range(STEPS):
        done = walk.go()
        written = walk.written()
        assert [words for words in walk.saved if words not in written] == [], done
    assert len(walk.saved) > STEPS / 10, "hardly anything was done"
