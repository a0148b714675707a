"""Opening a database: carried up with its data, or refused and not touched by a byte."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from handlers.words.texts import load_texts
from storage.database import DatabaseRefused, make_engine, open_database
from storage.marks import SEAL, SEAL_PLACE, WORD
from storage.revisions import MIGRATIONS, TAGGED_SINCE
from storage.row_tags import tag_of
from storage.tables import case_numbers, metadata
from storage.vault import Keys, make_keys
from tests.support.people import ELDERLY
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall
from tests.support.versions import carried_up
from workflows.model.trail import TrailFilter

REVISIONS = [s.revision for s in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys-of-the-test.json")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_from_nothing_the_migrations_make_what_the_program_expects(empty: str, keys: Keys) -> None:
    """No table, column or index is in the one and not in the other."""
    database = open_database(empty, keys, "local")
    assert differences(database.engine) == []
    database.close()


@pytest.mark.postgres
def test_a_database_that_is_not_utf8_is_refused_in_words(
    postgres: PostgresServer, keys: Keys
) -> None:
    """SQL_ASCII takes any bytes for letters: nothing is made in it."""
    url = postgres.new_database(encoding="SQL_ASCII")
    with pytest.raises(DatabaseRefused) as refused:
        open_database(url, keys, "town")
    assert (refused.value.key, refused.value.facts["encoding"]) == (
        "database.not_utf8",
        "SQL_ASCII",
    )
    assert "SQL_ASCII" in load_texts(None).say(refused.value.key, **refused.value.facts)
    engine = make_engine(url)
    with engine.connect() as connection:
        assert engine.dialect.get_table_names(connection) == []
    engine.dispose()


def test_a_column_that_no_migration_makes_is_noticed(empty: str, keys: Keys) -> None:
    """The comparison above can fail."""
    database = open_database(empty, keys, "local")
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE digests"))
        connection.execute(text("ALTER TABLE seen ADD COLUMN extra VARCHAR(3)"))
    assert len(differences(database.engine)) == 2
    database.close()


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_earlier_version_is_carried_up(
    empty: str, keys: Keys, revision: str
) -> None:
    """Each revision, with a row in it, becomes the newest, and the row is still there."""
    database = open_database(empty, keys, "local")
    with database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text("DROP TABLE alembic_version"))
    migrate(database.engine, revision)
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO case_numbers (fiscal_year, last) VALUES (8, 41)"))
        mark = {"name": SEAL, "value": database.vault.seal(WORD, SEAL_PLACE)}
        connection.execute(
            text("INSERT INTO about (name, value) VALUES (:name, :value)"), mark
        )  # a town's database bears one
        if revision >= TAGGED_SINCE:
            tag = tag_of(database.vault, case_numbers, 0, {"fiscal_year": 8, "last": 41})
            connection.execute(case_numbers.update().values(tag=tag))
    database.close()
    carried = carried_up(empty, keys)
    assert differences(carried.engine) == []
    with carried.open() as unit:
        assert unit.cases.next_number(8) == 42
    carried.close()


def test_one_row_that_does_not_open_stops_no_old_database(empty: str, keys: Keys) -> None:
    """Of version 0001, with rows beside it that open: those are carried up, it is left as it is."""
    database = open_database(empty, keys, "local")
    vault = database.vault
    with database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text("DROP TABLE alembic_version"))
    migrate(database.engine, "0001")
    notice = json.dumps({"case_id": "c1", "meeting_id": None})
    at = "2026-11-20T01:00:00.000000+00:00"
    sealed = {
        "n1": vault.seal(notice, "outbox.content:n1"),
        "n2": vault.seal(notice, "outbox.content:another"),
        "n3": vault.seal("[]", "outbox.content:n3"),
    }
    with database.engine.begin() as connection:
        mark = {"name": SEAL, "value": vault.seal(WORD, SEAL_PLACE)}
        connection.execute(text("INSERT INTO about (name, value) VALUES (:name, :value)"), mark)
        for name, content in sealed.items():
            connection.execute(
                text(
                    "INSERT INTO outbox (id, dedupe_key, member_id, key, content, state, attempts,"
                    " created_at, error) VALUES (:id, :id, 'm1', 'referral_asked', :content,"
                    " 'sent', 1, :at, '')"
                ),
                {"id": name, "content": content, "at": at},
            )
            connection.execute(
                text(
                    "INSERT INTO mailbox (notice_id, member_id, content, delivered_at)"
                    " VALUES (:id, 'm1', :content, :at)"
                ),
                {"id": name, "content": content, "at": at},
            )
        for number, facts in enumerate(('{"a": 1}', "not json", '{"b": 2}'), start=1):
            connection.execute(
                text("INSERT INTO events (id, at, kind, facts) VALUES (:id, :at, 'x', :facts)"),
                {"id": number, "at": at, "facts": facts},
            )
    database.close()
    carried = carried_up(empty, keys)
    with carried.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, case_id, content FROM outbox ORDER BY id"))
        assert [tuple(row) for row in rows] == [
            ("n1", "c1", sealed["n1"]),
            ("n2", None, sealed["n2"]),
            ("n3", None, sealed["n3"]),
        ]
    with carried.open() as unit:
        found = unit.events.page(TrailFilter(), 0, 10)
    assert [(row.seq, row.facts) for row in found] == [(3, {"b": 2}), (2, {}), (1, {"a": 1})]
    carried.close()


def test_a_town_opened_again_is_the_same_town(any_hall: TownHall) -> None:
    """What was written is there after closing and opening."""
    case_id = any_hall.open_case("A14")
    again = any_hall.another_desk()
    assert again.case(case_id) == any_hall.case(case_id)
    assert again.told("referral_asked") == {ELDERLY}
    again.database.close()


def test_sqlite_keeps_its_log_beside(hall: TownHall) -> None:
    """WAL, so that readers do not wait for the writer; foreign keys are held."""
    with hall.database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


# -- refused, and not touched ---------------------------------------------------------------------


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.iterdir())
        if not p.name.endswith(("-shm", "-wal")) or p.stat().st_size
    }


def refused(folder: Path, keys: Keys, kind: str = "local") -> str:
    """Why opening is refused; not a byte in the folder may have changed."""
    before = fingerprint(folder)
    with pytest.raises(DatabaseRefused) as why:
        open_database(f"sqlite:///{folder / 'town.db'}", keys, kind)
    assert fingerprint(folder) == before
    return why.value.key


@pytest.fixture
def town(hall: TownHall, tmp_path: Path) -> tuple[Path, Keys]:
    """A town's database, closed, alone in its folder."""
    hall.open_case("A14")
    keys = hall.database.keys
    with hall.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    hall.database.close()
    folder = tmp_path / "alone"
    folder.mkdir()
    (tmp_path / "town.db").rename(folder / "town.db")
    return folder, keys


def change(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "town.db", isolation_level=None) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_corrupt_file_is_refused_and_left_alone(town: tuple[Path, Keys]) -> None:
    """Pages of noise in the middle: not worked on, not mended, not overwritten."""
    folder, keys = town
    content = bytearray((folder / "town.db").read_bytes())
    content[4096 * 3 : 4096 * 8] = b"\xa5" * (4096 * 5)
    (folder / "town.db").write_bytes(content)
    assert refused(folder, keys) == "database.unreadable"


@pytest.mark.parametrize(
    "content", [b"no database at all " * 400, b"SQLite format 3\x00" + b"x" * 99]
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, keys: Keys, content: bytes) -> None:
    """Somebody's letter under our name stays their letter."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "town.db").write_bytes(content)
    assert refused(folder, keys) == "database.unreadable"


def test_a_file_that_another_program_holds_is_told_as_such(
    town: tuple[Path, Keys], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy being made, a second bot: it is not broken, and opens when the other is done."""
    folder, keys = town
    monkeypatch.setattr("storage.wait_limits.BUSY_SECONDS", 0)
    other = sqlite3.connect(folder / "town.db", isolation_level=None)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseRefused) as why:
        open_database(f"sqlite:///{folder / 'town.db'}", keys, "local")
    assert why.value.key == "database.locked"
    other.execute("ROLLBACK")
    other.close()
    open_database(f"sqlite:///{folder / 'town.db'}", keys, "local").close()


def test_another_programs_database_is_refused(tmp_path: Path, keys: Keys) -> None:
    """Tables that are not ours are not filled up with ours."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    change(folder, "CREATE TABLE recipes (id INTEGER PRIMARY KEY, title TEXT)")
    assert refused(folder, keys) == "database.foreign"


def test_a_database_of_a_newer_version_is_refused(town: tuple[Path, Keys]) -> None:
    """An older program does not work on what it does not know."""
    folder, keys = town
    change(folder, "UPDATE alembic_version SET version_num = '9999'")
    assert refused(folder, keys) == "database.newer"


def test_a_database_that_was_set_back_by_hand_is_refused(town: tuple[Path, Keys]) -> None:
    """Else the next start would carry it up, and take for good what stands there without a MAC;
    nor is it opened where the mark that says its version was taken away."""
    folder, keys = town
    change(folder, "DELETE FROM about WHERE name = 'seal'")
    assert refused(folder, keys) == "database.set_back"
    for version in ("0011", "0001"):
        change(folder, f"UPDATE alembic_version SET version_num = '{version}'")  # noqa: S608
        assert refused(folder, keys) == "database.set_back"
    # Nor where most was put aside meanwhile: what is left would be given a tag.
    aside = ("members", "cases", "meetings", "trail", "checkpoints", "match_keys", "town")
    triggers = [f"DROP TRIGGER {name}" for name in ("trail_no_update", "trail_no_delete")]
    change(folder, *triggers, *(f"DELETE FROM {name}" for name in aside))  # noqa: S608
    assert refused(folder, keys) == "database.set_back"


def test_a_version_that_was_set_back_is_noticed_by_its_mark(town: tuple[Path, Keys]) -> None:
    """The mark is sealed: nobody without the keys has it say another version."""
    folder, keys = town
    change(folder, "UPDATE alembic_version SET version_num = '0011'")
    assert refused(folder, keys) == "database.set_back"


def test_the_other_kind_is_refused(town: tuple[Path, Keys]) -> None:
    """The fictional town never becomes the real one."""
    folder, keys = town
    assert refused(folder, keys, "town") == "database.other_kind"


def test_other_keys_are_refused(town: tuple[Path, Keys], tmp_path: Path) -> None:
    """A lost keys file is not replaced by a new one over a town's database."""
    folder, _ = town
    assert refused(folder, make_keys(tmp_path / "new.json")) == "database.other_keys"


def test_what_was_refused_opens_with_the_right_keys(town: tuple[Path, Keys]) -> None:
    """The fixture is a good town: each refusal above is for its own reason."""
    folder, keys = town
    database = open_database(f"sqlite:///{folder / 'town.db'}", keys, "local")
    with database.open() as unit:
        assert [r.number for r in unit.cases.rows()] == ["R8-0001"]
    database.close()


def test_a_keys_file_names_its_keys(tmp_path: Path) -> None:
    """Several keys can open, one seals: so they can be changed."""
    make_keys(tmp_path / "k.json")
    data = json.loads((tmp_path / "k.json").read_text())
    assert data["current"] in data["seal"]
