"""A chat platform as the running bot knows it: what the bot gives to it, and what it does for it.

A further platform is a folder with a `ChatPlatform` of its own, named in bot.py, and its settings.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from flask import Flask

from handlers.chat.health import Health
from handlers.chat.rate_window import one_process
from handlers.chat.unit import ChatUnit
from handlers.delivery.sending import Channel
from handlers.runtime.finding import Finding
from handlers.runtime.tokens import Tokens
from handlers.settings import Settings
from handlers.words.texts import Texts
from workflows.core.mark_stale import CoordinationBoard
from workflows.desk import Desk
from workflows.forms import FormBook
from workflows.model.card import CardButton


class ChatDatabase(Protocol):
    """The database, as far as a chat needs it beside the desk. `open_with_priority` is for what
    somebody waits for. The texts are kept under a name of the chat's own, for all processes."""

    def open(self) -> AbstractContextManager[ChatUnit]: ...
    def open_with_priority(self) -> AbstractContextManager[ChatUnit]: ...
    def recall(self, name: str) -> str | None: ...
    def remember_about(self, name: str, value: str) -> None: ...
    def change_about(self, name: str, change: Callable[[str | None], str]) -> str: ...


@dataclass(frozen=True)
class ChatServices:
    """What a chat is given. `secret` is the pages' key; `page_of` is the address of the page on
    which a card's button leads; `processes` says how many of us share the platform's limits."""

    desk: Desk
    texts: Texts
    forms: FormBook
    settings: Settings
    secret: bytes
    page_of: Callable[[CardButton], str]
    database: ChatDatabase
    processes: Callable[[], int] = one_process

    def door_fields(self) -> dict[str, Any]:
        """What every `ChatDoor` is made of; a platform's own adds its settings and its API."""
        return {
            "desk": self.desk,
            "texts": self.texts,
            "forms": self.forms,
            "settings": self.settings,
            "tokens": Tokens(self.secret),
            "page_of": self.page_of,
        }


class ChatRuntime(Protocol):
    """Everything that speaks with one platform. No connection is made before `start`.

    `background_jobs` is what the clock does besides sending, each on a thread of its own, by its
    name in the log (handlers/clock/ticks.py): one step, and whether there was something to do.
    """

    @property
    def channel(self) -> Channel: ...
    @property
    def background_jobs(self) -> Mapping[str, Callable[[], bool]]: ...

    def mount(self, app: Flask) -> None:
        """Let the platform reach its part of the bot under the pages' address."""
        ...

    def start(self) -> None: ...
    def health(self) -> Health: ...

    def stop(self) -> None:
        """Take nothing new, and wait until what was begun is done."""
        ...


class ChatPlatform(ABC):
    """One platform. Its own modules are imported when they are needed: what a town does not use is
    not loaded.

    `code` is its name in the trail, among events and of accounts. Its words stand in files of its
    own in templates/words: what it is called (`label.platform.<code>`, `label.door.<code>`), why it
    does not work (`way_cause.<code>`), and what it calls things (`chat.<code>`). `setup_help` is
    the key of what `python bot.py setup <code>` does, "" where there is nothing to set up there.
    """

    code: ClassVar[str]
    setup_help: ClassVar[str] = ""

    def is_set_up(self, settings: Settings) -> bool:
        return getattr(settings, self.code) is not None

    @abstractmethod
    def runtime(self, services: ChatServices) -> ChatRuntime:
        """Only where it is set up."""

    @abstractmethod
    def check(self, settings: Settings, desk: Desk) -> Iterable[Finding]:
        """What is good and what is not, asked there; also where it is not set up."""

    def set_up(self, runtime: ChatRuntime | None) -> Iterable[Finding]:
        """Register there what belongs to us, such as a menu. None: it is not set up here."""
        return ()

    def boards(self, settings: Settings) -> Sequence[CoordinationBoard]:
        """The channels there in which every case has a card."""
        return ()

    def secret_files(self, settings: Settings) -> Sequence[Path]:
        """What only the bot may read, beside its own files."""
        return ()

    def account_id(self, typed: str) -> str:
        """The id of somebody's account in what was typed or copied; "" when there is none."""
        return typed

    def page_threads(self, settings: Settings) -> int:
        """How many of its requests wait for their answer on threads of the pages' server."""
        return 0
