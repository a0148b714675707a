"""What reads a typed text takes time in proportion to its length, and of what is too long none."""

from collections.abc import Callable
from datetime import date
from typing import Final

import pytest

from handlers.slack.from_message import words_of
from handlers.to_convene import numbers_typed
from tests.support.growth import CLASSES, grows
from workflows import addresses, characters, dates, guard_romaji, guard_text, mail_address, people
from workflows.accounts import shown_name
from workflows.cases.find_case import case_number
from workflows.directory import kana, labels
from workflows.directory.tables import read_table
from workflows.forms import checking
from workflows.guard_known import Known, _Names, all_known
from workflows.guard_scan import Allowed, scan
from workflows.my_number import contains_my_number
from workflows.retention.mentions import Names
from workflows.sign_in import folded

TODAY: Final = date(2026, 12, 1)
LETTERS: Final = frozenset({"一", "あ", "ア", "漢", "山田", "1", "市"})
KNOWN: Final = Known(
    whole=frozenset({"ヤマダタロウ", "アアアア", "山田太郎"}),
    parts=frozenset({"山田", "アア", "ヤマダ", "一"}),
    latin_whole=frozenset({"yamadataro"}),
    latin_parts=frozenset({"yamada", "yama", "aa"}),
    phones=frozenset({"551234567"}),
    local_phones=frozenset({"1234567"}),
    births=frozenset({date(1955, 1, 2)}),
    addresses=frozenset({("中央", "1", "2"), ("", "1", "1"), ("北1条西", "1", "1")}),
    buildings=frozenset({"コーポ梅", "アアア"}),
)
ALLOWED: Final = Allowed(frozenset({"山田市", "アアアアア", "一"}), frozenset({"山田太郎", "アア"}))


def _names_known(text: str) -> None:
    _Names().person(text)


def _read_as_a_list(text: str) -> None:
    read_table(text.encode("utf-8", "surrogatepass"), ("コード", "名前"))


# Everything that takes a text of any length itself; those with a bound of their own are no less.
LOOKS: Final[dict[str, Callable[[str], object]]] = {
    **{
        f"characters.{look.__name__}": look
        for look in (
            characters.one_width, characters.to_katakana, characters.joined_voicing,
            characters.composed, characters.long_vowel_marks, characters.repeated_kana,
            characters.without_selectors, characters.modern_kanji, characters.as_typed,
            characters.has_control, characters.without_controls, characters.has_words,
            characters.without_marks, characters.kanji_as_digits, characters.trimmed,
            characters.without_unseen,
        )
    },
    "characters.lost_letters": lambda text: characters.lost_letters(text, name=True),
    "characters.numbers": lambda text: characters.kanji_numbers_before(text, "[年月日]|丁目"),
    "addresses.normalized_address": addresses.normalized_address,
    "addresses.up_to_house_number": addresses.up_to_house_number,
    "people.normalized_name": people.normalized_name,
    "people.normalized_kana": people.normalized_kana,
    "people.normalized_phone": people.normalized_phone,
    "dates.parse_date": lambda text: dates.parse_date(text, today=TODAY),
    "dates.parse_time": dates.parse_time,
    "dates.parse_instant": lambda text: dates.parse_instant(text, today=TODAY),
    "dates.is_no_end": dates.is_no_end,
    "my_number": contains_my_number,
    "guard_text.plain": guard_text.plain,
    "guard_text.sound_of": guard_text.sound_of,
    "guard_text.tight": lambda text: guard_text.tight(guard_text.plain(text)),
    "guard_text.long_vowels": guard_text.long_vowels,
    "guard_romaji.romaji": guard_romaji.romaji,
    "guard_romaji.canonical": guard_romaji.canonical,
    "guard_known.names": _names_known,
    "guard_scan.scan": lambda text: scan(text, all_known([KNOWN]), ALLOWED),
    "forms.kana": checking._kana,
    "forms.telephone": checking._telephone,
    "forms.without_tabs": checking._without_tabs,
    "directory.as_katakana": kana.as_katakana,
    "directory.fifty_sounds": kana.fifty_sounds,
    "directory.folded": labels.folded,
    "directory.read_table": _read_as_a_list,
    "mail_address.as_sent": mail_address.as_sent,
    "mail_address.as_kept": mail_address.as_kept,
    "sign_in.folded": folded,
    "accounts.shown_name": shown_name,
    "find_case.case_number": case_number,
    "retention.mentions": Names("R8-0001", frozenset({"x"})).are_in,
    "convening.numbers": numbers_typed,
    "slack.message": lambda text: words_of({"text": text}),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_the_work_grows_with_the_text_and_not_with_its_square(look: str) -> None:
    size = 400 if look.startswith("guard_") else 1_000
    assert not [wrong for c in CLASSES if (wrong := grows(LOOKS[look], c, size))]
