"""Who may convene and does not read the case reads nothing before somebody of it has agreed."""

from typing import Any

import pytest

from tests.support.hands import consented, meant
from tests.support.people import (
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    FAR_COORDINATOR,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Command
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.japanese.dates import show_date
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.meetings.convene import Convene
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.plan_meeting import PlanMeeting
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import InviteAgency
from workflows.meetings.settle_agenda_request import (
    AgendaRequestLine,
    GetAgendaRequests,
    SettleAgendaRequest,
    TakeBackAgendaRequest,
)
from workflows.meetings.views import GetMeeting
from workflows.meetings.who_hears import ChooseWhoHears, GetHearing, HearingEdit

OWN = "A01"  # the chair's


def convene(hall: TownHall, *numbers: str, urgent: bool = False, **fields: Any) -> str:
    """The chair types these numbers and invites their own agency alone."""
    raw = {
        "kind": "case",
        "bases": ["act_106_6"],
        "basis_reason": "近所から続けて相談があるため。",
        "required_agencies": [OWN],
        "chair": CHAIR,
        **fields,
    }
    day = hall.in_days(20).date()
    slots = ({"day": show_date(day), "starts": "14:00"},)
    answer_by = show_date(hall.in_days(7).date())
    confirmed = meant([day], "14:00")
    command = Convene(raw, numbers, slots, answer_by, confirmed, open_urgently=urgent)
    return hall.desk.handle(command, CHAIR)


def reads(hall: TownHall, case_id: str, who: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads
    except (NotFound, NotAllowed):
        return False


def asked(hall: TownHall, case_id: str, who: str = COORDINATOR) -> AgendaRequestLine:
    return hall.desk.ask(GetAgendaRequests(case_id), who)[0]


def settle(hall: TownHall, case_id: str, who: str, *, agrees: bool = True) -> None:
    line = asked(hall, case_id)
    chosen = tuple(a for a, _ in line.agencies)
    hall.desk.handle(SettleAgendaRequest(case_id, line.id, agrees, chosen), who)


def test_a_chair_who_types_a_number_reads_nothing_until_it_is_agreed(hall: TownHall) -> None:
    """Neither the chair nor a colleague of the invited agency; then both, under the secrecy duty.
    Those who answer for the case hear of it, in their own area; the asker cannot answer."""
    case_id = hall.open_case("A14", by=ELDERLY)
    meeting_id = convene(hall, "R8-0001")
    assert not hall.meeting(meeting_id).agenda
    for who in (CHAIR, CLERK):
        assert not reads(hall, case_id, who)
        with pytest.raises(NotFound):
            hall.desk.ask(GetAgendaRequests(case_id), who)
    told = {n.member_id for n in hall.notices(key="agenda_request_asked")}
    assert told == {ELDERLY, COORDINATOR, OTHER_COORDINATOR}
    with pytest.raises(Refused) as far:
        settle(hall, case_id, FAR_COORDINATOR)
    assert far.value.key == "agenda_request.not_yours"
    with pytest.raises(NotFound):
        settle(hall, case_id, OUTSIDER)
    settle(hall, case_id, ELDERLY)
    assert [i.case_id for i in hall.meeting(meeting_id).agenda] == [case_id]
    assert reads(hall, case_id, CHAIR)
    assert not reads(hall, case_id, CLERK)
    hall.swear(meeting_id, CLERK)
    assert reads(hall, case_id, CLERK)
    assert [n.member_id for n in hall.notices(key="agenda_request_settled")] == [CHAIR]
    assert not hall.desk.ask(GetMeeting(meeting_id), CHAIR).requested_numbers
    with pytest.raises(Refused):
        settle(hall, case_id, ELDERLY)


def test_a_number_is_answered_neither_as_existing_nor_not(hall: TownHall) -> None:
    """One that is there, one that is not, one that is restricted, one that is closed, one whose
    letters are wide: the plan, the meeting, its story and what is told are the same until the day
    is over, then too."""
    hall.open_case("A14", by=ELDERLY)
    hall.open_case("A14", by=ELDERLY, hidden_address="yes")
    closed = hall.open_case("A14", by=ELDERLY)
    hall.reply(closed, "A14", by=ELDERLY, lead="yes")
    hall.close(closed, by=ELDERLY)
    seen = {}
    for number in ("R8-0001", "R8-0002", "R8-0003", "R8-4444", "ｒ８ー４４４５"):
        plan = hall.desk.ask(PlanMeeting((number,)), CHAIR)
        meeting_id = convene(hall, number)
        view = hall.desk.ask(GetMeeting(meeting_id), CHAIR)
        kinds = [one.kind for one in view.story]
        told = sorted(n.key for n in hall.notices() if n.member_id == CHAIR)
        others = (
            plan.cases,
            plan.unknown,
            plan.urgency,
            len(plan.numbers_to_request),
            plan.invitees,
        )
        seen[number] = repr(
            (others, len(view.requested_numbers), view.cases, kinds, view.line.numbers)
        )
        assert not told
    assert len(set(seen.values())) == 1
    for case_id in hall.desk.ask(PlanMeeting(("R8-0001",)), COORDINATOR).cases:
        assert case_id.number == "R8-0001"  # who reads it is answered as before
    hall.clock.move(days=10)
    hall.desk.handle(DoChore(Chore.AGENDA_REQUESTS), Caller.CLOCK)
    lapsed = hall.notices(key="agenda_request_settled")
    assert len(lapsed) == len(seen)
    assert {(n.facts["how"], n.facts["number"]) for n in lapsed} == {("lapsed", "")}
    assert {hall.desk.ask(GetDropReason(n), Caller.CLOCK) for n in lapsed} == {""}
    with pytest.raises(Invalid) as wrong:
        convene(hall, "だれか")
    assert [e.key for e in wrong.value.errors] == ["meeting.unknown_case"]
    with pytest.raises(Invalid) as wrong:
        convene(hall, "R8-0001", basis_reason="")
    assert [e.key for e in wrong.value.errors] == ["agenda_request.reason_needed"]


def test_it_is_declined_taken_back_or_ends_with_the_meeting(hall: TownHall) -> None:
    """Of a restricted case a no is not told before the day is over."""
    case_id = hall.open_case("A14", by=ELDERLY)
    first = convene(hall, "R8-0001")
    settle(hall, case_id, OTHER_COORDINATOR, agrees=False)
    assert [n.facts["how"] for n in hall.notices(key="agenda_request_settled")] == ["declined"]
    assert not reads(hall, case_id, CHAIR)
    second = convene(hall, "R8-0001")
    with pytest.raises((NotAllowed, NotFound)):
        hall.desk.handle(TakeBackAgendaRequest(second, "R8-0001"), OUTSIDER)
    hall.desk.handle(TakeBackAgendaRequest(second, "R8-0001"), CHAIR)
    third = convene(hall, "R8-0001")
    hall.desk.handle(CancelMeeting(third, "取りやめます。"), CHAIR)
    hows = [one.how for one in hall.case(case_id).agenda_requests]
    assert hows == ["declined", "taken_back", "taken_back"]
    assert not hall.meeting(first).requested_numbers
    hidden = hall.open_case("A14", by=ELDERLY, hidden_address="yes")
    fourth = convene(hall, "R8-0002")
    with pytest.raises(NotFound):
        hall.desk.ask(GetAgendaRequests(hidden), COORDINATOR)  # not named
    line = asked(hall, hidden, ELDERLY)
    hall.desk.handle(SettleAgendaRequest(hidden, line.id, False), ELDERLY)
    assert len(hall.meeting(fourth).requested_numbers) == 1
    assert len(hall.notices(key="agenda_request_settled")) == 1


def test_it_is_told_again_every_day_and_lapses(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by=ELDERLY)
    convene(hall, "R8-0001")
    for _ in range(2):
        hall.clock.move(days=1)
        hall.desk.handle(DoChore(Chore.AGENDA_REQUESTS), Caller.CLOCK)
    mine = [n for n in hall.notices(key="agenda_request_asked") if n.member_id == ELDERLY]
    assert len(mine) == 3
    hall.clock.move(days=6)
    with pytest.raises(Refused):
        settle(hall, case_id, ELDERLY)
    hall.desk.handle(DoChore(Chore.AGENDA_REQUESTS), Caller.CLOCK)
    assert hall.case(case_id).agenda_requests[0].how == "lapsed"


def test_it_is_heard_by_those_alone_who_were_agreed_to(hall: TownHall) -> None:
    """Whoever convenes adds nobody to hear it who was left out at the agreement, or was never asked
    for: neither by choosing nor by inviting, nor where it was opened urgently. Who answers for it
    may; and whoever was agreed to is taken off and comes back."""
    case_id = hall.open_case("A14", by=ELDERLY)
    meeting_id = convene(hall, "R8-0001", required_agencies=[OWN, "A35"], chair=FAR_COORDINATOR)
    line = asked(hall, case_id)
    assert line.chair is not None
    assert line.chair[1] == hall.agency_name("A13")  # reads it, too
    hall.desk.handle(SettleAgendaRequest(case_id, line.id, True, (OWN,)), ELDERLY)
    urgent = hall.open_case("A14", by=ELDERLY)
    at_once = convene(hall, "R8-0002", urgent=True)

    def choose(add: str = "", remove: str = "", by: str = CHAIR) -> None:
        edit = HearingEdit("R8-0001", *(((a,) if a else ()) for a in (add, remove)))
        hall.desk.handle(ChooseWhoHears(meeting_id, (edit,)), by)

    commands: tuple[Command[Any], ...] = (
        ChooseWhoHears(meeting_id, (HearingEdit("R8-0001", add=("A35",)),)),
        InviteAgency(meeting_id, "A20", False),
        InviteAgency(at_once, "A35", False),
    )
    for command in commands:
        with pytest.raises(Invalid) as wrong:
            hall.desk.handle(command, CHAIR)
        assert [e.key for e in wrong.value.errors] == ["hearing.not_agreed"]
    (seen,) = hall.desk.ask(GetHearing(meeting_id), CHAIR)
    assert [(a.agency_id, a.may_hear) for a in seen.agencies] == [(OWN, True), ("A35", False)]
    choose(remove=OWN)
    choose(add=OWN)
    choose(add="A35", by=COORDINATOR)
    hall.swear(meeting_id, OUTSIDER)
    assert reads(hall, case_id, OUTSIDER)
    assert not reads(hall, urgent, OUTSIDER)


def test_consent_and_footing_hold_on_top(hall: TownHall) -> None:
    """On a footing that asks for consent nobody can agree away what the person did not say."""
    case_id = hall.open_case("A14", by=ELDERLY)
    convene(hall, "R8-0001", bases=["multi_layered"])
    with pytest.raises(Refused) as refused:
        settle(hall, case_id, ELDERLY)
    assert refused.value.key == "meeting.needs_consent"
    agreed = hall.open_case("A14", by=ELDERLY, **consented("A14"))
    convene(hall, "R8-0002", bases=["multi_layered"])
    with pytest.raises(Invalid):  # it covers none of those invited
        settle(hall, agreed, ELDERLY)
    assert not reads(hall, agreed, CHAIR)
    # 緊急 neither: it waits like any other.
    convene(hall, "R8-0001", bases=["multi_layered"], urgent=True)
    assert not reads(hall, case_id, CHAIR)


def test_an_urgent_one_is_opened_at_once_and_looked_at_afterwards(hall: TownHall) -> None:
    """The writer, the lead and the coordinators hear at once, every day until somebody looked, and
    the managers once its day is over; they say so or shut it; each use is counted."""
    case_id = hall.open_case("A14", by=ELDERLY)
    meeting_id = convene(hall, "R8-0001", urgent=True)
    assert reads(hall, case_id, CHAIR)
    told = {n.member_id for n in hall.notices(key="opened_urgently")}
    assert told == {ELDERLY, COORDINATOR, OTHER_COORDINATOR}
    assert [e.actor_id for e in hall.events(case_id) if e.kind == "opened_urgently"] == [CHAIR]
    with pytest.raises(Refused):
        settle(hall, case_id, FAR_COORDINATOR)
    hall.clock.move(days=8)
    hall.desk.handle(DoChore(Chore.AGENDA_REQUESTS), Caller.CLOCK)
    late = {n.member_id: n.facts["may_answer"] for n in hall.notices(key="opened_urgently")}
    assert (late[MANAGER], late[ELDERLY]) == (False, True)
    settle(hall, case_id, OTHER_COORDINATOR, agrees=False)
    assert not reads(hall, case_id, CHAIR)
    assert not hall.meeting(meeting_id).agenda
    second = hall.open_case("A14", by=ELDERLY)
    convene(hall, "R8-0002", urgent=True)
    settle(hall, second, ELDERLY)
    assert hall.case(second).agenda_requests[0].how == "reviewed"
    assert reads(hall, second, CHAIR)
    restricted = hall.open_case("A14", by=ELDERLY, hidden_address="yes")
    convene(hall, "R8-0003", urgent=True)
    assert not reads(hall, restricted, CHAIR)


def test_who_reads_it_already_convenes_as_before(hall: TownHall) -> None:
    """A coordinator, and a chair whose agency has a part; who is told of a wrong number."""
    case_id = hall.open_case("A01", by=ELDERLY)
    hall.reply(case_id, "A01", by=CLERK)
    if reads(hall, case_id, CHAIR):
        meeting_id = convene(hall, "R8-0001")
        assert [i.case_id for i in hall.meeting(meeting_id).agenda] == [case_id]
    assert hall.meeting(hall.convene(case_id, by=COORDINATOR)).agenda
    assert hall.desk.ask(PlanMeeting(("R8-4444",)), COORDINATOR).unknown == ("R8-4444",)


# -- named at once --------------------------------------------------------------------------------


def test_a_coordinator_from_another_area_is_named_at_once_with_the_reason(hall: TownHall) -> None:
    """Who convenes on it, or puts it on an agenda, without belonging to it or to its area: the
    writer and the lead read who and why; without a reason it is refused; who belongs gives none."""
    case_id = hall.open_case("A14", by=ELDERLY)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    outside = "M02"  # of A01, other districts
    with pytest.raises(Invalid) as wrong:
        hall.convene(case_id, by=outside, basis_reason="")
    assert "basis_reason" in {e.field for e in wrong.value.errors}
    hall.convene(case_id, by=outside, basis_reason="担当の方が休みのため。")
    told = hall.notices(key="case_taken_up")
    assert {n.member_id for n in told} == {ELDERLY}
    assert {n.facts["reason"] for n in told} == {"担当の方が休みのため。"}
    assert hall.case(case_id).agenda_requests[-1].how == "other_area"
    meeting_id = hall.convene(hall.open_case("A14"), by=COORDINATOR)
    with pytest.raises(Invalid):
        hall.desk.handle(PutOnAgenda(meeting_id, ("R8-0002",)), outside)
    other = hall.open_case("A14", **consented("A14"))
    put = PutOnAgenda(meeting_id, (hall.case(other).number,), "", {})
    with pytest.raises(Invalid) as asked_why:  # also with consent, where no reason is asked for
        hall.desk.handle(put, outside)
    assert [e.key for e in asked_why.value.errors] == ["agenda_request.outside_reason"]
    number = hall.case(other).number
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "担当の方が休みのため。"), outside)
    every = hall.notices(key="case_taken_up")
    # Who wrote it and organises the meeting.
    assert {n.member_id for n in every if n.case_id == other} == {COORDINATOR}
    hall.convene(hall.open_case("A14", by=ELDERLY), by=OTHER_COORDINATOR)
    assert len(hall.notices(key="case_taken_up")) == len(every)


def test_who_adds_their_own_agency_to_anothers_meeting_is_named_at_once(hall: TownHall) -> None:
    """By an invitation, and by choosing who hears: writer, lead and organiser read who and why."""
    case_id = hall.open_case("A14", by=ELDERLY)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id, by=COORDINATOR, required=("A13", "A14"))
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(InviteAgency(meeting_id, OWN, False), OTHER_COORDINATOR)
    assert [(e.field, e.key) for e in wrong.value.errors] == [
        ("reason", "agenda_request.own_reason")
    ]
    assert hall.meeting(meeting_id).invite(OWN) is None
    why = "制度の窓口として助言するため。"
    hall.desk.handle(InviteAgency(meeting_id, OWN, required=False, reason=why), OTHER_COORDINATOR)
    told = hall.notices(key="case_taken_up")
    assert {n.member_id for n in told} == {ELDERLY, COORDINATOR}
    assert {(n.facts["reason"], n.facts["why"]) for n in told} == {(why, "own_agency")}
    number = hall.case(case_id).number
    hall.desk.handle(ChooseWhoHears(meeting_id, (HearingEdit(number, remove=(OWN,)),)), CHAIR)
    again = (HearingEdit(number, add=(OWN,)),)
    with pytest.raises(Invalid):
        hall.desk.handle(ChooseWhoHears(meeting_id, again), CHAIR)  # the chair's own, too
    hall.desk.handle(ChooseWhoHears(meeting_id, again, why), CHAIR)
    assert len(hall.notices(key="case_taken_up")) == 2 * len(told)
    # The organiser's own, and another agency, need none.
    hall.desk.handle(InviteAgency(meeting_id, "A20", required=False), OTHER_COORDINATOR)
    assert [one.how for one in hall.case(case_id).agenda_requests] == ["own_agency"] * 2
