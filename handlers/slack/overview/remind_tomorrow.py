"""翌開庁日にもう一度 in Slack: a quiet button on a reminder's card, then what was asked for."""

from handlers.chat.remind_tomorrow import (
    VERB,
    next_reminder_of,
    next_reminder_words,
    request_reminder,
)
from handlers.slack.door import Answer, Press, PrivateSentence, pressed
from handlers.slack.ui import blocks
from handlers.slack.ui.drawing import Drawing, Message, card_addition


@card_addition
def with_reminder(drawing: Drawing, message: Message) -> Message:
    """The card, with the button beside its own or with when it is said again, as in the inbox."""
    notice, door = drawing.post.notice, drawing.door
    if notice is None or drawing.state is not None or not drawing.post.member_id:
        return message
    ahead = next_reminder_of(drawing, notice)
    drawn = list(message.blocks)
    if ahead.at is not None:
        drawn.append(blocks.context(next_reminder_words(door.texts, "put_off_until", ahead.at)))
    elif ahead.may_ask:
        label = door.say("page.inbox.put_off")
        button = blocks.button(label, VERB, door.token(VERB, notice.promise or ""))
        beside = drawn.pop()["elements"] if drawn and drawn[-1]["type"] == "actions" else []
        drawn.append(blocks.buttons([*beside, button]))
    return Message(message.text, tuple(drawn))


@pressed(VERB)
def remind_tomorrow(press: Press) -> Answer:
    """Said beside the card, too: it cannot say that deadlines stay as they are."""
    return PrivateSentence(request_reminder(press.here, press.subject, press.here.door.texts))
