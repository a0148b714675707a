"""An Excel workbook read as the CSV that Excel would save of it.

Offices keep their lists as .xlsx. Everything behind the doors reads CSV alone, so a workbook
becomes CSV where it comes in; whatever else it is stays as it is.
"""

import csv
import io
import re
import warnings
import zipfile
import zlib
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from workflows.directory.tables import MOST_COLUMNS, MOST_ROWS, RowError, UnreadableTable

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and a workbook with a password
LARGEST_UNPACKED: Final = 64 * 1024 * 1024  # bytes: far above any list, far below what hurts
# [ours] Tags of a list of 20,000 rows; of what is no sheet (styles, settings) each costs far more.
MOST_TAGS: Final = 1_500_000
MOST_TAGS_OF_TEXTS: Final = 500_000  # each text of its own is two to four, and costs as much
MOST_TAGS_BESIDE: Final = 50_000
MOST_PARTS: Final = 1_000
_MOST_TAGS: Final = {"xl/worksheets/": MOST_TAGS, "xl/sharedStrings": MOST_TAGS_OF_TEXTS}
_PIECE: Final = 1024 * 1024
# How zipfile, the XML reader and openpyxl take what is no workbook, or one that was tampered with.
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, SyntaxError),
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
)
_ZEROS: Final = re.compile("0{1,20}")  # the number format that shows 7 as 007: of a code, at most
LARGEST_CSV: Final = 8 * 1024 * 1024  # characters


def as_csv(data: bytes) -> bytes:
    """The first sheet of a workbook that is not hidden as CSV in UTF-8; other bytes unchanged.

    Raises UnreadableTable for a workbook that cannot be read, is too large, or is an old .xls.
    """
    if data.startswith(_OLD_EXCEL):
        raise _unreadable("lists.old_excel")
    if not data.startswith(_ZIP):
        return data
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and seldom needed

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _within_budget(packed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that are of no concern here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            try:
                seen = [s for s in book.worksheets if s.sheet_state == "visible"]
                return _as_rows((seen or book.worksheets)[0])
            finally:
                book.close()
    except UnreadableTable:
        raise
    except _BROKEN as error:
        raise _unreadable("lists.broken_workbook") from error


def _within_budget(packed: zipfile.ZipFile) -> None:
    """What reading costs goes by the tags, and a million of them pack into a few kilobytes: they
    are counted before anything is read. Raises UnreadableTable."""
    parts = packed.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise _unreadable("lists.workbook_too_large")
    left = MOST_TAGS
    for part in parts:
        own = (m for begins, m in _MOST_TAGS.items() if part.filename.startswith(begins))
        most = min(left, next(own, MOST_TAGS_BESIDE))
        tags = 0
        with packed.open(part) as opened:
            while piece := opened.read(_PIECE):
                tags += piece.count(b"<")
                if tags > most:
                    raise _unreadable("lists.workbook_too_large")
        left -= tags


def _as_rows(sheet: Any) -> bytes:
    sheet.reset_dimensions()  # what the file says of its own size may be wrong
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1]:  # drawn borders, not columns
            cells.pop()
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise _unreadable("lists.workbook_too_large")
        writer.writerow(cells)
        if text.tell() > LARGEST_CSV:
            raise _unreadable("lists.workbook_too_large")
    return text.getvalue().encode("utf-8")


def _text(cell: "Cell | MergedCell | ReadOnlyCell | EmptyCell") -> str:
    """What the cell shows, as far as a list needs it: numbers keep their zeros, days are ISO."""
    value = cell.value
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    zeros = str(getattr(cell, "number_format", ""))
    if isinstance(value, int) and _ZEROS.fullmatch(zeros):
        return str(value).zfill(len(zeros))
    return str(value)


def _unreadable(key: str) -> UnreadableTable:
    return UnreadableTable([RowError(None, "", key, {})])
