"""What is compiled once for all the applications of a test run: pages' templates and addresses.

A running bot compiles them once; hundreds of tests that each make an application would do it again
and again, which takes longer than what they are about.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Compiled(BytecodeCache):
    """The pages' templates. One whose source is another one is compiled anew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()

Builder = Callable[..., tuple[str, str]]
_compile = Rule._compile_builder
_builders: dict[object, Builder] = {}


def _builder(rule: Rule, append_unknown: bool = True) -> Builder:
    """The function that builds a rule's address; it follows from the rule's text alone, unless the
    rule has defaults."""
    if rule.defaults:
        return _compile(rule, append_unknown)
    key: Any = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


def share_compiled_addresses() -> None:
    """From now on the rules of one text share the functions that build their addresses."""
    Rule._compile_builder = _builder  # type: ignore[method-assign,assignment]
