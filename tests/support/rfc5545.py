"""A reader of calendar files written from RFC 5545 alone: another one than what writes them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

_LINE = re.compile(r'([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Z0-9-]+)=("[^"]*"|[^";:,]*)')
_ESCAPED = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}


@dataclass(frozen=True)
class Line:
    """A content line: its parameters, and the value as it stands."""

    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        return re.sub(r"\\[\\;,nN]", lambda found: _ESCAPED[found[0]], self.value)


@dataclass
class Component:
    name: str
    lines: dict[str, list[Line]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def only(self, name: str) -> Line:
        (found,) = self.lines[name]
        return found

    def named(self, name: str) -> "Component":
        (found,) = [part for part in self.parts if part.name == name]
        return found


def read_calendar(content: bytes) -> Component:
    """Raises AssertionError where the file is not as the RFC wants it (3.1, 3.4, 3.6)."""
    assert content.endswith(b"\r\n")
    rows = content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(row) <= 75 and b"\n" not in row for row in rows)
    unfolded = content.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").decode()
    top = Component("")
    open_ones = [top]
    for row in unfolded.removesuffix("\r\n").split("\r\n"):
        found = _LINE.fullmatch(row)
        assert found, row
        name, value = found[1], found[3]
        match name:
            case "BEGIN":
                begun = Component(value)
                open_ones[-1].parts.append(begun)
                open_ones.append(begun)
            case "END":
                assert open_ones.pop().name == value
            case _:
                given = {p: v.strip('"') for p, v in _PARAMETER.findall(found[2])}
                open_ones[-1].lines.setdefault(name, []).append(Line(given, value))
    assert open_ones == [top]
    calendar = top.named("VCALENDAR")
    assert calendar.only("VERSION").value == "2.0"
    assert calendar.only("PRODID").value
    return calendar


def moment(calendar: Component, line: Line) -> datetime:
    """A DATE-TIME in UTC, or in a zone that the file itself describes."""
    if line.value.endswith("Z"):
        return datetime.strptime(line.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone = calendar.named("VTIMEZONE")
    assert zone.only("TZID").value == line.parameters["TZID"]
    offset = zone.named("STANDARD").only("TZOFFSETTO").value
    sign = -1 if offset[0] == "-" else 1
    ahead = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
    return datetime.strptime(line.value, "%Y%m%dT%H%M%S").replace(tzinfo=timezone(ahead))
