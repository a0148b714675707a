"""A person is found by what is known of them, exactly; by who may read, and written down."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from storage.database import migrate_database, recall, remember_about
from storage.migration import SEARCH_KEYS, migrate_offline
from storage.tables import match_keys
from tests.support.hands import consented
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.find_case import FindSame
from workflows.cases.find_person import MOST, WITHIN, FindPerson, PeopleFound
from workflows.core.errors import Invalid
from workflows.core.ports import TrailRow
from workflows.japanese.addresses import normalized_address
from workflows.japanese.characters import modern_kanji
from workflows.japanese.same_person import KEYS_VERSION, PersonTyped, normalized_kana, search_keys
from workflows.model.trail import TrailFilter

SINGLE = ("kana", "birth", "phone", "house")
PERSON = {
    "name": "髙橋　大野",
    "kana": "オオノ　ユウコ",
    "birth_date": "昭和25年4月1日",
    "phone": "0551-22-1234",
    "address": "つなぎ野市澤田町三丁目2番1号コーポ梅101",
}


def find(hall: TownHall, by: str = COORDINATOR, **typed: str) -> PeopleFound:
    return hall.desk.ask(FindPerson(**typed), by, door="web")


def numbers(hall: TownHall, by: str = COORDINATOR, **typed: str) -> list[str]:
    return [c.number for c in find(hall, by, **typed).cases]


def same(hall: TownHall, by: str = COORDINATOR, **typed: str) -> list[str] | None:
    """What is pointed out while a sheet is typed; None when it was asked too often."""
    found = hall.desk.ask(FindSame(**typed), by, door="web")
    return None if found is None else [c.number for c in found]


def wrong(hall: TownHall, **typed: str) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        find(hall, **typed)
    return {(e.field, e.key) for e in refused.value.errors}


def trail(hall: TownHall, *kinds: str) -> list[TrailRow]:
    """The searches in the audit trail, oldest first."""
    with hall.database.open() as unit:
        rows = unit.events.page(TrailFilter(), 0, 500)
    return [r for r in reversed(rows) if r.kind in kinds]


@pytest.mark.parametrize(
    "typed",
    [
        {"kana": "オオノ　ユウコ"},
        {"kana": "おおのゆうこ"},
        {"kana": "ｵｵﾉ ﾕｳｺ"},
        {"kana": "オーノ・ユーコ"},
        {"kana": "ｵｰﾉﾕ-ｺ"},
        {"birth_date": "S25.4.1"},
        {"birth_date": "1950/4/1"},
        {"birth_date": "昭和二十五年四月一日"},
        {"phone": "０５５１（２２）１２３４"},
        {"phone": "+81 551-22-1234"},
        {"phone": "0551221234"},
        {"address": "つなぎ野市沢田町3-2-1"},
        {"address": "沢田町３丁目２－１"},
        {"address": "澤田町三丁目2番1号コーポ梅101"},
        {"kana": "おおのゆうこ", "birth_date": "S25.4.1", "phone": "0551221234"},
    ],
    ids=str,
)
def test_a_person_is_found_however_it_is_typed(any_hall: TownHall, typed: dict[str, str]) -> None:
    """Widths, small kana, long vowels, eras, +81, 丁目, old kanji, without town or building."""
    any_hall.open_case("A14", **PERSON)
    assert numbers(any_hall, **typed) == ["R8-0001"]


@pytest.mark.parametrize(
    "typed",
    [
        {"kana": "オノ　ユウコ"},
        {"kana": "オオノ　ユコ"},
        {"kana": "オオノ"},
        {"birth_date": "S25.4.2"},
        {"phone": "0551-22-1235"},
        {"address": "沢田町3-2-11"},
        {"address": "沢田町3-2"},
        {"kana": "おおのゆうこ", "birth_date": "S25.4.2"},
        {"phone": "0551-22-1234", "address": "沢田町3-2-11"},
    ],
    ids=str,
)
def test_somebody_else_is_not_found(hall: TownHall, typed: dict[str, str]) -> None:
    """小野 is not 大野; of several things typed each one has to be the same."""
    hall.open_case("A14", **PERSON)
    assert numbers(hall, **typed) == []


def test_a_sheet_that_was_corrected_is_found_by_what_it_says_now(hall: TownHall) -> None:
    """The index follows the sheet."""
    case_id = hall.open_case("A14", **PERSON)
    hall.edit(case_id, phone="0551-99-0000")
    assert numbers(hall, phone="0551-22-1234") == []
    assert numbers(hall, phone="0551-99-0000") == ["R8-0001"]


def test_a_database_from_before_this_index_is_indexed_when_it_is_carried_up(
    any_hall: TownHall,
) -> None:
    """A migration writes every line anew, and the keys with it."""
    hall = any_hall
    hall.open_case("A14", **PERSON)
    with hall.database.engine.begin() as connection:
        connection.execute(delete(match_keys).where(match_keys.c.kind.in_(SINGLE)))
    assert numbers(hall, kana="おおのゆうこ") == []
    with hall.database.engine.begin() as connection:
        migrate_offline(connection, hall.database.vault)
    assert numbers(hall, kana="おおのゆうこ", birth_date="S25.4.1", phone="0551221234")


def test_an_index_of_other_keys_is_drawn_anew_when_the_database_is_opened(
    any_hall: TownHall,
) -> None:
    """Without any migration: what spells people has a version of its own."""
    url = any_hall.database.engine.url.render_as_string(hide_password=False)
    any_hall.open_case("A14", **PERSON)
    remember_about(any_hall.database, SEARCH_KEYS, "1")
    with any_hall.database.engine.begin() as connection:
        connection.execute(delete(match_keys))
    migrate_database(url, any_hall.database.keys, "local")
    again = any_hall.another_desk()
    assert numbers(again, kana="おおのゆうこ") == ["R8-0001"]
    assert recall(again.database, SEARCH_KEYS) == KEYS_VERSION
    again.database.close()


@pytest.mark.parametrize(
    ("typed", "is_sure"),
    [
        ({"kana": "おーのゆうこ", "birth_date": "S25.4.1"}, True),
        ({"kana": "ｵ-ﾉ ﾕ-ｺ", "birth_date": "S25.4.1"}, True),
        ({"name": "高橋大野", "birth_date": "S25.4.1"}, True),
        ({"kana": "オオノ　ユーコ", "phone": "0551(22)1234"}, False),
        ({"address": "沢田町3-2-1"}, False),
        ({"address": "つなぎ野市沢田町３－２－１コーポ梅101"}, False),
    ],
    ids=str,
)
def test_whom_a_search_finds_the_hint_points_out(
    hall: TownHall, typed: dict[str, str], is_sure: bool
) -> None:
    """The same keys for both; the hint says whether it is the same person or perhaps."""
    hall.open_case("A14", **PERSON)
    found = hall.desk.ask(FindSame(**typed), COORDINATOR, door="web")
    assert [(c.number, c.is_sure) for c in found or ()] == [("R8-0001", is_sure)]
    if "name" not in typed:
        assert numbers(hall, **typed) == ["R8-0001"]


@pytest.mark.parametrize(
    "typed",
    [
        {"kana": "オノ　ユウコ", "birth_date": "S25.4.1"},
        {"kana": "オオノ　ヨウコ", "birth_date": "S25.4.1"},
        {"kana": "オノ　ユウコ", "phone": "0551-22-1234"},
        {"name": "髙橋　小野", "birth_date": "S25.4.1"},
        {"address": "沢田町3-2-1コーポ梅202"},
        {"address": "沢田町3-2-11"},
        {"address": "沢田町"},
    ],
    ids=str,
)
def test_the_hint_names_nobody_else(hall: TownHall, typed: dict[str, str]) -> None:
    """小野 born on the same day was taken for 大野; a neighbour is no household."""
    hall.open_case("A14", **PERSON)
    assert same(hall, **typed) == []


def test_others_of_the_household_are_not_searched(hall: TownHall) -> None:
    """The person's own answers alone."""
    hall.open_case("A14", household=[{"relation": "母", "name": "オオノ　ハナ"}], **PERSON)
    assert numbers(hall, kana="オオノハナ") == []


def test_what_is_the_same_person_stays_what_it_was(hall: TownHall) -> None:
    """A birthday or a telephone alone makes nobody the same person."""
    hall.open_case("A14", **PERSON)
    hall.open_case("A14", birth_date="S25.4.1", phone="0551-22-1234")
    assert hall.told("same_person") == set()
    assert hall.desk.ask(FindSame(birth_date="S25.4.1", phone="0551-22-1234"), COORDINATOR) == ()
    assert same(hall, kana="オオノユウコ", birth_date="S25.4.1") == ["R8-0001"]


@pytest.mark.parametrize("member", [OUTSIDER, DISABILITY, MANAGER])
def test_who_may_not_read_a_case_is_told_the_same_as_when_there_is_none(
    hall: TownHall, member: str
) -> None:
    """A manager who sees the number all the same may not read, and is not answered either."""
    hall.open_case("A14", **PERSON)
    with_one = find(hall, member, kana="オオノユウコ")
    without = find(hall, member, kana="コノヒトハイナイ")
    assert with_one == without
    assert with_one.cases == ()
    assert {w.name for w in with_one.whom_to_ask}
    assert [e.facts for e in trail(hall, "person_searched")] == [{"kinds": ["kana"], "hits": 0}] * 2


def test_who_was_told_with_consent_finds_it_until_it_is_taken_back(hall: TownHall) -> None:
    """The search follows the same table as the page."""
    case_id = hall.open_case("A14", **PERSON, **consented("A14"))
    assert numbers(hall, ELDERLY, kana="オオノユウコ") == ["R8-0001"]
    hall.edit(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    assert numbers(hall, ELDERLY, kana="オオノユウコ") == []


def test_a_restricted_case_is_found_by_the_named_alone(hall: TownHall) -> None:
    """docs/rules.md 7: search does not find it for others, coordinators too."""
    hall.open_case("A14", danger="yes", **PERSON)
    assert numbers(hall, COORDINATOR, kana="オオノユウコ") == ["R8-0001"]
    assert numbers(hall, OTHER_COORDINATOR, kana="オオノユウコ") == []


def test_a_search_stands_in_the_trail_by_its_kinds_and_hits_and_never_by_its_values(
    hall: TownHall,
) -> None:
    """Each hit is a look at that case; what was typed is nowhere."""
    case_id = hall.open_case("A14", **PERSON)
    find(hall, kana="おおのゆうこ", birth_date="S25.4.1")
    (searched,) = trail(hall, "person_searched")
    assert (searched.actor_id, searched.door) == (COORDINATOR, "web")
    assert searched.facts == {"kinds": ["birth_date", "kana"], "hits": 1}
    (hit,) = [e for e in hall.events(case_id) if e.kind == "read.find_person"]
    assert (hit.actor_id, hit.basis, hit.facts) == (
        COORDINATOR,
        "writer_agency",
        {"agency": "A13", "asked": "find_person", "shown": [{"part": "found"}]},
    )


def test_what_cannot_be_searched_for_is_said_beside_its_field(hall: TownHall) -> None:
    """Nothing at all, no reading, half a telephone, a whole district, a day that is none."""
    assert wrong(hall) == {("kana", "find.nothing")}
    assert wrong(hall, kana="大野") == {("kana", "form.kana")}
    assert wrong(hall, phone="22") == {("phone", "find.no_phone")}
    assert wrong(hall, address="沢田町") == {("address", "find.no_address")}
    assert wrong(hall, birth_date="昭和25年13月1日", kana="大") == {
        ("birth_date", "date.impossible"),
        ("kana", "form.kana"),
    }
    assert trail(hall, "person_searched") == []


def test_searches_for_people_are_limited_to_30_in_ten_minutes(any_hall: TownHall) -> None:
    """Thirty in ten minutes; then nothing is looked up, and that too is written down."""
    hall = any_hall
    case_id = hall.open_case("A14", **PERSON)
    for _ in range(MOST):
        assert find(hall, kana="オオノユウコ").again_at is None
        hall.clock.move(seconds=10)
    refused = find(hall, kana="オオノユウコ")
    assert refused.cases == ()
    assert refused.again_at is not None
    assert len(trail(hall, "search_refused")) == 1
    assert len([e for e in hall.events(case_id) if e.kind == "read.find_person"]) == MOST
    assert find(hall, OTHER_COORDINATOR, kana="オオノユウコ").cases  # nobody else is held up
    hall.clock.move(seconds=(refused.again_at - hall.clock.now()).total_seconds() + 1)
    assert find(hall, kana="オオノユウコ").cases
    assert WITHIN.total_seconds() == 600


def test_what_was_refused_does_not_let_more_be_found(hall: TownHall) -> None:
    """However often one goes on asking: the thirty still count, and one row says it was refused."""
    hall.open_case("A14", **PERSON)
    for _ in range(MOST):
        find(hall, kana="オオノユウコ")
    for _ in range(20 * MOST + 1):
        assert find(hall, kana="オオノユウコ").again_at is not None
    assert len(trail(hall, "person_searched")) == MOST
    assert len(trail(hall, "search_refused")) == 1


def many(hall: TownHall, count: int) -> list[dict[str, str]]:
    """Cases of as many people; what they are found by."""
    people = [{"kana": "オオノユウコ", "birth_date": f"S{n + 10}.4.1"} for n in range(count)]
    for person in people:
        hall.open_case("A14", **person)
    return people


def test_nobody_fishes_through_a_sheet_that_is_never_sent(any_hall: TownHall) -> None:
    """Thirty people found in ten minutes, by search and sheet together; then nobody."""
    hall = any_hall
    people = many(hall, MOST)
    find(hall, kana="コノヒトハイナイ")
    for person in people[1:]:
        assert same(hall, **person)
    assert same(hall, **people[0]) is None
    assert find(hall, kana="オオノユウコ").again_at is not None
    (refused,) = trail(hall, "search_refused")
    assert (refused.actor_id, refused.facts) == (COORDINATOR, {"kinds": ["birth_date", "kana"]})
    assert same(hall, OTHER_COORDINATOR, **people[0])  # nobody else is held up
    hall.clock.move(seconds=WITHIN.total_seconds() + 1)
    assert same(hall, **people[0])


def test_a_person_found_while_typing_is_one_search_however_long_one_types(hall: TownHall) -> None:
    """Who writes on about one person is not held up, nor who types what finds nobody."""
    hall.open_case("A14", **PERSON)
    by_birth = {"kana": "オオノユウコ", "birth_date": "S25.4.1"}
    for _ in range(MOST + 1):
        assert same(hall, **by_birth) == ["R8-0001"]
        assert same(hall, **by_birth, address="沢田町3-2-1") == ["R8-0001"]
        assert same(hall, kana="オオノユウコ", birth_date="S25.4.2") == []
    (searched,) = trail(hall, "person_searched")
    assert searched.facts == {"kinds": ["birth_date", "kana"], "hits": 1}


# -- spellings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("コウジ", "コージ"), ("ケイコ", "ケーコ"), ("ヨウイチロウ", "ヨーイチロー"),
        ("オオタ", "オータ"), ("ユウコ", "ユーコ"), ("イイダ", "イーダ"), ("ミスヾ", "ミスズ"),
        ("ココロ", "コヽロ"), ("ヴァン", "バン"), ("ヂュンコ", "ジユンコ"), ("チヅル", "チズル"),
        ("ショウタ", "シヨオタ"),
    ],
)  # fmt: skip
def test_a_long_vowel_is_one_however_it_is_written(one: str, other: str) -> None:
    """コウ, コオ and コー are one sound; so are the old ways with ヂ, ヅ, ヾ."""
    assert normalized_kana(one) == normalized_kana(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("オノ", "オオノ"), ("ヨコ", "ヨウコ"), ("ヒロシ", "ヒロウシ")]
)
def test_a_short_vowel_is_not_a_long_one(one: str, other: str) -> None:
    """小野 and 大野 are two families."""
    assert normalized_kana(one) != normalized_kana(other)


@given(st.text(alphabet="アイウエオカコケトノヨロキャッンー・ 　ヾ", max_size=12))
def test_a_sound_said_again_is_the_same(kana: str) -> None:
    """Whatever is typed, its one spelling is its own."""
    assert normalized_kana(normalized_kana(kana)) == normalized_kana(kana)


def test_every_old_form_has_its_modern_one_and_that_one_stays() -> None:
    """The table leads nowhere twice: 髙 to 高, and 高 is 高."""
    old = "髙﨑齋邊邉澤廣櫻國藝藥龜嶽曻凜堯辨瓣辯亞圍圖實寫寬"
    assert modern_kanji(old) == modern_kanji(modern_kanji(old))
    assert modern_kanji("邊見藝術館澁谷") == "辺見芸術館渋谷"
    assert normalized_address("葛\U000e0100飾町1-1") == normalized_address("葛飾町1-1")


def test_a_building_is_written_or_left_out() -> None:
    """The number of the house is what is compared; another house is another one."""

    def house(address: str) -> Any:
        return {k.value for k in search_keys(PersonTyped(address=address)) if k.kind == "house"}

    assert house("沢田町3-2-1コーポ梅101") == house("沢田町三丁目2番1号") == {"沢田町3-2-1"}
    assert house("札幌市北区北1条西2丁目3番地ビル5") == {"札幌市北区北1条西2-3"}
    assert house("大字下条123番地") == {"下条123"}
    assert house("沢田町") == set()
