"""予定表に入れる: the meeting as a file for one's calendar, beside the card."""

import logging

from handlers.slack.api import SlackRefused
from handlers.slack.door import Answer, Press, PrivateSentence, pressed
from handlers.slack.ui import files
from handlers.words.calendar_file import calendar_file
from workflows.meetings.answer_views import GetAppointment

log = logging.getLogger(__name__)


@pressed("calendar")
def calendar(press: Press) -> Answer:
    """The meeting as an .ics file below the card; the same one is not put there twice."""
    here = press.here
    appointment = here.ask(GetAppointment(press.subject))
    if appointment is None:
        return PrivateSentence(here.say("calendar.not_fixed"))
    sender = here.door.settings.sign_in.sender
    content = calendar_file(appointment, sender, here.door.texts, here.door.desk.now())
    file = files.File(
        f"meeting-{appointment.meeting_id[:8]}-{appointment.sequence}.ics",
        here.say("calendar.summary", kind=appointment.kind, numbers=appointment.numbers),
        content,
    )
    comment = here.say("slack_meeting.calendar.comment", cancelled=appointment.cancelled)
    try:
        api = here.door.api
        new = files.share(api, files.direct_channel(api, here.user), file, comment)
    except SlackRefused as refused:
        log.warning("slack_file_not_shared error=%s", refused.code)
        return PrivateSentence(here.say("slack_meeting.calendar.failed"))
    if new and not press.opened:
        return None  # it stands below
    return PrivateSentence(here.say("slack_meeting.calendar.there", new=new))
