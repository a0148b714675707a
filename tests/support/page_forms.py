"""The forms of a page as a browser sees them: filled in where something is different, and sent."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from werkzeug.test import TestResponse

from tests.support.web import Seat

Fields = dict[str, list[str]]
BUTTONS: Final = ("do", "save", "check")
_TICKED: Final = ("radio", "checkbox")


@dataclass
class PageForm:
    """Where it is sent, what it would send untouched, its buttons, and every name it knows."""

    action: str
    fields: Fields = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    options: Fields = field(default_factory=dict)  # the values one may choose, by name

    def add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self._form: PageForm | None = None
        self._select = self._area = ""
        self._text = ""
        self._first_option: str | None = None
        self._templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, form = given.get("name", ""), self._form
        self._templates += tag == "template"
        if self._templates:
            if form is not None and name:  # a row that a script adds when it is asked for
                form.names.add(name)
            return
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form" and given.get("method") == "post":
            self._form = PageForm(given.get("action", ""))
            self.forms.append(self._form)
        elif form is None or not name or "disabled" in given:
            if tag == "option" and form is not None:
                self._option(given)
        elif tag == "input":
            self._input(form, name, given)
        elif tag == "select":
            form.names.add(name)
            self._select, self._first_option = name, None
        elif tag == "textarea":
            form.names.add(name)
            self._area, self._text = name, ""

    def _input(self, form: PageForm, name: str, given: Mapping[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in ("submit", "button", "file", "image"):
            return
        form.names.add(name)
        if kind in _TICKED:
            form.options.setdefault(name, []).append(value)
        if kind not in _TICKED or "checked" in given:
            form.add(name, value)

    def _option(self, given: Mapping[str, str]) -> None:
        if not self._select or self._form is None:
            return
        value = given.get("value", "")
        self._form.options.setdefault(self._select, []).append(value)
        if self._first_option is None:
            self._first_option = value
        if "selected" in given:
            self._form.add(self._select, value)

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        self._templates -= tag == "template"
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.add(self._area, self._text.removeprefix("\n"))
            self._area = ""
        elif tag == "select" and self._select and self._form is not None:
            if self._select not in self._form.fields and self._first_option is not None:
                self._form.add(self._select, self._first_option)
            self._select = ""


def read_page(html: str) -> tuple[list[PageForm], list[str]]:
    """The forms that change something, and every link, in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms, reader.links


def fill_in(seat: Seat, page: str, action: str = "", /, **typed: Any) -> TestResponse:
    """Open a page, type into its form that is sent to `action` (else to the page itself), send.

    A field that the form does not have is an AssertionError, as it would stop a person; `do`,
    `save` and `check` are buttons. `more` are fields whose names are no words.
    """
    opened = seat.get(page)
    assert opened.status_code == 200, (page, opened.status_code)
    return send_form(seat, opened.text, action or page.partition("?")[0], **typed)


def send_form(
    seat: Seat,
    html: str,
    action: str,
    /,
    more: Mapping[str, str | Iterable[str]] | None = None,
    **typed: str | Iterable[str],
) -> TestResponse:
    """The same with a page that is open already: what an answer asked for is filled in there."""
    forms = [f for f in read_page(html)[0] if f.action.partition("?")[0] == action]
    assert forms, f"no form to {action}"
    form = forms[0]
    sent: Fields = {name: [*values] for name, values in form.fields.items()}
    for name, value in (typed | dict(more or {})).items():
        a_row_more = re.sub(r"-\d+-", "-__n__-", name, count=1)
        known = name in form.names or a_row_more in form.names or name in BUTTONS
        assert known, f"{action} has no field {name}: {sorted(form.names)}"
        sent[name] = [value] if isinstance(value, str) else [*value]
    return seat.post(form.action, sent)
