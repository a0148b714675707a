"""Which texts hold a My Number, in whatever way it is written, and which usual texts do not."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.planted import SENTENCES
from workflows.japanese.my_number import contains_my_number

VALID = "123456789018"  # of nobody: the check digit fits
OTHER = "987654321093"
KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")
NOUGHT = str.maketrans("0123456789", "零一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
DARK = str.maketrans("0123456789", "⓿❶❷❸❹❺❻❼❽❾")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
DEEDS = str.maketrans("0123456789", "零壱弐参四五六七八九")
FULL = str.maketrans("0123456789", "零壹貳參肆伍陸漆捌玖")
MARKETS = str.maketrans("0123456789", "〇〡〢〣〤〥〦〧〨〩")
BOXED = str.maketrans("0123456789", "🄋➀➁➂➃➄➅➆➇➈")
SEGMENTS = str.maketrans("0123456789", "🯰🯱🯲🯳🯴🯵🯶🯷🯸🯹")
DOUBLE = str.maketrans("123456789", "⓵⓶⓷⓸⓹⓺⓻⓼⓽")
KANBUN = str.maketrans("0123456789", "〇㆒㆓㆔㆕五六七八九")
BLANKS_THAT_ARE_LETTERS = "\u3164\u115f\u1160\uffa0\u2800\ufffc\u180e\U0001d159\ufff0\U000e0041"


def keycaps(digits: str) -> str:
    return "".join(f"{d}\ufe0f\u20e3" if d.isdigit() else d for d in digits)


def by(size: int, between: str, number: str = VALID) -> str:
    """The number in groups of this size, with something between them."""
    return between.join(number[at : at + size] for at in range(0, len(number), size))


REFUSED = [
    # In one piece and as on a card: whatever the check digit says.
    "番号は123456789012です", "１２３４５６７８９０１２", "1234-5678-9012", "1234 5678 9012",
    "１２３４　５６７８　９０１２", "1234‐5678−9012", "1234\n5678\n9012", "123456789012 30歳",
    "電話090-0000-1234、番号123456789012", "1234 - 5678 - 9012", "812345678901",
    "+123456789012", "1234・5678・9012", "1234_5678_9012", "1234.5678.9012",
    "+81 90-1234-5678 123456789012",
    # A digit in each box.
    by(1, " "), by(1, "　"), by(1, "\t"), by(1, "\n"), by(1, " \n "), by(1, "\r\n"),
    f"| {by(1, ' | ')} |", f"│{by(1, '│')}│", f"□{by(1, '□')}", f"[{by(1, '][')}]",
    f"（{by(1, '）（')}）", f"個人番号 {by(1, ' ')} 氏名", "1 2 3 4 - 5 6 7 8 - 9 0 1 8",
    "1 2 3 4\n5 6 7 8\n9 0 1 8", "1 2 3 4 5 6\n7 8 9 0 1 8", "1 2 3 4  5 6 7 8  9 0 1 8",
    f"3 2 1\n{by(1, ' ')}", f"3、{by(1, ' ')}、5", f"{by(1, ' ')} {by(1, ' ', OTHER)}",
    f"{by(1, ' ')}\n{by(1, ' ', OTHER)}", f"妻：{by(1, ' ')}　夫：{by(1, ' ', OTHER)}",
    # Signs between.
    *(by(1, sign) for sign in "/／、：:,，=＝|｜.．・·-ー_;"),
    *(by(4, sign) for sign in "/／、：:,，=＝|｜・·"),
    # In threes, and in halves with nothing but blanks or hyphens.
    *(by(3, sign) for sign in (" ", "　", "-", "・", "、", ".", "/", "\n", "|")),
    by(6, " "), by(6, "-"), by(2, " "), by(2, "-"),
    # Other digits.
    VALID.translate(KANJI), VALID.translate(NOUGHT), by(4, "-").translate(KANJI),
    by(1, " ").translate(KANJI), by(1, "、").translate(KANJI), "一二三四五六七八九○一八",
    "12三四5六78九〇18", "一2 三4 五6 七8 九0 一8".replace(" ", ""), VALID.translate(WIDE),
    keycaps(VALID), keycaps(by(1, " ")), keycaps(by(4, " ")), f"{keycaps('1')}{by(4, ' ')}",
    VALID.translate(CIRCLED), by(1, " ").translate(CIRCLED), VALID.translate(DARK),
    VALID.translate(RAISED), VALID.translate(LOWERED), VALID.translate(ARABIC),
    VALID.translate(THAI), VALID.translate(BOLD), by(4, " ").translate(ARABIC),
    f"①{by(4, '-')}", f"その一{by(4, ' ')}", f"{VALID}²", "⒈⒉⒊⒋⒌⒍⒎⒏⒐0.⒈⒏", "⑴⑵⑶⑷⑸⑹⑺⑻⑼(0)⑴⑻",
    "1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8\u200b9\u200b0\u200b1\u200b8",
    *(blank.join(VALID) for blank in BLANKS_THAT_ARE_LETTERS),
    *(f"{VALID[:5]}{blank}{VALID[5:]}" for blank in BLANKS_THAT_ARE_LETTERS),
    VALID.translate(DEEDS), by(4, "-").translate(DEEDS), by(1, "、").translate(FULL),
    VALID.translate(MARKETS), by(4, "・").translate(BOXED), VALID.translate(SEGMENTS),
    VALID.translate(DOUBLE), by(1, " ").translate(KANBUN),
    *(by(size, sign) for size in (1, 4) for sign in ("→", "★", "⇒", "×", "♪", "■", "^", "、 ")),
    by(4, "／").translate(KANJI), keycaps(by(1, "、")), keycaps(by(4, "/")),
    "1\u03322\u03323\u03324\u03325\u03326\u03327\u03328\u03329\u03320\u03321\u03328",
]  # fmt: skip

TAKEN = [
    "", "なし", "1", "12345678901", "1234567890123", "1234567890128456",
    # Telephones.
    "09012345678", "090-1234-5678", "0551-22-1234", "+81 90-1234-5678", "+819012345678",
    "+8190 1234 5678", "03(1234)5678", "０５５１（２２）１２３４", "090 1234 5678",
    "0551-22-1234、0551-22-5678", "090-1234-5678（妻 080-1234-5678）", "0120-123-456",
    "0551-22-1234 内線12", "090・1234・5678",
    # Dates and times.
    "令和8年11月20日 14:00", "2026-11-20 14:30", "2026/11/20 14:30:00", "20261120 1430",
    "R8.11.20～R8.12.25", "10:30、11:00、14:00", "9:00-12:00、13:00-17:15", "10:30/11:00/14:00",
    "11/20、11/27、12/4", "1/2、3/4、5/6、7/8、9/1、1/8", "二〇二六年十一月二十日",
    "2024、2025、2026", "2024/2025/2026", "令和六、七、八年度", "9:30 10:30 11:30",
    # Amounts and measures.
    "家賃120,000円、収入80,000円", "1,234,567,890円", "¥120,000", "36.5、36.8、37.2、36.6",
    "血圧 120/80、130/85、118/76", "体重 52.3 51.8 50.9kg", "要介護3、認知症自立度2a",
    "12%、34%、56%、78%、90%、18%",
    # Postal codes, rooms, cases, other numbers.
    "〒400-0001 高橋町3-2-1コーポ梅101", "400-0001、400-0002", "101、102、103号室",
    "101、102、103、104", "ケースR8-0012", "R8-0001、R8-0002、R8-0003", "1234-5678-9012-3456",
    "1234-5678", "被保険者番号 12345678", "介護保険 1234567890", "記号12 番号345678 枝番01",
    "基礎年金番号 1234-567890", "法人番号 1234567890123", "口座 普通 1234567",
    "雇用保険 1234-567890-1", "192.168.1.100",
    # Lists.
    "1 2 3 4 5 6 7 8 9 10 11 12", "1、2、3、4、5、6、7、8、9、10、11、12",
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫", "①訪問 ②電話 ③面談 ④同行", "45、43、15、12、10、78", "1.\n2.\n3.\n4.\n5.",
    "一、二、三、四、五", "3 2 1 0 2 1", "0 0 0 0 0 0 0 0 0 0 0 0",
    "3、2、1、0、2、1、3、2、1、0、2、1、3、3、3", "12 11 10 9 8 7",
    # Words with kanji digits, and circles for a name.
    "一人暮らしの七十三歳", "三三五五、一喜一憂、四苦八苦", "二三日に一度、十二時三十分",
    "〇〇さんと〇〇さん、〇〇小学校", "〇〇〇〇〇〇〇〇〇〇〇〇", "〇〇〇〇-〇〇〇〇-〇〇〇〇",
    "○○○○○○○○○○○○", "○、○、×、△、○、○", keycaps("1") + "09012345678",
    "①09012345678", "その一09012345678", "2024・2025・2026年度", "2024-2025-2026", "2024 2025 2026",
    *(f"{y}{sign}{y + 1}{sign}{y + 2}年" for y in range(1990, 2040) for sign in "/、→"),
    *SENTENCES,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_my_number_is_noticed_however_it_is_written(text: str) -> None:
    """In one piece, as a card prints it, in boxes, with signs between, in every script."""
    assert contains_my_number(text)
    assert contains_my_number(f"番号は{text}。電話は0551-22-1234です")


@pytest.mark.parametrize("text", TAKEN)
def test_usual_texts_are_taken(text: str) -> None:
    """Telephones, dates, times, amounts, lists of numbers and parts of longer numbers pass."""
    assert not contains_my_number(text)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_in_a_doubtful_spacing_the_check_digit_decides(size: int) -> None:
    """Of the ten numbers that differ in their last digit alone one is refused."""
    ten = [by(size, " ", VALID[:-1] + last) for last in "0123456789"]
    assert [t for t in ten if contains_my_number(t)] == [by(size, " ")]


def test_both_tables_are_long_enough() -> None:
    assert min(len(set(REFUSED)), len(set(TAKEN))) >= 40


@given(
    st.integers(0, 10**12 - 1),
    st.sampled_from(["", "-", " ", "　", "−"]),
    st.text("あ。\n", max_size=5),
)
def test_every_twelve_digit_number_is_noticed(number: int, between: str, around: str) -> None:
    """Whatever the digits and the words around them."""
    written = by(4, between, f"{number:012}") if between else f"{number:012}"
    assert contains_my_number(around + written + around)


def with_check_digit(first: str) -> str:
    """Eleven digits with the twelfth, worked out as the ordinance puts it: from the right."""
    rest = sum(
        int(digit) * (n + 1 if n <= 6 else n - 5)
        for n, digit in zip(range(11, 0, -1), first, strict=True)
    )
    return first + str(0 if rest % 11 <= 1 else 11 - rest % 11)


def as_is(digits: str) -> str:
    return digits


def translated(table: dict[int, int]) -> Callable[[str], str]:
    return lambda digits: digits.translate(table)


SCRIPTS = [as_is, keycaps] + [
    translated(t) for t in (KANJI, NOUGHT, WIDE, CIRCLED, DARK, RAISED, LOWERED, ARABIC, THAI, BOLD)
]
BLANKS = ["", " ", "　", "\t", "\n", "\r\n", "  "]
SIGNS = [*"/／、：:,，=＝|｜.．・·-‐−ー_;│", "", ""]


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A number whose check digit fits, in any grouping, script and separators of this house."""
    first = draw(st.text("0123456789", min_size=11, max_size=11).filter(lambda t: t.strip("0")))
    number = with_check_digit(first)
    size = draw(st.sampled_from([1, 3, 4, 12]))
    sign = draw(st.sampled_from(SIGNS))
    scripts = draw(st.lists(st.sampled_from(SCRIPTS), min_size=1, max_size=3))
    text = ""
    for at, digit in enumerate(number):
        if at and at % size == 0:
            blanks = draw(st.sampled_from(BLANKS if sign else BLANKS[1:]))
            text += f"{blanks}{sign}{blanks}"
        text += draw(st.sampled_from(scripts))(digit)
    around = st.text("あ相談。「」\n ", max_size=6)
    return draw(around) + text + draw(around)


@given(spelt())
def test_any_spelling_of_a_valid_number_is_refused(text: str) -> None:
    assert contains_my_number(text)


def steps(text: str) -> int:
    """How many lines of code are run for it."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename.endswith("my_number.py") else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        contains_my_number(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "part",
    ["1", "1 ", "1、", "11 ", "111-", "1111 ", "1111、", "111111-", " ", "+81 ", "①1", "一1", "あ",
     "1/2、", "1\n", "1\ufe0f\u20e3", "○一", "-", "(1)"],
)  # fmt: skip
def test_a_text_of_twice_the_length_takes_twice_the_steps(part: str) -> None:
    """One pass over the letters, whatever they are: nobody makes it slow by what they type."""
    steps(part * 200)  # letters read for the first time
    once, four_times = steps(part * 200), steps(part * 800)
    assert four_times <= 4.2 * once + 200
