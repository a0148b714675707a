"""Every night the trail is checked and signed, and the signed line is kept elsewhere."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count
from pathlib import Path

import pytest

from handlers.clock.nightly_trail_check import AGAIN, NightlyTrailCheck
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.runtime.checkpoint_file import (
    NAME,
    CheckpointsRead,
    append_checkpoints,
    checkpoints_in,
    read_checkpoint_lines,
    set_aside,
)
from handlers.words.texts import load_texts
from tests.support import trail_attacks
from tests.support.backups import back_up, restore, town_at
from tests.support.people import ADMINISTRATOR
from tests.support.town import TownHall
from tests.support.watched import rows_after
from workflows.audit.check import GetCheckpoints, GetTrailState
from workflows.core.permissions import Caller
from workflows.japanese.dates import TOKYO
from workflows.model.trail import BadLine, Checkpoint, Fault, LastCheck, read_line

LINE = Checkpoint(7, "2026-11-20T01:00:00.000000Z", "0" * 64, "c2lnbmF0dXJl")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "elsewhere"
    made.mkdir()
    return made


def never() -> bool:
    return False


def last_check(hall: TownHall) -> LastCheck | None:
    return hall.desk.ask(GetTrailState(), Caller.CLOCK).check


def signed(hall: TownHall) -> tuple[Checkpoint, ...]:
    return hall.desk.ask(GetCheckpoints(), Caller.CLOCK)


def test_a_tick_checks_and_signs_once_a_night(hall: TownHall, folder: Path) -> None:
    """At the first tick after three; by day nothing happens, however often it ticks."""
    night = NightlyTrailCheck(hall.desk, folder)
    ticks = Ticks(
        hall.desk, OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox()), night
    )
    for _ in range(3):
        ticks.tick()
        hall.clock.move(minutes=20)
    assert len(signed(hall)) == 1
    hall.clock.set(datetime(2026, 11, 21, 2, 59, tzinfo=TOKYO))
    ticks.tick()
    assert len(signed(hall)) == 1
    hall.clock.move(minutes=2)
    ticks.tick()
    ticks.tick()
    assert len(signed(hall)) == 2
    assert checkpoints_in(folder).checkpoints == signed(hall)
    kinds = [r.kind for r in rows_after(hall, 0) if r.door == "clock"]
    assert kinds.count("trail_checked") == kinds.count("checkpoint_made") == 2


def test_after_a_restart_the_night_is_not_done_again(hall: TownHall) -> None:
    """The database says when it was: a new process does not begin anew."""
    NightlyTrailCheck(hall.desk, None).run_if_due(never)
    hall.clock.move(hours=1)
    NightlyTrailCheck(hall.desk, None).run_if_due(never)
    assert len(signed(hall)) == 1


def test_told_to_stop_it_stops_and_does_it_at_the_next_start(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop of the bot waits for one stretch at most, and half a walk is no result."""
    monkeypatch.setattr("workflows.audit.check.TRAIL_BATCH", 1)
    night = NightlyTrailCheck(hall.desk, None)
    night.run_if_due(lambda: True)
    assert (last_check(hall), signed(hall)) == (None, ())
    night.run_if_due(never)
    assert last_check(hall) is not None


def tamper(hall: TownHall, row: int = 3) -> None:
    with trail_attacks.owning(hall.database, keep=True) as connection:
        trail_attacks.change(connection, row)


def test_a_fault_is_told_and_nothing_is_signed_over_it(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """The administrators hear of it the same night; the log says what and where."""
    hall.open_case("A14")
    tamper(hall)
    ticks = Ticks(
        hall.desk,
        OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox()),
        NightlyTrailCheck(hall.desk, None),
    )
    hall.clock.set(datetime(2026, 11, 21, 3, 0, tzinfo=TOKYO))
    ticks.tick()
    check = last_check(hall)
    assert check is not None
    assert check.broken is not None
    assert (check.broken.fault, check.broken.seq) == (Fault.CHANGED, 3)
    assert signed(hall) == ()
    assert "audit_broken" in {m.notice.key for m in hall.mail(ADMINISTRATOR)}
    assert "trail_broken fault=changed row=3" in caplog.text


def rewrite_all(hall: TownHall) -> None:
    """What somebody with the keys can do: the end and every note of it taken away."""
    with trail_attacks.owning(hall.database, keep=True) as connection:
        trail_attacks.cut_with_head_and_checkpoints(connection, 2)
        trail_attacks.vouch(connection, hall.database.vault)


def test_the_kept_file_is_compared_every_night(hall: TownHall, folder: Path) -> None:
    """What the database no longer knows, the file still does."""
    hall.open_case("A14")
    night = NightlyTrailCheck(hall.desk, folder)
    night.run_if_due(never)
    rewrite_all(hall)
    hall.clock.move(days=1)
    night.run_if_due(never)
    check = last_check(hall)
    assert check is not None
    assert check.broken is not None
    assert (check.broken.fault, check.broken.seq) == (Fault.CUT, 3)


def found_by(hall: TownHall) -> tuple[Fault, int] | None:
    """What the last check found: the fault and its row."""
    check = last_check(hall)
    assert check is not None
    return (check.broken.fault, check.broken.seq) if check.broken else None


def test_a_fault_beside_the_kept_file_hides_no_second_one(
    hall: TownHall, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The kept file contradicts for ever: what follows is signed all the same, the fault goes on
    being told, and a row that is changed later is told, too, and signed over by nobody."""
    hall.open_case("A14")
    night = NightlyTrailCheck(hall.desk, folder)
    night.run_if_due(never)
    rewrite_all(hall)
    for _ in range(2):
        hall.open_case("A14")
        hall.clock.move(days=1)
        night.run_if_due(never)
    first = found_by(hall)
    assert first is not None
    assert first[0] is Fault.CONTRADICTED
    assert len(signed(hall)) == 2
    before, last = signed(hall), signed(hall)[-1].seq
    hall.open_case("A14")
    tamper(hall, row=last + 2)
    hall.clock.move(days=1)
    Ticks(
        hall.desk, OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox()), night
    ).tick()
    assert (found_by(hall), signed(hall)) == (first, before)
    assert f"trail_broken fault=changed row={last + 2}" in caplog.text
    notices = [m.notice for m in hall.mail(ADMINISTRATOR) if m.notice.key == "audit_broken"]
    told = sorted((str(n.facts["fault"]), n.facts["row"]) for n in notices)
    assert told == [("changed", last + 2), ("contradicted", first[1]), ("cut", 6)], "each once"


def test_told_to_stop_at_any_stretch_it_is_no_result(
    hall: TownHall, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor in the second walk, over the rows alone: that is asked to the end, or not at all."""
    hall.open_case("A14")
    NightlyTrailCheck(hall.desk, folder).run_if_due(never)
    rewrite_all(hall)
    hall.clock.move(days=1)
    monkeypatch.setattr("workflows.audit.check.TRAIL_BATCH", 1)
    stops = 0
    while found_by(hall) is None:
        assert signed(hall) == ()
        calls = count()
        NightlyTrailCheck(hall.desk, folder).run_if_due(lambda: next(calls) >= stops)  # noqa: B023
        stops += 1
    assert found_by(hall) == (Fault.CUT, 3)
    assert len(signed(hall)) == 1
    assert stops > 4, "two walks over two rows"


@pytest.fixture
def restored(hall: TownHall, folder: Path, tmp_path: Path) -> Iterator[TownHall]:
    """A town that was restored from a backup older than the last kept line, and worked on."""
    night = NightlyTrailCheck(hall.desk, folder)
    night.run_if_due(never)
    back_up(hall, tmp_path / "town.backup")
    for _ in range(2):
        hall.open_case("A14", "A17")
        hall.clock.move(days=1)
        night.run_if_due(never)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    restore(hall, url, tmp_path / "town.backup")
    again = town_at(hall, url)
    again.open_case("A14")
    again.clock.move(days=1)
    yield again
    again.database.close()


def test_after_a_restore_the_nights_are_green_again(restored: TownHall, folder: Path) -> None:
    """The lines of rows that are gone lie beside; those of the restored town begin the new file,
    and each night adds its own, before and beyond the rows that the old lines spoke of."""
    old = (folder / NAME).read_bytes()
    aside = set_aside(folder, date(2026, 11, 22))
    assert aside == folder / "tsunagu-checkpoints-before-restore-2026-11-22.jsonl"
    assert aside.read_bytes() == old
    night = NightlyTrailCheck(restored.desk, folder)
    for nights in range(2, 5):
        night.run_if_due(never)
        assert found_by(restored) is None
        assert len(signed(restored)) == nights
        assert checkpoints_in(folder).checkpoints == signed(restored)
        restored.open_case("A14", "A17")
        restored.clock.move(days=1)
    lost = read_checkpoint_lines(aside).last_seq
    assert signed(restored)[1].seq < lost < signed(restored)[-1].seq
    assert aside.read_bytes() == old


def test_after_a_restore_a_change_is_found(restored: TownHall, folder: Path) -> None:
    """Of the rows themselves, and of a chain that was written anew with our keys."""
    set_aside(folder, date(2026, 11, 22))
    night = NightlyTrailCheck(restored.desk, folder)
    night.run_if_due(never)
    assert found_by(restored) is None
    rewrite_all(restored)
    restored.clock.move(days=1)
    night.run_if_due(never)
    assert found_by(restored) == (Fault.CUT, 3)
    tamper(restored, row=2)
    restored.clock.move(days=1)
    night.run_if_due(never)
    assert found_by(restored) == (Fault.CHANGED, 2)


def test_a_folder_that_is_away_gets_its_lines_when_it_is_back(hall: TownHall, folder: Path) -> None:
    """The night fails, is tried again in a while, and no line is missing afterwards."""
    away = folder / "away"
    night = NightlyTrailCheck(hall.desk, away)
    with pytest.raises(OSError, match="away"):
        night.run_if_due(never)
    assert len(signed(hall)) == 1, "signed all the same"
    night.run_if_due(never)  # not before some time has passed
    hall.clock.move(days=1)
    with pytest.raises(OSError, match="away"):
        night.run_if_due(never)
    away.mkdir()
    hall.clock.at += AGAIN
    night.run_if_due(never)
    assert checkpoints_in(away).checkpoints == signed(hall)
    assert len(signed(hall)) == 2


def test_while_the_folder_is_away_the_list_of_decisions_goes_by_mail(
    hall: TownHall, folder: Path
) -> None:
    with pytest.raises(OSError, match="away"):
        NightlyTrailCheck(hall.desk, folder / "away", mails=True).run_if_due(never)
    assert hall.told("decisions_kept")


def test_a_line_that_is_none_is_said_and_the_others_are_used(
    hall: TownHall, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A torn line costs itself alone."""
    NightlyTrailCheck(hall.desk, folder).run_if_due(never)
    with (folder / NAME).open("a") as file:
        file.write('{"seq": 9, "at"')
    hall.clock.move(days=1)
    NightlyTrailCheck(hall.desk, folder).run_if_due(never)
    assert "checkpoint_file_unreadable lines=1" in caplog.text
    kept = read_checkpoint_lines(folder / NAME)
    assert (kept.checkpoints, kept.bad_lines) == (signed(hall), (2,))


# -- the file -------------------------------------------------------------------------------------


def test_a_line_comes_back_as_it_was(folder: Path) -> None:
    """One line each, in their order; an absent file is an empty one."""
    assert checkpoints_in(folder) == checkpoints_in(None) == CheckpointsRead()
    append_checkpoints(folder, [LINE])
    path = append_checkpoints(folder, [Checkpoint(9, LINE.at, LINE.hash, LINE.signature)])
    assert [c.seq for c in read_checkpoint_lines(path).checkpoints] == [7, 9]
    assert checkpoints_in(folder).last_seq == 9
    assert path.read_text("utf-8").count("\n") == 2


def test_what_was_set_aside_before_is_never_written_over(folder: Path) -> None:
    """A second restore on the same day finds another name; without a file there is nothing."""
    day = date(2026, 11, 22)
    assert set_aside(folder, day) is None
    assert set_aside(None, day) is None
    made = []
    for seq in (7, 8, 9):
        append_checkpoints(folder, [Checkpoint(seq, LINE.at, LINE.hash, LINE.signature)])
        made.append(set_aside(folder, day))
    assert not (folder / NAME).exists()
    assert [read_checkpoint_lines(path).last_seq for path in made if path] == [7, 8, 9]


WRONG: list[Callable[[str], str]] = [
    lambda line: "",
    lambda line: "x",
    lambda line: "[]",
    lambda line: "7",
    lambda line: line[:-1],
    lambda line: line.replace("7", '"7"', 1),
    lambda line: line.replace("7", "0", 1),
    lambda line: line.replace("7", "true", 1),
    lambda line: line.replace('"hash"', '"hush"'),
    lambda line: line.replace('"c2lnbmF0dXJl"', "null"),
]


@pytest.mark.parametrize("change", WRONG)
def test_what_is_no_checkpoint_is_not_taken_for_one(change: Callable[[str], str]) -> None:
    """Every way in which a line can be wrong is one and the same refusal."""
    assert read_line(LINE.line()) == LINE
    with pytest.raises(BadLine):
        read_line(change(LINE.line()))
