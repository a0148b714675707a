"""The chat platforms beside the pages: which are switched on, and what they are called."""

from handlers.web.door import door, texts


def switched_on() -> tuple[str, ...]:
    """The codes of the platforms that are set up, in the order in which they are shown."""
    settings = door().settings
    return tuple(chat.code for chat in door().platforms if chat.is_set_up(settings))


def account_id(platform: str, typed: str) -> str:
    """The id of an account there, in what was typed; "" when there is none."""
    found = next(chat for chat in door().platforms if chat.code == platform)
    return found.account_id(typed)


def label_of(platform: str) -> str:
    return texts().label("platform", platform)


def known_chats() -> list[tuple[str, str]]:
    """All that there are, set up or not: codes and what they are called."""
    return [(chat.code, label_of(chat.code)) for chat in door().platforms]


def names_of_chats() -> list[str]:
    """What the platforms that are switched on are called."""
    return [label_of(name) for name in switched_on()]
