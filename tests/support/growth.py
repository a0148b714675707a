"""How the work on a text grows with its length, whatever letters it is made of."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tests.attack.figures import TEXTS, did
from workflows.core.errors import Refused
from workflows.directory.tables import UnreadableTable
from workflows.forms.checking import _Wrong

# Letters of every class that something looks for, alone and in turns.
CLASSES: Final = (
    "一", "1", "a", "Z", "あ", "ア", "ｱ", "ー", "漢", "髙", "〇", "十", "１", " ", "　", "\t",
    "\n", "\r\n", "-", "－", ".", "・", "ﾞ", "é", "\u0301", "\u0301\u0316", "ﾞ\u0334", "カ゛",
    "ヾ", "ヴ", "\u3099", "\u200b", "\x00", "\ud800", "\U000e0100", "\ufdfa", "ᅡ", "각", "1-",
    "1 ", "一-", "一ノ", "丁目", "1丁目", "西1条", "1条", "北1", "番", "号", "市", "郡町", "県",
    "年", "1年", "月", "1月", "R8-", "令和", "1/", "12:", "午後1時", "日 ", "(", "<", "<@", "<a",
    "&#1", "@", "a@", "@a.", "'", "=", "'=", '"', ",", "a,", "a'", "sh", "oh", "|", "+81", "さん",
    "山田", " \t", "1234 5678 9012 ", "①", "1\u20e3", "〓", "\ue000", "😀", "o\u0302", "\u1100",
    "\u3164", "\u2800", "a\u3164", "Aa", "Aa_", "san ", "yama-", "壱", "〡", "→", "1→",
)  # fmt: skip
SMALL: Final = 0.004  # seconds of CPU under which nothing is told apart
# What a text may be answered with.
ANSWERS: Final = (Refused, UnreadableTable, ValueError, _Wrong)
TIMES: Final = 25  # for ten times the text: with room for a busy machine, far below its square


def text_of(letters: str, size: int) -> str:
    return (letters * (size // len(letters) + 1))[:size]


def seconds(look: Callable[[str], object], text: str) -> float:
    """CPU time of this thread that one look takes. A refusal is an answer like another."""
    begun = time.thread_time()
    with suppress(*ANSWERS):
        look(text)
    return time.thread_time() - begun


def grows(look: Callable[[str], object], letters: str, size: int) -> str:
    """What is wrong with how the work grows from `size` to ten times that: "" when nothing is.

    What seems slow is measured again, so that nothing else on the machine counts for it.
    """
    wrong = ""
    did(TEXTS, 2)
    for _ in range(3):
        few = seconds(look, text_of(letters, size))
        many = seconds(look, text_of(letters, size * 10))
        if many <= TIMES * few + SMALL:
            return ""
        wrong = f"{letters!r}: {size} in {few:.4f} s, {size * 10} in {many:.4f} s"
        gc.collect()
    return wrong
