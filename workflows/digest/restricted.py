"""A digest without restricted cases: they are counted in it, and named in none (docs/rules.md 7).

It is one for all managers, is kept, and is read again months later: what is restricted is asked
when it is read. A case that was restricted since is counted, too; one on which no restriction lies
any more stays counted, as its line said nothing of it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from workflows.core.standings import all_restricted
from workflows.core.work import Work

DigestLine = Mapping[str, Any]

_NUMBER: Final = re.compile(r"R\d+-\d{4,}")
RESTRICTED_COUNTS: Final = "restricted"  # of a digest: how many lines of each list are not shown
_LISTS: Final = ("waiting", "asked", "judged", "overdue_others")
_MEETING_LISTS: Final = ("no_date", "this_week")


def without_restricted(content: Mapping[str, Any], work: Work) -> dict[str, Any]:
    """The digest with the lines of restricted cases taken out and counted, by list; the sums in
    `counts` stay. Of a meeting on such cases alone there is no line, and it is not counted."""
    hidden = _restricted_numbers(content, work)
    counted: dict[str, int] = dict(content.get(RESTRICTED_COUNTS, {}))

    def shown(name: str, lines: Sequence[Any]) -> list[Any]:
        rest = [one for one in lines if not _is_hidden(one, hidden)]
        if len(lines) > len(rest):
            counted[name] = counted.get(name, 0) + len(lines) - len(rest)
        return rest

    waits = [w["days"] for w in content["waiting"] if _is_hidden(w, hidden)]
    found = dict(content) | {name: shown(name, content.get(name, ())) for name in _LISTS}
    found["overdue"] = {kind: shown(kind, lines) for kind, lines in content["overdue"].items()}
    found["not_checked"] = {n: shown(n, lines) for n, lines in content["not_checked"].items()}
    found |= {name: _meetings(content.get(name, ()), hidden, work) for name in _MEETING_LISTS}
    if waits:
        counted["longest"] = max(counted.get("longest", 0), *map(int, waits))
    return {**found, RESTRICTED_COUNTS: counted}


def _restricted_numbers(content: Mapping[str, Any], work: Work) -> set[str]:
    numbers = set(_NUMBER.findall(str(content)))
    if not numbers:
        return set()
    rows = work.uow.cases.rows_of(work.uow.cases.ids_of(numbers))
    return {row.number for row in rows.values() if row.restricted}


def _is_hidden(line: DigestLine | str, hidden: set[str]) -> bool:
    """`line` is what is said of a case, or its number alone (of what is not checked)."""
    if isinstance(line, str):
        return line in hidden
    return line["number"] in hidden or bool(line.get("restricted")) or line.get("agency") == ""


def _meetings(lines: Sequence[DigestLine], hidden: set[str], work: Work) -> list[dict[str, Any]]:
    rows = work.uow.meetings.rows_of({str(line["meeting_id"]) for line in lines})
    cases = work.uow.cases.rows_of({c for row in rows.values() for c in row.case_ids})
    closed = {m for m, row in rows.items() if all_restricted(row, cases)}
    return [
        {**line, "numbers": [n for n in line["numbers"] if n not in hidden]}
        for line in lines
        if line["meeting_id"] not in closed
    ]
