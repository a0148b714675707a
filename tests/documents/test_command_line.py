"""docs/ref/command-line.md says what the command line says of itself."""

from tests.support.command_line import drawn
from tests.support.documents import DOCS


def test_the_command_line_page_equals_the_help_texts() -> None:
    """Else: python -m tests.support.command_line"""
    assert (DOCS / "ref/command-line.md").read_text("utf-8") == drawn()
