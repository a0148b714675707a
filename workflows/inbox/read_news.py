"""The news of an inbox: a page at a time, one of them, and what was read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from workflows.core.errors import NotFound
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import InboxItem
from workflows.core.work import Work
from workflows.delivery.hidden_numbers import without_hidden
from workflows.inbox.news import NewsState, news_states


def open_to_me(news: Sequence[InboxItem], work: Work) -> list[InboxItem]:
    """Without what was told of restricted cases of which I may not know any more."""
    known = without_hidden([item.notice for item in news], work)
    return [replace(item, notice=known[item.notice.id]) for item in news if item.notice.id in known]


def urgent_first(news: Sequence[InboxItem]) -> tuple[InboxItem, ...]:
    """Of what came in one minute what is urgent before all else; the newest first, as it was."""

    def place(item: InboxItem) -> tuple[datetime, bool]:
        return item.delivered_at.replace(second=0, microsecond=0), item.notice.urgent

    return tuple(sorted(news, key=place, reverse=True))


def older_than(items: Sequence[InboxItem], work: Work) -> str:
    """The id before which older news lies, or "" when these are all."""
    last = items[-1].notice.id if items else ""
    return last if last and work.uow.mailbox.items(work.me.id, 1, before=last) else ""


@dataclass(frozen=True)
class OlderNews:
    """`states` and `older_than` as in InboxView."""

    news: tuple[InboxItem, ...]
    states: Mapping[str, NewsState]
    older_than: str


@dataclass(frozen=True)
class GetOlderNews(Query[OlderNews]):
    """The news that came before that of this id: as many as fit on a page."""

    before: str


@handles(GetOlderNews, Action.USE, code="get_older_news")
def get_older_news(query: GetOlderNews, work: Work) -> OlderNews:
    if work.uow.mailbox.item(work.me.id, query.before) is None:
        raise NotFound("not_found.news")
    items = work.uow.mailbox.items(work.me.id, before=query.before)
    # Newer news of the same matter says how it is.
    newer = open_to_me(work.uow.mailbox.items(work.me.id), work)
    news = open_to_me(items, work)
    return OlderNews(
        urgent_first(news), news_states([*newer, *news], work), older_than(items, work)
    )


@dataclass(frozen=True)
class GetNews(Query[InboxItem]):
    """One piece of one's own news. Raises NotFound."""

    notice_id: str


@handles(GetNews, Action.USE, code="get_news")
def get_news(query: GetNews, work: Work) -> InboxItem:
    item = work.uow.mailbox.item(work.me.id, query.notice_id)
    found = open_to_me([item], work) if item else []
    if not found:
        raise NotFound("not_found.news")
    return found[0]


@dataclass(frozen=True)
class MarkRead(Command[None]):
    """News of mine that I have seen, by id."""

    notice_ids: Collection[str]


@handles(MarkRead, Action.USE, code="mark_read")
def mark_read(command: MarkRead, work: Work) -> None:
    work.uow.mailbox.mark_read(work.me.id, command.notice_ids, work.now)
