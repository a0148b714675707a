"""Settings that a document for operators shows are taken as they stand."""

import re
from pathlib import Path

import pytest

from handlers.settings.load import load_settings
from handlers.settings.table import NAMES
from tests.support.documents import DOCS

SHOWN = re.compile(r"^\s*```sh\n((?:\s*#?[A-Z_]+=.*\n)+)\s*```$", re.MULTILINE)
TOWN = {"MODE": "town", "PUBLIC_URL": "https://tsunagu.example.jp"}


@pytest.mark.parametrize("document", ["mail", "proxy", "single-sign-on"])
def test_settings_that_a_document_shows_are_taken(document: str, tmp_path: Path) -> None:
    """As a file, beside what every town has; the lines that are commented out one by one."""
    [block] = SHOWN.findall((DOCS / f"ops/{document}.md").read_text("utf-8"))
    lines = [line.strip() for line in block.splitlines()]
    given = [line for line in lines if not line.startswith("#")]
    instead = [line.removeprefix("#") for line in lines if line.startswith("#")]
    assert {line.partition("=")[0] for line in (*given, *instead)} <= set(NAMES)
    for more in ([], *([one] for one in instead)):
        (tmp_path / ".env").write_text("\n".join([*given, *more]) + "\n", "utf-8")
        settings = load_settings(tmp_path, TOWN)
        assert settings.public_url == TOWN["PUBLIC_URL"]
