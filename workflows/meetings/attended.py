"""Who came to a meeting: what somebody stated of each agency, and what is not known yet.

[ours] docs/rules.md 12: nobody's answer stays blank. What an agency said beforehand (○△×, 出欠) is
a hint beside the field: it said that it would come, nobody has said yet that it came.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from workflows.core.free_text import read_text
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.model.meeting import Attended, Meeting, Record

NOT_KNOWN: Final = "unknown"
CAME: Final = ("present", "delegate")
STATED: Final = (*CAME, "absent")
PRESENCES: Final = (NOT_KNOWN, *STATED)  # as a form offers them
WHO_MAX: Final = 40


def running_agencies(meeting: Meeting, work: Work) -> dict[str, set[str]]:
    """Agency id to member ids of chair and organiser, who come even where not invited."""
    found: dict[str, set[str]] = {}
    for member_id, held_for in (
        (meeting.organiser_id, meeting.organiser_agency_id),
        (meeting.chair_id, meeting.chair_agency_id),
    ):
        if agency_id := work.seats.agency_of(member_id, held_for):
            found.setdefault(agency_id, set()).add(member_id)
    return found


def attendance_of(meeting: Meeting, record: Record, work: Work) -> dict[str, Attended]:
    """Each agency of the attendance list with what was stated of it: invited ones first.

    What nobody saved was stated by nobody. A confirmed record lists what it holds, whoever is the
    chair since.
    """
    stated = record.attended if record.saved_at else {}
    ids = [i.agency_id for i in meeting.invites]
    ids += stated if record.confirmed_at else running_agencies(meeting, work)
    return {a: stated.get(a, Attended(NOT_KNOWN)) for a in dict.fromkeys(ids)}


def not_known(attended: Mapping[str, Attended]) -> list[str]:
    """The agencies of which nobody has said whether they came."""
    return [agency_id for agency_id, how in attended.items() if how.kind not in STATED]


def checked_attendance(
    before: Mapping[str, Attended], typed: Mapping[str, tuple[str, str]], *, ready: bool
) -> tuple[dict[str, Attended], list[FieldError]]:
    """What is stated now, (presence, who) by agency id laid over what was; and what is wrong.

    Wrong is a name as no text may be, and when `ready` every agency that is still blank.
    """
    read = {a: read_text(f"{a}.who", who, WHO_MAX) for a, (_, who) in typed.items()}
    now = {
        agency_id: Attended(typed[agency_id][0], read[agency_id][0])
        if agency_id in typed and typed[agency_id][0] in PRESENCES
        else how
        for agency_id, how in before.items()
    }
    errors = [error for _, wrong in read.values() for error in wrong]
    if ready:
        errors += [FieldError(f"{a}.presence", "record.who_came", {}) for a in not_known(now)]
    return now, errors


def how_many_came(attended: Iterable[Attended]) -> int:
    return sum(how.kind in CAME for how in attended)


def said_beforehand(meeting: Meeting, agency_id: str) -> tuple[str, str]:
    """What the agency said of its 出欠 (comes, absent or nothing), and who was to come."""
    invite = meeting.invite(agency_id)
    word = invite.attendance if invite else None
    return ("comes" if word.comes else "absent", word.who) if word else ("", "")


def answered_to_date(meeting: Meeting, agency_id: str) -> str:
    """The symbol (yes, maybe, no) with which it answered the date that was fixed, if it did."""
    answer = meeting.answers.get(agency_id, {}).get(meeting.fixed_slot_id or "")
    return str(answer.symbol) if answer else ""
