"""Restoring: into an empty database of either kind, all of it or nothing, and nobody told twice."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

import storage.backup
from storage.backup import check_backup, examine
from storage.backup_rows import TABLES_LEFT_OUT
from storage.database import make_engine, open_database
from storage.revisions import revision_of
from storage.rotation import KeyRing
from storage.tables import outbox, trail
from storage.vault import make_keys
from tests.support.backups import (
    PLANTED,
    back_up,
    events,
    little_room,
    live,
    restore,
    rows_of,
    small_chunks,
    town_at,
    why,
)
from tests.support.people import DISABILITY, ELDERLY
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall
from tests.support.versions import NEWER, newer_program


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


# -- the way there and back -----------------------------------------------------------------------


def test_a_restored_town_is_the_same_town(any_hall: TownHall, target: str, tmp_path: Path) -> None:
    """From each database into each: every row of every table, and the case reads the same."""
    case_id = live(any_hall)
    path = tmp_path / "town.backup"
    made = back_up(any_hall, path)
    before = rows_of(any_hall.database)
    told = restore(any_hall, target, path)
    assert (made.cases, told.cases, told.last_number) == (1, 1, (8, 1))
    assert (made.taken_at, told.taken_at) == (any_hall.clock.now(), any_hall.clock.now())
    again = town_at(any_hall, target)
    after = rows_of(again.database)
    changed = {"trail", "trail_head", "outbox", *TABLES_LEFT_OUT}
    assert {n: r for n, r in after.items() if n not in changed} == {
        n: r for n, r in before.items() if n not in changed
    }
    assert after["trail"][:-1] == before["trail"]
    assert all(before[n] for n in ("cases", "meetings", "members", "drafts", "promises", "outbox"))
    assert again.case(case_id) == any_hall.case(case_id)
    assert again.case(case_id).sheet["name"] == PLANTED["name"]
    again.database.close()


def test_a_restore_stands_in_the_trail_and_the_chain_goes_on(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """The last row says from which moment it is; what happens then is chained to it; the trail
    still lets nobody remove a row."""
    case_id = live(hall)
    taken_at = hall.clock.now()
    back_up(hall, tmp_path / "town.backup")
    hall.clock.move(days=3)
    restore(hall, target, tmp_path / "town.backup")
    again = town_at(hall, target)
    with again.database.engine.connect() as connection:
        last = connection.execute(select(trail).order_by(trail.c.seq.desc()).limit(1)).one()
    assert (last.kind, last.door, last.basis) == ("restored", "cli", "console")
    assert last.at == hall.clock.now()
    facts = json.loads(again.database.vault.open(last.facts, f"trail.facts:{last.seq}"))
    assert facts["taken_at"] == taken_at.isoformat()
    again.reply(case_id, "A17", by=DISABILITY)
    with again.database.engine.connect() as connection:
        assert examine(connection, again.database.vault).is_sound
    with pytest.raises(DatabaseError), again.database.engine.begin() as connection:
        connection.execute(trail.delete())
    again.database.close()


def test_a_backup_is_made_after_a_restore_like_before(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """The restored town is whole: it gives the next backup, and that one restores, too."""
    live(hall)
    back_up(hall, tmp_path / "first")
    restore(hall, target, tmp_path / "first")
    again = town_at(hall, target)
    assert back_up(again, tmp_path / "second").findings.is_sound
    third = f"sqlite:///{tmp_path / 'third.db'}"
    assert restore(again, third, tmp_path / "second").cases == 1
    again.database.close()


def test_a_backup_from_before_a_rotation_restores_with_the_kept_key(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """The old key stays in the keys file, so old backups go on being of use."""
    case_id = live(hall)
    back_up(hall, tmp_path / "old")
    KeyRing(hall.database).rotate(lambda done, of: None)
    back_up(hall, tmp_path / "new")
    assert check_backup(tmp_path / "old", hall.database.keys).key == "k1"
    assert check_backup(tmp_path / "new", hall.database.keys).key == "k2"
    restore(hall, target, tmp_path / "old")
    again = town_at(hall, target)
    assert again.case(case_id).sheet["name"] == PLANTED["name"]
    again.database.close()


def test_keys_that_open_the_file_but_not_what_is_in_it_are_refused(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """Another index key: the chain and the search would never fit again."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    wrong = replace(hall.database.keys, index=b"\1" * 32, place=None)
    assert why(lambda: restore(hall, target, path, wrong)) == "backup.other_keys"
    restore(hall, target, path)


# -- into what ------------------------------------------------------------------------------------


def test_a_town_is_never_written_over(hall: TownHall, target: str, tmp_path: Path) -> None:
    """Where anything at all was done, a restore is refused, and nothing is changed."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    restore(hall, target, path)
    again = town_at(hall, target)
    again.open_case("A14")
    before = rows_of(again.database)
    assert why(lambda: restore(hall, target, path)) == "backup.not_empty"
    assert rows_of(again.database) == before
    again.database.close()


def test_a_database_in_which_no_town_was_set_up_yet_is_empty(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """Tables that a start without a town has left, made with whatever keys, are made anew."""
    live(hall)
    back_up(hall, tmp_path / "town.backup")
    open_database(target, make_keys(tmp_path / "other.json"), "local").close()
    assert restore(hall, target, tmp_path / "town.backup").cases == 1
    again = town_at(hall, target)
    assert len(again.case_ids()) == 1
    again.database.close()


def test_a_refused_restore_leaves_nothing_behind(
    hall: TownHall, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that turns out damaged at its end: neither a table nor a file was made."""
    small_chunks(monkeypatch)
    live(hall)
    path = tmp_path / "town.backup"
    back_up(hall, path)
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    there = sorted(p.name for p in tmp_path.iterdir())
    assert why(lambda: restore(hall, target, path)) == "backup.damaged"
    assert sorted(p.name for p in tmp_path.iterdir()) == there
    engine = make_engine(target)
    with engine.connect() as connection:
        assert connection.dialect.get_table_names(connection) == []
    engine.dispose()


def test_a_database_without_a_town_stays_so_when_a_restore_is_refused(
    hall: TownHall, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The empty tables that were there are there again."""
    small_chunks(monkeypatch)
    path = tmp_path / "town.backup"
    back_up(hall, path)
    path.write_bytes(path.read_bytes()[:-1])
    empty = open_database(target, make_keys(tmp_path / "other.json"), "local")
    before = rows_of(empty)
    assert why(lambda: restore(hall, target, path)) == "backup.damaged"
    assert rows_of(empty) == before
    empty.close()


def test_the_log_of_a_database_that_was_moved_away_is_not_lost(
    hall: TownHall, tmp_path: Path
) -> None:
    """Only the file was moved, and what was written last lies in its log: refused, and left."""
    back_up(hall, tmp_path / "town.backup")
    log = tmp_path / "new.db-wal"
    log.write_bytes(b"the last changes")
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert why(lambda: restore(hall, url, tmp_path / "town.backup")) == "backup.log_left"
    assert log.read_bytes() == b"the last changes"
    assert not (tmp_path / "new.db").exists()


def test_no_room_for_the_restored_town_leaves_nothing_behind(
    hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a town is none."""
    back_up(hall, tmp_path / "town.backup")
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with monkeypatch.context() as during:
        little_room(during, "storage.restore")
        assert why(lambda: restore(hall, url, tmp_path / "town.backup")) == "backup.no_room"
    assert list(tmp_path.glob("new.db*")) == []
    restore(hall, url, tmp_path / "town.backup")


def test_a_restore_that_fails_afterwards_leaves_nothing_behind(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """Writing it into the trail is part of it: without that there is no restored town."""
    path = tmp_path / "town.backup"
    back_up(hall, path)

    def fail(unit: object, taken_at: object) -> int:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        storage.restore.restore_backup(target, hall.database.keys, "local", path, fail)
    assert restore(hall, target, path).cases == 0


def test_the_fictional_town_is_not_restored_as_the_real_one(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """Nor the other way round."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    keys = hall.database.keys
    wrong = lambda: storage.restore.restore_backup(target, keys, "town", path, lambda u, m: 0)  # noqa: E731
    assert why(wrong) == "backup.other_kind"


def test_a_backup_of_an_older_version_is_carried_up(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """Filled at its own version, then migrated as a town of that version is."""
    case_id = live(hall)
    path = tmp_path / "old.backup"
    back_up(hall, path)
    with newer_program(tmp_path / "newer"):
        assert check_backup(path, hall.database.keys).findings.is_sound
        assert restore(hall, target, path).carried_up
        again = town_at(hall, target)
        with again.database.engine.connect() as connection:
            assert revision_of(connection) == NEWER
        assert again.case(case_id) == hall.case(case_id)
        assert events(again) == [*events(hall), "restored"]
        again.database.close()


# -- what a restore means for people --------------------------------------------------------------


def states(hall: TownHall) -> dict[str, str]:
    with hall.database.engine.connect() as connection:
        query = select(outbox.c.member_id, outbox.c.state, outbox.c.created_at)
        return {r.member_id: r.state for r in connection.execute(query.order_by(outbox.c.id))}


def test_notices_that_may_have_been_sent_are_held_until_somebody_decides(
    hall: TownHall, target: str, tmp_path: Path
) -> None:
    """What waited and was due by the restore is unknown; what is not due yet goes on waiting."""
    hall.open_case("A14", "A17")
    with hall.database.engine.begin() as connection:
        later = hall.clock.now() + timedelta(days=9)
        moved = update(outbox).where(outbox.c.member_id != ELDERLY).values(try_at=later)
        connection.execute(moved)
    back_up(hall, tmp_path / "town.backup")
    hall.clock.move(hours=8)
    told = restore(hall, target, tmp_path / "town.backup")
    again = town_at(hall, target)
    found = states(again)
    assert found.pop(ELDERLY) == "unknown"
    assert found == {DISABILITY: "waiting"}
    assert told.held == 1
    with again.database.open() as unit:
        assert [d.member_id for d in unit.outbox.failed()] == [ELDERLY]
    again.database.close()
