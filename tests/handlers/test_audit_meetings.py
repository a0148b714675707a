"""Meetings read against their contract: who learns what when something changes on the way."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.hands import consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import (
    AddDates,
    CloseAnswers,
    InviteAgency,
    ReopenAnswers,
    UninviteAgency,
)
from workflows.model.promise import PromiseKind


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


# -- a case that becomes restricted on the way -----------------------------------------------------


def test_a_case_restricted_before_its_meeting_stays_open_to_those_who_come(hall: TownHall) -> None:
    """Chair, organiser and the windows that attend for it become named; nobody else does."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A17"), optional=("A19",))
    hall.edit(case_id, danger="yes")
    named = set(hall.case(case_id).named_member_ids)
    assert {CHAIR, COORDINATOR, DISABILITY, LIVELIHOOD, ELDERLY} <= named
    hall.swear(meeting_id, CHAIR, DISABILITY)
    for member in (CHAIR, DISABILITY):
        assert hall.desk.ask(GetCase(case_id, CasePage.CASE), member).sheet
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), OTHER_COORDINATOR)


def test_an_agency_that_attends_for_another_case_alone_is_not_named(hall: TownHall) -> None:
    """Taken off the agenda of this case, invited for the other: it learns nothing of this one."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, second, required=("A13", "A17"))
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        item = meeting.item(first)
        assert item is not None
        item.agency_ids.remove("A17")
        unit.commit()
    hall.edit(first, danger="yes")
    assert DISABILITY not in hall.case(first).named_member_ids


def test_everybody_who_becomes_named_through_a_meeting_stands_in_the_trail(hall: TownHall) -> None:
    """No name on the list without an event that says when it came there."""
    case_id = hall.open_case("A14", danger="yes")
    hall.convene(case_id, required=("A13", "A17"))
    told = [e.facts["member"] for e in hall.events(case_id) if e.kind == "member_named"]
    case = hall.case(case_id)
    assert set(told) | {case.opened_by} == set(case.named_member_ids)
    assert CHAIR in told


# -- who is invited --------------------------------------------------------------------------------


def kinds(hall: TownHall, meeting_id: str) -> list[str]:
    with hall.database.open() as unit:
        return [e.kind for e in unit.events.of_meeting(meeting_id)]


def test_making_an_agency_required_or_optional_is_part_of_the_story(
    hall: TownHall, app: Flask
) -> None:
    """Said once, in words, and only when it really changed."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    for _ in range(2):
        hall.desk.handle(InviteAgency(meeting_id, "A14", False), COORDINATOR)
    assert kinds(hall, meeting_id).count("invite_changed") == 1
    text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "「地域包括支援センターひだまり」の出席を任意に変えました" in text


def test_an_agency_invited_again_is_asked_again(hall: TownHall) -> None:
    """Taken off by mistake and invited once more: it gets a card of its own."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A17"))
    hall.desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    hall.clock.move(minutes=5)
    hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    assert len(hall.notices(DISABILITY, "dates_asked")) == 2


def test_an_agency_invited_to_a_fixed_date_is_told_the_date(hall: TownHall) -> None:
    """There is nothing to answer any more: it learns when and where, and whether it comes is asked.

    The card must also pass the last look before it goes out.
    """
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    hall.desk.handle(InviteAgency(meeting_id, "A20", True), COORDINATOR)
    assert hall.notices(FARMING, "dates_asked") == []
    (told,) = hall.notices(FARMING, "meeting_fixed")
    assert told.facts["invited"] is True
    assert hall.desk.ask(GetDropReason(told), Caller.CLOCK) == ""
    asked = hall.promises(meeting_id, PromiseKind.ATTEND)
    assert "A20" in {p.agency_id for p in asked}


def test_a_withdrawal_tells_the_invited_agencies_that_the_case_is_off(hall: TownHall) -> None:
    """The organiser decides how to go on; each agency learns which case is not talked about.

    Who was to come for it alone is told that it comes no more, and that the case is closed to it.
    """
    case_id = hall.open_case("A14", **consented("A14", "A17"))
    meeting_id = hall.convene(case_id, bases=["multi_layered"], required=("A13", "A14", "A17"))
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    assert hall.told("taken_off_agenda") == {COORDINATOR}
    assert hall.told("case_off_agenda") == {CHAIR}
    assert hall.told("part_ended") == hall.told("uninvited") == {ELDERLY, DISABILITY}
    for notice in [*hall.notices(key="part_ended"), *hall.notices(key="case_off_agenda")]:
        assert notice.facts["number"] == "R8-0001"
        assert notice.case_id is None
        assert hall.desk.ask(GetDropReason(notice), Caller.CLOCK) == ""
    assert [i.agency_id for i in hall.meeting(meeting_id).invites] == ["A13"]
    ticks_of(hall).tick()
    assert {"part_ended", "uninvited"} <= {i.notice.key for i in hall.mail(DISABILITY)}


def test_a_withdrawal_on_a_restricted_case_tells_the_named_alone(hall: TownHall) -> None:
    """A colleague who may not know of the case is told nothing of it."""
    case_id = hall.open_case("A14", danger="yes", **consented("A14"))
    hall.convene(case_id, bases=["multi_layered"], required=("A13", "A14"))
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    assert hall.told("part_ended") == {ELDERLY}
    assert hall.told("case_off_agenda") <= {CHAIR}


# -- time ------------------------------------------------------------------------------------------


def test_nobody_is_asked_whether_they_come_once_the_meeting_has_begun(hall: TownHall) -> None:
    """A meeting fixed for tomorrow: what the ladder still has to say is not said afterwards."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(10,))
    hall.clock.move(days=7)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.starts_at - timedelta(minutes=1))
    hall.keep_promises()
    before = len(hall.notices(key="attend_reminder"))
    for day in range(1, 8):
        hall.clock.set(slot.starts_at + timedelta(days=day))
        hall.keep_promises()
    assert len(hall.notices(key="attend_reminder")) == before
    assert "reminded_attend" not in kinds(hall, meeting_id)[-1:]


def test_a_reminder_held_back_until_after_the_beginning_is_not_sent(hall: TownHall) -> None:
    """A stop of the server: what was true last night is not said during the sitting."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(30,))
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    due = hall.promises(meeting_id, PromiseKind.ATTEND)[0].due_at
    hall.clock.set(due)
    hall.keep_promises()
    (held, *_) = hall.notices(ELDERLY, "attend_reminder")
    assert hall.desk.ask(GetDropReason(held), Caller.CLOCK) == ""
    hall.clock.set(slot.starts_at)
    assert hall.desk.ask(GetDropReason(held), Caller.CLOCK) == "too_late"


def test_what_a_cancelled_meeting_brings_back_is_due_after_the_cancellation(
    hall: TownHall,
) -> None:
    """The next step is owed from that day on, not since before the meeting was called."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hall.check_on(case_id, "worse", by=ELDERLY, comment="食事がとれていません。")
    meeting_id = hall.convene(case_id, days_ahead=(30,))
    hall.clock.move(days=20)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    (owed,) = hall.promises(case_id, PromiseKind.REASSESS)
    assert owed.due_at > hall.clock.at
    assert owed.since == hall.clock.at


def test_a_case_taken_off_by_a_withdrawal_is_due_after_it(hall: TownHall) -> None:
    """The same when the consent went and not the meeting."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hall.check_on(case_id, "worse", by=ELDERLY, comment="食事がとれていません。")
    hall.convene(case_id, bases=["multi_layered"], days_ahead=(30,))
    hall.clock.move(days=20)
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    (owed,) = hall.promises(case_id, PromiseKind.REASSESS)
    assert owed.due_at > hall.clock.at


def test_a_new_deadline_lies_before_the_last_date_on_offer(hall: TownHall) -> None:
    """An answer that may come after every date is none."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(20, 21))
    late = show_date(hall.in_days(40).date())
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(ReopenAnswers(meeting_id, late), COORDINATOR)
    assert [(e.field, e.key) for e in refused.value.errors] == [
        ("answer_by", "meeting.answer_by_late")
    ]
    new = ({"day": show_date(hall.in_days(25).date()), "starts": "10:00"},)
    with pytest.raises(Invalid):
        hall.desk.handle(AddDates(meeting_id, new, late), COORDINATOR)
    assert len(hall.meeting(meeting_id).slots) == 2


# -- bad input: beside the field, nothing lost, nothing half-saved ---------------------------------

NUMBER_12 = "番号は1234 5678 9012です"


def test_moving_names_all_that_is_wrong_at_once_and_cuts_nothing_off(
    hall: TownHall, app: Flask
) -> None:
    """Day, time, reason and place each have their sentence; no place is shortened in secret."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/move"
    typed = {"day": "R8.13.40", "starts": "25:00", "reason": "", "place": "あ" * 61}
    answer = seat.send(path, typed, page=path)
    assert answer.status_code == 422
    for name in typed:
        assert f'href="#f-{name}"' in answer.text, name
    assert "R8.13.40" in answer.text
    assert "あ" * 61 in answer.text
    assert hall.meeting(meeting_id).sequence == 0


def test_a_twelve_digit_number_is_refused_in_every_line_of_a_meeting(
    hall: TownHall, app: Flask
) -> None:
    """Who comes, the place of a move, the reason for an agenda: all are free text."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id)
    slots = hall.meeting(meeting_id).slots
    seat = Seat(app, ELDERLY)
    path = f"/meetings/{meeting_id}/answer"
    answered = seat.send(path, {**{f"slot-{s.id}": "yes" for s in slots}, "who": NUMBER_12})
    assert answered.status_code == 422
    assert NUMBER_12 in answered.text
    assert not hall.meeting(meeting_id).answers
    hall.fix(meeting_id)
    organiser = Seat(app, COORDINATOR)
    move = {"day": "令和8年12月14日", "starts": "10:00", "reason": "都合", "place": NUMBER_12}
    moved = organiser.send(f"/meetings/{meeting_id}/move", move)
    assert moved.status_code == 422
    assert hall.meeting(meeting_id).sequence == 0
    hall.open_case("A14")
    wanted = {"case": "R8-0002", "look": "R8-0002", "hears-R8-0002": "A14", "reason": NUMBER_12}
    put = organiser.send(f"/meetings/{meeting_id}/agenda", wanted)
    assert put.status_code == 422
    assert len(hall.meeting(meeting_id).agenda) == 1


def test_what_was_typed_to_put_a_case_on_the_agenda_stays(hall: TownHall, app: Flask) -> None:
    """A number that is not known stands in its line again; refused, the reason and the ticks."""
    meeting_id = hall.convene(hall.open_case("A14"))
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agenda"
    unknown = seat.text(f"{path}?case=R8-9999")
    assert 'value="R8-9999"' in unknown
    assert "R8-9999は見つからないか" in unknown
    hall.open_case("A14")
    typed = {"case": "R8-0002", "look": "R8-0002", "reason": "世帯が同じため。"}
    answer = seat.send(path, typed)
    assert answer.status_code == 422
    assert "R8-0002を聞く機関を1つ以上選んでください" in answer.text
    assert "世帯が同じため。" in answer.text
    assert 'value="A14" checked' not in answer.text
