"""The main menu, and where the buttons of cards lead on the web."""

from handlers.words.texts import Texts
from handlers.words.to_do import promise_action
from handlers.words.verbs import address_of
from workflows.inbox.inbox import Shell
from workflows.model.card import CardButton
from workflows.model.promise import PromiseKind


def navigation(here: Shell, path: str, texts: Texts) -> list[tuple[str, str, bool, int]]:
    """(href, label, is current, count) of the pages this member uses."""
    roles = set(here.roles)
    used = {
        "inbox": address_of("inbox"),
        "desk": address_of("desk") if "coordinator" in roles else "",
        "cases": address_of("cases"),
        "meetings": address_of("meetings"),
        "requests": address_of("requests") if roles & {"coordinator", "manager"} else "",
        "directory": address_of("directory"),
        "digest": address_of("digest") if "manager" in roles else "",
        "retention": address_of("retention") if roles & {"manager", "administrator"} else "",
        "admin": address_of("administration") if "administrator" in roles else "",
    }
    return [
        (
            href,
            texts.label("menu", page),
            path == href or (href != "/" and path.startswith(href + "/")),
            here.waiting if page == "inbox" else 0,
        )
        for page, href in used.items()
        if href
    ]


def link(action: CardButton) -> str:
    """Where a card's button leads. Raises KeyError on an unknown verb."""
    return address_of(action.verb, action.subject, action.item)


def promise_link(kind: PromiseKind, number: str, meeting_id: str, item: str) -> str:
    """Where the one button of a to-do leads."""
    return link(promise_action(kind, number, meeting_id, item))
