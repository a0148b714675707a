"""A process with an older keys file: nothing is damaged, all of it waits, and it does nothing."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Table, select, update

from storage.backup import check_backup
from storage.database import Database, DatabaseRefused, SqlUnitOfWork, make_engine, open_database
from storage.migration import _redraw_part
from storage.replicas import Replica, ReplicaStore
from storage.repositories import CaseStore
from storage.rotation import KeyRing
from storage.tables import callbacks, outbox, posts, replicas
from storage.vault import Keys, KeyUnknown, Vault, keys_text, read_keys, replace_keys
from tests.support.backups import back_up
from tests.support.clock import START
from tests.support.people import ADMINISTRATOR, ELDERLY
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import Seat, ticks_of, web_app
from workflows.core.errors import Refused
from workflows.core.ports import Callback, CannotStore, Post
from workflows.desk import Desk
from workflows.maintenance.broken_records import GetBroken
from workflows.model.notice import Notice
from workflows.model.trail import ChainProgress, TrailFilter

LATER = {"days": 4}


@dataclass
class Behind:
    """A second process on the hall's database; `file` is the keys file of its machine."""

    hall: TownHall
    file: Path
    kept: Keys


@pytest.fixture
def behind(any_hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behind]:
    """It was started before the key was changed on another machine, from where nobody brought the
    file; twelve notices, a callback and a card wait."""
    monkeypatch.setattr("storage.readiness.VALID_SECONDS", 0)
    file = tmp_path / "other-machine.json"
    file.write_text(keys_text(any_hall.database.keys))
    engine = make_engine(any_hall.database.engine.url.render_as_string(hide_password=False))
    database = Database(engine, Vault(read_keys(file)))
    desk = Desk(database.open, any_hall.clock, FORMS, holiday_name)
    any_hall.open_case("A14")
    KeyRing(any_hall.database).rotate(lambda done, total: None)
    now = any_hall.desk.now()
    with any_hall.database.open() as unit:
        for n in range(12):
            unit.outbox.put(Notice(f"n{n}", "referral_asked", ELDERLY, f"n{n}", created_at=now))
        unit.callbacks.put(Callback("c1", "lineworks", "U1", "{}", now))
        notice = Notice("n0", "referral_asked", ELDERLY, "n0")
        unit.posts.put(Post("p1", "slack", "notice", "D1", ELDERLY, "m", now, "1.2", notice=notice))
        unit.commit()
    any_hall.clock.move(**LATER)
    yield Behind(TownHall(desk, database, any_hall.clock), file, any_hall.database.keys)
    database.close()


def claims_of(hall: TownHall) -> dict[str, Callable[[SqlUnitOfWork], object]]:
    now, worker = hall.desk.now(), f"{hall.database.replica}:1"
    return {
        "outbox": lambda unit: unit.outbox.claim(now, worker),
        "callbacks": lambda unit: unit.callbacks.claim(now, worker, "lineworks"),
        "posts": lambda unit: unit.posts.claim(now, worker, "slack"),
    }


def refused(hall: TownHall, act: Callable[[SqlUnitOfWork], object]) -> str:
    try:
        with hall.database.open() as unit:
            act(unit)
            unit.commit()
    except CannotStore as error:
        return error.code
    return ""


def rows_of(hall: TownHall, *tables: Table) -> list[object]:
    with hall.database.engine.connect() as connection:
        return [tuple(r) for t in tables for r in connection.execute(select(t).order_by(t.c.id))]


def test_what_a_process_lacks_the_key_for_waits_and_it_claims_nothing(
    behind: Behind, any_hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is marked, set aside or written, whoever asks; every page says 503 and why; with the
    keys file it goes on by itself."""
    hall = behind.hall
    stood = rows_of(hall, outbox, callbacks, posts)
    for name, claim in claims_of(hall).items():
        assert refused(hall, claim) == "key_missing", name
    looks: dict[str, Callable[[SqlUnitOfWork], object]] = {
        "cases": lambda unit: unit.cases.rows(open_only=False),
        "directory": lambda unit: unit.directory.members(),
        "trail": lambda unit: unit.events.page(TrailFilter(), 0, 10),
        "chain": lambda unit: unit.chain.follow(ChainProgress(), (), 100),
        "rows": lambda unit: unit.row_check.check("members", opens=True),
        "notice": lambda unit: unit.outbox.said("n1"),
        "waiting": lambda unit: unit.outbox.put(
            Notice("n99", "referral_asked", ELDERLY, "n99", created_at=hall.desk.now())
        ),
    }
    for name, look in looks.items():
        assert refused(hall, look) == "key_missing", name
        if name != "waiting":  # a look that is not committed does not find anything damaged, too
            with pytest.raises(CannotStore), hall.database.open() as unit:
                look(unit)
    with pytest.raises(CannotStore):
        KeyRing(hall.database).rotate(lambda done, total: None)
    ids = any_hall.case_ids()
    with pytest.raises(KeyUnknown), hall.database.engine.begin() as connection:
        _redraw_part(connection, hall.database.vault, CaseStore, ids)
    assert hall.database.why_not_ready() == "key_missing"
    seat = Seat(web_app(hall), ADMINISTRATOR)
    answer = seat.client.get("/cases")
    assert (answer.status_code, "新しい鍵" in answer.get_data(as_text=True)) == (503, True)
    with pytest.raises(CannotStore):
        ticks_of(hall).tick()
    assert rows_of(hall, outbox, callbacks, posts) == stood
    assert any_hall.desk.ask(GetBroken(), ADMINISTRATOR) == ()
    said = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    what = [line.partition(" at=")[0] for line in said]  # without the files it came through
    assert not [line for line in what if "broken" in line or "changed" in line], said
    assert len([line for line in said if "cannot_store reason=key_missing" in line]) == 1

    behind.file.write_text(keys_text(behind.kept))
    assert hall.database.why_not_ready() == ""
    for name, claim in claims_of(hall).items():
        assert refused(hall, claim) == "", name
    assert hall.desk.ask(GetBroken(), ADMINISTRATOR) == ()
    assert seat.client.get("/cases").status_code == 200
    assert rows_of(hall, outbox, callbacks, posts) != stood


def test_a_key_that_never_sealed_here_is_no_key_to_wait_for(any_hall: TownHall) -> None:
    """Somebody wrote there: that one is damage, and holds up nothing behind it."""
    now = any_hall.desk.now()
    with any_hall.database.open() as unit:
        for name in ("n1", "n2"):
            unit.outbox.put(Notice(name, "referral_asked", ELDERLY, name, created_at=now))
        unit.commit()
    with any_hall.database.engine.begin() as connection:
        spoilt = update(outbox).where(outbox.c.id == "n1")
        connection.execute(spoilt.values(content="k99." + "A" * 60))
        stood = select(outbox.c.state, outbox.c.error).where(outbox.c.id == "n1")
    any_hall.clock.move(**LATER)
    with any_hall.database.open() as unit:
        claimed = []
        while found := unit.outbox.claim(any_hall.desk.now(), "w"):
            claimed.append(found.notice.id)
        unit.commit()
    assert "n2" in claimed
    with any_hall.database.engine.connect() as connection:
        assert tuple(connection.execute(stood).one()) == ("dead", "unreadable")


def test_a_backup_for_which_a_key_is_wanting_is_not_called_damaged(
    hall: TownHall, tmp_path: Path
) -> None:
    """The header's key is there, and one that seals values in it is not: it is named."""
    hall.open_case("A14")
    KeyRing(hall.database).rotate(lambda done, total: None)
    path = tmp_path / "town.backup"
    back_up(hall, path)
    keys = hall.database.keys
    with pytest.raises(DatabaseRefused) as why:
        check_backup(path, keys.without("k1", "k2"))
    assert (why.value.key, why.value.facts["id"]) == ("backup.key_missing", "k1")


# -- a new key is used when every process holds it ------------------------------------------------


def beat(hall: TownHall, keys: Keys | None = None) -> None:
    """A process says that it is alive, with these keys, or those it has."""
    database = hall.database
    assert database.clock
    now = database.clock.now()
    held = frozenset((keys or database.keys).seal)
    with database.engine.begin() as connection:
        me = Replica(database.replica, "1.0", "0001", now, held)
        ReplicaStore(connection).beat(me, now)


def test_a_new_key_seals_nothing_before_every_process_holds_it(
    postgres_hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a rotation, which says how many lack it, nor by a keys file in which it stands as
    the current one, nor by a process that starts with it; once all have it, it does."""
    monkeypatch.setattr("storage.rotation.PAUSE", 0)
    monkeypatch.setattr("storage.rotation.KEY_CHECKS", 2)
    hall, url = postgres_hall, postgres_hall.database.engine.url.render_as_string(False)
    file = tmp_path / "other-machine.json"
    file.write_text(keys_text(hall.database.keys))
    other = open_database(url, read_keys(file), "local")
    there = TownHall(Desk(other.open, hall.clock, FORMS, holiday_name), other, hall.clock)
    beat(hall)
    beat(there)
    ring = KeyRing(hall.database)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            ring.rotate(lambda done, total: None)
        assert (refused.value.key, refused.value.facts) == (
            "keys.rotate.not_everywhere",
            {"id": "k2", "count": 1},
        )
    replace_keys(replace(hall.database.keys, current="k2"))
    hall.open_case("A14")
    started = open_database(url, hall.database.keys, "local")
    with started.open() as unit:
        assert len(unit.cases.rows()) == 1
        unit.commit()
    assert (hall.database.vault.current, started.vault.current) == ("k1", "k1")
    assert [line.values for line in ring.lines() if line.id == "k2"] == [0]
    assert there.database.why_not_ready() == ""

    file.write_text(keys_text(hall.database.keys))
    there.database.vault.keep_up()
    beat(there)
    beat(hall)
    there.open_case("A14")
    assert there.database.vault.current == "k2"
    assert not ring.rotate(lambda done, total: None).unreadable
    assert [(line.id, line.state) for line in ring.lines()] == [("k1", "old"), ("k2", "current")]
    for database in (other, started):
        database.close()


def test_a_process_that_is_gone_holds_up_no_rotation(
    postgres_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.rotation.KEY_CHECKS", 1)
    hall = postgres_hall
    gone = hall.another_desk()
    beat(gone)
    with hall.database.engine.begin() as connection:
        connection.execute(update(replicas).values(alive_at=START, keys=None))
    assert KeyRing(hall.database).rotate(lambda done, total: None).key_id == "k2"
    gone.database.close()
