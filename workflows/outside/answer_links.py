"""Ways in from a mail: for one member and one thing that was asked of their agency.

Whoever holds such a link answers as its member, and does nothing else: the pages behind it show
no case content. It is asked of the permission table at every step whether the member still may.
The link's token names a row by its id alone; where it is made is `handlers/`'s matter.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from workflows.core.active_members import active_member
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import AnswerLink
from workflows.core.restore_gate import is_shut
from workflows.core.work import Work, new_id
from workflows.meetings.answer import refuse_if_closed
from workflows.meetings.convene import dates_offered
from workflows.meetings.fix_date import date_facts
from workflows.model.meeting import Meeting, MeetingState
from workflows.model.notice import Facts
from workflows.outside.requesting_agency import agency_of_case, agency_of_meeting
from workflows.sign_in.sign_in import MAIL

# [ours] Long enough to change an answer until a date far ahead is fixed.
LINK_LIFE: Final = timedelta(days=90)
# [ours] A mail that goes out now carries no link that ends before it is of use.
LONG_ENOUGH_TO_REPLY: Final = LINK_LIFE / 2


class AnswerLinkState(StrEnum):
    READY = "ready"
    REVOKED = "revoked"  # another was sent in its place, or it was taken back
    OVER = "over"  # too old, never made, or its member works there no more
    RESTORING = "restoring"  # after a restore nobody answers yet


@dataclass(frozen=True)
class AnswerTarget:
    """What a link leads to, and who answers with it; unless it is READY, whom to ask alone."""

    state: AnswerLinkState
    member_id: str = ""
    agency_id: str = ""
    meeting_id: str | None = None
    case_id: str | None = None
    item: str = ""
    number: str = ""  # of the case; neither it nor whom to ask while the case is restricted
    asker: str = ""  # the agency that asked, and its telephone: also told when the link is shut
    phone: str = ""
    restricted: bool = False


@dataclass(frozen=True)
class MakeAnswerLink(Command[str]):
    """The id of a member's link to a poll, or to a referral: the one they have, while it is good
    for long enough, or a new one.

    Nothing for a referral of a restricted case: that is answered after signing in.
    """

    member: str
    poll: str | None = None
    case: str | None = None
    referral: str = ""


@handles(MakeAnswerLink, Action.KEEP_TIME, code="make_answer_link")
def make_answer_link(command: MakeAnswerLink, work: Work) -> str:
    member = active_member(work.uow.directory, command.member, work.today)
    if member is None:
        raise NotFound("not_found.member")
    case = work.uow.cases.row(command.case) if command.case else None
    if case and case.restricted:
        return ""
    links = work.uow.answer_links
    for link in links.good(
        work.now,
        meeting_id=command.poll,
        case_id=command.case,
        item=command.referral,
        agency_id=member.agency_id,
    ):
        if link.member_id == member.id and link.expires_at - work.now > LONG_ENOUGH_TO_REPLY:
            return link.id
    made = AnswerLink(
        id=new_id(),
        member_id=member.id,
        agency_id=member.agency_id,
        made_at=work.now,
        expires_at=work.now + LINK_LIFE,
        meeting_id=command.poll,
        case_id=command.case,
        item=command.referral,
    )
    links.add(made)
    return made.id


@dataclass(frozen=True)
class GetAnswerTarget(Query[AnswerTarget]):
    """Where a link leads today."""

    link_id: str


@handles(GetAnswerTarget, Action.SIGN_IN, code="get_answer_target")
def get_answer_target(query: GetAnswerTarget, work: Work) -> AnswerTarget:
    if is_shut(work.uow):
        return AnswerTarget(AnswerLinkState.RESTORING)
    link = work.uow.answer_links.get(query.link_id)
    if link is None:
        return AnswerTarget(AnswerLinkState.OVER)
    shut = _asked_by(link, work)
    if link.expires_at <= work.now:
        return shut
    if link.revoked_at:
        return replace(shut, state=AnswerLinkState.REVOKED)
    member = active_member(work.uow.directory, link.member_id, work.today)
    if member is None or member.agency_id != link.agency_id:
        return shut
    return replace(
        shut,
        state=AnswerLinkState.READY,
        member_id=member.id,
        agency_id=link.agency_id,
        meeting_id=link.meeting_id,
        case_id=link.case_id,
        item=link.item,
    )


def _asked_by(link: AnswerLink, work: Work) -> AnswerTarget:
    """A shut way with whom to telephone about it; nothing of a restricted case."""
    number = ""
    if link.meeting_id:
        agency = agency_of_meeting(link.meeting_id, work)
    else:
        case = work.uow.cases.row(link.case_id or "")
        if case and case.restricted:
            return AnswerTarget(AnswerLinkState.OVER, restricted=True)
        number = case.number if case else ""
        agency = agency_of_case(link.case_id or "", link.item, work)
    if agency is None:
        return AnswerTarget(AnswerLinkState.OVER, number=number)
    return AnswerTarget(AnswerLinkState.OVER, number=number, asker=agency.name, phone=agency.phone)


# -- by who runs the meeting ----------------------------------------------------------------------


@dataclass(frozen=True)
class RevokeDatesLinks(Command[int]):
    """Take back every link by which an agency answers a meeting's dates. Answers with how many."""

    meeting_id: str
    agency_id: str


@handles(RevokeDatesLinks, Action.RUN_MEETING, code="revoke_dates_links")
def revoke_dates_links(command: RevokeDatesLinks, work: Work) -> int:
    return _revoked(work.meeting(command.meeting_id), command.agency_id, work)


@dataclass(frozen=True)
class SendDatesLinkAgain(Command[int]):
    """A new link by mail to each contact of the agency that has an address, with what the meeting
    asks now: the dates, or once one is fixed whether they come. Older ones are taken back. Answers
    with to how many. Raises Refused when nobody there has one, and when nothing is asked."""

    meeting_id: str
    agency_id: str


@handles(SendDatesLinkAgain, Action.RUN_MEETING, code="send_dates_link_again")
def send_dates_link_again(command: SendDatesLinkAgain, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    fixed = meeting.state is MeetingState.FIXED and not meeting.is_over(work.now)
    if not fixed:
        refuse_if_closed(meeting, work)
    agency = work.agency_name(command.agency_id)
    reached = [m for m in work.contacts(command.agency_id) if m.email]
    if not reached:
        raise Refused("answer_link.nobody", agency=agency)
    _revoked(meeting, command.agency_id, work)
    asked: Facts = {
        "agency": agency,
        "slots": len(meeting.slots),
        "dates": dates_offered(meeting, work),
        "answer_by": meeting.answer_by.isoformat(),
    }
    work.tell(
        "meeting_fixed" if fixed else "answer_link",
        reached,
        once=new_id(),
        facts={**date_facts(meeting, work, command.agency_id), "invited": True} if fixed else asked,
        meeting=meeting,
        urgent=True,
        via=MAIL,
    )
    work.record("links_sent_again", meeting=meeting, agency=command.agency_id, count=len(reached))
    return len(reached)


def _revoked(meeting: Meeting, agency_id: str, work: Work) -> int:
    if meeting.invite(agency_id) is None:
        raise NotFound("not_found.agency")
    links = work.uow.answer_links
    found = links.good(work.now, meeting_id=meeting.id, agency_id=agency_id)
    links.revoke([link.id for link in found], work.now)
    if found:
        work.record("links_revoked", meeting=meeting, agency=agency_id, count=len(found))
    return len(found)
