"""The question that a chat asked last and that may be answered by a typed word.

One for each person of a platform. It holds ids and no words, and only its own member sees it.
"""

from dataclasses import dataclass
from typing import Final

from workflows.desk import Command, Query, handles
from workflows.permissions import Action
from workflows.ports import Post
from workflows.work import Work, new_id

KIND: Final = "question"  # of a row of posts: nothing of it is drawn anew


@dataclass(frozen=True)
class KeepQuestion(Command[None]):
    """`asked` names what is open now for me, as the door writes it; "" for nothing any more."""

    platform: str
    user: str
    asked: str


@handles(KeepQuestion, Action.USE)
def keep_question(command: KeepQuestion, work: Work) -> None:
    posts = work.uow.posts
    for old in _mine(command.platform, command.user, work):
        posts.remove(old.id)
    if command.asked:
        posts.put(
            Post(
                id=new_id(),
                platform=command.platform,
                kind=KIND,
                place=command.user,
                member_id=work.me.id,
                matter=command.asked,
                created_at=work.now,
                over=True,
            )
        )


@dataclass(frozen=True)
class Question:
    """`overtaken`: news came since, so that a short word may be meant for that."""

    asked: str
    overtaken: bool


@dataclass(frozen=True)
class GetQuestion(Query[Question | None]):
    platform: str
    user: str


@handles(GetQuestion, Action.USE)
def get_question(query: GetQuestion, work: Work) -> Question | None:
    found = _mine(query.platform, query.user, work)
    if not found:
        return None
    newest = found[-1]
    news = max((item.delivered_at for item in work.uow.mailbox.items(work.me.id)), default=None)
    return Question(newest.matter, news is not None and news > newest.created_at)


def _mine(platform: str, user: str, work: Work) -> list[Post]:
    return work.uow.posts.find(platform, kind=KIND, place=user, member_id=work.me.id)
