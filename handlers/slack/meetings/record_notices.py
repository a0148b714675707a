"""Notices about a record that is to be written or confirmed: once it is done, they say so."""

from dataclasses import replace
from typing import Final

from handlers.slack.ui import blocks
from handlers.slack.ui.drawing import Drawing, Message, card_message, drawn_by, plain_card
from handlers.words.notice_heads import done_by, drawn_as
from workflows.core.errors import NotAllowed, NotFound
from workflows.meetings.views import GetMeeting
from workflows.model.meeting import MeetingState

# Where the record stands when what the notice asks for is no longer to be done.
DONE: Final = {"record": ("asked", "confirmed"), "confirmation": ("none", "begun", "confirmed")}


@drawn_by(*drawn_as("record"))
def record_notice(drawing: Drawing) -> Message | None:
    """The notice's card with its buttons while it is to be done, then one line of what became of
    it."""
    door, notice, card = drawing.door, drawing.post.notice, drawing.card
    assert notice is not None and card is not None  # noqa: S101, PT018 - a notice always has both
    try:
        seen = drawing.ask(GetMeeting(drawing.post.meeting_id or ""))
    except (NotFound, NotAllowed):
        return None
    cancelled = seen.line.state is MeetingState.CANCELLED
    done_in = [state for what in done_by(notice.key) for state in DONE[what]]
    if not cancelled and seen.record_state not in done_in:
        return plain_card(drawing)
    state = "cancelled" if cancelled else seen.record_state
    done = door.say(f"slack_desk.record.became.{state}", chair=seen.line.chair)
    left = tuple(replace(a, primary=False) for a in card.actions if a.verb == "open_meeting")
    drawn = card_message(
        door, replace(card, body="", actions=left), blocks.section(done, strong=True)
    )
    return replace(drawn, text=f"{card.title}　{done}")
