"""The guard's look at a message drawn from how things are: what is known of people is masked.

A notice's own card was looked at where it was made (delivery/guarded_notice.py);
what is drawn by itself, here, word by word.
"""

import re
from typing import Final

from handlers.delivery.masking import masked, texts_in
from handlers.slack.door import SlackDoor
from handlers.slack.ui.drawing import NOTICES, Message
from workflows.core.ports import Post
from workflows.model.notice import Notice

SHOWN: Final = frozenset({"text", "alt_text"})
A_NUMBER: Final = re.compile(r"R\d+-\d{4,}")


def mask_message(door: SlackDoor, post: Post, message: Message) -> Message:
    """The message as it may leave. Raises Held."""
    if post.kind == "notice" and (post.notice is None or post.notice.key not in NOTICES):
        return message
    whole = [{"text": message.text}, *message.blocks]
    notice = post.notice or _about(post, list(texts_in(whole, SHOWN)))
    said, *blocks = masked(door.desk, notice, whole, SHOWN)
    return Message(said["text"], tuple(blocks))


def _about(post: Post, texts: list[str]) -> Notice:
    """What no notice stands behind, as the guard asks for it: the cases that it is about."""
    numbers = sorted({n for text in texts for n in A_NUMBER.findall(text)})
    return Notice(
        id=post.id,
        key=post.kind,
        member_id=post.member_id,
        dedupe_key="",
        facts={"numbers": numbers},
        case_id=post.case_id,
        meeting_id=post.meeting_id,
    )
