"""What the guard finds in a text: asked for in a transaction, worked out outside, and remembered.

A page shows the same words again and again, and a notice about no case goes to thirty people with
the same place in it. Remembered is where the hits stand and of what kind they are, under a keyed
digest of the text, of what may be said and of what the record knew: no text and no name. The key is
made anew by each process; any change of a case makes all of it worthless.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from threading import Lock
from typing import Final

from workflows.forms import Value
from workflows.guard.known import IdentifyingData, identifying_data_of_sheets, identifying_values
from workflows.guard.scan import Allowed, Hit, scan
from workflows.guard.text import sound_of
from workflows.japanese.text_scans import once_per_message, scan_between_transactions, spend_budget
from workflows.model.case import Case
from workflows.model.directory import Town

REMEMBERED: Final = 4_096  # texts
KEPT_LISTS: Final = 64  # of names that may be said: each town has two, and those of its cards
# What is said of a text that was not looked at, all of it: see text_scans.SCAN_BUDGET.
NOT_SCANNED: Final = "too_much"
_SPELLING_COST: Final = 500_000  # units of the budget that spelling the people of a sheet takes
_TERM_COST: Final = 100  # characters: what a search for one term takes, however short the text

Sheets = Sequence[Mapping[str, Value]]

_KEY: Final = secrets.token_bytes(32)
_LOCK: Final = Lock()
_found: Final[OrderedDict[bytes, tuple[Hit, ...]]] = OrderedDict()


@dataclass(frozen=True)
class AllowedTexts:
    """What may be said although it looks alike, as it is written: see guard_scan.Allowed."""

    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    days: frozenset[date] = frozenset()

    def as_spelled(self) -> Allowed:
        heard = _sounds_of_public(self.names)
        long = frozenset(name for name in heard if len(name) > 1)
        return Allowed(long, _sounds_of_public(self.people), self.days)

    def digest(self) -> str:
        """What tells it from others (hex digits)."""
        parts = (_digest_of(self.names), _digest_of(self.people), sorted(self.days))
        return sha256(repr(parts).encode()).hexdigest()


# Of what everybody may read, so that it may be kept: every card asks for all of it anew. There is
# room for the names of the largest town; one that has more would walk past all that is kept.
@lru_cache(maxsize=65_536)
def _sound_of_public(word: str) -> str:
    return sound_of(word)


@lru_cache(maxsize=KEPT_LISTS)
def _sounds_of_public(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_sound_of_public, words))


@lru_cache(maxsize=KEPT_LISTS)
def _digest_of(words: tuple[str, ...]) -> str:
    text = repr(sorted(words))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class PersonalDataFinder:
    """What texts are held against: sheets as stored, which are spelled when the first text is
    scanned.

    `state` stands for the sheets, where `gather` would have to open many: it changes with them.
    """

    def __init__(
        self, state: str, gather: Callable[[], Sheets], town: Town, allowed_texts: AllowedTexts
    ) -> None:
        self._gather, self._town, self._sayable = gather, town, allowed_texts
        self._state = repr((state, town.name, allowed_texts.digest()))

    def hits(self, text: str) -> tuple[Hit, ...]:
        """Everything known that stands in the text; of one that is beyond the budget all of it."""
        if not text:
            return ()
        key = hmac.digest(
            _KEY, repr((self._state, text)).encode("utf-8", "surrogatepass"), "sha256"
        )
        with _LOCK:
            found = _found.get(key)
        if found is not None:
            return found
        _ = self._sheets  # here, where records can be opened
        return scan_between_transactions(
            (PersonalDataFinder, key), lambda: self._scan(key, text), ()
        )

    @cached_property
    def _sheets(self) -> Sheets:
        return once_per_message(("sheets", self._state), self._gather)

    @cached_property
    def _spelled(self) -> tuple[IdentifyingData, Allowed] | None:
        return once_per_message(("as_spelled", self._state), self._spell)

    def _spell(self) -> tuple[IdentifyingData, Allowed] | None:
        if not spend_budget(_SPELLING_COST * len(self._sheets)):
            return None
        return identifying_data_of_sheets(self._sheets, self._town), self._sayable.as_spelled()

    def _scan(self, key: bytes, text: str) -> tuple[Hit, ...]:
        as_spelled = self._spelled
        if as_spelled is None:
            return (Hit(NOT_SCANNED, 0, len(text)),)
        known, allowed = as_spelled
        terms = known.terms + len(allowed.names) + len(allowed.people)
        if not spend_budget((len(text) + _TERM_COST) * (terms + _TERM_COST)):
            return (Hit(NOT_SCANNED, 0, len(text)),)
        hits = scan(text, known, allowed)
        with _LOCK:
            _found[key] = hits
            if len(_found) > REMEMBERED:
                _found.popitem(last=False)
        return hits


def finder_for(
    cases: Iterable[Case], town: Town, allowed_texts: AllowedTexts
) -> PersonalDataFinder:
    """Texts are held against these cases."""
    sheets = [sheet for case in cases for sheet in identifying_values(case)]
    return PersonalDataFinder(repr(sheets), lambda: sheets, town, allowed_texts)
