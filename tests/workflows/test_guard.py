"""The guard's eye: what the record knows is found however it is written, and nothing else is."""

import re
import string
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import START
from tests.support.known import known_of
from tests.support.planted import HARMLESS, PLANTED, Planted
from workflows.guard.known import IdentifyingData, merge_identifying_data
from workflows.guard.scan import Allowed, mask, scan
from workflows.guard.text import long_vowels, plain, sound, sound_of
from workflows.japanese.romaji import canonical, romaji
from workflows.model.case import Case
from workflows.model.directory import Town

TOWN = Town("つなぎ野市")
KIND = {"name", "phone", "address", "birth"}


def case_of(sheet: dict[str, Any]) -> Case:
    return Case("c1", "R8-0001", "M21", START, "A13", {k: v for k, v in sheet.items() if v})


def knows(sheet: dict[str, Any]) -> IdentifyingData:
    return known_of(case_of(sheet), TOWN)


SPELLINGS = [(p, text) for p in PLANTED for text in p.written]


@pytest.mark.parametrize(("planted", "text"), SPELLINGS, ids=[t for _, t in SPELLINGS])
def test_every_spelling_of_a_person_is_found(planted: Planted, text: str) -> None:
    """Alone and inside a sentence, with what stands around it left as it was."""
    known = knows(planted.sheet)
    assert scan(text, known), text
    around = f"場所: 庁舎2階（{text}）です"
    hits = scan(around, known)
    assert hits, around
    assert {h.kind for h in hits} <= KIND
    assert mask(around, hits).startswith("場所: 庁舎2階（")
    assert mask(around, hits).endswith("）です")


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_words_alarm_nobody(text: str) -> None:
    """Rooms, dates and summaries pass, although people are called 林, 東, 明, 小林 and 大野."""
    everybody = merge_identifying_data(knows(p.sheet) for p in PLANTED)
    assert scan(text, everybody) == (), text


def test_a_fields_own_words_are_what_is_masked() -> None:
    """The hit says where in the original text it stands, whatever was made of it to compare."""
    known = knows(PLANTED[0].sheet)
    text = "①ｶｸｳ ﾊﾅｺ様（㍼25年5月5日）TEL０９０‐００１２‐３４５６"
    assert mask(text, scan(text, known)) == "①■■様（■■）TEL■■"


def test_a_telephone_number_is_found_each_time_and_beside_others() -> None:
    """A run of digits may be several numbers; within a longer one it is none of hers."""
    known = knows({"name": "林 一郎", "kana": "ハヤシ　イチロウ", "phone": "0120-77-1234"})
    for text, left in (
        ("0120-77-1234（0120-77-1234）", "■■（■■）"),
        ("0120771234,0120771234 0120-77-1234", "■■,■■ ■■"),
        ("77-1234、77-1234（77-1234）", "■■、■■（■■）"),
        ("090-1111-2222／77-1234・0120-77-1234", "090-1111-2222／■■・■■"),
        ("03-77-1234", "03-77-1234"),
        ("177-1234、77-12345、912 3477 1234", "177-1234、77-12345、912 3477 1234"),
    ):
        assert mask(text, scan(text, known)) == left


def test_names_that_may_be_said_are_left() -> None:
    """An agency, a district or a member called alike is no alarm; the person is one still."""
    known = knows({"name": "山田 さくら", "kana": "ヤマダ　サクラ"})
    allowed = Allowed(
        frozenset(map(sound_of, ("山田医院", "さくら", "ひだまり圏域"))),
        frozenset({sound_of("山田 太郎")}),
    )
    for text in ("山田医院", "NPO さくら", "山田 太郎（社協）"):
        assert scan(text, known, allowed) == (), text
    for text in ("山田さん", "山田", "山田さくら"):
        assert scan(text, known, allowed), text
    assert mask("山田医院の山田さん", scan("山田医院の山田さん", known, allowed)) == (
        "山田医院の■■さん"
    )


def test_a_member_of_the_same_name_does_not_hide_the_person() -> None:
    """Where a member has the very name, it is masked: who is meant nobody can tell."""
    known = knows({"name": "山田 花子"})
    assert scan("山田花子", known, Allowed(people=frozenset({sound_of("山田 花子")})))


def test_the_days_of_the_message_itself_are_no_births() -> None:
    """A meeting on the day a child was born is announced; a birth on that day is not."""
    known = knows({"birth_date": "2026-11-24"})
    allowed = Allowed(days=frozenset({date(2026, 11, 24)}))
    assert scan("令和8年11月24日（火）午後2時", known, allowed) == ()
    assert scan("令和8年11月24日生まれ", known, allowed)
    assert scan("令和8年11月24日", known)


def test_what_is_written_in_place_of_a_name_is_no_name() -> None:
    """匿名, 不明 or 長女 in the field for a name alarm nobody afterwards."""
    known = knows(
        {
            "name": "匿名",
            "household": [
                {"relation": "子", "name": "長女"},
                {"relation": "母", "name": "不明"},
                {"relation": "兄", "name": "A"},
            ],
        }
    )
    for text in ("匿名の相談", "長女の学校", "場所は不明です", "A会議室", "Aさん"):
        assert scan(text, known) == (), text


def test_the_town_and_a_district_alone_are_no_address() -> None:
    """Only with its numbers, or its building, an address is somebody's."""
    known = knows({"address": "山梨県つなぎ野市北町3-2-1 県営住宅"})
    for text in ("つなぎ野市", "北町", "北町3丁目", "北町の県営住宅", "北町33-2", "南町3-2-1"):
        assert scan(text, known) == (), text
    assert scan("つなぎ野市北町３丁目２－１", known)


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        ({"kana": "ミスズ　ハナ"}, "みすゞさん"),
        ({"kana": "バン　ダン"}, "ヷンさん"),
        ({"kana": "ガモウ　ケイ"}, "カ゛モウさん"),
        ({"name": "\ufa10本 花"}, "塚本さん"),
        ({"name": "塚本 花"}, "\ufa10本さん"),
        ({"address": "つなぎ野市北1条西2丁目3-4"}, "北一条西二丁目3番4号"),
        ({"address": "つなぎ野市北一条西二丁目3番4号"}, "北1西2-3-4"),
    ],
)
def test_what_a_search_takes_for_one_the_guard_does(sheet: dict[str, str], text: str) -> None:
    """Marks of repeats and voices, old letters for V, kanji of their own, towns in a grid."""
    assert scan(text, knows(sheet)), text


def test_a_town_in_a_grid_has_more_than_one_house() -> None:
    """北1 alone was the whole address of everybody there."""
    known = knows({"address": "つなぎ野市北1条西2丁目3-4"})
    for text in ("北1号棟", "北1条西5丁目の庁舎", "北1条東2丁目3"):
        assert scan(text, known) == (), text


def test_an_empty_sheet_knows_nothing() -> None:
    """A person who wants no name taken down is not guessed at."""
    assert knows({"summary": "心配の声"}) == IdentifyingData()


# -- any person ------------------------------------------------------------------------------------

SURNAMES = (
    ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("伊藤", "イトウ"), ("齋藤", "サイトウ"),
    ("山﨑", "ヤマザキ"),
    ("長谷川", "ハセガワ"), ("森", "モリ"), ("岡", "オカ"), ("五十嵐", "イガラシ"),
    ("新條", "シンジョウ"),
    ("服部", "ハットリ"), ("津田", "ツダ"), ("不二", "フジ"), ("知久", "チク"), ("難波", "ナンバ"),
    ("瀧澤", "タキザワ"), ("九条", "クジョウ"), ("飯田", "イイダ"), ("清家", "セイケ"),
    ("勅使河原", "テシガワラ"),
)  # fmt: skip
GIVEN = (
    ("太郎", "タロウ"), ("花子", "ハナコ"), ("裕子", "ユウコ"), ("恵子", "ケイコ"),
    ("翔", "ショウ"),
    ("順一郎", "ジュンイチロウ"), ("美津江", "ミヅエ"), ("千尋", "チヒロ"), ("みち子", "ミチコ"),
    ("晋", "シン"), ("龍之介", "リュウノスケ"), ("公平", "コウヘイ"), ("聡", "サトシ"),
    ("久美", "クミ"),
)  # fmt: skip
AROUND = st.sampled_from(["", "場所: ", "本日は", "（", "【会議】", "R8-0003 ", "2階 "])
BEHIND = st.sampled_from(["", " です", "）", "の件", "、ほか", "様"])


@st.composite
def people(draw: st.DrawFn) -> dict[str, str]:
    surname, given_name = draw(st.sampled_from(SURNAMES)), draw(st.sampled_from(GIVEN))
    phone = draw(st.sampled_from(["090", "080", "070"])) + draw(
        st.text(string.digits, min_size=8, max_size=8)
    )
    numbers = draw(st.lists(st.integers(1, 40), min_size=2, max_size=3))
    part = draw(st.sampled_from(["北町", "霞が丘", "大字下川", "新田", "之口"]))
    born = draw(st.dates(date(1926, 12, 26), date(2026, 1, 1)))
    return {
        "name": f"{surname[0]} {given_name[0]}",
        "kana": f"{surname[1]}　{given_name[1]}",
        "phone": f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
        "address": f"つなぎ野市{part}{'-'.join(map(str, numbers))}",
        "birth_date": born.isoformat(),
    }


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def hiragana(text: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)


def era_of(day: date) -> str:
    for first, name in ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成")):
        if day >= first:
            return f"{name}{day.year - first.year + 1}"
    return f"昭和{day.year - 1925}"


def ways_of(sheet: dict[str, str]) -> dict[str, list[str]]:
    """Ways to write each thing, by the kind of hit that it has to be."""
    name, kana = sheet["name"], sheet["kana"]
    first, second = kana.split("　")
    phone, born = sheet["phone"], date.fromisoformat(sheet["birth_date"])
    home = sheet["address"].removeprefix("つなぎ野市")
    part = re.sub(r"[\d-]+$", "", home)
    numbers = home.removeprefix(part).split("-")
    letter = {"昭": "S", "平": "H", "令": "R"}[era_of(born)[0]]
    return {
        "name": [
            name, name.replace(" ", ""), name.replace(" ", "　"), " ".join(name), kana,
            kana.replace("　", ""), hiragana(kana), f"{second} {first}",
            f"{romaji(first)} {romaji(second)}",
            f"{romaji(second).title()} {romaji(first).upper()}",
            romaji(first) + romaji(second), f"{name.split()[0]}さん", f"{name.split()[1]}さん",
        ],
        "phone": [
            phone, phone.replace("-", ""), wide(phone), phone.replace("-", " "),
            f"({phone[:3]}){phone[4:]}", "+81-" + phone[1:], phone[4:], phone.replace("-", "ー"),
        ],
        "address": [
            home, wide(home), part + "丁目".join(numbers[:2]),
            f"{part}{numbers[0]}丁目{numbers[1]}番", f"{part} {numbers[0]} の {numbers[1]}",
        ],
        "birth": [
            f"{born.year}年{born.month}月{born.day}日",
            f"{born.year}/{born.month:02}/{born.day:02}",
            born.isoformat(), born.strftime("%Y%m%d"), wide(f"{born.year}.{born.month}.{born.day}"),
            f"{era_of(born)}年{born.month}月{born.day}日",
            f"{letter}{era_of(born)[2:]}.{born.month}.{born.day}",
            f"{born.month}月{born.day}日生まれ",
        ],
    }  # fmt: skip


def test_numbers_in_a_name_are_letters_of_it() -> None:
    """五十嵐 with a blank between all its letters is still that name."""
    known = knows({"name": "五十嵐 翔", "kana": "イガラシ ショウ"})
    assert {h.kind for h in scan("五 十 嵐   翔", known)} == {"name"}


@settings(max_examples=150, deadline=None)
@given(people(), AROUND, BEHIND, st.data())
def test_whatever_a_person_is_called_every_spelling_is_found(
    sheet: dict[str, str], before: str, behind: str, data: st.DataObject
) -> None:
    """Each way of writing any person is found, as the kind it is, and masked."""
    known = knows(sheet)
    ways = ways_of(sheet)
    kind = data.draw(st.sampled_from(sorted(ways)))
    way = data.draw(st.sampled_from(ways[kind]))
    text = f"{before}{way}{behind}"
    hits = scan(text, known)
    assert kind in {h.kind for h in hits}, text
    assert scan(mask(text, hits), known) == (), mask(text, hits)


@settings(max_examples=100, deadline=None)
@given(people(), st.sampled_from(HARMLESS))
def test_texts_without_the_person_pass(sheet: dict[str, str], text: str) -> None:
    """Whoever the person is, ordinary words are no alarm."""
    assert scan(text, knows(sheet)) == ()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), people())
def test_any_text_can_be_looked_at(text: str, sheet: dict[str, str]) -> None:
    """Hits lie inside the text, in their order, apart from each other; masking keeps the rest."""
    hits = scan(text, knows(sheet))
    ends = 0
    for hit in hits:
        assert ends <= hit.start < hit.end <= len(text)
        ends = hit.end
    assert mask(text, hits).count("■■") >= len(hits)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_each_character_knows_where_it_came_from(text: str) -> None:
    """The places of a spelling follow the original from its beginning to its end."""
    for spelt in (plain(text), sound(plain(text))):
        assert len(spelt.text) == len(spelt.spans)
        starts = [start for start, _ in spelt.spans]
        assert starts == sorted(starts)
        assert all(0 <= start < end <= len(text) for start, end in spelt.spans)


HOSTILE = (
    "一" * 4000, "1-" * 2000, "1 " * 2000, "R" * 4000, "昭和1年" * 800, "ヴ" * 4000, "ﾊﾞ" * 2000,
    "あ" + "゙" * 4000, "a-" * 2000, "北町3丁目" * 800, "丁目" * 2000, "生" * 4000, "oh" * 2000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:6])
def test_no_text_makes_the_guard_think_for_long(text: str) -> None:
    """Texts made to make a careless search explode are looked at like any other, and end."""
    known = merge_identifying_data(knows(p.sheet) for p in PLANTED)
    for hit in scan(text, known):
        assert hit.end <= len(text)


# -- spellings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kana", "typed"),
    [
        ("サトウ", ("sato", "satou", "satoh")),
        ("シンジョウ", ("shinjo", "shinjou", "sinzyou", "sinjo")),
        ("ハットリ", ("hattori",)),
        ("ホッチ", ("hotchi", "hocchi", "hotti")),
        ("オオツカ", ("otsuka", "ohtsuka", "ootuka")),
        ("ナンバ", ("nanba", "namba")),
        ("フジイ", ("fujii", "huzii")),
        ("ジュンイチロウ", ("junichiro", "jun'ichirou", "zyun-itiro")),
        ("チヅル", ("chizuru", "tiduru", "chidzuru")),
    ],
)
def test_hepburn_kunrei_and_what_people_type_are_one(kana: str, typed: tuple[str, ...]) -> None:
    """However a name is put into Latin letters, it is the same name."""
    assert {canonical(word) for word in typed} == {romaji(kana)}


def test_long_vowels_are_written_in_their_ways() -> None:
    """サトウ and サトー, ユウコ and ユーコ, ケイコ and ケーコ; 井 stays 井."""
    assert long_vowels("サトウ") == {"サトウ", "サトオ", "サトー"}
    assert {"ユウコ", "ユーコ"} <= long_vowels("ユウコ")
    assert {"ケイコ", "ケーコ", "ケエコ"} <= long_vowels("ケイコ")
    assert long_vowels("タナカ") == {"タナカ"}


def test_a_member_of_the_case_for_every_day_of_a_year() -> None:
    """A birth date is found on every day of the year, in both calendars."""
    for days in range(366):
        born = date(1952, 1, 1) + timedelta(days=days)
        known = knows({"birth_date": born.isoformat()})
        for text in (f"昭和27年{born.month}月{born.day}日", born.isoformat()):
            assert scan(text, known), text
