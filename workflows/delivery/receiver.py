"""Where a notice that leaves the house is sent: asked at the last moment, when it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.notice import NO_MEMBER


@dataclass(frozen=True)
class Receiver:
    """A member as a channel needs them; `email` may be empty.

    `accounts` is who they are on each chat platform where they are linked.
    """

    member_id: str
    name: str
    email: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    town: str = ""  # whose bot writes


@dataclass(frozen=True)
class GetReceiver(Query[Receiver]):
    """Raises NotFound. `address` is of who is no member (workflows/model/notice.py: NO_MEMBER)."""

    member_id: str
    address: str = ""


@handles(GetReceiver, Action.KEEP_TIME, code="get_receiver")
def get_receiver(query: GetReceiver, work: Work) -> Receiver:
    town = work.uow.directory.town().name
    if query.member_id.startswith(NO_MEMBER):
        return Receiver(query.member_id, "", query.address, town=town)
    member = work.uow.directory.member(query.member_id)
    if member is None:
        raise NotFound("not_found.member")
    linked = work.uow.accounts.of_member(member.id)
    return Receiver(
        member.id,
        member.name,
        member.email,
        {a.platform: a.external_id for a in linked},
        town,
    )
