"""The first sheet of a case that is split from another; and how a page names such a split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.cases.edit_sheet import CONSENT_FIELDS
from workflows.cases.story import who
from workflows.core.checking import rows
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Form, Value
from workflows.forms.shape import FREE_TEXT
from workflows.model.case import RESTRICTS, Split

# What a household shares; and what is asked anew of each person or each time it is passed on.
ALWAYS_COPIED: Final = ("address", "district", *RESTRICTS)
NEVER_COPIED: Final = (
    *("received_at", "name", "kana", "birth_date", "age_band", "gender", "phone", "household"),
    *CONSENT_FIELDS,
)


def fields_offered(form: Form) -> tuple[str, ...]:
    """The ids of the fields that may be copied to the new sheet; to be chosen on the page."""
    return tuple(f.id for f in form.fields if f.id not in (*ALWAYS_COPIED, *NEVER_COPIED))


def text_fields(form: Form) -> tuple[str, ...]:
    """The ids of the free texts among them: about two people, until somebody has read them."""
    return tuple(
        f.id
        for f in form.fields
        if f.type in FREE_TEXT and f.id not in (*ALWAYS_COPIED, *NEVER_COPIED)
    )


def first_sheet(
    form: Form,
    sheet: Mapping[str, Value],
    person: int,
    along: Iterable[int],
    parts: Iterable[str],
) -> dict[str, Value]:
    """What the new sheet begins with: the person of this row of the household, those who go along,
    what the household shares, and the parts that were chosen."""
    household = rows(dict(sheet), "household")
    one = household[person]
    kept = {
        f: sheet[f]
        for f in (*ALWAYS_COPIED, *parts)
        if f in sheet and form.has(f) and f not in NEVER_COPIED
    }
    own: dict[str, Value] = {f: one[f] for f in ("name", "kana", "age_band") if one.get(f)}
    others = [household[n] for n in along if n != person]
    return {**kept, **own, "household": others, "consent": "not_asked"}


@dataclass(frozen=True)
class SplitLine:
    """The other case of a split, for who may know of it ("" for others), with who split it when;
    `person` is content."""

    number: str
    person: str
    by: str
    at: datetime


def split_lines(splits: Iterable[Split], work: Work, *, reads: bool) -> tuple[SplitLine, ...]:
    found = []
    for one in splits:
        row = work.uow.cases.row(one.case_id) if one.undone_at is None else None
        if row is None:
            continue
        number = row.number if work.may(Action.SEE_CASE, row).allowed else ""
        if number or (reads and one.person):
            by = who(one.by, work, one.at)
            found.append(SplitLine(number, one.person if reads else "", by, one.at))
    return tuple(found)
