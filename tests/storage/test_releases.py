"""A town of every release is opened by today's program, with all that it holds."""

import json
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from storage.backup import examine
from storage.compatibility import DOCUMENTS, documents_of_program
from storage.database import Database, open_database
from storage.documents import from_text, to_text
from storage.tables import (
    SEALED,
    agencies,
    cases,
    mailbox,
    meetings,
    members,
    outbox,
    person_requests,
    place,
    town,
)
from storage.vault import read_keys
from tests.support.clock import MovedClock
from tests.support.people import COORDINATOR
from tests.support.release import (
    FILLED,
    RELEASES,
    is_up_to_date,
    version_of_program,
    write_release,
)
from tests.support.town import hall_over
from workflows.cases.list_cases import ListCases
from workflows.cases.views import GetCase
from workflows.core.looks import CasePage
from workflows.model.case import Case
from workflows.model.directory import Agency, Member, Town
from workflows.model.meeting import Meeting
from workflows.model.notice import Notice
from workflows.model.person_request import PersonRequest

# Every kind of document: by its code in `about`, where its texts stand and what they are read as.
KINDS: dict[str, tuple[tuple[Table, ...], type]] = {
    "case": ((cases,), Case),
    "meeting": ((meetings,), Meeting),
    "town": ((town,), Town),
    "agency": ((agencies,), Agency),
    "member": ((members,), Member),
    "person_request": ((person_requests,), PersonRequest),
    "notice": ((outbox, mailbox), Notice),
}


VERSIONS = sorted(path.stem for path in RELEASES.glob("*.sqlite"))


@dataclass(frozen=True)
class Release:
    """The town of a release, carried up by the start of today's program; `held` are the keys that
    its documents held, by the path of each, `rows` how many rows each table had."""

    database: Database
    held: frozenset[str]
    rows: dict[str, int]


def opened(folder: Path, version: str, at: Path) -> Release:
    """The kept town stays as it is: a copy in `at` is carried up."""
    for kind in ("sqlite", "keys"):
        shutil.copy(folder / f"{version}.{kind}", at / f"town.{kind}")
    with closing(sqlite3.connect(at / "town.sqlite")) as connection:
        query = "SELECT value FROM about WHERE name = ?"
        (held,) = connection.execute(query, (DOCUMENTS,)).fetchone()
        tables = [
            n for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        rows = {n: connection.execute(f"SELECT count(*) FROM {n}").fetchone()[0] for n in tables}  # noqa: S608
    keys = read_keys(at / "town.keys")
    database = open_database(f"sqlite:///{at / 'town.sqlite'}", keys, "local")
    return Release(database, frozenset(held.splitlines()), rows)


@pytest.fixture(scope="module", params=VERSIONS)
def release(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Release]:
    found = opened(RELEASES, request.param, tmp_path_factory.mktemp("release"))
    yield found
    found.database.close()


def texts_of(database: Database, table: Table) -> Iterator[str]:
    """Every document of a table, as it is stored."""
    (key,) = table.primary_key.columns
    with database.engine.connect() as connection:
        for row in connection.execute(select(table)).mappings().all():
            where = place(table, "content", row[key.name], row.get("version", 0))
            sealed = (table, "content") in SEALED
            if row["content"]:
                yield database.vault.open(row["content"], where) if sealed else row["content"]


def contents(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """What a text holds: each key by its path, and each plain value beside the path of its key."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield f"{path}.{key}", ""
            yield from contents(f"{path}.{key}", one)
    elif isinstance(value, list):
        for one in value:
            yield from contents(path, one)
    else:
        yield path, json.dumps(value)


def keys_in(path: str, value: Any, known: Collection[str]) -> Iterator[str]:
    """Those of these paths that a text holds; a key that none of them has is an id of the town's
    (`answers` by the ids of their slots)."""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            for key, one in part.items():
                inner = f"{path}.{key}" if f"{path}.{key}" in known else path
                if inner != path:
                    yield inner
                yield from keys_in(inner, one, known)


def stored_in(database: Database) -> Iterator[tuple[str, type, str]]:
    for code, (tables, kind) in KINDS.items():
        for table in tables:
            for text in texts_of(database, table):
                yield code, kind, text


def test_nothing_that_a_release_has_stored_is_dropped(release: Release) -> None:
    """Each document is read, and written again with every key and value that stood in it. A field
    that got another name says by which key it is stored (workflows/model/stored.py); before the
    version is released, `make release-town` writes its town anew."""
    met: set[str] = set()
    for code, kind, text in stored_in(release.database):
        before = set(contents(code, json.loads(text)))
        after = set(contents(code, json.loads(to_text(from_text(text, kind)))))
        assert before - after == set()
        met |= set(keys_in(code, json.loads(text), release.held))
    assert release.held - met == set(), "each is filled in some document"


def test_what_a_release_has_sealed_opens_and_its_trail_holds(release: Release) -> None:
    """Every value opens in its place, every row bears its tag, the chain is whole to its end; and
    there was a row in every table, of which none is lost."""
    with release.database.engine.connect() as connection:
        assert examine(connection, release.database.vault).is_sound
        for table, rows in release.rows.items():
            query = f"SELECT count(*) FROM {table}"  # noqa: S608 - of our own schema
            assert connection.exec_driver_sql(query).scalar_one() >= rows >= 1, table


def test_a_town_of_a_release_goes_on(release: Release) -> None:
    """What was kept of people and of the machine is read, and the next case is opened."""
    hall = hall_over(release.database, MovedClock())
    assert "R8-0001" in [line.number for line in hall.desk.ask(ListCases(), COORDINATOR).lines]
    (case_id,) = set(hall.case_ids()) - {FILLED}
    found = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
    assert found.number == "R8-0001"
    with release.database.open() as unit:
        assert unit.drafts.of_everybody()
        assert unit.digests.days()
        assert unit.passkeys.all()
        assert unit.accounts.all()
        assert unit.disposals.waiting() or unit.disposals.done()
        assert unit.posts.get("id") is not None
        assert unit.answer_links.get("id") is not None
        assert unit.find_handled("web", "event") is not None
        assert unit.checkpoints.last() is not None
    hall.open_case("A14")


def test_the_town_of_this_version_is_kept() -> None:
    """It and its keys, and nothing of a database that was open: looking leaves nothing there."""
    version = version_of_program()
    assert version in VERSIONS
    assert is_up_to_date(version) in (True, False)
    assert {path.suffix for path in RELEASES.iterdir()} == {".sqlite", ".keys"}


def test_a_town_that_is_written_holds_every_field_there_is(tmp_path: Path) -> None:
    """So that none is missed by whoever reads the towns of all releases later."""
    write_release("9.9.9", tmp_path)
    made = opened(tmp_path, "9.9.9", tmp_path)
    known = documents_of_program()
    met = {
        key
        for code, _, text in stored_in(made.database)
        for key in keys_in(code, json.loads(text), known)
    }
    assert known - met == set()
    assert made.database.carried_up is None
    made.database.close()
