"""The texts of lines: each says by which version of the program it was drawn.

Beside a new version an older one may go on writing for a while. What it draws is read anew from
the document, as if it did not open; lines of a newer version hold all that this one asks for.
"""

import json
from functools import cache
from hashlib import sha256
from typing import Final, TypeVar

from storage.compatibility import stored_keys
from storage.documents import DECODE_ERRORS, converter
from storage.revisions import newest_revision
from workflows.core.ports import Unreadable
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow

L = TypeVar("L", CaseRow, MeetingRow)
ROW_VERSION_KEY: Final = "drawn_by"  # no field of a line


class OutdatedRow(Unreadable):
    """`line` is what an older version of the program drew: it may lack what this one asks for."""

    def __init__(self, line: CaseRow | MeetingRow) -> None:
        super().__init__(ROW_VERSION_KEY)
        self.line = line


@cache
def row_version_of_program() -> str:
    """What this version's lines are known by: the version of the tables, and what lines hold."""
    held = sorted(stored_keys({"case": CaseRow, "meeting": MeetingRow}))
    return f"{newest_revision()}/{sha256(' '.join(held).encode()).hexdigest()[:8]}"


def row_text(line: CaseRow | MeetingRow) -> str:
    held = {**converter.unstructure(line), ROW_VERSION_KEY: row_version_of_program()}
    return json.dumps(held, ensure_ascii=False, sort_keys=True)


def parse_row(text: str, kind: type[L]) -> L:
    """The line in a text. Raises Unreadable when it holds none, OutdatedRow when an older version
    drew it."""
    try:
        held = json.loads(text)
        line = converter.structure(held, kind)
        by = str(held.get(ROW_VERSION_KEY, ""))
    except DECODE_ERRORS:
        raise Unreadable(kind.__name__) from None
    mine = row_version_of_program()
    if by != mine and by.partition("/")[0] <= mine.partition("/")[0]:
        raise OutdatedRow(line)
    return line
