"""Nobody can leave a case without someone who answers for it: whatever members do, in any order."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, FARMING
from tests.support.town import TownHall, TownMould, holiday_name
from workflows.calendar import OpenDays
from workflows.cases.close_case import ReopenCase
from workflows.cases.model import Reply, ReplyAnswer
from workflows.cases.reply import SetLead
from workflows.cases.roles import TickRole
from workflows.dates import show_date
from workflows.errors import Refused
from workflows.followups.keep import receivers
from workflows.inbox import GetInbox
from workflows.ladder import LADDERS
from workflows.meetings.convene import PutOnAgenda
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.run import CloseAnswers, ReopenAnswers, UninviteAgency
from workflows.promises import Promise, PromiseKind, promises_of_case
from workflows.work import Work

WINDOW = {"A13": COORDINATOR, "A14": ELDERLY, "A17": DISABILITY, "A20": FARMING}
AGENCIES = sorted(WINDOW)


class Chance:
    """Draws what happens next from hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def of(self, *choices: str) -> str:
        return self._data.draw(st.sampled_from(choices))


def one_case(hall: TownHall, chance: Chance) -> str:
    return chance.of(*hall.case_ids())


def live_meeting(hall: TownHall, chance: Chance) -> str:
    with hall.database.open() as unit:
        rows = [m.id for m in unit.meetings.rows()]
    return chance.of(*rows) if rows else hall.convene(one_case(hall, chance))


def open_another(hall: TownHall, chance: Chance) -> None:
    if len(hall.case_ids()) > 3:
        return
    agency = chance.of("A14", "A17")
    agreed = consented("A13", *AGENCIES) if chance.of("yes", "no") == "yes" else UNCONSENTED
    hall.open_case(agency, danger=chance.of("no", "no", "yes"), **agreed)


def reply(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    waiting = [r.agency_id for r in hall.case(case_id).referrals if r.waits]
    if waiting:
        agency = chance.of(*waiting)
        answer = chance.of("accepted", "partly", "passed_on", "declined")
        more = {}
        if answer in ("passed_on", "declined"):
            more["next_agency"] = chance.of(*AGENCIES)
        elif chance.of("yes", "no") == "yes":
            more["lead"] = "yes"
        hall.reply(case_id, agency, answer, by=WINDOW[agency], **more)


def refer(hall: TownHall, chance: Chance) -> None:
    hall.refer(one_case(hall, chance), chance.of(*AGENCIES))


def lead(hall: TownHall, chance: Chance) -> None:
    day = show_date(hall.in_days(20).date())
    hall.desk.handle(SetLead(one_case(hall, chance), chance.of(*AGENCIES), day), COORDINATOR)


def convene(hall: TownHall, chance: Chance) -> None:
    basis = chance.of("act_106_6", "multi_layered")
    hall.convene(one_case(hall, chance), bases=[basis], required=["A13", chance.of("A14", "A20")])


def put_on(hall: TownHall, chance: Chance) -> None:
    number = hall.case(one_case(hall, chance)).number
    command = PutOnAgenda(live_meeting(hall, chance), number, "早く話し合うため。")
    hall.desk.handle(command, COORDINATOR)


def run(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    match chance.of("answer", "close", "reopen", "fix", "move", "cancel", "uninvite"):
        case "answer":
            for invite in hall.meeting(meeting_id).invites:
                hall.answer(meeting_id, invite.agency_id, by=WINDOW[invite.agency_id])
        case "close":
            hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
        case "reopen":
            day = show_date(hall.in_days(5).date())
            hall.desk.handle(ReopenAnswers(meeting_id, day), COORDINATOR)
        case "fix":
            hall.fix(meeting_id, reason="急ぐため。")
        case "move":
            day = show_date(hall.in_days(9).date())
            hall.desk.handle(MoveMeeting(meeting_id, day, "10:00", "都合のため。"), COORDINATOR)
        case "cancel":
            hall.desk.handle(CancelMeeting(meeting_id, "都合のため。"), COORDINATOR)
        case _:
            agency = hall.meeting(meeting_id).invites[-1].agency_id
            hall.desk.handle(UninviteAgency(meeting_id, agency), COORDINATOR)


def record(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    slot = hall.meeting(meeting_id).fixed_slot
    if slot is None:
        hall.fix(meeting_id, reason="急ぐため。")
        slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.at = max(hall.clock.at, slot.ends_at)
    role = {"agency": chance.of(*AGENCIES), "task": "訪問", "due_on": ""}
    judged = chance.of("continue", "watching", "closed")
    hall.save_record(meeting_id, roles=[role], closure_judgement=judged)
    if chance.of("yes", "no") == "yes":
        hall.confirm_record(meeting_id)


def edit(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    match chance.of("withdraw", "agree", "restrict", "relax"):
        case "withdraw":
            hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
        case "agree":
            hall.edit(case_id, **consented(*AGENCIES))
        case "restrict":
            hall.edit(case_id, danger="yes")
        case _:
            hall.edit(case_id, danger="no")


def plan(hall: TownHall, chance: Chance) -> None:
    hall.plan(one_case(hall, chance), short_goal=chance.of("歩く。", "話す。"))


def check(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    if hall.case(case_id).next_follow_up:
        hall.check_on(case_id, chance.of("improved", "worse"), by=COORDINATOR)


def tick(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    for role in hall.case(case_id).roles:
        if role.done_at is None:
            hall.desk.handle(TickRole(case_id, role.id), WINDOW[role.agency_id])


def close(hall: TownHall, chance: Chance) -> None:
    hall.close(one_case(hall, chance), chance.of("closed", "suspended", "watching"))


def reopen(hall: TownHall, chance: Chance) -> None:
    hall.desk.handle(ReopenCase(one_case(hall, chance), "また相談。"), COORDINATOR)


def time_passes(hall: TownHall, chance: Chance) -> None:
    hall.clock.at += timedelta(days=int(chance.of("1", "7", "40")))
    hall.keep_promises()


DEEDS: tuple[Callable[[TownHall, Chance], None], ...] = (
    open_another, reply, reply, refer, lead, convene, put_on, run, run, record, edit, plan, check,
    tick, close, reopen, time_passes,
)  # fmt: skip


def owed_for(hall: TownHall, case_id: str) -> list[Promise]:
    """What anybody owes this case: its own promises, and those of the meetings it is on."""
    case = hall.case(case_id)
    subjects = [case_id, *case.live_meeting_ids]
    owed = [p for s in subjects for p in hall.promises(s)]
    return [p for p in owed if p.kind is not PromiseKind.MEETING_SOON]


def somebody_answers(hall: TownHall) -> None:
    """The invariant, and that the clock would find somebody to tell on every rung."""
    for case_id in hall.case_ids():
        case = hall.case(case_id)
        if not case.is_open:
            assert hall.promises(case_id) == [], "a closed case owes nothing"
            assert case.live_meeting_ids == []
            continue
        owed = owed_for(hall, case_id)
        assert owed, f"nothing is owed for {case.number}: {case.state}"
        with hall.database.open() as unit:
            agency = unit.directory.agency(case.answering_agency_id)
            assert agency is not None
            assert agency.is_active(hall.clock.at.date())
            work = Work(unit, None, hall.clock.at, None, None)  # type: ignore[arg-type]
            row = unit.cases.row(case_id)
            for promise in owed:
                meeting = unit.meetings.row(promise.meeting_id) if promise.meeting_id else None
                about = row if promise.case_id else None
                for rung in LADDERS[promise.kind]:
                    assert receivers(promise, rung.tell, about, meeting, work), (promise, rung)
        if case.supporting_since:
            assert case.next_follow_up, f"{case.number} is supported and nobody looks again"
        if case.is_restricted:
            assert case.named_member_ids, "nobody may see it"


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_open_case_always_has_somebody_who_answers_and_owes(
    mould: TownMould, data: st.DataObject
) -> None:
    """After any valid deeds of any members, every open case has an agency and an open promise."""
    chance = Chance(data)
    with tempfile.TemporaryDirectory() as folder:
        hall = mould.copy(Path(folder))
        try:
            hall.open_case("A14")
            somebody_answers(hall)
            for _ in range(data.draw(st.integers(5, 25))):
                deed = data.draw(st.sampled_from(DEEDS))
                with suppress(Refused):  # a rule says no: then it must still be so
                    deed(hall, chance)
                somebody_answers(hall)
        finally:
            hall.database.close()


def test_a_case_for_which_nothing_else_is_owed_is_owed_its_next_step(hall: TownHall) -> None:
    """The net below all: no command leads here today, and if one did, somebody would be asked."""
    case = hall.case(hall.open_case("A14"))
    case.referrals[0].reply = Reply(ReplyAnswer.DECLINED, ELDERLY, hall.clock.at)
    (owed,) = promises_of_case(case, OpenDays(holiday_name))
    assert (owed.kind, owed.agency_id) == (PromiseKind.NEXT_STEP, "A13")


def test_the_deeds_reach_every_state_of_a_case(hall: TownHall) -> None:
    """The random deeds above are not refused all the time: said one by one, they work."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id, by=CHAIR)
    somebody_answers(hall)
    hall.close(case_id)
    somebody_answers(hall)
    hall.desk.handle(ReopenCase(case_id, "また相談。"), COORDINATOR)
    somebody_answers(hall)


@pytest.mark.parametrize("agency", ["A13", "A14"])
def test_an_agency_without_people_does_not_swallow_a_promise(hall: TownHall, agency: str) -> None:
    """Everybody of the answering agency has left: the coordinators who remain are told."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.desk.handle(SetLead(case_id, agency, "令和8年12月21日"), COORDINATOR)
    with hall.database.open() as unit:
        gone = [m.id for m in unit.directory.members() if m.agency_id == agency]
    hall.has_left(*gone)
    hall.clock.move(days=40)
    hall.keep_promises()
    told = hall.told("follow_up_ask")
    assert told
    assert not told & set(gone)


def test_what_is_owed_stands_in_the_inbox_of_who_owes_it(hall: TownHall) -> None:
    """The inbox, the reminders and the digest read one and the same promise."""
    case_id = hall.open_case("A14")
    (line,) = hall.desk.ask(GetInbox(), ELDERLY).to_do
    assert (line.kind, line.number) == (PromiseKind.REPLY, "R8-0001")
    hall.reply(case_id, "A14", by=ELDERLY)
    assert hall.desk.ask(GetInbox(), ELDERLY).to_do == ()
    kinds = {t.kind for t in hall.desk.ask(GetInbox(), COORDINATOR).to_do}
    assert PromiseKind.NAME_LEAD in kinds
