"""The head of each message template: what is to be known of a notice before anything is drawn.

It is the comment with which a template begins, a line for each key, as `templates/messages/ja`
shows. What a notice needs is said there once; every door reads it here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import TemplateError

MESSAGES: Final = Path("messages") / "ja"
FOLDER: Final = Path(__file__).parents[2] / "templates" / MESSAGES

CARDS: Final = frozenset({"case", "record", "dates", "attendance", "running", "meeting", "digest"})
CALENDARS: Final = frozenset({"put", "cancel", "take_out"})
DONE_BY: Final = frozenset(
    {"reply", "role", "follow_up", "lead", "meeting", "reassessment", "record", "confirmation"}
)
_HEAD: Final = re.compile(r"\{#\n(to: .*?\n)#\}\n", re.DOTALL)


class BadHead(TemplateError):
    """The head of a message template that cannot be used; the text says which and where."""


@dataclass(frozen=True)
class NoticeHead:
    """What the head of a message template says.

    `to`: who receives it and when, for who reads the template. `name`: what the notice is called
    in a list, beside its number.
    `mail`: it goes by mail, too, to whoever has no chat, as somebody must do something after it;
    what only tells how it went waits in the inbox.
    `repeat`: it is sent once more where nobody knows whether it came; every reminder is, without
    saying so.
    `calendar`: "put", it says when and where a meeting is, and the entry goes with it; "cancel",
    the entry says that it is off; "take_out", it goes to who may not look at the meeting any more.
    `subject_day`: "meeting", its day stands in the subject of the mail, instead of the one by which
    something is to be done; so it does where there is a calendar entry.
    `card`: drawn in chats from how things are now, as `drawn_by` of a chat says; "" is the card as
    it was written. `done_by`: what is done about a "case" or a "record" ends what the card asks.
    """

    to: str
    name: str
    mail: bool = False
    repeat: bool = False
    calendar: str = ""
    subject_day: str = ""
    card: str = ""
    done_by: frozenset[str] = frozenset()


def read_head(source: str, where: str) -> NoticeHead | None:
    """The head of a template's text; None when it has none. Raises BadHead."""
    match = _HEAD.match(source)
    if match is None:
        return None
    lines = [line.partition(": ") for line in match[1].splitlines()]
    given = {key: value.strip() for key, _, value in lines}
    if len(given) < len(lines) or not all(given.values()):
        raise BadHead(f"{where}: {', '.join(given)}")
    try:
        head = NoticeHead(
            to=given.pop("to"),
            name=given.pop("name"),
            mail=_yes(given.pop("mail", "")),
            repeat=_yes(given.pop("repeat", "")),
            calendar=_one_of(CALENDARS, given.pop("calendar", "")),
            subject_day=_one_of({"meeting"}, given.pop("subject_day", "")),
            card=_one_of(CARDS, given.pop("card", "")),
            done_by=frozenset(
                _one_of(DONE_BY, one) for one in given.pop("done_by", "").split(", ") if one
            ),
        )
    except (KeyError, ValueError) as wrong:
        raise BadHead(f"{where}: {wrong}") from None
    if given:
        raise BadHead(f"{where}: {', '.join(given)}")
    return head


def _yes(value: str) -> bool:
    return bool(_one_of({"yes"}, value))


def _one_of(known: frozenset[str] | set[str], value: str) -> str:
    if value and value not in known:
        raise ValueError(value)
    return value


@cache
def heads() -> Mapping[str, NoticeHead]:
    """The heads of the messages that come with the program, by the key of the notice; read once."""
    found: dict[str, NoticeHead] = {}
    for path in sorted(FOLDER.glob("*.j2")):
        head = read_head(path.read_text("utf-8"), path.name)
        if head is None:
            raise BadHead(f"{path.name}: head")
        found[path.stem] = head
    return found


def drawn_as(card: str) -> tuple[str, ...]:
    """The keys of the notices whose card in a chat is drawn so."""
    return tuple(key for key, head in heads().items() if head.card == card)


def done_by(key: str) -> frozenset[str]:
    """What ends what the card of this notice asks; nothing of one that is not known here."""
    head = heads().get(key)
    return head.done_by if head else frozenset()


MAILED: Final = frozenset(key for key, head in heads().items() if head.mail)
