"""Whom to invite: who is on the case already, who works in its fields, who is close by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.japanese.kana import fifty_sounds
from workflows.model.directory import Agency

# Bodies of one district in these fields stand close to its residents whatever the matter is:
# the welfare commissioners, a district's own desk.
LOCAL_FIELDS: Final = frozenset({"community", "general"})

Reason = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class SuggestFrom:
    """What a case says about whom it needs.

    `fields` are the wanted fields of work, each with the labels of the matters that want it;
    `on_case` are the agencies already on it by their relation (writer, lead, referred).
    """

    district_id: str
    fields: Mapping[str, tuple[str, ...]]
    on_case: Mapping[str, str]


@dataclass(frozen=True)
class Suggestion:
    """One agency to invite and why; a required one is already on the case."""

    agency_id: str
    required: bool
    reasons: tuple[Reason, ...]


def suggest_invitees(
    case_facts: SuggestFrom, agencies: Iterable[Agency], today: date
) -> list[Suggestion]:
    """Agencies of today in four groups, each in the order of the fifty sounds.

    On the case already; of its field and its own district; of its field for the whole town;
    close by in the district. A body of another district comes only if it is on the case.
    """
    found: list[tuple[int, tuple[str, str], Suggestion]] = []
    for agency in agencies:
        if not agency.is_active(today):
            continue
        relation = case_facts.on_case.get(agency.id)
        covers = agency.covers(case_facts.district_id)
        near = case_facts.district_id in agency.district_ids
        wanted = [field for field in agency.fields if covers and field in case_facts.fields]
        close_by = near and not LOCAL_FIELDS.isdisjoint(agency.fields)
        if relation is None and not wanted and not close_by:
            continue
        reasons: list[Reason] = []
        if relation is not None:
            reasons.append(("suggest.on_case", {"what": relation}))
        reasons.extend(
            ("suggest.field", {"field": field, "matters": "、".join(case_facts.fields[field])})
            for field in wanted
        )
        if near:
            reasons.append(("suggest.district", {"district": case_facts.district_id}))
        group = 0 if relation is not None else _group(wanted=bool(wanted), near=near)
        suggestion = Suggestion(agency.id, relation is not None, tuple(reasons))
        found.append((group, fifty_sounds(agency.kana), suggestion))
    found.sort(key=lambda entry: (entry[0], entry[1], entry[2].agency_id))
    return [suggestion for _, _, suggestion in found]


def _group(*, wanted: bool, near: bool) -> int:
    if wanted:
        return 1 if near else 2
    return 3
