"""Names in Latin letters, found in a text: alone, joined, with a title, in either order."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from workflows.guard.known import IdentifyingData
from workflows.guard.text import Span, SpelledText
from workflows.guard.titles import (
    LATIN_PLACE_AFTER,
    PLACE_AFTER,
    TITLE_AFTER_LATIN,
    TITLE_BEFORE_LATIN,
    TITLE_JOINED_TO_LATIN,
)
from workflows.japanese.romaji import canonical, words

_LEAST: Final = 4  # letters of a name that stands alone
_LEAST_BEFORE_TITLE: Final = 3  # of one to which its title is joined: Kensan
_LEAST_CAMELS: Final = 6  # HaRu may stand in any address of a meeting
_MOST_PIECES: Final = 4
_FURTHEST: Final = 3  # letters between two pieces of a name: "Yamada, T"
_AFTER: Final = 12
# What is written in Latin letters every day and may be a name, in the spelling of `canonical`: LINE
# and リネ. Only with a courtesy title a person.
_EVERYDAY_WORDS: Final = frozenset(
    map(canonical, ("line", "kana", "mirai", "hikari", "asahi", "nozomi", "kibou", "heiwa"))
)


class _Piece(NamedTuple):
    """Latin letters with nothing between them: one of Shin-ichi or of WatanabeKen. `word` counts
    the words."""

    letters: str
    start: int
    end: int
    word: int


def latin_names(text: str, spelt: SpelledText, known: IdentifyingData) -> Iterator[Span]:
    """Where in `spelt` (the plain spelling of `text`) a name stands, without its title."""
    if known.latin_whole or known.latin_parts:
        yield from _LatinNameFinder(text, spelt, known).found()


class _LatinNameFinder:
    def __init__(self, text: str, spelt: SpelledText, known: IdentifyingData) -> None:
        self._original, self._spelt, self._known = text, spelt, known
        self._text = spelt.text
        self._spellings: dict[str, str] = {}  # what is written again is spelled once

    def found(self) -> Iterator[Span]:
        pieces = list(self._pieces())
        for n, first in enumerate(pieces):
            joined, last = "", first
            for piece in pieces[n : n + _MOST_PIECES]:
                if piece.start - last.end > _FURTHEST:
                    break
                joined, last = joined + piece.letters, piece
                if place := self._name(joined, first, last):
                    yield place

    def _pieces(self) -> Iterator[_Piece]:
        for number, (_, start, end) in enumerate(words(self._text)):
            begins = start
            for at in range(start, end):
                if not "a" <= self._text[at] <= "z":
                    begins = at + 1
                elif at + 1 == end or self._ends(at + 1):
                    yield _Piece(self._text[begins : at + 1], begins, at + 1, number)
                    begins = at + 1

    def _ends(self, at: int) -> bool:
        """Whether a piece ends before this letter: something stands here, or a capital."""
        if not "a" <= self._text[at] <= "z":
            return True
        spans = self._spelt.spans
        before, after = self._original[spans[at - 1][0]], self._original[spans[at][0]]
        return before.islower() and after.isupper()

    def _name(self, joined: str, first: _Piece, last: _Piece) -> Span | None:
        """Where these pieces name somebody."""
        known, start, end = self._known, first.start, last.end
        one_word = first.word == last.word
        title = TITLE_JOINED_TO_LATIN.search(joined)
        if title and title.start() >= _LEAST_BEFORE_TITLE and len(title[0]) < len(last.letters):
            stem = self._spelling(joined[: title.start()])
            if stem in known.latin_whole or (one_word and stem in known.latin_parts):
                return start, end - len(title[0])
        name = self._spelling(joined)
        if name in known.latin_whole:
            return start, end
        if name not in known.latin_parts:
            return None
        before = self._text[max(start - 7, 0) : start]
        if TITLE_AFTER_LATIN.match(self._text, end) or TITLE_BEFORE_LATIN.search(before):
            return start, end
        long_enough = len(joined) >= (_LEAST_CAMELS if self._is_camel(first, last) else _LEAST)
        is_one = (
            one_word and long_enough and name not in _EVERYDAY_WORDS and not self._is_place(end)
        )
        return (start, end) if is_one else None

    def _spelling(self, word: str) -> str:
        if word not in self._spellings:
            self._spellings[word] = canonical(word)
        return self._spellings[word]

    def _is_camel(self, first: _Piece, last: _Piece) -> bool:
        """Whether nothing but their capitals parts the pieces."""
        return first is not last and self._text[first.start : last.end].isalpha()

    def _is_place(self, end: int) -> bool:
        after = self._text[end : end + _AFTER].lstrip()
        return bool(PLACE_AFTER.match(after) or LATIN_PLACE_AFTER.match(after))
