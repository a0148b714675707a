"""Somebody with a mail's link and nothing else, and what they read on the answer page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from handlers.runtime.answer_tokens import AnswerTokens
from tests.support.people import ELDERLY
from tests.support.town import TownHall, TownMould, mould_of
from tests.support.web import TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.outside.answer_links import MakeAnswerLink

SECRET = b"only for tests"  # the pages' key in tests/support/web.py
HIDDEN = re.compile(r'<input type="hidden" name="(once|seen|asked|date)" value="([^"]*)"')
HEADING = re.compile(r"<h1>([^<]*)</h1>")
TITLE = re.compile(r"<title>([^<]*) - つなぐボット</title>")
TAGS = re.compile(r"<[^>]+>")


def address(hall: TownHall, member: str = ELDERLY, **to: str) -> str:
    link = hall.desk.handle(MakeAnswerLink(member, **to), Caller.CLOCK)
    return "/a/" + AnswerTokens(SECRET).seal(link)


def words(answer: TestResponse) -> str:
    """What is read on the page."""
    return " ".join(TAGS.sub(" ", unescape(answer.text)).split())


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    return {name: unescape(value) for name, value in HIDDEN.findall(answer.text)}


def first_words(answer: TestResponse) -> tuple[str, str]:
    """What stands on the tab, and what the page says first: they are to say the same."""
    title, heading = TITLE.search(answer.text), HEADING.search(answer.text)
    assert title
    assert heading
    return unescape(title[1]), unescape(heading[1])


@dataclass
class Outside:
    """Somebody on a telephone who has a link and nothing else."""

    hall: TownHall
    app: Flask
    meeting_id: str = ""
    case_id: str = ""

    def seat(self) -> TownSeat:
        return TownSeat(self.app, "198.51.100.7")

    def open(self, path: str) -> TestResponse:
        return self.seat().get(path)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the form there."""
        return hidden(self.open(path))

    def dates(self, symbols: str, comments: str = "", **more: str) -> dict[str, str]:
        """○, △ or × for each date in turn, - for none."""
        names = {"o": "yes", "a": "maybe", "x": "no"}
        found: dict[str, str] = dict(more)
        for slot, symbol in zip(self.hall.meeting(self.meeting_id).slots, symbols, strict=True):
            if symbol in names:
                found[f"slot-{slot.id}"] = names[symbol]
            found[f"slot-{slot.id}-comment"] = comments
        return found

    def send(self, path: str, data: dict[str, Any], page: str = "") -> TestResponse:
        return self.seat().post(path.split("?", maxsplit=1)[0], {**self.form(page or path), **data})

    def answers(self, agency: str = "A14") -> list[str]:
        return self.hall.said_of_dates(self.meeting_id, agency)


@dataclass(frozen=True)
class Begun:
    """A town in which something was begun once: every test goes on in a copy of its own."""

    mould: TownMould
    meeting_id: str
    case_id: str

    def copy(self, folder: Path) -> Outside:
        hall = self.mould.copy(folder)
        return Outside(hall, web_app(hall, town=True), self.meeting_id, self.case_id)


def begun(mould: TownMould, folder: Path, begin: Callable[[TownHall], Outside]) -> Begun:
    """`begin` once, in `folder`; its clock must stand still meanwhile."""
    hall = mould.copy(folder)
    found = begin(hall)
    return Begun(mould_of(hall, folder), found.meeting_id, found.case_id)


def dating(hall: TownHall, **case: Any) -> Outside:
    """A town in which a meeting is being dated, on a case that ELDERLY's agency was asked about."""
    case_id = hall.open_case("A14", **case)
    return Outside(hall, web_app(hall, town=True), hall.convene(case_id), case_id)
