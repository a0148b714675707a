"""After a restore a case stands as it was decided: grounds, proposals, who hears, who has left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from handlers.clock.ticks import FixedClock
from handlers.runtime.decision_file import DecisionFileWriter, decisions_in
from storage.database import SqlUnitOfWork
from storage.restore import restore_backup
from storage.tables import cases
from tests.storage.test_restore_decisions import reads, restored
from tests.support.backups import back_up, town_at
from tests.support.hands import confirm_permission_requests, consented
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, OTHER_COORDINATOR
from tests.support.spoilt import GARBAGE
from tests.support.town import FORMS, TownHall, holiday_name
from tests.workflows.test_agenda_requests import convene
from tests.workflows.test_agenda_requests import settle as settle_agenda_request
from tests.workflows.test_last_reader import Way, ends
from tests.workflows.test_new_reader import COLLEAGUE, orphan, propose, settle
from tests.workflows.test_permission_requests import save as save_member
from tests.workflows.test_permission_requests import waiting
from tests.workflows.test_restricted import WINDOW
from workflows.cases.name_members import NameMember
from workflows.cases.unrestrict import ProposeUnrestricting, SettleUnrestricting
from workflows.chat.accounts import APART, LINKED
from workflows.core.permissions import Caller
from workflows.core.ports import Account
from workflows.desk import Desk
from workflows.directory.link_account import UnlinkAccount
from workflows.directory.settle_permission_requests import SettlePermissionRequests
from workflows.japanese.dates import TOKYO
from workflows.model.case import Case
from workflows.model.directory import Role
from workflows.restore.restored import GetRestoreLeft, RecordRestored

__all__ = ["orphan"]  # a fixture

NARROWER = {k: v for k, v in consented("A14").items() if v is not None}


@contextmanager
def after(hall: TownHall, tmp_path: Path, since: Callable[[], object]) -> Iterator[TownHall]:
    again = restored(hall, tmp_path, since)
    try:
        yield again
    finally:
        again.database.close()


def grounds(case: Case) -> list[tuple[str, str, object, int]]:
    return [(g.agency_id, g.basis, g.at, g.under) for g in case.stated_grounds]


@pytest.mark.parametrize("when", ["with the answer", "after it"])
def test_an_agency_that_is_told_on_a_stated_ground_reads_on(
    any_hall: TownHall, tmp_path: Path, when: str
) -> None:
    """The consent that leaves it out, and the ground on which it goes on, were recorded since; it
    hears of no end of its part. The words of the reason are lost."""
    case_id = any_hall.open_case("A14", "A17", **consented("A14", "A17"))
    any_hall.reply(case_id, "A17", by="M30")
    any_hall.clock.move(days=1)

    def since() -> None:
        if when == "after it":
            any_hall.consent(case_id, **NARROWER)
            assert not reads(any_hall, case_id)
            any_hall.clock.move(days=1)
        any_hall.consent(case_id, goes_on=("A17",), **NARROWER)
        assert reads(any_hall, case_id)
        any_hall.clock.move(days=1)

    with after(any_hall, tmp_path, since) as again:
        assert reads(again, case_id)
        case = again.case(case_id)
        assert grounds(case) == grounds(any_hall.case(case_id))
        assert [g.reason for g in case.stated_grounds] == [""]
        assert case.covers("A17")
        if when == "with the answer":
            assert not again.told("parts_ended")
        again.consent(case_id, consent="withdrawn", consent_on="", consent_scope=[])
        assert not reads(again, case_id), "the next word of the person ends it, as ever"


@pytest.mark.parametrize("proposed", ["before", "since"])
@pytest.mark.parametrize("agrees", [True, False])
def test_a_proposal_that_was_decided_on_waits_no_more(
    any_hall: TownHall, tmp_path: Path, *, proposed: str, agrees: bool
) -> None:
    """To restrict a case no more: who decided how and when; the reason if the backup has it."""
    case_id = any_hall.open_case("A14", danger="yes")
    any_hall.desk.handle(NameMember(case_id, OTHER_COORDINATOR, True), COORDINATOR)
    propose_it = ProposeUnrestricting(case_id, "転居したため。")
    if proposed == "before":
        any_hall.desk.handle(propose_it, COORDINATOR)

    def since() -> None:
        if proposed == "since":
            any_hall.desk.handle(propose_it, COORDINATOR)
        waiting = any_hall.case(case_id).unrestricting
        assert waiting is not None
        settle = SettleUnrestricting(case_id, waiting.id, agrees)
        any_hall.desk.handle(settle, OTHER_COORDINATOR)

    with after(any_hall, tmp_path, since) as again:
        case, (was,) = again.case(case_id), any_hall.case(case_id).unrestrictings
        assert case.is_restricted is not agrees
        assert case.unrestricting is None
        (now,) = case.unrestrictings
        assert (now.id, now.ended_at, now.ended_by, now.how) == (
            was.id,
            was.ended_at,
            was.ended_by,
            was.how,
        )
        assert now.reason == ("転居したため。" if proposed == "before" else "")


def test_a_reader_whom_two_people_named_reads_on(
    hall: TownHall, orphan: str, tmp_path: Path
) -> None:
    waits = propose(hall, orphan)
    with after(hall, tmp_path, lambda: settle(hall, orphan, waits, ADMINISTRATOR)) as again:
        assert reads(again, orphan, COLLEAGUE)
        assert again.case(orphan).reader_proposal is None
        assert again.case(orphan).reader_proposals[-1].how == "agreed"


def test_who_was_named_for_a_sitting_that_is_lost_is_named_no_more(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """It was convened after the backup: nobody would ever end what they are named for. Whom the
    backup's own sitting names stays named for that alone."""
    case_id = any_hall.open_case("A14", danger="yes")
    kept = any_hall.convene(case_id, required=("A13", "A14"), days_ahead=(20,))

    def since() -> None:
        any_hall.convene(case_id, required=("A13", "A01"), days_ahead=(25,))
        assert WINDOW in any_hall.case(case_id).named_member_ids

    with after(any_hall, tmp_path, since) as again:
        case = again.case(case_id)
        assert WINDOW not in case.named_member_ids
        there = any_hall.case(case_id).named_to_hear.get(kept, {})
        assert case.named_to_hear.get(kept, {}) == there


@pytest.mark.parametrize(("code", "by_list"), [("M33", True), ("M33", False), ("A19", True)])
def test_a_member_who_left_since_the_backup_has_left_after_a_restore(
    any_hall: TownHall, tmp_path: Path, *, code: str, by_list: bool
) -> None:
    """Nobody signs in whose last day the backup has forgotten; an agency ends with all of its."""
    today = any_hall.clock.now().astimezone(TOKYO).date()
    way = Way(code, {"active_until": today.isoformat()}, by_list)

    def since() -> None:
        ends(any_hall, way)
        any_hall.clock.move(days=1)

    with after(any_hall, tmp_path, since) as again, again.database.open() as unit:
        found = unit.directory.agency(code) if way.is_agency else unit.directory.member(code)
        assert found is not None
        assert found.active_until == today
        last = unit.events.last_of(["left_again"])
        assert last is not None
        assert last.facts == {
            "members": [] if way.is_agency else [code],
            "agencies": [code] if way.is_agency else [],
        }


def test_what_two_people_gave_and_what_one_took_away_stands_as_it_was_decided(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """A request that waited in the backup and was declined since opens nothing afterwards; a role
    that was taken away does not come back; what was confirmed is there, with its address."""
    save_member(any_hall, "M06", roles="事務担当、管理職")
    save_member(any_hall, "M27", email="new27@example.jp")
    asked = {line.member_id: line.id for line in waiting(any_hall)}

    def since() -> None:
        any_hall.desk.handle(SettlePermissionRequests((asked["M06"],), False), "M04")
        any_hall.desk.handle(SettlePermissionRequests((asked["M27"],), True), "M04")
        save_member(any_hall, OTHER_COORDINATOR, roles="", active_until="2027-03-31")
        save_member(any_hall, "M28", agency_id="A20")
        confirm_permission_requests(any_hall.desk)
        any_hall.clock.move(days=1)

    with after(any_hall, tmp_path, since) as again, again.database.open() as unit:
        found = {m.id: m for m in unit.directory.members()}
        assert found["M06"].roles == {Role.CLERK}
        assert not found["M06"].waiting_permission_requests
        assert found["M27"].email == "new27@example.jp"
        assert found[OTHER_COORDINATOR].roles == frozenset()
        assert found[OTHER_COORDINATOR].ended_by == ADMINISTRATOR
        assert found["M28"].agency_id == "A20"


def test_what_was_opened_urgently_and_shut_since_is_shut_after_a_restore(
    hall: TownHall, tmp_path: Path
) -> None:
    """And what was declined does not wait any more."""
    opened, declined = (hall.open_case("A14", by=ELDERLY) for _ in range(2))
    convene(hall, "R8-0001", urgent=True)
    meeting_id = convene(hall, "R8-0002")

    def since() -> None:
        settle_agenda_request(hall, opened, ELDERLY, agrees=False)
        settle_agenda_request(hall, declined, ELDERLY, agrees=False)
        hall.clock.move(days=1)

    with after(hall, tmp_path, since) as again:
        assert not again.case(opened).live_meeting_ids
        assert again.case(opened).agenda_requests[0].how == "taken_off"
        assert again.case(declined).agenda_requests[0].how == "declined"
        assert not again.meeting(meeting_id).requested_numbers


def test_a_case_that_does_not_open_is_left_with_what_was_decided_on_it(
    hall: TownHall, tmp_path: Path
) -> None:
    """The administrator reads its number and that its consent and its restriction changed since;
    of one that opens everything is done."""
    broken, whole = (hall.open_case("A14", **consented("A14")) for _ in range(2))
    back_up(hall, tmp_path / "town.backup")
    hall.clock.move(days=1)
    for case_id in (broken, whole):
        hall.consent(case_id, consent="withdrawn", consent_on="", consent_scope=[])
        hall.edit(case_id, danger="yes")
    DecisionFileWriter(hall.desk, tmp_path).write()
    url = f"sqlite:///{tmp_path / 'new.db'}"
    lines = decisions_in(tmp_path)

    def note(unit: SqlUnitOfWork, taken_at: datetime) -> int:
        spoilt = update(cases).where(cases.c.id == broken).values(content=GARBAGE)
        unit.connection.execute(spoilt)
        desk = Desk(
            lambda: nullcontext(unit),
            FixedClock(hall.clock.now()),
            FORMS,
            holiday_name,
            scans_inside=True,
        )
        return desk.handle(RecordRestored(taken_at, lines), Caller.CONSOLE)

    restore_backup(url, hall.database.keys, "local", tmp_path / "town.backup", note)
    again = town_at(hall, url)
    try:
        left = again.desk.ask(GetRestoreLeft(), ADMINISTRATOR)
        assert left is not None
        (line,) = left.lines
        assert (line.what, line.number) == ("broken", hall.case(broken).number)
        assert {"consent_recorded", "sheet_edited"} <= set(line.decided)
        assert not again.case(whole).has_consent
        assert again.case(whole).is_restricted
    finally:
        again.database.close()


@pytest.mark.parametrize("back", [False, True])
def test_an_account_that_was_parted_since_lets_nobody_in(
    any_hall: TownHall, tmp_path: Path, *, back: bool
) -> None:
    """Whoever has the telephone is nobody again; an account that was linked anew is not parted."""
    account = Account("slack", "U0LOST", ELDERLY, LINKED, "", any_hall.clock.now())

    def save(state: str) -> None:
        with any_hall.database.open() as unit:
            unit.accounts.save(replace(account, state=state))
            unit.commit()

    def since() -> None:
        any_hall.desk.handle(UnlinkAccount("slack", "U0LOST"), ADMINISTRATOR)
        if back:
            save(LINKED)

    save(LINKED)
    with after(any_hall, tmp_path, since) as again, again.database.open() as unit:
        found = unit.accounts.get("slack", "U0LOST")
        assert found is not None
        assert found.state == (LINKED if back else APART)
