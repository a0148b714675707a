"""The part of a unit of work that a chat platform's door needs by itself."""

from contextlib import AbstractContextManager
from typing import Protocol

from handlers.chat.callbacks import CallbackUnit
from handlers.chat.posts import PostsUnit


class ChatUnit(CallbackUnit, PostsUnit, Protocol):
    """What platforms told us, and what stands on them."""


class OpenChatUnit(Protocol):
    def __call__(self) -> AbstractContextManager[ChatUnit]: ...
