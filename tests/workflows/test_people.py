"""The same person is found again, another one is not, and My Numbers are noticed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.people import (
    MatchKey,
    contains_my_number,
    match_keys,
    same_address,
    same_kana,
    same_phone,
)

BORN = date(1950, 4, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("やまかわ　はなこ", "ヤマカワハナコ"),
        ("ﾔﾏｶﾞﾜ ﾊﾅｺ", "ヤマガワ　ハナコ"),
        ("オーノ ショータ", "オノ シヨタ"),
        ("ハットリ", "ハツトリ"),
        ("ヴァン・ダン", "バンダン"),
        ("ゔぃ", "ビ"),
        ("ミヅエ", "ミズエ"),
    ],
)
def test_a_reading_is_one_however_it_is_typed(one: str, other: str) -> None:
    """Hiragana, half-width, small kana, long vowel marks and blanks make no difference."""
    assert same_kana(one) == same_kana(other) != ""


def test_different_readings_stay_different() -> None:
    """ヤマカワ is not ヤマガワ."""
    assert same_kana("ヤマカワ") != same_kana("ヤマガワ")


@pytest.mark.parametrize(
    "phone", ["090-0000-1234", "０９０（００００）１２３４", "09000001234", "+81 90-0000-1234"]
)
def test_a_telephone_is_its_digits(phone: str) -> None:
    """Brackets, hyphens, widths and the country code make no difference."""
    assert same_phone(phone) == "09000001234"


@pytest.mark.parametrize(
    "address",
    [
        "山梨県南山市髙橋町三丁目２番１号", "南山市高橋町3-2-1", "南山市 高橋町３−２−１",
        "南山市高橋町3丁目2番地1", "南山市高橋町3丁目2番地の1", "南山市高橋町三－二－一",
        "南山市高橋町3ー2ー1", "〒400-0000 山梨県南山市高橋町3丁目2の1", "南山市大字高橋町3-2-1",
    ],
)  # fmt: skip
def test_an_address_is_one_however_it_is_written(address: str) -> None:
    """Kanji numerals, 丁目番号, every hyphen and the prefecture make no difference."""
    assert same_address(address) == "南山市高橋町3-2-1"


@pytest.mark.parametrize(
    ("old", "new"),
    list(zip("髙﨑邉邊齋齊斎澤廣濵濱嶋國眞瀨德櫻𠮷壽會惠榮條龍瀧彌圓學關靜豐橫黑靑淸冨峯嶽舘鄕穗",
             "高崎辺辺斉斉斉沢広浜浜島国真瀬徳桜吉寿会恵栄条竜滝弥円学関静豊横黒青清富峰岳館郷穂",
             strict=True)),
)  # fmt: skip
def test_old_forms_of_kanji_are_the_new_ones(old: str, new: str) -> None:
    """An address keeps its old kanji in one register and loses them in another."""
    assert same_address(f"{old}町1-1") == same_address(f"{new}町1-1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高橋町3-2-1 101", "高橋町3-2-1101"),
        ("高橋町3-21", "高橋町32-1"),
        ("一番町1-1", "二番町1-1"),
        ("一番町1-1", "1町1-1"),
        ("高橋町1-10", "高橋町1-1"),
    ],
)
def test_neighbours_stay_apart(one: str, other: str) -> None:
    """No spelling rule may make two houses one."""
    assert same_address(one) != same_address(other)


@given(st.text(alphabet="山川市町一二三十丁目番地号の0123456789-ー 　ノ霞ケ関", max_size=20))
def test_blanks_around_and_between_make_no_address_another(address: str) -> None:
    """Whatever is written; and no blank is left in the key."""
    assert same_address(f" {address}　") == same_address(address)
    assert not set(same_address(address)) & set(" 　")


def test_keys_are_made_of_what_is_there() -> None:
    """Kana and birth date, kana and telephone, address: three keys, none from half a pair."""
    full = match_keys("やまかわ はなこ", BORN, "090-0000-1234", "高橋町3-2-1")
    assert full == {
        MatchKey("kana_birth", "ヤマカワハナコ|1950-04-01"),
        MatchKey("kana_phone", "ヤマカワハナコ|09000001234"),
        MatchKey("address", "高橋町3-2-1"),
    }
    assert match_keys(None, BORN, "090-0000-1234", None) == frozenset()
    assert match_keys("ヤマカワ", None, None, "") == frozenset()
    assert match_keys(" ー ", BORN, None, None) == frozenset()


def test_an_address_without_a_number_finds_nobody() -> None:
    """「南山市高橋町」 would make the whole district one household."""
    assert match_keys(None, None, None, "南山市高橋町") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "番号は123456789012です", "１２３４５６７８９０１２", "1234-5678-9012", "1234 5678 9012",
        "１２３４　５６７８　９０１２", "1234‐5678−9012", "1234\n5678\n9012", "123456789012 30歳",
        "電話090-0000-1234、番号123456789012", "1234 - 5678 - 9012", "812345678901",
        "+123456789012",
    ],
)  # fmt: skip
def test_a_my_number_is_noticed_however_it_is_written(text: str) -> None:
    """In one piece or as the card prints it, full-width or broken over lines."""
    assert contains_my_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "09012345678", "090-1234-5678", "0551-22-1234", "+81 90-1234-5678", "+819012345678",
        "1234567890123", "12345678901", "令和8年11月20日 14:00", "2026-11-20 14:30",
        "家賃120,000円、収入80,000円", "ケースR8-0012", "1234-5678-9012-3456", "1234-5678",
    ],
)  # fmt: skip
def test_telephones_dates_and_longer_numbers_are_no_my_number(text: str) -> None:
    """11 digits or fewer, dates, and parts of longer numbers pass."""
    assert not contains_my_number(text)


@given(
    st.integers(0, 10**12 - 1),
    st.sampled_from(["", "-", " ", "　", "−"]),
    st.text("あ。\n", max_size=5),
)
def test_every_twelve_digit_number_is_noticed(number: int, between: str, around: str) -> None:
    """Whatever the digits and the words around them."""
    digits = f"{number:012}"
    written = between.join((digits[:4], digits[4:8], digits[8:]))
    assert contains_my_number(around + written + around)
