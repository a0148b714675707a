"""A notice that reached nobody outside the house: on the deliveries page, and told to who waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.ports import DeliveryState, Unreadable
from workflows.core.unreadable import readable
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.directory import Member
from workflows.model.meeting import Meeting
from workflows.model.notice import CHECKPOINT, EMERGENCY, NO_MEMBER, Fact, Facts

CAME_BACK: Final = "bounced"
STILL_WAITS: Final = "still_waits"  # the code of what has not gone, and goes as soon as it can
UNDELIVERED: Final = "mail_returned"  # the notice's key, which chats sent too


@dataclass(frozen=True)
class ReportReturned(Command[bool]):
    """Record that a notice was refused or bounced; answers whether that is new.

    `code` is the kind of error, such as bounced:5.1.1, never anything that a server wrote. Not
    `sure`: it may have arrived, and is not sent again by itself. With STILL_WAITS it has not gone
    for long, and stays as it is.
    """

    notice_id: str
    code: str
    sure: bool = True


@handles(ReportReturned, Action.KEEP_TIME, code="report_returned")
def report_returned(command: ReportReturned, work: Work) -> bool:
    """Who asked and the coordinators telephone, the administrators mend the address: each is told
    once a day for each member and matter. Nobody is told of a notice that told them of one."""
    notice = work.uow.outbox.get(command.notice_id)
    if notice is None or not notice.via:
        return False
    waits = command.code == STILL_WAITS
    on_its_way = notice.state == "sending"  # refused at once: delivery writes down how it ended
    if waits:
        if notice.state not in ("waiting", "sending"):
            return False
    elif not on_its_way and not work.uow.outbox.came_back(notice.notice_id, command.code):
        return False
    kind = "mail_waits" if waits else "mail_returned"
    work.record(kind, notice=notice.notice_id, code=command.code)
    if notice.key == UNDELIVERED:
        return True
    reader = work.uow.directory.member(notice.member_id)
    agency = work.uow.directory.agency(reader.agency_id) if reader else None
    facts: dict[str, Fact] = {
        "agency": work.agency_name(reader.agency_id if reader else None),
        "phone": agency.phone if agency else "",
        "name": work.member_name(notice.member_id),
        "what": notice.key,
        "via": notice.via,
        "sure": command.sure,
        "organiser": False,
        **({"waits": True} if waits else {}),
    }
    if notice.key == CHECKPOINT:  # to nobody of the directory: its setting is to be mended
        facts |= {"agency": "", "name": "", "outside": notice.member_id.removeprefix(NO_MEMBER)}
    told: set[str] = {notice.member_id}
    day = f"{notice.member_id}:{work.today.isoformat()}" + (":waits" if waits else "")
    urgent = not waits or notice.rank == EMERGENCY  # at night, nobody is waited for the rest
    said = facts_of_notice(notice, work)
    # A notice about a record that does not open would be held: the administrators hear without it.
    meeting = next(readable([meeting_about(notice, said)], work.uow.meetings), None)
    case = next(readable([notice.case_id or ""], work.uow.cases), None)
    if case:
        item = str(said.get("item") or (notice.promise or "").rpartition(":")[2])
        waiting = _others(who_asked(case, item, work), told)
        work.tell(
            UNDELIVERED,
            waiting,
            once=f"{day}:{case.id}",
            facts={**facts, "organiser": True},
            case=case,
            urgent=urgent,
        )
    elif meeting:
        waiting = _others(_who_convened(meeting, work), told)
        work.tell(
            UNDELIVERED,
            waiting,
            once=f"{day}:{meeting.id}",
            facts={**facts, "organiser": True},
            meeting=meeting,
            urgent=urgent,
        )
    if waits:  # the administrators hear of the way itself
        return True
    others = _others(work.administrators(), told)
    work.tell(UNDELIVERED, others, once=day, facts=facts, urgent=True)
    return True


def facts_of_notice(notice: DeliveryState, work: Work) -> Facts:
    """What the notice says; nothing once that is kept no more, or where it does not open."""
    try:
        said = work.uow.outbox.said(notice.notice_id)
    except Unreadable:
        return {}
    return said.facts if said else {}


def meeting_about(notice: DeliveryState, said: Facts) -> str:
    """The id of the meeting that it is about; of whose entry it is in a calendar alone, too."""
    return notice.meeting_id or str(said.get("entry", ""))


def _others(found: Iterable[Member], told: set[str]) -> list[Member]:
    """Those who have not been told by another line, each once; from now on they have."""
    new = {m.id: m for m in found if m.id not in told}
    told |= set(new)
    return list(new.values())


def who_asked(case: Case, referral_id: str, work: Work) -> list[Member]:
    """Who made the referral; who wrote the sheet and who answers for the case; its coordinators."""
    referral = case.referral(referral_id)
    asked = work.holder(referral.asked_by, "", case) if referral else []
    answering = [] if referral else work.contacts(case.answering_agency_id, case)
    return [*asked, *work.writer(case), *answering, *work.coordinators(case)]


def _who_convened(meeting: Meeting, work: Work) -> list[Member]:
    cases = work.uow.cases.rows_of([item.case_id for item in meeting.agenda]).values()
    near = [m for case in cases or (None,) for m in work.coordinators(case)]
    return [*work.organiser(meeting), *near]
