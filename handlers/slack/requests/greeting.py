"""People who are not linked to a member: linked by their e-mail address, or shown whom to ask.

Whoever asks gets the same answer, registered or not: nothing is said about who is.
"""

from typing import Any

from handlers.chat.people import ASK, match_people
from handlers.chat.people import ask_to_be_linked as pass_on
from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import Answer, Modal, PrivateSentence, SlackDoor, pressed_by_anybody
from handlers.slack.requests.modal_calls import user_of
from handlers.slack.requests.people import own_team, person_seen
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Message
from handlers.slack.ui.modals import sentence_modal
from workflows.chat.accounts import PlatformPerson


def greet(door: SlackDoor, body: dict[str, Any]) -> str | Answer:
    """The member whoever pressed turns out to be, linked just now; or what they are told."""
    user = user_of(body)
    found = find_slack_person(door, user)
    if isinstance(found, PrivateSentence):
        return found
    member_id = match_people(door, [found]).get(user) if found else None
    if member_id:
        return member_id
    return Modal(door.say("slack.modal.title"), how_to_ask(door))


def find_slack_person(door: SlackDoor, user: str) -> PlatformPerson | PrivateSentence | None:
    """Who somebody is at Slack; a sentence for whoever may not use it. None: we may not see."""
    try:
        found = door.api.call("users.info", user=user)["user"]
        seen = person_seen(found, own_team(door))
    except SlackRefused as refused:
        match refused.kind:
            case ErrorKind.CLOSED:
                return None
            case ErrorKind.NEVER:
                return PrivateSentence(door.say("slack_people.not_for_you"))
            case _:
                return PrivateSentence(door.say("slack_people.not_now"))
    if seen.may_work:
        return seen
    theirs = (found.get("enterprise_user") or {}).get("enterprise_id")
    is_sister = door.enterprise and theirs == door.enterprise and not found.get("deleted")
    return PrivateSentence(
        door.say(f"slack_people.{'other_workspace' if is_sister else 'not_for_you'}")
    )


def how_to_ask(door: SlackDoor) -> tuple[Block, ...]:
    """What stands before somebody who is not linked: in a modal, in a message, on a home page."""
    ask = blocks.button(door.say("slack_people.ask"), f"{ASK}.0", door.token(ASK), style="primary")
    return (
        blocks.section(door.say("slack_people.unlinked"), strong=True),
        blocks.section(door.say("slack_people.how")),
        blocks.buttons([ask]),
    )


def strangers_page(door: SlackDoor) -> Message:
    """How to ask for access, as a message or home page for a person who is not linked."""
    return Message(door.say("slack_people.unlinked"), how_to_ask(door))


@pressed_by_anybody(ASK)
def ask_to_be_linked(door: SlackDoor, user: str) -> Answer:
    """Their wish goes to the administrators; a second one says that it is on its way."""
    found = find_slack_person(door, user)
    if isinstance(found, PrivateSentence):
        return found
    if found and match_people(door, [found]):
        return sentence_modal(door, door.say("slack_people.linked"))
    return sentence_modal(door, door.say(f"slack_people.{pass_on(door, user, found)}"))
