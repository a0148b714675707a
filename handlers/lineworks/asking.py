"""Questions with short answers: what may be pressed under them may be typed as well.

What stands open is kept for each person, by ids. Which answer a typed word is, is registered by
the verb with which it would have been pressed; where nothing is, no typed word is an answer.

News closes what stood open: a short word may be meant for either, so it is asked by name first.
What a card asks by itself is open once it was sent, if nothing else was.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from handlers.chat.registry import Registry
from handlers.lineworks.door import LINEWORKS, PRESSED, Content, Drawing, Here, Said, UserInput
from workflows.chat.open_question import GetQuestion, SaveQuestion
from workflows.core.errors import Refused
from workflows.core.ports import TransactionConflict

Reads = Callable[[Here, str, str], str]  # (here, item of the question, word) -> item, "" for none
READS = Registry[Reads]()
# By the verb of a question, the one that asks it once more.
AGAIN: Final = {
    "answer_slot": "ask_slot",
    "attend_as": "attend",
    "role_done": "tick_role",
    "follow_up_as": "follow_up",
}
OVERTAKEN: Final = "overtaken"  # what stood open, and nothing has been asked by name since


def typed_for(verb: str) -> Callable[[Reads], Reads]:
    """Register which item a typed word stands for, as an answer to a question of this verb."""
    return READS.under(verb)


def ask(here: Here, content: Content, verb: str, subject: str, item: str = "") -> Said:
    """Ask, and keep that this is open now."""
    _keep(here, question(verb, subject, item))
    return Said(content)


def question(verb: str, subject: str, item: str = "") -> str:
    """What is asked, as it is kept: whose press a typed word stands for."""
    return f"{verb} {subject} {item}"


def nothing_open(here: Here) -> None:
    _keep(here, "")


def _keep(here: Here, asked: str) -> None:
    here.handle(SaveQuestion(LINEWORKS, here.user, asked), once=False)


def open_question(here: Here) -> str:
    """As `question` made it; "" when none is open."""
    asked = here.ask(GetQuestion(LINEWORKS, here.user))
    return "" if asked == OVERTAKEN else asked


def news_comes(drawing: Drawing, user: str) -> bool:
    """Close what stands open, before news is sent. Whether the news may open a question itself."""
    before = drawing.ask(GetQuestion(LINEWORKS, user))
    if before not in ("", OVERTAKEN):
        drawing.handle(SaveQuestion(LINEWORKS, user, OVERTAKEN))
    return not before or before.split(" ")[:2] in (one.split(" ")[:2] for one in drawing.asked)


def news_came(drawing: Drawing, user: str) -> None:
    """Keep what it asked. It was sent: where this does not go, what is typed is asked by name."""
    with suppress(Refused, TransactionConflict):
        for asked in drawing.asked:
            drawing.handle(SaveQuestion(LINEWORKS, user, asked))


def asked_again(heard: UserInput, told: Content) -> Said | None:
    """`told`, and below it the question that stands open: its buttons went away with what was
    typed. None when nothing is open any more."""
    here = heard.here
    verb, _, about = open_question(here).partition(" ")
    if verb not in AGAIN:
        return None
    subject, item = about.split(" ", 1)
    try:
        shown = PRESSED[AGAIN[verb]](UserInput(here, AGAIN[verb], subject, item, at=heard.at))
    except Refused:  # what it was about is not there any more
        return None
    return Said(told, *shown.contents) if shown and open_question(here) else None


def meant(asked: str, heard: UserInput, word: str) -> UserInput | None:
    """The press that a typed word stands for; None when it answers nothing here."""
    verb, subject, item = asked.split(" ", 2)
    chosen = READS[verb](heard.here, item, word) if verb in READS else ""
    return UserInput(heard.here, verb, subject, chosen, at=heard.at) if chosen else None
