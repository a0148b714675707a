"""Questions with short answers: what may be pressed under them may be typed as well.

What stands open is kept for each person, by ids. Which answer a typed word is, is registered by
the verb with which it would have been pressed.
"""

from collections.abc import Callable

from handlers.lineworks.door import LINEWORKS, Content, Heard, Here, Said
from workflows.question import GetQuestion, KeepQuestion, Question

Reads = Callable[[Here, str, str], str]  # (here, item of the question, word) -> item, "" for none
READS: dict[str, Reads] = {}


def typed_for(verb: str) -> Callable[[Reads], Reads]:
    """Register which item a typed word stands for, as an answer to a question of this verb."""

    def register(read: Reads) -> Reads:
        if verb in READS:
            raise ValueError(f"{verb} is registered twice")
        READS[verb] = read
        return read

    return register


def ask(here: Here, content: Content, verb: str, subject: str, item: str = "") -> Said:
    """Ask, and keep that this is open now."""
    _keep(here, f"{verb} {subject} {item}")
    return Said(content)


def nothing_open(here: Here) -> None:
    _keep(here, "")


def _keep(here: Here, asked: str) -> None:
    here.handle(KeepQuestion(LINEWORKS, here.user, asked), once=False)


def open_question(here: Here) -> Question | None:
    return here.ask(GetQuestion(LINEWORKS, here.user))


def meant(question: Question, heard: Heard, word: str) -> Heard | None:
    """The press that a typed word stands for; None when it answers nothing here."""
    verb, subject, item = question.asked.split(" ", 2)
    chosen = READS[verb](heard.here, item, word)
    return Heard(heard.here, verb, subject, chosen, at=heard.at) if chosen else None
