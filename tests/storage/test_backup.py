"""Backups: one moment of everything while all go on working, sealed, and tried out at once."""

import json
import os
import tempfile
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DatabaseError

import storage.backup
from storage.backup import check_backup, examine, snapshot
from storage.database import DatabaseRefused
from storage.revisions import newest_revision, upgrade
from storage.tables import cases, metadata, sign_ins, trail
from storage.vault import Keys, Vault, make_keys
from tests.support.backups import (
    WORDS,
    back_up,
    chunks_begin,
    contents,
    events,
    little_room,
    live,
    restore,
    town_at,
    why,
)
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from workflows.core.ports import BrokenRecord

# -- one moment, while everybody works ------------------------------------------------------------


def test_a_backup_sees_one_moment_and_holds_up_nobody(any_hall: TownHall) -> None:
    """A case sent between the reading of two tables is in neither; sending it did not wait."""
    any_hall.open_case("A14")
    with snapshot(any_hall.database) as connection:
        before = connection.execute(select(cases.c.id)).all()
        any_hall.open_case("A17")
        kinds = connection.execute(select(trail.c.kind)).scalars().all()
        assert connection.execute(select(cases.c.id)).all() == before
    assert len(before) == 1
    assert kinds.count("case_opened") == 1
    assert events(any_hall).count("case_opened") == 2


def test_a_snapshot_writes_nothing(any_hall: TownHall) -> None:
    """Not even by a slip in our own program."""
    with snapshot(any_hall.database) as connection, pytest.raises(DatabaseError):
        connection.execute(text("UPDATE case_numbers SET last = 99"))


def test_a_backup_taken_while_many_write_is_one_consistent_moment(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """Real threads send sheets all the while: chain, head, numbers and promises fit together."""
    any_hall.open_case("A14")
    stop, failed = threading.Event(), list[Exception]()

    def write() -> None:
        desk = any_hall.another_desk()
        try:
            while not stop.is_set():
                desk.reply(desk.open_case("A14", "A17"), "A14", by=ELDERLY)
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failed.append(error)
        finally:
            desk.database.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        made = [back_up(any_hall, tmp_path / f"{n}.backup") for n in range(4)]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failed
    assert made[0].cases < made[-1].cases < len(any_hall.case_ids())
    for number, one in enumerate(made):
        assert one.findings.is_sound
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        told = restore(any_hall, url, tmp_path / f"{number}.backup")
        again = town_at(any_hall, url)
        assert events(again).count("case_opened") == told.cases == told.last_number[1]
        for case_id in again.case_ids():
            waiting = [r for r in again.case(case_id).referrals if r.waits]
            assert len(again.promises(case_id)) >= len(waiting) > 0
        again.database.close()


# -- what is in it, and how it is sealed ---------------------------------------------------------


def test_every_table_but_sessions_and_processes_is_in_a_backup(
    hall: TownHall, tmp_path: Path
) -> None:
    """A table that is new is in it by itself. A session is not: nobody is signed in again."""
    with hall.database.engine.begin() as connection:
        now = hall.clock.now()
        row = {"kind": "session", "member_id": "M21", "method": "link", "expires_at": now}
        row |= {"created_at": now, "seen_at": now, "digest": "0123456789abcdef" * 4}
        connection.execute(insert(sign_ins).values(**row))
    back_up(hall, tmp_path / "town.backup")
    lines = contents(tmp_path / "town.backup", hall.database.keys)
    heads = [json.loads(line) for line in lines if line.startswith(b'{"table"')]
    left_out = {"sign_ins", "replicas"}
    assert sorted(h["table"] for h in heads) == sorted({*metadata.tables} - left_out)
    for head in heads:
        assert sorted(head["columns"]) == sorted(metadata.tables[head["table"]].columns.keys())
    assert b"0123456789abcdef" not in b"".join(lines)


def codings(word: str) -> Iterator[bytes]:
    plain = word.encode()
    yield from (plain, word.encode("utf-16-le"), word.encode("unicode_escape"))
    for shift in range(3):  # wherever it begins, base64 of it has this in the middle
        coded = b64encode(b" " * shift + plain)[4:-4]
        yield from (coded, coded.translate(bytes.maketrans(b"+/", b"-_")))


def test_no_planted_word_is_in_the_file_its_contents_or_the_scratch_database(
    any_hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the file, not under its seal, not in the folder in which it is tried out."""
    live(any_hall)
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    seen = list[bytes]()

    def look(connection: Connection, vault: Vault) -> storage.backup.Findings:
        connection.exec_driver_sql("COMMIT")  # all of it on disk, to be searched
        seen.extend(p.read_bytes() for p in folder.rglob("*") if p.is_file())
        connection.exec_driver_sql("BEGIN")
        return examine(connection, vault)

    monkeypatch.setattr(storage.backup, "examine", look)
    path = tmp_path / "town.backup"
    back_up(any_hall, path)
    scratch = b"".join(seen)
    inside = b"".join(contents(path, any_hall.database.keys))
    assert b"R8-0001" in scratch  # what may be read is found, so the search finds
    assert b"R8-0001" in inside
    assert b"R8-0001" not in path.read_bytes()
    for word in WORDS:
        for coded in codings(word):
            assert coded not in scratch + inside + path.read_bytes(), word
    assert list(folder.iterdir()) == []


def test_the_keys_are_not_in_a_backup(hall: TownHall, tmp_path: Path) -> None:
    """Neither in the clear nor under the seal, in no spelling."""
    live(hall)
    path = tmp_path / "town.backup"
    back_up(hall, path)
    keys = hall.database.keys
    everything = path.read_bytes() + b"".join(contents(path, keys))
    for key in (*keys.seal.values(), keys.index, keys.web):
        for coded in (key, key.hex().encode(), b64encode(key)[:40], urlsafe_b64encode(key)[:40]):
            assert coded not in everything


def test_the_header_tells_nothing_of_the_town(hall: TownHall, tmp_path: Path) -> None:
    """When, by which program, at which version, of which kind, with which key: no more."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    told = json.loads(path.read_bytes().split(b"\n")[1])
    for random in ("salt", "prefix", "check"):
        assert len(bytes.fromhex(told.pop(random))) in (7, 32)
    assert told == {
        "program": "0.1.0",
        "revision": newest_revision(),
        "kind": "local",
        "taken_at": "2026-11-20T01:00:00.000000Z",
        "key": "k1",
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_backups_of_the_same_town_have_nothing_in_common(
    hall: TownHall, tmp_path: Path
) -> None:
    """Each has a key of its own: what is in both is sealed differently."""
    back_up(hall, tmp_path / "a")
    back_up(hall, tmp_path / "b")
    first, second = ((tmp_path / n).read_bytes()[chunks_begin(tmp_path / n) :] for n in "ab")
    assert len(first) == len(second)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < len(first) / 50


def test_other_keys_open_no_backup(hall: TownHall, tmp_path: Path) -> None:
    """Another town's key of the same name is told from a damaged file; a lost key is named."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    others = make_keys(tmp_path / "other.json")
    assert why(lambda: check_backup(path, others)) == "backup.other_keys"
    keys = hall.database.keys
    later = Keys("k2", {"k2": others.seal["k1"]}, keys.index, keys.web)
    with pytest.raises(DatabaseRefused) as refused:
        check_backup(path, later)
    assert (refused.value.key, refused.value.facts["id"]) == ("backup.key_missing", "k1")


# -- writing fails --------------------------------------------------------------------------------


def test_a_disk_that_does_not_keep_what_was_written_is_found_at_once(
    hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read back is another thing: there is no file, and the older one stays."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    older = path.read_bytes()

    def lose_a_bit(descriptor: int) -> None:
        for part in tmp_path.glob(".town.backup.*.part"):
            content = bytearray(part.read_bytes())
            content[-100] ^= 4
            part.write_bytes(content)

    monkeypatch.setattr(os, "fsync", lose_a_bit)
    assert why(lambda: back_up(hall, path, force=True)) == "backup.not_verified"
    assert path.read_bytes() == older
    assert list(tmp_path.glob(".*.part")) == []


def test_a_row_that_came_back_changed_is_found(
    hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scratch database is compared row by row with what was read, not only counted."""
    hall.open_case("A14")

    def spoil(connection: Connection, revision: str) -> None:
        upgrade(connection, revision)
        connection.exec_driver_sql(
            "CREATE TRIGGER spoil AFTER INSERT ON cases"
            " BEGIN UPDATE cases SET is_open = NOT is_open; END"
        )

    monkeypatch.setattr(storage.backup, "upgrade", spoil)
    assert why(lambda: back_up(hall, tmp_path / "x")) == "backup.not_verified"
    assert not (tmp_path / "x").exists()


def test_no_room_for_the_scratch_database_is_told_as_such(
    hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files is named, not the backup; there is no file."""
    little_room(monkeypatch, "storage.backup")
    with pytest.raises(DatabaseRefused) as refused:
        back_up(hall, tmp_path / "x")
    assert refused.value.key == "backup.no_room"
    assert refused.value.facts["place"] == tempfile.gettempdir()
    assert sorted(p.name for p in tmp_path.iterdir() if "town.db" not in p.name) == ["keys.json"]


def test_a_backup_is_never_written_over_unasked(hall: TownHall, tmp_path: Path) -> None:
    """Yesterday's stays as it is; with `force` the new one takes its place."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    before = path.read_bytes()
    assert why(lambda: back_up(hall, path)) == "backup.exists"
    assert path.read_bytes() == before
    back_up(hall, path, force=True)
    assert path.read_bytes() != before


def test_what_is_damaged_in_the_town_is_told_and_copied_as_it_is(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """Better a copy with a hole than none; but it never takes the place of an older one."""
    path = tmp_path / "town.backup"
    back_up(any_hall, path)
    case_id, other = any_hall.open_case("A14"), any_hall.open_case("A17")
    with any_hall.database.engine.begin() as connection:
        spoiled = update(cases).where(cases.c.id == case_id)
        connection.execute(spoiled.values(content=any_hall.database.vault.seal("x", "elsewhere")))
        on = " ON trail" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER trail_no_update{on}"))
        connection.execute(update(trail).where(trail.c.seq == 3).values(kind="other"))
    older = path.read_bytes()
    assert why(lambda: back_up(any_hall, path, force=True)) == "backup.older_kept"
    assert path.read_bytes() == older
    made = back_up(any_hall, tmp_path / "new")
    assert (made.findings.unreadable, made.findings.broken_at) == (1, 3)
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    assert restore(any_hall, url, tmp_path / "new").findings == made.findings
    again = town_at(any_hall, url)
    assert again.case(other) == any_hall.case(other)
    with pytest.raises(BrokenRecord):
        again.case(case_id)
    again.database.close()
