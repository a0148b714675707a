"""Every regex of the product, and what in one of them can take more steps than the text is long."""

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PARSER: Final[Any] = importlib.import_module("re._parser")
ROOT: Final = Path(__file__).parents[2]
SCANS: Final = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
CALLS: Final = SCANS | {"compile", "match", "fullmatch"}
# Letters of every kind, on which the sets of a pattern are compared.
LETTERS: Final = frozenset(
    [
        *map(chr, range(128)),
        *"　。、・ー－〜ぁのノケアヲ一二十百〇東西南北条丁目番地号市区町村郡県年月日",
        *"時分半曜午前後正祝昭和令０９ＡＺｱﾞé漢々■…：）（『\u0301\u3099\x85\u2028",
    ]
)
MANY: Final = 1_000  # a repeat up to here is no danger by itself


@dataclass(frozen=True)
class Found:
    """A regex with its place; `scans` when it is looked for anywhere in a text."""

    where: str
    pattern: str | bytes
    flags: int
    scans: bool


def patterns() -> Iterator[Found | str]:
    """Each regex of the product, or the place of one that is made only when it is used."""
    for path in sorted(
        p for top in ("handlers", "storage", "workflows") for p in (ROOT / top).rglob("*.py")
    ):
        if "migrations" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        if "re." not in source:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        nodes = list(ast.walk(ast.parse(source)))
        names = {value: name for node in nodes for value, name in _names_of(node)}
        for call in nodes:
            if not (isinstance(call, ast.Call) and _is_re(call.func)):
                continue
            how = call.func.attr  # type: ignore[attr-defined]
            where = f"{path.relative_to(ROOT)}: {names.get(id(call), ast.unparse(call.args[0]))}"
            try:
                pattern = _value(call.args[0], module)
            except NameError:
                yield where
                continue
            flags = re.compile(pattern).flags & ~re.UNICODE
            own = names.get(id(call), "")
            scans = how in SCANS or any(f"{own}.{one}(" in source for one in SCANS) or not own
            yield Found(where, pattern, int(flags), scans and how not in ("match", "fullmatch"))


def _names_of(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Call):
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        yield id(node.value), ast.unparse(target)


def _is_re(func: ast.expr) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id == "re"
        and func.attr in CALLS
    )


def _value(expression: ast.expr, module: object) -> Any:
    """What it is in its module. Raises NameError for what is only known inside a function."""
    code = compile(ast.Expression(expression), "pattern", "eval")
    return eval(code, dict(vars(module)))  # noqa: S307 - our own source


# -- what is wrong with one ------------------------------------------------------------------------


def faults(pattern: str | bytes, flags: int = 0, *, scans: bool = True) -> list[str]:
    """What makes it slow: nested or adjacent repeats that can share out a text between them in many
    ways, and a repeat at its head that is begun anew at each letter of what it has run over."""
    tree = list(PARSER.parse(pattern, flags))
    found = list(_ambiguous(tree))
    if scans and tree and _endless(tree[0]) and not all(map(_may_be_nothing, tree[1:])):
        found.append("begun anew at each letter")
    return found


def _ambiguous(tree: Sequence[Any]) -> Iterator[str]:
    for at, node in enumerate(tree):
        for inner in _inside(node):
            yield from _ambiguous(inner)
        if not _endless(node):
            continue
        body = list(node[1][2])
        if any(_endless(n) and _first([n]) & _first(body) for n in _tail(body)):
            yield "nested"
        for after in tree[at + 1 :]:
            if any(_endless(n) and _first([n]) & _first(body) for n in _heads(after)):
                yield "adjacent"
            if not _may_be_nothing(after):
                break


def _op(node: Any) -> str:
    return str(node[0])


def _endless(node: Any) -> bool:
    """A repeat without a bound that may give back what it took (a possessive one never does)."""
    return _op(node) in ("MAX_REPEAT", "MIN_REPEAT") and node[1][1] > MANY


def _inside(node: Any) -> list[list[Any]]:
    match _op(node):
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return [list(node[1][2])]
        case "SUBPATTERN":
            return [list(node[1][3])]
        case "BRANCH":
            return [list(b) for b in node[1][1]]
        case "ASSERT" | "ASSERT_NOT":
            return [list(node[1][1])]
        case "ATOMIC_GROUP":
            return [list(node[1])]
        case _:
            return []


def _may_be_nothing(node: Any) -> bool:
    match _op(node):
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return node[1][0] == 0 or all(map(_may_be_nothing, node[1][2]))
        case "SUBPATTERN" | "BRANCH" | "ATOMIC_GROUP":
            return any(all(map(_may_be_nothing, one)) for one in _inside(node))
        case "ASSERT" | "ASSERT_NOT" | "AT":
            return False  # it takes nothing, and what came before can fail by it
        case _:
            return False


def _heads(node: Any) -> Iterator[Any]:
    """What may come first in it."""
    yield node
    if _op(node) in ("SUBPATTERN", "BRANCH", "ATOMIC_GROUP", "MAX_REPEAT", "MIN_REPEAT"):
        for one in _inside(node):
            for part in one:
                yield from _heads(part)
                if not _may_be_nothing(part):
                    break


def _tail(body: Sequence[Any]) -> Iterator[Any]:
    """What may come last in it."""
    for node in reversed(body):
        yield node
        for one in _inside(node):
            yield from _tail(one)
        if not _may_be_nothing(node):
            break


def _first(tree: Sequence[Any]) -> frozenset[str]:
    """The letters with which it may begin."""
    found: frozenset[str] = frozenset()
    for node in tree:
        op = _op(node)
        if op in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return found | _set(node)
        if op in ("AT", "ASSERT", "ASSERT_NOT"):
            continue
        for one in _inside(node):
            found |= _first(one)
        if not _may_be_nothing(node):
            break
    return found


def _set(node: Any) -> frozenset[str]:
    op, value = _op(node), node[1]
    match op:
        case "ANY":
            return LETTERS
        case "LITERAL":
            return frozenset(chr(value))
        case "NOT_LITERAL":
            return LETTERS - {chr(value)}
        case "RANGE":
            return frozenset(c for c in LETTERS if value[0] <= ord(c) <= value[1])
        case "CATEGORY":
            sign = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(value).rsplit("_", 1)[1]]
            one = re.compile(sign.upper() if "_NOT_" in str(value) else sign)
            return frozenset(filter(one.match, LETTERS))
        case _:
            parts = list(value)
            negated = bool(parts) and _op(parts[0]) == "NEGATE"
            inner = frozenset[str]().union(*(_set(p) for p in parts[negated:]))
            return LETTERS - inner if negated else inner
