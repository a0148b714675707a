"""The chat platforms beside the pages: which are switched on, and what they are called."""

from handlers.web.door import door, texts


def switched_on() -> tuple[str, ...]:
    """The codes of the platforms that are set up, in the order in which they are shown."""
    settings = door().settings
    set_up = {"slack": settings.slack, "lineworks": settings.lineworks}
    return tuple(name for name, found in set_up.items() if found)


def label_of(platform: str) -> str:
    return texts().label("platform", platform)


def names_of_chats() -> list[str]:
    """What the platforms that are switched on are called."""
    return [label_of(name) for name in switched_on()]
