"""A card whose news asks for nothing any more: what it was about, and the way to read on."""

from dataclasses import replace

from handlers.words.verbs import READ_ONLY_VERBS
from workflows.inbox.news import NewsState
from workflows.model.card import Card, CardButton


def still_works(action: CardButton, state: NewsState | None) -> bool:
    """Whether a button still leads to what it says, when this became of the news."""
    match state:
        case None:
            return True
        case (
            NewsState.DONE | NewsState.ENDED | NewsState.REPLACED | NewsState.OVER | NewsState.BACK
        ):
            return action.verb in READ_ONLY_VERBS
        case NewsState.SHUT:
            return action.verb == "open_meeting"
        case NewsState.WITHDRAWN:
            return False


def without_requests(card: Card, state: NewsState | None) -> Card:
    """Without what it asks for."""
    if state is None:
        return card
    left = tuple(replace(a, primary=False) for a in card.actions if still_works(a, state))
    return replace(card, body="", actions=left)
