"""The meeting in a mail as Outlook, Google and Apple take it: method, number and who is asked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.handlers.test_mail_notices import Bag, drain
from tests.support.mail import SENDER, html_of, read_mail, text_of
from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.rfc5545 import Component, moment, read_calendar
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import InviteAgency, UninviteAgency

TO = "m26@example.jp"


@pytest.fixture
def bag() -> Bag:
    return Bag()


@pytest.fixture
def meeting_id(hall: TownHall, bag: Bag) -> str:
    """Fixed, and everybody's mails have come."""
    found = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(found, agency, by=who)
    hall.fix(found)
    drain(hall, bag)
    return found


def move(hall: TownHall, meeting_id: str, days: int, starts: str) -> None:
    hall.move(meeting_id, days, starts)


def parts_of(mail: EmailMessage, kind: str) -> list[EmailMessage]:
    found = [part for part in mail.walk() if part.get_content_type() == kind]
    assert all(isinstance(part, EmailMessage) for part in found)
    return found


def calendar_in(content: bytes) -> tuple[Component, Component]:
    """The calendar of a mail and its one event; what stands in the mail and the file is one."""
    mail = read_mail(content)
    (shown,), (file,) = parts_of(mail, "text/calendar"), parts_of(mail, "application/ics")
    raw = shown.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw == file.get_payload(decode=True)
    assert (file.get_filename(), file.get_content_disposition()) == ("invite.ics", "attachment")
    assert shown.get_content_disposition() is None
    assert shown.get_content_charset() == "utf-8"
    calendar = read_calendar(raw)
    # RFC 6047, 2.4: the type's method is that of the file.
    assert shown["Content-Type"].params["method"] == calendar.only("METHOD").value
    return calendar, calendar.named("VEVENT")


def fixed(bag: Bag, address: str = TO) -> bytes:
    (mail,) = [m for m in bag.to(address) if "日程が決まりました" in read_mail(m)["Subject"]]
    return mail


@pytest.mark.usefixtures("meeting_id")
def test_the_entry_is_one_way_to_show_the_mail_and_a_file(bag: Bag) -> None:
    """The mail holds text, HTML and the entry as alternatives, the last the richest, and the
    same as a file beside them; the mail says so and has no button for it."""
    content = fixed(bag)
    mail = read_mail(content)
    assert mail.get_content_type() == "multipart/mixed"
    first, file = mail.iter_parts()
    assert first.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in first.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert file.get_content_type() == "application/ics"
    for said in (text_of(content), html_of(content)):
        assert "invite.ics" in said
        assert "calendar.ics" not in said
        assert "出欠を答える" in said


def test_a_fixed_date_is_a_request_to_the_reader_from_where_the_mail_comes(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """RFC 5546, 3.2.2: ORGANIZER, ATTENDEE, DTSTAMP, DTSTART, SEQUENCE, SUMMARY and UID. Nobody
    else's address goes with it, and nobody's program answers a mailbox that nobody reads."""
    calendar, event = calendar_in(fixed(bag))
    assert calendar.only("METHOD").value == "REQUEST"
    assert event.only("UID").value == f"{meeting_id}@tsunagu"
    assert event.only("SEQUENCE").value == "0"
    assert event.only("STATUS").value == "CONFIRMED"
    assert event.only("CLASS").value == "PRIVATE"
    assert event.only("SUMMARY").text == "支援会議（R8-0001）"
    assert event.only("LOCATION").text == "庁舎2階 第3会議室"
    assert event.only("ORGANIZER").value == f"mailto:{SENDER}"
    attendee = event.only("ATTENDEE")
    assert attendee.value == f"mailto:{TO}"
    assert attendee.parameters["RSVP"] == "FALSE"
    assert moment(calendar, event.only("DTSTAMP")) == hall.clock.at
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    assert moment(calendar, event.only("DTSTART")) == slot.starts_at
    assert moment(calendar, event.only("DTEND")) == slot.ends_at


@pytest.mark.usefixtures("meeting_id")
def test_who_runs_or_chairs_it_is_asked_like_everybody(bag: Bag) -> None:
    """An organiser's own program would not take an entry that they are to have sent."""
    for address in (f"{COORDINATOR.lower()}@example.jp", f"{CHAIR.lower()}@example.jp"):
        _, event = calendar_in(fixed(bag, address))
        assert event.only("ATTENDEE").value == f"mailto:{address}"
        assert event.only("ORGANIZER").value == f"mailto:{SENDER}"


def test_each_move_has_the_same_uid_and_a_higher_number(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """So the entry moves instead of standing there twice; the last word takes it away."""
    events: list[tuple[str, Component]] = []

    def newest(words: str) -> tuple[Component, Component]:
        drain(hall, bag)
        mail = [m for m in bag.to(TO) if words in read_mail(m)["Subject"]][-1]
        return calendar_in(mail)

    first = calendar_in(fixed(bag))
    move(hall, meeting_id, 25, "10:00")
    second = newest("日時が変わりました")
    hall.clock.move(minutes=5)
    move(hall, meeting_id, 26, "11:00")
    third = newest("日時が変わりました")
    hall.clock.move(minutes=5)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    last = newest("中止になりました")
    events = [(c.only("METHOD").value, e) for c, e in (first, second, third, last)]
    assert [method for method, _ in events] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert {e.only("UID").value for _, e in events} == {f"{meeting_id}@tsunagu"}
    assert {e.only("ORGANIZER").value for _, e in events} == {f"mailto:{SENDER}"}
    numbers = [int(e.only("SEQUENCE").value) for _, e in events]
    assert numbers == sorted(set(numbers))
    assert events[-1][1].only("STATUS").value == "CANCELLED"
    calendar, event = third
    start = moment(calendar, event.only("DTSTART"))
    assert start.date() == hall.in_days(26).date()
    assert moment(calendar, event.only("DTEND")) - start == timedelta(minutes=60)


def test_an_entry_says_when_it_was_last_changed_and_when_it_was_written(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """LAST-MODIFIED (RFC 5545, 3.8.7.3) rises with whatever the entry says: the date, who comes,
    who is asked, the cases. DTSTAMP (3.8.7.2) is the moment the file was written."""

    def entry(who: str = ELDERLY) -> tuple[datetime, datetime]:
        raw = Seat(web_app(hall), who).get(f"/meetings/{meeting_id}/calendar.ics").data
        calendar = read_calendar(raw)
        event = calendar.named("VEVENT")
        changed, written = event.only("LAST-MODIFIED"), event.only("DTSTAMP")
        return moment(calendar, changed), moment(calendar, written)

    fixed_at = hall.clock.at
    hall.clock.move(minutes=5)
    assert entry() == (fixed_at, hall.clock.at)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", comes=True), ELDERLY)
    said_at = hall.clock.at
    hall.clock.move(minutes=5)
    assert entry() == (said_at, hall.clock.at)
    assert entry(COORDINATOR) == (fixed_at, hall.clock.at)
    hall.desk.handle(InviteAgency(meeting_id, "A17", required=True), COORDINATOR)
    invited_at = hall.clock.at
    hall.clock.move(minutes=5)
    assert entry() == entry(COORDINATOR) == (invited_at, hall.clock.at)
    hall.desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    taken_off_at = hall.clock.at
    hall.clock.move(minutes=5)
    assert entry() == (taken_off_at, hall.clock.at)
    hall.desk.handle(InviteAgency(meeting_id, "A14", required=False), COORDINATOR)
    role_at = hall.clock.at
    hall.clock.move(minutes=5)
    assert entry() == (role_at, hall.clock.at)


def test_a_poll_that_is_called_off_has_no_entry(hall: TownHall, bag: Bag) -> None:
    """Nothing stands in anybody's calendar yet."""
    found = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.desk.handle(CancelMeeting(found, "大雪のため"), COORDINATOR)
    drain(hall, bag)
    (mail,) = [m for m in bag.to(TO) if "中止になりました" in read_mail(m)["Subject"]]
    assert parts_of(read_mail(mail), "text/calendar") == []
    assert "invite.ics" not in text_of(mail)


def test_who_is_no_longer_invited_gets_no_entry_that_was_on_its_way(
    hall: TownHall, bag: Bag
) -> None:
    """Taken off the list between the news and the mail: it does not go."""
    found = hall.convene(hall.open_case("A14"), required=("A13",), optional=("A17",))
    hall.answer(found, "A13", by=COORDINATOR)
    hall.fix(found)
    hall.desk.handle(UninviteAgency(found, "A17"), COORDINATOR)
    drain(hall, bag)
    subjects = [str(read_mail(m)["Subject"]) for m in bag.to("m30@example.jp")]
    assert not [s for s in subjects if "日程が決まりました" in s]
    assert [s for s in subjects if "ご出席は不要" in s]


def test_who_is_taken_off_has_it_taken_out_of_the_calendar(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """METHOD:CANCEL for them alone, with the same UID and a higher number, though the meeting
    itself goes on and they may look at it no more. Invited again, it comes back."""
    _, before = calendar_in(fixed(bag))
    hall.clock.move(minutes=5)
    hall.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    taken_off_at = hall.clock.at
    hall.clock.move(minutes=5)
    others = len(bag.mails) - len(bag.to(TO))
    drain(hall, bag)
    mail = bag.about("ご出席は不要")
    assert len(bag.mails) - len(bag.to(TO)) == others
    calendar, event = calendar_in(mail)
    assert calendar.only("METHOD").value == "CANCEL"
    for name in ("UID", "ORGANIZER", "SUMMARY", "DTSTART", "DTEND"):
        assert event.only(name) == before.only(name)
    assert event.only("ATTENDEE").value == f"mailto:{TO}"
    # RFC 5546, 3.2.5: STATUS says that the whole meeting is cancelled, which it is not.
    assert "STATUS" not in event.lines
    assert int(event.only("SEQUENCE").value) == int(before.only("SEQUENCE").value) + 1
    assert moment(calendar, event.only("LAST-MODIFIED")) == taken_off_at
    assert moment(calendar, event.only("DTSTAMP")) == hall.clock.at
    assert "予定表から消すファイル" in text_of(mail)
    assert "予定表から消すファイル" in html_of(mail)
    hall.desk.handle(InviteAgency(meeting_id, "A14", required=True), COORDINATOR)
    drain(hall, bag)
    again = [m for m in bag.to(TO) if "日程が決まりました" in read_mail(m)["Subject"]][-1]
    calendar, back = calendar_in(again)
    assert calendar.only("METHOD").value == "REQUEST"
    assert int(back.only("SEQUENCE").value) > int(event.only("SEQUENCE").value)


def test_who_is_taken_off_before_there_is_a_date_has_nothing_to_take_out(
    hall: TownHall, bag: Bag
) -> None:
    """Nothing stands in their calendar yet."""
    found = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.desk.handle(UninviteAgency(found, "A14"), COORDINATOR)
    drain(hall, bag)
    mail = bag.about("ご出席は不要")
    assert parts_of(read_mail(mail), "text/calendar") == []
    assert "invite.ics" not in text_of(mail)


def test_who_runs_the_meeting_keeps_it_when_their_agency_is_taken_off(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """They come for themselves: nobody tells them that they need not."""
    hall.desk.handle(UninviteAgency(meeting_id, "A13"), COORDINATOR)
    drain(hall, bag)
    mine = [str(read_mail(m)["Subject"]) for m in bag.to(f"{COORDINATOR.lower()}@example.jp")]
    assert not [subject for subject in mine if "ご出席は不要" in subject]


def test_a_move_after_somebody_was_taken_off_still_counts_up(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """Every entry has a higher number than all before it, whoever got them."""
    hall.desk.handle(UninviteAgency(meeting_id, "A13"), COORDINATOR)
    drain(hall, bag)
    _, before = calendar_in(fixed(bag))
    move(hall, meeting_id, 25, "10:00")
    drain(hall, bag)
    (mail,) = [m for m in bag.to(TO) if "日時が変わりました" in read_mail(m)["Subject"]]
    _, after = calendar_in(mail)
    assert int(after.only("SEQUENCE").value) == int(before.only("SEQUENCE").value) + 2


def test_the_entry_of_a_mail_is_that_of_the_page(hall: TownHall, bag: Bag, meeting_id: str) -> None:
    """One meeting in a calendar, wherever its file came from: each way changes what another one
    brought. Only the sending address is that of the settings."""
    mailed, event = calendar_in(fixed(bag))
    raw = Seat(web_app(hall), ELDERLY).get(f"/meetings/{meeting_id}/calendar.ics").data
    paged = read_calendar(raw)
    assert paged.only("METHOD") == mailed.only("METHOD")
    shown = paged.named("VEVENT").lines
    assert set(shown) == set(event.lines)
    differs = {name for name in shown if shown[name] != event.lines[name]}
    assert differs <= {"ORGANIZER"}


def test_only_who_is_asked_whether_they_come_is_told_how_not_to_answer(
    hall: TownHall, bag: Bag, meeting_id: str
) -> None:
    """Pressing 承諾 in a calendar is no answer: it would go to a mailbox that nobody reads."""
    assert hall.meeting(meeting_id).fixed_slot
    for said in (text_of(fixed(bag)), html_of(fixed(bag))):
        assert "予定表で承諾しても、出欠のお答えにはなりません" in said
    assert "予定表で承諾しても" not in text_of(fixed(bag, f"{CHAIR.lower()}@example.jp"))


def _lines(event: Component) -> Iterator[str]:
    for lines in event.lines.values():
        yield from (line.text for line in lines)


def test_the_entry_says_nothing_about_the_person(hall: TownHall, bag: Bag) -> None:
    """A calendar is shared with colleagues and telephones."""
    case_id = hall.open_case("A14", name="架空 花子", kana="カクウ ハナコ")
    found = hall.convene(case_id, required=("A13", "A14"))
    hall.answer(found, "A13", by=COORDINATOR)
    hall.answer(found, "A14", by=ELDERLY)
    hall.fix(found)
    drain(hall, bag)
    _, event = calendar_in(fixed(bag))
    said = "\n".join(_lines(event))
    assert not [w for w in ("架空", "花子", "ハナコ", "早く話し合う") if w in said]
