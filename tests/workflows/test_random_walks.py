"""Cases merged, split, restricted, taken back and reopened at random, by anybody: what must hold.

Every walk is drawn from a seed. Whatever people press, in any order, a command is carried out or
refused by a sentence; a restricted case keeps somebody who reads and answers for it; nobody reads
more through a merge or a split than what they owe was carried over for; and what an agency owed
goes over, ends and is told, or stands where it stood.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import pytest

from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.hands import UNCONSENTED, consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FAR_COORDINATOR,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.workflows.test_split_case import BASIS, HOUSEHOLD, REASON, begun
from workflows.cases.close_case import ReopenCase
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.merge_cases import MergeCases, PreviewMerge
from workflows.cases.name_members import NameMember
from workflows.cases.new_reader import GetUnreadCases
from workflows.cases.readers import current_directory, first_day_unread
from workflows.cases.reply import SetLead
from workflows.cases.report_wrong_person import ReportWrongPerson
from workflows.cases.roles import TickRole
from workflows.cases.sheet_versions import GetEarlierSheet, GetSheetVersions
from workflows.cases.split_case import ItemToMove, SplitCase
from workflows.cases.still_needed import SayStillNeeded, TakeBackStillNeeded
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.unrestrict import ProposeUnrestricting, SettleUnrestricting
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import GetFormerSheet, TakeBackWrongPersonReport
from workflows.core.errors import NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import UninviteAgency
from workflows.meetings.views import GetMeeting
from workflows.model.promise import PromiseKind
from workflows.overview.coordinator_desk import GetCoordinatorDesk

pytestmark = [pytest.mark.attack(Kind.PLANTED), pytest.mark.usefixtures("no_scan_in_transaction")]

AGENCY_OF = {COORDINATOR: "A13", ELDERLY: "A14", DISABILITY: "A17", LIVELIHOOD: "A19",
             FARMING: "A20"}  # fmt: skip
AGENCIES = tuple(AGENCY_OF.values())
PEOPLE = (*AGENCY_OF, OTHER_COORDINATOR, FAR_COORDINATOR, "M24", "M27", CHAIR, MANAGER,
          ADMINISTRATOR, OUTSIDER)  # fmt: skip
NAMES = ("浮舟 はつ江", "夕霧 さち", "柏木 実")
MOST = 5  # cases at the same time: walks come back to the same ones
STEPS = 45  # that were taken; about as many are refused
SEEDS = (0, 3, 4)

Reads = frozenset[tuple[str, str]]


@dataclass
class Stands:
    """Who reads which case, which restricted ones somebody answers for, and what is owed."""

    reads: Reads
    answered: frozenset[str]
    unanswered: frozenset[str]
    owed: dict[str, tuple[PromiseKind, str, str, datetime]]


@dataclass
class Walk:
    hall: TownHall
    chance: Random
    cases: list[str] = field(default_factory=list)
    meetings: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    stood: "Stands | None" = None

    # -- pressing at random ------------------------------------------------------------------------

    def person(self) -> str:
        return self.chance.choice(PEOPLE)

    def case(self) -> str:
        return self.chance.choice(self.cases)

    def meeting(self) -> str:
        return self.chance.choice(self.meetings) if self.meetings else ""

    def some(self, most: int = 3) -> tuple[str, ...]:
        return tuple(self.chance.sample(AGENCIES[1:], self.chance.randint(1, most)))

    def may_act(self, case_id: str) -> str:
        """Mostly one who may, so that walks come somewhere."""
        named = self.hall.case(case_id).named_member_ids
        usual = named or [COORDINATOR, OTHER_COORDINATOR]
        return self.person() if self.chance.random() < 0.2 else self.chance.choice(usual)

    def step(self) -> str:
        name = self.chance.choice(OFTEN)
        before = self.stood or self.stands()
        self.hall.clock.move(minutes=self.chance.randint(1, 300))
        try:
            PRESSES[name](self)
        except Refused:
            assert self.stands() == before, f"{self.pressed}: {name} was refused, and did something"
            return ""
        self.pressed.append(name)
        self.holds(before, name)
        return name

    # -- what must hold ----------------------------------------------------------------------------

    def stands(self) -> Stands:
        with self.hall.database.open() as unit:
            work = self.hall.desk._work(unit, COORDINATOR, "")
            rows = unit.cases.rows(open_only=False)
            members = [m for p in PEOPLE if (m := unit.directory.member(p))]
            reads = frozenset(
                (m.id, row.id)
                for m in members
                for row in rows
                if work.as_member(m).may(Action.READ_CASE, row).allowed
            )
            staff = current_directory(work)
            unread = frozenset(
                r.id
                for r in rows
                if r.restricted and first_day_unread(r, staff, work) == work.today
            )
            answered = frozenset(r.id for r in rows if r.restricted) - unread
            owed = {
                p.key: (p.kind, p.case_id or "", p.agency_id or "", p.due_at)
                for p in unit.promises.open(kinds=[PromiseKind.REPLY, PromiseKind.ROLE])
            }
        return Stands(reads, answered, unread, owed)

    def holds(self, before: Stands, name: str) -> None:
        now = self.stood = self.stands()
        lost = before.answered & now.unanswered
        assert not lost, f"{self.pressed}: nobody who answers reads {lost} any more"
        if name in ("merge", "split"):
            self.nothing_is_lost(before, now)
        if name == "merge":
            self.nobody_reads_more_by_a_merge(before, now)
        if name == "split":
            self.nobody_reads_more_by_a_split(before, now)

    def nothing_is_lost(self, before: Stands, now: Stands) -> None:
        after = {(kind, agency, due) for kind, _, agency, due in now.owed.values()}
        for key in before.owed.keys() - now.owed.keys():
            kind, case_id, agency, due = before.owed[key]
            keys = {n.key for n in self.hall.notices() if n.created_at == self.hall.desk.now()}
            told = keys & {"part_ended", "parts_ended", "referral_taken_back"}
            assert (kind, agency, due) in after or told, f"{key} of {case_id} is gone"

    def nobody_reads_more_by_a_merge(self, before: Stands, now: Stands) -> None:
        came = set()
        for case_id in self.cases:
            case = self.hall.case(case_id)
            owed = [(r.agency_id, r.came) for r in case.referrals]
            owed += [(r.agency_id, r.came) for r in case.roles]
            came |= {(agency, case_id) for agency, carried in owed if carried}
        leads = {(self.hall.case(c).leading_agency_id, c) for c in self.cases}
        for member_id, case_id in now.reads - before.reads:
            with self.hall.database.open() as unit:
                member = unit.directory.member(member_id)
            assert member is not None
            carried = (member.agency_id, case_id) in came | leads
            put_on = any(case_id in (i.case_id for i in self.hall.meeting(m).agenda if i.came)
                         for m in self.meetings)  # fmt: skip
            assert carried or put_on, f"{self.pressed}: {member_id} reads {case_id} by the merge"

    def nobody_reads_more_by_a_split(self, before: Stands, now: Stands) -> None:
        new = self.hall.case(self.cases[-1])
        old = new.split_from[-1].case_id
        for member_id, case_id in now.reads - before.reads:
            assert case_id == new.id, f"{self.pressed}: {member_id} reads {case_id} by the split"
            assert (member_id, old) in before.reads, f"{self.pressed}: {member_id} reads {case_id}"

    def every_page_opens(self) -> None:
        """Or is refused by a sentence; to everybody."""
        asked: list[Any] = [GetCoordinatorDesk(), GetInbox(), GetUnreadCases()]
        for case_id in self.cases:
            asked += [GetCase(case_id, page) for page in (CasePage.CASE, CasePage.PAPER)]
            asked += [GetDisclosures(case_id), GetSheetVersions(case_id), GetFormerSheet(case_id)]
            asked += [GetEarlierSheet(case_id, 1)]
            other = self.hall.case(self.case()).number
            asked += [PreviewMerge(case_id, other)]
        asked += [GetMeeting(m) for m in self.meetings]
        for member_id in PEOPLE:
            for query in asked:
                with suppress(Refused):
                    self.hall.desk.ask(query, member_id)


# -- what is pressed -------------------------------------------------------------------------------

PRESSES: dict[str, Callable[[Walk], object]] = {}


def press(act: Callable[[Walk], object]) -> Callable[[Walk], object]:
    PRESSES[act.__name__] = act
    return act


@press
def open_one(walk: Walk) -> None:
    if len(walk.cases) > MOST:
        raise NotFound("x")
    agencies = walk.some()
    said = consented(*{*agencies, *walk.some()}) if walk.chance.random() < 0.8 else {}
    restricted = "yes" if walk.chance.random() < 0.5 else "no"
    by = walk.chance.choice((COORDINATOR, ELDERLY, "M24", "M24"))
    new = walk.hall.open_case(*agencies, by=by, name=walk.chance.choice(NAMES),
                              household=HOUSEHOLD, hidden_address=restricted, **said)  # fmt: skip
    walk.cases.append(new)


@press
def refer(walk: Walk) -> None:
    case_id = walk.case()
    walk.hall.refer(case_id, *walk.some(1), by=walk.may_act(case_id))


@press
def reply(walk: Walk) -> None:
    case_id = walk.case()
    waiting = walk.hall.case(case_id).waiting_referrals
    if not waiting:
        raise NotFound("x")
    agency = walk.chance.choice(waiting).agency_id
    by = next(m for m, a in AGENCY_OF.items() if a == agency)
    lead = {"lead": "yes"} if walk.chance.random() < 0.5 else {}
    answer = walk.chance.choice(("accepted", "accepted", "declined"))
    walk.hall.reply(case_id, agency, answer, by=by, **(lead if answer == "accepted" else {}))


@press
def take_back(walk: Walk) -> None:
    case_id = walk.case()
    referrals = walk.hall.case(case_id).referrals
    if not referrals:
        raise NotFound("x")
    which, mistake = walk.chance.choice(referrals).id, walk.chance.random() < 0.5
    command = TakeBackReferral(case_id, which, mistake, "取り違えたため。")
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def lead(walk: Walk) -> None:
    case_id = walk.case()
    day = show_date(walk.hall.in_days(30).date())
    command = SetLead(case_id, walk.chance.choice(AGENCIES), day)
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def consent(walk: Walk) -> None:
    case_id = walk.case()
    goes_on = walk.some(1) if walk.chance.random() < 0.3 else ()
    said = walk.chance.choice(
        (consented(*walk.some()), {"consent": "no"}, {"consent": "withdrawn"}, consented())
    )
    if goes_on:
        ground = ("unconsented_basis", "unconsented_reason")
        said = said | {name: UNCONSENTED[name] for name in ground}
    walk.hall.consent(case_id, by=walk.may_act(case_id), goes_on=goes_on, **said)


@press
def restrict(walk: Walk) -> None:
    case_id = walk.case()
    walk.hall.edit(case_id, by=walk.may_act(case_id), hidden_address="yes")


@press
def propose(walk: Walk) -> None:
    case_id = walk.case()
    command = ProposeUnrestricting(case_id, "相手方が転居したため。")
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def settle(walk: Walk) -> None:
    case_id = walk.case()
    waiting = walk.hall.case(case_id).unrestricting
    proposal, agrees = waiting.id if waiting else "", walk.chance.random() < 0.7
    by = walk.may_act(case_id)
    walk.hall.desk.handle(SettleUnrestricting(case_id, proposal, agrees), by)
    assert waiting is not None
    assert not (agrees and waiting.by == by), f"{walk.pressed}: agreed to by who proposed it"


@press
def name_somebody(walk: Walk) -> None:
    case_id = walk.case()
    command = NameMember(case_id, walk.person(), True)
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def take_off(walk: Walk) -> None:
    case_id = walk.case()
    named = walk.hall.case(case_id).named_member_ids or [COORDINATOR]
    command = NameMember(case_id, walk.chance.choice(named), False)
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def correct(walk: Walk) -> None:
    case_id, whose = walk.case(), walk.chance.choice(("same", "another"))
    by = walk.may_act(case_id)
    walk.hall.edit(case_id, by=by, whose=whose, name=walk.chance.choice(NAMES))


@press
def another_after_all(walk: Walk) -> None:
    case_id = walk.case()
    version = walk.chance.randint(1, walk.hall.case(case_id).sheet_version)
    walk.hall.desk.handle(ReportWrongPerson(case_id, version), walk.may_act(case_id))


@press
def same_after_all(walk: Walk) -> None:
    case_id = walk.case()
    wrong = [w.id for w in walk.hall.case(case_id).wrong_persons] or [""]
    command = TakeBackWrongPersonReport(case_id, walk.chance.choice(wrong))
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def merge(walk: Walk) -> None:
    one, other = walk.case(), walk.case()
    command = MergeCases(one, walk.hall.case(other).number)
    walk.hall.desk.handle(command, walk.chance.choice((COORDINATOR, OTHER_COORDINATOR)))


@press
def split(walk: Walk) -> None:
    case_id = walk.case()
    case = walk.hall.case(case_id)
    if not case.sheet.get("household"):
        raise NotFound("x")
    owed = [f"reply:{r.id}" for r in case.waiting_referrals]
    owed += [f"role:{r.id}" for r in case.open_roles]
    over = walk.chance.sample(owed, walk.chance.randint(0, len(owed)))
    agency = {f"reply:{r.id}": r.agency_id for r in case.referrals}
    agency |= {f"role:{r.id}": r.agency_id for r in case.roles}
    lead = walk.chance.choice(["", *(agency[o] for o in over)])
    things = tuple(ItemToMove(o, BASIS, REASON) for o in over)
    command = SplitCase(case_id, case.sheet_version, "0", (), begun(walk.hall, case_id), (),
                        things, lead, texts_seen=True)  # fmt: skip
    walk.cases.append(walk.hall.desk.handle(command, walk.may_act(case_id)))


@press
def close(walk: Walk) -> None:
    case_id = walk.case()
    kind = walk.chance.choice(("closed", "suspended", "watching"))
    walk.hall.close(case_id, kind, by=walk.may_act(case_id))


@press
def reopen(walk: Walk) -> None:
    case_id = walk.case()
    command = ReopenCase(case_id, "まだ続けることがあるため。")
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def needed(walk: Walk) -> None:
    case_id = walk.case()
    if walk.hall.case(case_id).need_ask is None:
        walk.hall.ask_whether_needed(case_id)
    walk.hall.desk.handle(SayStillNeeded(case_id, "訪問が続くため。"), walk.may_act(case_id))


@press
def not_needed_so(walk: Walk) -> None:
    case_id = walk.case()
    asked = [a.id for a in walk.hall.case(case_id).need_asks] or [""]
    command = TakeBackStillNeeded(case_id, walk.chance.choice(asked))
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def convene(walk: Walk) -> None:
    case_id = walk.case()
    wanted = tuple(dict.fromkeys(("A13", *walk.some(2))))
    days = walk.chance.randint(3, 20)
    by, chair = walk.may_act(case_id), walk.chance.choice((CHAIR, COORDINATOR))
    new = walk.hall.convene(case_id, by=by, required=wanted, days_ahead=(days,), chair=chair)
    walk.meetings.append(new)


@press
def put_on(walk: Walk) -> None:
    case_id, meeting_id = walk.case(), walk.meeting()
    number = walk.hall.case(case_id).number
    command = PutOnAgenda(meeting_id, (number,), "話し合うため。", {number: walk.some()})
    walk.hall.desk.handle(command, walk.may_act(case_id))


@press
def uninvite(walk: Walk) -> None:
    command = UninviteAgency(walk.meeting(), walk.chance.choice(AGENCIES))
    walk.hall.desk.handle(command, COORDINATOR)


@press
def cancel(walk: Walk) -> None:
    walk.hall.desk.handle(CancelMeeting(walk.meeting(), "都合がつかないため。"), COORDINATOR)


@press
def sit(walk: Walk) -> None:
    """It takes place, and gives somebody a role, perhaps the lead."""
    meeting_id = walk.meeting()
    if not meeting_id:
        raise NotFound("x")
    meeting = walk.hall.meeting(meeting_id)
    if meeting.fixed_slot is None:
        walk.hall.fix(meeting_id, by=meeting.organiser_id)
        return
    if not meeting.has_begun(walk.hall.desk.now()):
        walk.hall.clock.move(days=(meeting.fixed_slot.starts_at - walk.hall.desk.now()).days + 1)
        return
    roles = [{"agency": a, "task": "弁当を届ける。"} for a in walk.some(2)]
    if meeting.record is None:
        walk.hall.save_record(meeting_id, by=meeting.organiser_id, roles=roles)
    walk.hall.confirm_record(meeting_id, by=meeting.chair_id or CHAIR)


@press
def tick(walk: Walk) -> None:
    case_id = walk.case()
    roles = [r.id for r in walk.hall.case(case_id).roles] or [""]
    walk.hall.desk.handle(TickRole(case_id, walk.chance.choice(roles)), walk.may_act(case_id))


@press
def time_passes(walk: Walk) -> None:
    walk.hall.clock.move(days=walk.chance.randint(1, 20))
    walk.hall.keep_promises()


MORE = (
    "take_off",
    "take_off",
    "lead",
    "merge",
    "merge",
    "split",
    "reopen",
    "consent",
    "sit",
    "sit",
    "reply",
    "refer",
)
OFTEN = (*sorted(PRESSES), *MORE)


@pytest.mark.parametrize("seed", seeds(3, of=SEEDS, share=0.2))
def test_whatever_is_pressed_nothing_is_lost_and_nobody_reads_more(
    hall: TownHall, seed: int
) -> None:
    walk = Walk(hall, Random(seed))
    open_one(walk)
    open_one(walk)
    while len(walk.pressed) < STEPS:
        walk.step()
    walk.every_page_opens()
