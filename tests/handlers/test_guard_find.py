"""A notice about no case, to many: the open cases are opened once, and no name is kept for it."""

from collections.abc import Iterator

import pytest

from handlers.words.texts import load_texts
from storage.repositories import CaseStore
from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.guard import find as guard_find
from workflows.guard import scan as guard_scan
from workflows.guard import text as guard_text
from workflows.guard.find import AllowedTexts
from workflows.guard.mask_card import GuardCard
from workflows.model.case import Case
from workflows.model.notice import Fact, Notice

TEXTS = load_texts(None)
KEY = "meeting_fixed"


def place_told(hall: TownHall, number: int, place: str) -> str:
    """The place in a notice about no case, as it leaves."""
    at = "2026-12-03T14:00:00+09:00"
    facts: dict[str, Fact] = {"kind": "regular", "numbers": [], "starts_at": at, "ends_at": at}
    facts |= {"place": place, "online": False, "invited": True}
    notice = Notice(f"n{number}", KEY, COORDINATOR, f"n{number}", facts)
    command = GuardCard(notice, TEXTS.card(notice), TEXTS.own_words(KEY))
    return str(hall.desk.handle(command, Caller.CLOCK).notice.facts["place"])


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of cases whose content is opened from now on."""
    found: list[str] = []
    real = CaseStore.get

    def get(store: CaseStore, case_id: str, *, change: bool = False) -> Case | None:
        found.append(case_id)
        return real(store, case_id, change=change)

    monkeypatch.setattr(CaseStore, "get", get)
    return found


@pytest.mark.parametrize("place", ["架空花子さん宅", "集会所"])
def test_thirty_receivers_open_every_case_once(
    hall: TownHall, opened: list[str], place: str
) -> None:
    """Whether something is found or not, the first look answers for the others."""
    case_ids = [hall.open_case("A14", name="架空 花子"), hall.open_case("A14")]
    opened.clear()
    told = {place_told(hall, n, place) for n in range(30)}
    assert told == {place.replace("架空花子", "■■")}
    assert sorted(opened) == sorted(case_ids)


def test_a_name_learnt_meanwhile_is_masked_in_the_same_text(any_hall: TownHall) -> None:
    """A case that is opened or changed makes every earlier answer worthless, at once."""
    case_id = any_hall.open_case("A14", name="見本 月子")
    assert place_told(any_hall, 1, "架空花子さん宅") == "架空花子さん宅"
    any_hall.edit(case_id, name="架空 花子")
    assert place_told(any_hall, 2, "架空花子さん宅") == "■■さん宅"
    any_hall.edit(case_id, name="見本 月子")
    assert place_told(any_hall, 3, "架空花子さん宅") == "架空花子さん宅"
    any_hall.open_case("A14", name="架空 花子")
    assert place_told(any_hall, 4, "架空花子さん宅") == "■■さん宅"


def test_no_text_and_no_name_is_remembered(hall: TownHall) -> None:
    """What stays in memory is where hits stand, under a keyed digest; and it is bounded."""
    hall.open_case("A14", name="架空 花子")
    place_told(hall, 1, "架空花子さん宅")
    kept = str(dict(guard_find._found))
    for word in ("架空", "花子", "さん宅"):
        assert word not in kept
        assert word.encode().hex() not in kept
    assert len(guard_find._found) <= guard_find.REMEMBERED


def test_the_names_of_a_large_town_are_spelled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many texts are held against them, and by however many cards."""
    spelled: list[str] = []
    real = guard_text.sound_of

    def sound_of(word: str) -> str:
        spelled.append(word)
        return real(word)

    monkeypatch.setattr(guard_find, "sound_of", sound_of)
    names = tuple(f"架空第{n}機関" for n in range(1_000))
    people = tuple(f"架空 第{n}子" for n in range(10_000))
    first = AllowedTexts(names, people)
    known = first.as_spelled()
    assert len(spelled) == len(names) + len(people)
    for word in ("", "集会所"):
        again = AllowedTexts((*names, *([word] if word else [])), tuple(people))
        assert again.as_spelled().people == known.people
        assert (again.digest() == first.digest()) == (not word)
    assert spelled[len(names) + len(people) :] == ["集会所"]
    assert AllowedTexts(names, people[1:]).digest() != first.digest()


def test_a_text_is_not_searched_for_every_name_of_the_town(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for those that could begin somewhere in it; one letter is a beginning, too."""
    searched: list[str] = []
    real = guard_text.SpelledText.finds

    def finds(heard: guard_text.SpelledText, wanted: str) -> Iterator[tuple[int, int]]:
        searched.append(wanted)
        return real(heard, wanted)

    monkeypatch.setattr(guard_text.SpelledText, "finds", finds)
    people = frozenset({"山田花子", "山", "花子山", *(f"第{n}見本" for n in range(5_000))})
    places = guard_scan._Places(guard_text.sound(guard_text.plain("本日山田花子が来る")), people)
    assert sorted(searched) == ["山", "山田花子", "花子山"]
    assert [places.furthest(n) for n in range(4)] == [0, 0, 6, 6]
