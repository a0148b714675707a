"""People who are not linked to a member: linked by their e-mail address, or shown whom to ask.

Whoever asks gets the same answer, registered or not: nothing is said about who is.
"""

from handlers.chat.people import ASK, ask_to_be_linked, meet
from handlers.lineworks import contents
from handlers.lineworks.api import ErrorKind, LineworksRefused
from handlers.lineworks.door import Heard, LineworksDoor, Said, pressed
from handlers.lineworks.menu import menu_content
from handlers.lineworks.people import looked_up
from workflows.chat.accounts import PersonSeen


def greet(door: LineworksDoor, user: str, verb: str) -> str | Said:
    """The member that somebody turns out to be, linked just now; or what they are told."""
    try:
        found: PersonSeen | None = looked_up(door, user)
    except LineworksRefused as refused:
        if refused.kind is not ErrorKind.CLOSED:
            return Said(contents.text(door.say("lineworks_app.stranger.not_now")))
        found = None  # we may not see who they are; they may ask all the same
    if found and not found.may_work:
        return Said(contents.text(door.say("lineworks_app.stranger.not_for_you")))
    member_id = meet(door, [found]).get(user) if found else None
    if member_id:
        return member_id
    if verb == ASK:
        return _asked(door, user, found)
    ask = contents.Button(door.say("lineworks_app.stranger.ask"), door.token(ASK))
    return Said(contents.buttons(door.say("lineworks_app.stranger.how"), ask))


@pressed(ASK)
def already(heard: Heard) -> Said:
    """Pressed by a member: they were linked since they were shown the button."""
    return Said(menu_content(heard.here, heard.here.say("lineworks_app.stranger.linked")))


def _asked(door: LineworksDoor, user: str, found: PersonSeen | None) -> Said:
    """Their wish goes to the administrators; a second one says that it is on its way."""
    outcome = ask_to_be_linked(door, user, found)
    return Said(contents.text(door.say(f"lineworks_app.stranger.{outcome}")))
