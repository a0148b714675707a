"""Japanese characters brought to one spelling: widths, kana, kanji numerals, old forms of kanji."""

import re
import unicodedata
from functools import cache
from typing import Final

KANJI_DIGITS: Final = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
KANJI_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
KANJI_NUMBER: Final = "[〇零一二三四五六七八九十百千]+"
LONGEST_NUMBER: Final = 8  # kanji numerals: a longer row of them is no number that anybody writes

# Every kind of dash that an input method or a copied text puts where a hyphen is meant; written
# for the brackets of a regex.
HYPHENS: Final = r"\-‐‑‒–—―−﹣－ｰ"

# Marks on one letter: to bring n of them into their order takes n² steps, and no script has more
# (UAX #15, 13: Stream-Safe Text Format).
MOST_MARKS: Final = 30

# Variants that registers and people use for one name; each pair is (variants, the form kept).
# No package on PyPI was taken: those there are have one author and mix unlike kanji.
_OLD_FORMS: Final = (
    ("髙", "高"), ("﨑碕嵜", "崎"), ("邉邊", "辺"), ("齋齊斎", "斉"), ("澤", "沢"), ("廣", "広"),
    ("濵濱", "浜"), ("嶋嶌", "島"), ("國", "国"), ("眞", "真"), ("瀨", "瀬"), ("德", "徳"),
    ("櫻", "桜"), ("𠮷", "吉"), ("壽", "寿"), ("會", "会"), ("惠", "恵"), ("榮", "栄"),
    ("條", "条"), ("龍", "竜"), ("瀧", "滝"), ("藏", "蔵"), ("佛", "仏"), ("彌", "弥"),
    ("圓", "円"), ("學", "学"), ("關", "関"), ("驛", "駅"), ("縣", "県"), ("區", "区"),
    ("靜", "静"), ("豐", "豊"), ("橫", "横"), ("黑", "黒"), ("靑", "青"), ("淸", "清"),
    ("鷗", "鴎"), ("礒", "磯"), ("冨", "富"), ("峯", "峰"), ("嶽", "岳"), ("埜", "野"),
    ("舘", "館"), ("鄕", "郷"), ("悳", "徳"), ("穗", "穂"), ("莊", "荘"), ("萬", "万"),
    ("當", "当"), ("鹽", "塩"), ("槇", "槙"), ("桒", "桑"), ("淵", "渕"),
    ("曾", "曽"), ("薗", "園"), ("籠", "篭"), ("檜", "桧"), ("曻", "昇"), ("凜", "凛"),
    ("堯", "尭"), ("瑤", "瑶"), ("遙", "遥"), ("亙", "亘"), ("巖", "巌"), ("昻", "昂"),
    ("籔藪", "薮"), ("穎", "頴"), ("楳", "梅"), ("栁桺", "柳"), ("舩", "船"), ("圡𡈽", "土"),
    ("濤", "涛"), ("禱", "祷"), ("逹", "達"), ("喆", "哲"), ("曺", "曹"), ("辨瓣辯", "弁"),
    ("龜", "亀"),
)  # fmt: skip
# The other old forms that the 常用漢字表 (Cabinet notice of 2010) prints in brackets, and the forms
# of today at the same places below. What NFKC makes one is not repeated.
_JOYO_OLD: Final = (
    "乘亂亞來倂假傳僞價儉兒兩剩劍劑勞勳勵勸卷卽參單嚴囑圈圍圖團增墮壓壘壞壤壯壹奧奬孃寢實寫寬"
    "寶將專對屆屬峽巢帶廢廳彈徑從徵恆惡惱愼慘應懷戀戰戲戾拂拔拜挾插揭搖搜擇擊擔據擧擴攝收效敍"
    "敕數斷晚晝曆曉棧槪樂樓樞樣檢權歐歡步歷歸殘殼毆每氣涉淚淨淺渴溪溫滯滿潛澁濕濟灣燈燒營爐爭"
    "爲犧狀狹獨獵獸獻甁畫疊瘦癡發盜盡硏碎祕禪禮稱稻穩竊竝粹絲經綠緖緣縱總繩繪繼續纖缺罐聲聽肅"
    "腦膽臟臺與舊艷莖薰藝藥處虛號螢蟲蠶蠻衞裝襃覺覽觀觸謠證譯譽讀變讓豫貳賣賴贊踐輕轉辭遞遲郞"
    "醉醫釀釋錄錢鍊鎭鐵鑄鑛陷隨險隱雙雜霸靈顯飜餘騷驅驗髓體髮鬭鷄麥麵黃默點黨齒齡"
)
_JOYO_NEW: Final = (
    "乗乱亜来併仮伝偽価倹児両剰剣剤労勲励勧巻即参単厳嘱圏囲図団増堕圧塁壊壌壮壱奥奨嬢寝実写寛"
    "宝将専対届属峡巣帯廃庁弾径従徴恒悪悩慎惨応懐恋戦戯戻払抜拝挟挿掲揺捜択撃担拠挙拡摂収効叙"
    "勅数断晩昼暦暁桟概楽楼枢様検権欧歓歩歴帰残殻殴毎気渉涙浄浅渇渓温滞満潜渋湿済湾灯焼営炉争"
    "為犠状狭独猟獣献瓶画畳痩痴発盗尽研砕秘禅礼称稲穏窃並粋糸経緑緒縁縦総縄絵継続繊欠缶声聴粛"
    "脳胆臓台与旧艶茎薫芸薬処虚号蛍虫蚕蛮衛装褒覚覧観触謡証訳誉読変譲予弐売頼賛践軽転辞逓遅郎"
    "酔医醸釈録銭錬鎮鉄鋳鉱陥随険隠双雑覇霊顕翻余騒駆験髄体髪闘鶏麦麺黄黙点党歯齢"
)
_TO_KEPT_FORM: Final = {
    **{ord(old): kept for olds, kept in _OLD_FORMS for old in olds},
    **{ord(old): kept for old, kept in zip(_JOYO_OLD, _JOYO_NEW, strict=True)},
}
# Which form of a kanji a register prints (葛󠄀, 辻󠄀): no letter of its own.
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VOICING: Final = {"゛": "\u3099", "ﾞ": "\u3099", "゜": "\u309a", "ﾟ": "\u309a"}
_VOICED: Final = re.compile("([ぁ-ゖァ-ヺｦ-ﾝゝヽ])([\u3099\u309a゛゜ﾞﾟ])")
_IN_PIECES: Final = re.compile(
    "[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0370-\u04ff\u3041-\u30ff]"
    f"[\u0300-\u036f\u3099\u309a]{{1,{MOST_MARKS}}}"
    f"|[\u1100-\u11ff\uac00-\ud7a3][\u1161-\u11ff]{{1,{MOST_MARKS}}}"
)
# What stands where the mark of a long vowel is meant; 〜 and 一 by people in a hurry.
_LONG_VOWEL: Final = re.compile(f"(?<=[ァ-ヺー])(?:[{HYPHENS}~〜～]|一(?=[ァ-ヺー\\s]|$))")
# Whatever ends a line, in any system: CR, vertical tab, form feed, the separators of Unicode.
_BREAKS: Final = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters but line feed and tab, halves of pairs, and the last two code points of every
# plane, which stand for nothing.
_NOTHING: Final = "".join(
    chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF)
)
_CONTROL: Final = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_NOTHING}]")
# What no font draws (Default_Ignorable_Code_Point of Unicode 17's DerivedCoreProperties.txt), but
# for the marks that say in which form a letter is printed.
_NOT_DRAWN: Final = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
# Letters that are drawn as a blank, and count as letters: empty Braille, the place of an object
# that a copied text leaves, a note without its head, the blanks of hieroglyphs.
_DRAWN_BLANK: Final = "\u2800\ufffc\U0001d159\U00013441\U00013442"
INVISIBLE: Final = re.compile(f"[{_NOT_DRAWN}{_DRAWN_BLANK}\ufff9-\ufffb]")
# Signs of format (Cf), and what stands for nothing yet and is never to be drawn.
_FORMAT: Final = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# What stands for a blank at the ends of a text.
_AT_THE_ENDS: Final = (
    "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
    + f"\u115f\u1160\u3164\uffa0{_DRAWN_BLANK}"
)
_MARKS_END: Final = 0x1F000  # no script that has marks lies behind it
_TO_KATAKANA: Final = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}


def one_width(text: str) -> str:
    """The text with full-width Latin and half-width kana in their usual widths (NFKC).

    Of a letter with more than MOST_MARKS marks the others are left out.
    """
    return unicodedata.normalize("NFKC", few_marks(text))


def few_marks(text: str) -> str:
    """The text with at most MOST_MARKS marks in a row, so that it is normalized in one pass."""
    return text if text.isascii() else marks_in_a_row().sub(r"\1", text)


@cache
def marks_in_a_row() -> re.Pattern[str]:
    """More marks in a row than any letter has; also of what only becomes one when normalized."""
    marks = [
        code
        for code in range(0x300, _MARKS_END)
        if unicodedata.combining(unicodedata.normalize("NFKD", chr(code))[0])
    ]
    one = f"[{''.join(map(chr, marks))}]"
    return re.compile(f"({one}{{{MOST_MARKS}}}){one}+")


def to_katakana(text: str) -> str:
    """Hiragana as katakana; everything else as it was."""
    return text.translate(_TO_KATAKANA)


def joined_voicing(text: str) -> str:
    """Kana with the mark for its voice beside it (カ゛, ハ + U+309A, ｶﾞ) as one letter."""
    return _VOICED.sub(
        lambda m: unicodedata.normalize("NFKC", m[1] + _VOICING.get(m[2], m[2])), text
    )


def composed(text: str) -> str:
    """Kana, Latin and Hangul letters with their marks in one piece; every other letter as it is.

    NFC would do the same to 塚 (U+FA10), 隆 (U+F9DC) or 神 (U+FA19) and make them another letter
    than the one with which somebody writes their name.
    """
    return _IN_PIECES.sub(lambda m: unicodedata.normalize("NFC", m[0]), text)


def long_vowel_marks(katakana: str) -> str:
    """Katakana with ー wherever a hyphen or another dash stands for it."""
    return _LONG_VOWEL.sub("ー", katakana)


def repeated_kana(katakana: str) -> str:
    """Katakana with ヽ and ヾ written out: ミスヾ is ミスズ, コヽロ is ココロ."""
    found: list[str] = []
    for letter in katakana:
        last = found[-1] if found else ""
        if letter == "ヽ" and last:
            found.append(last)
        elif letter == "ヾ" and last:
            bare = unicodedata.normalize("NFD", last)[:1]
            voiced = unicodedata.normalize("NFC", f"{bare}\u3099")
            found.append(voiced if len(voiced) == 1 else bare)
        else:
            found.append(letter)
    return "".join(found)


def without_selectors(text: str) -> str:
    """The text without what says in which form a kanji is printed (variation selectors)."""
    return _SELECTORS.sub("", text)


def modern_kanji(text: str) -> str:
    """Old and variant kanji of names and places in the one form that is compared."""
    return text.translate(_TO_KEPT_FORM)


def is_unreadable(letter: str) -> bool:
    """Whether it is a letter of nobody's font: private use (外字), or what stands for a lost one.

    〓 is what Windows and printers put there, U+FFFD what a wrong encoding leaves.
    """
    return letter in "〓\ufffd" or unicodedata.category(letter) == "Co"


def as_typed(text: str) -> str:
    """The text that somebody typed: every kind of line break as a line feed, without what is never
    seen (zero-width, directional and other format characters) and the blanks around it, also those
    that are drawn as such and are letters.

    Nothing when nothing of it can be seen. What no text may hold is kept: see `has_control`.
    """
    lines = _BREAKS.sub("\n", text)
    seen = trimmed(_FORMAT.sub("", lines))
    return seen if any(not _is_blank_or_invisible(c) for c in seen) else ""


def trimmed(text: str) -> str:
    """The text without blanks around it, also those that are letters: "" when there is no more."""
    return text.strip(_AT_THE_ENDS)


def has_control(text: str) -> bool:
    """Whether the text holds what nobody types: a NUL or another control character (but not line
    feeds and tabs), half of a pair of code units, or a code point that stands for nothing.

    PostgreSQL refuses a NUL, and the other half of them no file and no mail can carry.
    """
    return _CONTROL.search(text) is not None


def without_controls(text: str) -> str:
    """The text without what `has_control` finds: for what is kept before anybody is told of it."""
    return _CONTROL.sub("", text)


def _is_blank_or_invisible(c: str) -> bool:
    """A blank, a letter that is drawn as one, or a mark on a letter that is not there."""
    return c.isspace() or is_invisible(c) or unicodedata.category(c) == "Mn"


def is_invisible(letter: str) -> bool:
    """Whether it is a letter that nobody sees: a filler, empty Braille, a sign of format."""
    return INVISIBLE.match(letter) is not None


def without_invisible(text: str) -> str:
    """The text without the letters that nobody sees; the usual blanks stay."""
    return text if text.isascii() else INVISIBLE.sub("", text)


def has_words(text: str) -> bool:
    """Whether it says anything: a kanji, or two letters that differ. Not punctuation, long marks or
    digits alone, and not あ or xxx, typed so that something stands there."""
    letters = {
        to_katakana(c)
        for c in one_width(text).casefold()
        if unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lo"} and not is_invisible(c)
    }
    kanji = any(unicodedata.name(c, "").startswith("CJK") for c in letters)
    return kanji or len(letters) > 1


def lost_letters(text: str, *, name: bool) -> str:
    """What of a text may stand for a letter that was lost, each once, in its order.

    Private use (外字) and U+FFFD in any text; 〓 and ? in a `name`, where nobody asks anything.
    """
    signs = "〓?？" if name else ""
    return "".join(dict.fromkeys(c for c in text if c in signs or (is_unreadable(c) and c != "〓")))


def without_marks(text: str) -> str:
    """The text without what cannot be seen or stored: control characters (but not line feeds
    and tabs), format characters and lone surrogates. A NUL would be refused by PostgreSQL."""
    return "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )


def kanji_to_int(kanji: str) -> int:
    """The number that kanji numerals below 10,000 write, both ways: 二十三 and 二三 are 23.

    Raises ValueError when there is a character that is no numeral.
    """
    total = digits = 0
    for c in kanji:
        if c in KANJI_DIGITS:
            digits = digits * 10 + KANJI_DIGITS[c]
        elif c in KANJI_UNITS:
            total += (digits or 1) * KANJI_UNITS[c]
            digits = 0
        else:
            raise ValueError(c)
    return total + digits


def kanji_numbers_before(text: str, follower: str) -> str:
    """The text with kanji numerals written as digits wherever `follower` (a regex) comes next."""
    whole = f"(?<!{KANJI_NUMBER.removesuffix('+')}){KANJI_NUMBER}+"  # each row is looked at once
    return re.sub(f"{whole}(?={follower})", lambda m: kanji_as_digits(m[0]), text)


def kanji_as_digits(kanji: str) -> str:
    """A number in kanji numerals as digits; one too long to be a number stays as it is."""
    return str(kanji_to_int(kanji)) if len(kanji) <= LONGEST_NUMBER else kanji
