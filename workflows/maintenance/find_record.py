"""What an operator names on the command line: a member by code or name, a case by its number."""

from workflows.cases.find_case import case_number, plain_number
from workflows.core.errors import Refused
from workflows.core.work import Work
from workflows.japanese.characters import one_width
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member
from workflows.model.meeting_row import MeetingRow


def find_member(typed: str, work: Work) -> Member:
    """By the code, else by the whole name however it is spaced, former ones too.

    Raises Refused where nobody is called so, or several are: with their codes.
    """
    found = work.uow.directory.member(typed.strip())
    if found is not None:
        return found
    wanted = _unspaced(typed)
    several = [m for m in work.uow.directory.members() if wanted and wanted in _names_of(m)]
    if len(several) == 1:
        return several[0]
    if several:
        raise Refused("inspect.several_members", codes=[m.id for m in several])
    raise Refused("inspect.no_member", typed=typed)


def find_case(typed: str, work: Work) -> CaseRow:
    """By its number however it is typed, or its id. Raises Refused."""
    number = case_number(typed) or plain_number(typed)
    row = work.uow.cases.row(work.uow.cases.id_of(number) or typed.strip())
    if row is None:
        raise Refused("inspect.no_case", typed=typed)
    return row


def find_meeting(typed: str, work: Work) -> MeetingRow:
    """By its id, which stands in the address of its page. Raises Refused."""
    row = work.uow.meetings.row(typed.strip())
    if row is None:
        raise Refused("inspect.no_meeting", typed=typed)
    return row


def _names_of(member: Member) -> set[str]:
    return {_unspaced(name) for name in (member.name, *(f.name for f in member.former))}


def _unspaced(text: str) -> str:
    return "".join(one_width(text).split())
