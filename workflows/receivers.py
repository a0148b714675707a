"""Where a notice that leaves the house is sent: asked at the last moment, when it goes."""

from dataclasses import dataclass

from workflows.desk import Query, handles
from workflows.errors import NotFound
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class Receiver:
    """A member as a channel needs them; `email` may be empty."""

    member_id: str
    name: str
    email: str


@dataclass(frozen=True)
class GetReceiver(Query[Receiver]):
    """Raises NotFound."""

    member_id: str


@handles(GetReceiver, Action.KEEP_TIME)
def get_receiver(query: GetReceiver, work: Work) -> Receiver:
    member = work.uow.directory.member(query.member_id)
    if member is None:
        raise NotFound("not_found.member")
    return Receiver(member.id, member.name, member.email)
