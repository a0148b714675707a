"""翌開庁日にもう一度 in LINE WORKS: below a reminder; answered with when it is said again."""

from handlers.lineworks import contents
from handlers.lineworks.door import Heard, Said, pressed
from handlers.remind_tomorrow import VERB, asked_for


@pressed(VERB)
def remind_tomorrow(heard: Heard) -> Said:
    return Said(contents.text(asked_for(heard.here, heard.subject, heard.here.door.texts)))
