"""Somebody at a browser without a script: pages are read, filled in and sent as they stand.

    page = PlainBrowser(town.app)
    page.open("/a/…")                       # an address, also a whole one out of a message
    page.fill({"who": "教頭"})               # by the names of the fields; a name of rows by its end
    page.press("回答を保存する")               # sends the button's form with all that stands in it
    assert "回答を保存しました" in page.text

What is not on the page cannot be filled in or pressed. Nothing is remembered between two pages but
the cookies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.web import TOWN, TownSeat

Values = dict[str, list[str]]
_BUTTONS = ("submit", "image")
_TICKED = ("radio", "checkbox")


@dataclass
class Button:
    form: int
    name: str
    value: str
    label: str


@dataclass
class Form:
    """What would be sent, and what each field that offers a choice can be."""

    action: str
    method: str
    values: Values = field(default_factory=dict)
    offered: dict[str, set[str]] = field(default_factory=dict)

    def fill(self, name: str, wanted: list[str]) -> None:
        beyond = set(wanted) - self.offered.get(name, set(wanted))
        assert not beyond, f"{name} does not offer {beyond}, but {self.offered[name]}"
        self.values[name] = wanted


class _Read(HTMLParser):
    """The forms, buttons, links and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.named: dict[str, int] = {}
        self.buttons: list[Button] = []
        self.links: list[tuple[str, str]] = []  # the words, where it leads
        self.words: list[str] = []
        self._inside = -1
        self._heard: list[str] | None = None  # the words of what is open now
        self._open: dict[str, str] = {}
        self._select, self._choosing = "", Form("", "get")
        self._in_template = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._in_template = True
        if self._in_template:  # only a script would put it onto the page
            return
        match tag:
            case "form":
                self._inside = len(self.forms)
                self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
                self.named[given.get("id", "")] = self._inside
            case "input":
                self._input(given)
            case "select":
                self._select, self._choosing = given.get("name", ""), self._form(given)
                self._choosing.offered[self._select] = set()
            case "option":
                self._option(given)
            case "textarea" | "button" | "a":
                self._heard, self._open = [], given
            case _:
                pass

    def _form(self, given: Mapping[str, str]) -> Form:
        """Where a field belongs; what stands outside of every form is never sent."""
        return self.forms[self._at(given)] if self._at(given) >= 0 else Form("", "get")

    def _at(self, given: Mapping[str, str]) -> int:
        return self.named[given["form"]] if "form" in given else self._inside

    def _input(self, given: Mapping[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        value = given.get("value", "on" if kind in _TICKED else "")
        form = self._form(given)
        if kind in _BUTTONS:
            self.buttons.append(Button(self._at(given), name, value, value))
            return
        if kind in _TICKED:
            form.offered.setdefault(name, set()).add(value)
        if name and (kind not in _TICKED or "checked" in given):
            form.values.setdefault(name, []).append(value)

    def _option(self, given: Mapping[str, str]) -> None:
        form, value = self._choosing, given.get("value", "")
        form.offered[self._select].add(value)
        if "selected" in given or self._select not in form.values:
            form.values[self._select] = [value]

    def handle_data(self, data: str) -> None:
        if self._in_template:
            return
        self.words.append(data)
        if self._heard is not None:
            self._heard.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._in_template = False
        elif tag == "form":
            self._inside = -1
        if tag not in ("textarea", "button", "a") or self._heard is None:
            return
        said, given = "".join(self._heard), self._open
        self._heard = None
        if tag == "textarea":
            self._form(given).values[given.get("name", "")] = [said.removeprefix("\n")]
        elif tag == "a":
            self.links.append((said.strip(), given.get("href", "")))
        elif given.get("type", "submit") == "submit":
            at, name, value = self._at(given), given.get("name", ""), given.get("value", "")
            self.buttons.append(Button(at, name, value, said.strip()))


class PlainBrowser:
    """See the top of this file. `address` is where it comes from; `text` is the page as it is."""

    def __init__(self, app: Flask, address: str = "192.0.2.1") -> None:
        self.seat = TownSeat(app, address)
        self.text, self.path, self.status = "", "", 0
        self._page = _Read("")

    def open(self, address: str) -> str:
        """The page there, which must be there. Answers with its words."""
        status = self.look(address)
        assert status == HTTPStatus.OK, (address, status)
        return self.words

    def look(self, address: str) -> HTTPStatus:
        """The same, where it may be refused."""
        self._shown(self.seat.get(address.removeprefix(TOWN), follow_redirects=True))
        return HTTPStatus(self.status)

    @property
    def words(self) -> str:
        """What is to be read on the page."""
        return "\n".join(word for said in self._page.words if (word := said.strip()))

    @property
    def buttons(self) -> list[str]:
        return [one.label for one in self._page.buttons]

    def fill(self, values: Mapping[str, str | Iterable[str]]) -> None:
        for name, wanted in values.items():
            form, full = self._field(name)
            form.fill(full, [wanted] if isinstance(wanted, str) else list(wanted))

    def _field(self, name: str) -> tuple[Form, str]:
        fields = [(form, one) for form in self._page.forms for one in form.values | form.offered]
        found = [(form, one) for form, one in fields if one == name]
        found = found or [(form, one) for form, one in fields if one.endswith(f"-{name}")]
        assert len(found) == 1, f"{name} is {len(found)} fields among {[n for _, n in fields]}"
        return found[0]

    def press(self, label: str, *, value: str = "") -> str:
        """Send the form of this button; the words of the page that comes."""
        found = [b for b in self._page.buttons if b.label == label and value in b.value]
        assert found, f"there is no {label!r} among {self.buttons}"
        button = found[0]
        form = self._page.forms[button.form]
        assert form.method == "post", f"{label!r} only looks something up"
        sent = dict(form.values) | ({button.name: [button.value]} if button.name else {})
        self._shown(self.seat.post(form.action or self.path, sent, follow=True))
        return self.words

    def follow(self, label: str) -> str:
        """Go where a link leads."""
        found = [where for said, where in self._page.links if said == label]
        assert found, f"there is no link {label!r} among {self._page.links}"
        return self.open(found[0])

    def _shown(self, answer: TestResponse) -> None:
        self.text, self.status = answer.text, answer.status_code
        self.path = answer.request.path
        self._page = _Read(self.text)
