"""What reads a typed text takes time in proportion to its length, and of what is too long none."""

import base64
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from typing import Final

import pytest

from handlers.lineworks import contents, typed
from handlers.mail.bounce import Bounce
from handlers.mail.incoming import IncomingMailReply, read_incoming
from handlers.slack.cases.from_message import words_of
from handlers.slack.meetings.dates_typed import OWN, rows_typed
from handlers.slack.requests.commands import read_command
from handlers.slack.ui import blocks
from handlers.slack.ui.form_reading import raw_of
from handlers.words.convening_choices import numbers_typed
from tests.attack.kinds import Kind
from tests.attack.rounds import is_long
from tests.support.growth import CLASSES, grows
from tests.support.town import FORMS
from workflows.cases.find_case import case_number
from workflows.chat.accounts import shown_name
from workflows.core.bounds import all_texts_in
from workflows.core.free_text import scan_for_my_numbers
from workflows.directory import labels
from workflows.directory.tables import read_table
from workflows.forms import checking
from workflows.guard import text as guard_text
from workflows.guard.known import IdentifyingData, _NameCollector, merge_identifying_data
from workflows.guard.mentions import RecordNames
from workflows.guard.scan import Allowed, scan
from workflows.japanese import addresses, characters, dates, kana, mail_address
from workflows.japanese import romaji as guard_romaji
from workflows.japanese import same_person as people
from workflows.japanese.my_number import contains_my_number
from workflows.sign_in.sign_in import folded

pytestmark = pytest.mark.attack(Kind.TEXT_BOMBS)

SENDER: Final = "bot@town.example.jp"
NOTICE: Final = f"<{'0' * 32}@town.example.jp>"
TODAY: Final = date(2026, 12, 1)
LETTERS: Final = frozenset({"一", "あ", "ア", "漢", "山田", "1", "市"})
KNOWN: Final = IdentifyingData(
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
    _NameCollector().person(text)


def _read_as_a_list(text: str) -> None:
    read_table(text.encode("utf-8", "surrogatepass"), ("コード", "名前"))


def _mail(text: str, *, kind: str = "text/plain", **headers: str) -> bytes:
    """A mail that answers one of ours, with this as its body."""
    found = EmailMessage()
    for name, value in {"From": "a@town.example.jp", "References": NOTICE, **headers}.items():
        found[name] = value
    body = base64.encodebytes(text.encode("utf-8", "surrogatepass")).decode()
    found["Content-Type"] = f"{kind}; charset=utf-8"
    found["Content-Transfer-Encoding"] = "base64"
    return found.as_bytes() + body.encode()


def _answered(text: str) -> None:
    read_incoming(_mail(text), SENDER)


def _sent_back(text: str) -> None:
    read_incoming(_mail(f"{text}\nMessage-ID: {NOTICE}", **{"Return-Path": "<>"}), SENDER)


def _invited(text: str) -> None:
    body = f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n{text}"
    read_incoming(_mail(body, kind="text/calendar"), SENDER)


def _encoded(text: str) -> None:
    word = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    for subject in (f"=?utf-8?B?{word}?=", f"=?{word}", "=?" * (len(text) // 2)):
        read_incoming(
            _mail("はい").replace(b"From:", f"Subject: {subject}\nFrom:".encode(), 1), SENDER
        )


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
            characters.without_invisible,
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
    "guard_scan.scan": lambda text: scan(text, merge_identifying_data([KNOWN]), ALLOWED),
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
    "retention.mentions": RecordNames("R8-0001", frozenset({"x"})).are_in,
    "convening.numbers": numbers_typed,
    "slack.message": lambda text: words_of({"text": text}),
    "slack.command": lambda text: read_command({"text": text}),
    "slack.dates": lambda text: rows_typed({OWN: text}),
    "slack.sheet": lambda text: raw_of(FORMS.form("sheet"), {"name": text, "address": text}, {}),
    "slack.escaped": blocks.escape,
    "slack.cut": lambda text: blocks.whole(text, 3_000),
    "lineworks.plain": typed.plain,
    "lineworks.mark": typed.mark_of,
    "lineworks.cut": lambda text: contents.cut(text, 300),
    "mail.answered": _answered,
    "mail.sent_back": _sent_back,
    "mail.invited": _invited,
    "mail.headers": _encoded,
    "scan_for_my_numbers": lambda text: scan_for_my_numbers([text]),
    "bounds.texts": lambda text: list(all_texts_in({"a": [text, {"b": text}]})),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_the_work_grows_with_the_text_and_not_with_its_square(look: str) -> None:
    """From 1,000 letters to 10,000; in a long attack to 100,000."""
    size = 400 if look.startswith("guard_") else 1_000
    size *= 10 if is_long() else 1
    assert not [wrong for c in CLASSES if (wrong := grows(LOOKS[look], c, size))]


def test_the_mails_above_are_read_to_their_end() -> None:
    """An answer, a word of a calendar and a mail that was sent back are told apart, not let go."""
    answer = read_incoming(_mail("はい"), SENDER)
    assert isinstance(answer, IncomingMailReply)
    assert answer.text == "はい"
    returned = _mail(f"配信できません\nMessage-ID: {NOTICE}", **{"Return-Path": "<>"})
    assert isinstance(read_incoming(returned, SENDER), Bounce)
