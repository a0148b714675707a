"""No value that somebody types breaks a page or makes it long: dates and numbers at their ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import Seat, web_app
from workflows.desk import Desk

ADMINISTRATOR = "M05"
EXTREMES = (
    "0001-01-01",
    "9999-12-31",
    "令和999年12月31日",
    "9" * 5000,
    "²",
    "9999-12-31T23:59-12:00",
)
KEPT = {"csrf_token", "once", "stamp", "then", "version"}  # tokens, and what opens a page of before
MOST_PAGES = 45
MOST_LOOKUPS = 366 * 14  # of holidays in one request: a few years, never all there are
ELSEWHERE = ("/local", "/static", "/sign", "/backup", "/account")  # who one is, and the clock


@dataclass
class Form:
    page: str
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """The forms of a page, and the pages of ours that it leads to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms, self.links = page, list[Form](), list[str]()
        self._by_id: dict[str, Form] = {}
        self._now: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "form":
            self._now = Form(
                self.page, given.get("action") or self.page, given.get("method", "get").lower()
            )
            self.forms.append(self._now)
        elif tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])
        elif self._now and given.get("name"):
            self._take(self._now, tag, given)

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind in ("text", "search", "number", "hidden")):
            form.fields[name] = given.get("value", "")
            if name not in KEPT:
                form.typed.add(name)
        elif tag == "input" and kind == "radio" and "checked" in given:
            form.fields[name] = given.get("value", "")
        elif tag == "button" and name != "add_row":
            form.fields.setdefault(name, given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._now = None


def pages_of(seat: Seat, start: list[str]) -> Iterator[tuple[str, Forms]]:
    """The pages that this person reaches, one of each shape."""
    waiting, seen, shapes = list(start), set[str](), set[tuple[str, ...]]()
    while waiting and len(shapes) < MOST_PAGES:
        path = waiting.pop(0)
        shape = tuple("*" if any(c.isdigit() for c in p) else p for p in path.split("/"))
        if path in seen or shape in shapes or path.startswith(ELSEWHERE):
            continue
        seen.add(path)
        shapes.add(shape)
        answer = seat.get(path)
        assert answer.status_code < 500, path
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found = Forms(path)
            found.feed(answer.text)
            waiting += found.links
            yield path, found


@pytest.fixture
def counted(hall: TownHall) -> list[date]:
    """Every look at a holiday that is taken, of a town with a little of everything."""
    looks: list[date] = []

    def name(day: date) -> str | None:
        looks.append(day)
        return holiday_name(day)

    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", lead="yes", by=ELDERLY)
    hall.plan(case_id)
    hall.convene(hall.open_case("A14"))
    hall.fix(hall.convene(case_id))
    hall.desk = Desk(hall.database.open, hall.clock, FORMS, name)
    return looks


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("member", "start", "fewest"),
    [
        (COORDINATOR, ["/", "/cases/new", "/meetings/new", "/find", "/cases", "/meetings"], 12),
        (ELDERLY, ["/", "/cases", "/meetings"], 5),
        (MANAGER, ["/", "/retention", "/digest"], 1),
        (ADMINISTRATOR, ["/admin", "/admin/town", "/admin/audit", "/directory"], 5),
    ],
)
def test_no_page_breaks_on_a_date_or_number_at_its_end(
    hall: TownHall, counted: list[date], member: str, start: list[str], fewest: int
) -> None:
    """Every field that is typed into, of every form of every page that a person reaches, and every
    question in an address: an answer in words, at a bounded number of look-ups."""
    seat = Seat(web_app(hall), member)
    forms = {
        (urlsplit(f.action).path, tuple(sorted(f.typed))): f
        for _, page in pages_of(seat, start)
        for f in page.forms
        if f.typed and not f.action.startswith(ELSEWHERE)
    }
    assert len(forms) >= fewest
    for form in forms.values():
        for value in EXTREMES:
            counted.clear()
            given = form.fields | dict.fromkeys(form.typed, value)
            if form.method == "get":
                path = f"{urlsplit(form.action).path}?{urlencode(given)}"
                answer = seat.get(path)
            else:
                tokens = seat.tokens(form.page)
                answer = seat.post(form.action, given | tokens)
            assert answer.status_code < 500, (form.action, value[:20], sorted(form.typed))
            assert len(counted) < MOST_LOOKUPS, (form.action, value[:20])


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2026-W53-7", "9" * 5000])
def test_no_address_with_a_day_in_it_breaks(hall: TownHall, on: str) -> None:
    """A digest of a day that has none is not found; a row of the trail that is none is the newest
    page; a number of a case that is none is told as that."""
    seat, admin = Seat(web_app(hall), COORDINATOR), Seat(web_app(hall), ADMINISTRATOR)
    paths = [f"/digest/{on}", f"/meetings/new?case=R{on}", f"/cases/R{on}", f"/find?number={on}"]
    assert all(seat.get(path).status_code < 500 for path in paths)
    assert admin.get(f"/admin/audit?before={on}&since={on}&until={on}").status_code < 500
