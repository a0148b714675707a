"""From Slack to the pages: a window with one link, which lets its member in on the wanted page."""

from typing import Final
from urllib.parse import quote

from handlers.slack import blocks
from handlers.slack.door import Here, Modal
from workflows.cards import Action
from workflows.sign_in import MakeOwnLink

WHY: Final = "slack_people.page.why"  # what is about a person is read and written there alone


def page_modal(here: Here, action: Action, why_key: str = WHY) -> Modal:
    """A window that says why the page is needed, with the link to it: good once, for ten minutes.

    Where a town wants single sign-on alone, the link is the page's address.
    """
    door = here.door
    address = door.page_of(action)
    only_single = door.settings.sign_in.oidc_only
    if not only_single:
        address = _way_in(here, address)
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


def _way_in(here: Here, address: str) -> str:
    """The address of a link that lets in whoever is here, and then leads to `address`."""
    token = here.handle(MakeOwnLink(), once=False)
    there = address.removeprefix(here.door.settings.page_address)
    link = here.door.page_of(Action("", "sign_in", "", token))
    return f"{link}?then={quote(there, safe='/')}"
