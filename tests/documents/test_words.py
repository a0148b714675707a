"""docs/ref/words.md: what a town may word anew, and how."""

import re
from pathlib import Path

from handlers.words.texts import load_texts
from tests.support.documents import DOCS, ROOT, blocks
from workflows.model.notice import Fact, Notice


def test_the_examples_of_a_towns_own_words_are_accepted(tmp_path: Path) -> None:
    """It shows words and a message that the product takes, and says instead of its own."""
    [yaml], [message] = blocks("ref/words.md", "yaml"), blocks("ref/words.md", "jinja")
    (tmp_path / "words").mkdir()
    (tmp_path / "messages/ja").mkdir(parents=True)
    (tmp_path / "words/town.yaml").write_text(yaml, "utf-8")
    (tmp_path / "messages/ja/meeting_cancelled.j2").write_text(message, "utf-8")
    texts = load_texts(tmp_path)
    assert texts.label("menu", "desk") == "調整の机"
    facts: dict[str, Fact] = {"kind": "act_106_6", "numbers": ["R8-0001"]}
    card = texts.card(Notice("n1", "meeting_cancelled", "M01", "n1", facts, meeting_id="m1"))
    assert card.title == "支援会議は開きません"
    assert [action.label for action in card.actions] == ["会議を見る"]


def test_the_folders_it_names_are_there() -> None:
    text = (DOCS / "ref/words.md").read_text("utf-8")
    named = re.findall(r"`(templates/[\w./]+)`", text)
    assert len(named) >= 5
    assert not [name for name in named if not (ROOT / name).exists()]
