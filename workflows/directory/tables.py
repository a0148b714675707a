"""Reading and writing the tables that offices keep in Excel: bytes to rows and back.

A cell that a spreadsheet would run as a formula is written with one apostrophe before it, and
one such apostrophe is taken off again when reading. A cell that already begins with
apostrophes before a formula gets one more, so every cell comes back exactly as it was.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workflows.japanese.characters import one_width

# Half-width and full-width signs: Japanese Excel reads both as the start of a formula.
_FORMULA: Final = re.compile(r"'*\s*[=+\-@＝＋－＠]")
# [ours] A county has fewer members, and no list of ours a fifth of the columns.
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
_TITLE_ROWS: Final = 4  # at most above the header
_BOM: Final = "\ufeff"
# What is left where bytes were no characters of the encoding, plus what CP932 maps them to.
_BROKEN: Final = re.compile("[\ud800-\udfff\ufffd\x00\x80-\x9f\uf8f0-\uf8f3]")
# What Excel shows and saves where a formula found nothing: never somebody's name.
_ERROR_VALUE: Final = re.compile(
    r"#(N/A|VALUE!|REF!|DIV/0!|NUM!|NAME\?|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!)"
)


@dataclass(frozen=True)
class RowError:
    """What is wrong in one row; `key` names the sentence, `facts` fill it.

    `row_number` counts as Excel does, the header row being 1; None is the list as a whole.
    """

    row_number: int | None
    column: str
    key: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Row:
    """One row below the header, cells by their column's header."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A header and the rows below it; rows without any content are left out."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


class UnreadableTable(Exception):
    """The bytes are no table; each error names its row."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        super().__init__("lists.unreadable")
        self.errors = tuple(errors)


def read_table(data: bytes, columns: Collection[str] = ()) -> Table:
    """Rows of a CSV or tab-separated file in UTF-8 (with or without BOM), UTF-16 or CP932.

    The header is the first row that is not empty, or, within the first few, the first that has
    most of the `columns` one looks for: offices write a title and a day above it.
    """
    records = _records(_decoded(data))
    broken = [
        RowError(number, "", "lists.unreadable_characters", {})
        for number, cells in records
        if _BROKEN.search("".join(cells))
    ]
    if broken:
        raise UnreadableTable(broken)
    filled = [(number, cells) for number, cells in records if any(map(str.strip, cells))]
    if not filled:
        raise UnreadableTable([RowError(None, "", "lists.empty", {})])
    filled = filled[_header_place(filled, columns) :]
    head_number, head = filled[0]
    header = _header(head)
    if len(header) > MOST_COLUMNS:
        facts = {"max": MOST_COLUMNS, "columns": len(header)}
        raise UnreadableTable([RowError(head_number, "", "lists.too_many_columns", facts)])
    named = [name for name in header if name]
    twice = sorted(name for name, times in Counter(named).items() if times > 1)
    if twice:
        raise UnreadableTable(
            RowError(head_number, name, "lists.duplicate_column", {"column": name})
            for name in twice
        )
    surplus = [
        RowError(number, "", "lists.cell_without_column", {})
        for number, cells in filled[1:]
        if any(
            cell.strip()
            for place, cell in enumerate(cells)
            if place >= len(header) or not header[place]
        )
    ]
    if surplus:
        raise UnreadableTable(surplus)
    failed = [
        RowError(number, name, "lists.error_value", {"value": cell.strip()})
        for number, cells in filled[1:]
        for name, cell in zip(header, cells, strict=False)
        if _ERROR_VALUE.fullmatch(cell.strip()) and (name in columns or not columns)
    ]
    if failed:
        raise UnreadableTable(failed)
    return Table(
        tuple(named),
        tuple(
            Row(
                number,
                {
                    name: cells[place] if place < len(cells) else ""
                    for place, name in enumerate(header)
                    if name
                },
            )
            for number, cells in filled[1:]
        ),
    )


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(one_width(cell).strip() for cell in cells)


def _header_place(filled: Sequence[tuple[int, Sequence[str]]], columns: Collection[str]) -> int:
    known = [len({*_header(cells)} & {*columns}) for _, cells in filled[: _TITLE_ROWS + 1]]
    return known.index(max(known))


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV that Japanese Excel opens: UTF-8 with BOM, CRLF, no cell that runs as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([_disarmed(cell) for cell in row])
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")


def _disarmed(cell: str) -> str:
    return "'" + cell if _FORMULA.match(cell) else cell


def _rearmed(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _decoded(data: bytes) -> str:
    """The text; bytes that are no characters stay as lone surrogates, to be named by row.

    A byte order mark may stand there twice: a program that adds one does not look for it first.
    """
    return _with_marks(data).lstrip(_BOM)


def _with_marks(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")  # what Excel saves as "Unicode text"
    if data.startswith(codecs.BOM_UTF8):
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    # The first line that is not plain ASCII, usually the header, decides the encoding, so that
    # one damaged byte further down is reported instead of turning the whole file to gibberish.
    telling = next((line for line in data.splitlines() if not line.isascii()), b"")
    try:
        telling.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp932", "surrogateescape")
    return data.decode("utf-8", "surrogateescape")


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Every record with its number; a record is one row of Excel, even over several lines."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS:
                facts = {"max": MOST_ROWS}
                raise UnreadableTable([RowError(number, "", "lists.too_many_rows", facts)])
            records.append((number, [_rearmed(cell) for cell in cells]))
    except csv.Error:
        broken = RowError(len(records) + 1, "", "lists.broken_quotes", {})
        raise UnreadableTable([broken]) from None
    return records
