"""A new version beside a working one: nothing acknowledged is lost, and who must stop does so."""

import itertools
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update

import storage.migration
import storage.row_texts
from storage.compatibility import (
    DOCUMENTS,
    WRITERS,
    documents_of_program,
    store_about,
    stored_keys,
)
from storage.database import Database, DatabaseRefused, migrate_database, open_database
from storage.documents import from_text, to_text
from storage.engine import make_engine
from storage.migration import LINES, ONE_AT_A_TIME, migrate_live, migrate_offline
from storage.repositories import CaseStore
from storage.revisions import later_than, newest_revision, oldest_writer, upgrade
from storage.tables import about, cases, place
from storage.tagged_tables import TAGGED
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.spoilt import make_unreadable
from tests.support.town import TownHall
from tests.support.versions import NEWER, add_migration, newer_program
from workflows.cases.list_cases import ListCases
from workflows.cases.open_case import case_keys
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore
from workflows.maintenance.broken_records import GetBroken, SetAsideBroken
from workflows.model.stored import stored_as

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 12


def url_of(hall: TownHall) -> str:
    return hall.database.engine.url.render_as_string(hide_password=False)


def make_stale(database: Database) -> None:
    """As if an older version had drawn all lines."""
    with database.engine.begin() as connection:
        connection.execute(about.delete().where(about.c.name == LINES))


def mark_of_writers(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        query = select(about.c.value).where(about.c.name == WRITERS)
        found: list[str] = json.loads(connection.execute(query).scalar_one())
    return found


@contextmanager
def editing(hall: TownHall, case_ids: list[str], seed: int) -> Iterator[dict[str, str]]:
    """Two threads change cases all the while; what was acknowledged last, by case."""
    acknowledged: dict[str, str] = {}
    stop, numbers = threading.Event(), itertools.count()

    def edit(mine: list[str], chance: random.Random) -> int:
        done = 0
        while not stop.is_set():
            case_id, wishes = chance.choice(mine), f"{next(numbers)}回目"
            hall.edit(case_id, wishes=wishes)
            acknowledged[case_id] = wishes
            done += 1
        return done

    with ThreadPoolExecutor(2) as pool:
        parts = (case_ids[::2], case_ids[1::2])
        work = [pool.submit(edit, p, random.Random(seed + n)) for n, p in enumerate(parts)]
        try:
            yield acknowledged
        finally:
            stop.set()
            assert all(w.result(timeout=30) for w in work)


# -- lines and keys are drawn anew while others work ----------------------------------------------


def test_no_acknowledged_edit_is_lost_while_a_database_is_carried_up(
    postgres_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process draws all lines and keys anew, twelve times, and comes to its end each time;
    two desks change cases all the while."""
    hall = postgres_hall
    monkeypatch.setattr(storage.migration, "BATCH", 2)
    monkeypatch.setattr(storage.migration, "PAUSE", 0.01)
    ids = [hall.open_case("A14") for _ in range(6)]
    other = make_engine(url_of(hall))
    with editing(hall, ids, seed=14) as acknowledged:
        for round_ in range(ROUNDS):
            version = f"{newest_revision()}/{round_:08}"
            monkeypatch.setattr(storage.row_texts, "row_version_of_program", lambda v=version: v)
            make_stale(hall.database)
            assert migrate_live(other, hall.database.vault).records == len(ids)
    other.dispose()
    assert len(acknowledged) == len(ids)
    assert {i: hall.case(i).sheet["wishes"] for i in acknowledged} == acknowledged
    with hall.database.open() as unit:
        assert unit.row_check.check("cases", opens=True) == []
        for case_id in ids:
            assert unit.cases._match_keys_of(case_id) == unit.cases._indexed(
                case_keys(hall.case(case_id))
            )


def test_documents_are_not_written_and_what_is_so_already_is_left(any_hall: TownHall) -> None:
    """Only lines that another version drew are written; the second time there is nothing to do."""
    hall = any_hall
    case_id = hall.open_case("A14")
    with hall.database.engine.begin() as connection:
        stood = connection.execute(select(cases)).mappings().one()
        store_line(hall.database, connection, case_id, drawn_by="0001/00000000", state="closed")
    make_stale(hall.database)
    done = migrate_database(url_of(hall), hall.database.keys, "local")
    assert (done.records, done.is_anything_done) == (1, True)
    with hall.database.engine.connect() as connection:
        now = connection.execute(select(cases)).mappings().one()
    assert {n: v for n, v in now.items() if n != "facts"} == {
        n: v for n, v in stood.items() if n != "facts"
    }
    assert now["facts"] != stood["facts"]
    assert [line.state for line in hall.desk.ask(ListCases(), COORDINATOR).lines] == ["asking"]
    again = migrate_database(url_of(hall), hall.database.keys, "local")
    assert (again.before, again.after, again.is_anything_done) == (again.after, again.before, False)


def store_line(database: Database, connection: Any, case_id: str, **changed: str) -> None:
    """Write the line of a case as a program would that draws it otherwise."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    where = place(cases, "facts", case_id, row.version)
    line = json.loads(database.vault.open(row.facts, where)) | changed
    sealed = database.vault.seal(json.dumps(line), where)
    connection.execute(update(cases).where(cases.c.id == case_id).values(facts=sealed))


def test_a_line_that_an_older_program_drew_is_read_from_its_document(hall: TownHall) -> None:
    """Beside a new version an old one goes on writing: what it draws is not believed, but that a
    record was set aside is; a newer program's line holds all that is asked for."""
    case_id, aside = hall.open_case("A14"), hall.open_case("A14")
    make_unreadable(hall, aside, "content")
    administrator = Caller.CONSOLE
    with hall.database.open() as unit:
        unit.cases.mark(aside)
        unit.commit()
    hall.desk.handle(SetAsideBroken(aside), administrator)
    for drawn_by, state in (("0001/00000000", "asking"), ("9999/00000000", "closed")):
        with hall.database.engine.begin() as connection:
            store_line(hall.database, connection, case_id, drawn_by=drawn_by, state="closed")
            store_line(hall.database, connection, aside, drawn_by=drawn_by)
        lines = hall.desk.ask(ListCases(), COORDINATOR).lines
        assert [line.state for line in lines] == [state]
        assert [b.set_aside for b in hall.desk.ask(GetBroken(), administrator)] == [True]


def test_what_was_killed_half_way_goes_on_and_the_bot_waits_for_it(
    any_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL nothing but `migrate_offline` opens the database until it is through; on SQLite
    it is carried up by whoever opens it. How far it is is said."""
    hall = any_hall
    monkeypatch.setattr(storage.migration, "BATCH", 2)
    for _ in range(5):
        hall.open_case("A14")
    parts: list[int] = []
    redraw = CaseStore.redraw

    def counted(store: CaseStore, ids: list[str]) -> set[str]:
        parts.append(len(ids))
        return redraw(store, ids)

    monkeypatch.setattr(CaseStore, "redraw", counted)
    with hall.database.engine.begin() as connection:  # a restore does it in one transaction
        migrate_offline(connection, hall.database.vault)
    assert parts == [2, 2, 1], "few at a time: a statement bears so many ids and no more"
    make_stale(hall.database)
    steps: list[tuple[int, int]] = []

    def killed(done: int, total: int) -> None:
        steps.append((done, total))
        if len(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate_database(url_of(hall), hall.database.keys, "local", killed)
    assert steps == [(2, 5), (4, 5)]
    if hall.database.engine.dialect.name == "postgresql":
        with pytest.raises(DatabaseRefused) as refused:
            hall.another_desk()
        assert refused.value.key == "database.older"
        assert migrate_database(url_of(hall), hall.database.keys, "local").records == 5
    hall.another_desk().database.close()
    assert not migrate_database(url_of(hall), hall.database.keys, "local").is_anything_done


def test_of_two_that_carry_up_at_once_the_second_waits_and_says_so(
    postgres_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = postgres_hall
    monkeypatch.setattr(storage.migration, "PAUSE", 0.01)
    make_stale(hall.database)
    waits = threading.Event()
    lock = text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})")
    with hall.database.engine.connect() as first, ThreadPoolExecutor(1) as pool:
        first.execution_options(isolation_level="AUTOCOMMIT").execute(lock)
        second = pool.submit(
            migrate_database, url_of(hall), hall.database.keys, "local", waits=waits.set
        )
        assert waits.wait(20)
        assert not second.done()
        first.execute(text(f"SELECT pg_advisory_unlock({ONE_AT_A_TIME})"))
        assert second.result(timeout=20).is_anything_done


# -- an old process beside a newer version --------------------------------------------------------

NEW_PROGRAM = """
import sys
from pathlib import Path
import storage.revisions
storage.revisions.MIGRATIONS = Path(sys.argv[1])
from storage.database import migrate_database
from storage.vault import read_keys
done = migrate_database(sys.argv[2], read_keys(Path(sys.argv[3])), "local")
print(done.before, done.after)
"""


def run_new_version(hall: TownHall, folder: Path) -> str:
    """Carry the database up as the new program does, in a process of its own."""
    keys = hall.database.keys.place
    done = subprocess.run(
        [sys.executable, "-c", NEW_PROGRAM, folder, url_of(hall), str(keys)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def code(hall: TownHall, case_id: str) -> str:
    try:
        hall.edit(case_id, wishes="まだ")
    except CannotStore as error:
        return error.code
    return ""


def test_an_old_process_goes_on_beside_what_it_bears_and_stops_at_what_it_does_not(
    postgres_hall: TownHall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new version comes while two desks work: all of it stays; an old process that bears the
    new tables may be started again. Then one comes that it does not bear: it writes nothing more,
    says why, and is not started any more."""
    hall = postgres_hall
    monkeypatch.setattr("storage.readiness.VALID_SECONDS", 0)
    ids = [hall.open_case("A14") for _ in range(4)]
    folder, now = tmp_path / "future", str(newest_revision())
    add_migration(folder, "9001", after=now)
    with editing(hall, ids, seed=1) as acknowledged:
        assert run_new_version(hall, folder) == f"{now} 9001"
    assert hall.database.why_not_ready() == ""
    assert {i: hall.case(i).sheet["wishes"] for i in acknowledged} == acknowledged
    hall.another_desk().database.close()
    with pytest.raises(DatabaseRefused) as refused:
        migrate_database(url_of(hall), hall.database.keys, "local")
    assert refused.value.key == "database.newer"

    add_migration(folder, "9002", after="9001", more='oldest_writer = "9002"')
    assert run_new_version(hall, folder) == "9001 9002"
    assert code(hall, ids[0]) == hall.database.why_not_ready() == "schema_newer"
    with hall.database.engine.connect() as connection:
        query = select(cases.c.version, cases.c.content).order_by(cases.c.id)
        stood = connection.execute(query).all()
    assert {code(hall, i) for i in ids} == {"schema_newer"}
    with pytest.raises(CannotStore):
        hall.desk.ask(ListCases(), ELDERLY)
    with hall.database.engine.connect() as connection:
        assert connection.execute(query).all() == stood
    with pytest.raises(DatabaseRefused) as refused:
        hall.another_desk()
    assert refused.value.key == "database.newer"


def test_a_program_that_would_drop_a_field_of_the_documents_stops(any_hall: TownHall) -> None:
    """Without any migration: a newer version writes a field that this one does not know; and a
    database that does not know of a field of this one is carried up first."""
    hall = any_hall
    case_id = hall.open_case("A14")
    schema, oldest, digest, search = mark_of_writers(hall.database)
    with hall.database.engine.connect() as connection:
        query = select(about.c.value).where(about.c.name == DOCUMENTS)
        fields = connection.execute(query).scalar_one().splitlines()

    def writers(*said: str, documents: list[str]) -> None:
        with hall.database.engine.begin() as connection:
            store_about(connection, WRITERS, json.dumps(said))
            store_about(connection, DOCUMENTS, "\n".join(documents))

    writers(schema, oldest, "0" * 16, search, documents=[*fields, "case.sent_by_letter"])
    assert code(hall, case_id) == "schema_newer"
    with pytest.raises(DatabaseRefused) as refused:
        open_database(url_of(hall), hall.database.keys, "local")
    assert refused.value.key == "database.newer"
    writers(schema, oldest, digest, str(int(search) + 1), documents=fields)
    assert code(hall, case_id) == "schema_newer"
    for fewer in ((schema, oldest, "0" * 16, search), (schema, oldest, digest, "1"), ("0000",)):
        writers(*fewer, documents=fields[1:])
        assert code(hall, case_id) == "schema_older"
    migrate_database(url_of(hall), hall.database.keys, "local")
    assert code(hall, case_id) == ""
    assert mark_of_writers(hall.database) == [schema, oldest, digest, search]


@dataclass
class _Call:
    by: str = ""
    wishes: str = field(default="", metadata=stored_as("hopes"))


@dataclass
class _Visit:
    calls: list[_Call] = field(default_factory=list)


def test_a_renamed_class_or_field_changes_nothing_that_is_stored() -> None:
    """A field says by which key it is stored where that is not its name; who may write a database,
    and which lines are drawn anew, goes by these keys and by no name of a class."""
    assert to_text(_Visit([_Call("M1", "家で")])) == '{"calls": [{"by": "M1", "hopes": "家で"}]}'
    assert from_text('{"calls": [{"hopes": "家で"}]}', _Visit) == _Visit([_Call("", "家で")])
    assert stored_keys({"visit": _Visit}) == {"visit.calls", "visit.calls.by", "visit.calls.hopes"}
    renamed = type("Other", (_Visit,), {})
    assert stored_keys({"visit": renamed}) == stored_keys({"visit": _Visit})
    held = documents_of_program()
    assert {"case.sheet", "case.referrals.reply.at", "meeting.record.writer_id"} <= held
    assert {key.partition(".")[0] for key in held} == {
        "case", "meeting", "town", "agency", "member", "person_request", "notice"
    }  # fmt: skip
    assert not any(part[:1].isupper() for key in held for part in key.split("."))


# -- what a migration may do ----------------------------------------------------------------------


def schema_of(connection: Any) -> dict[str, dict[str, tuple[str, bool]]]:
    """Every table with its columns: their type, and whether a row has to name them."""
    looking = inspect(connection)
    return {
        table: {
            c["name"]: (str(c["type"]), not c["nullable"] and c["default"] is None)
            for c in looking.get_columns(table)
        }
        for table in looking.get_table_names()
    }


def what_old_programs_do_not_bear(before: Any, after: Any, *, all_stop: bool) -> list[str]:
    """What of a change of the tables stops, or misleads, a program that does not know it."""
    wrong = [f"{table} is gone" for table in before if table not in after]
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        wrong += [f"{table}.{name} is gone" for name in old if name not in new]
        wrong += [f"{table}.{n} is another" for n in old if n in new and old[n] != new[n]]
        added = [name for name in new if name not in old]
        wrong += [f"{table}.{name} has to be named" for name in added if new[name][1]]
        if table in TAGGED and not all_stop:
            outside = TAGGED[table].untagged_columns
            wrong += [f"{table}.{n} changes tags" for n in added if n not in outside]
    return sorted(wrong)


def test_migrations_only_add(tmp_path: Path) -> None:
    """After the first: nothing is dropped, renamed or changed, nothing new has to be named, and
    where a tag covers what is new the migration says that older programs stop (`oldest_writer`)."""
    engine = make_engine(f"sqlite:///{tmp_path / 'steps.db'}")
    with newer_program(tmp_path), engine.begin() as connection:
        first, *later = later_than("")
        assert later[-1] == NEWER  # there is one in any case
        upgrade(connection, first)
        for revision in later:
            before = schema_of(connection)
            upgrade(connection, revision)
            stops = oldest_writer(revision) == revision
            found = what_old_programs_do_not_bear(before, schema_of(connection), all_stop=stops)
            if revision == NEWER:
                assert found == [f"cases.extra_{NEWER} changes tags"]
            else:
                assert found == [], f"{revision}, see docs/dev/migrations.md"
    engine.dispose()


def test_a_migration_that_does_more_is_found() -> None:
    """The look above can fail, at each of its points."""
    before = {"cases": {"id": ("TEXT", True), "is_open": ("BOOLEAN", True)}, "seen": {}, "gone": {}}
    after = {
        "cases": {"id": ("INTEGER", True), "extra": ("TEXT", False)},
        "seen": {"extra": ("TEXT", True)},
        "new": {"id": ("TEXT", True)},
    }
    found = what_old_programs_do_not_bear(before, after, all_stop=False)
    assert found == [
        "cases.extra changes tags",
        "cases.id is another",
        "cases.is_open is gone",
        "gone is gone",
        "seen.extra has to be named",
    ]
    assert "cases.extra changes tags" not in what_old_programs_do_not_bear(
        before, after, all_stop=True
    )
