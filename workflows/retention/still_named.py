"""Members who left and are named in a case that goes on: their names stay as long as it does."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from workflows.core.ports import BrokenRecord
from workflows.core.work import Work


def open_cases_naming(member_ids: Collection[str], work: Work) -> dict[str, set[str]]:
    """Of each of these members the ids of the open cases in whose story or sheet they are named.

    Named is who did something with it or with a meeting on it, and who stands in its document, with
    a role for instance. What does not open names nobody by its document. Asked only of those whose
    years are over: the documents of all open cases are looked through.
    """
    found: dict[str, set[str]] = {m: set() for m in member_ids}
    if not found:
        return found
    rows = {row.id: row for row in work.uow.cases.rows()}
    on_agenda = {m.id: m.case_ids for m in work.uow.meetings.rows(live_only=False)}
    for member_id, cases in found.items():
        for case_id, meeting_id in work.uow.events.subjects_acted_on_by(member_id):
            about = (case_id, *on_agenda.get(meeting_id or "", ()))
            cases |= {c for c in about if c in rows}
    for row in rows.values():
        try:
            document = work.uow.cases.get(row.id)
        except BrokenRecord:
            continue
        named = set(_texts(document)) & found.keys()
        for member_id in named:
            found[member_id].add(row.id)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for one in fields(cast(Any, value)):
            yield from _texts(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)
