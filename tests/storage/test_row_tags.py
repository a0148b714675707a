"""Rows that somebody without keys wrote, changed, put back or took away are found and not used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, text

from storage.repositories import CaseStore, MeetingStore
from storage.row_check import CHECKED_BY_DAILY_JOB, RowCheckStore
from storage.row_tags import MODULUS, read_sums
from storage.tables import (
    accounts,
    answer_links,
    cases,
    disposals,
    drafts,
    mailbox,
    members,
    metadata,
    sign_ins,
    town,
    trail,
    trail_head,
)  # fmt: skip
from storage.tagged_rows import TaggedSession
from storage.tagged_tables import TAGGED, UNTAGGED, sealed_in
from storage.trail import TrailStore
from storage.vault import Vault
from tests.attack.kinds import Kind
from tests.storage.test_accounts import LINKED
from tests.storage.test_answer_links import POLL
from tests.storage.test_disposals import ONE
from tests.storage.test_posts import CARD
from tests.support.clock import START
from tests.support.people import CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.row_attacks import (
    Values,
    another_value,
    first_row,
    put_back,
    put_in,
    take_away,
    write,
)  # fmt: skip
from tests.support.town import TownHall
from tests.support.trail_attacks import last_seq, owning
from workflows.audit.check import AcceptRows, check_all_rows, verify_whole_trail
from workflows.cases.find_case import FindSame
from workflows.cases.find_person import FindPerson
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.core.ports import BrokenRecord, Draft, Event, Passkey, SignIn
from workflows.directory.look import GetDirectory
from workflows.maintenance.broken_records import CheckReadable
from workflows.model.notice import Notice
from workflows.model.person_request import PersonRequest
from workflows.model.trail import RowFault
from workflows.sign_in.sign_in import GetSignedInMember

pytestmark = pytest.mark.attack(Kind.ROWS)

TOKEN = "a token that its member holds"
REQUEST = PersonRequest(
    id="q1", number="R8-請1", kind="disclosure", asked_as="self", person="甲", asker="甲",
    authority="", checked="", wanted="", received_on=date(2026, 11, 20),
    due_first=date(2026, 12, 20), by=COORDINATOR, agency_id="A01", at=START,
)  # fmt: skip


PASSKEY = Passkey("p1", CLERK, "credential", "key", 1, "電話", START, None)


def fill(hall: TownHall) -> str:
    """A row in every table that bears tags; answers with the id of a case."""
    case_id = hall.open_case("A14")
    hall.convene(case_id)
    with hall.database.open() as unit:
        digest = unit.sign_ins.token_digest(TOKEN)
        later = START + timedelta(hours=12)
        unit.sign_ins.add(SignIn(digest, "session", CLERK, None, "link", START, START, later))
        unit.passkeys.save(PASSKEY)
        unit.accounts.save(LINKED)
        unit.answer_links.add(POLL)
        unit.disposals.add(ONE)
        unit.requests.save(REQUEST)
        unit.requests.next_number(8)
        unit.posts.put(CARD)
        notice = Notice("n1", "referral_asked", ELDERLY, "n1", {"number": "R8-0001"}, "c1")
        assert unit.mailbox.deliver(notice, START)
        unit.drafts.save(Draft("d1", CLERK, "sheet", "new", {"name": "甲"}, START))
        unit.commit()
    return case_id


@contextmanager
def owned(hall: TownHall, *, keep: bool = False) -> Iterator[Connection]:
    """The database in the hands of somebody without keys; as before afterwards, unless kept."""
    with hall.database.engine.connect() as connection, connection.begin() as transaction:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        yield connection
        if not keep:
            transaction.rollback()


def faults(connection: Connection, vault: Vault, name: str) -> list[RowFault]:
    trail = TrailStore(connection, vault)
    return RowCheckStore(connection, vault, trail).check(name, opens=True)


def all_faults(hall: TownHall) -> list[RowFault]:
    return list(check_all_rows(hall.desk, Caller.CONSOLE, opens=True))


def test_every_table_bears_tags_or_says_why_not() -> None:
    """No table is forgotten, and no reason is empty."""
    assert {*TAGGED, *UNTAGGED} == {*metadata.tables}
    assert not TAGGED.keys() & UNTAGGED.keys()
    for reason in [
        *UNTAGGED.values(),
        *(r for t in TAGGED.values() for r in t.untagged_columns.values()),
    ]:
        assert len(reason) > 15
    for entry in TAGGED.values():
        assert {"tag", *entry.untagged_columns} <= {c.name for c in entry.table.columns}


def test_every_column_is_found_changed_or_stands_in_the_list(hall: TownHall) -> None:
    """Each column of each table is changed by SQL in a row: the check names that row, what is
    sealed does not open, or TAGGED says why nobody looks."""
    fill(hall)
    vault = hall.database.vault
    for name, entry in TAGGED.items():
        table = entry.table
        (key,) = table.primary_key.columns
        with owned(hall) as connection:
            row = first_row(connection, table)
            assert faults(connection, vault, name) == []
        for column in table.columns:
            if column.name in entry.untagged_columns:
                continue
            changed = another_value(table, column.name, row[column.name])
            with owned(hall) as connection:
                write(connection, table, row[key.name], {column.name: changed})
                found = faults(connection, vault, name)
                if name in CHECKED_BY_DAILY_JOB and column.name in sealed_in(table):
                    assert_unreadable(connection, vault, name, column.name, str(row[key.name]))
                else:
                    stands = changed if column is key else row[key.name]
                    assert found, (name, column.name)
                    assert found[0] == RowFault(name, str(stands)), (name, column.name)


def assert_unreadable(
    connection: Connection, vault: Vault, name: str, column: str, record: str
) -> None:
    tags = TaggedSession(connection, vault)
    store = CaseStore(tags) if name == "cases" else MeetingStore(tags)
    if column == "content":
        with pytest.raises(BrokenRecord):
            store.get(record)
    else:  # a line is drawn anew from the document
        line = store.row(record)
        assert line is not None
        assert not line.broken


def test_a_row_put_back_put_in_or_taken_away_is_missed_in_its_table(hall: TownHall) -> None:
    """An older state with the tag that it had then; a row that is gone; one that was gone."""
    fill(hall)
    with hall.database.engine.connect() as connection:
        before = {n: first_row(connection, e.table) for n, e in TAGGED.items() if e.is_versioned}
    with hall.database.open() as unit:  # each of them is written once more
        unit.directory.save_town(unit.directory.town())
        unit.directory.save_agencies(unit.directory.agencies())
        unit.directory.save_members(unit.directory.members())
        for store in (unit.cases, unit.meetings):
            for record in store.ids():
                store.renew(record)
        unit.passkeys.save(PASSKEY)
        unit.accounts.save(LINKED)
        unit.answer_links.revoke([POLL.id], START)
        unit.sign_ins.end(unit.sign_ins.token_digest(TOKEN), START)
        unit.disposals.agree(ONE.id, MANAGER, START)
        unit.requests.save(REQUEST)
        unit.commit()
    assert all_faults(hall) == []
    another_process = Vault(hall.database.keys)
    for name, row in before.items():
        table = TAGGED[name].table
        (key,) = table.primary_key.columns
        with owned(hall) as connection:
            put_back(connection, table, row)
            # Whoever saw the newer one names the row; whoever only sees the table, the table.
            known = faults(connection, hall.database.vault, name)
            assert known == [RowFault(name, str(row[key.name]))], name
            assert faults(connection, another_process, name) == [RowFault(name, "")], name
        with owned(hall) as connection:
            take_away(connection, table, row[key.name])
            assert faults(connection, another_process, name) == [RowFault(name, "")], name
            put_in(connection, table, row)
            assert faults(connection, another_process, name) == [RowFault(name, "")], name


def test_what_the_bot_writes_by_itself_fits(any_hall: TownHall) -> None:
    """Opened, convened, added, ended, removed: what the rows add up to goes along, on either
    database; an account that was removed and comes again is a newer one for everybody."""
    fill(any_hall)
    other = any_hall.another_desk()
    assert all_faults(any_hall) == all_faults(other) == []
    with any_hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.commit()
    with other.database.open() as unit:
        assert unit.accounts.get("slack", "U26") == LINKED
        unit.accounts.remove("slack", "U26")
        unit.commit()
    with any_hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.commit()
    with other.database.open() as unit:
        assert unit.accounts.get("slack", "U26") == LINKED
    assert all_faults(any_hall) == all_faults(other) == []
    other.database.close()


def test_a_unit_that_commits_twice_counts_each_row_once(hall: TownHall) -> None:
    """As the one in which a restore carries out several things."""
    with hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.commit()
        unit.answer_links.add(POLL)
        unit.commit()
    assert all_faults(hall) == []


def test_what_is_undone_is_not_remembered(hall: TownHall) -> None:
    """A transaction that was rolled back wrote no newer version: the row is good as before."""
    fill(hall)
    with hall.database.open() as unit:
        unit.accounts.save(replace(LINKED, state="gone"))
        assert unit.accounts.get("slack", "U26") is not None
    with hall.database.open() as unit:
        assert unit.accounts.get("slack", "U26") == LINKED


def test_whoever_writes_counted_rows_prolongs_the_trail(hall: TownHall) -> None:
    """Else the head of before, with its MAC, would fit the rows of before."""

    def head() -> Values:
        with hall.database.engine.connect() as connection:
            return first_row(connection, trail_head)

    before = head()
    with hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.commit()
    assert head()["seq"] == before["seq"] + 1
    with owned(hall, keep=True) as connection:
        connection.execute(accounts.delete())
        put_back(connection, trail_head, before)
    walk = verify_whole_trail(hall.desk, Caller.CONSOLE)
    assert walk.broken is not None
    assert walk.broken.seq == before["seq"] + 1


def test_what_rows_add_up_to_cannot_be_worked_out_from_their_tags(hall: TownHall) -> None:
    """Else thousands of old rows, each with its tag, could be put together to the right sum."""
    with hall.database.engine.connect() as connection:
        found = connection.execute(select(members.c.tag)).scalars()
        tags = [int(tag, 16) for tag in found]
        sums = read_sums(str(first_row(connection, trail_head)["rows"]))
    assert sums is not None
    assert sums["members"][0] == len(tags)
    assert sums["members"][1] != sum(tags) % MODULUS


def test_search_keys_that_lead_to_another_case_are_drawn_anew_by_night(hall: TownHall) -> None:
    """Nobody makes a key, but one can be turned to another case."""
    first, second = fill(hall), hall.open_case("A14", name="乙野 花子", kana="オツノ ハナコ")
    with owned(hall, keep=True) as connection:
        connection.execute(text("DELETE FROM match_keys WHERE case_id = :id"), {"id": first})
        connection.execute(text("UPDATE match_keys SET case_id = :id"), {"id": first})
    hall.desk.handle(CheckReadable((first, second)), Caller.CLOCK)
    with hall.database.open() as unit:
        found = [unit.cases.get(record) for record in (first, second)]
        assert not any(case and unit.cases.repair_match_keys(case) for case in found)
        assert len(unit.events.of_kinds(["match_keys_repaired"], START)) == 2


def test_search_keys_turned_to_a_case_of_ones_own_answer_no_question(hall: TownHall) -> None:
    """Else whoever writes the table asks of a restricted case, by searching, whose it is."""
    named = {"name": "乙野 花子", "kana": "オツノ ハナコ"}
    hidden = hall.open_case("A14", by=ELDERLY, hidden_address="yes", **named)
    own = hall.open_case("A14", name="丙川 太郎", kana="ヘイカワ タロウ")
    with owned(hall, keep=True) as connection:
        connection.execute(text("DELETE FROM match_keys WHERE case_id = :id"), {"id": own})
        turn = text("UPDATE match_keys SET case_id = :own WHERE case_id = :hidden")
        connection.execute(turn, {"own": own, "hidden": hidden})
    assert not hall.desk.ask(FindPerson(kana=named["kana"]), COORDINATOR).cases
    assert not hall.desk.ask(FindSame(**named, birth_date="昭和30年1月2日"), COORDINATOR)
    hall.desk.handle(CheckReadable((hidden, own)), Caller.CLOCK)
    again = hall.desk.ask(FindPerson(kana="ヘイカワ タロウ"), COORDINATOR).cases
    assert [c.number for c in again] == ["R8-0002"]


# -- what it would be good for --------------------------------------------------------------------


def test_a_session_turned_to_somebody_else_lets_nobody_in(any_hall: TownHall) -> None:
    fill(any_hall)

    def here() -> str | None:
        return any_hall.desk.ask(GetSignedInMember(TOKEN, 30), Caller.DOOR)

    assert here() == CLERK
    with owned(any_hall, keep=True) as connection:
        connection.execute(sign_ins.update().values(member_id=MANAGER))
    assert here() is None
    assert [f.table for f in all_faults(any_hall)] == ["sign_ins"]


def test_an_account_a_link_a_draft_and_a_notice_turned_to_somebody_else_are_nobodys(
    hall: TownHall,
) -> None:
    fill(hall)
    with owned(hall, keep=True) as connection:
        for table in (accounts, answer_links, drafts, mailbox):
            connection.execute(table.update().values(member_id=MANAGER))
    with hall.database.open() as unit:
        assert unit.accounts.get("slack", "U26") is None
        assert unit.accounts.of_member(MANAGER) == []
        assert unit.answer_links.get(POLL.id) is None
        assert unit.drafts.of_member(MANAGER) == []
        assert {m.notice.key for m in unit.mailbox.items(MANAGER)} == {"unreadable"}
        assert not any(m.notice.facts or m.notice.case_id for m in unit.mailbox.items(MANAGER))


def test_a_disposal_that_nobody_approved_is_not_carried_out(hall: TownHall) -> None:
    """A row of one's own, and one that was approved for something else."""
    case_id = fill(hall)
    with owned(hall, keep=True) as connection:
        row = first_row(connection, disposals)
        put_in(connection, disposals, row | {"id": "d2", "subject_id": case_id})
        write(connection, disposals, "d1", {"subject_id": "c2"})
    with hall.database.open() as unit:
        assert unit.disposals.waiting() == []
        assert unit.disposals.claim("d1") is None
        assert unit.disposals.claim("d2") is None


def test_an_older_state_of_a_case_or_a_member_is_refused_at_once(hall: TownHall) -> None:
    """Restricted since, or left since: who saw that takes no older row for it."""
    case_id = fill(hall)
    with hall.database.engine.connect() as connection:
        case_before = first_row(connection, cases, case_id)
        member_before = first_row(connection, members, CLERK)
    hall.has_left(CLERK)
    hall.edit(case_id, danger="yes")
    with owned(hall, keep=True) as connection:
        put_back(connection, cases, case_before)
        put_back(connection, members, member_before)
    with pytest.raises(BrokenRecord):
        hall.case(case_id)
    with hall.database.open() as unit:
        line, member = unit.cases.row(case_id), unit.directory.member(CLERK)
    assert line is not None
    assert line.broken
    assert member is not None
    assert not member.is_active(hall.clock.now().date())
    assert {f.table for f in all_faults(hall)} == {"cases", "members"}


def test_what_was_read_before_a_change_is_refused_when_it_is_put_back_at_once(
    hall: TownHall,
) -> None:
    """All members were read as they were; one left, nobody read them since, and all stand there
    again as they were read."""
    with hall.database.open() as unit:
        member = unit.directory.member(CLERK)
    assert member is not None
    today = hall.clock.now().date()
    assert member.is_active(today)
    with hall.database.engine.connect() as connection:
        before = first_row(connection, members, CLERK)
    with hall.database.open() as unit:
        unit.directory.save_members([replace(member, active_until=today - timedelta(days=1))])
        unit.commit()
    with owned(hall, keep=True) as connection:
        put_back(connection, members, before)
    with hall.database.open() as unit:
        member = unit.directory.member(CLERK)
        others = [m for m in unit.directory.members() if m.id != CLERK]
    assert member is not None
    assert not member.is_active(today)
    assert member.name == CLERK
    assert all(m.name != m.id for m in others)


def test_where_the_town_was_changed_nobody_works_and_the_console_says_so(hall: TownHall) -> None:
    """Nor where it is gone; what checks the records goes on, and names the row."""
    for change in ("UPDATE town SET content = content || ' '", "DELETE FROM town"):
        with hall.database.engine.connect() as connection:
            stood = first_row(connection, town)
        with owned(hall, keep=True) as connection:
            connection.execute(text(change))
        for caller in (COORDINATOR, Caller.CONSOLE):
            with pytest.raises(Refused, match=r"rows_changed\.town"):
                hall.desk.ask(GetDirectory(), caller)
        assert [f.table for f in all_faults(hall)] == ["town"]
        with owned(hall, keep=True) as connection:
            connection.execute(text("DELETE FROM town"))
            put_in(connection, town, stood)
        assert all_faults(hall) == []


def test_numbers_that_were_set_back_are_not_given_again(hall: TownHall) -> None:
    fill(hall)
    with owned(hall, keep=True) as connection:
        connection.execute(text("UPDATE case_numbers SET last = 0"))
    with pytest.raises(Refused, match=r"rows_changed\.numbers"):
        hall.open_case("A14")


def test_a_lawful_repair_is_accepted_by_the_console_and_stands_in_the_trail(
    any_hall: TownHall,
) -> None:
    """Whatever stands there is good afterwards; what does not open there stays as it is."""
    case_id = fill(any_hall)
    with owned(any_hall, keep=True) as connection:
        write(connection, accounts, "slack:U26", {"member_id": MANAGER})
        write(connection, cases, case_id, {"version": 99})
        connection.execute(answer_links.delete())
    assert {f.table for f in all_faults(any_hall)} == {"accounts", "cases", "answer_links"}
    with pytest.raises(Refused):
        any_hall.desk.handle(AcceptRows("because"), Caller.CONSOLE)
    assert any_hall.desk.handle(AcceptRows("repaired"), Caller.CONSOLE) == 1
    assert all_faults(any_hall) == [RowFault("cases", case_id)]
    with any_hall.database.open() as unit:
        assert [a.member_id for a in unit.accounts.all()] == [MANAGER]
        last = unit.events.last_of(["rows_accepted"])
    assert last is not None
    assert last.facts == {"rows": 1, "why": "repaired"}


def test_rows_of_the_trail_that_are_not_ours_tell_nothing_and_open_nothing(
    any_hall: TownHall,
) -> None:
    """Turned to another case, its sealed facts are not told in that one's story; a row that was
    changed, or added, lets nobody in after a restore that left something undone."""
    hidden = any_hall.open_case("A14", by=ELDERLY, hidden_address="yes")
    own = any_hall.open_case("A14")

    def story() -> list[str]:
        return [
            one.kind for one in any_hall.desk.ask(GetCase(own, CasePage.CASE), COORDINATOR).story
        ]

    told = story()
    with any_hall.database.open() as unit:
        left = Event(0, START, None, "cli", "restored", "", None, None, {"left": 1})
        unit.events.add(left)
        unit.events.add(replace(left, kind="trail_checked", facts={}))
        unit.commit()
    with owning(any_hall.database, keep=True) as connection:
        turn = text("UPDATE trail SET case_id = :own WHERE case_id = :hidden")
        connection.execute(turn, {"own": own, "hidden": hidden})
        last = first_row(connection, trail, last_seq(connection))
        put_in(connection, trail, last | {"seq": last["seq"] + 1, "kind": "restore_settled"})
        write(connection, trail, last["seq"], {"kind": "restore_settled"})
    with pytest.raises(NotAllowed, match=r"denied\.restoring"):
        any_hall.desk.ask(GetDirectory(), COORDINATOR)
    with owning(any_hall.database, keep=True) as connection:
        connection.execute(text("DELETE FROM trail WHERE kind IN ('restore_settled', 'restored')"))
        connection.execute(text("UPDATE trail_head SET seq = (SELECT max(seq) FROM trail)"))
    assert story() == told
