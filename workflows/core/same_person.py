"""Whether two entries of the directory may be one person: where two people have to agree."""

from workflows.japanese.same_person import normalized_name
from workflows.model.directory import Member


def may_be_same(one: Member | None, other: Member | None) -> bool:
    """[ours] Who has the other's address, or ever stood under a name that the other ever had, may
    be the other: one administrator alone can write another name over either."""
    if one is None or other is None:
        return False
    if one.id == other.id:
        return True
    if one.email and one.email.casefold() == other.email.casefold():
        return True
    return bool(_names(one) & _names(other))


def _names(member: Member) -> set[str]:
    every = (member.name, *(f.name for f in member.former), *member.corrected)
    return {name for name in map(normalized_name, every) if name}
