"""No field of a document is only written: each is read where something is shown or decided by it.

The walk is over the classes of the documents and over every line of `workflows`, with the types
that mypy finds there, so that a field of the same name in another class answers for nothing. To
append to a list, to put a value into it or to filter it into itself reads nothing, nor does
letting a case go or carrying a decision out again after a restore.
"""

import ast
import dataclasses
import importlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mypy import build
from mypy.config_parser import parse_config_file
from mypy.find_sources import create_source_list
from mypy.nodes import MemberExpr
from mypy.options import Options
from mypy.server.subexpr import get_subexpressions
from mypy.types import Instance, Type, UnionType, get_proper_type

ROOT = Path(__file__).parent.parent
DOCUMENTS = (
    "workflows.model.case",
    "workflows.model.meeting",
    "workflows.model.person_request",
    "workflows.model.directory",
    "workflows.model.mail_reply",
    "workflows.model.phone_call",
)
# What is done with a list in a statement of its own changes it; its answer is nobody's.
CHANGES = {"append", "extend", "insert", "remove", "clear", "update", "sort", "pop"}
# They move what is kept, and show and decide nothing by it.
MOVES = {
    "workflows.retention.dispose",
    "workflows.guard.mentions",
    "workflows.restore.reapply_decisions",
    "workflows.model.decision_line",
}

Parents = dict[ast.AST, ast.AST]


def is_read(name: ast.Attribute, parents: Parents) -> bool:
    """Whether something comes of the value of this `thing.field`."""
    if not isinstance(name.ctx, ast.Load):
        return False
    around = parents[name]
    if isinstance(around, ast.Subscript) and around.value is name:
        return isinstance(around.ctx, ast.Load)
    call = parents[around] if isinstance(around, ast.Attribute) else None
    if isinstance(around, ast.Attribute) and isinstance(call, ast.Call) and call.func is around:
        if around.attr == "setdefault":
            return False
        if around.attr in CHANGES and isinstance(parents[call], ast.Expr):
            return False
    return name.attr not in _targets(name, parents)


def _targets(name: ast.Attribute, parents: Parents) -> set[str]:
    """The fields that the statement around it sets."""
    around: ast.AST = name
    while not isinstance(around, ast.stmt):
        around = parents[around]
    match around:
        case ast.Assign(targets=targets):
            return {t.attr for t in targets if isinstance(t, ast.Attribute)}
        case ast.AugAssign(target=ast.Attribute(attr=attr)):
            return {attr}
        case _:
            return set()


def _classes(found: Type | None) -> Iterator[str]:
    kind = get_proper_type(found)
    for one in kind.items if isinstance(kind, UnionType) else [kind]:
        proper = get_proper_type(one)
        if isinstance(proper, Instance):
            yield from (base.fullname for base in proper.type.mro)


@cache
def reads() -> dict[str, set[str]]:
    """Class by its full name, to its fields that some line reads."""
    options = Options()
    parse_config_file(options, lambda: None, str(ROOT / "pyproject.toml"))
    options.export_types = options.preserve_asts = True
    options.incremental = False
    result = build.build(create_source_list([str(ROOT / "workflows")], options), options)
    assert result.errors == []
    found: dict[str, set[str]] = defaultdict(set)
    for module, state in result.graph.items():
        if not module.startswith("workflows") or module in MOVES or state.tree is None:
            continue
        tree = ast.parse(Path(str(state.path)).read_text("utf-8"))
        parents = {c: p for p in ast.walk(tree) for c in ast.iter_child_nodes(p)}
        names = {
            (n.lineno, n.col_offset, n.end_lineno, n.end_col_offset): n
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute)
        }
        for one in get_subexpressions(state.tree):
            if not isinstance(one, MemberExpr):
                continue
            # In an f-string Python 3.11 knows no place; what stands there is read.
            name = names.get((one.line, one.column, one.end_line, one.end_column))
            if name is None or is_read(name, parents):
                for kind in _classes(result.types.get(one.expr)):
                    found[kind].add(one.name)
    return found


def fields() -> Iterator[tuple[str, str, str]]:
    """Every field of every class of a document: (module, class, field)."""
    for module in DOCUMENTS:
        for kind in vars(importlib.import_module(module)).values():
            is_class = isinstance(kind, type) and dataclasses.is_dataclass(kind)
            if is_class and kind.__module__ == module:
                yield from ((module, kind.__name__, f.name) for f in dataclasses.fields(kind))


def test_every_field_of_a_document_is_read() -> None:
    found = reads()
    unread = [f"{kind}.{name}" for m, kind, name in fields() if name not in found[f"{m}.{kind}"]]
    assert unread == []


def test_what_only_changes_a_field_is_no_reading_of_it() -> None:
    """And what asks for it is."""
    written = (
        "x.f.append(1)", "x.f = [i for i in x.f if i]", "x.f[1] = 2", "x.f += [1]", "del x.f",
        "y = x.f.setdefault(1, {})", "x.f: int = 1", "x.f.pop(1, None)",
    )  # fmt: skip
    asked = ("y = x.f", "y = x.f[1]", "print(x.f)", "y = x.f.pop(1)", "x.g = [i for i in x.f]")
    for line in (*written, *asked):
        tree = ast.parse(line)
        parents = {c: p for p in ast.walk(tree) for c in ast.iter_child_nodes(p)}
        found = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "f"]
        assert any(is_read(n, parents) for n in found) == (line in asked), line


def test_every_document_is_walked_over() -> None:
    """Also a class that only one of them names."""
    kinds = {kind for _, kind, _ in fields()}
    assert {"Case", "SheetEdit", "StatedGround", "Meeting", "FormerAnswers", "MailReply"} <= kinds
