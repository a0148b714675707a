"""People who are not linked to a member: linked by their e-mail address, or shown whom to ask.

Whoever asks gets the same answer, registered or not: nothing is said about who is.
"""

from functools import partial
from typing import Final

from handlers.chat.people import ASK, ask_to_be_linked, member_or_stranger
from handlers.chat.platform_error import ErrorKind
from handlers.mattermost.door import MattermostDoor, Press, pressed
from handlers.mattermost.menu import menu_message
from handlers.mattermost.messages import Button, Message, said
from handlers.mattermost.people import looked_up

# We may not see who people are.
HIDDEN: Final = frozenset({ErrorKind.CLOSED, ErrorKind.NEVER})


def greet(door: MattermostDoor, user: str, verb: str) -> str | Message:
    """The member that somebody turns out to be, linked just now; or what they are told."""
    seen = member_or_stranger(door, user, partial(looked_up, door), HIDDEN)
    if isinstance(seen, str):
        return seen
    if seen.refusal:
        return said(door.say(f"mattermost.stranger.{seen.refusal}"))
    if verb == ASK:
        return said(door.say(f"mattermost.stranger.{ask_to_be_linked(door, user, seen.found)}"))
    ask = Button(door.say("mattermost.stranger.ask"), ASK, primary=True)
    return said(door.say("mattermost.stranger.how"), ask)


@pressed(ASK)
def already(press: Press) -> Message:
    """Pressed by a member: they were linked since they were shown the button."""
    return menu_message(press.here, press.here.say("mattermost.stranger.linked"))
