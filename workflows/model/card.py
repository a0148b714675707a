"""What is said, before any platform decides how it looks: plain data without markup."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CardButton:
    """One button: a label of at most 20 characters and what it opens."""

    label: str
    verb: str
    subject: str
    item: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Card:
    """At most five facts and three buttons; the next step first. Holds nothing personal."""

    title: str
    body: str
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[CardButton, ...] = ()
