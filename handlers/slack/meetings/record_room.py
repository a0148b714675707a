"""What a meeting's room is told of its record: what every chat is told, nothing of the words."""

from handlers.slack.ui.drawing import Drawing, Message, card_message
from handlers.words.record_draft import chat_card
from workflows.core.errors import NotFound
from workflows.meetings.record_views import GetRecordSummary


def record_in_room(drawing: Drawing) -> Message | None:
    """The summary as it goes to everybody who was invited; its button asks each for their right."""
    meeting_id = drawing.post.meeting_id or ""
    try:
        facts = drawing.ask(GetRecordSummary(meeting_id))
    except NotFound:
        return None
    card = chat_card(drawing.door.texts, meeting_id, facts)
    return card_message(drawing.door, card)
