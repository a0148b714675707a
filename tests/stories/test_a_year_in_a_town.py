"""Thirty cases over fifty-two weeks, through pages and clock, with people as they are.

Checks are missed, dates stay unanswered, one agency declines and passes on, another is silent for
two months, consent is withdrawn, one case is about violence at home, people move in April, a mail
comes back, a meeting is moved twice, cases are closed and one comes back. After each week it holds
that every open case has somebody who answers for it and a next promise that somebody was told of,
that no record, disclosure or digest states what nobody said, and, every other week each, that
nobody reads what they were not chosen for and that no page of any role fails.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.year_checks import check_week, disclosure_says_what_was_said
from tests.stories.year_town import COMES, COMES_NOT, Person, Year, monday
from tests.support.hands import confirm_permission_requests
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.support.web import TEXTS
from workflows.core.permissions import Caller
from workflows.delivery.returned import ReportReturned
from workflows.japanese.dates import show_date
from workflows.model.meeting import MeetingState

WEEKS = 52
CASES = 30
CONTACTS = {
    "A14": ELDERLY, "A17": DISABILITY, "A19": LIVELIHOOD, "A20": FARMING, "A21": COMMISSIONER,
    "A01": CLERK, "A13": COORDINATOR,
}  # fmt: skip


@pytest.mark.timeout(900)
def test_a_year_in_a_town(hall: TownHall, tmp_path: Path) -> None:
    """Nobody is forgotten, nothing is made up, and nobody reads what is not for them."""
    year = Year(hall, tmp_path / "mail")
    year.move_to(monday(year.now()))
    for year.week in range(WEEKS):
        behave(year)
        open_this_weeks_cases(year)
        if year.week in EVENTS:
            EVENTS[year.week](year)
        move_a_meeting_twice(year)
        for agency, member in CONTACTS.items():
            year.visit(member, agency)
        coordinate(year)
        check_week(year)
        year.move_to(monday(year.now()))
    assert len(year.ledger.people) == CASES
    assert year.ledger.answered_checks > CASES
    assert year.hall.meeting(year.moved).sequence == 2
    for one in year.ledger.people.values():
        disclosure_says_what_was_said(year, one)
    nothing_left_the_house(year)


def nothing_left_the_house(year: Year) -> None:
    """No card of the whole year says a word about anybody."""
    assert year.mails_read > CASES
    cards = [
        str(TEXTS.card(item.notice))
        for member in (*CONTACTS.values(), MANAGER, CHAIR, OTHER_COORDINATOR)
        for item in year.mailbox(member)
    ]
    assert len(cards) > CASES
    for one in year.ledger.people.values():
        assert not [card for card in cards if one.mark in card]


# -- how people behave -----------------------------------------------------------------------------


def behave(year: Year) -> None:
    """The habits of this week, where they differ from what an agency usually does."""
    year.habits = {}
    if 8 <= year.week < 17:
        year.habits["A19"] = {"away": "yes"}  # silent for two months
    if 12 <= year.week < 26:
        year.habits["A14"] = {"check": "later"}  # checks are missed
    if 20 <= year.week < 24:
        year.habits |= {a: {"dates": "later"} for a in ("A17", "A20", "A21")}


# Week, who writes, agencies, and what is special about it.
OPENED: tuple[tuple[int, str, tuple[str, ...], dict[str, object]], ...] = (
    (0, COORDINATOR, ("A14",), {"meets": True}),
    (0, CLERK, ("A14", "A19"), {}),
    (1, COORDINATOR, ("A19",), {"habits": {"A19": {"reply": "declined:A17"}}}),
    (1, CLERK, ("A17",), {"habits": {"A17": {"reply": "passed_on:A20"}}}),
    (2, COORDINATOR, ("A14",), {"danger": True}),
    (2, COORDINATOR, ("A14",), {"consent": ("A13", "A14", "A21")}),
    (3, CLERK, ("A14",), {"meets": True, "habits": {"A17": {"dates": "no"}}}),
    (3, OTHER_COORDINATOR, ("A17",), {}),
    (4, COORDINATOR, ("A14", "A17"), {"meets": True}),
    (5, CLERK, ("A19",), {}),
    (6, COORDINATOR, ("A14",), {"urgency": "urgent"}),
    (7, COORDINATOR, ("A19",), {"meets": True}),  # silent a week later
    (8, CLERK, ("A19", "A14"), {}),
    (9, COORDINATOR, ("A17",), {"habits": {"A17": {"check": "worse"}}}),
    (10, CLERK, ("A14",), {}),
    (11, COORDINATOR, ("A20",), {}),
    (12, COORDINATOR, ("A14",), {"meets": True}),
    (13, CLERK, ("A14", "A17", "A19"), {}),
    (15, COORDINATOR, ("A14",), {"consent": ("A13", "A14")}),
    (16, CLERK, ("A17",), {"meets": True}),
    (18, COORDINATOR, ("A14",), {"urgency": "emergency"}),
    (19, COORDINATOR, ("A17", "A20"), {"meets": True}),  # its dates stay unanswered
    (21, CLERK, ("A14",), {"habits": {"A14": {"reply": "partly"}}}),
    (23, COORDINATOR, ("A19",), {}),
    (25, COORDINATOR, ("A14",), {"danger": True}),
    (27, CLERK, ("A20",), {"meets": True}),
    (30, COORDINATOR, ("A14",), {}),
    (33, CLERK, ("A17",), {}),
    (36, COORDINATOR, ("A14", "A19"), {"meets": True}),
    (40, CLERK, ("A19",), {}),
)


def open_this_weeks_cases(year: Year) -> None:
    for week, writer, agencies, more in OPENED:
        if week == year.week:
            year.open_case(writer, *agencies, **more)  # type: ignore[arg-type]


def person(year: Year, number: int) -> Person:
    return list(year.ledger.people.values())[number]


# -- what coordinators do every week ---------------------------------------------------------------


def coordinate(year: Year) -> None:
    for one in year.ledger.people.values():
        case = year.hall.case(year.id_of(one.case_number))
        if not case.is_open:
            continue
        if case.lead_agency_id is None and any(r.took_part for r in case.referrals):
            taker = next(r.agency_id for r in case.referrals if r.took_part)
            page = f"/cases/{case.number}/lead"
            year.do(COORDINATOR, page, agency=taker, next_check_on=year.day(30))
        if one.meets and not case.live_meeting_ids and not case.past_meeting_ids:
            asked = {r.agency_id for r in case.referrals} - {"A13"}
            year.convene(COORDINATOR, one, "A13", *sorted(asked), chair=CHAIR, optional=("A21",))
        for meeting_id in [*case.live_meeting_ids]:
            run_meeting(year, meeting_id)


def run_meeting(year: Year, meeting_id: str) -> None:
    meeting = year.hall.meeting(meeting_id)
    collecting = meeting.state in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED)
    if collecting and (meeting.answer_by < year.now() or not meeting.unanswered()):
        if not year.fix(COORDINATOR, meeting_id):
            page = f"/meetings/{meeting_id}/dates"
            more = {"slots-0-day": year.day(10), "slots-0-starts": "10:00"}
            year.do(COORDINATOR, page, more=more, answer_by=year.day(4))
    elif meeting.is_over(year.now()):
        listed = year.hall.everybody_came(meeting_id)
        absent = sorted(listed)[year.week % len(listed)]
        came = {a: COMES_NOT if a == absent else COMES for a in listed}
        year.write_record(COORDINATOR, meeting_id, came)
        year.confirm(CHAIR, meeting_id)


# -- what happens once -----------------------------------------------------------------------------


def mail_comes_back(year: Year) -> None:
    """The newest mail to the counselling desk is returned; its address was mistyped."""
    year.ticks.tick_everything()
    returned = [m for m in year.mailed() if m.member_id == LIVELIHOOD]
    assert returned
    year.hall.desk.handle(ReportReturned(returned[-1].id, "bounced:5.1.1"), Caller.CLOCK)


def consent_is_withdrawn(year: Year) -> None:
    one = person(year, 5)
    page = f"/cases/{one.case_number}/consent"
    day = show_date(year.now().date())
    seat = year.seat(COORDINATOR)
    looked = year.fill(COORDINATOR, page, consent="withdrawn", consent_on=day, check="1")
    done = year.send(seat, looked.text, page, save="1")
    assert done.status_code == 302
    one.chosen.clear()


def people_move_in_april(year: Year) -> None:
    """A coordinator leaves; the disability centre gets another contact."""
    last = show_date((year.now() - timedelta(days=1)).date())
    year.do(ADMINISTRATOR, "/directory/members/M22", active_until=last)
    year.do(
        ADMINISTRATOR, "/directory/members/new",
        name="新任 かおる", kana="シンニン カオル", agency_id="A17", is_contact="yes",
        email="m99@example.jp", id="M99",
    )  # fmt: skip
    confirm_permission_requests(year.hall.desk)
    year.do(ADMINISTRATOR, f"/directory/members/{DISABILITY}", active_until=last)
    CONTACTS["A17"] = "M99"


def move_a_meeting_twice(year: Year) -> None:
    """The first that is fixed in winter: snow, and snow again."""
    if year.week < 8 or year.moved:
        return
    for meeting_id, _ in year.ledger.heard:
        meeting = year.hall.meeting(meeting_id)
        if meeting.state is MeetingState.FIXED and not meeting.has_begun(year.now()):
            for ahead in (9, 11):
                page = f"/meetings/{meeting_id}/move"
                year.do(COORDINATOR, page, day=year.day(ahead), starts="10:00", reason="雪のため。")
            year.moved = meeting_id
            return


def case_is_closed(year: Year) -> None:
    for number in (1, 7):
        one = person(year, number)
        page = f"/cases/{one.case_number}/close"
        year.do(
            COORDINATOR, page, kind="closed", reason=f"{one.mark}は落ち着いた。",
            goals_reached="reached", change="落ち着いて暮らしている。",
        )  # fmt: skip
        one.closed = True


def case_comes_back(year: Year) -> None:
    one = person(year, 7)
    year.do(COORDINATOR, f"/cases/{one.case_number}/reopen", reason="また困りごとがあるため。")
    one.closed = False


EVENTS: dict[int, Callable[[Year], None]] = {
    5: mail_comes_back,
    11: consent_is_withdrawn,
    19: people_move_in_april,
    32: case_is_closed,
    43: case_comes_back,
}
