"""A meeting in a calendar: parsed back by another reader's eyes, as RFC 5545 and 5546 want it."""

from datetime import datetime
from typing import Any

import icalendar
import pytest

from tests.support.people import CHAIR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.japanese.dates import TOKYO
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting


@pytest.fixture
def meeting_id(hall: TownHall) -> str:
    case_id = hall.open_case("A14", name="架空 花子", kana="カクウ ハナコ")
    found = hall.convene(case_id, required=("A13", "A14"))
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(found, agency, by=who)
    return found


def calendar_of(hall: TownHall, meeting_id: str, who: str = ELDERLY) -> tuple[Any, Any, str]:
    """The calendar, its one event, and the file's text."""
    answer = Seat(web_app(hall), who).get(f"/meetings/{meeting_id}/calendar.ics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/calendar; charset=utf-8")
    calendar = icalendar.Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    return calendar, event, answer.text


def test_a_fixed_meeting_is_a_request_in_tokyo_time(hall: TownHall, meeting_id: str) -> None:
    """METHOD, UID, SEQUENCE, DTSTAMP, zone and the times are as the RFCs want them."""
    hall.fix(meeting_id)
    calendar, event, text = calendar_of(hall, meeting_id)
    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert event["UID"] == f"{meeting_id}@tsunagu"
    assert event["SEQUENCE"] == 0
    assert event.decoded("DTSTAMP").utcoffset().total_seconds() == 0
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    assert event.decoded("DTSTART") == slot.starts_at
    assert event.decoded("DTEND") == slot.ends_at
    assert event["DTSTART"].params["TZID"] == "Asia/Tokyo"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Tokyo"
    assert "TZOFFSETTO:+0900" in text
    assert event["STATUS"] == "CONFIRMED"
    assert str(event["LOCATION"]) == "庁舎2階 第3会議室"


def test_every_line_is_short_and_ends_in_crlf(hall: TownHall, meeting_id: str) -> None:
    """No line is longer than 75 octets, also where a Japanese character would be cut."""
    hall.fix(meeting_id)
    raw = Seat(web_app(hall), ELDERLY).get(f"/meetings/{meeting_id}/calendar.ics").data
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


def test_nothing_personal_goes_into_a_calendar(hall: TownHall, meeting_id: str) -> None:
    """The summary names kind and number; neither the person nor the reason is in the file."""
    hall.fix(meeting_id)
    _, event, text = calendar_of(hall, meeting_id)
    assert str(event["SUMMARY"]) == "支援会議（R8-0001）"
    unfolded = text.replace("\r\n ", "")
    for word in ("架空", "花子", "ハナコ", "近所の方", "早く話し合う"):
        assert word not in unfolded


def test_the_file_names_its_reader_alone(hall: TownHall, meeting_id: str) -> None:
    """ORGANIZER is where our mails come from; who said that it comes is ACCEPTED. Nobody else's
    address is given away."""
    hall.fix(meeting_id)
    seat = Seat(web_app(hall), ELDERLY)
    path = f"/meetings/{meeting_id}/attend"
    assert seat.send(path, {"comes": "yes"}, page=path).status_code == 302
    _, event, _ = calendar_of(hall, meeting_id)
    assert str(event["ORGANIZER"]) == "mailto:tsunagu@localhost"
    assert str(event["ATTENDEE"]) == "mailto:m26@example.jp"
    told = event["ATTENDEE"].params
    assert (told["PARTSTAT"], told["ROLE"]) == ("ACCEPTED", "REQ-PARTICIPANT")
    _, other, _ = calendar_of(hall, meeting_id, COORDINATOR)
    assert str(other["ATTENDEE"]) == "mailto:m21@example.jp"
    assert other["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"


def test_a_move_keeps_the_uid_and_raises_the_sequence(hall: TownHall, meeting_id: str) -> None:
    """The calendar changes the entry instead of adding a second one."""
    hall.fix(meeting_id)
    hall.desk.handle(
        MoveMeeting(meeting_id, "令和8年12月14日", "午前10時", "会議室の都合のため"), COORDINATOR
    )
    calendar, event, _ = calendar_of(hall, meeting_id)
    assert (calendar["METHOD"], event["UID"]) == ("REQUEST", f"{meeting_id}@tsunagu")
    assert event["SEQUENCE"] == 1
    assert event.decoded("DTSTART") == datetime(2026, 12, 14, 10, 0, tzinfo=TOKYO)


def test_a_cancelled_meeting_takes_its_entry_away(hall: TownHall, meeting_id: str) -> None:
    """METHOD:CANCEL with the same UID and a higher SEQUENCE."""
    hall.fix(meeting_id)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    calendar, event, _ = calendar_of(hall, meeting_id)
    assert calendar["METHOD"] == "CANCEL"
    assert (event["STATUS"], event["UID"]) == ("CANCELLED", f"{meeting_id}@tsunagu")
    assert event["SEQUENCE"] == 1


def test_without_a_date_there_is_no_file(hall: TownHall, meeting_id: str) -> None:
    """Before the date is fixed the page says why, instead of giving an empty file."""
    answer = Seat(web_app(hall), ELDERLY).get(f"/meetings/{meeting_id}/calendar.ics")
    assert answer.status_code == 409
    assert "日程の調整中" in answer.text


def test_a_manager_gets_the_time_without_the_people(hall: TownHall, meeting_id: str) -> None:
    """Who only oversees sees when it is, not who was asked; they need not come."""
    hall.fix(meeting_id)
    _, event, text = calendar_of(hall, meeting_id, MANAGER)
    assert event["ATTENDEE"].params["ROLE"] == "OPT-PARTICIPANT"
    assert text.count("@example.jp") == 1


def test_the_chair_has_the_same_entry(hall: TownHall, meeting_id: str) -> None:
    """The chair's agency is not invited; the chair's calendar is served all the same."""
    hall.fix(meeting_id)
    _, event, _ = calendar_of(hall, meeting_id, CHAIR)
    assert event["UID"] == f"{meeting_id}@tsunagu"
    assert str(event["ATTENDEE"]) == f"mailto:{CHAIR.lower()}@example.jp"
    assert event["ATTENDEE"].params["ROLE"] == "REQ-PARTICIPANT"
