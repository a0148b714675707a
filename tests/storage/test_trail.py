"""The audit trail: nobody edits it, and whoever does all the same is found at the right place.

The triggers are dropped first, as somebody who owns the database would.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from storage import verify_chain as walk
from storage.chain import ChainStore
from storage.checkpoints import CheckpointStore
from storage.head import is_authentic
from storage.tables import checkpoints, place, trail, trail_head
from storage.trail import TrailStore, link
from storage.vault import Vault, make_keys
from tests.attack.kinds import Kind
from tests.handlers.test_texts import event_kinds
from tests.support import trail_attacks
from tests.support.clock import START
from tests.support.town import TownHall, TownMould
from tests.support.trail_attacks import chain_anew, event_of, last_seq, renumber, swap, vouch
from workflows.core.ports import Event
from workflows.model.trail import ChainFault, ChainProgress, Checkpoint, Fault, TrailFilter

KINDS = sorted(event_kinds())
COLUMNS = ("at", "actor_id", "door", "kind", "basis", "case_id", "meeting_id", "hash")


def event(kind: str, number: int) -> Event:
    """What happened, with every column filled in."""
    at = START + timedelta(minutes=number)
    return Event(
        0, at, "M21", "web", kind, "coordinator", f"c{number}", f"m{number}", {"n": number}
    )


def write(hall: TownHall, *kinds: str) -> None:
    """Rows of these kinds, each in a transaction of its own."""
    for number, kind in enumerate(kinds):
        with hall.database.open() as unit:
            unit.events.add(event(kind, number))
            unit.commit()


def walked(
    connection: Connection, vault: Vault, kept: Sequence[Checkpoint] = (), limit: int = 1_000
) -> ChainProgress:
    chain, so_far = ChainStore(connection, vault), ChainProgress()
    while not so_far.done:
        so_far = chain.follow(so_far, kept, limit)
    return so_far


def found(
    connection: Connection, hall: TownHall, kept: Sequence[Checkpoint] = ()
) -> ChainFault | None:
    return walked(connection, hall.database.vault, kept).broken


def place_of(broken: ChainFault | None) -> tuple[Fault, int] | None:
    return (broken.fault, broken.seq) if broken else None


def owning(hall: TownHall) -> AbstractContextManager[Connection]:
    """The database in the hands of somebody who may do anything; afterwards it is as before."""
    return trail_attacks.owning(hall.database)


@pytest.fixture(scope="module")
def long_hall(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownHall]:
    """A row of every kind that the product writes, after those of setting up the town."""
    hall = mould.copy(tmp_path_factory.mktemp("trail"))
    write(hall, *KINDS)
    yield hall
    hall.database.close()


def row_of(connection: Connection, kind: str) -> int:
    query = select(trail.c.seq).where(trail.c.kind == kind, trail.c.case_id.is_not(None))
    return int(connection.execute(query).scalars().one())


# -- it holds -------------------------------------------------------------------------------------


def test_what_was_written_links_up(any_hall: TownHall) -> None:
    """Each row carries the keyed hash of itself after the one before, and the head is the last."""
    write(any_hall, "case_opened", "referred", "replied")
    vault, last = any_hall.database.vault, "0" * 64
    with any_hall.database.engine.connect() as connection:
        rows = connection.execute(select(trail).order_by(trail.c.seq))
        for number, row in enumerate(rows, start=1):
            assert row.seq == number
            last = link(vault, last, event_of(row, vault))
            assert row.hash == last
        assert connection.execute(select(trail_head.c.hash)).scalar_one() == last
        assert found(connection, any_hall) is None


def test_a_walk_in_many_stretches_sees_what_one_sees(long_hall: TownHall) -> None:
    """Followed three rows at a time it is the same chain, and as broken."""
    vault = long_hall.database.vault
    with owning(long_hall) as connection:
        whole = walked(connection, vault)
        assert whole == walked(connection, vault, limit=3)
        assert (whole.seq, whole.broken) == (last_seq(connection), None)
        seq = row_of(connection, "replied")
        connection.execute(update(trail).where(trail.c.seq == seq).values(door="cli"))
        assert walked(connection, vault) == walked(connection, vault, limit=3)


def test_rows_added_while_it_is_followed_do_not_disturb(hall: TownHall) -> None:
    """Between two stretches somebody works on: the end is where it is when it is reached."""
    write(hall, *(["referred"] * 5))
    vault = hall.database.vault
    with hall.database.open() as unit:
        half = ChainStore(unit.connection, vault).follow(ChainProgress(), (), 2)
    assert not half.done
    write(hall, "replied")
    with hall.database.open() as unit:
        rest = ChainStore(unit.connection, vault).follow(half, (), 1_000)
        assert (rest.done, rest.broken, rest.seq) == (True, None, last_seq(unit.connection))


def test_a_row_written_between_the_last_look_and_the_end_is_followed_too(
    postgres_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL others write meanwhile: a newer note of the last row is no fault."""
    read = walk._Walker._next_rows
    written: list[str] = []

    def busy(walker: walk._Walker, limit: int) -> Any:
        rows = read(walker, limit)
        if not written:
            written.append("replied")
            write(postgres_hall, *written)
        return rows

    monkeypatch.setattr(walk._Walker, "_next_rows", busy)
    with postgres_hall.database.open() as unit:
        seen = walked(unit.connection, postgres_hall.database.vault)
        assert (seen.broken, seen.seq) == (None, last_seq(unit.connection))
    assert written


def test_many_writers_at_once_leave_one_chain_without_gaps(any_hall: TownHall) -> None:
    """Eight at once, ten rows each: every row is there, and each links to the one before."""
    with any_hall.database.open() as unit:
        before = last_seq(unit.connection)

    def work(_: int) -> None:
        write(any_hall, *(["referred"] * 10))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with any_hall.database.engine.connect() as connection:
        assert last_seq(connection) == before + 80
        assert found(connection, any_hall) is None


class Broke(Exception):
    """Something failed after the writing."""


def test_what_was_taken_back_leaves_no_gap(any_hall: TownHall) -> None:
    """A transaction that is rolled back, or fails after its rows are written, was never there."""
    write(any_hall, "case_opened")
    with any_hall.database.open() as unit:
        unit.events.add(event("referred", 1))
        unit.events.flush()  # and nobody commits

    def fail() -> None:
        with any_hall.database.open() as unit:
            unit.events.add(event("referred", 2))
            unit.commit()
            raise Broke

    with pytest.raises(Broke):
        fail()
    write(any_hall, "replied")
    with any_hall.database.engine.connect() as connection:
        kinds = connection.execute(select(trail.c.kind).order_by(trail.c.seq)).scalars().all()
        assert kinds[-2:] == ["case_opened", "replied"]
        assert found(connection, any_hall) is None


# -- nobody edits it ------------------------------------------------------------------------------

EDITS = [
    *(f"UPDATE trail SET {c} = 'x' WHERE kind = 'replied'" for c in COLUMNS),  # noqa: S608
    "UPDATE trail SET seq = 99000 WHERE kind = 'replied'",
    "UPDATE trail SET actor_id = NULL",
    "DELETE FROM trail WHERE kind = 'replied'",
    "DELETE FROM trail",
    "UPDATE checkpoints SET hash = 'x'",
    "UPDATE checkpoints SET signature = 'x'",
    "UPDATE checkpoints SET version = 9",
    "UPDATE checkpoints SET previous = 'x'",
    "UPDATE checkpoints SET decisions = 'x'",
    "DELETE FROM checkpoints",
]
ONLY_SQLITE = [
    "UPDATE trail SET rowid = 99000 WHERE kind = 'replied'",
    "INSERT OR REPLACE INTO trail SELECT seq, at, 'M99', door, kind, basis, case_id, meeting_id,"
    " facts, hash FROM trail WHERE kind = 'replied'",
    "INSERT OR REPLACE INTO checkpoints"
    " SELECT seq, at, 'x', signature, version, previous, decisions FROM checkpoints",
]
ONLY_POSTGRES = ["TRUNCATE trail", "TRUNCATE checkpoints"]


def refuses(hall: TownHall, statements: Sequence[str]) -> None:
    for statement in statements:
        with (
            hall.database.engine.connect() as connection,
            connection.begin(),
            pytest.raises(DatabaseError, match="only added to"),
        ):
            connection.execute(text(statement))
    with hall.database.engine.connect() as connection:
        assert found(connection, hall) is None


def test_the_database_itself_refuses_to_change_or_remove_a_row(any_hall: TownHall) -> None:
    """Whatever column, one row or all, by whatever name: an error, and nothing has changed."""
    write(any_hall, "case_opened", "replied")
    with any_hall.database.open() as unit:
        assert unit.checkpoints.sign(START)
        unit.commit()
    sqlite = any_hall.database.engine.dialect.name == "sqlite"
    refuses(any_hall, [*EDITS, *(ONLY_SQLITE if sqlite else ONLY_POSTGRES)])


def test_how_its_facts_are_sealed_may_change(any_hall: TownHall) -> None:
    """A new key seals them anew: the trigger lets it pass, and the chain still holds."""
    write(any_hall, "case_opened")
    vault = any_hall.database.vault
    with any_hall.database.engine.connect() as connection, connection.begin():
        row = connection.execute(select(trail).where(trail.c.kind == "case_opened")).one()
        bound = place(trail, "facts", row.seq)
        sealed = vault.seal(vault.open(row.facts, bound), bound)
        assert sealed != row.facts
        connection.execute(update(trail).where(trail.c.seq == row.seq).values(facts=sealed))
        assert found(connection, any_hall) is None


# -- whoever does it all the same is found --------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_any_column_is_found_in_its_row(long_hall: TownHall, kind: str) -> None:
    """Of every kind of row the product writes: whatever is changed, that row is named."""
    with owning(long_hall) as connection:
        seq = row_of(connection, kind)
        this = trail.c.seq == seq
        row = connection.execute(select(trail).where(this)).one()
        changes: list[tuple[str, object]] = [("at", "2026-01-01")]
        changes += [(c, "other") for c in COLUMNS if c != "at"]
        changes += [(c, None) for c in ("actor_id", "case_id", "meeting_id")]
        for column, value in changes:
            # As text: not every value that a column can hold passes through its type.
            query = f"UPDATE trail SET {column} = :v WHERE seq = :s"  # noqa: S608
            connection.execute(text(query), {"v": value, "s": seq})
            broken = found(connection, long_hall)
            assert place_of(broken) == (Fault.CHANGED, seq), column
            assert broken is not None
            told = broken.kind if column == "kind" else kind[:40]
            assert broken.kind == told
            assert (broken.at == row.at) == (column != "at")
            connection.execute(update(trail).where(this).values(**row._mapping))
        assert found(connection, long_hall) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_is_taken_out_is_found(long_hall: TownHall, kind: str) -> None:
    """Of every kind: a hole, and a hole that was closed by numbering the later rows anew."""
    with owning(long_hall) as connection:
        seq, end = row_of(connection, kind), last_seq(connection)
        connection.execute(trail.delete().where(trail.c.seq == seq))
        fault = Fault.CUT if seq == end else Fault.REMOVED
        broken = found(connection, long_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (fault, seq, seq)
        renumber(connection, range(seq + 1, end + 1), -1)
        broken = found(connection, long_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (fault, seq, seq)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_in_another_order_are_found(long_hall: TownHall, kind: str) -> None:
    """Of every kind: put in the place of the one before it, and far away, it is named."""
    with owning(long_hall) as connection:
        seq = row_of(connection, kind)
        for other in (seq - 1, 1):
            swap(connection, seq, other)
            broken = found(connection, long_hall)
            assert broken is not None
            assert (broken.fault, broken.seq, broken.other) == (Fault.MOVED, other, seq)
            swap(connection, seq, other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_was_never_written_is_found(long_hall: TownHall, kind: str) -> None:
    """Of every kind: a copy pushed in between, and one put after the end."""
    with owning(long_hall) as connection:
        seq, end = row_of(connection, kind), last_seq(connection)
        row = connection.execute(select(trail).where(trail.c.seq == seq)).one()
        false = {**row._mapping, "facts": "x"}
        connection.execute(insert(trail).values(**{**false, "seq": end + 1}))
        assert place_of(found(connection, long_hall)) == (Fault.INSERTED, end + 1)
        connection.execute(trail.delete().where(trail.c.seq == end + 1))
        renumber(connection, range(seq + 1, end + 1), 1)
        connection.execute(insert(trail).values(**{**false, "seq": seq + 1}))
        assert place_of(found(connection, long_hall)) == (Fault.INSERTED, seq + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_facts_of_another_row_are_found(long_hall: TownHall, kind: str) -> None:
    """What the trigger allows: facts sealed for their row do not open in another one."""
    with owning(long_hall) as connection:
        seq = row_of(connection, kind)
        facts = {r.seq: r.facts for r in connection.execute(select(trail))}
        for one, value in ((seq, facts[1]), (1, facts[seq])):
            connection.execute(update(trail).where(trail.c.seq == one).values(facts=value))
        assert place_of(found(connection, long_hall)) == (Fault.UNREADABLE, 1)
        connection.execute(update(trail).where(trail.c.seq == 1).values(facts=facts[1]))
        assert place_of(found(connection, long_hall)) == (Fault.UNREADABLE, seq)


@pytest.mark.parametrize("value", ["", "x", "k1.", "k1.%%%", "k1.AAAA", "k99.AAAA", "花子"])
def test_facts_that_nobody_sealed_are_found(long_hall: TownHall, value: str) -> None:
    """Any rubbish in place of what was sealed is an answer and no crash."""
    with owning(long_hall) as connection:
        seq = row_of(connection, "replied")
        connection.execute(update(trail).where(trail.c.seq == seq).values(facts=value))
        assert place_of(found(connection, long_hall)) == (Fault.UNREADABLE, seq)


def test_a_row_numbered_far_beyond_the_others_costs_no_memory(long_hall: TownHall) -> None:
    """From where a row was moved is looked for among as many places as there are rows: whoever
    writes one number into the table must not be able to fill the machine's memory with it."""
    with owning(long_hall) as connection:
        swapped = row_of(connection, "replied")
        facts = select(trail.c.facts).where(trail.c.seq == swapped - 1).scalar_subquery()
        connection.execute(update(trail).where(trail.c.seq == swapped).values(facts=facts))
        last = trail.c.seq == last_seq(connection)
        connection.execute(update(trail).where(last).values(seq=2**62))
        broken = found(connection, long_hall)
        assert broken is not None
        assert broken.seq == swapped


def test_facts_changed_by_somebody_with_the_sealing_key_are_found(long_hall: TownHall) -> None:
    """They open, and are not what the chain covers; so is a list where facts should stand."""
    vault = long_hall.database.vault
    for value, fault in (('{"n": 99}', Fault.CHANGED), ('["n"]', Fault.UNREADABLE)):
        with owning(long_hall) as connection:
            seq = row_of(connection, "replied")
            sealed = vault.seal(value, place(trail, "facts", seq))
            connection.execute(update(trail).where(trail.c.seq == seq).values(facts=sealed))
            assert place_of(found(connection, long_hall)) == (fault, seq)


def test_what_the_database_cannot_read_as_text_is_found(long_hall: TownHall) -> None:
    """SQLite holds any bytes: ones that are no text are named, and do not end the check."""
    for value in ("x'ff'", "CAST(x'ff' AS TEXT)", "7"):
        with owning(long_hall) as connection:
            seq = row_of(connection, "replied")
            query = f"UPDATE trail SET door = {value} WHERE seq = {seq}"  # noqa: S608
            connection.execute(text(query))
            assert place_of(found(connection, long_hall)) == (Fault.CHANGED, seq)


def test_a_row_before_the_first_is_found(long_hall: TownHall) -> None:
    """Nobody walks there, but the page would show it."""
    for seq in (0, -3):
        with owning(long_hall) as connection:
            row = connection.execute(select(trail).where(trail.c.seq == 1)).one()
            connection.execute(insert(trail).values(**{**row._mapping, "seq": seq}))
            assert place_of(found(connection, long_hall)) == (Fault.INSERTED, seq)


def test_several_rows_that_are_missing_are_counted(long_hall: TownHall) -> None:
    """From where to where, with and without numbers given anew."""
    with owning(long_hall) as connection:
        end = last_seq(connection)
        connection.execute(trail.delete().where(trail.c.seq.between(5, 9)))
        broken = found(connection, long_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (Fault.REMOVED, 5, 9)
        renumber(connection, range(10, end + 1), -5)
        assert found(connection, long_hall) == broken


def test_the_first_of_two_faults_is_told(long_hall: TownHall) -> None:
    """Whatever else is wrong, it begins where it begins."""
    with owning(long_hall) as connection:
        connection.execute(trail.delete().where(trail.c.seq == 20))
        connection.execute(update(trail).where(trail.c.seq == 7).values(door="cli"))
        connection.execute(update(trail_head).values(hash="x"))
        assert place_of(found(connection, long_hall)) == (Fault.CHANGED, 7)


def test_a_chain_written_anew_without_the_key_is_found(long_hall: TownHall, tmp_path: Path) -> None:
    """Somebody changes a row and all hashes after it, with a key of their own."""
    vault, other = long_hall.database.vault, Vault(make_keys(tmp_path / "other.json"))
    with owning(long_hall) as connection:
        seq = row_of(connection, "case_closed")
        chain_anew(connection, vault, other, seq)
        assert place_of(found(connection, long_hall)) == (Fault.CHANGED, seq)


# -- the end, the head and the checkpoints --------------------------------------------------------


def test_an_end_that_was_cut_off_is_found(long_hall: TownHall) -> None:
    """The note of the last row knows of more."""
    with owning(long_hall) as connection:
        end = last_seq(connection)
        connection.execute(trail.delete().where(trail.c.seq > end - 4))
        broken = found(connection, long_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (Fault.CUT, end - 3, end)
        assert broken.at is not None
        connection.execute(trail.delete())
        broken = found(connection, long_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (Fault.CUT, 1, end)


HEADS: list[tuple[str, Fault]] = [
    ("UPDATE trail_head SET hash = 'x'", Fault.HEAD),
    ("UPDATE trail_head SET seq = seq - 1", Fault.HEAD),
    ("UPDATE trail_head SET seq = 0", Fault.HEAD),
    (
        "INSERT INTO trail_head SELECT 2, seq, hash, rows, checkpoint, decisions, mac"
        " FROM trail_head",
        Fault.HEAD,
    ),
    ("UPDATE trail_head SET mac = 'x'", Fault.HEAD_FORGED),
    ("UPDATE trail_head SET mac = '署'", Fault.HEAD_FORGED),
    ("UPDATE trail_head SET mac = ''", Fault.HEAD_FORGED),
    ("UPDATE trail_head SET rows = 'x'", Fault.HEAD_FORGED),
    ("UPDATE trail_head SET decisions = 'x'", Fault.HEAD_FORGED),
    ("DELETE FROM trail_head", Fault.NO_HEAD),
]


@pytest.mark.parametrize(("statement", "fault"), HEADS)
def test_a_note_of_the_last_row_that_was_changed_is_found(
    any_hall: TownHall, statement: str, fault: Fault
) -> None:
    """Changed, set back, doubled or removed: the rows are there, the note does not fit."""
    write(any_hall, "case_opened", "replied")
    with owning(any_hall) as connection:
        end = last_seq(connection)
        connection.execute(text(statement))
        assert place_of(found(connection, any_hall)) == (fault, end)


def test_what_the_bot_writes_next_makes_no_foreign_note_good(any_hall: TownHall) -> None:
    """The end is cut off with its note, and the bot works on: the fault stays, whatever follows."""
    write(any_hall, "case_opened", "referred", "replied")
    with trail_attacks.owning(any_hall.database, keep=True) as connection:
        trail_attacks.cut_with_head_and_checkpoints(connection, last_seq(connection) - 2)
    for kind in ("case_opened", "replied"):
        write(any_hall, kind)
        with any_hall.database.engine.connect() as connection:
            assert place_of(found(connection, any_hall)) == (
                Fault.HEAD_FORGED,
                last_seq(connection),
            )
    assert sums_text(any_hall) is None


def sums_text(town: TownHall) -> str | None:
    """What the head says its rows add up to; None where the bot did not write that head."""
    with town.database.engine.connect() as connection:
        head = connection.execute(select(trail_head)).one()
        return str(head.rows) if is_authentic(town.database.vault, head) else None


def test_the_text_of_the_rows_is_carried_under_the_same_lock(any_hall: TownHall) -> None:
    """Written where nothing else happened, and beside what did; kept when it is not spoken of."""

    def more(word: str) -> None:
        with any_hall.database.open() as unit:
            unit.events.change_row_sums(lambda before: f"{before}{word}")
            unit.commit()

    stood = sums_text(any_hall) or ""  # what the rows of the town add up to

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(more, "abcd"))
    write(any_hall, "case_opened")
    assert sorted((sums_text(any_hall) or "").removeprefix(stood)) == list("abcd")
    with any_hall.database.open() as unit:
        assert found(unit.connection, any_hall) is None
        unit.events.change_row_sums(lambda before: "never written")  # and nobody commits
    assert sorted((sums_text(any_hall) or "").removeprefix(stood)) == list("abcd")


def test_nothing_is_written_on_without_the_note_of_the_last_row(hall: TownHall) -> None:
    """A command whose row cannot be chained is not done at all."""
    write(hall, "case_opened")
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("DELETE FROM trail_head"))
    with pytest.raises(Exception, match="No row was found"):
        hall.open_case("A14")
    assert hall.numbers() == []


def signed(hall: TownHall) -> Checkpoint:
    """A checkpoint of the last row, as the clock makes it."""
    with hall.database.open() as unit:
        made = unit.checkpoints.sign(START)
        unit.commit()
    assert made is not None
    return made


def test_a_head_set_back_with_its_end_is_found(any_hall: TownHall) -> None:
    """What was signed of it knows of more, in its table or in a file. With the checkpoints gone,
    too, the note of the last row is not the bot's; with the keys as well, the file alone knows."""
    write(any_hall, "case_opened", "referred", "replied")
    mark = signed(any_hall)
    with owning(any_hall) as connection:
        trail_attacks.cut_with_head(connection, mark.seq - 2)
        broken = found(connection, any_hall)
        assert broken is not None
        assert (broken.fault, broken.seq, broken.other) == (Fault.CUT, mark.seq - 1, mark.seq)
        trail_attacks.cut_with_head_and_checkpoints(connection, mark.seq - 2)
        assert place_of(found(connection, any_hall)) == (Fault.HEAD_FORGED, mark.seq - 2)
        vouch(connection, any_hall.database.vault)
        assert found(connection, any_hall) is None, "nothing in the database knows any more"
        assert place_of(found(connection, any_hall, [mark])) == (Fault.CUT, mark.seq - 1)


def test_a_chain_written_anew_with_our_keys_is_found_by_a_kept_checkpoint(
    any_hall: TownHall,
) -> None:
    """Who has the keys can link and sign everything again; the line kept elsewhere stays."""
    write(any_hall, "case_opened", "referred", "replied")
    kept = signed(any_hall)
    vault = any_hall.database.vault
    with owning(any_hall) as connection:
        chain_anew(connection, vault, vault, kept.seq - 1)
        assert place_of(found(connection, any_hall)) == (Fault.CONTRADICTED, kept.seq)
        connection.execute(checkpoints.delete())
        trail_attacks.vouch(connection, vault)
        anew = CheckpointStore(connection, vault).sign(START)
        assert anew is not None
        assert found(connection, any_hall) is None, "the database alone tells nothing"
        assert place_of(found(connection, any_hall, [kept])) == (Fault.CONTRADICTED, kept.seq)


CHECKPOINT_EDITS: list[Callable[[Checkpoint], dict[str, object]]] = [
    lambda c: {"signature": "x"},
    lambda c: {"signature": b64encode(b"x" * 64).decode()},
    lambda c: {"hash": "0" * 64},
    lambda c: {"at": START + timedelta(days=1)},
    lambda c: {"seq": c.seq - 1},
    lambda c: {"seq": c.seq + 500},
    lambda c: {"seq": 0},
    lambda c: {"seq": -1},
]


@pytest.mark.parametrize("edit", CHECKPOINT_EDITS)
def test_a_checkpoint_that_was_changed_is_found(
    any_hall: TownHall, edit: Callable[[Checkpoint], dict[str, object]]
) -> None:
    """Each column is covered by the signature."""
    write(any_hall, "case_opened", "referred", "replied")
    mark = signed(any_hall)
    with owning(any_hall) as connection:
        values = edit(mark)
        connection.execute(update(checkpoints).values(**values))
        expected = (Fault.SIGNATURE, values.get("seq", mark.seq))
        assert place_of(found(connection, any_hall)) == expected


def test_a_checkpoint_of_another_bot_is_none_of_ours(hall: TownHall, tmp_path: Path) -> None:
    """Signed with other keys: the file of another town is not taken for this one's."""
    write(hall, "case_opened")
    mark = signed(hall)
    other = Vault(make_keys(tmp_path / "other.json"))
    signature = other.signing_key.sign(mark.signed_text())
    strange = replace(mark, signature=b64encode(signature).decode())
    with hall.database.engine.connect() as connection:
        assert place_of(found(connection, hall, [strange])) == (Fault.SIGNATURE, mark.seq)
        assert found(connection, hall, [mark]) is None


def test_a_checkpoint_is_proved_without_the_bot(hall: TownHall) -> None:
    """With the public key and the line alone, written together as the documents say."""
    write(hall, "case_opened")
    line = json.loads(signed(hall).line())
    with hall.database.open() as unit:
        key = load_pem_public_key(unit.checkpoints.public_key().encode())
    assert isinstance(key, Ed25519PublicKey)
    told = "tsunagu-checkpoint-1\n{seq}\n{at}\n{hash}\n{previous}\n{decisions}\n"
    assert line["previous"] == "0" * 64, "the first one"
    key.verify(b64decode(line["signature"]), told.format(**line).encode())
    write(hall, "replied")
    after = json.loads(signed(hall).line())
    assert after["previous"] == sha256(told.format(**line).encode()).hexdigest()
    key.verify(b64decode(after["signature"]), told.format(**after).encode())


def test_a_checkpoint_that_was_taken_away_is_found(any_hall: TownHall) -> None:
    """The first, one in the middle, the newest, all of them: by the chain, and by the note of the
    last row, which knows the newest. Nothing else has to be kept for it."""
    marks = []
    for kind in ("case_opened", "referred", "replied"):
        write(any_hall, kind)
        marks.append(signed(any_hall))
    first, second, third = (mark.seq for mark in marks)
    for gone, last in (([first], 0), ([second], first), ([third], second), ([first, third], 0)):
        with owning(any_hall) as connection:
            connection.execute(checkpoints.delete().where(checkpoints.c.seq.in_(gone)))
            assert place_of(found(connection, any_hall)) == (Fault.CHECKPOINT_MISSING, last)
    with owning(any_hall) as connection:
        connection.execute(checkpoints.delete())
        assert place_of(found(connection, any_hall)) == (Fault.CHECKPOINT_MISSING, 0)
    with owning(any_hall) as connection:
        assert found(connection, any_hall, marks) is None
        assert walked(connection, any_hall.database.vault, marks).compared_until == third
        assert walked(connection, any_hall.database.vault).compared_until == 0


def place_for(attack: str, connection: Connection, newest: Checkpoint) -> int:
    """The row at which it is made: two before the newest checkpoint, or beyond it."""
    if attack == "cut after the newest kept checkpoint":
        return last_seq(connection) - 1
    return newest.seq - 2


@pytest.mark.attack(Kind.TRAIL)
@pytest.mark.parametrize("attack", trail_attacks.WITHOUT_KEYS)
def test_whoever_has_the_database_alone_is_found_by_the_bot_alone(
    any_hall: TownHall, attack: str
) -> None:
    """Without keys: found with no kept file, by itself and whatever the bot writes next."""
    write(any_hall, "case_opened")
    signed(any_hall)
    write(any_hall, "referred", "replied", "case_closed")
    newest = signed(any_hall)
    write(any_hall, "referred", "replied")
    with trail_attacks.owning(any_hall.database, keep=True) as connection:
        place = place_for(attack, connection, newest)
        trail_attacks.WITHOUT_KEYS[attack](connection, place)
        assert found(connection, any_hall) is not None
    if attack == "inserted":  # the number of the next row is taken: nothing more is written
        return
    write(any_hall, "replied")
    with any_hall.database.open() as unit:
        made = unit.checkpoints.sign(START)
        changes_the_head = attack.startswith("cut") and attack != "cut at its tail"
        assert (made is None) == changes_the_head, "not over a foreign note"
        unit.commit()
    with any_hall.database.engine.connect() as connection:
        assert found(connection, any_hall) is not None


@pytest.mark.attack(Kind.TRAIL)
@pytest.mark.parametrize("attack", trail_attacks.WITH_KEYS)
def test_whoever_has_the_keys_as_well_is_found_by_a_kept_checkpoint(
    any_hall: TownHall, attack: str
) -> None:
    """All is linked, signed and vouched for again: only what was kept elsewhere says otherwise,
    and nothing of what happened after it."""
    write(any_hall, "case_opened", "referred", "replied")
    kept = signed(any_hall)
    write(any_hall, "replied", "case_closed")
    attacks, by = trail_attacks.WITH_KEYS[attack]
    with owning(any_hall) as connection:
        attacks(connection, any_hall.database.vault, place_for(attack, connection, kept))
        assert (found(connection, any_hall) is not None) == (by == trail_attacks.ALONE)
        assert (found(connection, any_hall, [kept]) is not None) == (by != trail_attacks.NOT_FOUND)


def test_what_is_not_found_is_what_happened_after_the_newest_kept_checkpoint(
    any_hall: TownHall,
) -> None:
    """With the keys, or with a copy of the whole database of then: nothing tells of rows that no
    kept checkpoint covers. The walk says up to where it was compared."""
    write(any_hall, "case_opened", "referred")
    kept = signed(any_hall)
    write(any_hall, "replied")
    with any_hall.database.engine.connect() as connection:
        then = trail_attacks.copy_of_the_end(connection)
    write(any_hall, "case_closed", "replied")
    vault = any_hall.database.vault
    with owning(any_hall) as connection:
        trail_attacks.cut_with_head_and_checkpoints(connection, kept.seq + 1)
        trail_attacks.vouch(connection, vault)
        assert walked(connection, vault, [kept]).compared_until == kept.seq
        assert found(connection, any_hall, [kept]) is None
    with owning(any_hall) as connection:
        trail_attacks.put_back_the_end(connection, then)
        assert found(connection, any_hall, [kept]) is None


def test_the_same_end_is_signed_once(hall: TownHall) -> None:
    """Twice in a row is one checkpoint; an empty trail has none."""
    write(hall, "case_opened")
    assert signed(hall) == signed(hall)
    with owning(hall) as connection:
        connection.execute(trail.delete())
        connection.execute(update(trail_head).values(seq=0, hash="0" * 64))
        assert CheckpointStore(connection, hall.database.vault).sign(START) is None


def test_a_long_trail_is_followed_without_holding_it(hall: TownHall) -> None:
    """A stretch holds as many rows as it is told, however many there are."""
    with hall.database.open() as unit:
        for number in range(3_000):
            unit.events.add(event("referred", number))
        unit.commit()
    with hall.database.engine.connect() as connection:
        chain, so_far, stretches = ChainStore(connection, hall.database.vault), ChainProgress(), 0
        while not so_far.done:
            before = so_far.seq
            so_far = chain.follow(so_far, (), 250)
            stretches += 1
            assert so_far.seq - before <= 250
        assert (so_far.broken, so_far.seq) == (None, last_seq(connection))
        assert stretches > 12


def test_a_page_of_a_trail_that_was_tampered_with_can_still_be_read(hall: TownHall) -> None:
    """A row that no longer opens is shown as that; the others are there."""
    write(hall, "case_opened", "replied")
    vault = hall.database.vault
    with owning(hall) as connection:
        seq = last_seq(connection)
        query = text("UPDATE trail SET facts = 'x', at = 'never' WHERE seq = :seq")
        connection.execute(query, {"seq": seq})
        rows = TrailStore(connection, vault).page(TrailFilter(), 0, 2)
        assert [(r.seq, r.at is None, r.facts is None) for r in rows] == [
            (seq, True, True),
            (seq - 1, False, False),
        ]
