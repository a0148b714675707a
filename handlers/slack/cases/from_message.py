"""A sheet begun at a message: without its words, unless the person who begins it says so.

Until then the words stand nowhere but in the question itself, on the screen of the one who asked:
not in what a modal remembers, not in a draft, not in a log. Slack has them anyway; we take them
when the modal is handed in with the tick. What is taken can be shortened before.
"""

import re
from html import unescape
from typing import Any, Final

from handlers.slack.cases.sheet import fresh_sheet
from handlers.slack.door import Answer, Modal, Press, Submission, pressed, submitted
from handlers.slack.ui import blocks
from handlers.slack.ui.forms import MOST_TYPED
from handlers.slack.ui.inputs import checkboxes, text_input
from handlers.slack.ui.pages import page_modal
from workflows.model.card import CardButton as CardAction

CALLBACK: Final = "sheet_from_message"
TAKE: Final = "take"
# Slack writes people, channels and addresses as <@U1>, <#C1|name>, <https://…|words>.
_NAMED: Final = re.compile(r"<[@#!][^<>|]*(?:\|([^<>]*))?>")
_LINKED: Final = re.compile(r"<((?:https?|mailto|tel):[^<>|]*)(?:\|([^<>]*))?>")


def words_of(message: dict[str, Any]) -> str:
    """What a person wrote, as they read it; nobody's account id."""
    text = _NAMED.sub(lambda m: m[1] or "", str(message.get("text") or ""))
    return unescape(_LINKED.sub(lambda m: m[2] or m[1], text)).strip()


@pressed("sheet_from_message", opens=True)
def begun_at_message(press: Press) -> Answer:
    """Asks whether the message's words (the press's item) are wanted; not when there are none."""
    here, say = press.here, press.here.say
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "new_sheet", ""))
    if not press.item:
        return fresh_sheet(here)
    tick = checkboxes([(TAKE, say("slack_sheet.message.take"))])
    words = text_input(press.item[:MOST_TYPED], lines=True)
    return Modal(
        say("slack_sheet.title_new", number=""),
        (
            blocks.section(say("slack_sheet.message.why")),
            blocks.input_block("take", say("slack_sheet.message.copy"), tick, optional=True),
            blocks.input_block("words", say("slack_sheet.message.words"), words, optional=True),
        ),
        callback=CALLBACK,
        submit=say("slack_sheet.next"),
    )


@submitted(CALLBACK)
def begin(submission: Submission) -> Answer:
    """The first step of the sheet, with the words where they were wanted."""
    wanted = TAKE in submission.typed.get("take", ())
    words = str(submission.typed.get("words", "")) if wanted else ""
    return fresh_sheet(submission.here, **({"summary": words} if words else {}))
