"""Who is here today: the desk, the door and the post ask the same."""

from datetime import date

from workflows.core.ports import Directory
from workflows.model.directory import Member


def active_member(directory: Directory, member_id: str, on: date) -> Member | None:
    """The member, if they and their agency are here on that day."""
    member = directory.member(member_id)
    if member is None or not member.is_active(on):
        return None
    agency = directory.agency(member.agency_id)
    return member if agency and agency.is_active(on) else None
