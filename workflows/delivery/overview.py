"""管理: what became of every notice, and sending a dead one again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import DeliveryState
from workflows.core.work import Work
from workflows.delivery.returned import CAME_BACK

MOST = 100
MOST_FAILED = 10  # the others are on a page of their own (dead_letters.py)
# An unknown one may have arrived; the administrator decides whether a second one does harm.
SENDABLE = ("dead", "unknown")


# What a notice about a case is called here, unless it asks for something: some are written on
# restricted cases alone, and their kind would say that there is one, and who may read it.
CASE_NOTICE: Final = "case_notice"


@dataclass(frozen=True)
class DeliveryLine:
    """One notice on its way: to whom and how it stands, never what it says."""

    delivery: DeliveryState
    receiver: str
    agency: str
    may_send_again: bool


@dataclass(frozen=True)
class DownChannel:
    """A way out by which nothing goes: since when and why, and how many notices wait for it."""

    name: str
    since: datetime
    reason: str
    waiting: int


@dataclass(frozen=True)
class AdministrationView:
    """`counts` by state; what failed first, then the newest."""

    counts: Mapping[str, int]
    failed: tuple[DeliveryLine, ...]
    recent: tuple[DeliveryLine, ...]
    town: str
    members: int
    agencies: int
    without_contact: tuple[tuple[str, str], ...]
    down: tuple[DownChannel, ...] = ()


@dataclass(frozen=True)
class GetAdministration(Query[AdministrationView]):
    """For the administrators' page."""


@handles(GetAdministration, Action.SEE_ADMINISTRATION, code="get_administration")
def get_administration(query: GetAdministration, work: Work) -> AdministrationView:
    outbox = work.uow.outbox
    reached = {m.agency_id for m in work.active_members() if m.is_contact}
    agencies = work.active_agencies()
    return AdministrationView(
        counts=outbox.counts(),
        failed=tuple(delivery_line(d, work) for d in work.uow.dead_letters.page("", MOST_FAILED)),
        recent=tuple(delivery_line(d, work) for d in outbox.recent(MOST)),
        town=work.uow.directory.town().name,
        members=len(work.active_members()),
        agencies=len(agencies),
        without_contact=tuple((a.id, a.name) for a in agencies if a.id not in reached),
        down=tuple(
            DownChannel(way.name, way.down_since, way.reason, work.uow.ways.waiting(way.name))
            for way in work.uow.ways.all()
            if way.is_down and way.down_since
        ),
    )


def delivery_line(delivery: DeliveryState, work: Work) -> DeliveryLine:
    receiver = work.uow.directory.member(delivery.member_id)
    return DeliveryLine(
        delivery=replace(delivery, key=_kind(delivery)),
        receiver=work.member_name(delivery.member_id),
        agency=work.agency_name(receiver.agency_id if receiver else None),
        may_send_again=delivery.state in SENDABLE and _is_kept(delivery, work),
    )


def _kind(delivery: DeliveryState) -> str:
    asks = delivery.promise or delivery.key.startswith("referral_")
    return delivery.key if asks or not delivery.case_id else CASE_NOTICE


def _is_kept(delivery: DeliveryState, work: Work) -> bool:
    """Of a mail that went out and came back only the inbox knows what it said."""
    came_back = delivery.error.startswith(CAME_BACK)
    return not came_back or work.uow.outbox.is_in_inbox(delivery.notice_id)


@dataclass(frozen=True)
class SendAgain(Command[None]):
    """Put a notice that failed back into the outbox; it is checked anew before it goes."""

    notice_id: str


@handles(SendAgain, Action.SEE_ADMINISTRATION, code="send_again")
def send_again(command: SendAgain, work: Work) -> None:
    delivery = work.uow.outbox.get(command.notice_id)
    if delivery is None:
        raise NotFound("not_found.delivery")
    came_back = delivery.error.startswith(CAME_BACK)
    if came_back and not work.uow.outbox.refill(command.notice_id):
        raise Refused("send_again.not_kept")
    if not work.uow.outbox.send_again(command.notice_id, work.now, SENDABLE):
        raise Refused("send_again.not_failed")
    work.record("delivery_sent_again", notice=command.notice_id, was=delivery.state)
