"""Opening a database: carried up with its data, or refused and not touched by a byte."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text

from handlers.words.texts import load_texts
from storage.database import (
    DatabaseRefused,
    make_engine,
    migrate_database,
    newest_revision,
    open_database,
)
from storage.key_marks import mark_version
from storage.revisions import MIGRATIONS, upgrade
from storage.row_tags import tag_of
from storage.tables import case_numbers, cases, metadata
from storage.vault import Keys, Vault, make_keys
from tests.support.people import ELDERLY
from tests.support.postgres import PostgresServer
from tests.support.spoilt import make_unreadable
from tests.support.town import TownHall
from tests.support.versions import NEWER, newer_program

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


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_version_is_carried_up(
    empty: str, keys: Keys, tmp_path: Path, revision: str
) -> None:
    """Each there is, with a row in it, becomes a newer one, and the row is still there."""
    engine, vault = make_engine(empty), Vault(keys)
    with engine.begin() as connection:
        upgrade(connection, revision)
        mark_version(connection, vault, revision)
        tag = tag_of(vault, case_numbers, 0, {"fiscal_year": 8, "last": 41})
        connection.execute(case_numbers.insert().values(fiscal_year=8, last=41, tag=tag))
    engine.dispose()
    with newer_program(tmp_path / "newer"):
        done = migrate_database(empty, keys, "local")
        assert (done.before, done.after) == (revision, NEWER)
        carried = open_database(empty, keys, "local")
        found = [(d[0], d[2], d[3].name) for d in differences(carried.engine)]
        extra = f"extra_{NEWER}"
        assert sorted(found) == [("remove_column", t, extra) for t in ("cases", "seen")]
        with carried.open() as unit:
            assert unit.cases.next_number(8) == 42
        carried.close()


def test_one_record_that_does_not_open_stops_no_upgrade(any_hall: TownHall, tmp_path: Path) -> None:
    """Those beside it are carried up, and it is left as it is."""
    bad, good = any_hall.open_case("A14"), any_hall.open_case("A14")
    make_unreadable(any_hall, bad, "content")
    url = any_hall.database.engine.url.render_as_string(hide_password=False)
    with any_hall.database.engine.connect() as connection:
        query = select(cases.c.content).where(cases.c.id == bad)
        stood = connection.execute(query).scalar_one()
    with newer_program(tmp_path / "newer"):
        assert migrate_database(url, any_hall.database.keys, "local").records == 2
        again = any_hall.another_desk()
        assert again.case(good).number == "R8-0002"
        with again.database.engine.connect() as connection:
            assert connection.execute(query).scalar_one() == stood
        again.database.close()


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


def test_a_database_without_the_mark_of_its_version_is_refused(town: tuple[Path, Keys]) -> None:
    """Also where most was put aside meanwhile: what is left would be taken for good."""
    folder, keys = town
    change(folder, "DELETE FROM about WHERE name = 'seal'")
    assert refused(folder, keys) == "database.set_back"
    aside = ("members", "cases", "meetings", "trail", "checkpoints", "match_keys", "town")
    triggers = [f"DROP TRIGGER {name}" for name in ("trail_no_update", "trail_no_delete")]
    change(folder, *triggers, *(f"DELETE FROM {name}" for name in aside))  # noqa: S608
    assert refused(folder, keys) == "database.set_back"


def test_a_version_that_was_set_back_is_noticed_by_its_mark(
    town: tuple[Path, Keys], tmp_path: Path
) -> None:
    """Else the next start would carry it up, and take for good what stands there. The mark is
    sealed: nobody without the keys has it say another version."""
    folder, keys = town
    url, before = f"sqlite:///{folder / 'town.db'}", newest_revision()
    with newer_program(tmp_path / "newer"):
        migrate_database(url, keys, "local")
        change(folder, f"UPDATE alembic_version SET version_num = '{before}'")  # noqa: S608
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
