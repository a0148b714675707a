"""管理: notices that reached nobody, page by page: sent again, by another way, or let go."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import LET_GO, LET_GO_IN_DOUBT, DeliveryState, Unreadable
from workflows.core.work import Work
from workflows.delivery.overview import SENDABLE, DeliveryLine, delivery_line
from workflows.model.notice import new_notice_id
from workflows.sign_in.sign_in import MAIL

A_PAGE: Final = 20
SENT_BY_FALLBACK: Final = "sent_another_way"


@dataclass(frozen=True)
class DeadLetter:
    """One notice, and the other ways by which its receiver can be reached."""

    line: DeliveryLine
    other_ways: tuple[str, ...]


@dataclass(frozen=True)
class DeadLetterPage:
    """The newest first. `next_page` is what the next page begins after, "" where there is none."""

    letters: tuple[DeadLetter, ...]
    next_page: str


@dataclass(frozen=True)
class GetDeadLetters(Query[DeadLetterPage]):
    """Those older than the notice `after`, or from the newest. Never what they say."""

    after: str = ""


@handles(GetDeadLetters, Action.SEE_ADMINISTRATION, code="get_dead_letters")
def get_dead_letters(query: GetDeadLetters, work: Work) -> DeadLetterPage:
    found = work.uow.dead_letters.page(query.after, A_PAGE + 1)
    letters = tuple(_letter(delivery, work) for delivery in found[:A_PAGE])
    return DeadLetterPage(letters, found[A_PAGE - 1].notice_id if len(found) > A_PAGE else "")


@dataclass(frozen=True)
class GetDeadLetter(Query[DeliveryLine]):
    """One of them. Raises NotFound, and Refused when it is none any more."""

    notice_id: str


@handles(GetDeadLetter, Action.SEE_ADMINISTRATION, code="get_dead_letter")
def get_dead_letter(query: GetDeadLetter, work: Work) -> DeliveryLine:
    return delivery_line(_failed(query.notice_id, work), work)


@dataclass(frozen=True)
class GetDownSince(Query[datetime | None]):
    """Since when nothing goes by this way; None while it is open."""

    way: str


@handles(GetDownSince, Action.SEE_ADMINISTRATION, code="get_down_since")
def get_down_since(query: GetDownSince, work: Work) -> datetime | None:
    state = work.uow.ways.get(query.way)
    return state.down_since if state.is_down else None


def _letter(delivery: DeliveryState, work: Work) -> DeadLetter:
    line = delivery_line(delivery, work)
    return DeadLetter(line, _other_ways(delivery, work) if line.may_send_again else ())


def _other_ways(delivery: DeliveryState, work: Work) -> tuple[str, ...]:
    """By which else its receiver is reached: none for what stands in the inbox or goes to nobody
    of the directory."""
    member = work.uow.directory.member(delivery.member_id)
    if member is None or not delivery.via:
        return ()
    chats = [account.platform for account in work.uow.accounts.of_member(member.id)]
    ways = [*chats, *([MAIL] if member.email else [])]
    return tuple(way for way in ways if way != delivery.via)


@dataclass(frozen=True)
class SendAnotherWay(Command[None]):
    """Send a notice that failed by another way of its receiver's; the first one is let go."""

    notice_id: str
    way: str


@handles(SendAnotherWay, Action.SEE_ADMINISTRATION, code="send_another_way")
def send_another_way(command: SendAnotherWay, work: Work) -> None:
    delivery = _failed(command.notice_id, work)
    if command.way not in _other_ways(delivery, work):
        raise Refused("send_again.no_such_way")
    letters, outbox = work.uow.dead_letters, work.uow.outbox
    try:
        said = outbox.said(command.notice_id)
    except Unreadable:
        said = None
    if said is None:
        raise Refused("send_again.not_kept")
    notice = replace(said, id=delivery.notice_id)
    key, there = letters.find_fallback(notice, delivery.via, command.way)
    if there is None:
        outbox.put(
            replace(
                notice,
                id=new_notice_id(work.now),
                via=command.way,
                dedupe_key=key,
                instead="",
                if_refused="",
                created_at=work.now,
                not_before=work.now,
            )
        )
    elif not outbox.send_again(there.notice_id, work.now, SENDABLE):
        raise Refused("send_again.went_there")
    letters.let_go(delivery.notice_id, work.now, SENT_BY_FALLBACK)
    work.record(
        "delivery_sent_another_way", notice=delivery.notice_id, was=delivery.state, via=command.way
    )


@dataclass(frozen=True)
class DiscardDeadLetter(Command[None]):
    """Send a notice that failed no more; what it said is emptied. Whoever waits for it goes on
    seeing that it reached nobody (unreached.py)."""

    notice_id: str


@handles(DiscardDeadLetter, Action.SEE_ADMINISTRATION, code="discard_dead_letter")
def discard_dead_letter(command: DiscardDeadLetter, work: Work) -> None:
    delivery = _failed(command.notice_id, work)
    reason = LET_GO if delivery.state == "dead" else LET_GO_IN_DOUBT
    work.uow.dead_letters.let_go(delivery.notice_id, work.now, reason)
    work.record("delivery_let_go", notice=delivery.notice_id, was=delivery.state)


def _failed(notice_id: str, work: Work) -> DeliveryState:
    delivery = work.uow.outbox.get(notice_id)
    if delivery is None:
        raise NotFound("not_found.delivery")
    if delivery.state not in SENDABLE:
        raise Refused("send_again.not_failed")
    return delivery
