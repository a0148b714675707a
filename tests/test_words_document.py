"""docs/words.md says what the word files and the test of given-up words say."""

import re
from pathlib import Path

from tests.test_vocabulary import GIVEN_UP, given_up

ROOT = Path(__file__).parent.parent
WORDS = (ROOT / "docs/words.md").read_text("utf-8")


def rows(heading: str) -> list[tuple[str, str]]:
    """The two columns of the table below a heading."""
    part = WORDS.partition(f"\n{heading}\n")[2]
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", part.partition("\n## ")[0], re.MULTILINE)
    assert found, heading
    return found[1:]


def test_every_word_that_was_given_up_stands_with_the_word_to_use() -> None:
    """The same rows as the patterns, and of each an example that the pattern finds."""
    table = dict(rows("## Words that were given up"))
    assert table.keys() == GIVEN_UP.keys()
    for use, instead in table.items():
        for word in instead.split("; "):
            assert any(f"-> {use}" in found for found in given_up(word)), f"{word}: {use}"


def test_every_word_file_stands_with_what_is_in_it() -> None:
    named = [file.strip("`") for file, _ in rows("## Where a word stands")]
    assert named == sorted(path.name for path in (ROOT / "templates/words").glob("*.yaml"))
