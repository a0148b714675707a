"""`setup lineworks`: the persistent menu is registered. LINE WORKS keeps one for everybody."""

from collections.abc import Iterator

import handlers.lineworks.register_all  # noqa: F401 - what may be pressed registers itself
from handlers.lineworks.api import LineworksRefused
from handlers.lineworks.check import refused_words
from handlers.lineworks.door import LineworksDoor
from handlers.lineworks.menu import menu_bar
from handlers.runtime.finding import Finding, fine, wrong


def set_up_lineworks(door: LineworksDoor | None) -> Iterator[Finding]:
    """Register the menu anew; a second time nothing is different. None: it is not set up."""
    if door is None:
        yield wrong("lineworks_app.check.none")
        return
    actions = menu_bar(door)
    try:
        door.api.call("menu.register", body={"content": {"actions": actions}})
    except LineworksRefused as refused:
        yield refused_words(refused)
        return
    labels = "・".join(str(action["label"]) for action in actions)
    yield fine("lineworks_app.setup.menu", labels=labels)
