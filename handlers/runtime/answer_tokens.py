"""The token and the address of a link by which an outside agency answers.

A token names a row of the store; whether the link is still good stands there alone, so that it can
be taken back. The same link makes the same token.
"""

from typing import Final

from handlers.runtime.tokens import BadToken, Tokens
from handlers.settings import Settings

PURPOSE: Final = "answer link"
PATH: Final = "/a/"


class AnswerTokens:
    """`secret` is the pages' key."""

    def __init__(self, secret: bytes) -> None:
        self._tokens = Tokens(secret)

    def seal(self, link_id: str) -> str:
        """About 80 characters that stand in an address as they are."""
        return self._tokens.seal(PURPOSE, {"l": link_id})

    def open(self, token: str) -> str:
        """The link's id. Raises BadToken."""
        found = self._tokens.open(PURPOSE, token).get("l")
        if not found:
            raise BadToken
        return found


def answer_address(settings: Settings, token: str) -> str:
    """Where the link leads: what a mail says."""
    return settings.page_address + PATH + token
