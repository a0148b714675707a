"""People who are not linked to a member: linked by their e-mail address, or shown whom to ask.

Whoever asks gets the same answer, registered or not: nothing is said about who is.
"""

from handlers.chat.people import ASK, ask_to_be_linked, meet
from handlers.chat.platform_error import ErrorKind
from handlers.mattermost.api import MattermostRefused
from handlers.mattermost.door import MattermostDoor, Press, pressed
from handlers.mattermost.menu import menu_message
from handlers.mattermost.messages import Button, Message, said
from handlers.mattermost.people import looked_up
from workflows.chat.accounts import PersonSeen


def greet(door: MattermostDoor, user: str, verb: str) -> str | Message:
    """The member that somebody turns out to be, linked just now; or what they are told."""
    try:
        found: PersonSeen | None = looked_up(door, user)
    except MattermostRefused as refused:
        if refused.kind in (ErrorKind.LATER, ErrorKind.MAYBE):
            return said(door.say("mattermost.stranger.not_now"))
        found = None  # we may not see who they are; they may ask all the same
    if found and not found.may_work:
        return said(door.say("mattermost.stranger.not_for_you"))
    member_id = meet(door, [found]).get(user) if found else None
    if member_id:
        return member_id
    if verb == ASK:
        return said(door.say(f"mattermost.stranger.{ask_to_be_linked(door, user, found)}"))
    ask = Button(door.say("mattermost.stranger.ask"), ASK, primary=True)
    return said(door.say("mattermost.stranger.how"), ask)


@pressed(ASK)
def already(press: Press) -> Message:
    """Pressed by a member: they were linked since they were shown the button."""
    return menu_message(press.here, press.here.say("mattermost.stranger.linked"))
