"""What people type: a case number, メニュー and the like, ○ or 1 where a question is open.

All else is turned down politely, with the menu. What was typed is read once and never said back.
Whatever answers nothing that was asked last changes nothing: it is asked (again) first.
"""

from typing import Final

from handlers.lineworks import contents
from handlers.lineworks.asking import asked_again, meant, open_question
from handlers.lineworks.door import PRESSED, Said, UserInput, understood
from handlers.lineworks.menu import menu_content
from handlers.words.to_do import promise_action
from workflows.cases.find_case import case_number
from workflows.inbox.inbox import GetInbox
from workflows.japanese.characters import one_width
from workflows.model.promise import PromiseKind

# In usual widths and lower case, without spaces and a full stop.
WORDS: Final = {
    **dict.fromkeys(("メニュー", "めにゅー", "menu", "利用開始", "はじめる", "開始"), "menu"),
    **dict.fromkeys(("ヘルプ", "へるぷ", "help", "使い方", "助けて"), "help"),
    **dict.fromkeys(("待っていること", "受信箱"), "waiting"),
    **dict.fromkeys(("会議", "支援会議", "わたしの会議"), "my_meetings"),
    **dict.fromkeys(("新規", "new", "新しいつなぐシート"), "new_sheet"),
}
# What has answers of one letter.
_SHORT: Final = (
    PromiseKind.ANSWER_DATES,
    PromiseKind.ATTEND,
    PromiseKind.ROLE,
    PromiseKind.FOLLOW_UP,
)
# As keyboards write them: a circle, a zero or the letter is ○ where only one of three can be meant.
_MARKS: Final = {
    **dict.fromkeys("○〇◯⭕o0", "○"),
    **dict.fromkeys("△▲", "△"),
    **dict.fromkeys("×✕✖x", "×"),
    "まる": "○",
    "マル": "○",
    "さんかく": "△",
    "ばつ": "×",
    "バツ": "×",
}


def plain(typed: str) -> str:
    """What was typed, in one spelling."""
    return "".join(one_width(typed).split()).rstrip("。.!?").lower()


@understood(20)
def number(heard: UserInput) -> Said | None:
    wanted = case_number(heard.text)
    if not wanted:
        return None
    return PRESSED["open_case"](UserInput(heard.here, "open_case", wanted, at=heard.at))


@understood(30)
def word(heard: UserInput) -> Said | None:
    verb = WORDS.get(plain(heard.text))
    return PRESSED[verb](UserInput(heard.here, verb, at=heard.at)) if verb else None


@understood(40)
def answer(heard: UserInput) -> Said | None:
    """An answer to what was asked last; when nothing is open, it is asked first."""
    said = mark_of(heard.text)
    if not said:
        return None
    asked = open_question(heard.here)
    if not asked:
        return _asked_first(heard)
    found = meant(asked, heard, said)
    if found is None:
        told = contents.text(heard.here.say("lineworks.typed.not_an_answer"))
        return asked_again(heard, told) or anything(heard)
    return PRESSED[found.verb](found)


def _asked_first(heard: UserInput) -> Said:
    """The one thing that can be meant, asked; with several, or none, they are to choose."""
    here = heard.here
    waits = [one for one in here.ask(GetInbox()).to_do if one.kind in _SHORT]
    if len(waits) != 1:
        return Said(menu_content(here, here.say("lineworks.typed.which", some=bool(waits))))
    one = waits[0]
    action = promise_action(one.kind, one.number, one.meeting_id, one.item_id)
    shown = PRESSED[action.verb](
        UserInput(here, action.verb, action.subject, action.item, at=heard.at)
    )
    told = contents.text(here.say("lineworks.typed.asked_first"))
    return Said(told, *(shown.contents if shown else ()))


@understood(100)
def anything(heard: UserInput) -> Said:
    told = contents.text(heard.here.say("lineworks.typed.once_more"))
    return asked_again(heard, told) or Said(
        menu_content(heard.here, heard.here.say("lineworks.typed.not_understood"))
    )


def mark_of(typed: str) -> str:
    """○, △, × or a digit from 1 to 9; "" for everything else."""
    word = plain(typed)
    if word in _MARKS:
        return _MARKS[word]
    return word if len(word) == 1 and word in "123456789" else ""
