"""Letters that nobody sees: they hide no name, split no number and fill nothing in."""

import sys
import unicodedata
from datetime import date
from typing import Any, Final

import pytest

from tests.support.clock import START
from tests.support.known import known_of
from tests.support.people import COORDINATOR
from tests.support.town import FORMS, TownHall
from tests.workflows.test_my_number_spellings import VALID
from tests.workflows.test_requests import found, recorded
from workflows.cases.find_case import FindSame, case_number
from workflows.cases.find_person import FindPerson
from workflows.core.work import Work
from workflows.forms import check
from workflows.guard.known import merge_identifying_data
from workflows.guard.scan import scan
from workflows.japanese.characters import as_typed, has_control, has_words, is_invisible, trimmed
from workflows.japanese.my_number import contains_my_number
from workflows.japanese.same_person import PersonTyped, search_keys
from workflows.meetings.slots import slots_from

# Default_Ignorable_Code_Point, as Unicode's DerivedCoreProperties.txt lists it.
IGNORED: Final = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Words of Unicode's names for what is drawn as nothing; and whose letters are drawn all the same.
NOTHING: Final = ("FILLER", "BLANK", "INVISIBLE", "NULL NOTEHEAD", "OBJECT REPLACEMENT")
DRAWN: Final = {"BLANK SYMBOL", "KHITAN SMALL SCRIPT FILLER"}  # ␢; a mark
GAPS: Final = ("GAP FILLER", "LINE FILLER")  # dashes and dots that fill a line


def invisible_characters() -> list[str]:
    """Of every code point those that nobody sees, by their properties; marks belong to a letter."""
    found = {chr(code) for first, last in IGNORED for code in range(first, last + 1)}
    for code in range(sys.maxunicode + 1):
        name = unicodedata.name(chr(code), "")
        if any(w in name for w in NOTHING) and name not in DRAWN:
            found |= set() if any(w in name for w in GAPS) else {chr(code)}
    return sorted(c for c in found if unicodedata.category(c) != "Mn")


BLANK: Final = invisible_characters()
# Nearly all of them lie in a plane that has no letters yet: of those some are enough.
SOME: Final = [c for c in BLANK if c < "\U000e0100"][::4] + BLANK[::300]
PERSON: Final[dict[str, Any]] = {
    "name": "渡部 健", "kana": "ワタナベ　ケン", "birth_date": "1962-11-03",
    "phone": "090-0070-7070", "address": "高台3丁目14番",
}  # fmt: skip


def test_every_letter_that_nobody_sees_is_known() -> None:
    """By Unicode's own properties and names: 4,000 code points, and none that is seen."""
    assert len(BLANK) > 3_800
    assert not [f"{ord(c):x}" for c in BLANK if not is_invisible(c)]
    seen = "あア漢aZ1１ー-・。、 \n\t　〇○①゛ﾞ々ヶ😀각ᄀ⠁\ufe0f\u0301␢∅"
    assert not [c for c in seen if is_invisible(c)]


def test_every_sign_of_format_goes_and_every_control_is_found() -> None:
    """By the category of each code point: the patterns have all of them and no other."""
    for code in range(sys.maxunicode + 1):
        c, category = chr(code), unicodedata.category(chr(code))
        ends_a_plane = code & 0xFFFE == 0xFFFE
        control = (category in ("Cc", "Cs") and c not in "\n\t") or ends_a_plane
        assert has_control(c) == control, hex(code)
        if category == "Cf":
            assert as_typed(f"山{c}山") == "山山", hex(code)
        elif category not in ("Cc", "Cn", "Zl", "Zp"):
            assert as_typed(f"山{c}山") == f"山{c}山", hex(code)


def test_nothing_that_is_not_seen_is_typed() -> None:
    """Alone it is blank: at a required field, a reason, a row, a date and a number of a case."""
    sheet = FORMS.form("sheet")
    for c in BLANK:
        assert as_typed(f" {c}{c}") == as_typed(c) == "", hex(ord(c))
        assert as_typed(f"{c}山{c}") == "山"
        assert not has_words(f"{c}あ{c}")
    for c in "\u3164\u115f\u1160\uffa0\u2800\ufffc\U0001d159":
        assert trimmed(f"{c} 山 田{c}") == "山 田"
        raw: Any = {"name": c, "kana": c, "household": [{"relation": c, "name": c, "kana": c}]}
        checked = check(sheet, {**raw, "route": c}, today=START.date())
        assert not {"name", "kana", "household"} & set(checked.values)
        keys = {(e.field, e.key) for e in checked.errors}
        assert ("route", "form.required") in keys
        assert not [e for e in keys if e[0] in ("name", "kana", "household")]


def test_it_hides_no_name_telephone_or_address(hall: TownHall) -> None:
    """Between any two letters, of any script; before a courtesy title; beside a word."""
    known = known_of(hall.case(hall.open_case("A14", **PERSON)))
    for c in SOME:
        for text in (f"渡{c}部", f"ワタ{c}ナベ ケン", f"Wata{c}nabe", f"Room{c}Watanabe"):
            assert scan(text, known), (text, hex(ord(c)))
    for c in "\u3164\u115f\u2800\u200b\U000e0041":
        for text in (f"090-00{c}70-7070", f"高台3{c}-14", f"1962年{c}11月3{c}日", f"健{c}さん"):
            assert scan(text, known), (text, hex(ord(c)))
        text = f"場所は{c}渡{c}部宅です"
        (hit,) = scan(text, known)
        assert text[hit.start : hit.end] == f"渡{c}部"


def test_it_splits_no_my_number() -> None:
    for c in SOME:
        assert contains_my_number(c.join(VALID)), hex(ord(c))
        assert contains_my_number(f"{VALID[:5]}{c}{VALID[5:]}"), hex(ord(c))


def test_it_hides_nobody_from_a_search(hall: TownHall) -> None:
    """The keys of a search are those of what is seen; and a blank field is none."""
    plain = search_keys(PersonTyped("渡部 健", "ワタナベ ケン", None, "090-0070-7070", "高台3-14"))
    for c in "\u3164\u115f\uffa0\u2800\u200b":
        texts = (f"渡{c}部健", f"ワタ{c}ナベ ケン", f"0{c}90-0070-7070", f"高{c}台3-{c}14")
        name, kana, phone, address = texts
        assert search_keys(PersonTyped(name, kana, None, phone, address)) == plain
        assert case_number(f"R8{c}-0012{c}") == "R8-0012"
    hall.open_case("A14", **PERSON)
    blank = FindPerson("ワタナベ　ケン", "\u3164", "\u2800", "\u115f")
    assert len(hall.desk.ask(blank, COORDINATOR).cases) == 1
    same = FindSame("渡\u3164部健", "", "1962-11-03", "\u3164", "\u2800")
    hits = hall.desk.ask(same, COORDINATOR)
    assert hits is not None
    assert [one.number for one in hits] == ["R8-0001"]


def test_a_row_of_dates_of_which_nothing_is_seen_is_empty(hall: TownHall) -> None:
    with hall.database.open() as unit:
        work = Work(unit, None, START, None, FORMS)  # type: ignore[arg-type]
        assert slots_from([{"day": "\u3164", "starts": "\u2800"}], 60, work) == []


# -- readings of a household -----------------------------------------------------------------------


def test_a_household_is_known_by_its_readings_too(hall: TownHall) -> None:
    """In kana and in Latin letters; whose reading is not known, of them nothing is guessed."""
    names = [{"relation": "弟", "name": "晋一"}]
    read = [{**names[0], "kana": "シンイチ"}, {"relation": "母", "kana": "よしえ"}]
    before, after = (hall.open_case("A14", **PERSON, household=rows) for rows in (names, read))
    old, new = (merge_identifying_data([known_of(hall.case(c))]) for c in (before, after))
    for text in (
        "しんいちさん",
        "渡部シンイチ",
        "Shin-ichi",
        "Watanabe Shinichi",
        "ヨシエさん",
        "Yoshie",
    ):
        assert scan(text, new), text
    for text in ("しんいちさん", "Shin-ichi", "ヨシエさん"):
        assert scan(text, new), text
        assert not scan(text, old), text
    assert hall.case(after).sheet["household"][1] == {"relation": "母", "kana": "ヨシエ"}  # type: ignore[index]


def test_a_request_finds_one_of_a_household_by_reading_and_birthday(hall: TownHall) -> None:
    """No birth date stands there, so the reading is enough; for no other search."""
    rows = [{"relation": "弟", "name": "晋一", "kana": "ワタナベ　シンイチ"}]
    hall.open_case("A14", **PERSON, household=rows)
    made = recorded(hall)
    hits = found(hall, made, kana="わたなべ しんいち", birth_date="昭和40年1月1日")
    assert [(h.number, h.as_member) for h in hits] == [("R8-0001", True)]
    own = found(hall, made, kana="ワタナベ ケン", birth_date=date(1962, 11, 3).isoformat())
    assert [(h.number, h.as_member) for h in own] == [("R8-0001", False)]
    assert not hall.desk.ask(FindPerson(kana="ワタナベ シンイチ"), COORDINATOR).cases


@pytest.mark.parametrize("typed", ["晋一", "シン1"])
def test_a_reading_that_is_none_is_said_at_its_cell(typed: str) -> None:
    raw: Any = {"household": [{"relation": "弟", "kana": typed}]}
    errors = check(FORMS.form("sheet"), raw, today=START.date()).errors
    assert ("household.0.kana", "form.kana") in {(e.field, e.key) for e in errors}
