"""The question that a chat asked last and that may be answered by a typed word.

One for each person of a platform. It holds ids and no words, and only its own member sees it.
"""

from dataclasses import dataclass
from typing import Final

from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Post
from workflows.core.work import Work, new_id

KIND: Final = "question"  # of a row of posts: nothing of it is drawn anew


@dataclass(frozen=True)
class SaveQuestion(Command[None]):
    """`asked` names what is open now for me, as the door writes it; "" for nothing any more."""

    platform: str
    user: str
    asked: str


@handles(SaveQuestion, Action.USE, code="save_question")
def save_question(command: SaveQuestion, work: Work) -> None:
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
class GetQuestion(Query[str]):
    """What is open for me, as the door wrote it; "" for nothing."""

    platform: str
    user: str


@handles(GetQuestion, Action.USE, code="get_question")
def get_question(query: GetQuestion, work: Work) -> str:
    found = _mine(query.platform, query.user, work)
    return found[-1].matter if found else ""


def _mine(platform: str, user: str, work: Work) -> list[Post]:
    return work.uow.posts.find(platform, kind=KIND, place=user, member_id=work.me.id)
