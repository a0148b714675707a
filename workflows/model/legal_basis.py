"""The legal bases of meetings: all that is to be known of each is one entry of a file of data.

Code asks what is so of a basis and names none, so that another entry is another basis. The file is
one of templates, because it holds words; it is read here, because permissions ask what a basis
lets be said, with no door at hand.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[2] / "templates" / "forms" / "legal_bases.toml"


class BasisCondition(StrEnum):
    """What has to be so before a person is talked about on a legal basis (docs/rules.md 1 to 4)."""

    SECRECY = "secrecy"  # without consent; everybody confirms the secrecy duty first
    CONSENT = "consent"  # the consent in force covers the agency that hears of it
    NO_CONTENT = "no_content"  # nobody in particular is talked about


class UsualBasis(StrEnum):
    """For which cases a basis is offered first."""

    CONSENTED = "consented"
    UNCONSENTED = "unconsented"


@dataclass(frozen=True)
class BasisEntry:
    """`label` is its name where it is chosen, with `note`; `short` the one within a sentence;
    `called` what its meetings are called. `about_cases`: none is held without a case.

    Whether a town reads its own ordinance more narrowly is its decision: then it does not offer the
    basis.
    """

    label: str
    called: str
    footing: BasisCondition
    note: str = ""
    short: str = ""
    about_cases: bool = False
    usual_for: UsualBasis | None = None


def read_bases(text: str) -> dict[str, BasisEntry]:
    """The entries by their codes. Raises ValueError, TypeError or KeyError on what is no entry."""
    return {code: _entry(dict(given)) for code, given in tomllib.loads(text).items()}


def _entry(given: dict[str, object]) -> BasisEntry:
    footing, usual = BasisCondition(str(given.pop("footing"))), given.pop("usual_for", None)
    about_cases = given.pop("about_cases", False)
    if not isinstance(about_cases, bool) or not all(isinstance(w, str) for w in given.values()):
        raise ValueError(given)
    return BasisEntry(
        footing=footing,
        usual_for=UsualBasis(str(usual)) if usual else None,
        about_cases=about_cases,
        **{name: str(word) for name, word in given.items()},
    )


ENTRIES: Final[Mapping[str, BasisEntry]] = read_bases(FILE.read_text("utf-8"))


class LegalBasis(StrEnum):
    """On what footing a meeting shares information: a member for each entry, none with a name that
    code could use. The display name is a town's own."""

    _ignore_ = "members code"
    members = vars()
    for code in ENTRIES:
        members[code.upper()] = code


def condition_of_basis(basis: LegalBasis | str) -> BasisCondition:
    """The condition of one basis; consent for one that this version does not know."""
    entry = ENTRIES.get(str(basis))
    return entry.footing if entry else BasisCondition.CONSENT


def conditions_of(bases: Iterable[LegalBasis]) -> frozenset[BasisCondition]:
    """Every condition of a meeting of these bases: of several, each one holds.

    A 支援会議 that is a 重層的支援会議 too takes consented cases alone, and its attendees confirm
    the secrecy duty all the same (docs/rules.md 1, 2, 4). Without a basis, and on one that this
    version does not know, consent is asked for.
    """
    return frozenset(map(condition_of_basis, bases)) or frozenset({BasisCondition.CONSENT})


def usual_basis(usual: UsualBasis) -> LegalBasis:
    """The one that is offered first for such cases."""
    return next(LegalBasis(code) for code, entry in ENTRIES.items() if entry.usual_for is usual)


def is_about_cases(bases: Iterable[LegalBasis]) -> bool:
    """Whether a meeting of these bases is held on somebody's case; others may speak in general."""
    return any(basis in ENTRIES and ENTRIES[basis].about_cases for basis in bases)
