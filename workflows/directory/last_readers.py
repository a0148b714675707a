"""Restricted cases that a change of the directory leaves without a reader: who reads them next.

[ours] docs/rules.md 7: somebody who answers for the case always reads it. Whoever ends the last
such reading (a last day, a move, a role taken away, an agency's end; on a page, by a list, on the
command line) chooses in the same saving who reads it from then on, and need not see it for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from workflows.cases.name_members import goes_off_list, name_and_tell
from workflows.cases.readers import (
    DirectorySnapshot,
    answers_for,
    current_directory,
    loses_last_reader,
    reads_it,
)
from workflows.core.errors import Invalid
from workflows.core.permissions import Action
from workflows.core.same_person import may_be_same
from workflows.core.work import Work
from workflows.directory.permission_requests import brought_in_by
from workflows.forms import FieldError
from workflows.model.case_row import CaseRow
from workflows.model.directory import Agency, Member

NEW_READER_FIELD = "follower"  # the field; of several entries at once `follower.<code>`


@dataclass(frozen=True)
class LeftUnread:
    """Cases of which the member or agency `code` is, or has, the last reader.

    `numbers` are those that the asker may know of, of `count` in all. `candidates` are (id, name,
    agency) of those of whom each could follow in all of them.
    """

    code: str
    name: str
    count: int
    numbers: tuple[str, ...]
    candidates: tuple[tuple[str, str, str], ...]
    case_ids: tuple[str, ...]


def left_unread(
    work: Work, members: Iterable[Member] = (), agencies: Iterable[Agency] = ()
) -> list[LeftUnread]:
    """The restricted cases that these changed entries would leave unread; before they are saved."""
    people, offices = {m.id: m for m in members}, {a.id: a for a in agencies}
    was = current_directory(work)
    will_be = DirectorySnapshot({**was.members, **people}, {**was.agencies, **offices})
    found: dict[str, list[CaseRow]] = {}
    for row in work.uow.cases.rows(open_only=False) if people or offices else ():
        if not row.restricted or row.broken:
            continue
        code = _by_whom(row, people, offices, was)
        if code and loses_last_reader(row, _after(row, people, was, work), was, will_be, work):
            found.setdefault(code, []).append(row)
    return [_left(code, rows, people, was, will_be, work) for code, rows in found.items()]


def _by_whom(
    row: CaseRow,
    people: Mapping[str, Member],
    offices: Mapping[str, Agency],
    was: DirectorySnapshot,
) -> str:
    """The changed entry to whom it is put down; "" when none has to do with the case."""
    for member_id in row.named:
        if member_id in people:
            return member_id
        member = was.members.get(member_id)
        if member and member.agency_id in offices:
            return member.agency_id
    return ""


def _after(
    row: CaseRow, people: Mapping[str, Member], was: DirectorySnapshot, work: Work
) -> CaseRow:
    """The case once those who move to an agency without a part are off its list."""

    def stays(member_id: str) -> bool:
        before, after = was.members.get(member_id), people.get(member_id)
        return not (before and after and goes_off_list(before, after, row, work))

    return replace(row, named=tuple(m for m in row.named if stays(m)))


def _left(  # noqa: PLR0917 -- both sides of the change
    code: str,
    rows: list[CaseRow],
    people: Mapping[str, Member],
    was: DirectorySnapshot,
    will_be: DirectorySnapshot,
    work: Work,
) -> LeftUnread:
    def follows(member: Member) -> bool:
        if _is_asker(member, work):
            return False
        for row in rows:
            after = _after(row, people, was, work)
            named = replace(after, named=(*after.named, member.id))
            if not answers_for(member, row) or not reads_it(member, named, work):
                return False
            if loses_last_reader(row, named, was, will_be, work):
                return False
        return True

    offered = sorted((m for m in will_be.members.values() if follows(m)), key=lambda m: m.kana)
    entry = will_be.members.get(code) or will_be.agencies.get(code)
    seen = [r.number for r in rows if work.actor and work.may(Action.SEE_CASE, r).allowed]
    return LeftUnread(
        code=code,
        name=entry.name if entry else code,
        count=len(rows),
        numbers=tuple(seen),
        candidates=tuple((m.id, m.name, _office(m, will_be)) for m in offered),
        case_ids=tuple(r.id for r in rows),
    )


def _is_asker(member: Member, work: Work) -> bool:
    """Whether it is who acts, may be, or was brought in by them of late: nobody gives themselves a
    case to read by ending a reading."""
    me = work.actor
    return me is not None and (may_be_same(me, member) or me.id in brought_in_by(member, work))


def _office(member: Member, staff: DirectorySnapshot) -> str:
    agency = staff.agencies.get(member.agency_id)
    return agency.name if agency else member.agency_id


def new_reader_errors(
    left: Iterable[LeftUnread], followers: Mapping[str, str], *, field: str = ""
) -> list[FieldError]:
    """An error for each entry for which no new reader is chosen yet, or one who would not read.

    `field` is the name of the form's field where there is a single one.
    """
    errors = []
    for one in left:
        chosen = followers.get(one.code, "")
        if chosen in {who for who, _, _ in one.candidates}:
            continue
        key = "directory.last_reader" if one.candidates else "directory.no_follower"
        if chosen:
            key = "directory.follower_reads_not"
        facts = {
            "count": one.count,
            "numbers": list(one.numbers),
            "name": one.name,
            "candidates": list(one.candidates),
        }
        errors.append(FieldError(field or f"{NEW_READER_FIELD}.{one.code}", key, facts))
    return errors


def must_choose_new_readers(left: Iterable[LeftUnread], followers: Mapping[str, str]) -> None:
    """Raises Invalid with the errors of `new_reader_errors`."""
    if errors := new_reader_errors(left, followers):
        raise Invalid(errors)


def name_new_readers(left: Iterable[LeftUnread], followers: Mapping[str, str], work: Work) -> None:
    """Name whoever was chosen on each case, and tell them; once the directory has been saved."""
    for one in left:
        member = work.uow.directory.member(followers[one.code])
        for case_id in one.case_ids if member else ():
            case = work.case(case_id)
            if member and member.id not in case.named_member_ids:
                name_and_tell(case, member, work)
