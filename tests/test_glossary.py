"""docs/glossary.md: each term once, with a name that is in the code and words that are shown."""

import ast
import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from handlers.words.words import load_words
from workflows.model.case import CaseState, FollowUpResult, ReplyAnswer, Urgency
from workflows.model.directory import AgencyKind, Role
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import MeetingState, Symbol
from workflows.model.person_request import RequestKind
from workflows.model.promise import PromiseKind

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")

# Every code that is stored, with the group of labels that shows it.
SHOWN_BY: dict[type[StrEnum], str] = {
    Role: "role",
    AgencyKind: "agency_kind",
    LegalBasis: "legal_basis",
    CaseState: "case_state",
    Urgency: "urgency",
    ReplyAnswer: "reply_answer",
    FollowUpResult: "follow_up_result",
    MeetingState: "meeting_state",
    Symbol: "symbol",
    RequestKind: "request_kind",
    PromiseKind: "promise_kind",
}


def terms() -> list[tuple[str, str, str]]:
    """Term, reading, name in code."""
    found = re.findall(
        r"^\| ([^|`]+) \| ([^|]+) \| `([\w.]+)` \| [^|]+ \|$", GLOSSARY, re.MULTILINE
    )
    assert len(found) > 40
    return found


@cache
def defined() -> dict[str, frozenset[str]]:
    """Names defined in workflows: at the top of a module under "", else under their class."""
    found: dict[str, set[str]] = {"": set()}
    for file in (ROOT / "workflows").rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            found[""] |= set(_names(node))
            if isinstance(node, ast.ClassDef):
                inside = {name for one in node.body for name in _names(one)}
                found[node.name] = found.get(node.name, set()) | inside
    return {owner: frozenset(names) for owner, names in found.items()}


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef() | ast.FunctionDef():
            return [node.name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case _:
            return []


def test_every_term_and_every_name_stands_once() -> None:
    """One noun, one meaning."""
    for column in (0, 2):
        said = [row[column] for row in terms()]
        assert sorted(said) == sorted(set(said))


def test_every_reading_is_kana() -> None:
    assert [r for _, r, _ in terms() if not re.fullmatch(r"[ぁ-んー・]+", r)] == []


def test_every_name_of_a_term_is_in_the_code() -> None:
    lost = []
    for _, _, name in terms():
        owner, _, last = name.rpartition(".")
        lost += [] if last in defined().get(owner, ()) else [name]
    assert lost == []


def test_the_product_says_every_term() -> None:
    """In its templates, each part of it: 終結・中断 are two."""
    said = "\n".join(
        path.read_text("utf-8")
        for ending in ("*.yaml", "*.j2", "*.html")
        for path in (ROOT / "templates").rglob(ending)
    )
    parts = [part for term, _, _ in terms() for part in term.split("・")]
    assert [part for part in parts if part not in said] == []


def test_every_code_stands_with_the_words_that_are_shown() -> None:
    """All that there are and none else; a town rewords them in its own folder."""
    words = load_words(None)
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([^|]+) \|$", GLOSSARY, re.MULTILINE)
    wanted = [
        (kind.__name__, str(code), words[f"label.{group}.{code}"])
        for kind, group in SHOWN_BY.items()
        for code in kind
    ]
    lacking, left = set(wanted) - set(rows), set(rows) - set(wanted)
    assert (lacking, left) == (set(), set()), "rows that docs/glossary.md lacks, and has too many"
    assert rows == wanted, "docs/glossary.md has them in the order of the code"
