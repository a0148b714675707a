"""Meetings: the best date, the consent gate, clashes, dates, answers, who may still look."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall, holiday_name
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.japanese.dates import TOKYO, show_date
from workflows.japanese.open_days import OpenDays
from workflows.meetings.answer import AnswerDates, AnswerSlot
from workflows.meetings.answer_views import GetAskedDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.best_date import ranked_slots
from workflows.meetings.convene import Convene
from workflows.meetings.fix_date import CancelMeeting, FixDate, MoveMeeting
from workflows.meetings.joinable import GetJoinableMeetings
from workflows.meetings.plan_meeting import PlanMeeting
from workflows.meetings.propose_dates import ProposeDates, proposals
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.register import GetMeetings
from workflows.meetings.run import (
    AddDates,
    CloseAnswers,
    InviteAgency,
    ReopenAnswers,
    UninviteAgency,
)
from workflows.meetings.slots import asked_about
from workflows.meetings.views import GetMeeting
from workflows.model.meeting import MeetingState
from workflows.model.notice import Notice
from workflows.model.promise import PromiseKind

WHO = {"A13": COORDINATOR, "A14": ELDERLY, "A17": DISABILITY, "A19": LIVELIHOOD}


def say(hall: TownHall, meeting_id: str, agency: str, *symbols: str, **more: Any) -> int:
    """One symbol a date, in the order of the dates."""
    slots = hall.meeting(meeting_id).slots
    answers = {s.id: symbol for s, symbol in zip(slots, symbols, strict=True)}
    return hall.desk.handle(
        AnswerDates(meeting_id, agency, answers, more.get("comments", {}), more.get("who", "")),
        more.get("by") or WHO[agency],
    )


def keys(refused: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(e.field, e.key) for e in refused.value.errors}


# -- the best date ---------------------------------------------------------------------------------


def test_a_date_that_a_required_agency_refused_is_never_the_best(hall: TownHall) -> None:
    """One required × weighs more than any number of optional ○."""
    meeting_id = hall.convene(
        hall.open_case("A14"), required=("A13", "A14"), optional=("A17", "A19")
    )
    say(hall, meeting_id, "A13", "yes", "yes")
    say(hall, meeting_id, "A14", "no", "maybe")
    say(hall, meeting_id, "A17", "yes", "no")
    say(hall, meeting_id, "A19", "yes", "no")
    best = ranked_slots(hall.meeting(meeting_id))[0]
    assert best.slot.id == hall.meeting(meeting_id).slots[1].id
    assert (best.required_yes, best.required_maybe) == (1, ("A14",))
    assert best.optional_no == ("A17", "A19")


def test_among_equals_the_earlier_date_is_the_best(hall: TownHall) -> None:
    """When everybody can come on both days, nobody waits longer than needed."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(25, 20))
    for agency in ("A13", "A14"):
        say(hall, meeting_id, agency, "yes", "yes")
    starts = [r.slot.starts_at for r in ranked_slots(hall.meeting(meeting_id))]
    assert starts == sorted(starts)


def test_a_required_yes_is_better_than_a_maybe_and_a_maybe_than_silence(hall: TownHall) -> None:
    """The order of the dates follows what is known of those who must come."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A14",), days_ahead=(20, 21))
    slots = hall.meeting(meeting_id).slots
    say(hall, meeting_id, "A14", "maybe", "yes")
    assert [r.slot.id for r in ranked_slots(hall.meeting(meeting_id))] == [slots[1].id, slots[0].id]


def test_silence_of_who_must_come_is_better_than_a_refusal(hall: TownHall) -> None:
    """Who has not answered may still come; a date that was refused stands last."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"), days_ahead=(20, 21))
    refused, open_yet = hall.meeting(meeting_id).slots
    say(hall, meeting_id, "A13", "yes", "yes")
    hall.desk.handle(AnswerSlot(meeting_id, "A14", refused.id, "no"), ELDERLY)
    assert [r.slot.id for r in ranked_slots(hall.meeting(meeting_id))] == [open_yet.id, refused.id]


# -- the consent gate ------------------------------------------------------------------------------


def test_without_consent_no_multi_layered_meeting(hall: TownHall) -> None:
    """The refusal stands at the footing and names the case, so that another can be offered."""
    case_id = hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.convene(case_id, bases=("multi_layered",))
    assert keys(refused) == {("bases", "meeting.needs_consent")}
    assert refused.value.errors[0].facts["number"] == hall.case(case_id).number


def test_with_consent_a_multi_layered_meeting_is_held(hall: TownHall) -> None:
    """A consented case goes on either footing."""
    case_id = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",))
    assert hall.meeting(meeting_id).item(case_id) is not None


def test_without_consent_the_reason_is_asked_for(hall: TownHall) -> None:
    """A case that was shared on consent until it was withdrawn needs a reason of its own."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.edit(case_id, consent="withdrawn", consent_on=None, consent_scope=None)
    with pytest.raises(Invalid) as refused:
        hall.convene(case_id, basis_reason="")
    assert keys(refused) == {("basis_reason", "meeting.reason_needed")}
    shared = hall.open_case("A14")
    assert hall.case(shared).grounds, "why it was told to others is no reason to talk about it"
    with pytest.raises(Invalid) as refused:
        hall.convene(shared, basis_reason="")
    assert keys(refused) == {("basis_reason", "meeting.reason_needed")}
    meeting_id = hall.convene(case_id, basis_reason="生活に差し迫った危険があるため。")
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(PutOnAgenda(meeting_id, (hall.case(shared).number,)), COORDINATOR)
    assert keys(refused) == {("basis_reason", "meeting.reason_needed")}
    item = hall.meeting(meeting_id).item(case_id)
    assert item is not None
    assert item.reason == "生活に差し迫った危険があるため。"


def test_a_liaison_meeting_takes_no_case(hall: TownHall) -> None:
    """連絡会 carries no case content, whatever the consent says."""
    case_id = hall.open_case("A14", **consented("A14"))
    with pytest.raises(Invalid) as refused:
        hall.convene(case_id, bases=("liaison",))
    assert keys(refused) == {("bases", "meeting.no_content")}


def test_nobody_without_the_right_chairs(hall: TownHall) -> None:
    """A member of an agency cannot be made the chair by a forged form."""
    with pytest.raises(Invalid) as refused:
        hall.convene(hall.open_case("A14"), chair=ELDERLY)
    assert keys(refused) == {("chair", "form.unknown")}


# -- dates proposed --------------------------------------------------------------------------------

DAYS = OpenDays(holiday_name=holiday_name)


def proposed(hall: TownHall, urgency: str = "normal", **more: Any) -> tuple[datetime, ...]:
    query = ProposeDates(("A14",), CHAIR, 60, urgency, **more)
    return hall.desk.ask(query, COORDINATOR).slots


def test_five_dates_from_three_weeks_ahead_on_open_days_in_office_hours(hall: TownHall) -> None:
    """通常: never sooner than three weeks, one a day, mornings and afternoons."""
    slots = proposed(hall)
    assert len(slots) == 5
    assert slots[0].date() == date(2026, 12, 11)
    assert len({s.date() for s in slots}) == 5
    assert all(DAYS.is_open(s.date()) for s in slots)
    assert all(s.time() >= DAYS.at_opening(s.date()).time() for s in slots)
    assert all(s + timedelta(hours=1) <= DAYS.at_closing(s.date()) for s in slots)
    assert {s.hour < 12 for s in slots} == {True, False}


@pytest.mark.parametrize(
    ("urgency", "first"), [("urgent", date(2026, 11, 27)), ("emergency", date(2026, 11, 24))]
)
def test_the_more_urgent_the_sooner(hall: TownHall, urgency: str, first: date) -> None:
    """至急 a week ahead; 緊急 on the next open day, here after a holiday on Monday."""
    assert proposed(hall, urgency)[0].date() == first


@pytest.mark.parametrize("urgency", ["normal", "urgent", "emergency"])
@pytest.mark.parametrize("hour", [10, 17, 22])
def test_the_deadline_lies_ahead_and_before_the_first_date(
    hall: TownHall, urgency: str, hour: int
) -> None:
    """What is proposed can always be convened as it is, at any hour of any day."""
    for days in range(8):
        hall.clock.set(datetime(2026, 12, 25, hour, tzinfo=TOKYO) + timedelta(days=days))
        found = hall.desk.ask(ProposeDates(("A14",), CHAIR, 60, urgency), COORDINATOR)
        moment = DAYS.at_closing(found.answer_by)
        assert hall.desk.now() < moment < min(found.slots)


def test_no_date_where_a_required_agency_or_the_chair_sits_already(hall: TownHall) -> None:
    """A fixed meeting of those who must come leaves its hour out; another's does not."""
    free = proposed(hall)[0]
    case_id = hall.open_case("A14")
    ahead = (free.date() - hall.desk.now().date()).days
    meeting_id = hall.convene(
        case_id, required=("A14",), chair=OTHER_COORDINATOR, days_ahead=(ahead,)
    )
    assert proposed(hall)[0] == free, "an hour that is only asked about is still free"
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    assert free not in proposed(hall)
    others = ProposeDates(("A27",), CHAIR, 60)
    assert hall.desk.ask(others, OTHER_COORDINATOR).slots[0] != free, "the chair sits there"
    assert hall.desk.ask(others, CHAIR).slots[0] == free


def test_asking_again_proposes_other_dates(hall: TownHall) -> None:
    """提案し直す never shows the same date twice."""
    assert not set(proposed(hall)) & set(proposed(hall, again=1))


def test_a_sitting_never_runs_past_closing_time() -> None:
    """A long sitting is offered only where it ends within office hours."""
    found = list(proposals(date(2026, 12, 1), 240, "normal", (), DAYS))
    assert len(found) > 10
    assert all(s + timedelta(hours=4) <= DAYS.at_closing(s.date()) for s in found)


# -- do not add meetings ---------------------------------------------------------------------------


def test_a_sitting_with_most_of_the_same_agencies_is_offered(hall: TownHall) -> None:
    """廿日市: before a new meeting, the planned one; put there, the case is on its agenda."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, required=("A13", "A14", "A17"))
    number = hall.case(second).number
    (sitting,) = hall.desk.ask(GetJoinableMeetings((number,), ("A13", "A14", "A19")), COORDINATOR)
    assert sitting.meeting_id == meeting_id
    assert len(sitting.together) == 2
    assert sitting.missing == (hall.agency_name("A19"),)
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "続けて話し合うため。"), COORDINATOR)
    assert hall.meeting(meeting_id).item(second) is not None
    assert hall.desk.ask(GetJoinableMeetings((number,), ("A13", "A14")), COORDINATOR) == ()


def test_half_of_the_agencies_is_not_most(hall: TownHall) -> None:
    """Two of four would not save a meeting."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    hall.convene(first, required=("A13", "A14"))
    wanted = ("A13", "A14", "A17", "A19")
    assert (
        hall.desk.ask(GetJoinableMeetings((hall.case(second).number,), wanted), COORDINATOR) == ()
    )


def test_a_sitting_whose_footing_needs_consent_is_not_offered_without_it(hall: TownHall) -> None:
    """The consent gate stands before this door too."""
    agreed = hall.open_case("A14", **consented("A14"))
    hall.convene(agreed, bases=("multi_layered",))
    other = hall.case(hall.open_case("A14")).number
    assert hall.desk.ask(GetJoinableMeetings((other,), ("A13", "A14")), COORDINATOR) == ()


# -- whom to invite --------------------------------------------------------------------------------


def test_agencies_on_the_case_are_suggested_as_required_with_the_reason(hall: TownHall) -> None:
    """Writer and referred agencies come first and checked; the others are only offered."""
    number = hall.case(hall.open_case("A14")).number
    plan = hall.desk.ask(PlanMeeting((number,)), COORDINATOR)
    required = {i.agency_id for i in plan.invitees if i.required}
    assert required == {"A13", "A14"}
    offered = [i for i in plan.invitees if i.suggested and not i.required]
    assert offered
    assert all(i.reasons for i in offered)
    assert [i.suggested for i in plan.invitees] == sorted(
        (i.suggested for i in plan.invitees), reverse=True
    )


def test_matters_are_named_only_to_those_who_may_read_the_case(hall: TownHall) -> None:
    """A chair without a part in the case asks for it, and is told nothing of what it is about."""
    number = hall.case(hall.open_case("A14")).number

    def matters(who: str) -> set[object]:
        plan = hall.desk.ask(PlanMeeting((number,), content=True), who)
        return {
            facts["matters"]
            for one in plan.invitees
            for key, facts in one.reasons
            if key == "suggest.field"
        }

    assert any(matters(COORDINATOR))
    assert matters(CHAIR) == set()


def test_an_agency_cannot_convene(hall: TownHall) -> None:
    """The convening right is the coordinator's and the chair's."""
    with pytest.raises(NotAllowed):
        hall.desk.ask(PlanMeeting(()), ELDERLY)


# -- answers ---------------------------------------------------------------------------------------


def test_one_answer_per_agency_and_date_whoever_of_it_answers(hall: TownHall) -> None:
    """A colleague's answer takes the place of the first; nothing is counted twice."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A01", "A14"))
    say(hall, meeting_id, "A01", "yes", "yes", by=CHAIR)
    say(hall, meeting_id, "A01", "no", "yes", by=OTHER_COORDINATOR)
    meeting = hall.meeting(meeting_id)
    assert [str(meeting.answers["A01"][s.id].symbol) for s in meeting.slots] == ["no", "yes"]
    assert len(meeting.answers["A01"]) == 2


def test_a_delegate_is_named_with_the_answer(hall: TownHall) -> None:
    """Who comes may be somebody else than who answers."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A14", "yes", "maybe", who="代理 一郎")
    assert hall.desk.ask(GetAskedDates(meeting_id), ELDERLY).who == "代理 一郎"


def test_an_answer_is_refused_once_answers_are_closed_or_the_date_is_fixed(hall: TownHall) -> None:
    """Each refusal says how it stands; what was answered stays."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A14", "yes", "no")
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    with pytest.raises(Refused) as closed:
        say(hall, meeting_id, "A14", "no", "no")
    assert closed.value.key == "answer.closed"
    hall.desk.handle(ReopenAnswers(meeting_id, "令和8年12月1日"), COORDINATOR)
    assert say(hall, meeting_id, "A14", "maybe", "no") == 1
    hall.fix(meeting_id)
    with pytest.raises(Refused) as fixed:
        say(hall, meeting_id, "A14", "no", "no")
    assert fixed.value.key == "answer.fixed"
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    with pytest.raises(Refused) as cancelled:
        say(hall, meeting_id, "A14", "no", "no")
    assert cancelled.value.key == "meeting.cancelled"
    first = hall.meeting(meeting_id).slots[0].id
    assert hall.meeting(meeting_id).answers["A14"][first].symbol == "maybe"


def test_a_date_that_has_gone_by_is_asked_about_no_more(hall: TownHall) -> None:
    """Whoever answers for all that are to come has answered; with none to come nobody is asked."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(10, 20))
    hall.clock.move(days=11)
    asked = hall.desk.ask(GetAskedDates(meeting_id), ELDERLY)
    assert [slot.id for slot in asked.dates] == [hall.meeting(meeting_id).slots[1].id]
    answer = AnswerDates(meeting_id, "A14", {asked.dates[0].id: "yes"}, {})
    hall.desk.handle(answer, ELDERLY)
    assert hall.desk.ask(GetAskedDates(meeting_id), ELDERLY).complete
    assert [p.agency_id for p in hall.promises(meeting_id, PromiseKind.ANSWER_DATES)] == ["A13"]
    hall.clock.move(days=20)
    assert not hall.desk.ask(GetAskedDates(meeting_id), ELDERLY).open
    with pytest.raises(Refused) as refused:
        hall.desk.handle(answer, ELDERLY)
    assert refused.value.key == "answer.closed"


def test_only_the_organiser_answers_for_another_agency(hall: TownHall) -> None:
    """What was said by telephone is entered by who asked, and marked; nobody else may."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A14", "yes", "yes", by=COORDINATOR)
    assert all(a.entered_for for a in hall.meeting(meeting_id).answers["A14"].values())
    for other in (OTHER_COORDINATOR, OUTSIDER):
        with pytest.raises((NotAllowed, NotFound)):
            say(hall, meeting_id, "A14", "no", "no", by=other)
    with pytest.raises(NotAllowed):
        hall.desk.ask(GetAskedDates(meeting_id, "A13"), ELDERLY)


def test_new_dates_are_asked_of_those_who_had_answered_too(hall: TownHall) -> None:
    """The old answers stay; the agency is unanswered only as to the new date."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A14", "yes", "no")
    hall.desk.handle(
        AddDates(meeting_id, ({"day": "令和8年12月14日", "starts": "10:00"},)), COORDINATOR
    )
    meeting = hall.meeting(meeting_id)
    assert not meeting.has_answered("A14")
    assert len(meeting.answers["A14"]) == 2


# -- fixing ----------------------------------------------------------------------------------------


def test_a_refused_date_needs_a_reason_which_is_kept(hall: TownHall) -> None:
    """The override is explicit: without a reason it is refused, with one it is recorded."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A13", "yes", "yes")
    say(hall, meeting_id, "A14", "no", "yes")
    with pytest.raises(Invalid) as refused:
        hall.fix(meeting_id)
    assert keys(refused) == {("reason", "fix.refused_by_required")}
    assert hall.meeting(meeting_id).state is MeetingState.COLLECTING
    hall.fix(meeting_id, reason="この日を逃すと手続きに間に合わないため")
    meeting = hall.meeting(meeting_id)
    assert meeting.override_reason == "この日を逃すと手続きに間に合わないため"
    assert hall.desk.ask(GetMeeting(meeting_id), ELDERLY).override_reason


def test_a_clash_is_found_when_fixing_and_when_moving(hall: TownHall) -> None:
    """The same required agency, or the same chair, in two rooms at once needs a reason."""
    first = hall.convene(hall.open_case("A14"), required=("A14",))
    second = hall.convene(hall.open_case("A17"), required=("A17",), days_ahead=(20, 25))
    say(hall, second, "A17", "yes", "yes")
    hall.fix(first)
    with pytest.raises(Invalid) as refused:
        hall.fix(second)
    assert keys(refused) == {("reason", "fix.clash")}
    dates = hall.desk.ask(GetMeeting(second), COORDINATOR).dates
    assert [bool(d.clashes) for d in dates] == [True, False]
    hall.fix(second, slot=1)
    with pytest.raises(Invalid) as moved:
        hall.desk.handle(MoveMeeting(second, "令和8年12月10日", "14:30", "都合"), COORDINATOR)
    assert ("reason", "fix.clash") in keys(moved)


def test_moving_raises_the_sequence_and_asks_attendance_anew(hall: TownHall) -> None:
    """Whoever had said that they come is asked again for the new time."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", True), ELDERLY)
    asked = hall.promises(meeting_id, PromiseKind.ATTEND)
    assert {p.agency_id for p in asked} == {"A13"}
    hall.desk.handle(
        MoveMeeting(meeting_id, "令和8年12月14日", "10:00", "会議室の都合"), COORDINATOR
    )
    assert hall.meeting(meeting_id).sequence == 1
    asked = hall.promises(meeting_id, PromiseKind.ATTEND)
    assert {p.agency_id for p in asked} == {"A13", "A14"}


def test_news_of_an_older_version_that_waits_does_not_stop_a_move(hall: TownHall) -> None:
    """A card of a move that was written before cards named the date from which it moved."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    old = Notice("old", "meeting_moved", ELDERLY, "old", meeting_id=meeting_id, sequence=0)
    with hall.database.open() as unit:
        unit.outbox.put(replace(old, created_at=hall.clock.at, not_before=hall.in_days(1)))
        unit.commit()
    hall.move(meeting_id, 25)
    assert hall.meeting(meeting_id).sequence == 1


# -- somebody always answers for the case ----------------------------------------------------------


@pytest.mark.parametrize(
    ("so_far", "owed"),
    [
        ("asked", PromiseKind.REPLY),
        ("accepted", PromiseKind.NAME_LEAD),
        ("led", PromiseKind.FOLLOW_UP),
    ],
)
def test_a_cancelled_meeting_leaves_the_case_with_an_open_promise(
    hall: TownHall, so_far: str, owed: PromiseKind
) -> None:
    """However far the case had come, somebody owes something on it once the meeting is off."""
    case_id = hall.open_case("A14")
    if so_far != "asked":
        hall.reply(case_id, "A14", by=ELDERLY, lead="yes" if so_far == "led" else "no")
    meeting_id = hall.convene(case_id)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    assert owed in {p.kind for p in hall.promises(case_id)}
    assert not hall.promises(meeting_id)
    assert hall.case(case_id).live_meeting_ids == []


def test_a_reassessment_is_owed_again_when_its_meeting_is_cancelled(hall: TownHall) -> None:
    """It got worse, a meeting was called and cancelled: that it got worse is not forgotten."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hall.check_on(case_id, "worse", by=ELDERLY, comment="食事がとれていません。")
    assert PromiseKind.REASSESS in {p.kind for p in hall.promises(case_id)}
    meeting_id = hall.convene(case_id)
    assert PromiseKind.REASSESS not in {p.kind for p in hall.promises(case_id)}
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    assert PromiseKind.REASSESS in {p.kind for p in hall.promises(case_id)}


def test_the_record_of_the_meeting_ends_the_reassessment(hall: TownHall) -> None:
    """Once it was discussed and recorded, nobody owes it any more."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hall.check_on(case_id, "worse", by=ELDERLY, comment="食事がとれていません。")
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id)
    hall.clock.move(days=22)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    assert hall.case(case_id).reassessment_asked_at is None


# -- who may look ----------------------------------------------------------------------------------


def test_an_agency_taken_off_loses_the_meeting_and_the_case_at_once(hall: TownHall) -> None:
    """Its look at the case came with the invitation, and goes with it."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A14", "A19"))
    hall.swear(meeting_id, LIVELIHOOD)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD).number
    hall.desk.handle(UninviteAgency(meeting_id, "A19"), COORDINATOR)
    with pytest.raises(NotFound):
        hall.desk.ask(GetMeeting(meeting_id), LIVELIHOOD)
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD)


def test_a_manager_sees_the_heading_and_no_answers(hall: TownHall) -> None:
    """Who oversees knows when and where, not who said what."""
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A14", "yes", "no")
    seen = hall.desk.ask(GetMeeting(meeting_id), MANAGER)
    assert seen.line.place
    assert (seen.partakes, seen.agencies, seen.dates, seen.story) == (False, (), (), ())
    assert dict(seen.answers) == {}


def test_the_register_shows_others_meetings_to_coordinators_alone(hall: TownHall) -> None:
    """An agency sees where it is invited; an outsider nothing; a coordinator all on request."""
    meeting_id = hall.convene(hall.open_case("A14"))

    def ids(who: str, *, everybodys: bool = False) -> list[str]:
        found = hall.desk.ask(GetMeetings(everybodys), who)
        return [line.id for line in (*found.coming, *found.over)]

    assert ids(ELDERLY) == [meeting_id]
    assert ids(OUTSIDER, everybodys=True) == []
    assert ids(OTHER_COORDINATOR) == []
    assert ids(OTHER_COORDINATOR, everybodys=True) == [meeting_id]
    hall.fix(meeting_id)
    hall.clock.move(days=30)
    found = hall.desk.ask(GetMeetings(), ELDERLY)
    assert (found.coming, [line.id for line in found.over]) == ((), [meeting_id])


def test_fixing_a_date_that_is_not_there_is_refused(hall: TownHall) -> None:
    """A forged or outdated button does nothing."""
    meeting_id = hall.convene(hall.open_case("A14"))
    with pytest.raises(NotFound):
        hall.desk.handle(FixDate(meeting_id, "no-such-date"), COORDINATOR)


# -- what speaks against a date --------------------------------------------------------------------


def against(hall: TownHall, meeting_id: str, slot: int = 0) -> dict[str, object]:
    """What fixing that date with one press is answered with: keys, with the agencies named."""
    slot_id = hall.meeting(meeting_id).slots[slot].id
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(FixDate(meeting_id, slot_id), COORDINATOR)
    assert hall.meeting(meeting_id).fixed_slot_id is None
    assert not hall.notices(key="meeting_fixed")
    return {e.key: e.facts.get("agencies") for e in refused.value.errors}


def test_a_date_that_nobody_answered_for_is_never_fixed_by_one_press(hall: TownHall) -> None:
    """No refusal is no consent: every required agency is named as not having answered."""
    meeting_id = hall.convene(hall.open_case("A14"), optional=("A17",))
    names = [hall.agency_name(a) for a in ("A13", "A14")]
    assert against(hall, meeting_id) == {"fix.unanswered_by_required": names}


def test_refused_and_not_answered_are_told_apart(hall: TownHall) -> None:
    """× and silence both ask for a reason, each agency under its own sentence."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14", "A17"))
    say(hall, meeting_id, "A13", "yes", "yes")
    say(hall, meeting_id, "A14", "no", "yes")
    assert against(hall, meeting_id) == {
        "fix.refused_by_required": [hall.agency_name("A14")],
        "fix.unanswered_by_required": [hall.agency_name("A17")],
    }


def test_where_none_is_required_silence_of_all_asks_for_a_reason(hall: TownHall) -> None:
    """Optional agencies alone: nobody has answered is said as that; one answer is enough."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A14",), optional=("A17",))
    hall.answer(meeting_id, "A14", by=ELDERLY)  # else it was required and silent
    hall.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    hall.desk.handle(InviteAgency(meeting_id, "A14", required=False), COORDINATOR)
    assert against(hall, meeting_id) == {"fix.nobody_answered": None}
    say(hall, meeting_id, "A14", "yes", "yes")
    slot = hall.meeting(meeting_id).slots[0].id
    assert hall.desk.handle(FixDate(meeting_id, slot), COORDINATOR) == 2


def test_closed_answers_are_no_answers(hall: TownHall) -> None:
    """To close the answers makes nobody agree, nor does the deadline going by."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    hall.clock.move(days=10)
    assert set(against(hall, meeting_id)) == {"fix.unanswered_by_required"}


def test_an_agency_that_is_required_afterwards_is_asked_before_a_date_is_fixed(
    hall: TownHall,
) -> None:
    """Invited late as required, or made required: its silence and its × count like any other's."""
    meeting_id = hall.convene(hall.open_case("A14"), optional=("A17",))
    for agency in ("A13", "A14"):
        say(hall, meeting_id, agency, "yes", "yes")
    say(hall, meeting_id, "A17", "no", "yes")
    hall.desk.handle(InviteAgency(meeting_id, "A17", required=True), COORDINATOR)
    hall.desk.handle(InviteAgency(meeting_id, "A19", required=True), COORDINATOR)
    assert against(hall, meeting_id) == {
        "fix.refused_by_required": [hall.agency_name("A17")],
        "fix.unanswered_by_required": [hall.agency_name("A19")],
    }


def test_a_reason_fixes_such_a_date_and_stands_there(hall: TownHall) -> None:
    """It may be right to fix it all the same: whoever does says why, and it is kept."""
    meeting_id = hall.convene(hall.open_case("A14"))
    slot = hall.meeting(meeting_id).slots[0].id
    told = hall.desk.handle(FixDate(meeting_id, slot, "電話で確かめたため。"), COORDINATOR)
    assert told == 2
    assert hall.meeting(meeting_id).override_reason == "電話で確かめたため。"


# -- closed days, nights and week-ends -------------------------------------------------------------

SATURDAY, NIGHT = "令和8年12月12日", "午後7時"


def question(refused: pytest.ExceptionInfo[Invalid]) -> tuple[str, list[str]]:
    """What a door sends back to confirm, and what is said about each date."""
    (asked,) = refused.value.errors
    assert (asked.field, asked.key) == ("confirmed", "slot.off_hours")
    why = asked.facts["why"]
    assert isinstance(why, list)
    return asked_about(refused.value.errors), why


def test_a_closed_day_and_a_night_are_asked_about_once_when_convening(hall: TownHall) -> None:
    """All odd dates in one question; confirmed, they are offered. Others are not asked about."""
    case = hall.case(hall.open_case("A14"))
    raw = {"kind": "case", "bases": ["act_106_6"], "basis_reason": "急ぐため。"}
    raw |= {"required_agencies": ["A13", "A14"]}
    rows = tuple(
        {"day": day, "starts": starts}
        for day, starts in ((SATURDAY, "10:00"), ("R8.12.14", NIGHT), ("R8.12.15", "10:00"))
    )

    def convene(confirmed: str) -> str:
        command = Convene(raw, (case.number,), rows, "令和8年12月1日", confirmed)
        return hall.desk.handle(command, COORDINATOR)

    with pytest.raises(Invalid) as refused:
        convene("")
    confirmed, why = question(refused)
    assert why == ["closed_by_town", "out_of_hours"]
    with pytest.raises(Invalid) as other:
        convene(confirmed.split()[0])  # another date than those that were asked about
    assert question(other)[1] == why
    seen = hall.desk.ask(GetMeeting(convene(confirmed)), COORDINATOR)
    assert [d.off_hours for d in seen.dates] == ["closed_by_town", "out_of_hours", ""]
    assert [d.closed for d in seen.dates] == [True, False, False]


def test_further_dates_are_asked_about_too(hall: TownHall) -> None:
    """候補日を加える asks the same question."""
    meeting_id = hall.convene(hall.open_case("A14"))
    rows = ({"day": SATURDAY, "starts": "10:00"},)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(AddDates(meeting_id, rows), COORDINATOR)
    confirmed, _ = question(refused)
    assert hall.desk.handle(AddDates(meeting_id, rows, confirmed=confirmed), COORDINATOR) == 1


def test_fixing_an_odd_date_is_asked_about_once_more(hall: TownHall) -> None:
    """It may have been offered in an hour of need: before everybody is told, one question."""
    meeting_id = hall.convene(hall.open_case("A14"), starts="19:00")
    for agency in ("A13", "A14"):
        say(hall, meeting_id, agency, "yes", "yes")
    slot = hall.meeting(meeting_id).slots[0]
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(FixDate(meeting_id, slot.id), COORDINATOR)
    confirmed, why = question(refused)
    assert why == ["out_of_hours"]
    hall.desk.handle(FixDate(meeting_id, slot.id, confirmed=confirmed), COORDINATOR)
    assert hall.meeting(meeting_id).override_reason == ""


def fixed(hall: TownHall) -> str:
    meeting_id = hall.convene(hall.open_case("A14"))
    say(hall, meeting_id, "A13", "yes", "yes")
    say(hall, meeting_id, "A14", "yes", "no")
    hall.fix(meeting_id)
    return meeting_id


def test_moving_to_an_odd_date_is_asked_about(hall: TownHall) -> None:
    """日時を変える, to a Saturday."""
    meeting_id = fixed(hall)

    def move(confirmed: str = "") -> None:
        command = MoveMeeting(meeting_id, SATURDAY, "10:00", "会場の都合。", confirmed=confirmed)
        hall.desk.handle(command, COORDINATOR)

    with pytest.raises(Invalid) as refused:
        move()
    move(question(refused)[0])
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    assert slot.starts_at.date() == date(2026, 12, 12)


def test_moving_to_a_date_that_was_refused_names_who_refused_it(hall: TownHall) -> None:
    """Their × to that very time is still known: the question names them, then it may be done."""
    meeting_id = fixed(hall)
    other = hall.meeting(meeting_id).slots[1].starts_at
    words = (show_date(other.date()), "14:00", "会場の都合。")
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(MoveMeeting(meeting_id, *words), COORDINATOR)
    (asked,) = refused.value.errors
    assert (asked.key, asked.facts["agencies"]) == (
        "move.refused_by_required",
        [hall.agency_name("A14")],
    )
    confirmed = asked_about(refused.value.errors)
    hall.desk.handle(MoveMeeting(meeting_id, *words, confirmed=confirmed), COORDINATOR)
    assert hall.meeting(meeting_id).sequence == 1


# -- what is recommended ---------------------------------------------------------------------------


def best(hall: TownHall, meeting_id: str) -> tuple[str, bool]:
    """The day that every door recommends ("" for none), and whether none of the dates works."""
    seen = hall.desk.ask(GetMeeting(meeting_id), COORDINATOR)
    return (f"{seen.best.starts_at:%m-%d}" if seen.best else "", seen.none_works)


def test_before_the_first_answer_nothing_is_recommended(hall: TownHall) -> None:
    """Nor while those who must come are silent, whatever the others said."""
    meeting_id = hall.convene(hall.open_case("A14"), optional=("A17",))
    assert best(hall, meeting_id) == ("", False)
    say(hall, meeting_id, "A17", "yes", "yes")
    assert best(hall, meeting_id) == ("", False)
    say(hall, meeting_id, "A14", "no", "yes")
    assert best(hall, meeting_id) == ("12-11", False)


def test_three_dates_all_refused_are_none_to_recommend(hall: TownHall) -> None:
    """The page says that none works, so that others are offered."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(20, 21, 24))
    say(hall, meeting_id, "A13", "yes", "yes", "yes")
    say(hall, meeting_id, "A14", "no", "no", "no")
    assert best(hall, meeting_id) == ("", True)
    rows = ({"day": "令和8年12月16日", "starts": "10:00"},)
    hall.desk.handle(AddDates(meeting_id, rows), COORDINATOR)
    assert best(hall, meeting_id) == ("", False), "the new one may still work"


def test_a_closed_day_is_never_recommended(hall: TownHall) -> None:
    """Saturday suits everybody, Friday only most: Friday; with Saturdays alone none."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(21, 22))
    say(hall, meeting_id, "A13", "yes", "yes")
    say(hall, meeting_id, "A14", "maybe", "yes")
    assert best(hall, meeting_id) == ("12-11", False)
    saturdays = hall.convene(hall.open_case("A14"), days_ahead=(22, 29))
    for agency in ("A13", "A14"):
        say(hall, saturdays, agency, "yes", "yes")
    assert best(hall, saturdays) == ("", True)


def test_a_date_that_clashes_is_never_recommended(hall: TownHall) -> None:
    """Another meeting of the same people was fixed for that hour meanwhile."""
    meeting_id = hall.convene(hall.open_case("A14"))
    for agency in ("A13", "A14"):
        say(hall, meeting_id, agency, "yes", "yes")
    assert best(hall, meeting_id) == ("12-10", False)
    fixed(hall)
    assert best(hall, meeting_id) == ("12-11", False)
