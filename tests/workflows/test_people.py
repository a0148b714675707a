"""The same person is found again, another one is not, and My Numbers are noticed."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.japanese.addresses import normalized_address, up_to_house_number
from workflows.japanese.same_person import (
    MatchKey,
    PersonTyped,
    index_keys,
    normalized_kana,
    normalized_name,
    normalized_phone,
    same_person_keys,
    search_keys,
)

BORN = date(1950, 4, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("やまかわ　はなこ", "ヤマカワハナコ"),
        ("ﾔﾏｶﾞﾜ ﾊﾅｺ", "ヤマガワ　ハナコ"),
        ("オーノ ショータ", "オオノ シヨウタ"),
        ("オ－ノ", "オーノ"),
        ("ｵｰﾉ", "オ―ノ"),
        ("オ〜ノ", "オ一ノ"),
        ("みすゞ", "ミスズ"),
        ("こゝろ", "ココロ"),
        ("カ゛モウ", "ガモウ"),
        ("ｶﾞﾓｳ", "か゛もう"),
        ("カ\u3099モウ", "ガモウ"),
        ("ハ゜ーク", "パーク"),
        ("ヷン", "ヴァン"),
        ("ヸオラ", "ヴィオラ"),
        ("ヹラ", "ベラ"),
        ("ヺラ", "ボラ"),
        ("ハットリ", "ハツトリ"),
        ("ヴァン・ダン", "バンダン"),
        ("ゔぃ", "ビ"),
        ("ミヅエ", "ミズエ"),
    ],
)
def test_a_reading_is_one_however_it_is_typed(one: str, other: str) -> None:
    """Hiragana, half-width, small kana, marks for long vowels, voices and repeats, blanks."""
    assert normalized_kana(one) == normalized_kana(other) != ""


def test_different_readings_stay_different() -> None:
    """ヤマカワ is not ヤマガワ, and オノ (小野) is not オーノ (大野)."""
    assert normalized_kana("ヤマカワ") != normalized_kana("ヤマガワ")
    assert normalized_kana("オノ") != normalized_kana("オーノ")


@pytest.mark.parametrize(
    "phone", ["090-0000-1234", "０９０（００００）１２３４", "09000001234", "+81 90-0000-1234"]
)
def test_a_telephone_is_its_digits(phone: str) -> None:
    """Brackets, hyphens, widths and the country code make no difference."""
    assert normalized_phone(phone) == "09000001234"


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
    assert normalized_address(address) == "南山市高橋町3-2-1"


@pytest.mark.parametrize(
    ("old", "new"),
    list(zip("髙﨑邉邊齋齊斎澤廣濵濱嶋國眞瀨德櫻𠮷壽會惠榮條龍瀧彌圓學關靜豐橫黑靑淸冨峯嶽舘鄕穗",
             "高崎辺辺斉斉斉沢広浜浜島国真瀬徳桜吉寿会恵栄条竜滝弥円学関静豊横黒青清富峰岳館郷穂",
             strict=True)),
)  # fmt: skip
def test_old_forms_of_kanji_are_the_new_ones(old: str, new: str) -> None:
    """An address keeps its old kanji in one register and loses them in another."""
    assert normalized_address(f"{old}町1-1") == normalized_address(f"{new}町1-1")


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
    assert normalized_address(one) != normalized_address(other)


@given(st.text(alphabet="山川市町一二三十丁目番地号の0123456789-ー 　ノ霞ケ関", max_size=20))
def test_blanks_around_and_between_make_no_address_another(address: str) -> None:
    """Whatever is written; and no blank is left in the key."""
    assert normalized_address(f" {address}　") == normalized_address(address)
    assert not set(normalized_address(address)) & set(" 　")


@pytest.mark.parametrize(
    "address",
    [
        "北海道札幌市中央区北1条西2丁目3-4", "札幌市中央区北一条西二丁目３番４号",
        "札幌市中央区北１条西２丁目３番地４", "札幌市中央区北一西二丁目3の4",
        "中央区北1西2-3-4", "中央区北１条西２－３－４ビル５階",
    ],
)  # fmt: skip
def test_a_town_that_counts_its_streets_has_houses_too(address: str) -> None:
    """北1条西2丁目: the house is 3-4 there, and not 北1, which is a whole row of blocks."""
    place = normalized_address(address).removeprefix("札幌市")
    assert up_to_house_number(place) == "中央区北1条西2-3-4"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北1条西2丁目", "北1条西3丁目"), ("北1条西2丁目3", "北1条西2丁目4"),
        ("4条通5丁目", "4条通6丁目"), ("北1条西2丁目", "北1条東2丁目"),
        ("西2条南3丁目4", "西2条南3丁目5"),
    ],
)  # fmt: skip
def test_two_blocks_of_one_street_are_not_one_house(one: str, other: str) -> None:
    """Everybody in 北1条 was one house before."""
    assert up_to_house_number(normalized_address(one)) != up_to_house_number(
        normalized_address(other)
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高橋町三丁目二番地一", "高橋町3-2-1"),
        ("高橋町三丁目二の一", "高橋町3-2-1"),
        ("第五地割十二番地三", "5地割12-3"),
        ("四条通五丁目6", "4条5丁目6"),
        ("南巨摩郡身延町梅平10", "身延町梅平10番地"),
        ("\ufa10田町1-1", "塚田町1-1"),
    ],
)
def test_a_number_is_one_however_it_is_written(one: str, other: str) -> None:
    """In kanji throughout, with 地割, 条通 and 郡."""
    assert normalized_address(one) == normalized_address(other)


def test_towns_with_the_sign_of_a_county_in_their_name_keep_it() -> None:
    assert normalized_address("福島県郡山市朝日町1-1") == "郡山市朝日町1-1"
    assert normalized_address("大和郡山市矢田山町1") == "大和郡山市矢田山町1"


@pytest.mark.parametrize(
    ("address", "house"),
    [
        ("高橋町3-2-1-101", "高橋町3-2-1"),
        ("高橋町3-2-1 コーポ梅101", "高橋町3-2-1"),
        ("高橋町12-3-1205", "高橋町12-3"),
        ("高橋町3-101", "高橋町3-101"),
        ("高橋町123番地", "高橋町123"),
    ],
)
def test_a_room_is_no_part_of_the_house(address: str, house: str) -> None:
    """But where only one number stands before it, it may be the house's own."""
    assert up_to_house_number(normalized_address(address)) == house


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\ufa10本 花", "塚本花"), ("\uf9dc 一", "隆一"), ("\ufa19 一", "神一"),
        ("髙橋　花子", "高橋花子"), ("葛\U000e0100城 一", "葛城一"), ("はな子", "ハナ子"),
    ],
)  # fmt: skip
def test_a_name_is_one_in_every_form_of_its_letters(one: str, other: str) -> None:
    """What a sheet keeps in the form its bearer writes is found under the usual one."""
    assert normalized_name(one) == normalized_name(other) != ""


@pytest.mark.parametrize("none", ["", "不明", "匿名希望", "本人", "山\ue001", "〓田"])
def test_what_is_no_name_makes_nobody_the_same(none: str) -> None:
    """Two 不明 born on one day, and two names with a letter that nobody can read."""
    assert normalized_name(none) == ""
    assert same_person_keys(PersonTyped(name=none, birth_date=BORN)) == frozenset()


FULL = PersonTyped("山川 花子", "やまかわ はなこ", BORN, "090-0000-1234", "高橋町3-2-1コーポ梅101")


def test_keys_are_made_of_what_is_there() -> None:
    """Nothing from half a pair, and nothing from a telephone or a birthday alone."""
    assert same_person_keys(FULL) == {
        MatchKey("kana_birth", "ヤマカワハナコ|1950-04-01"),
        MatchKey("name_birth", "山川花子|1950-04-01"),
        MatchKey("kana_phone", "ヤマカワハナコ|09000001234"),
        MatchKey("address", "高橋町3-2-1コーポ梅101"),
        MatchKey("house_alone", "高橋町3-2-1"),
    }
    assert same_person_keys(PersonTyped(birth_date=BORN, phone="090-0000-1234")) == frozenset()
    assert same_person_keys(PersonTyped("山川 花子", "ヤマカワ")) == frozenset()
    assert same_person_keys(PersonTyped(kana=" ー ", birth_date=BORN)) == frozenset()


def test_an_address_without_a_number_finds_nobody() -> None:
    """「南山市高橋町」 would make the whole district one household."""
    district = PersonTyped(address="南山市高橋町")
    assert same_person_keys(district) == index_keys(district) == frozenset()


def points_out(typed: str, kept: str, town: str = "") -> bool:
    """Whether a sheet with this address is pointed out to who types that one."""
    asked = same_person_keys(PersonTyped(address=typed), town)
    return bool(asked & index_keys(PersonTyped(address=kept)))


def test_a_household_is_found_whether_or_not_its_building_is_written() -> None:
    """But two rooms of one house are two households."""
    plain, room, neighbour = "高橋町3-2-1", "高橋町3丁目2-1コーポ梅101", "高橋町3-2-1コーポ梅202"
    assert all(points_out(*two) for two in ((plain, room), (room, plain), (room, room)))
    assert not points_out(room, neighbour)
    assert not points_out("高橋町3-2-1-101", "高橋町3-2-1-102")
    assert not points_out(plain, "高橋町3-2-11")
    assert points_out("南山市高橋町3-2-1", plain, town="南山市")
    assert points_out(plain, "山梨県南山市高橋町3-2-1", town="南山市")


NUMBERS = "〇一二三四五六七八九"


def in_kanji(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else NUMBERS[tens]) + "十" if tens else ""
    return ten + (NUMBERS[ones] if ones else "")


def in_full_width(number: int) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in str(number))


WRITTEN: tuple[Callable[[int], str], ...] = (str, in_kanji, in_full_width)
JOINED = (("丁目", "番", "号"), ("丁目", "番地", ""), ("丁目", "番地の", ""), ("－", "‐", ""),
          ("-", "-", ""), ("の", "の", ""), ("ー", "−", ""))  # fmt: skip


@st.composite
def spelt_otherwise(draw: st.DrawFn) -> tuple[str, str]:
    """An address as a register keeps it, and the same as somebody else writes it."""
    numbers = (draw(st.integers(1, 29)), draw(st.integers(1, 99)), draw(st.integers(1, 99)))
    written, joined = draw(st.sampled_from(WRITTEN)), draw(st.sampled_from(JOINED))
    building = draw(st.sampled_from(["", "コーポ梅101", " メゾン桜 2階", "　さくら荘"]))
    front = draw(st.sampled_from(["", "南山市", "山梨県南山市", "〒400-0001 山梨県南山市"]))
    part = draw(st.sampled_from(["髙橋町", "高橋町", "大字高橋町"]))
    house = "".join(f"{written(n)}{by}" for n, by in zip(numbers, joined, strict=True))
    return "高橋町" + "-".join(map(str, numbers)), f"{front}{part}{house}{building}"


@given(spelt_otherwise())
def test_search_and_hint_find_an_address_in_every_spelling(two: tuple[str, str]) -> None:
    """Numerals of three kinds, every way to join them, with and without building and town."""
    kept, typed = two
    index = index_keys(PersonTyped(address=kept))
    assert search_keys(PersonTyped(address=typed), "南山市") & index
    assert points_out(typed, kept, "南山市")
    assert points_out(kept, typed, "南山市")


KANA = "アイウエオカキクケコガギグゴサシジスズセソタチツテトドナニノハバパヒフホマミモヤユヨルン"


def written_otherwise(kana: str) -> list[str]:
    """The same reading as other people and programs write it."""
    hiragana = "".join(chr(ord(c) - 0x60) for c in kana)
    apart = unicodedata.normalize("NFD", kana)
    return [
        hiragana,
        apart,
        apart.replace("\u3099", "゛").replace("\u309a", "゜"),
        apart.replace("\u3099", "ﾞ").replace("\u309a", "ﾟ"),
        "　".join(kana),
        re.sub(r"(.)\1", r"\1ヽ", kana),
        re.sub("シジ", "シヾ", kana).replace("スズ", "スヾ"),
        re.sub("(?<=[コソトノホモヨロゴド])ウ", "ー", kana),
        re.sub("(?<=[コソトノホモヨロゴド])ウ", "－", kana),
    ]


@given(st.text(alphabet=KANA, min_size=1, max_size=10))
def test_search_and_hint_find_a_reading_in_every_spelling(kana: str) -> None:
    """One set of keys: whom the one finds the other finds."""
    index = index_keys(PersonTyped(kana=kana, birth_date=BORN))
    for typed in written_otherwise(kana):
        person = PersonTyped(kana=typed, birth_date=BORN)
        assert MatchKey("kana", normalized_kana(typed)) in search_keys(person) & index
        assert same_person_keys(person) & index
