"""From Slack to the pages: a window with one link, which lets its member in on the wanted page."""

from typing import Final

from handlers.runtime.one_time_page_link import one_time_page_link
from handlers.slack.door import Here, Modal
from handlers.slack.ui import blocks
from workflows.model.card import CardButton
from workflows.sign_in.sign_in import MakeOwnLink

WHY: Final = "slack_people.page.why"  # what is about a person is read and written there alone


def page_modal(here: Here, action: CardButton, why_key: str = WHY) -> Modal:
    """A window that says why the page is needed, with the link to it: good once, for ten minutes.

    Where a town wants single sign-on alone, the link is the page's address.
    """
    door = here.door
    settings = door.settings
    only_single = settings.sign_in.oidc_only
    address = one_time_page_link(
        action, door.page_of, settings, lambda: here.handle(MakeOwnLink(), once=False)
    )
    note = "slack_people.page.sign_in" if only_single else "slack_people.page.once"
    label = door.say("slack_people.page.open")
    return Modal(
        door.say("slack_people.page.title"),
        (
            blocks.section(door.say(why_key)),
            blocks.buttons([blocks.link_button(label, "0", address)]),
            blocks.context(door.say(note)),
        ),
    )
