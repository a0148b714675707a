"""週次のまとめ in LINE WORKS: who waits longest and what is late in words, all else on the page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from handlers.lineworks import contents
from handlers.lineworks.cards import link_to
from handlers.lineworks.contents import Button
from handlers.lineworks.door import Heard, Here, Said, pressed
from handlers.words.digest_words import (
    SHOWN,
    count_restricted,
    move_lines,
    request_lines,
    restricted_sentence,
    still_needed_lines,
    waiting_lines,
)
from workflows.digest.look import GetDigest
from workflows.model.card import CardButton

LATE: Final = ("reply", "role", "follow_up", "close_case", "revise_plan")


@pressed("digest")
def digest(heard: Heard) -> Said:
    """Of the day of the card; without one, how it stands at this moment. For managers alone."""
    here = heard.here
    view = here.ask(GetDigest(date.fromisoformat(heard.item) if heard.item else None))
    content = cast(Mapping[str, Any], view.content)
    texts = here.door.texts
    title = here.say("lineworks.digest.title", on=view.on, is_now=view.is_now)
    parts = [
        (here.say("lineworks.digest.waiting"), _waiting(here, content)),
        (here.say("lineworks.digest.late"), _late(here, content)),
        (here.say("page.request.title"), request_lines(texts, content)),
        (here.say("page.still_needed.section"), still_needed_lines(texts, content)),
        (
            here.say("lineworks.digest.moves"),
            move_lines(texts, content, "lineworks.digest.move_line"),
        ),
    ]
    page = CardButton("", "digest", "", heard.item)
    link = Button(here.say("lineworks.digest.open"), uri=link_to(here, page))
    told = [(heading, lines) for heading, lines in parts if lines]
    return Said(contents.flex(title, told, link, more=here.say("lineworks.digest.more_on_page")))


def _waiting(here: Here, content: Mapping[str, Any]) -> Sequence[str]:
    found = content["waiting"]
    lines = waiting_lines(here.door.texts, content, "lineworks.digest.waiting_line")[:SHOWN]
    if len(found) > SHOWN:
        lines.append(here.say("lineworks.digest.more", count=len(found) - SHOWN))
    if beside := restricted_sentence(here.door.texts, content, "waiting"):
        lines.append(beside)
    return lines or [here.say("lineworks.digest.nobody")]


def _late(here: Here, content: Mapping[str, Any]) -> Sequence[str]:
    overdue = content["overdue"]  # a digest of an earlier version may lack a kind
    counts = {n: len(overdue.get(n, ())) + count_restricted(content, n) for n in LATE}
    counts = {name: count for name, count in counts.items() if count}
    counts |= Counter(str(line["kind"]) for line in content.get("overdue_others", []))
    lines = [
        here.say("lineworks.digest.late_line", what=name, count=count)
        for name, count in counts.items()
    ]
    if beside := restricted_sentence(here.door.texts, content, "overdue_others"):
        lines.append(beside)
    return lines
