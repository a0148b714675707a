"""守秘義務の確認 in a modal, before the first content is shown; then on to what was wanted."""

from handlers.slack.door import (
    PRESSED,
    Answer,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.meetings.meeting_words import in_modal
from handlers.slack.ui import blocks
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.views import GetMeeting


@pressed("secrecy", opens=True)
def ask_secrecy(press: Press) -> Answer:
    """`item` is the verb of what was wanted and has to wait for it, and its subject if that is
    another than the meeting."""
    here = press.here
    back = "open_meeting" if press.opened else ""
    seen = here.ask(GetMeeting(press.subject))
    if not seen.must_confirm_secrecy:
        return PrivateSentence(here.say("slack_meeting.secrecy.already"))
    return Modal(
        here.say("slack_meeting.secrecy.title"),
        (
            blocks.section(in_modal(here.door, seen.line), strong=True),
            blocks.section(here.say("page.meeting.secrecy_duty")),
        ),
        callback="secrecy",
        submit=here.say("slack_meeting.secrecy.yes"),
        memory={"meeting": press.subject, "then": press.item or back},
    )


@submitted("secrecy")
def confirm_secrecy(submission: Submission) -> Answer:
    """On to what was wanted."""
    here, meeting_id = submission.here, submission.memory["meeting"]
    here.handle(ConfirmSecrecy(meeting_id))
    then, _, subject = submission.memory.get("then", "").partition(" ")
    if then:
        return PRESSED[then](Press(here, then, subject or meeting_id))
    return PrivateSentence(here.say("page.meeting.secrecy_saved"))
