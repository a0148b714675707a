"""翌開庁日にもう一度 in Mattermost: below a reminder; answered with when it is said again."""

from handlers.chat.remind_tomorrow import VERB, request_reminder
from handlers.mattermost.door import Press, pressed
from handlers.mattermost.messages import Message, said


@pressed(VERB)
def remind_tomorrow(press: Press) -> Message:
    return said(request_reminder(press.here, press.subject, press.here.door.texts))
