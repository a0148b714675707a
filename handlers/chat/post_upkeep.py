"""What stands on a platform because of us, brought up to date: what becomes of its row."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from handlers.chat.platform_error import ErrorKind, PlatformError
from handlers.chat.posts import OpenPostsUnit
from handlers.delivery.outbox import RETRIES
from workflows.core.ports import ClaimedPost, Post

AN_HOUR: Final = timedelta(hours=1)


class PostUpkeep:
    """The rows of one platform, as one worker claims them. No transaction is open in between."""

    def __init__(self, platform: str, open_unit: OpenPostsUnit) -> None:
        self._platform, self._open = platform, open_unit
        self.worker = uuid4().hex

    def claim(self, now: datetime, **at: str) -> ClaimedPost | None:
        """Claim a post that is due; `at` limits it to a place or a reader, as in Posts.claim."""
        with self._open() as unit:
            claimed = unit.posts.claim(now, self.worker, self._platform, **at)
            unit.commit()
        return claimed

    def forget(self, post: Post) -> None:
        """Nobody can see it any more."""
        with self._open() as unit:
            unit.posts.forget(post.id, self.worker)
            unit.commit()

    def keep(
        self,
        claimed: ClaimedPost,
        after: Post | None,
        now: datetime,
        again_at: datetime | None = None,
    ) -> None:
        """Store the post as it stands now (`after`), due again at `again_at`; None: it was
        removed."""
        with self._open() as unit:
            if after is None:
                unit.posts.forget(claimed.post.id, self.worker)
            else:
                unit.posts.drawn(after, self.worker, claimed.moves, now, again_at)
            unit.commit()

    def refused(self, claimed: ClaimedPost, error: PlatformError, now: datetime) -> None:
        """The platform did not take it now: it is due again when it may. What it will never take
        waits until its matter moves on. What may have gone is never given up: it would stand there
        wrong for good."""
        at: datetime | None = None
        match error.kind:
            case ErrorKind.LATER | ErrorKind.CLOSED:
                at = now + (error.after or AN_HOUR)
            case ErrorKind.MAYBE:
                at = now + RETRIES[min(claimed.attempt, len(RETRIES)) - 1]
            case ErrorKind.NEVER:
                pass
        counted = error.kind in (ErrorKind.MAYBE, ErrorKind.NEVER)
        self.later(claimed.post, at, error.code, counted=counted)

    def later(self, post: Post, at: datetime | None, error: str, *, counted: bool) -> None:
        with self._open() as unit:
            unit.posts.later(post.id, self.worker, at, error, counted=counted)
            unit.commit()
