"""A meeting as an .ics file (RFC 5545, 5546): one stable UID, SEQUENCE rising with every change.

Nothing personal goes into a calendar, which colleagues and telephones share: kind, case numbers
and place alone. It names nobody but its reader, and comes from where our mails come from: the same
entry by mail, from the page and from a chat, so that each changes what another one brought.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress, vText

from handlers.words.texts import Texts
from workflows.japanese.dates import TOKYO
from workflows.japanese.mail_address import as_sent
from workflows.meetings.answer_views import Appointment

PRODUCT = "-//tsunagu-bot//meetings//JA"
_ANSWER = {"comes": "ACCEPTED", "absent": "DECLINED", "none": "NEEDS-ACTION"}


def calendar_file(meeting: Appointment, sender: str, texts: Texts, now: datetime) -> bytes:
    """The file: METHOD:REQUEST for a meeting that takes place or moved; CANCEL for a cancelled one,
    and for who is taken off one that goes on."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if meeting.ends_here else "REQUEST")
    calendar.add_component(_event(meeting, sender, texts, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(meeting: Appointment, sender: str, texts: Texts, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{meeting.meeting_id}@tsunagu")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", meeting.changed_at.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(TOKYO))
    event.add("dtend", meeting.ends_at.astimezone(TOKYO))
    event.add("summary", texts.say("calendar.summary", kind=meeting.kind, numbers=meeting.numbers))
    about = {"kind": meeting.kind, "moved_from": meeting.moved_from}
    event.add("description", texts.say("calendar.description", **about))
    if not meeting.taken_off:  # RFC 5546, 3.2.5: STATUS would cancel the meeting of all
        event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if meeting.place or meeting.online_url:
        event.add("location", meeting.place or meeting.online_url)
    if meeting.online_url:
        event.add("url", meeting.online_url)
    event.add("organizer", _person(texts.say("mail.from", town=meeting.town), sender), encode=False)
    if as_sent(meeting.reader.email):
        person = _person(meeting.reader.name, meeting.reader.email)
        role = "REQ-PARTICIPANT" if meeting.reader.required else "OPT-PARTICIPANT"
        person.params["ROLE"] = vText(role)
        if not meeting.ends_here:
            person.params["PARTSTAT"] = vText(_ANSWER.get(meeting.reader.answer, "NEEDS-ACTION"))
        person.params["RSVP"] = vText("FALSE")  # 出欠 is told by the button
        event.add("attendee", person, encode=False)
    return event


def _person(name: str, address: str) -> vCalAddress:
    # RFC 6068, 2: as a server takes it, and with what an address has beside letters as %xx.
    person = vCalAddress(f"mailto:{quote(as_sent(address, dotless=True), safe='@+')}")
    person.params["CN"] = vText(name)
    return person
