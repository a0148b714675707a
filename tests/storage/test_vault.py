"""The vault: sealed for one place with these keys, and nothing personal in the files."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.database import DatabaseRefused, open_database
from storage.tables import cases, drafts, members
from storage.vault import KeysMissing, Vault, make_keys, read_keys
from tests.support.hands import Fields
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.versions import place_in_row
from workflows.cases.drafts import SaveDraft
from workflows.core.ports import BrokenRecord

PLANTED: Fields = {
    "name": "甲野乙之介",
    "kana": "コウノオツノスケ",
    "phone": "090-9876-5432",
    "address": "架空町八丁目七番六号",
    "summary": "蔵の奥で泣いているとの連絡。",
    "household": [{"relation": "姉", "name": "甲野丙子", "situation": "要介護四"}],
    "wishes": "静かに暮らしたい。",
}
WORDS = (
    "甲野乙之介",
    "コウノオツノスケ",
    "9876-5432",
    "八丁目",
    "泣いて",
    "丙子",
    "要介護四",
    "静かに",
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(make_keys(tmp_path / "k.json"))


def test_what_is_sealed_is_opened_in_its_place_alone(vault: Vault) -> None:
    """A value copied into another row does not open there."""
    sealed = vault.seal("秘密", "cases.content:1")
    assert vault.open(sealed, "cases.content:1") == "秘密"
    with pytest.raises(KeysMissing):
        vault.open(sealed, "cases.content:2")


def test_the_same_words_are_sealed_differently_each_time(vault: Vault) -> None:
    """Nobody sees that two people have the same trouble."""
    assert vault.seal("秘密", "x") != vault.seal("秘密", "x")


@pytest.mark.parametrize("value", [b"\xff\xfe", b"", 7, 0.5, None, "", ".", "秘密", "a" * 9 + "."])
def test_what_nobody_sealed_does_not_open(vault: Vault, value: object) -> None:
    """Nor what is no text at all, as somebody may write it into SQLite by hand: it is a value that
    does not open, and no failure of whoever looks for such values."""
    with pytest.raises(KeysMissing):
        vault.open(value, "x")


def test_other_keys_open_nothing(vault: Vault, tmp_path: Path) -> None:
    """Nor does a value whose letters were changed."""
    sealed = vault.seal("秘密", "x")
    with pytest.raises(KeysMissing):
        Vault(make_keys(tmp_path / "other.json")).open(sealed, "x")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(KeysMissing):
        vault.open(changed, "x")


def test_keys_are_written_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    """Keys that are there are never written over; nobody else on the machine reads them."""
    place = tmp_path / "k.json"
    keys = make_keys(place)
    assert read_keys(place) == keys
    assert place.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_keys(place)


@pytest.mark.parametrize("text", ["", "{}", '{"current": "k1", "seal": {}}', "[]", "null"])
def test_a_file_that_is_no_keys_file_is_refused(tmp_path: Path, text: str) -> None:
    """Half a file is no file."""
    place = tmp_path / "k.json"
    place.write_text(text)
    with pytest.raises(KeysMissing):
        read_keys(place)


def test_a_case_moved_to_another_row_does_not_open(any_hall: TownHall) -> None:
    """Whoever can write into the database cannot show one person's case under another's number."""
    first, second = any_hall.open_case("A14"), any_hall.open_case("A14")
    with any_hall.database.engine.begin() as connection:
        content = connection.execute(select(cases.c.content).where(cases.c.id == first)).scalar()
        connection.execute(update(cases).where(cases.c.id == second).values(content=content))
    with pytest.raises(BrokenRecord):
        any_hall.case(second)


def test_wrong_keys_are_refused_when_the_database_is_opened(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """Not at the first case that somebody looks at."""
    url = any_hall.database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(DatabaseRefused) as refused:
        open_database(url, make_keys(tmp_path / "other.json"), "local")
    assert refused.value.key == "database.other_keys"


def write_about_somebody(hall: TownHall) -> str:
    case_id = hall.open_case("A14", **PLANTED)
    hall.desk.handle(SaveDraft("sheet", PLANTED), COORDINATOR)
    hall.reply(case_id, "A14", "partly", by=ELDERLY, reason=PLANTED["summary"])
    hall.edit(case_id, name="甲野乙之介（通称）")
    hall.plan(case_id, issues=PLANTED["summary"])
    meeting_id = hall.convene(case_id, basis_reason=PLANTED["summary"])
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id, shared_facts=PLANTED["summary"])
    hall.confirm_record(meeting_id)
    hall.keep_promises()
    return case_id


def test_no_planted_word_lies_in_any_file_of_the_database(hall: TownHall, tmp_path: Path) -> None:
    """Neither the database nor its write-ahead log holds a word about the person."""
    case_id = write_about_somebody(hall)
    assert hall.case(case_id).sheet["summary"] == PLANTED["summary"]
    files = [p for p in tmp_path.rglob("*") if p.name.startswith("town.db")]
    assert any(p.name.endswith("-wal") for p in files), "the log was not looked at"
    found = b"".join(p.read_bytes() for p in files)
    assert b"R8-0001" in found  # what may be read is found, so the search finds
    for word in (*WORDS, "日向坂 ゆるり"):
        for coding in ("utf-8", "utf-16-le", "unicode_escape"):
            assert word.encode(coding) not in found, word


def test_no_planted_word_lies_in_any_column(any_hall: TownHall) -> None:
    """The same, column by column, on both databases."""
    write_about_somebody(any_hall)
    with any_hall.database.engine.connect() as connection:
        for table in cases.metadata.sorted_tables:
            text = str(connection.execute(select(table)).all())
            for word in WORDS:
                assert word not in text, (table.name, word)


def test_staff_and_drafts_are_sealed_too(any_hall: TownHall) -> None:
    """A member's name and a draft are no less private than a sheet."""
    any_hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), COORDINATOR)
    with any_hall.database.engine.connect() as connection:
        for table in (members, drafts):
            sealed = connection.execute(select(table.c.content)).scalars().all()
            assert sealed
            assert all(s.startswith("k1.") for s in sealed)


def test_a_document_that_holds_no_case_is_told_without_its_words(hall: TownHall) -> None:
    """Damaged inside its seal: whoever asks learns that it does not open, not what stood there."""
    case_id = hall.open_case("A14")
    with hall.database.engine.begin() as connection:
        where = place_in_row(connection, cases, "content", case_id)
        sealed = hall.database.vault.seal('{"甲野": ', where)
        connection.execute(update(cases).where(cases.c.id == case_id).values(content=sealed))
    with pytest.raises(BrokenRecord) as told:
        hall.case(case_id)
    assert (str(told.value), told.value.__cause__) == ("case", None)
