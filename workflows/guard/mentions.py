"""Takes the names of a disposed case or request out of notices, digests and drafts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, cast

from workflows.core.work import Work
from workflows.guard.scan import MASK
from workflows.japanese.characters import HYPHENS
from workflows.model.notice import Fact, Notice

_OUT: Final = object()  # what is about the case alone goes whole
_WIDE: Final = ord("Ａ") - ord("A")
# Facts that name another case than the one a notice is about: it says the rest without them.
_BESIDE: Final = frozenset({"before"})
CASES_GONE: Final = "let_go"  # of a digest: how many cases had lines taken out


@dataclass(frozen=True)
class RecordNames:
    """What a case or a request is named by: its number, and the ids of it and of what goes with it.

    A value that is one of these names takes its line, or the notice whose fact it is, with it; in a
    text the number is masked, however it is spelt. Lists lose the entry alone.
    """

    number: str
    ids: frozenset[str]

    @cached_property
    def spelt(self) -> re.Pattern[str]:
        """The number in narrow or wide letters, with any hyphen; never as part of a longer one, nor
        that of a request (請R8-0001)."""
        one = [f"[{HYPHENS}ー]" if c == "-" else f"[{c}{chr(ord(c) + _WIDE)}]" for c in self.number]
        return re.compile(rf"(?<![A-Za-zＡ-Ｚａ-ｚ\d請]){''.join(one)}(?!\d)", re.IGNORECASE)

    def are_in(self, text: str) -> bool:
        """Whether a stored text may hold one of the names: a quick look before it is opened."""
        return any(i in text for i in self.ids) or self.spelt.search(text) is not None

    def without_in_notice(self, notice: Notice) -> Notice | None:
        """The notice without the case; None when there is nothing else that it says."""
        facts: dict[str, Fact] = {}
        for name, fact in notice.facts.items():
            rest = self._without(fact)
            if rest is _OUT and name in _BESIDE:
                continue
            if rest is _OUT or (fact and rest == [] and notice.meeting_id is None):
                return None
            facts[name] = cast(Fact, rest)
        return replace(notice, facts=facts)

    def without(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same for the values of a document; one that was a name itself is empty."""
        rest = {k: self._without(v) for k, v in values.items() if not self._is_name(k)}
        return {k: "" if v is _OUT else v for k, v in rest.items()}

    def _is_name(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        return value in self.ids or self.spelt.fullmatch(value) is not None

    def _without(self, value: object) -> object:
        if self._is_name(value):
            return _OUT
        if isinstance(value, str):
            return self.spelt.sub(MASK, value)
        if isinstance(value, Mapping):
            if any(map(self._is_name, value.values())):
                return _OUT
            return self.without(value)
        if isinstance(value, list | tuple):
            return [rest for v in value if (rest := self._without(v)) is not _OUT]
        return value


def forget_in_digests(names: RecordNames, work: Work) -> int:
    """Take its lines out of the digests that were kept. The sums stay, and a digest counts of how
    many cases lines went. Answers with how many digests named it.
    """
    touched = 0
    for day in work.uow.digests.days():
        content = work.uow.digests.get(day)
        if content is None:
            continue
        rest = names.without(content)
        if rest != content:
            gone = int(cast(int, content.get(CASES_GONE, 0))) + 1
            work.uow.digests.save(day, {**rest, CASES_GONE: gone})
            touched += 1
    return touched


def forget_in_drafts(names: RecordNames, work: Work) -> int:
    """What is being written on something else and names it: only the name goes, and what was
    written for the case. Answers with how many drafts went whole.
    """
    gone = []
    for draft in work.uow.drafts.of_everybody():
        if names.are_in(draft.subject):
            gone.append(draft.id)
            continue
        rest = names.without(draft.raw)
        if rest != draft.raw:
            work.uow.drafts.save(replace(draft, raw=rest))
    return work.uow.purge.drafts(gone)
