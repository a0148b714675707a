"""Agencies and members are kept in memory, and are never other than they are in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, text

from storage.database import Database, SqlUnitOfWork
from storage.directory import DirectoryStore
from storage.tables import members, trail_head
from tests.storage.test_row_tags import owned
from tests.support.people import CLERK, COORDINATOR
from tests.support.row_attacks import first_row, write
from tests.support.town import TownHall
from workflows.core.errors import NotAllowed
from workflows.core.work import Work
from workflows.inbox.inbox import GetInbox
from workflows.model.directory import Member, Role
from workflows.model.roster import Roster

DAY = timedelta(days=1)


@contextmanager
def reads(database: Database) -> Iterator[list[str]]:
    """The tables of the directory that are read while it lasts, one entry for each statement."""
    found: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        found.extend(t for t in ("agencies", "members") if f"FROM {t}" in statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@contextmanager
def another(hall: TownHall) -> Iterator[TownHall]:
    """One more process, which has read the directory as it is."""
    opened = hall.another_desk()
    opened.desk.ask(GetInbox(), COORDINATOR)
    yield opened
    opened.database.close()


def name_of(database: Database) -> str:
    with database.open() as unit:
        return member_of(unit).name


def member_of(unit: SqlUnitOfWork) -> Member:
    found = unit.directory.member(CLERK)
    assert found is not None
    return found


def rename(unit: SqlUnitOfWork, name: str) -> None:
    unit.directory.save_members([replace(member_of(unit), name=name)])


def test_a_transaction_reads_no_directory_that_has_not_changed(any_hall: TownHall) -> None:
    """Nor does one that writes a case, nor one after it; a change is read once."""
    case_id = any_hall.open_case("A14")
    with reads(any_hall.database) as found:
        any_hall.desk.ask(GetInbox(), CLERK)
        any_hall.edit(case_id, danger="yes")
        any_hall.desk.ask(GetInbox(), COORDINATOR)
    assert found == []
    with any_hall.database.open() as unit:
        rename(unit, "架空 改")
        unit.commit()
    with reads(any_hall.database) as found:
        assert [name_of(any_hall.database) for _ in range(3)] == ["架空 改"] * 3
        any_hall.desk.ask(GetInbox(), COORDINATOR)
    assert found == ["members"]


def test_what_one_replica_changes_holds_in_the_next_transaction_of_the_other(
    any_hall: TownHall,
) -> None:
    """A role that was given and taken, a leaving, an agency that ended."""
    today = any_hall.desk.now().date()
    with another(any_hall) as other:
        for roles in (frozenset({Role.MANAGER}), frozenset[Role]()):
            with any_hall.database.open() as unit:
                clerk = member_of(unit)
                unit.directory.save_members([replace(clerk, roles=roles)])
                unit.commit()
            with reads(other.database) as found, other.database.open() as unit:
                managers = {m.id for m in work_of(other, unit).managers()}
            assert (CLERK in managers) == bool(roles)
            assert found == ["members"]
        other.desk.ask(GetInbox(), CLERK)
        with any_hall.database.open() as unit:
            agency = unit.directory.agency(member_of(unit).agency_id)
            assert agency is not None
            unit.directory.save_agencies([replace(agency, active_until=today - DAY)])
            unit.commit()
        with pytest.raises(NotAllowed):
            other.desk.ask(GetInbox(), CLERK)
        with any_hall.database.open() as unit:
            unit.directory.save_agencies([agency])
            unit.commit()
        other.desk.ask(GetInbox(), CLERK)
        other.has_left(CLERK)
        with pytest.raises(NotAllowed):
            any_hall.desk.ask(GetInbox(), CLERK)


def test_who_is_here_is_worked_out_once_for_a_day_and_a_directory(hall: TownHall) -> None:
    """Anew on another day and after a change, also for the transaction that makes it."""
    today = hall.desk.now().date()

    def roster(on: date = today) -> Roster:
        with hall.database.open() as unit:
            return unit.directory.roster(on)

    first = roster()
    assert roster() is first
    assert roster(today + DAY) is not first
    before = roster()
    with hall.database.open() as unit:
        clerk = member_of(unit)
        gone = replace(clerk, active_until=today - DAY, roles=frozenset({Role.MANAGER}))
        unit.directory.save_members([gone])
        inside = unit.directory.roster(today)
        assert clerk not in inside.active_members
        unit.commit()
    assert roster().active_members_of("A14")
    with hall.database.open() as unit:
        agency = unit.directory.agency("A14")
        assert agency is not None
        unit.directory.save_agencies([replace(agency, active_until=today - DAY)])
        unit.commit()
    after = roster()
    assert clerk in before.active_members_of(clerk.agency_id)
    assert clerk not in after.active_members_of(clerk.agency_id)
    assert gone in after.members_of(clerk.agency_id)
    assert gone not in after.active_members_with(Role.MANAGER)
    assert clerk.id not in after.seats.here
    assert before.active_members_of("A14")
    assert not after.active_members_of("A14")
    assert {a.id for a in before.active_agencies} - {a.id for a in after.active_agencies} == {"A14"}


def work_of(hall: TownHall, unit: SqlUnitOfWork) -> Work:
    work = hall.desk._work(unit, COORDINATOR, "")
    assert isinstance(work, Work)
    return work


def test_a_rolled_back_directory_change_is_not_cached(any_hall: TownHall) -> None:
    """Nor where somebody else then writes the same version of the row, so that the table adds up
    to the same as it would have."""
    before = name_of(any_hall.database)
    with another(any_hall) as other:
        with any_hall.database.open() as unit:
            rename(unit, "架空 無")
            assert DirectoryStore(unit.session).member(CLERK).name == "架空 無"  # type: ignore[union-attr]
            with unit.undone():
                rename(unit, "架空 無二")
            unit._write_out()
            assert DirectoryStore(unit.session).member(CLERK) is not None
        assert name_of(any_hall.database) == name_of(other.database) == before
        with other.database.open() as unit:
            rename(unit, "架空 改")
            unit.commit()
        assert name_of(any_hall.database) == name_of(other.database) == "架空 改"


def test_a_transaction_that_was_open_before_keeps_nothing_old_for_those_after_it(
    postgres_hall: TownHall,
) -> None:
    """It read the head, somebody changed a member, and it read the members."""
    with another(postgres_hall) as other, another(postgres_hall) as third:
        with other.database.open() as unit:
            unit.session.total_of(members)
            with postgres_hall.database.open() as changing:
                rename(changing, "架空 改")
                changing.commit()
            with third.database.open() as still:
                still.directory.agencies()
            unit.directory.members()
        assert name_of(other.database) == name_of(third.database) == "架空 改"


def test_who_has_left_does_not_come_back_with_the_row_and_the_head_of_before(
    hall: TownHall,
) -> None:
    """Nobody has read since they left; all adds up to what it did when it was read."""
    tables = (members, trail_head)
    with hall.database.engine.connect() as connection:
        before = [first_row(connection, members, CLERK), first_row(connection, trail_head)]
    hall.has_left(CLERK)
    with owned(hall, keep=True) as connection:
        for table, row in zip(tables, before, strict=True):
            connection.execute(table.update().where(table.c.id == row["id"]).values(row))
    assert name_of(hall.database) == CLERK, "known by their id, they cannot act"


def test_where_the_head_of_the_trail_is_not_ours_all_is_read_each_time(hall: TownHall) -> None:
    """Who can write there keeps nothing in force that has ended; what they change in a row while
    the head stands is not believed, and found by the next who reads it."""
    name = name_of(hall.database)
    with owned(hall, keep=True) as connection:
        write(connection, members, CLERK, {"agency_id": "A13"})
    assert name_of(hall.database) == name
    with hall.database.engine.begin() as connection:
        connection.execute(text("UPDATE trail_head SET seq = seq + 1"))
    for _ in range(2):
        with reads(hall.database) as found:
            assert name_of(hall.database) == CLERK, "known by their id, they cannot act"
        assert found == ["members"]
