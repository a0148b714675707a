"""The two lists as files for Excel; importing one unchanged changes nothing."""

from collections.abc import Iterable
from datetime import date

from workflows.directory.labels import AGENCY_COLUMNS, MEMBER_COLUMNS, Labels, LabelWords
from workflows.directory.tables import write_table
from workflows.model.directory import Agency, Member, Role, Town

SEPARATOR = "、"


def agency_cells(agency: Agency, town: Town, labels: Labels) -> dict[str, str]:
    """An agency as its row of the list says it, by what each cell means."""
    cells = (
        agency.id,
        agency.name,
        agency.kana,
        labels.kinds[agency.kind][0],
        _words(agency.fields, labels.fields),
        _districts(agency.district_ids, town) or labels.flags["whole_town"][0],
        agency.phone,
        agency.fax,
        agency.email,
        agency.address,
        _day(agency.active_from),
        _day(agency.active_until),
    )
    return dict(zip(AGENCY_COLUMNS, cells, strict=True))


def member_cells(member: Member, town: Town, labels: Labels) -> dict[str, str]:
    """A member as their row of the list says it, by what each cell means."""
    cells = (
        member.id,
        member.name,
        member.kana,
        member.agency_id,
        _words((role for role in Role if role in member.roles), labels.roles),
        labels.flags["yes" if member.is_contact else "no"][0],
        _districts(member.district_ids, town),
        member.email,
        _day(member.active_from),
        _day(member.active_until),
    )
    return dict(zip(MEMBER_COLUMNS, cells, strict=True))


def export_agencies(agencies: Iterable[Agency], town: Town, labels: Labels) -> bytes:
    """The list of agencies by code, in the columns that `plan_agencies` reads."""
    ordered = sorted(agencies, key=lambda one: one.id)
    header = [labels.agency_columns[what] for what in AGENCY_COLUMNS]
    rows = [tuple(agency_cells(agency, town, labels).values()) for agency in ordered]
    if labels.core_column:
        header.append(labels.core_column)
        yes = labels.flags["yes"][0]
        cores = [yes if agency.id == town.core_agency_id else "" for agency in ordered]
        rows = [(*cells, core) for cells, core in zip(rows, cores, strict=True)]
    return write_table(header, rows)


def export_members(members: Iterable[Member], town: Town, labels: Labels) -> bytes:
    """The list of members by code, in the columns that `plan_members` reads."""
    ordered = sorted(members, key=lambda one: one.id)
    return write_table(
        [labels.member_columns[what] for what in MEMBER_COLUMNS],
        [tuple(member_cells(member, town, labels).values()) for member in ordered],
    )


def _words(codes: Iterable[str], words: LabelWords) -> str:
    return SEPARATOR.join(words[code][0] for code in codes)


def _districts(ids: Iterable[str], town: Town) -> str:
    """Names; a district the town no longer has keeps its id, so that the file says so."""
    names = {district.id: district.name for district in town.districts}
    return SEPARATOR.join(names.get(district_id, district_id) for district_id in ids)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
