"""What stands on chat platforms is drawn anew after whatever it is about has moved.

Part of every command's own transaction: a card, a home page and a board can be late, never wrong
for good. Nothing is drawn here; it is only said what may be old.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from workflows.core.ports import Post
from workflows.core.work import Work, new_id
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Member, Role
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow, meeting_row

ALL_CASES = "*"  # the `matter` of the home page of who sees every case


@dataclass(frozen=True)
class CoordinationBoard:
    """A channel of a chat platform in which every case that may be seen there has a card."""

    platform: str
    place: str


def home_key(member: Member) -> str:
    """By what somebody's home page is found: their agency, or everything."""
    sees_all = member.roles & {Role.COORDINATOR, Role.MANAGER}
    return ALL_CASES if sees_all else member.agency_id


def mark_home_stale(member: Member, work: Work) -> None:
    """Whoever moves to another agency or gets another role takes their home page with them."""
    posts = work.uow.posts
    for post in posts.find("", kind="home", member_id=member.id):
        posts.put(replace(post, matter=home_key(member), created_at=work.now))


def mark_rooms_stale(work: Work) -> None:
    """Somebody came, left or changed their part: who belongs in each meeting's room is looked at
    again."""
    rooms = work.uow.posts.find("", kind="room")
    work.uow.posts.stale(work.now, subjects=[post.meeting_id for post in rooms if post.meeting_id])


def mark_stale(
    moved: Iterable[Case | Meeting], boards: Sequence[CoordinationBoard], work: Work
) -> None:
    """Say what may be old now, and put up the cards of cases that have none yet."""
    subjects = {one.id for one in moved}
    if not subjects:
        return
    lines = [line for one in moved for line in _lines(one, work)]
    agencies = {a for line in lines for a in _agencies(line) if a}
    work.uow.posts.stale(work.now, subjects=subjects, homes_of=[*sorted(agencies), ALL_CASES])
    for one in moved:
        if isinstance(one, Case) and one.is_open and not one.is_restricted:
            post_to_boards(one, boards, work)


def _lines(one: Case | Meeting, work: Work) -> Iterable[CaseRow | MeetingRow]:
    """As it is, and as it was: who has no part in it any more had it on their page until now."""
    if isinstance(one, Case):
        now, before = case_row(one), work.uow.cases.row_before(one.id)
        return (now, before) if before else (now,)
    held, was = meeting_row(one), work.uow.meetings.row_before(one.id)
    return (held, was) if was else (held,)


def _agencies(line: CaseRow | MeetingRow) -> Iterable[str]:
    if isinstance(line, CaseRow):
        return line.agencies
    return [*line.agencies, line.organiser_agency_id, line.chair_agency_id, line.writer_agency_id]


def post_to_boards(case: Case | CaseRow, boards: Sequence[CoordinationBoard], work: Work) -> None:
    """A card on every board, unless it has one."""
    for board in boards:
        place = board.place
        if not work.uow.posts.find(board.platform, kind="board", place=place, case_id=case.id):
            work.uow.posts.put(
                Post(
                    id=new_id(),
                    platform=board.platform,
                    kind="board",
                    place=board.place,
                    member_id="",
                    matter=f"case:{case.id}",
                    created_at=work.now,
                    case_id=case.id,
                )
            )
