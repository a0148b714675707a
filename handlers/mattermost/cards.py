"""Cards and links as Mattermost shows them: what a notice says, and the way to the pages.

A link is made when it is wanted, good once, for whoever pressed: what stays on a card is a button.
"""

from handlers.chat.case_here import case_in_brief
from handlers.chat.remind_tomorrow import VERB as REMIND_TOMORROW
from handlers.chat.remind_tomorrow import next_reminder_of
from handlers.delivery.masking import masked
from handlers.mattermost.door import NOTICES, PRESSED, Drawing, Here, Press, pressed
from handlers.mattermost.messages import Button, Message, with_button
from handlers.runtime.one_time_page_link import one_time_page_link
from handlers.words.verbs import PAGE_ONLY
from handlers.words.without_requests import without_requests
from workflows.model.card import Card, CardButton
from workflows.sign_in.sign_in import MakeOwnLink


def notice_message(drawing: Drawing) -> Message | None:
    """A notice as it is to stand there now; None when there is nothing to say. What is drawn from
    how things are is looked at by the guard. Raises Refused, and Held."""
    notice, door = drawing.post.notice, drawing.door
    assert notice is not None  # noqa: S101 - only the card of a notice is drawn
    draw = NOTICES.get(notice.key)
    message = draw(drawing) if draw else plain_card(drawing)
    if message is None:
        return None
    if draw:
        texts = [message.words, message.more, *(value for _, value in message.facts)]
        words, more, *values = masked(door.desk, notice, [{"t": t} for t in texts], {"t"})
        facts = zip((heading for heading, _ in message.facts), values, strict=True)
        message = Message(
            words["t"], tuple((h, v["t"]) for h, v in facts), more["t"], message.buttons
        )
    if drawing.state is None and next_reminder_of(drawing, notice).may_ask:
        button = Button(door.say("page.inbox.put_off"), REMIND_TOMORROW, notice.promise or "")
        message = with_button(message, button)
    return message


def plain_card(drawing: Drawing, more: str = "") -> Message:
    """The card as it is: title, body, facts, `more` words and its buttons. What asks for nothing
    any more says so in place of its body, and keeps the way to read on."""
    card, body = drawing.card, drawing.card.body
    if drawing.state is not None:
        card = without_requests(drawing.card, drawing.state)
        body = drawing.door.say(f"page.inbox.news_state.{drawing.state}")
    words = "\n".join(part for part in (card.title, body) if part)
    return Message(words, _facts(card), more, tuple(button_of(drawing, a) for a in card.actions))


def _facts(card: Card) -> tuple[tuple[str, str], ...]:
    return tuple((str(heading), str(value)) for heading, value in card.facts)


def button_of(drawing: Drawing, action: CardButton) -> Button:
    """A card's button: answered here, but for the way in itself, which is a link."""
    if action.verb == "sign_in":
        return Button(action.label, uri=drawing.door.page_of(action))
    return Button(action.label, action.verb, action.subject, action.item, primary=action.primary)


# -- to the pages ---------------------------------------------------------------------------------


@pressed(*PAGE_ONLY)
def page(press: Press) -> Message:
    here, action = press.here, CardButton("", press.verb, press.subject, press.item)
    why = here.say("mattermost.page.calendar") if action.verb == "calendar" else ""
    return to_page(here, action, why)


def to_page(here: Here, action: CardButton, why: str = "", *more: Button) -> Message:
    """`why` says what the page is for; its link lets in whoever is here, once. `more` stands below
    the link."""
    door = here.door
    uri = one_time_page_link(
        action, door.page_of, door.settings, lambda: here.handle(MakeOwnLink(), once=False)
    )
    oidc = door.settings.sign_in.oidc_only
    note = door.say("mattermost.page.sign_in" if oidc else "mattermost.page.once")
    # Where its time has run before it could be told, the same is asked for anew.
    verb = action.verb if action.verb in PRESSED else "menu"
    open_it = Button(door.say("mattermost.page.open"), verb, action.subject, action.item, uri=uri)
    return Message(why or door.say("mattermost.page.why"), more=note, buttons=(open_it, *more))


@pressed("open_case")
def case_now(press: Press) -> Message:
    """Its number, how it stands and who answers for it; all else is behind the link."""
    number, words = case_in_brief(press.here, press.subject, "mattermost.case")
    return to_page(press.here, CardButton("", "open_case", number), words)
