"""The container of a backup: whatever was changed, cut, moved or spliced does not open."""

import io
from hashlib import sha256
from pathlib import Path

import pytest

from storage import backup_file
from storage.backup import check_backup
from storage.backup_file import FORMAT, SealedReader, SealedWriter
from storage.vault import make_keys
from tests.support.backups import back_up, chunks_begin, contents, small_chunks, why
from tests.support.clock import START
from tests.support.town import TownHall


@pytest.fixture
def chunk(monkeypatch: pytest.MonkeyPatch) -> int:
    """How long a sealed chunk is; so small that the backup of a test has many."""
    return small_chunks(monkeypatch)


def test_every_changed_byte_is_found(hall: TownHall, tmp_path: Path, chunk: int) -> None:
    """In the header all of them, in the rest two hundred places: none opens."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    whole = path.read_bytes()
    begin = chunks_begin(path)
    for place in (*range(begin), *range(begin, len(whole), len(whole) // 200)):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        key = why(lambda: contents(path, hall.database.keys))
        told = {"backup.damaged"} if place >= len(FORMAT) else {"backup.not_one", "backup.newer"}
        assert key in told, place
    path.write_bytes(whole)
    assert contents(path, hall.database.keys)


def test_a_header_that_was_rewritten_is_found(hall: TownHall, tmp_path: Path) -> None:
    """Whoever makes an old backup pass for a newer one mends its digest, too: it does not open."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    form, line, _, rest = path.read_bytes().split(b"\n", 3)
    newer = form + b"\n" + line.replace(b"2026-11-20", b"2026-11-21") + b"\n"
    path.write_bytes(newer + sha256(newer).hexdigest().encode() + b"\n" + rest)
    assert why(lambda: contents(path, hall.database.keys)) == "backup.damaged"
    assert why(lambda: check_backup(path, hall.database.keys)) == "backup.damaged"


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"{",
        b"{}",
        b'{"program": "", "revision": "", "kind": "", "taken_at": "", "key": "k1"}',
        b'{"program": "", "revision": "", "kind": "", "key": "\\u001b[2J", "check": "",'
        b' "taken_at": "2026-11-20T01:00:00.000000Z", "salt": "00", "prefix": "00000000000000"}',
    ],
)
def test_a_header_that_somebody_made_up_is_told_as_damaged(tmp_path: Path, line: bytes) -> None:
    """With a digest that fits: never a crash, and nothing of it is printed."""
    path = tmp_path / "x"
    before = FORMAT + line + b"\n"
    path.write_bytes(before + sha256(before).hexdigest().encode() + b"\n" + b"x" * 99)
    assert why(lambda: contents(path, make_keys(tmp_path / "keys.json"))) == "backup.damaged"


def test_a_file_cut_anywhere_is_found(hall: TownHall, tmp_path: Path, chunk: int) -> None:
    """At the border of each chunk, in the header, in the middle, one byte short, one too long."""
    path = tmp_path / "town.backup"
    back_up(hall, path)
    whole = path.read_bytes()
    begin = chunks_begin(path)
    borders = list(range(begin, len(whole), chunk))
    assert len(borders) > 10
    for end in (0, 5, begin - 1, *borders, begin + 700, len(whole) - 1):
        path.write_bytes(whole[:end])
        key = why(lambda: contents(path, hall.database.keys))
        assert key in ("backup.damaged", "backup.not_one"), end
    path.write_bytes(whole + b"\0")
    assert why(lambda: contents(path, hall.database.keys)) == "backup.damaged"


def test_chunks_in_another_order_or_of_another_backup_are_found(
    hall: TownHall, tmp_path: Path, chunk: int
) -> None:
    """Swapped, repeated, left out, taken from another backup with its header or without."""
    paths = [tmp_path / "a", tmp_path / "b"]
    parts = []
    for path in paths:
        back_up(hall, path)
        whole, begin = path.read_bytes(), chunks_begin(path)
        cut = range(begin, len(whole), chunk)
        parts.append((whole[:begin], [whole[n : n + chunk] for n in cut]))
    (head, mine), (their_head, theirs) = parts
    assert len(mine) == len(theirs) > 10
    spliced = [
        (head, [mine[1], mine[0], *mine[2:]]),
        (head, [mine[0], mine[0], *mine[1:]]),
        (head, [mine[0], *mine[2:]]),
        (head, [*mine[:4], mine[-1]]),
        (head, [*mine[:4], theirs[4], *mine[5:]]),
        (head, [*mine[:-1], theirs[-1]]),
        (their_head, mine),
        (head, [*mine, *theirs]),
        (head, [*mine[:-1], *theirs[:1], mine[-1]]),
    ]
    for before, chunks in spliced:
        paths[0].write_bytes(before + b"".join(chunks))
        assert why(lambda: contents(paths[0], hall.database.keys)) == "backup.damaged"


def test_a_file_that_was_never_finished_never_opens(tmp_path: Path) -> None:
    """A writer that was interrupted has sealed no last chunk, wherever it stopped."""
    keys = make_keys(tmp_path / "keys.json")
    for size in (0, 10, backup_file.CHUNK_BYTES, 3 * backup_file.CHUNK_BYTES + 1):
        for finished in (False, True):
            out = io.BytesIO()
            moment = START
            writer = SealedWriter(
                out, keys.seal["k1"], program="", revision="", kind="", taken_at=moment, key="k1"
            )
            writer.write(b"x" * size)
            if finished:
                writer.finish()

            def read(written: bytes = out.getvalue()) -> bytes:
                return SealedReader(io.BytesIO(written), keys.seal, "x").readall() or b""

            if finished:
                assert read() == b"x" * size
            else:
                assert why(read) == "backup.damaged"


def test_what_is_no_backup_is_told_as_such(hall: TownHall, tmp_path: Path) -> None:
    """A letter, an empty file, one of a later format, one of a later version."""
    path = tmp_path / "x"
    for content, key in (
        (b"", "backup.not_one"),
        (b"PK\3\4" * 100, "backup.not_one"),
        (b"tsunagu-backup 2\n{}\n", "backup.newer"),
    ):
        path.write_bytes(content)
        assert why(lambda: check_backup(path, hall.database.keys)) == key
    moment, secret = hall.clock.now(), hall.database.keys.seal["k1"]
    with path.open("wb") as file:
        SealedWriter(
            file, secret, program="9", revision="9999", kind="local", taken_at=moment, key="k1"
        ).finish()
    assert why(lambda: check_backup(path, hall.database.keys)) == "backup.newer"
