"""A restore undoes no decision: disposal, consent, restriction, a referral taken back."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.clock.ticks import FixedClock
from handlers.runtime.decision_file import NAME, DecisionFileWriter, decisions_in
from storage.database import SqlUnitOfWork
from storage.restore import restore_backup
from tests.support.backups import PLANTED, back_up, town_at
from tests.support.hands import consented
from tests.support.people import ADMINISTRATOR, COORDINATOR, MANAGER
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import ticks_of
from tests.workflows.test_forgotten_numbers import tables_naming
from tests.workflows.test_retention import AFTER, closed, is_there, leaves, member_of
from workflows.cases.record_consent import RecordConsent
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action, Caller
from workflows.core.work import Work
from workflows.desk import Desk
from workflows.japanese.open_days import OpenDays
from workflows.model.case import Case
from workflows.restore.restored import GetRestoreState, RecordRestored, SettleReason, SettleRestore
from workflows.retention.approve import ApproveDisposals
from workflows.retention.dispose import CarryOutDisposal
from workflows.retention.lines import DisposalLine, GetDisposals

NO: dict[str, Any] = {"consent": "withdrawn", "consent_on": "令和8年11月20日"}


def restored(
    hall: TownHall, tmp_path: Path, since: Callable[[], object], url: str = ""
) -> TownHall:
    """The town after: backed up, then `since`, each decision written down, then lost and restored
    with the list that was kept elsewhere."""
    folder, path = tmp_path / "elsewhere", tmp_path / "town.backup"
    folder.mkdir()
    DecisionFileWriter(hall.desk, folder).write()
    back_up(hall, path)
    since()
    DecisionFileWriter(hall.desk, folder).write()
    return restore_with(hall, path, decisions_in(folder), url or f"sqlite:///{tmp_path / 'new.db'}")


def restore_with(hall: TownHall, path: Path, lines: tuple[str, ...], url: str) -> TownHall:
    def note(unit: SqlUnitOfWork, taken_at: Any) -> int:
        desk = Desk(
            lambda: nullcontext(unit),
            FixedClock(hall.clock.now()),
            FORMS,
            holiday_name,
            scans_inside=True,
        )
        return desk.handle(RecordRestored(taken_at, lines), Caller.CONSOLE)

    restore_backup(url, hall.database.keys, "local", path, note)
    return town_at(hall, url)


def dispose(hall: TownHall, case_id: str, *people: str) -> None:
    command = ApproveDisposals((case_id,), people, "退職した職員", "タイショクシタショクイン")
    hall.desk.handle(command, MANAGER)
    with hall.database.open() as unit:
        (waiting,) = unit.disposals.waiting()
    assert hall.desk.handle(CarryOutDisposal(waiting.id), Caller.CLOCK)


def test_what_was_disposed_of_is_gone_again_and_its_proof_is_the_first_one(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """Case, meeting and the name of who left; nothing of the case is read in any table."""
    case_id = closed(any_hall, **PLANTED)
    name = leaves(any_hall, "M57", any_hall.clock.now().date() - timedelta(days=400))
    any_hall.clock.set(AFTER)
    proofs: list[DisposalLine] = []

    def since() -> None:
        dispose(any_hall, case_id, "M57")
        done: tuple[DisposalLine, ...] = any_hall.desk.ask(GetDisposals(), MANAGER)
        proofs.extend(done)
        any_hall.clock.move(days=3)

    again = restored(any_hall, tmp_path, since)
    try:
        assert not is_there(again, case_id)
        assert tables_naming(again, "R8-0001") == {"disposals"}
        assert tables_naming(again, PLANTED["name"]) == set()
        kept: tuple[DisposalLine, ...] = again.desk.ask(GetDisposals(), MANAGER)
        assert list(kept) == proofs
        assert member_of(again, "M57").name == "退職した職員M57" != name
        assert again.desk.ask(GetRestoreState(), Caller.CONSOLE).left == 0
        assert "disposed_again" in {e.kind for e in again.events(case_id)}
    finally:
        again.database.close()


def reads(hall: TownHall, case_id: str, member: str = "M30") -> bool:
    with hall.database.open() as unit:
        reader = unit.directory.member(member)
        assert reader is not None
        work = Work(unit, reader, hall.clock.now(), OpenDays(holiday_name), FORMS)
        return work.may(Action.READ_CASE, hall_case(unit, case_id)).allowed


def hall_case(unit: SqlUnitOfWork, case_id: str) -> Case:
    found = unit.cases.get(case_id)
    assert found is not None
    return found


def test_who_said_no_has_said_no_after_a_restore(any_hall: TownHall, tmp_path: Path) -> None:
    """Withdrawn, under its own day and hand; the agency that read it reads it no more; and what
    ended with it has ended again."""
    case_id = any_hall.open_case("A17", **consented("A13", "A17"))
    any_hall.reply(case_id, "A17", by="M30")
    assert reads(any_hall, case_id)
    any_hall.clock.move(days=1)

    def since() -> None:
        version = any_hall.case(case_id).sheet_version
        any_hall.desk.handle(RecordConsent(case_id, version, NO), COORDINATOR)
        any_hall.clock.move(days=3)

    again = restored(any_hall, tmp_path, since)
    try:
        was, now = any_hall.case(case_id).consents[-1], again.case(case_id).consents[-1]
        assert now == was
        assert now.status == "withdrawn"
        assert not again.case(case_id).has_consent
        assert "consent_again" in {e.kind for e in again.events(case_id)}
        assert not reads(any_hall, case_id)
        assert not reads(again, case_id)
    finally:
        again.database.close()


def test_a_restriction_set_or_lifted_since_stands_as_it_was_decided(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """To the same people; who is not named finds nothing."""
    shut, opened = any_hall.open_case("A14"), any_hall.open_case("A14", danger="yes")

    def since() -> None:
        any_hall.edit(shut, danger="yes")
        any_hall.unrestrict(opened)

    again = restored(any_hall, tmp_path, since)
    try:
        assert again.case(shut).is_restricted
        assert again.case(shut).named_member_ids == any_hall.case(shut).named_member_ids
        assert not again.case(opened).is_restricted
        with pytest.raises(NotFound):
            again.desk.ask(GetCase(shut, CasePage.CASE), MANAGER)
    finally:
        again.database.close()


def test_a_referral_that_was_taken_back_is_not_there_again(
    any_hall: TownHall, tmp_path: Path
) -> None:
    case_id = any_hall.open_case("A14", "A17")
    referral = any_hall.referral(case_id, "A17").id

    def since() -> None:
        command = TakeBackReferral(case_id, referral, True, "宛先を間違えたため。")
        any_hall.desk.handle(command, COORDINATOR)

    again = restored(any_hall, tmp_path, since)
    try:
        ended = again.case(case_id).referral(referral).taken_back  # type: ignore[union-attr]
        was = any_hall.case(case_id).referral(referral).taken_back  # type: ignore[union-attr]
        assert ended is not None
        assert was is not None
        assert (ended.by, ended.at, ended.mistake, ended.reason) == (was.by, was.at, True, "")
    finally:
        again.database.close()


def test_the_list_is_written_at_every_tick_and_says_nothing_of_anybody(
    hall: TownHall, tmp_path: Path
) -> None:
    """Row numbers alone in the clear; appended once each, also by a process started anew."""
    case_id = closed(hall, **PLANTED)
    hall.clock.set(AFTER)
    dispose(hall, case_id)
    listed = DecisionFileWriter(hall.desk, tmp_path)
    listed.write()
    listed.write()
    DecisionFileWriter(hall.desk, tmp_path).write()
    lines = decisions_in(tmp_path)
    assert lines
    seqs = [json.loads(line)["seq"] for line in lines]
    assert seqs == sorted(set(seqs))
    text = (tmp_path / NAME).read_text(encoding="utf-8")
    assert not [w for w in (*PLANTED.values(), case_id, "R8-0001") if str(w) in text]
    assert f'"{COORDINATOR}"' not in text  # what is sealed may hold its three letters by chance
    with hall.database.open() as unit:
        found = [unit.decisions.open(line) for line in lines]
    assert all(found)
    opened = str(found)
    assert case_id in opened
    assert not [w for w in PLANTED.values() if str(w) in opened]


def test_the_clock_writes_the_list_beside_the_checkpoints(hall: TownHall, tmp_path: Path) -> None:
    """By the tick that finds a decision, not by the night."""
    night = NightlyTrailCheck(hall.desk, tmp_path)
    hall.open_case("A14", danger="yes")
    night.run_if_due(lambda: False)
    before = len(decisions_in(tmp_path))
    assert before
    hall.open_case("A14", danger="yes")
    night.run_if_due(lambda: False)
    assert len(decisions_in(tmp_path)) > before


def test_while_a_line_does_not_open_nobody_works_until_the_console_says_so(
    hall: TownHall, tmp_path: Path
) -> None:
    """What could not be carried out again may be anything; the reason stands in the trail."""
    case_id = hall.open_case("A14")
    path = tmp_path / "town.backup"
    back_up(hall, path)
    broken = ('{"seq": 999, "sealed": "v1:nonsense"}',)
    again = restore_with(hall, path, broken, f"sqlite:///{tmp_path / 'new.db'}")
    try:
        for member in (COORDINATOR, ADMINISTRATOR):
            with pytest.raises(NotAllowed) as shut:
                again.desk.ask(GetCase(case_id, CasePage.CASE), member)
            assert shut.value.key == "denied.restoring"
        assert again.desk.ask(GetRestoreState(), Caller.CONSOLE).left == 1
        again.desk.handle(SettleRestore(SettleReason.BY_HAND), Caller.CONSOLE)
        again.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
        with pytest.raises(Refused):
            again.desk.handle(SettleRestore(SettleReason.BY_HAND), Caller.CONSOLE)
        with again.database.open() as unit:
            last = unit.events.last_of(("restore_settled",))
        assert last is not None
        assert last.facts == {"why": "by_hand", "left": 1}
    finally:
        again.database.close()


def test_what_the_backup_knows_already_is_not_done_twice(hall: TownHall, tmp_path: Path) -> None:
    """Lines of before the backup are passed over; people work at once."""
    case_id = hall.open_case("A14", danger="yes")
    again = restored(hall, tmp_path, lambda: ticks_of(hall).tick())
    try:
        kinds = {e.kind for e in again.events(case_id)}
        assert not kinds & {"decided_again", "consent_again", "restore_left"}
        again.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
        state = again.desk.ask(GetRestoreState(), Caller.CONSOLE)
        assert (state.again, state.left, state.lost) == (0, 0, 0)
    finally:
        again.database.close()
