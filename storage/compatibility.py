"""Which programs may write a database: said by who carried it up, asked before every commit.

A program writes whole documents, and would drop what it does not know in them; it writes search
keys in its own spelling. So the row `writers` of `about` says at which version the tables stand,
which is the oldest program that may write them, what the documents hold and how people are
spelt. A program that is told so while it runs writes nothing more; one that meets a database
which it may write goes on, also where the tables are newer than those it knows.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import Connection, or_, select

from storage.key_marks import SEAL, mark_of
from storage.revisions import newest_revision, oldest_writer
from storage.tables import about, upsert
from storage.vault import KEY_ID, Keys, Vault
from workflows.japanese.same_person import KEYS_VERSION
from workflows.model.case import Case
from workflows.model.directory import Agency, Member, Town
from workflows.model.meeting import Meeting
from workflows.model.notice import Notice
from workflows.model.person_request import PersonRequest
from workflows.model.stored import stored_key

WRITERS: Final = "writers"
DOCUMENTS: Final = "documents"  # in `about`: what the documents hold, one key a line
# Each kind of document by a code of its own: classes may be renamed.
_KINDS: Final[Mapping[str, type]] = {
    "case": Case,
    "meeting": Meeting,
    "town": Town,
    "agency": Agency,
    "member": Member,
    "person_request": PersonRequest,
    "notice": Notice,
}

OLDER, NEWER, KEY_MISSING = "schema_older", "schema_newer", "key_missing"
OUTDATED: Final = frozenset({OLDER, NEWER, KEY_MISSING})


@dataclass(frozen=True)
class WriteCompatibility:
    """`schema` and `oldest` are versions of the tables, `documents` a digest of the keys (16 hex
    digits), `search` the version of the search keys."""

    schema: str
    oldest: str
    documents: str
    search: str


def stored_keys(kinds: Mapping[str, type]) -> frozenset[str]:
    """Every key under which a text of these dataclasses holds something, as a path that begins
    with the code of its kind: `case.referrals.reply`. No name of a class is in it."""
    return frozenset(key for code, kind in kinds.items() for key in _walk(code, kind, ()))


def _walk(path: str, kind: Any, above: tuple[type, ...]) -> Iterator[str]:
    for part in get_args(kind):
        yield from _walk(path, part, above)
    if isinstance(kind, type) and is_dataclass(kind) and kind not in above:
        hints = get_type_hints(kind)
        for field in fields(kind):
            inner = f"{path}.{stored_key(field)}"
            yield inner
            yield from _walk(inner, hints[field.name], (*above, kind))


@cache
def documents_of_program() -> frozenset[str]:
    return stored_keys(_KINDS)


def _digest(found: frozenset[str]) -> str:
    return sha256("\n".join(sorted(found)).encode()).hexdigest()[:16]


@cache
def compatibility_of_program(schema: str) -> WriteCompatibility:
    """What this program writes of a database whose tables stand at `schema`, once it is carried
    up."""
    oldest = oldest_writer(schema)
    return WriteCompatibility(schema, oldest, _digest(documents_of_program()), KEYS_VERSION)


def compatibility_text(writers: WriteCompatibility) -> str:
    return json.dumps([writers.schema, writers.oldest, writers.documents, writers.search])


def _parse(text: str) -> WriteCompatibility | None:
    try:
        return WriteCompatibility(*map(str, json.loads(text)))
    except (ValueError, TypeError):
        return None


def store_compatibility(connection: Connection, schema: str) -> None:
    """Say who may write from now on. Whoever passed the last look before their commit is through
    by then: the table is nobody's while this transaction lasts."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE about IN ACCESS EXCLUSIVE MODE")
    said = {
        WRITERS: compatibility_text(compatibility_of_program(schema)),
        DOCUMENTS: "\n".join(sorted(documents_of_program())),
    }
    for name, value in said.items():
        store_about(connection, name, value)


def store_about(connection: Connection, name: str, value: str) -> None:
    statement = upsert(connection, about).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def why_not_writable(connection: Connection, text: str | None, *, schema: str = "") -> str:
    """Why this program must not write a database whose row `writers` is `text`: schema_newer,
    schema_older; "" when it may.

    `schema` is the version at which the tables stand, where it is known: a mark about another
    version says nothing.
    """
    mine = compatibility_of_program(str(newest_revision()))
    theirs = _parse(text or "")
    if theirs is None or (schema and theirs.schema != schema):
        return NEWER if schema > mine.schema else OLDER
    if theirs == mine:
        return ""
    if theirs.schema < mine.schema:
        return OLDER
    if theirs.oldest > mine.schema:
        return NEWER
    if theirs.search != mine.search:
        return NEWER if _number(theirs.search) > _number(mine.search) else OLDER
    if theirs.documents != mine.documents:
        query = select(about.c.value).where(about.c.name == DOCUMENTS)
        held = frozenset((connection.execute(query).scalar_one_or_none() or "").splitlines())
        if held - documents_of_program():
            return NEWER
        if theirs.schema == mine.schema:
            return OLDER  # who writes beside this one has to be told of the new fields first
    return ""


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


_ASKED: Final = (
    select(about.c.name, about.c.value)
    .where(or_(about.c.name == WRITERS, about.c.name.startswith(mark_of("k"))))
    .order_by(about.c.name)
)


class WriteGate:
    """Asked at the end of every transaction whether this program, with the keys it has, may write
    the database as it is now. Shared by all threads of a process."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._good: tuple[tuple[tuple[str, str], ...], Keys] | None = None

    def why_not(self, connection: Connection, schema: str = "") -> str:
        """schema_newer, schema_older or key_missing; "" when it may. `schema` as
        `why_not_writable`.

        It must be the last thing before the commit: what was locked until then is compared with
        what is so now.
        """
        rows = tuple((row.name, row.value) for row in connection.execute(_ASKED))
        keys = self._vault.keys
        known = self._good is not None and self._good[0] == rows and self._good[1] is keys
        if known and not schema:
            return ""
        said = dict(rows)
        if code := why_not_writable(connection, said.get(WRITERS), schema=schema):
            return code
        needed = {name.removeprefix(f"{SEAL}.") for name in said if name != WRITERS}
        needed = {key_id for key_id in needed if KEY_ID.fullmatch(key_id)}
        if needed - keys.seal.keys():
            self._vault.keep_up(surely=True)
            keys = self._vault.keys
        if needed - keys.seal.keys():
            return KEY_MISSING
        self._good = rows, keys
        return ""
