"""Decisions are numbered, dated and listed; the map names every room once, as it is there."""

import re
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
MAP = (ROOT / "docs/architecture.md").read_text("utf-8")


def test_every_decision_has_its_number_its_day_and_its_parts() -> None:
    """One after the other, none twice, each with what was so, what was decided, what follows."""
    for number, file in enumerate(DECISIONS, 1):
        text = file.read_text("utf-8")
        assert re.fullmatch(rf"{number:04d}-[a-z0-9-]+\.md", file.name), file.name
        assert text.startswith(f"# {number:04d}. "), file.name
        day = re.search(r"^- \*\*Date\*\*: (\S+)$", text, re.MULTILINE)
        assert day, file.name
        date.fromisoformat(day[1])
        status = re.search(r"^- \*\*Status\*\*: (in force|replaced by \d{4})$", text, re.MULTILINE)
        assert status, file.name
        parts = re.findall(r"^## (.+)\n\n(\S)", text, re.MULTILINE)
        assert [part for part, _ in parts] == ["Context", "Decision", "Consequences"], file.name


def test_the_list_of_decisions_is_what_is_there() -> None:
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (\S+) \|$",
        (ROOT / "docs/decisions/README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    there = []
    for file in DECISIONS:
        text = file.read_text("utf-8")
        title = text.splitlines()[0].partition(". ")[2]
        day = text.partition("**Date**: ")[2].splitlines()[0]
        there.append((file.name[:4], file.name, title, day))
    assert listed == there


def test_the_map_names_every_room_once() -> None:
    """Whoever opens workflows/ or handlers/ finds no room that the map does not know."""
    named = re.findall(r"^\| `((?:workflows|handlers)/\w+(?:/|\.py))` \|", MAP, re.MULTILINE)
    there = [
        f"{top}/{one.name}" + ("/" if one.is_dir() else "")
        for top in ("workflows", "handlers")
        for one in (ROOT / top).iterdir()
        if not one.name.startswith("__") and (one.suffix == ".py" or (one / "__init__.py").exists())
    ]
    assert sorted(named) == sorted(there)
