"""Rows of a directory list that are valid and may be mistakes all the same: asked about first.

Two members with one address, a code that lost its zeros in Excel, a name put in another's row:
each shuts somebody out of signing in, or gives them another's history, without a word.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from workflows.directory.import_plan import Entry, ImportPlan
from workflows.directory.labels import folded
from workflows.directory.tables import Row, RowError, Table
from workflows.japanese.characters import trimmed
from workflows.japanese.same_person import normalized_kana, normalized_name
from workflows.model.directory import Agency, Member
from workflows.sign_in.sign_in import NOT_BY_SHARED

LOST_CODE_ZEROS: Final = "lists.lost_code_zeros"
TWO_CORES: Final = "lists.two_cores"
# The warnings after which somebody has to say that it is meant so.
DOUBTS: Final = frozenset(
    {
        LOST_CODE_ZEROS,
        TWO_CORES,
        "lists.letters",
        "lists.same_email",
        "lists.same_person",
        "lists.other_person",
    }
)


def doubts_in(warnings: Iterable[RowError]) -> tuple[RowError, ...]:
    """The warnings that somebody has to confirm, in the order of the rows in the file."""
    found = (w for w in warnings if w.key in DOUBTS)
    return tuple(sorted(found, key=lambda w: w.row_number or 0))


def agency_doubts(
    plan: ImportPlan[Agency], known: Iterable[Agency], columns: Mapping[str, str]
) -> tuple[RowError, ...]:
    """What may be wrong in a list of agencies."""
    return tuple(_lost_zeros(plan, known, columns))


def member_doubts(
    plan: ImportPlan[Member], known: Iterable[Member], columns: Mapping[str, str], today: date
) -> tuple[RowError, ...]:
    """What may be wrong in a list of members; who has left by today is left out."""
    before = {folded(one.id): one for one in known}
    after = {**before, **{folded(one.id): one for one in plan.to_save}}

    def is_here(one: Member) -> bool:
        return not one.active_until or one.active_until >= today

    here = list(filter(is_here, after.values()))
    by_email, by_person = _together(here, _by_email), _together(here, _by_person)
    found = list(_lost_zeros(plan, before.values(), columns))

    def doubt(one: Member, column: str, key: str, **facts: object) -> None:
        row = plan.rows.get(folded(one.id))
        found.append(RowError(row, columns[column], key, {"code": one.id, **facts}))

    for one in filter(is_here, plan.to_save):
        was = before.get(folded(one.id))
        if others := _made_same(one, was, by_email, _by_email):
            roles = {str(r) for m in (one, *others) for r in m.roles & NOT_BY_SHARED}
            named = {"name": one.name, "others": _called(others)}
            doubt(one, "email", "lists.same_email", **named, roles=sorted(roles))
        if others := _made_same(one, was, by_person, _by_person):
            doubt(one, "name", "lists.same_person", name=one.name, others=_called(others))
        if was and _is_another(was, one):
            doubt(one, "name", "lists.other_person", old=was.name, new=one.name)
    return tuple(found)


def restore_code_zeros(table: Table, header: str, known: Iterable[str]) -> Table:
    """The table with zeros put back into the codes of a column, where exactly one known code
    fits."""
    codes = list(known)
    there = {folded(code) for code in codes}
    by_bare: dict[str, list[str]] = {}
    for code in codes:
        by_bare.setdefault(_bare(code), []).append(code)

    def mended(row: Row) -> Row:
        typed = trimmed(row.cells.get(header, ""))
        fits = by_bare.get(_bare(typed), [])
        if not typed or folded(typed) in there or len(fits) != 1:
            return row
        return Row(row.number, {**row.cells, header: fits[0]})

    return Table(table.header, tuple(map(mended, table.rows)))


def _lost_zeros(
    plan: ImportPlan[Entry], known: Iterable[Entry], columns: Mapping[str, str]
) -> Iterator[RowError]:
    """New entries whose code is one that is there but for zeros."""
    codes = {_bare(one.id): one.id for one in known}
    for new in plan.added:
        if old := codes.get(_bare(new.id)):
            row = plan.rows.get(folded(new.id))
            yield RowError(row, columns["id"], LOST_CODE_ZEROS, {"value": new.id, "known": old})


def _bare(code: str) -> str:
    """00123 as 123, and A07 as A7."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", folded(code))


def _together(members: Iterable[Member], key: Callable[[Member], str]) -> dict[str, list[Member]]:
    """The members by what they have in common."""
    found: dict[str, list[Member]] = {}
    for one in members:
        found.setdefault(key(one), []).append(one)
    return found


def _made_same(
    one: Member,
    was: Member | None,
    there: Mapping[str, list[Member]],
    key: Callable[[Member], str],
) -> list[Member]:
    """Others who are the same in this, if the list makes it so."""
    mine = key(one)
    if not mine or (was is not None and key(was) == mine):
        return []
    return [other for other in there[mine] if other.id != one.id]


def _called(members: Iterable[Member]) -> list[tuple[str, str]]:
    """Code and name, in the order of the codes."""
    return sorted((one.id, one.name) for one in members)


def _by_email(member: Member) -> str:
    return folded(member.email)


def _by_person(member: Member) -> str:
    name, kana = normalized_name(member.name), normalized_kana(member.kana)
    return f"{name}|{kana}" if name and kana else ""


def _is_another(old: Member, new: Member) -> bool:
    """Whether name and reading are others, and so is the given name: marriage leaves that.

    Where the reading was left as it is: whether both names are others, and the given ones have no
    letter in common.
    """
    if normalized_name(old.name) == normalized_name(new.name):
        return False
    if normalized_kana(old.kana) != normalized_kana(new.kana):
        return _given(old) != _given(new)
    was, now = old.name.split(), new.name.split()
    return was[0] != now[0] and not set(was[-1]) & set(now[-1])


def _given(member: Member) -> str:
    parts = member.kana.split()
    return normalized_kana(parts[-1]) if len(parts) > 1 else member.id + member.kana
