"""The two lists a town keeps in Excel, agencies and members: what a file would change.

Planning changes nothing. One error and the plan is empty: all of a file is taken, or none.
A row that is in the database and not in the file is left alone, and said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from workflows.directory.cells import ADDRESS_LENGTH, Cells
from workflows.directory.doubts import TWO_CORES, agency_doubts, member_doubts
from workflows.directory.import_plan import Changed, ImportPlan, plan_import
from workflows.directory.labels import AGENCY_COLUMNS, MEMBER_COLUMNS, Labels, folded
from workflows.directory.tables import (
    Row,
    RowError,
    Table,
    UnreadableTable,
    read_table,
    write_table,
)
from workflows.model.directory import Agency, AgencyKind, Member, Role, Town

__all__ = [
    "Changed",
    "ImportPlan",
    "Row",
    "RowError",
    "Table",
    "UnreadableTable",
    "plan_agencies",
    "plan_members",
    "read_table",
    "write_table",
]


def plan_agencies(
    table: Table, existing: Iterable[Agency], town: Town, labels: Labels, today: date
) -> ImportPlan[Agency]:
    """What this list of agencies would change."""

    header = labels.core_column if labels.core_column in table.header else ""
    marked: list[tuple[int, Agency]] = []

    def agency(cells: Cells) -> Agency:
        one = plain_agency(cells)
        if header and cells.flag("core", labels):
            marked.append((cells.row.number, one))
            if not one.is_active(today):
                cells.error("core", "lists.core_ended", value=one.name)
        return one

    def plain_agency(cells: Cells) -> Agency:
        start, end = cells.period(today)
        kind = cells.choice("kind", labels.kinds, "lists.unknown_kind")
        return Agency(
            id=cells.code("id"),
            name=cells.name("name"),
            kana=cells.kana("kana"),
            kind=AgencyKind(kind or AgencyKind.OTHER),
            fields=cells.choices("fields", labels.fields, "lists.unknown_field", required=True),
            district_ids=cells.districts(town, whole_town=labels.flags["whole_town"]),
            phone=cells.phone("phone"),
            fax=cells.phone("fax"),
            email=cells.email("email"),
            address=cells.text("address", ADDRESS_LENGTH),
            active_from=start,
            active_until=end,
        )

    columns = {what: labels.agency_columns[what] for what in AGENCY_COLUMNS}
    known = tuple(existing)
    core_column = {"core": header} if header else {}
    plan = plan_import(
        table, known, columns, agency, lambda entries: ((), ()), may_be_there=core_column
    )
    warnings = (*plan.warnings, *agency_doubts(plan, known, columns))
    if plan.errors or not marked:  # a list that marks none leaves the town's as it is
        return replace(plan, warnings=warnings)
    core, said = _core(marked, header, known, town)
    return replace(plan, core=core, warnings=(*warnings, *said))


def _core(
    marked: Sequence[tuple[int, Agency]], header: str, known: Iterable[Agency], town: Town
) -> tuple[str, tuple[RowError, ...]]:
    """The agency that becomes the 中核機関, "" when it is it already, with what to say of it.

    A town has one: of several that are marked it is the first, and each further one is a doubt.
    """
    (row, first), *others = marked
    by_code = {folded(one.id): one for one in known}
    there = by_code.get(folded(first.id), first)
    said = [
        RowError(number, header, TWO_CORES, {"value": one.name, "first": first.name})
        for number, one in others
    ]
    if there.id == town.core_agency_id:
        return "", tuple(said)
    old = by_code.get(folded(town.core_agency_id))
    facts = {"old": old.name if old else "", "new": first.name}
    return there.id, (*said, RowError(row, header, "lists.core_changes", facts))


def plan_members(  # noqa: PLR0917 -- in the order of plan_agencies
    table: Table,
    existing: Iterable[Member],
    agencies: Iterable[Agency],
    town: Town,
    labels: Labels,
    today: date,
) -> ImportPlan[Member]:
    """What this list of members would change; `agencies` are all that there are by then."""
    by_code = {folded(agency.id): agency for agency in agencies}
    known = tuple(existing)
    erased = {folded(one.id): one for one in known if one.erased_on}

    def member(cells: Cells) -> Member:
        start, end = cells.period(today)
        typed = cells.code("agency_id")
        agency = by_code.get(folded(typed))
        if typed and agency is None:
            cells.error("agency_id", "lists.unknown_agency", value=typed)
        roles = cells.choices("roles", labels.roles, "lists.unknown_role")
        typed_one = Member(
            id=cells.code("id"),
            agency_id=agency.id if agency else typed,
            name=cells.name("name"),
            kana=cells.kana("kana"),
            roles=frozenset(Role(role) for role in roles),
            email=cells.email("email"),
            is_contact=cells.flag("is_contact", labels),
            district_ids=cells.districts(town),
            active_from=start,
            active_until=end,
        )
        gone = erased.get(folded(typed_one.id))
        if gone is None:
            return typed_one
        # Their name went for good: an older list does not bring it back.
        same = replace(typed_one, id=gone.id, erased_on=gone.erased_on, former=())
        if replace(same, is_unconfirmed=gone.is_unconfirmed) != gone:
            cells.warning("id", "lists.erased", code=gone.id)
        return gone

    def judge(members: tuple[Member, ...]) -> tuple[tuple[RowError, ...], tuple[RowError, ...]]:
        active = [one for one in members if one.is_active(today)]
        errors: tuple[RowError, ...] = ()
        if not any(Role.ADMINISTRATOR in one.roles for one in active):
            role = labels.roles[Role.ADMINISTRATOR][0]
            facts = {"role": role}
            errors = (RowError(None, columns["roles"], "lists.no_administrator", facts),)
        windows = {one.agency_id for one in active if one.is_contact}
        return errors, tuple(
            RowError(
                None,
                columns["is_contact"],
                "lists.no_contact",
                {"agency": agency.name, "code": agency.id},
            )
            for agency in sorted(by_code.values(), key=lambda one: one.id)
            if agency.is_active(today) and agency.id not in windows
        )

    columns = {what: labels.member_columns[what] for what in MEMBER_COLUMNS}
    plan = plan_import(table, known, columns, member, judge)
    return replace(plan, warnings=(*plan.warnings, *member_doubts(plan, known, columns, today)))
