"""People who are not linked to a member: linked by their e-mail address, or shown whom to ask.

Whoever asks gets the same answer, registered or not: nothing is said about who is.
"""

from functools import partial
from typing import Final

from handlers.chat.people import ASK, ask_to_be_linked, member_or_stranger
from handlers.lineworks import contents
from handlers.lineworks.api import ErrorKind
from handlers.lineworks.door import LineworksDoor, Said, UserInput, pressed
from handlers.lineworks.menu import menu_content
from handlers.lineworks.people import find_lineworks_person

HIDDEN: Final = frozenset({ErrorKind.CLOSED})  # we may not see who people are


def greet(door: LineworksDoor, user: str, verb: str) -> str | Said:
    """The member that somebody turns out to be, linked just now; or what they are told."""
    seen = member_or_stranger(door, user, partial(find_lineworks_person, door), HIDDEN)
    if isinstance(seen, str):
        return seen
    if seen.refusal:
        return Said(contents.text(door.say(f"lineworks_app.stranger.{seen.refusal}")))
    if verb == ASK:
        outcome = ask_to_be_linked(door, user, seen.found)
        return Said(contents.text(door.say(f"lineworks_app.stranger.{outcome}")))
    ask = contents.Button(door.say("lineworks_app.stranger.ask"), door.token(ASK))
    return Said(contents.buttons(door.say("lineworks_app.stranger.how"), ask))


@pressed(ASK)
def already(heard: UserInput) -> Said:
    """Pressed by a member: they were linked since they were shown the button."""
    return Said(menu_content(heard.here, heard.here.say("lineworks_app.stranger.linked")))
