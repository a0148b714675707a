"""What was written, to be read in a modal: never cut, in as many blocks as it takes."""

import json
from collections.abc import Sequence

from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.words.form_words import AnsweredQuestion as Answered
from handlers.words.form_words import AnsweredSection

_PIECE = blocks.SECTION - 100  # escaped characters of one paragraph
_SHORT = 80  # characters of an answer that stands beside another
_PAGE, _PAGE_BYTES = 60, 120_000  # of a modal's 100 blocks and 250 KB


def pieces(text: str) -> list[str]:
    """A text in parts that fit a block once they are escaped, parted between lines where that is
    possible; nothing of it is left out."""
    found, size = [""], 0
    for line in text.splitlines(keepends=True):
        length = len(blocks.escape(line))
        if size + length > _PIECE and length <= _PIECE:
            found.append("")
            size = 0
        for letter in line:
            size += len(blocks.escape(letter))
            if size > _PIECE:
                found.append("")
                size = len(blocks.escape(letter))
            found[-1] += letter
    return found


def answered(sections: Sequence[AnsweredSection]) -> list[Block]:
    """One answered section after the other, each under its heading."""
    return [block for section in sections for block in _section(section)]


def _section(section: AnsweredSection) -> list[Block]:
    found = [blocks.header(section.title)] if section.title else []
    short: list[tuple[str, str]] = []
    for one in section.answers:
        if not one.rows and len(one.text) <= _SHORT:
            short.append((one.label, one.text))
            continue
        found += blocks.facts(short)
        short = []
        found.append(blocks.section(one.label, strong=True))
        lines = [_row(one, row) for row in one.rows] or [one.text]
        found += [blocks.section(piece) for piece in pieces("\n".join(lines))]
    return [*found, *blocks.facts(short)]


def _row(one: Answered, row: Sequence[str]) -> str:
    cells = zip(one.columns, row, strict=True)
    return "　".join(f"{column}：{cell}" for column, cell in cells if cell)


def in_pages(found: Sequence[Block]) -> list[list[Block]]:
    """Blocks in as many pages as it takes, each well within what a modal may hold."""
    pages: list[list[Block]] = [[]]
    size = 0
    for block in found:
        weight = len(json.dumps(block, ensure_ascii=False).encode())
        if len(pages[-1]) >= _PAGE or size + weight > _PAGE_BYTES:
            pages.append([])
            size = 0
        pages[-1].append(block)
        size += weight
    return pages
