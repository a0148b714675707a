"""Nobody can leave a case without someone who answers for it: whatever members do, in any order."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deeds import DEEDS, Drawn, open_first_case
from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.town import TownHall, TownMould, holiday_name
from workflows.cases.close_case import ReopenCase
from workflows.cases.reply import SetLead
from workflows.core.errors import Refused
from workflows.core.work import Work
from workflows.inbox.inbox import GetInbox
from workflows.japanese.open_days import OpenDays
from workflows.model.case import Reply, ReplyAnswer
from workflows.model.promise import Promise, PromiseKind, promises_of_case
from workflows.promises.ladder import LADDERS
from workflows.reminders.keep_promises import receivers


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
    chance = Drawn(data)
    with tempfile.TemporaryDirectory() as folder:
        hall = mould.copy(Path(folder))
        try:
            open_first_case(hall)
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
    (owed,) = promises_of_case(case, OpenDays(holiday_name), hall.clock.at.date())
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
