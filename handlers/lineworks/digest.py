"""週次のまとめ in LINE WORKS: who waits longest and what is late in words, all else on the page."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from handlers.lineworks import contents
from handlers.lineworks.cards import link_to
from handlers.lineworks.contents import Button
from handlers.lineworks.door import Said, UserInput, pressed
from handlers.words.digest_words import short_digest
from workflows.digest.look import GetDigest
from workflows.model.card import CardButton


@pressed("digest")
def digest(heard: UserInput) -> Said:
    """Of the day of the card; without one, how it stands at this moment. For managers alone."""
    here = heard.here
    view = here.ask(GetDigest(date.fromisoformat(heard.item) if heard.item else None))
    content = cast(Mapping[str, Any], view.content)
    title = here.say("lineworks.digest.title", on=view.on, is_now=view.is_now)
    parts = short_digest(here.door.texts, content, "lineworks.digest")
    page = CardButton("", "digest", "", heard.item)
    link = Button(here.say("lineworks.digest.open"), uri=link_to(here, page))
    return Said(contents.flex(title, parts, link, more=here.say("lineworks.digest.more_on_page")))
