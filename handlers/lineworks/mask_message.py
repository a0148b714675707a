"""The guard's look at a message drawn from how things are: what is known of people is masked.

A notice's own card was looked at where it was made (handlers/delivery/guarded_notice.py).
"""

from typing import Final

from handlers.delivery.masking import masked
from handlers.lineworks.door import NOTICES, Content, Drawing

SHOWN: Final = frozenset(
    {"text", "altText", "contentText", "title", "subtitle", "label", "displayText"}
)


def mask_message(drawing: Drawing, content: Content) -> Content:
    """The message as it may leave. Raises Held."""
    if drawing.notice.key not in NOTICES:
        return content
    found: Content = masked(drawing.door.desk, drawing.notice, content, SHOWN)
    return found
