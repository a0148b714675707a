"""What may leave the house: a notice drawn as its card, looked at by the guard."""

import logging
from typing import Final

from jinja2 import TemplateError

from handlers.words.texts import Texts
from workflows.core.errors import frames_of
from workflows.core.permissions import Caller
from workflows.delivery.hidden_numbers import GetNoticeForReceiver
from workflows.desk import Desk
from workflows.guard.mask_card import GuardCard, GuardResult
from workflows.model.card import Card
from workflows.model.notice import Notice, as_of

log = logging.getLogger(__name__)

# A word that is missing, or a fact that a filter cannot read: a town may have its own templates.
CANNOT_DRAW: Final = (TemplateError, KeyError, ValueError, TypeError)


class Held(Exception):
    """Nothing may leave; `why` is a name for it, never what was written."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def guarded_card(desk: Desk, texts: Texts, notice: Notice) -> GuardResult:
    """The notice and its card as they are true now, as the guard lets them go. Raises Held."""
    known = desk.ask(GetNoticeForReceiver(notice), Caller.CLOCK)
    if known is None:
        raise Held("may_not_be_told")
    notice = as_of(known, desk.now())
    try:
        card = texts.card(notice)
        words = texts.own_words(notice.key)
    except CANNOT_DRAW as error:
        # Named by its kind alone: the text of a template error may quote what it was given.
        log.error("cannot_render notice=%s at=%s", notice.id, frames_of(error))
        raise Held(f"cannot_render:{type(error).__name__}") from None
    return guarded(desk, notice, card, words)


def guarded(desk: Desk, notice: Notice, card: Card, words: tuple[str, ...] = ()) -> GuardResult:
    """A card about what this notice is about. Raises Held."""
    found = desk.handle(GuardCard(notice, card, words), Caller.CLOCK)
    if found.held:
        raise Held(found.held)
    return found
