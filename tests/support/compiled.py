"""What is compiled once for all of a test run: pages' templates and addresses, and the queries.

A running bot compiles them once; thousands of tests that each open a database, and often make an
application, would do it again and again, which takes longer than what they are about.
"""

from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
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

_compile = Rule.compile
_KEPT = ("_parts", "_trace", "_converters", "arguments")
_BUILDERS = ("_build", "_build_unknown")
_rules: dict[object, dict[str, Any]] = {}


def _compile_once(rule: Rule) -> None:
    """What finds and builds a rule's address follows from the rule's text alone, unless the rule
    has defaults or a host."""
    if rule.defaults or rule.subdomain or rule.host:
        return _compile(rule)
    key = (rule.rule, rule.merge_slashes)
    if key not in _rules:
        _compile(rule)
        kept = {name: getattr(rule, name) for name in _KEPT}
        _rules[key] = kept | {name: getattr(rule, name).__func__ for name in _BUILDERS}
        return None
    for name in _KEPT:
        setattr(rule, name, _rules[key][name])
    for name in _BUILDERS:
        setattr(rule, name, _rules[key][name].__get__(rule))
    return None


def share_compiled_addresses() -> None:
    """From now on the rules of one text share what finds and builds their addresses."""
    Rule.compile = _compile_once  # type: ignore[method-assign,assignment]


_engines: dict[str, Engine] = {}  # the first of each kind


def share_compiled_queries() -> None:
    """From now on all databases of one kind share their compiled queries.

    They are kept by dialect, of which every engine has its own. Those of one kind are alike once
    they have looked at their database, as they have when the first connection is there.
    """
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    engine = connection.engine
    if engine.dialect._on_connect_isolation_level:
        return  # it was asked to be unlike the others
    first = _engines.setdefault(engine.dialect.name, engine)
    if engine.dialect is not first.dialect:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        connection.dialect = first.dialect
