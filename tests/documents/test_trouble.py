"""docs/ops/trouble.md has each sentence with which the command line or `check` refuses."""

import re

from handlers.words.words import load_words
from tests.support.documents import DOCS
from tests.support.refusals import ASIDE, BY_COMMANDS, WELL, begins, refusals


def test_the_trouble_page_lists_every_refusal_with_its_cure() -> None:
    """From the words and the code: a new sentence has to be written there, one that is gone taken
    out."""
    text = (DOCS / "ops/trouble.md").read_text("utf-8").partition("\n## コマンドの書き方\n")[2]
    rows = dict(re.findall(r"^\| ((?:[^|]|\\\|)+) \| (.+) \|$", text, re.MULTILINE))
    del rows["文のはじめ"]
    expected = {begins(sentence) for sentence in refusals().values()}
    assert len(expected) > 200
    assert sorted(expected - set(rows)) == []
    assert sorted(set(rows) - expected) == []
    assert all(cure.strip() for cure in rows.values())


def test_what_is_not_a_refusal_is_named_as_long_as_it_is_said() -> None:
    """The exceptions do not outlive their sentences."""
    assert not (ASIDE | WELL | set(BY_COMMANDS)) - set(load_words(None))
