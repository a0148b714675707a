"""Cards and links as LINE WORKS takes them: what a notice says, and the way to the pages.

A card stays as it was sent, so its buttons carry what they ask for and no link: a link is made when
it is wanted, good once, for whoever pressed.
"""

from collections.abc import Sequence

from handlers.chat.case_here import case_in_brief
from handlers.chat.remind_tomorrow import VERB as REMIND_TOMORROW
from handlers.chat.remind_tomorrow import next_reminder_of
from handlers.lineworks import contents
from handlers.lineworks.contents import Button
from handlers.lineworks.door import (
    NOTICES,
    PRESSED,
    Content,
    Drawing,
    Here,
    LineworksDoor,
    Said,
    UserInput,
    pressed,
)
from handlers.runtime.one_time_page_link import one_time_page_link
from handlers.words.verbs import PAGE_ONLY
from workflows.model.card import Card, CardButton
from workflows.sign_in.sign_in import MakeOwnLink


def notice_content(drawing: Drawing) -> Content | None:
    """A notice as it is to stand there now; None when there is nothing to say."""
    draw = NOTICES.get(drawing.notice.key)
    content = draw(drawing) if draw else plain_card(drawing.door, drawing.card)
    if content and next_reminder_of(drawing, drawing.notice).may_ask:
        door = drawing.door
        token = door.token(REMIND_TOMORROW, drawing.notice.promise or "")
        content = contents.with_button(content, Button(door.say("page.inbox.put_off"), token))
    return content


def plain_card(
    door: LineworksDoor, card: Card, *more: str, quick: Sequence[Button] = ()
) -> Content:
    """The card as it is: title, body, facts, `more` lines, and its buttons."""
    facts = [door.say("lineworks.fact", heading=h, value=v) for h, v in card.facts]
    parts = ("\n".join(filter(None, (card.title, card.body))), "\n".join(facts), *more)
    words = "\n\n".join(filter(None, parts))
    pressed_there = (button_of(door, action) for action in card.actions)
    return contents.buttons(words, *pressed_there, quick=quick)


def button_of(door: LineworksDoor, action: CardButton) -> Button:
    """A card's button: answered here, but for the way in itself, which is a link."""
    if action.verb == "sign_in":
        return Button(action.label, uri=door.page_of(action))
    return Button(action.label, door.token(action.verb, action.subject, action.item))


# -- to the pages ---------------------------------------------------------------------------------


@pressed(*PAGE_ONLY)
def page(heard: UserInput) -> Said:
    here, action = heard.here, CardButton("", heard.verb, heard.subject, heard.item)
    why = here.say("lineworks.calendar.file") if action.verb == "calendar" else ""
    return Said(to_page(here, action, why))


def link_to(here: Here, action: CardButton) -> str:
    """The address of a page, which lets in whoever is here, once."""
    door = here.door
    uri = one_time_page_link(
        action, door.page_of, door.settings, lambda: here.handle(MakeOwnLink(), once=False)
    )
    if not door.settings.sign_in.oidc_only:
        verb = action.verb if action.verb in PRESSED else "menu"
        here.links[uri] = door.token(verb, action.subject, action.item)
    return uri


def to_page(here: Here, action: CardButton, why: str = "", *more: Button) -> Content:
    """`why` says what the page is for; its link lets in whoever is here, once. `more` stands below
    the link."""
    door, uri = here.door, link_to(here, action)
    note = "lineworks.page.sign_in" if door.settings.sign_in.oidc_only else "lineworks.page.once"
    words = "\n".join([why or door.say("lineworks.page.why"), door.say(note)])
    return contents.buttons(words, Button(door.say("lineworks.page.open"), uri=uri), *more)


# -- a case ---------------------------------------------------------------------------------------


@pressed("open_case")
def case_now(heard: UserInput) -> Said:
    """Its number, how it stands and who answers for it; all else is behind the link."""
    number, words = case_in_brief(heard.here, heard.subject, "lineworks.case")
    return Said(to_page(heard.here, CardButton("", "open_case", number), words))
