"""On PostgreSQL: two transactions that wait for each other, two that do not see each other."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial

import pytest

from storage.database import Database, SqlUnitOfWork
from tests.support.hands import confirm_permission_requests, consented
from tests.support.people import A_AGENCIES, ADMINISTRATOR, CHAIR, COORDINATOR
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.cases.merge_cases import MergeCases
from workflows.core.errors import Invalid
from workflows.core.ports import Account, TransactionConflict
from workflows.desk import TRIES, Desk
from workflows.directory.link_account import LinkAccount
from workflows.directory.people import GetPeople
from workflows.meetings.fix_date import FixDate
from workflows.model.case import Closure
from workflows.model.directory import Member


def waiting_locks(database: Database) -> int:
    with database.engine.connect() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return int(connection.exec_driver_sql(query).scalar_one())


def withdrawn_against_another(hall: TownHall) -> bool:
    """Consent is withdrawn (case, then meeting) while another locks the meeting, then the case.

    Whether it was the withdrawal that gave way: PostgreSQL takes whoever has waited for a second
    when it looks, which on a busy machine may be the other one.
    """
    case_id = hall.open_case("A14", **consented("A13", "A14"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",))

    def withdraw() -> int:
        return hall.consent(case_id, consent="not_asked", consent_on=None, consent_scope=None)

    gave_way = False
    with ThreadPoolExecutor(1) as pool, suppress(TransactionConflict), hall.database.open() as unit:
        unit.meetings.get(meeting_id, change=True)
        version = pool.submit(withdraw)
        while not waiting_locks(hall.database):
            assert not version.done(), version.result()
        unit.cases.get(case_id, change=True)
        gave_way = True
    assert hall.case(case_id).sheet_version == 2
    assert hall.case(case_id).live_meeting_ids == []
    return gave_way


def test_a_command_that_gave_way_is_carried_out_after_all(postgres_hall: TownHall) -> None:
    assert any(withdrawn_against_another(postgres_hall) for _ in range(5))


def test_who_gives_way_is_told_so_by_its_own_name(postgres_hall: TownHall) -> None:
    """A deadlock is no broken database: the transaction says that it may be tried again."""
    hall = postgres_hall
    one, two = hall.open_case("A14"), hall.open_case("A14")
    start = threading.Barrier(2)

    def lock(first: str, second: str) -> bool:
        try:
            with hall.database.open() as unit:
                unit.cases.get(first, change=True)
                start.wait()
                unit.cases.get(second, change=True)
        except TransactionConflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lock, (one, two), (two, one))) == [False, True]


A_CONTACTS = {agency: member for member, agency in A_AGENCIES.items()}


def test_two_meetings_of_one_chair_are_not_fixed_on_one_hour(postgres_hall: TownHall) -> None:
    """Both pressed at the same moment: the second is told of the first."""
    hall = postgres_hall
    for round_ in range(4):
        days = (20 + 7 * round_,)
        agencies = (("A13", "A14"), ("A17", "A19"))
        pair = [
            hall.convene(hall.open_case("A14"), by=who, required=a, chair=CHAIR, days_ahead=days)
            for a, who in zip(agencies, (COORDINATOR, "M01"), strict=True)
        ]
        for meeting_id, its in zip(pair, agencies, strict=True):
            for agency in its:
                hall.answer(meeting_id, agency, by=A_CONTACTS[agency])
        start = threading.Barrier(2)

        def fix(meeting_id: str, start: threading.Barrier = start) -> str:
            start.wait()
            try:
                slot = hall.meeting(meeting_id).slots[0]  # everybody has answered: no reason
                confirmed = slot.starts_at.isoformat()
                hall.desk.handle(FixDate(meeting_id, slot.id, "", confirmed), COORDINATOR)
            except Invalid as wrong:
                return wrong.errors[0].key
            return "fixed"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(fix, pair)) == ["fix.clash", "fixed"]


def test_a_member_linked_twice_at_once_has_one_account(postgres_hall: TownHall) -> None:
    """Who links second waits until it shows what the first has done."""
    hall = postgres_hall
    link = LinkAccount("slack", "U27", CHAIR)
    with ThreadPoolExecutor(1) as pool:
        with hall.database.open() as unit:
            unit.accounts.one_at_a_time()
            unit.accounts.save(Account("slack", "U26", CHAIR, "linked", "", hall.desk.now()))
            second = pool.submit(hall.desk.handle, link, ADMINISTRATOR)
            while not waiting_locks(hall.database):
                assert not second.done(), second.result()
            unit.commit()
        second.result(timeout=20)
    confirm_permission_requests(hall.desk)
    with hall.database.open() as unit:
        assert [a.external_id for a in unit.accounts.of_member(CHAIR)] == ["U27"]


def test_a_case_that_ends_at_the_same_moment_takes_no_other_one_in(postgres_hall: TownHall) -> None:
    """Its line said that it was open; what counts is how it stands once it is locked."""
    hall = postgres_hall
    one, other = hall.open_case("A14"), hall.open_case("A14")
    with ThreadPoolExecutor(1) as pool:
        with hall.database.open() as unit:
            ending = unit.cases.get(other, change=True)
            assert ending is not None
            ending.closures.append(Closure("closed", {}, COORDINATOR, hall.desk.now()))
            command = MergeCases(one, ending.number)
            merged = pool.submit(hall.desk.handle, command, COORDINATOR)
            while not waiting_locks(hall.database):
                assert not merged.done(), merged.result()
            unit.commit()
        with pytest.raises(Invalid) as refused:
            merged.result()
    assert [e.key for e in refused.value.errors] == ["merge.not_open"]
    assert hall.case(one).is_open


def test_a_restriction_that_ends_at_the_same_moment_takes_no_restricted_case_in(
    postgres_hall: TownHall,
) -> None:
    hall = postgres_hall
    one, other = (hall.open_case("A14", hidden_address="yes") for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        with hall.database.open() as unit:
            lifted = unit.cases.get(other, change=True)
            assert lifted is not None
            lifted.sheet = {**lifted.sheet, "hidden_address": False}
            command = MergeCases(one, lifted.number)
            merged = pool.submit(hall.desk.handle, command, COORDINATOR)
            while not waiting_locks(hall.database):
                assert not merged.done(), merged.result()
            unit.commit()
        with pytest.raises(Invalid) as refused:
            merged.result()
    assert [e.key for e in refused.value.errors] == ["merge.restricted"]
    assert hall.case(one).is_open


def test_two_who_write_one_member_do_not_undo_each_other(postgres_hall: TownHall) -> None:
    """A role that was taken away meanwhile does not come back with what somebody else saved, nor is
    one added over another that bears its code; the second begins anew and sees what is so."""
    hall = postgres_hall

    def meanwhile(changed: Member) -> None:
        with hall.database.open() as other:
            other.directory.save_members([changed])
            other.commit()

    with hall.database.open() as unit:
        read = unit.directory.member(COORDINATOR)
        assert read is not None
    new = replace(read, id="M99")
    for mine, theirs in ((read, replace(read, roles=frozenset())), (new, replace(new, name="乙"))):
        with suppress(TransactionConflict), hall.database.open() as unit:
            unit.directory.members()
            meanwhile(theirs)
            unit.directory.save_members([mine])
            unit.commit()
        with hall.database.open() as unit:
            assert unit.directory.member(mine.id) == theirs
    with suppress(TransactionConflict), hall.database.open() as unit:
        town = unit.directory.town()
        with hall.database.open() as other:
            other.directory.save_town(replace(town, retention_years=9))
            other.commit()
        unit.directory.save_town(replace(town, name="町"))
        unit.commit()
    with hall.database.open() as unit:
        assert unit.directory.town() == replace(town, retention_years=9)


def test_a_look_that_gave_way_is_answered_after_all(hall: TownHall) -> None:
    """Looks are written down, too, and tables are taken for a moment while a database is carried
    up; one that gives way again and again is not looked at for ever."""
    met: list[int] = []

    @contextmanager
    def gives_way(times: int) -> Iterator[SqlUnitOfWork]:
        met.append(times)
        if len(met) <= times:
            raise TransactionConflict
        with hall.database.open() as unit:
            yield unit

    for times, tries in ((TRIES - 1, TRIES), (TRIES, TRIES)):
        met.clear()
        desk = Desk(partial(gives_way, times), hall.clock, FORMS, holiday_name)
        with suppress(TransactionConflict) if times == TRIES else nullcontext():
            assert desk.ask(GetPeople(), COORDINATOR)
            assert times < TRIES
        assert len(met) == tries
