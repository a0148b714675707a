"""Whom nothing reached: who asked hears at once, sees it until it is put right, and telephones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.repeats import MOST_REPEATS
from handlers.delivery.sending import Channel, Result, SendOutcome
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from storage.tables import outbox
from tests.handlers.test_mail_notices import Bag, linked, rows
from tests.support.mail import mail_way
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.delivery.overview import SendAgain
from workflows.delivery.receiver import Receiver
from workflows.delivery.returned import UNDELIVERED, ReportReturned
from workflows.delivery.unreached import (
    GetUnreachedOfCase,
    GetUnreachedOfMeeting,
    MarkReachedOfCase,
    MarkReachedOfMeeting,
    Unreached,
)
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import CancelMeeting
from workflows.model.card import Card
from workflows.model.notice import Notice

TEXTS = load_texts(None)
TO = "m26@example.jp"
PHONE = "0000-10-1401"


class Refuses:
    """A way that takes nothing for one member, and everything for the others."""

    def __init__(self, member_id: str, result: Result) -> None:
        self._member_id, self._result = member_id, result

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: object, attempt: int
    ) -> Result:
        mine = receiver.member_id == self._member_id
        return self._result if mine else Result(SendOutcome.SENT)


GONE = Result(SendOutcome.DEAD, "mail_recipient:550")
MAYBE = Result(SendOutcome.UNKNOWN, "mail_no_answer")


def sent(hall: TownHall, **ways: Channel) -> None:
    """Everything that is due, in rounds: what went astray is told by what goes after it."""
    inbox = Inbox([way for way in ways if way != "mail"], MAILED)
    for _ in range(3):
        OutboxSender(hall.database.open, hall.desk, TEXTS, inbox, ways).drain()


def told(hall: TownHall, member_id: str) -> list[str]:
    found = [m.notice for m in hall.mail(member_id) if m.notice.key == UNDELIVERED]
    return [str(TEXTS.card(notice)) for notice in found]


def of_case(hall: TownHall, case_id: str, who: str = COORDINATOR) -> tuple[Unreached, ...]:
    return hall.desk.ask(GetUnreachedOfCase(case_id), who)


def of_meeting(hall: TownHall, meeting_id: str, who: str = COORDINATOR) -> tuple[Unreached, ...]:
    return hall.desk.ask(GetUnreachedOfMeeting(meeting_id), who)


# -- who hears ------------------------------------------------------------------------------------


def test_a_referral_that_did_not_arrive_is_told_to_who_asked_and_the_coordinators(
    any_hall: TownHall,
) -> None:
    """At once, with the telephone number and the case; the administrators mend the address."""
    hall = any_hall
    hall.open_case("A14", by=CLERK)
    sent(hall, mail=Refuses(ELDERLY, GONE))
    for who in (CLERK, COORDINATOR):
        (card,) = told(hall, who)
        assert "R8-0001 メールが届いていません" in card
        assert PHONE in card
        assert hall.agency_name("A14") in card
        assert "open_case" in card
    (mine,) = told(hall, ADMINISTRATOR)
    assert "R8-0001" not in mine
    assert "もう一度送ってください" in mine
    assert told(hall, ELDERLY) == told(hall, MANAGER) == []


def test_it_is_told_although_the_office_is_closed(hall: TownHall) -> None:
    """A mail that came back in the evening is not kept until the morning, when it may be late."""
    hall.open_case("A14", by=CLERK)
    bag = Bag()
    sent(hall, mail=mail_way(hall.desk, bag))
    hall.clock.move(hours=10)
    (notice,) = [r for r in _out(hall) if r["key"] == "referral_asked" and r["via"] == "mail"]
    hall.desk.handle(ReportReturned(str(notice["id"]), "bounced:5.1.1"), Caller.CLOCK)
    sent(hall, mail=mail_way(hall.desk, bag))
    assert len(told(hall, CLERK)) == 1


def _out(hall: TownHall) -> list[Mapping[str, object]]:
    with hall.database.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(outbox.select())]


@pytest.mark.parametrize("address", ["たんとう@example.jp", ""])
def test_an_address_that_leads_nowhere_is_told(hall: TownHall, address: str) -> None:
    """Kept from before the check, or none at all where nobody of the agency has a way."""
    with hall.database.open() as unit:
        members = [m for m in unit.directory.members() if m.agency_id == "A14"]
        unit.directory.save_members([replace(m, email=address) for m in members])
        unit.commit()
    hall.open_case("A14", by=CLERK)
    sent(hall, mail=mail_way(hall.desk, Bag()))
    assert told(hall, CLERK)
    assert told(hall, COORDINATOR)


def test_who_has_a_colleague_with_a_way_is_not_reported(hall: TownHall) -> None:
    """The agency hears of it: nobody has to telephone."""
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, email="")])
        unit.commit()
    hall.open_case("A14", by=CLERK)
    sent(hall, mail=mail_way(hall.desk, Bag()))
    assert told(hall, CLERK) == []
    assert rows(hall, "referral_asked") == [("", "sent", "")]


def test_the_address_of_a_colleague_who_left_is_no_way(hall: TownHall) -> None:
    """Nobody reads there any more: the agency hears of it from who telephones."""
    with hall.database.open() as unit:
        members = [m for m in unit.directory.members() if m.agency_id == "A14"]
        left = hall.clock.now().date() - timedelta(days=1)
        unit.directory.save_members(
            [
                replace(m, email="") if m.id == ELDERLY else replace(m, active_until=left)
                for m in members
            ]
        )
        unit.commit()
    hall.open_case("A14", by=CLERK)
    sent(hall, mail=mail_way(hall.desk, Bag()))
    assert told(hall, CLERK)


@pytest.mark.parametrize("platform", ["slack", "lineworks"])
def test_a_chat_that_refuses_for_good_is_told_like_a_mail(hall: TownHall, platform: str) -> None:
    """Where no mail can go in its place."""
    with hall.database.open() as unit:
        members = [m for m in unit.directory.members() if m.agency_id == "A14"]
        unit.directory.save_members([replace(m, email="") for m in members])
        unit.commit()
    linked(hall, ELDERLY, platform)
    case_id = hall.open_case("A14", by=CLERK)
    ways: dict[str, Channel] = {
        platform: Refuses(ELDERLY, Result(SendOutcome.DEAD, "user_not_found")),
        "mail": mail_way(hall.desk, Bag()),
    }
    sent(hall, **ways)
    (card,) = told(hall, CLERK)
    assert "R8-0001 お知らせが届いていません" in card
    assert "チャットの連携" in card
    assert of_case(hall, case_id)[0].via == platform


def test_an_undelivered_notice_that_may_have_arrived_is_named_so(hall: TownHall) -> None:
    """The line broke after it was handed over: nobody knows."""
    case_id = hall.open_case("A14", by=CLERK)
    for _ in range(MOST_REPEATS):
        assert told(hall, CLERK) == [], "it is sent once more, and says that it may be a repeat"
        sent(hall, mail=Refuses(ELDERLY, MAYBE))
        hall.clock.move(minutes=10)
    (card,) = told(hall, CLERK)
    assert "届いたかどうかを確かめられません" in card
    assert not of_case(hall, case_id)[0].is_certain


@pytest.mark.parametrize("key", sorted(MAILED - {UNDELIVERED}))
def test_every_kind_that_goes_by_mail_is_reported_when_it_is_about_something(
    hall: TownHall, key: str
) -> None:
    """Dates asked, attendance, referral, follow-up, role, record: whatever waits for somebody."""
    case_id = hall.open_case("A14", by=CLERK)
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    sent(hall)
    for number, about in enumerate(({"case_id": case_id}, {"meeting_id": meeting_id})):
        with hall.database.open() as unit:
            notice = Notice(
                f"{key}{number}",
                key,
                ELDERLY,
                dedupe_key=f"{key}{number}:mail",
                created_at=hall.clock.at,
                via="mail",
                **about,  # type: ignore[arg-type]
            )
            unit.outbox.put(notice)
            claimed = unit.outbox.claim(hall.clock.at, "w", "mail")
            assert claimed
            unit.outbox.settle(claimed.notice.id, "w", claimed.attempt, "sent", hall.clock.at)
            unit.commit()
        assert hall.desk.handle(ReportReturned(f"{key}{number}", "bounced"), Caller.CLOCK)
    sent(hall)
    cards = told(hall, COORDINATOR)
    assert len(cards) == 2
    assert all(PHONE in card for card in cards)


def test_a_restricted_case_is_told_to_the_named_alone(hall: TownHall) -> None:
    """The coordinators who are not named hear nothing of it."""
    case_id = hall.open_case("A14", by=CLERK, danger="yes")
    sent(hall, mail=Refuses(ELDERLY, GONE))
    assert told(hall, CLERK)
    named = hall.case(case_id).named_member_ids
    assert COORDINATOR not in named
    assert told(hall, COORDINATOR) == []


# -- until it is put right ------------------------------------------------------------------------


def test_it_stands_on_the_case_until_the_agency_answers(any_hall: TownHall) -> None:
    hall = any_hall
    case_id = hall.open_case("A14", by=CLERK)
    sent(hall, mail=Refuses(ELDERLY, GONE))
    (line,) = of_case(hall, case_id, CLERK)
    assert (line.phone, line.notice_keys, line.is_certain) == (PHONE, ("referral_asked",), True)
    page = Seat(web_app(hall), CLERK).get("/cases/R8-0001").text
    assert "届いていないお知らせ" in page
    assert PHONE in page
    assert of_case(hall, case_id, ELDERLY) == ()
    hall.clock.move(minutes=5)
    hall.reply(case_id, "A14", by=ELDERLY)
    assert of_case(hall, case_id, CLERK) == ()


def test_it_stands_on_the_meeting_until_it_was_sent_again(any_hall: TownHall) -> None:
    """With the address mended. A word of the agency ends it as well."""
    hall = any_hall
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    sent(hall, mail=Refuses(ELDERLY, GONE))
    (line,) = of_meeting(hall, meeting_id)
    assert line.notice_keys == ("dates_asked",)
    assert PHONE in Seat(web_app(hall), COORDINATOR).get(f"/meetings/{meeting_id}").text
    assert of_meeting(hall, meeting_id, ELDERLY) == ()
    (dead,) = [r for r in _out(hall) if r["state"] == "dead"]
    hall.desk.handle(SendAgain(str(dead["id"])), ADMINISTRATOR)
    assert of_meeting(hall, meeting_id) == ()
    sent(hall, mail=Refuses(ELDERLY, GONE))
    assert of_meeting(hall, meeting_id)
    hall.clock.move(minutes=5)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    assert of_meeting(hall, meeting_id) == ()


def test_who_telephoned_says_so_and_can_take_it_back(any_hall: TownHall) -> None:
    """One press on the page, for each member and way; a new failure asks for a new call."""
    hall = any_hall
    case_id = hall.open_case("A14", by=CLERK)
    sent(hall, mail=Refuses(ELDERLY, GONE))
    seat = Seat(web_app(hall), CLERK)
    form = {"member": ELDERLY, "via": "mail", "reached": "yes"}
    page = "/cases/R8-0001"
    assert seat.send(f"{page}/reached", form, page=page).status_code == 302
    (line,) = of_case(hall, case_id)
    assert line.reached_by
    assert line.reached_at == hall.clock.at
    assert "伝えました" in seat.get(page).text
    assert seat.send(f"{page}/reached", {**form, "reached": "no"}, page=page).status_code == 302
    assert not of_case(hall, case_id)[0].reached_by
    hall.desk.handle(MarkReachedOfCase(case_id, ELDERLY, "mail", reached=True), CLERK)
    hall.clock.move(days=10)
    hall.keep_promises()
    sent(hall, mail=Refuses(ELDERLY, GONE))
    (line,) = of_case(hall, case_id)
    assert (line.reached_by, line.notice_keys[-1]) == ("", "reply_reminder")


def test_news_of_a_date_stand_until_the_agency_says_whether_it_comes(hall: TownHall) -> None:
    """Nothing is owed by them that would end; who says 出欠 has heard of the date."""
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    sent(hall, mail=mail_way(hall.desk, Bag()))
    hall.fix(meeting_id)
    sent(hall, mail=Refuses(ELDERLY, GONE))
    (line,) = of_meeting(hall, meeting_id)
    assert line.notice_keys == ("meeting_fixed",)
    hall.clock.move(minutes=5)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", True), ELDERLY)
    assert of_meeting(hall, meeting_id) == ()


def test_a_meeting_that_was_cancelled_is_told_by_telephone_too(hall: TownHall) -> None:
    """Else they come. A month later it matters no more."""
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    sent(hall, mail=mail_way(hall.desk, Bag()))
    hall.clock.move(minutes=5)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    sent(hall, mail=Refuses(ELDERLY, GONE))
    (line,) = of_meeting(hall, meeting_id)
    assert line.notice_keys == ("meeting_cancelled",)
    seat, page = Seat(web_app(hall), COORDINATOR), f"/meetings/{meeting_id}"
    form = {"member": ELDERLY, "via": "mail", "reached": "yes"}
    assert seat.send(f"{page}/reached", form, page=page).status_code == 302
    assert of_meeting(hall, meeting_id)[0].reached_by
    hall.clock.move(days=31)
    assert of_meeting(hall, meeting_id) == ()


def test_only_who_asks_marks_it_and_only_what_went_astray(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by=CLERK)
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    sent(hall, mail=Refuses(ELDERLY, GONE))
    with pytest.raises(NotAllowed):
        hall.desk.handle(MarkReachedOfCase(case_id, ELDERLY, "mail", reached=True), ELDERLY)
    with pytest.raises(NotAllowed):
        hall.desk.handle(MarkReachedOfMeeting(meeting_id, ELDERLY, "mail", reached=True), ELDERLY)
    for member, via in ((CLERK, "mail"), (ELDERLY, "slack")):
        with pytest.raises(NotFound):
            hall.desk.handle(MarkReachedOfCase(case_id, member, via, reached=True), CLERK)
