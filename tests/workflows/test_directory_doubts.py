"""What is right as a row of the directory and may be a mistake: said before it is kept."""

from dataclasses import replace

import pytest

from handlers.words.labels import load_labels
from tests.support.hands import confirm_permission_requests
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.core.permissions import Caller
from workflows.directory.doubts import doubts_in
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.directory.former_names import NameChange
from workflows.directory.lists import ImportPlan
from workflows.model.directory import Member

ADMINISTRATOR = "M05"
LABELS = load_labels()
HEAD = ",".join(LABELS.member_columns.values())


def row(code: str, name: str = "山田 太郎", kana: str = "ヤマダ タロウ", email: str = "") -> str:
    return f"{code},{name},{kana},A14,,いいえ,,{email},,"


def plan(hall: TownHall, *rows: str, zeros: bool = False) -> ImportPlan[Member]:
    data = "\r\n".join((HEAD, *rows)).encode()
    return hall.desk.handle(ImportMembers(data, LABELS, False, zeros=zeros), Caller.CONSOLE)


def doubts(found: ImportPlan[Member]) -> set[tuple[int | None, str]]:
    return {(w.row_number, w.key) for w in found.warnings if w.key != "lists.no_contact"}


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("M90"), row("M91", "山田 花", "ヤマダ ハナ")], set()),
        ([row("M90", email="M26@EXAMPLE.jp")], {(2, "lists.same_email")}),
        (
            [row("M90", email="a@example.jp"), row("M91", "花", "ハナ", "ａ@example.jp")],
            {(2, "lists.same_email"), (3, "lists.same_email")},
        ),
        ([row("M90", "日向坂ゆるり", "ひなたざかユルリ")], {(2, "lists.same_person")}),
        ([row("M026")], {(2, "lists.lost_code_zeros")}),
        ([row("M90", "山?太郎")], {(2, "lists.letters")}),
        ([row("M90", "山\ue001 太郎")], {(2, "lists.letters")}),
        ([row("M90", "〓田 太郎")], {(2, "lists.letters")}),
        ([row("M90", "\ufa10田 太郎")], set()),
        ([row(ELDERLY, "木本 さやか", "キモト サヤカ")], {(2, "lists.other_person")}),
        ([row(ELDERLY, "木本 さやか", "ヒナタザカ ユルリ")], {(2, "lists.other_person")}),
        ([row(ELDERLY, "日向坂 百合", "ヒナタザカ ユルリ")], set()),
        ([row(ELDERLY, "日向阪ゆるり", "ヒナタザカ ユルリ")], set()),
        ([row(ELDERLY, "木本 ゆるり", "キモト ユルリ")], set()),
        ([row(ELDERLY, "日向阪 ゆるり", "ヒナタザカ ユルリ")], set()),
    ],
)
def test_what_may_be_a_mistake_is_said_with_its_row(
    hall: TownHall, rows: list[str], found: set[tuple[int, str]]
) -> None:
    """Of a colleague's address, another's name in a row, zeros and letters that were lost."""
    assert doubts(plan(hall, *rows)) == found


def test_somebody_who_left_is_no_double(hall: TownHall) -> None:
    """Their address may go on to who comes after."""
    left = replace(member(hall, ELDERLY), active_until=hall.clock.at.date().replace(day=1))
    with hall.database.open() as unit:
        unit.directory.save_members([left])
        unit.commit()
    assert doubts(plan(hall, row("M90", email="m26@example.jp"))) == set()


def test_what_was_a_double_before_is_not_said_at_every_import(hall: TownHall) -> None:
    """What a list leaves as it is, is no news."""
    double = replace(member(hall, ELDERLY), email="m06@example.jp")
    with hall.database.open() as unit:
        unit.directory.save_members([double])
        unit.commit()
    data = hall.desk.ask(ExportMembers(LABELS), Caller.CONSOLE)
    assert doubts(hall.desk.handle(ImportMembers(data, LABELS, False), Caller.CONSOLE)) == set()


def test_codes_get_back_the_zeros_that_excel_took(hall: TownHall) -> None:
    """00123 came back as 123: with a word, it is the one that is there."""
    one = replace(member(hall, ELDERLY), id="00123", email="")
    with hall.database.open() as unit:
        unit.directory.save_members([one])
        unit.commit()
    lost = row("123", one.name, one.kana)
    assert (2, "lists.lost_code_zeros") in doubts(plan(hall, lost))
    mended = plan(hall, lost, zeros=True)
    assert mended.added == ()
    assert [c.new.id for c in mended.changed] == ["00123"]


def test_a_doubt_is_kept_once_somebody_said_that_it_is_meant(hall: TownHall) -> None:
    """Until then nothing of the file is."""
    data = f"{HEAD}\r\n{row('M90', email='m26@example.jp')}".encode()
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(ImportMembers(data, LABELS, True), ADMINISTRATOR)
    assert [e.field for e in wrong.value.errors] == ["doubts_seen"]
    hall.desk.handle(ImportMembers(data, LABELS, True, doubts_seen=True), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)
    assert member(hall, "M90").email == "m26@example.jp"


def save(
    hall: TownHall, member_id: str, cells: dict[str, str], *, doubts_seen: bool = False
) -> None:
    found = hall.desk.ask(GetMemberToEdit(member_id, LABELS), ADMINISTRATOR)
    why = NameChange.RENAMED if "name" in cells else ""
    command = SaveMember(
        {**found.cells, **cells}, found.stamp, LABELS, True, doubts_seen, name_change=why
    )
    hall.desk.handle(command, ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"email": "m06@example.jp"}, "email"),
        ({"name": "日向坂 ?るり"}, "name"),
        ({"name": "縁側 つむぎ", "kana": "エンガワ ツムギ"}, "name"),
    ],
    ids=str,
)
def test_one_member_on_the_page_has_the_same_warnings(
    hall: TownHall, cells: dict[str, str], field: str
) -> None:
    """Beside the field, before anything is kept; then it is kept as it was typed."""
    with pytest.raises(Invalid) as wrong:
        save(hall, ELDERLY, cells)
    assert [e.field for e in wrong.value.errors] == [field, "doubts_seen"]
    save(hall, ELDERLY, cells, doubts_seen=True)
    assert getattr(member(hall, ELDERLY), field) == cells[field]


def test_doubts_stand_in_the_order_of_the_rows(hall: TownHall) -> None:
    """Whoever goes through the file with them in hand goes through it once."""
    rows = [row(ELDERLY, email="m06@example.jp"), row("M90", "山?太郎"), row("M91", "〓田 太郎")]
    asked = doubts_in(plan(hall, *rows).warnings)
    assert [w.row_number for w in asked] == [2, 2, 3, 4]
