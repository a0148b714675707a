"""The town's words for the codes of the directory, as its two lists show and accept them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from workflows.japanese.characters import one_width
from workflows.model.directory import FIELDS, AgencyKind, Role

AGENCY_COLUMNS: Final = (
    "id",
    "name",
    "kana",
    "kind",
    "fields",
    "district_ids",
    "phone",
    "fax",
    "email",
    "address",
    "active_from",
    "active_until",
)
MEMBER_COLUMNS: Final = (
    "id",
    "name",
    "kana",
    "agency_id",
    "roles",
    "is_contact",
    "district_ids",
    "email",
    "active_from",
    "active_until",
)

LabelWords = Mapping[str, tuple[str, ...]]


def folded(word: str) -> str:
    """A word as it is compared: width, capitals and spaces make no difference."""
    return "".join(one_width(word).casefold().split())


@dataclass(frozen=True)
class Labels:
    """LabelWords by code: the first one is written, every one is understood.

    `flags` has the codes yes, no and whole_town. `core_column` is where the list of agencies marks
    the 中核機関, which may be left out; "" in words of a town's own that have no name for it.
    """

    agency_columns: Mapping[str, str]
    member_columns: Mapping[str, str]
    kinds: LabelWords
    fields: LabelWords
    roles: LabelWords
    flags: LabelWords
    core_column: str = ""


def labels_from(plain: Mapping[str, object]) -> Labels:
    """Labels from plain data, as a town writes them; ValueError names what is missing."""
    return Labels(
        agency_columns=_headers(plain, "agency_columns", AGENCY_COLUMNS),
        member_columns=_headers(plain, "member_columns", MEMBER_COLUMNS),
        kinds=_words(plain, "kinds", AgencyKind),
        fields=_words(plain, "fields", FIELDS),
        roles=_words(plain, "roles", Role),
        flags=_words(plain, "flags", ("yes", "no", "whole_town")),
        core_column=str(plain.get("core_column") or ""),
    )


def _words(plain: Mapping[str, object], group: str, codes: Iterable[str]) -> LabelWords:
    given = plain.get(group)
    if not isinstance(given, Mapping):
        raise ValueError(f"labels: {group} is missing")
    words: dict[str, tuple[str, ...]] = {}
    owners: dict[str, str] = {}
    for code in map(str, codes):
        found = given.get(code)
        listed = found if isinstance(found, list) else [found]
        words[code] = tuple(word for word in listed if isinstance(word, str) and word)
        if not words[code]:
            raise ValueError(f"labels: {group}.{code} is missing")
        for word in map(folded, words[code]):
            if owners.setdefault(word, code) != code:
                raise ValueError(f"labels: {group}.{code} shares a word with {owners[word]}")
    return words


def _headers(plain: Mapping[str, object], group: str, codes: Iterable[str]) -> Mapping[str, str]:
    return {code: words[0] for code, words in _words(plain, group, codes).items()}
