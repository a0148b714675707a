"""A mail that reached nobody: kept on the deliveries page, and told to who can do something."""

from dataclasses import dataclass
from typing import Final

from workflows.desk import Command, handles
from workflows.directory.model import Role
from workflows.notices import Fact
from workflows.permissions import Action
from workflows.sign_in import MAIL
from workflows.work import Work

CAME_BACK: Final = "bounced"


@dataclass(frozen=True)
class ReportReturned(Command[bool]):
    """The mail of this notice was refused, or went out and came back; whether that is news.

    `code` is the kind of error, such as bounced:5.1.1, never anything that a server wrote.
    """

    notice_id: str
    code: str


@handles(ReportReturned, Action.KEEP_TIME)
def report_returned(command: ReportReturned, work: Work) -> bool:
    """The administrators mend the address, once a day for each member; whoever runs the meeting
    asks by telephone. Nobody is told by mail of a mail that told them of one."""
    notice = work.uow.outbox.get(command.notice_id)
    if notice is None or notice.via != MAIL:
        return False
    on_its_way = notice.state == "sending"  # refused at once: delivery writes down how it ended
    if not on_its_way and not work.uow.outbox.came_back(notice.notice_id, command.code):
        return False
    work.record("mail_returned", notice=notice.notice_id, code=command.code)
    if notice.key == "mail_returned":
        return True
    reader = work.uow.directory.member(notice.member_id)
    agency = work.uow.directory.agency(reader.agency_id) if reader else None
    facts: dict[str, Fact] = {
        "agency": work.agency_name(reader.agency_id if reader else None),
        "phone": agency.phone if agency else "",
        "name": reader.name if reader else "—",
        "what": notice.key,
        "organiser": False,
    }
    others = [m for m in work.active_members() if m.id != notice.member_id]
    administrators = [m for m in others if Role.ADMINISTRATOR in m.roles]
    day = f"{notice.member_id}:{work.today.isoformat()}"
    meeting = work.uow.meetings.row(notice.meeting_id) if notice.meeting_id else None
    if meeting:
        runs_it = [m for m in others if m.id == meeting.organiser_id]
        administrators = [m for m in administrators if m not in runs_it]
        work.tell(
            "mail_returned",
            runs_it,
            once=f"{day}:{meeting.id}",
            facts={**facts, "organiser": True},
            meeting=meeting,
            urgent=True,
        )
    work.tell("mail_returned", administrators, once=day, facts=facts, urgent=True)
    return True
