"""The list of decisions outside the database goes on whatever stands in its file."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.clock.ticks import FixedClock
from handlers.runtime.decision_file import NAME, DecisionFileWriter, decisions_in
from storage.database import SqlUnitOfWork
from storage.restore import restore_backup
from tests.attack.kinds import Kind
from tests.support.backups import back_up, town_at
from tests.support.hands import consented
from tests.support.people import ADMINISTRATOR
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.trail_attacks import CUTS_OF_A_LIST
from tests.support.web import Seat, web_app
from workflows.audit.check import GetCheckpoints, MakeCheckpoint
from workflows.audit.decision_list import GetDecisionListState
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.model.decision_line import list_end_after
from workflows.model.trail import Checkpoint
from workflows.restore.decisions import GetDecisions, GetMailedDecisions, open_decisions
from workflows.restore.restored import GetRestoreLeft, GetRestoreState, RecordRestored

pytestmark = pytest.mark.attack(Kind.DECISIONS)

STRANGE = {
    "no line at all": "null",
    "broken off": '{"seq": 3, "seal',
    "a row far ahead": '{"seq": 99999, "sealed": "x"}',
    "a row that no database counts to": json.dumps({"seq": 10**30, "sealed": "x"}),
    "a row that is no number": '{"seq": 1e999}',
    "a row before all": '{"seq": -5}',
    "deep": "[" * 200_000,
}


@pytest.mark.parametrize("line", STRANGE.values(), ids=STRANGE)
def test_a_tampered_decision_file_goes_on_after_the_next_start(
    hall: TownHall, tmp_path: Path, line: str
) -> None:
    """What is decided afterwards stands there after the next start; and it all reads again."""
    case_id = hall.open_case("A14", **consented("A14"))
    DecisionFileWriter(hall.desk, tmp_path).write()
    before = decisions_in(tmp_path)
    with (tmp_path / NAME).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    hall.consent(case_id, consent="no", consent_on=None, consent_scope=None)
    started = DecisionFileWriter(hall.desk, tmp_path)
    started.write()
    started.write()
    lines = decisions_in(tmp_path)
    with hall.database.open() as unit:
        work = hall.desk._work(unit, Caller.CLOCK, "")
        found, broken = open_decisions(lines, 0, work)
    assert [d.kind for d in found].count("consent_recorded") == 1
    assert len(found) > len(before)
    assert broken == (line != STRANGE["a row before all"])
    assert hall.desk.ask(GetDecisions(found[-1].seq), Caller.CLOCK) == ()


# -- what is taken out of it, and what is put back ------------------------------------------------


def written(hall: TownHall, folder: Path) -> tuple[str, ...]:
    """The list with a few decisions, as the clock wrote it line by line."""
    kept = DecisionFileWriter(hall.desk, folder)
    for _ in range(3):
        case_id = hall.open_case("A14", **consented("A14"))
        hall.consent(case_id, consent="no", consent_on=None, consent_scope=None)
        kept.write()
    return decisions_in(folder)


def put(folder: Path, lines: Sequence[str]) -> None:
    (folder / NAME).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def state(hall: TownHall, folder: Path) -> bool:
    return hall.desk.ask(GetDecisionListState(decisions_in(folder)), Caller.CLOCK).is_cut


@pytest.mark.parametrize("how", CUTS_OF_A_LIST)
def test_a_list_that_was_cut_is_found_told_and_written_anew(
    hall: TownHall, tmp_path: Path, how: str
) -> None:
    """At the next start, and at night while it runs; the administrators hear of it once, and what
    was decided stands there again."""
    lines = written(hall, tmp_path)
    running = DecisionFileWriter(hall.desk, tmp_path)
    running.write()
    assert not state(hall, tmp_path)
    put(tmp_path, CUTS_OF_A_LIST[how](lines))
    assert state(hall, tmp_path)
    running.recheck_file()  # as every night
    running.write()
    assert not state(hall, tmp_path)
    told = hall.notices(ADMINISTRATOR, "audit_broken")
    assert [n.facts["fault"] for n in told] == ["decisions"]
    with hall.database.open() as unit:
        work = hall.desk._work(unit, Caller.CLOCK, "")
        found, _ = open_decisions(decisions_in(tmp_path), 0, work)
    assert [d.kind for d in found].count("consent_recorded") == 3
    DecisionFileWriter(hall.desk, tmp_path).write()
    assert len(hall.notices(ADMINISTRATOR, "audit_broken")) == 1


def test_nothing_is_added_to_a_list_that_was_cut_meanwhile(hall: TownHall, tmp_path: Path) -> None:
    """Cut while the bot runs: found with the next decision, and not only at night."""
    lines = written(hall, tmp_path)
    running = DecisionFileWriter(hall.desk, tmp_path)
    running.write()
    put(tmp_path, lines[:-1])
    case_id = hall.open_case("A14", **consented("A14"))
    hall.consent(case_id, consent="no", consent_on=None, consent_scope=None)
    running.write()
    assert len(hall.notices(ADMINISTRATOR, "audit_broken")) == 1
    assert not state(hall, tmp_path)


def test_an_older_list_put_back_is_found(hall: TownHall, tmp_path: Path) -> None:
    """Every line of it is ours; that it ends too early is what tells. Nor does an older line count
    that is put at the end once more."""
    lines = written(hall, tmp_path)
    put(tmp_path, lines[:2])
    assert state(hall, tmp_path)
    put(tmp_path, [*lines, lines[0]])
    assert not state(hall, tmp_path)
    with hall.database.open() as unit:
        ranks = [unit.decisions.precedence_of(line) for line in lines]
    assert ranks == sorted(ranks)


def test_the_night_and_the_checkpoint_know_how_far_the_list_goes(
    hall: TownHall, tmp_path: Path
) -> None:
    """The signed line names count and last link; a cut by day is told at night."""
    lines = written(hall, tmp_path)
    night = NightlyTrailCheck(hall.desk, tmp_path)
    for _ in range(2):
        night.run_if_due(lambda: False)
    (mark,) = hall.desk.ask(GetCheckpoints(), Caller.CLOCK)
    assert mark.decisions == list_end_after(lines[-1]).text()
    put(tmp_path, lines[:-1])
    night.run_if_due(lambda: False)
    assert not hall.notices(ADMINISTRATOR, "audit_broken")
    hall.clock.move(days=1)
    for _ in range(2):
        night.run_if_due(lambda: False)
    assert hall.notices(ADMINISTRATOR, "audit_broken")


def test_a_restore_from_a_list_that_was_cut_lets_nobody_in(hall: TownHall, tmp_path: Path) -> None:
    """The kept checkpoint says how far the list went; whole it carries out what it says. A list
    that came by mail stands for it, whole, and not where its ending was cut off."""
    back_up(hall, tmp_path / "town.backup")
    lines = written(hall, tmp_path)
    mailed = hall.desk.ask(GetMailedDecisions(), Caller.CLOCK)
    hall.clock.move(minutes=5)
    mark = hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
    assert mark is not None
    forged = replace(mark, decisions="9:9:" + "0" * 64)
    tries: list[tuple[Sequence[str], Sequence[Checkpoint], int]] = [
        (lines, (mark,), 0),
        (lines, (forged,), 0),  # not ours: it says nothing
        (lines[:-1], (mark,), 1),
        (lines[1:], (), 1),
        ((), (mark,), 1),
        (mailed, (mark,), 0),
        (mailed[:-1], (mark,), 1),
        (mailed[:1] + mailed[2:], (), 1),
        ((*lines[:-1], *mailed), (mark,), 0),
    ]
    for number, (given, kept, left) in enumerate(tries):

        def note(unit: SqlUnitOfWork, taken_at: datetime) -> int:
            desk = Desk(
                lambda: nullcontext(unit),
                FixedClock(hall.clock.now()),
                FORMS,
                holiday_name,
                scans_inside=True,
            )
            command = RecordRestored(taken_at, tuple(given), tuple(kept))  # noqa: B023
            return desk.handle(command, Caller.CONSOLE)

        url = f"sqlite:///{tmp_path / f'new{number}.db'}"
        restore_backup(url, hall.database.keys, "local", tmp_path / "town.backup", note)
        again = town_at(hall, url)
        came = again.desk.ask(GetRestoreState(), Caller.CONSOLE)
        assert came.left == left, number
        if left:
            shown = again.desk.ask(GetRestoreLeft(), ADMINISTRATOR)
            assert shown is not None
            assert [line.what for line in shown.lines] == ["cut"]
            assert "一覧の抜け" in Seat(web_app(again), ADMINISTRATOR).text("/admin")
        again.database.close()
