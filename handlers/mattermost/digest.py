"""週次のまとめ in Mattermost: who waits longest and what is late in words, all else on the page."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from handlers.mattermost.cards import to_page
from handlers.mattermost.door import Press, pressed
from handlers.mattermost.messages import Message
from handlers.words.digest_words import short_digest
from workflows.digest.look import GetDigest
from workflows.model.card import CardButton


@pressed("digest")
def digest(press: Press) -> Message:
    """Of the day of the card; without one, how it stands at this moment. For managers alone."""
    here = press.here
    view = here.ask(GetDigest(date.fromisoformat(press.item) if press.item else None))
    content = cast(Mapping[str, Any], view.content)
    title = here.say("mattermost.digest.title", on=view.on, is_now=view.is_now)
    page = to_page(here, CardButton("", "digest", "", press.item), title)
    parts = short_digest(here.door.texts, content, "mattermost.digest")
    facts = tuple((heading, "\n".join(lines)) for heading, lines in parts)
    return Message(page.words, facts, page.more, page.buttons)
