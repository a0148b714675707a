"""Whatever a document tells to run of `python bot.py …` is a command that there is."""

import re

from tests.support.documents import DOCS, ROOT

DOCUMENTS = [
    *(p for p in ROOT.glob("*.md") if p.name != "CHANGELOG.md"),
    *DOCS.rglob("*.md"),
]


def _known() -> dict[str, set[str]]:
    """Each command with its options, from docs/ref/command-line.md, which is drawn from --help."""
    text = (DOCS / "ref/command-line.md").read_text("utf-8")
    chapters = re.findall(r"^## bot\.py (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    return {words: set(re.findall(r"--[a-z-]+", told)) for words, told in chapters}


def test_documents_name_commands_and_options_that_are_there() -> None:
    known = _known()
    groups = {words.split()[0] for words in known}
    wrong = []
    for document in DOCUMENTS:
        text = document.read_text("utf-8").replace("\\\n", " ")
        for said in re.findall(
            r"(?:python|`)\s?bot\.py ((?:[a-z][\w-]*|--[a-z-]+)[^`\n」|;&]*)", text
        ):
            words = re.findall(r"(?<![\w/.-])[a-z][a-z-]+(?![\w/.=])", said.partition(" -")[0])
            name = next((c for c in (" ".join(words[:2]), *words[:1]) if c in known), "")
            is_group = (len(words) == 1 and words[0] in groups) or said.startswith("--help")
            options = set(re.findall(r"(?<=\s)--[a-z-]+", f" {said}")) - {"--help"}
            if (not name and not is_group) or (name and options - known[name]):
                wrong.append((str(document.relative_to(ROOT)), said))
    assert wrong == []
