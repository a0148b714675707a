"""/tsunagu, alone or with a case number or a word: answered for the one who typed alone.

Nothing is done by a command: what it shows has buttons. What was typed is read once and never said
back.
"""

from typing import Final

from handlers.mattermost.answering import Answers
from handlers.mattermost.door import MattermostDoor
from handlers.mattermost.messages import Message, said
from workflows.cases.find_case import case_number
from workflows.japanese.characters import one_width

LONGEST: Final = 100  # letters; nothing that we understand is longer
# In usual widths and lower case, without spaces and a full stop.
WORDS: Final = {
    "": "menu",
    **dict.fromkeys(("メニュー", "menu"), "menu"),
    **dict.fromkeys(("ヘルプ", "help", "使い方"), "help"),
    **dict.fromkeys(("待っていること", "受信箱"), "waiting"),
    **dict.fromkeys(("会議", "支援会議", "わたしの会議"), "my_meetings"),
    **dict.fromkeys(("新規", "new", "新しいつなぐシート"), "new_sheet"),
    **dict.fromkeys(("まとめ", "週次のまとめ"), "digest"),
}


def answer_to(door: MattermostDoor, answers: Answers, user: str, text: str, event: str) -> Message:
    """What is shown to who typed this. Raises CannotStore."""
    short = text if len(text) <= LONGEST else "—"
    verb = WORDS.get("".join(one_width(short).split()).rstrip("。.!?").lower(), "")
    number = "" if verb else case_number(short)
    token = {"v": verb or ("open_case" if number else "menu"), "s": number or "", "i": ""}
    answer = answers.pressed(user, token, event, None)
    if not isinstance(answer, Message):  # nothing that is asked for here opens a dialog
        return said(door.say("mattermost.stale"))
    if verb or number or answers.member_of(user) is None:
        return answer
    told = door.say("mattermost.typed.not_understood")
    return Message(f"{told}\n{answer.words}", answer.facts, answer.more, answer.buttons)
