"""The list of disposals and the purge, on both databases; and what is left in the file itself."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from storage.tables import cases, drafts, mailbox, match_keys, meetings, outbox
from tests.support.clock import START
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import ticks_of
from workflows.cases.drafts import SaveDraft
from workflows.core.permissions import Caller
from workflows.japanese.dates import TOKYO
from workflows.model.disposal import Disposal
from workflows.retention.approve import ApproveDisposals
from workflows.retention.dispose import CarryOutDisposal

AT = datetime(2032, 4, 1, 9, 0, tzinfo=TOKYO)
ONE = Disposal(
    id="d1",
    kind="case",
    subject_id="c1",
    number="R8-0001",
    ended_on=date(2026, 11, 20),
    kept_until=date(2032, 3, 31),
    approved_by=MANAGER,
    approved_at=AT,
)


def test_what_is_approved_waits_and_is_done_once(any_hall: TownHall) -> None:
    """The row comes back as it was put in, first as waiting, then as proof."""
    with any_hall.database.open() as unit:
        assert unit.disposals.add(ONE)
        assert unit.disposals.waiting() == [ONE]
        assert unit.disposals.claim("d1") == ONE
        unit.disposals.finish("d1", AT, {"notices": 3}, "f" * 64)
        assert unit.disposals.claim("d1") is None
        assert unit.disposals.waiting() == []
        done = replace(ONE, disposed_at=AT, counts={"notices": 3}, proof="f" * 64)
        assert unit.disposals.done() == [done]


def test_a_subject_is_let_go_once(any_hall: TownHall) -> None:
    """Two managers who approve the same case at once make one disposal of it."""
    with any_hall.database.open() as unit:
        assert unit.disposals.add(ONE)
        assert not unit.disposals.add(replace(ONE, id="d2"))
        assert unit.disposals.add(replace(ONE, id="d3", kind="meeting"))
        assert {d.id for d in unit.disposals.waiting()} == {"d1", "d3"}


def test_a_proof_is_not_withdrawn(any_hall: TownHall) -> None:
    """An approval may be taken back; what was done stays written."""
    with any_hall.database.open() as unit:
        unit.disposals.add(ONE)
        unit.disposals.withdraw("d1")
        assert unit.disposals.waiting() == []
        assert unit.disposals.add(ONE)
        unit.disposals.finish("d1", AT, {}, "f" * 64)
        unit.disposals.withdraw("d1")
        assert len(unit.disposals.done()) == 1


def test_the_digest_is_of_the_document_and_of_our_keys(any_hall: TownHall) -> None:
    """The same document gives the same digest, another document another."""
    first, second = any_hall.open_case("A14"), any_hall.open_case("A14")
    one, same, two = any_hall.case(first), any_hall.case(first), any_hall.case(second)
    with any_hall.database.open() as unit:
        assert unit.disposals.digest(one) == unit.disposals.digest(same)
        assert unit.disposals.digest(one) != unit.disposals.digest(two)


def test_what_nobody_has_is_swept_in_nothing(any_hall: TownHall) -> None:
    """An empty list of drafts or people takes nothing with it."""
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), ELDERLY)
    with any_hall.database.open() as unit:
        assert unit.purge.drafts([]) == 0
        assert unit.purge.drafts_of([]) == 0
        assert unit.purge.mail_of([]) == 0
        assert len(unit.drafts.of_member(ELDERLY)) == 1


def test_a_saved_draft_forgets_that_its_writer_was_told(any_hall: TownHall) -> None:
    """Touched again, its time begins anew, and so does the warning."""
    draft_id = any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), ELDERLY)
    later = any_hall.clock.now() + timedelta(days=200)
    with any_hall.database.open() as unit:
        unit.purge.warned([draft_id], later)
        (idle,) = unit.purge.idle_drafts(later)
        assert (idle.id, idle.member_id, idle.warned_at) == (draft_id, ELDERLY, later)
        unit.commit()
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "続き。"}, draft_id), ELDERLY)
    with any_hall.database.open() as unit:
        (again,) = unit.purge.idle_drafts(later)
        assert again.warned_at is None


@pytest.mark.parametrize("delivered", [True, False])
def test_no_notice_of_a_case_is_left_delivered_or_not(any_hall: TownHall, delivered: bool) -> None:
    """Outbox and inboxes, of every state; notices of other cases stay."""
    first, second = any_hall.open_case("A14"), any_hall.open_case("A14")
    if delivered:
        ticks_of(any_hall).tick()
    with any_hall.database.open() as unit:
        assert unit.purge.notices_of_case(first, START) > 0
        unit.commit()
    with any_hall.database.engine.connect() as connection:
        for table in (outbox, mailbox):
            about = set(connection.execute(select(table.c.case_id)).scalars())
            assert first not in about
    with any_hall.database.open() as unit:
        assert unit.purge.notices_of_case(second, START) > 0


PIECE = 400  # letters


def sealed_values(connection: Connection, case_id: str) -> list[str]:
    """Every sealed value and digest that is about the case alone, as it lies in the file."""
    about = [
        select(cases.c.content).where(cases.c.id == case_id),
        select(cases.c.facts).where(cases.c.id == case_id),
        select(match_keys.c.digest).where(match_keys.c.case_id == case_id),
        select(meetings.c.content),
        select(mailbox.c.content).where(mailbox.c.case_id == case_id),
        select(drafts.c.content),
    ]
    return [v for query in about for v in connection.execute(query).scalars() if v]


def test_not_even_a_sealed_value_of_the_case_is_left_in_the_file(
    hall: TownHall, tmp_path: Path
) -> None:
    """Keys that leak one day open nothing of what was disposed of before, as far as the file goes.

    Looked for once the log was written back; the file itself is not made compact for it.
    """
    case_id = hall.open_case(
        "A14", name="甲野乙之介", kana="コウノオツノスケ", phone="090-1234-5678"
    )
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id)
    hall.desk.handle(SaveDraft("record", {"attended": []}, subject=meeting_id), COORDINATOR)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    ticks_of(hall).tick()
    hall.close(case_id)
    with hall.database.engine.connect() as connection:
        values = sealed_values(connection, case_id)
    assert len(values) > 6
    # What is longer than a page lies in several places: its beginning is looked for.
    values = [value[:PIECE] for value in values]
    assert all(v.encode() in file_bytes(hall, tmp_path) for v in values), "they are looked for well"
    hall.clock.set(AT)
    hall.desk.handle(ApproveDisposals((case_id,), (), "x", "エックス"), MANAGER)
    with hall.database.open() as unit:
        (waiting,) = unit.disposals.waiting()
    assert hall.desk.handle(CarryOutDisposal(waiting.id), Caller.CLOCK)
    left = file_bytes(hall, tmp_path)
    assert [v for v in values if v.encode() in left] == []
    assert b"R8-0001" in left


def file_bytes(hall: TownHall, folder: Path) -> bytes:
    """The database as it lies on the disk, once everything is in the one file."""
    with hall.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(p.read_bytes() for p in folder.glob("town.db*"))
