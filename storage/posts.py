"""What stands on chat platforms because of us, and which of it may say something old.

A row is claimed like a notice of the outbox: by a conditional UPDATE whose row count is checked.
While it is leased nobody else draws it, so that an older drawing never lands upon a newer one;
`moves` counts how often its matter moved, so that a move during the drawing is not lost.
"""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Update,
    bindparam,
    case,
    delete,
    literal,
    not_,
    or_,
    select,
    update,
)

from storage.claims import worker_of
from storage.documents import from_text, to_text
from storage.tables import Instant, posts, upsert
from storage.tagged_rows import TaggedSession
from workflows.core.ports import ClaimedPost, Post, Unreadable
from workflows.model.notice import Notice

LEASE = timedelta(minutes=5)
_PLAIN = tuple(field.name for field in fields(Post) if field.name != "notice")


class PostStore:
    def __init__(self, session: TaggedSession, replica: str = "") -> None:
        self._replica = replica
        self._connection, self._rows = session.connection, session.of(posts)

    def put(self, post: Post) -> None:
        content = to_text(post.notice) if post.notice else ""
        values = {name: getattr(post, name) for name in _PLAIN}
        # Its matter may have moved while it was put up: it is looked at once more.
        waits = None if post.over else post.created_at
        values |= {"try_at": waits, "attempts": 0, "error": "", "worker": None}
        values = self._rows.tagged_row(values, {"content": content})
        if post.matter and not post.over and post.kind == "notice":
            older = (
                (posts.c.platform == post.platform)
                & (posts.c.kind == post.kind)
                & (posts.c.matter == post.matter)
                & (posts.c.member_id == post.member_id)
                & (posts.c.id != post.id)
                & posts.c.over.is_(False)
            )
            self._due(older, post.created_at, over=True)
        again = {
            **{name: value for name, value in values.items() if name not in ("id", "worker")},
            "try_at": case(
                (_being_drawn(post.created_at), posts.c.try_at), else_=literal(waits, Instant())
            ),
            "moves": posts.c.moves + 1,
        }
        self._connection.execute(
            upsert(self._connection, posts)
            .values(moves=0, **values)
            .on_conflict_do_update(index_elements=["id"], set_=again)
        )

    def get(self, post_id: str) -> Post | None:
        found = self._posts(select(posts).where(posts.c.id == post_id))
        return found[0] if found else None

    def find(
        self,
        platform: str,
        *,
        kind: str = "",
        place: str = "",
        external_id: str = "",
        member_id: str = "",
        case_id: str = "",
        meeting_id: str = "",
    ) -> list[Post]:
        wanted = {
            "kind": kind,
            "place": place,
            "external_id": external_id,
            "member_id": member_id,
            "case_id": case_id,
            "meeting_id": meeting_id,
        }
        query = select(posts)
        if platform:
            query = query.where(posts.c.platform == platform)
        for name, value in wanted.items():
            if value:
                query = query.where(posts.c[name] == value)
        return self._posts(query.order_by(posts.c.created_at, posts.c.id))

    def stale(
        self,
        at: datetime,
        *,
        subjects: Collection[str] = (),
        homes_of: Collection[str] = (),
        readers: Collection[str] = (),
        cards_of: Collection[str] = (),
        matter: str = "",
    ) -> None:
        if cards_of:
            theirs = (posts.c.kind == "notice") & posts.c.member_id.in_(cards_of)
            if matter:
                theirs &= posts.c.matter == matter
            self._due(theirs & posts.c.over.is_(False), at)
        said = {"subjects": subjects, "homes_of": homes_of, "readers": readers}
        self._connection.execute(
            _grown_old(), {"now": at} | {name: list(found) for name, found in said.items()}
        )

    def _due(self, which: ColumnElement[bool], at: datetime, **more: object) -> None:
        self._connection.execute(_due(which).values(**more), {"now": at})

    def remove(self, post_id: str) -> None:
        self._connection.execute(delete(posts).where(posts.c.id == post_id))

    def hold(self, now: datetime) -> None:
        """After a restore: what was not there yet may be by now, and what stands may be newer."""
        # A start page has no message of its own, and is put in its place however often.
        stands = (posts.c.external_id != "") | (posts.c.kind == "home")
        self._connection.execute(
            update(posts).where(not_(stands)).values(try_at=None, worker=None, attempts=1)
        )
        self._connection.execute(
            update(posts)
            .where(stands)
            .values(shown="", try_at=now, worker=None, attempts=0, moves=posts.c.moves + 1)
        )

    # -- for who draws them anew ------------------------------------------------------------------

    def claim(
        self,
        now: datetime,
        worker: str,
        platform: str,
        *,
        place: str = "",
        external_id: str = "",
        member_id: str = "",
    ) -> ClaimedPost | None:
        """One that may say something old, leased, the oldest first; of what stands there, or of
        this reader's, when that is said: first what stands there, then what moved last."""
        query = select(posts).where(posts.c.platform == platform, posts.c.try_at <= now)
        if external_id or member_id:
            at = (posts.c.place == place) & (posts.c.external_id == external_id)
            theirs = posts.c.member_id == member_id
            whose = [which for which, said in ((at, external_id), (theirs, member_id)) if said]
            query = query.where(or_(*whose)).order_by(case((at, 0), else_=1), posts.c.try_at.desc())
        query = query.order_by(posts.c.try_at, posts.c.id).limit(1)
        first = query.with_for_update(skip_locked=True)
        while (row := self._connection.execute(first).one_or_none()) is not None:
            claim = update(posts).where(posts.c.id == row.id, posts.c.try_at == row.try_at)
            if not self._rows.is_authentic(row):  # somebody else wrote for whom, or where
                self._connection.execute(claim.values(try_at=None, error="row_changed"))
                continue
            attempt = row.attempts + 1
            leased = self._connection.execute(
                claim.values(
                    attempts=attempt,
                    worker=worker_of(self._replica, worker),
                    try_at=now + LEASE,
                )
            )
            done = leased.rowcount == 1
            return ClaimedPost(self._post(row), row.moves, attempt) if done else None
        return None

    def is_being_drawn(self, now: datetime, platform: str, *, place: str, external_id: str) -> bool:
        """Whether somebody has leased what stands there just now."""
        there = (posts.c.place == place) & (posts.c.external_id == external_id)
        query = select(posts.c.id).where(posts.c.platform == platform, there, _being_drawn(now))
        return self._connection.execute(query).first() is not None

    def drawn(
        self,
        post: Post,
        worker: str,
        moves: int,
        now: datetime,
        again_at: datetime | None = None,
    ) -> bool:
        """Keep how it stands there now. Its matter moved on meanwhile: it is due at once, else
        `again_at`, when time alone may have changed it.

        False when the lease was lost to another worker; then nothing is kept.
        """
        moved = posts.c.moves != moves
        done = self._rows.change(
            (posts.c.id == post.id) & self._is_leased_to(worker),
            {"external_id": post.external_id, "place": post.place},
            shown=post.shown,
            over=post.over,
            # Of one that is over nothing is drawn any more.
            **({"content": ""} if post.over else {}),
            try_at=case(
                (moved, literal(now, Instant())),
                else_=literal(None if post.over else again_at, Instant()),
            ),
            attempts=0,
            worker=None,
            error="",
        )
        return done == 1

    def later(
        self, post_id: str, worker: str, try_at: datetime | None, error: str, *, counted: bool
    ) -> None:
        """Try again then, or with None not until its matter moves on."""
        values: dict[str, object] = {"try_at": try_at, "error": error[:200], "worker": None}
        if not counted:
            values["attempts"] = posts.c.attempts - 1
        self._connection.execute(
            update(posts).where(posts.c.id == post_id, self._is_leased_to(worker)).values(**values)
        )

    def forget(self, post_id: str, worker: str) -> None:
        """Nothing of it stands there any more, and nothing will."""
        self._connection.execute(
            delete(posts).where(posts.c.id == post_id, self._is_leased_to(worker))
        )

    def _is_leased_to(self, worker: str) -> ColumnElement[bool]:
        return posts.c.worker == worker_of(self._replica, worker)

    def _posts(self, query: Select[Any]) -> list[Post]:
        """What is not as the bot wrote it stands nowhere, as far as the bot goes by it."""
        return [
            self._post(r) for r in self._connection.execute(query) if self._rows.is_authentic(r)
        ]

    def _post(self, row: Row[tuple[Any, ...]]) -> Post:
        notice = None
        if row.content:
            try:
                text = self._rows.unsealed(row, "content")
            except Unreadable:
                text = ""
            notice = from_text(text, Notice) if text else None
        return Post(**{name: getattr(row, name) for name in _PLAIN}, notice=notice)


@cache
def _grown_old() -> Update:
    """What `stale` does after every command: written once."""

    def given(name: str) -> BindParameter[Any]:
        return bindparam(name, expanding=True)

    subjects = given("subjects")
    about = posts.c.case_id.in_(subjects) | posts.c.meeting_id.in_(subjects)
    home = posts.c.matter.in_(given("homes_of")) | posts.c.member_id.in_(given("readers"))
    # One that is over tells nothing that could grow old.
    return _due(or_(about & posts.c.over.is_(False), (posts.c.kind == "home") & home))


def _due(which: ColumnElement[bool]) -> Update:
    """Let these be drawn at once (`now`); what is being drawn just now, as soon as that is done."""
    at = bindparam("now", type_=Instant())
    drawing = _being_drawn(at)
    # Of what is not there yet it stays known that it may have been put up already.
    kept = drawing | (posts.c.external_id == "")
    return (
        update(posts)
        .where(which)
        .values(
            moves=posts.c.moves + 1,
            try_at=case((drawing, posts.c.try_at), else_=at),
            attempts=case((kept, posts.c.attempts), else_=0),
        )
    )


def _being_drawn(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return posts.c.worker.is_not(None) & (posts.c.try_at > at)
