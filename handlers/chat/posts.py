"""What keeps things of ours on a platform up to date needs of a unit of work: their rows."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from workflows.core.ports import ClaimedPost, Post


class Posts(Protocol):
    """storage/'s rows of what stands on platforms; a claim is a lease."""

    def find(
        self, platform: str, *, kind: str = "", place: str = "", meeting_id: str = ""
    ) -> list[Post]: ...
    def claim(
        self,
        now: datetime,
        worker: str,
        platform: str,
        *,
        place: str = "",
        external_id: str = "",
        member_id: str = "",
    ) -> ClaimedPost | None: ...
    def is_being_drawn(
        self, now: datetime, platform: str, *, place: str, external_id: str
    ) -> bool: ...
    def drawn(
        self,
        post: Post,
        worker: str,
        moves: int,
        now: datetime,
        again_at: datetime | None = None,
    ) -> bool: ...
    def later(
        self, post_id: str, worker: str, try_at: datetime | None, error: str, *, counted: bool
    ) -> None: ...
    def forget(self, post_id: str, worker: str) -> None: ...


class PostsUnit(Protocol):
    @property
    def posts(self) -> Posts: ...
    def commit(self) -> None: ...


class OpenPostsUnit(Protocol):
    def __call__(self) -> AbstractContextManager[PostsUnit]: ...
