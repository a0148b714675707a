"""A list kept as an Excel workbook comes in as the CSV that Excel would have saved of it."""

import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from handlers.runtime.spreadsheet import MOST_TAGS, MOST_TAGS_BESIDE, MOST_TAGS_OF_TEXTS, as_csv
from workflows.directory.tables import MOST_COLUMNS, MOST_ROWS, UnreadableTable, read_table


def packed(*rows: Sequence[Any], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(tuple(row))
    for place, its_format in (formats or {}).items():
        sheet[place].number_format = its_format
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def why(data: bytes) -> str:
    with pytest.raises(UnreadableTable) as refused:
        as_csv(data)
    (error,) = refused.value.errors
    return error.key


def test_cells_come_in_as_they_are_shown() -> None:
    """Text keeps its zeros, a number shown with zeros too; days are ISO; a whole number has no
    point; line breaks and commas stay in their cell."""
    data = packed(
        ["コード", "番号", "日", "数", "住所", "はい", "空"],
        ["00123", 123, date(2026, 4, 1), 3.0, "北1条西2,\n3階", True, None],
        ["A", 7, datetime.fromisoformat("2026-04-01 09:30"), 2.5, "", False, "x"],
        formats={"B2": "00000"},
    )
    first, second = read_table(as_csv(data)).rows
    assert list(first.cells.values()) == [
        *("00123", "00123", "2026-04-01", "3", "北1条西2,\n3階", "TRUE", ""),
    ]
    assert list(second.cells.values())[1:4] == ["7", "2026-04-01 09:30:00", "2.5"]


def test_the_sheet_that_is_seen_first_is_the_list() -> None:
    """What somebody hid (last year's list, a table of choices) is not what they mean to bring in;
    where all are hidden, it is the first."""
    book = Workbook()
    old = book.worksheets[0]
    old.append(["コード"])
    old.append(["OLD"])
    old.sheet_state = "hidden"
    now = book.create_sheet("いま")
    now.append(["コード"])
    now.append(["NEW"])
    book.active = 1
    out = io.BytesIO()
    book.save(out)
    assert [row.cells for row in read_table(as_csv(out.getvalue())).rows] == [{"コード": "NEW"}]


def test_what_is_no_workbook_stays_as_it_is() -> None:
    for data in (b"", "コード,氏名\r\n".encode("cp932"), b"\xef\xbb\xbfa,b\n"):
        assert as_csv(data) == data


def test_an_old_or_locked_workbook_is_one_sentence() -> None:
    """.xls, and an .xlsx with a password, have the same first bytes."""
    assert why(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)) == "lists.old_excel"


@pytest.mark.parametrize("rows", [MOST_ROWS + 1, 1])
def test_a_workbook_that_is_too_large_is_one_sentence(rows: int) -> None:
    wide = 1 if rows > 1 else MOST_COLUMNS + 1
    assert why(packed(*[["x"] * wide] * rows)) == "lists.workbook_too_large"


def test_a_workbook_that_blows_up_is_not_unpacked() -> None:
    """What its directory says that it unpacks to is looked at first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", bytes(65 * 1024 * 1024))
    assert why(out.getvalue()) == "lists.workbook_too_large"


def test_a_number_format_cannot_blow_a_cell_up() -> None:
    """As many zeros as a code may have; beyond that the number is what it is."""
    formats = {"A1": "0" * 250, "A2": "0" * 20}
    (first, second) = as_csv(packed([7], [7], formats=formats)).split()
    assert (first, second) == (b"7", b"7".zfill(20))


def test_cells_that_add_up_to_too_much_are_one_sentence() -> None:
    """A few cells whose text is shared, and would be written out for each."""
    assert why(packed(*[["長" * 30_000] * 100] * 4)) == "lists.workbook_too_large"


def test_entities_that_blow_up_are_refused() -> None:
    """A sheet whose few bytes would become gigabytes of text."""
    out = io.BytesIO(packed(["a"]))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with zipfile.ZipFile(out) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/workbook.xml"] = bomb.encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert why(made.getvalue()) == "lists.broken_workbook"


@given(st.binary(max_size=40), st.integers(0, 5000))
def test_a_damaged_workbook_is_one_sentence(noise: bytes, at: int) -> None:
    """Wherever it was damaged it is read, or refused in words: never an error of its own."""
    whole = packed(["コード", "氏名"], ["M1", "山田 花"])
    place = at % len(whole)
    with suppress(UnreadableTable):
        as_csv(whole[:place] + noise + whole[place + len(noise) :])


# -- a workbook that was made to be costly ---------------------------------------------------------

_NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOMBS = {
    "cells": ("worksheets/sheet1.xml", "<row>" + "<c/>" * MOST_TAGS + "</row>"),
    "rows": ("worksheets/sheet1.xml", "<row/>" * MOST_TAGS),
    "strings": ("sharedStrings.xml", "<si><t/></si>" * (MOST_TAGS_OF_TEXTS // 3 + 1)),
    "styles": ("styles.xml", "<xf/>" * (MOST_TAGS_BESIDE + 1)),
    "sheets": ("workbook.xml", "<sheet/>" * (MOST_TAGS_BESIDE + 1)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_of_a_million_tags_is_not_read_at_all(
    bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 KB of this took a minute."""
    name, inside = BOMBS[bomb]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed_file:
        packed_file.writestr(f"xl/{name}", f"<x {_NAMES}>{inside}</x>")
    assert len(out.getvalue()) < 100_000

    def read(*_: object, **__: object) -> None:
        raise AssertionError("it is read")

    monkeypatch.setattr(openpyxl, "load_workbook", read)
    assert why(out.getvalue()) == "lists.workbook_too_large"


def test_many_parts_are_none_either() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed_file:
        for n in range(1_001):
            packed_file.writestr(f"xl/{n}.xml", "")
    assert why(out.getvalue()) == "lists.workbook_too_large"


def test_a_csv_has_the_same_bounds() -> None:
    """A header of a hundred thousand columns over as many rows is their product in cells."""
    wide = ",".join(f"a{n}" for n in range(MOST_COLUMNS + 1)) + "\n1\n"
    long = "コード\n" + "1\n" * (MOST_ROWS + 1)
    for data, key in ((wide, "lists.too_many_columns"), (long, "lists.too_many_rows")):
        with pytest.raises(UnreadableTable) as refused:
            read_table(data.encode())
        assert [e.key for e in refused.value.errors] == [key]
