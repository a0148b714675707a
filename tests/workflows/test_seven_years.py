"""One household over seven years: what its person decided about their data holds all the way.

Consent, a part of it taken back, all of it withdrawn the day after a sitting, DV discovered, the
named worker leaves by the April list, disclosure asked, closure, relapse, disposal; and backups of
earlier days that are restored after it all, with the list of what was decided since.
"""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from handlers.runtime.decision_file import DecisionFileWriter, decisions_in
from handlers.words.labels import load_labels
from tests.storage.test_restore_decisions import restore_with
from tests.support.backups import back_up
from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
)
from tests.support.town import TownHall
from tests.workflows.test_retention import agree, approve, everything_readable, keep_house
from workflows.cases.close_case import ReopenCase
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.name_members import NameMember
from workflows.cases.preview_consent import PreviewConsent
from workflows.cases.roles import TickRole
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.japanese.dates import TOKYO
from workflows.model.case_row import CaseRow
from workflows.restore.restored import GetRestoreState
from workflows.retention.lines import DisposalLine, GetDisposals

LABELS = load_labels()
PERSON: dict[str, Any] = {
    "name": "葛城 みなも",
    "kana": "カツラギ ミナモ",
    "summary": "納屋の青い自転車を売って暮らしている。",
}
SAID = "週に一度、白い傘の人が訪ねる。"
TASK = "傘の人の付き添いを頼む。"
WORDS = ("葛城", "みなも", "青い自転車", "白い傘", "付き添いを頼む")
ROLES = [{"agency": "A14", "task": TASK}]
COLLEAGUE = "M27"  # of 地域包括


def sees(hall: TownHall, case_id: str, who: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads
    except NotFound:
        return False


def readers(hall: TownHall, case_id: str) -> set[str]:
    """Who of the whole town reads the case, asked one by one."""
    with hall.database.open() as unit:
        people = [m.id for m in unit.directory.members()]
    here = [m for m in people if _is_here(hall, m)]
    return {m for m in here if sees(hall, case_id, m)}


def _is_here(hall: TownHall, member_id: str) -> bool:
    today = hall.desk.now().date()
    with hall.database.open() as unit:
        member = unit.directory.member(member_id)
    return member is not None and member.is_active(today)


def leaves_by_the_list(hall: TownHall, member_id: str, *, follower: str = "") -> Any:
    """The April list gives somebody a last day; answers with what it says before it is taken."""
    columns = LABELS.member_columns
    exported = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(exported)))
    for row in rows:
        if row[columns["id"]] == member_id:
            row[columns["active_until"]] = hall.desk.now().date().isoformat()
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    data, chosen = out.getvalue().encode(), {member_id: follower} if follower else {}
    seen = hall.desk.handle(ImportMembers(data, LABELS, save=False), ADMINISTRATOR)
    command = ImportMembers(data, LABELS, True, doubts_seen=True, followers=chosen)
    hall.desk.handle(command, ADMINISTRATOR)
    return seen


def held_sitting(hall: TownHall, case_id: str) -> str:
    """A 重層的支援会議 of yesterday whose record is saved and not confirmed."""
    meeting_id = hall.convene(
        case_id, bases=("multi_layered",), required=("A14", "A17"), days_ahead=(10,), chair=CHAIR
    )
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    written: dict[str, Any] = {"roles": ROLES, "decisions": [{"text": SAID}]}
    hall.save_record(meeting_id, ready=False, came={"A17": ("absent", "")}, **written)
    return meeting_id


def answer(*agencies: str) -> dict[str, Any]:
    """What the person agrees to, as it is recorded."""
    return {k: v for k, v in consented(*agencies).items() if v is not None}


def agrees_and_takes_a_part_back(hall: TownHall) -> str:
    """Consent for three, one of whom leads; then the third has nothing more of it, as was said."""
    case_id = hall.open_case("A14", "A17", "A19", **PERSON, **consented("A14", "A17", "A19"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.reply(case_id, "A19", by=LIVELIHOOD)
    assert {ELDERLY, DISABILITY, LIVELIHOOD, COORDINATOR} <= readers(hall, case_id)
    narrower = answer("A14", "A17")
    said = hall.desk.ask(PreviewConsent(case_id, narrower), COORDINATOR)
    assert said.lose == (hall.agency_name("A19"),)
    hall.consent(case_id, **narrower)
    assert not sees(hall, case_id, LIVELIHOOD)
    assert not [p for p in hall.promises(case_id) if p.agency_id == "A19"]
    return case_id


def withdraws_the_day_after_a_sitting(hall: TownHall, case_id: str) -> str:
    """What was said stays said; what was decided for those shut out is for others to take on."""
    meeting_id = held_sitting(hall, case_id)
    withdrawn: dict[str, Any] = {"consent": "withdrawn", "consent_on": "", "consent_scope": []}
    hall.consent(case_id, reason="家の者に知られたくない。", **withdrawn)
    assert hall.case(case_id).answering_agency_id == "A13"
    assert not sees(hall, case_id, ELDERLY)
    written: dict[str, Any] = {"roles": ROLES, "decisions": [{"text": SAID}]}
    hall.save_record(meeting_id, came={"A17": ("absent", "")}, **written)
    hall.confirm_record(meeting_id)
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert record.cases[case_id]["decisions"] == [{"text": SAID}]
    assert [r.task for r in hall.case(case_id).roles_without_agency] == [TASK]
    return meeting_id


def is_in_danger(hall: TownHall, case_id: str) -> None:
    """She agreed again, to one agency; the case is for its named worker alone."""
    hall.consent(case_id, **answer("A14"))
    assert hall.case(case_id).answering_agency_id == "A14"
    hall.edit(case_id, danger="yes")
    assert ELDERLY in hall.case(case_id).named_member_ids
    for member_id in set(hall.case(case_id).named_member_ids) - {ELDERLY}:
        hall.desk.handle(NameMember(case_id, member_id, False), ELDERLY)
    assert readers(hall, case_id) == {ELDERLY}


def her_worker_leaves(hall: TownHall, case_id: str) -> None:
    """By the April list, which is not taken before somebody follows, and names no number."""
    hall.clock.set(datetime(2027, 3, 31, 9, 0, tzinfo=TOKYO))
    with pytest.raises(Invalid):
        leaves_by_the_list(hall, ELDERLY)
    seen = leaves_by_the_list(hall, ELDERLY, follower=COLLEAGUE)
    assert seen.unread
    assert hall.case(case_id).number not in str(seen.unread)
    hall.clock.move(days=1)
    assert readers(hall, case_id) == {COLLEAGUE}


def asks_who_was_told(hall: TownHall, case_id: str, meeting_id: str) -> None:
    """Who sat there was told, who was absent was not."""
    told = hall.desk.ask(GetDisclosures(case_id), COLLEAGUE)
    there = next(m for m in told.meetings if m.id == meeting_id)
    by_agency = {a.agency: a for a in there.attendees}
    sat, away = (by_agency[hall.agency_name(a)] for a in ("A14", "A17"))
    assert (sat.presence, away.presence) == ("present", "absent")
    assert "sitting" in [t.what for t in sat.told]
    assert "sitting" not in [t.what for t in away.told]


def closes_twice(hall: TownHall, case_id: str) -> None:
    """Closed, back again, closed."""
    for role in hall.case(case_id).open_roles:
        hall.desk.handle(TickRole(case_id, role.id), COLLEAGUE)
    hall.close(case_id, by=COLLEAGUE)
    hall.clock.set(datetime(2028, 2, 1, 9, 0, tzinfo=TOKYO))
    hall.desk.handle(ReopenCase(case_id, "また一人になった。"), COLLEAGUE)
    hall.close(case_id, by=COLLEAGUE)


def is_let_go(hall: TownHall, case_id: str) -> None:
    """Five years later two people let it go, and nothing is left."""
    number = hall.case(case_id).number
    hall.clock.set(datetime(2033, 4, 3, 9, 0, tzinfo=TOKYO))
    assert approve(hall, case_id).cases == 1
    keep_house(hall)
    assert hall.case(case_id).closure, "one approval is not enough for a restricted one"
    agree(hall)
    keep_house(hall)
    nothing_is_left(hall, number)


def nothing_is_left(hall: TownHall, number: str) -> None:
    """No word of hers in any table, its number in the proof alone."""
    left = everything_readable(hall)
    assert [(t, w) for t, words in left.items() for w in WORDS if w in words] == []
    assert [t for t, words in left.items() if number in words] == ["disposals"]


def restored(hall: TownHall, backup: Path, folder: Path) -> TownHall:
    """That backup in a database of its own, and what stands in the folder carried out again."""
    url = f"sqlite:///{backup.with_suffix(f'.{hall.desk.now().date()}.db')}"
    return restore_with(hall, backup, decisions_in(folder), url)


def stays_for_her_named_reader(hall: TownHall, backup: Path, folder: Path) -> None:
    """A backup of before she withdrew, restored in the middle of it all: what she decided since
    holds. Her worker is in the list of staff again, but reads nothing."""
    again = restored(hall, backup, folder)
    try:
        (row,) = [r for r in rows_of(again) if r.restricted]
        assert again.case(row.id).is_restricted
        assert readers(again, row.id) == {COLLEAGUE}
        said = [c.status for c in again.case(row.id).consents]
        assert said == [c.status for c in hall.case(row.id).consents]
    finally:
        again.database.close()


def rows_of(hall: TownHall) -> list[CaseRow]:
    with hall.database.open() as unit:
        return unit.cases.rows(open_only=False)


def comes_back_by_no_restore(hall: TownHall, backups: list[Path], folder: Path) -> None:
    """Whichever backup: gone again before anybody signs in, with the first proof of it."""
    (number,) = {d.number for d in done(hall)}
    for backup in backups:
        again = restored(hall, backup, folder)
        try:
            assert again.desk.ask(GetRestoreState(), Caller.CONSOLE).left == 0
            nothing_is_left(again, number)
            assert [d.proof for d in done(again)] == [d.proof for d in done(hall)]
        finally:
            again.database.close()


def done(hall: TownHall) -> tuple[DisposalLine, ...]:
    found: tuple[DisposalLine, ...] = hall.desk.ask(GetDisposals(), MANAGER)
    return found


def test_seven_years_of_a_household(hall: TownHall, tmp_path: Path) -> None:
    """Each step: who reads, what was told before, what stays written, what nobody says untruly;
    and what was decided holds also where an older backup had to be restored."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    agreed, sworn, closed = (tmp_path / f"{name}.backup" for name in ("agreed", "sworn", "closed"))
    kept = DecisionFileWriter(hall.desk, folder)
    case_id = agrees_and_takes_a_part_back(hall)
    back_up(hall, agreed)
    meeting_id = withdraws_the_day_after_a_sitting(hall, case_id)
    is_in_danger(hall, case_id)
    back_up(hall, sworn)
    her_worker_leaves(hall, case_id)
    kept.write()
    stays_for_her_named_reader(hall, agreed, folder)
    asks_who_was_told(hall, case_id, meeting_id)
    closes_twice(hall, case_id)
    back_up(hall, closed)
    is_let_go(hall, case_id)
    kept.write()
    comes_back_by_no_restore(hall, [agreed, sworn, closed], folder)
