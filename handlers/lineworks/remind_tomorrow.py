"""翌開庁日にもう一度 in LINE WORKS: below a reminder; answered with when it is said again."""

from handlers.chat.remind_tomorrow import VERB, request_reminder
from handlers.lineworks import contents
from handlers.lineworks.door import Said, UserInput, pressed


@pressed(VERB)
def remind_tomorrow(heard: UserInput) -> Said:
    return Said(contents.text(request_reminder(heard.here, heard.subject, heard.here.door.texts)))
