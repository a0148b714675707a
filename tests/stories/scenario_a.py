"""What scenario A (8050) is about in Slack: the words that people write, and who is in it."""

from tests.support.people import (
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
)

NUMBER = "R8-0001"
NAME, KANA = "浮舟はつ江", "ウキフネ　ハツエ"
SUMMARY = "家の中が物であふれ、年金だけで暮らしている。息子は長く家にいる。"
REASON = "暮らしが続かなくなるおそれがあるため。"
REQUEST = "お母さまの介護の相談をお願いします。"
ONLY_IN_PART = "家計の相談を受けます。住まいの相談は受けられません。"
DECISION = "住民とごみを運び出し、見守りを続ける。"
FACTS = "母は物忘れがあり、息子は外に出ていない。"
TASKS = {  # by agency: what, and by when
    "A21": ("ごみの運び出しと見守り", "2027-01-15"),
    "A14": ("お母さまの介護の調整", "2026-12-25"),
    "A20": ("息子さんの畑の見学", "2027-01-29"),
}
BETTER, WORSE = "部屋が片づき、表情が明るくなった。", "息子さんがまた部屋から出なくなった。"
CHANGE = "落ち着いて暮らしている。"
# Whatever anybody wrote about these people; none of it may stand in a message.
PLANTED = (
    NAME, KANA, SUMMARY, REASON, REQUEST, ONLY_IN_PART, DECISION, FACTS, BETTER, WORSE, CHANGE,
    "浮舟", "うきふね", "ウキフネ", "S15.4.1", "昭和15年4月1日", "物であふれ", "物忘れ", "運び出",
    "住まいの相談", "片づき", "部屋から出な", *(what for what, _ in TASKS.values()),
)  # fmt: skip
SIX = (COORDINATOR, ELDERLY, DISABILITY, LIVELIHOOD, FARMING, COMMISSIONER)
YES, MAYBE, NO = "○ 出席", "△ 必要なら出席", "× 欠席"
ANSWERS = {  # to the five dates that are proposed
    COORDINATOR: [YES] * 5,
    ELDERLY: [NO, YES, YES, YES, YES],
    DISABILITY: [YES, MAYBE, YES, YES, YES],
    LIVELIHOOD: [YES] * 5,
    FARMING: [MAYBE, YES, YES, YES, YES],
    COMMISSIONER: [YES] * 5,
}
