"""受信箱: what waits for me, by when, one button each; and the news."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from handlers.chat.remind_tomorrow import next_reminder_words
from handlers.delivery.guarded_notice import CANNOT_DRAW
from handlers.web.door import ask, door, handle, page, say, sentence, texts
from handlers.web.server.case_numbers import unbroken
from handlers.web.server.navigation import link, promise_link
from handlers.web.server.sure import confirmation_page
from handlers.web.server.when import left_words
from handlers.words.to_do import deputy_words
from handlers.words.verbs import address_of, route
from handlers.words.without_requests import still_works, without_requests
from workflows.cases.drafts import DropDraft, GetDraft
from workflows.core.errors import NotFound, Refused
from workflows.core.ports import Draft, InboxItem
from workflows.inbox.inbox import GetInbox, InboxView, ToDo
from workflows.inbox.news import NewsState
from workflows.inbox.read_news import GetNews, GetOlderNews, MarkRead
from workflows.model.card import Card, CardButton
from workflows.model.notice import as_of
from workflows.reminders.remind_tomorrow import RemindTomorrow

pages = Blueprint("inbox", __name__)

INBOX = "inbox"  # the verb of a button that leads here


LONGEST_TIME = 30  # characters of a date and time as typed
FRESH = 10  # news shown open; what is older is folded away


@dataclass(frozen=True)
class ToDoLine:
    """A to-do as the page shows it."""

    to_do: ToDo
    sentence: str
    button: str
    href: str
    left: str
    again: str  # when I hear of it again, as I asked for; or ""
    in_place: str  # for whom I do it, who is away; or ""


@dataclass(frozen=True)
class News:
    """A delivered notice as a card; its buttons are numbered, and lead to how things are now.

    `state` is what became of it, None while it stands. Then it asks for nothing any more: `body`
    is "" and of its buttons those are left that still lead somewhere.
    """

    id: str
    at: datetime
    unread: bool
    state: NewsState | None
    title: Markup
    body: Markup
    facts: tuple[tuple[str, Markup], ...]
    buttons: tuple[tuple[int, str], ...]


@pages.get(route("inbox"))
def inbox() -> str:
    return page("inbox.html", texts().say("page.inbox.title"), **_context(ask(GetInbox())))


@pages.get("/inbox/live")
def live() -> str:
    """The part that changes while one looks at it."""
    title = texts().say("page.inbox.title")
    return page("_inbox_live.html", title, **_context(ask(GetInbox())))


@pages.post("/inbox/read")
def mark_read() -> Response:
    handle(MarkRead(tuple(request.form.getlist("notice"))), once=False)
    say("page.inbox.marked_read")
    before = request.form.get("before", "")
    return redirect(url_for("inbox.older", before=before) if before else "/")


@pages.post("/inbox/put-off")
def put_off() -> Response:
    """Be reminded tomorrow: the once token is not spent, as the second press is the same wish."""
    try:
        at = handle(RemindTomorrow(request.form.get("promise", "")), once=False)
    except Refused as wrong:
        flash(sentence(wrong))
    else:
        flash(next_reminder_words(texts(), "put_off_done", at))
    return redirect("/")


@pages.get("/inbox/older")
def older() -> str | Response:
    """News that the inbox has no room for: a page at a time."""
    before = request.args.get("before", "")
    if not before:  # the newest stands in the inbox
        return redirect("/")
    found = ask(GetOlderNews(before))
    news = [_news(item, found.states.get(item.notice.id)) for item in found.news]
    title = texts().say("page.inbox.older_title")
    return page("inbox_older.html", title, news=news, before=before, older_than=found.older_than)


@pages.get("/inbox/open/<notice_id>/<int:button>")
def open_news(notice_id: str, button: int) -> Response:
    """Follow a card's button; who has opened the news has read it."""
    found = ask(GetNews(notice_id))
    actions = _card(found).actions
    if button >= len(actions):
        abort(404)
    handle(MarkRead((notice_id,)), once=False)
    return redirect(link(actions[button]))


@pages.post("/inbox/drafts/drop")
def drop_draft() -> str | Response:
    draft_id = request.form.get("draft", "")
    try:
        draft = ask(GetDraft(draft_id))
        what = {"form": _draft_title(draft), "number": draft.subject, "at": draft.saved_at}
        asked = confirmation_page("page.inbox.drop", "/", **what, about=_draft_about(draft))
        if asked is not None:
            return asked
        handle(DropDraft(draft_id), once=False)
    except NotFound:
        return redirect("/")  # dropped before, or sent: gone either way
    say("page.inbox.draft_dropped")
    return redirect("/")


def _context(view: InboxView) -> dict[str, object]:
    news = [_news(item, view.states.get(item.notice.id)) for item in view.news]
    return {
        "view": view,
        "to_do": [_line(t) for t in view.to_do],
        "to_answer": [_asked(item) for item in view.to_answer],
        "later": [_line(t) for t in view.later],
        "news": news[:FRESH],
        "older": news[FRESH:],
        "drafts": [(d, _draft_title(d), _draft_link(d), _draft_about(d)) for d in view.drafts],
    }


def _asked(item: InboxItem) -> dict[str, object]:
    """What waits for an answer on a page: the first button of its card leads there."""
    facts, action = item.notice.facts, _card(item).actions[0]
    by = facts.get("last_on") or facts.get("last_day")
    return {
        "sentence": texts().say(f"page.inbox.to_answer.{item.notice.key}"),
        "number": facts.get("number", ""),
        "last_day": by,
        "button": action.label,
        "href": link(action),
    }


def _news(item: InboxItem, state: NewsState | None) -> News:
    card = _card(item)
    return News(
        id=item.notice.id,
        at=item.delivered_at,
        unread=item.read_at is None,
        state=state,
        title=unbroken(card.title),
        body=unbroken(without_requests(card, state).body),
        facts=tuple((name, unbroken(text)) for name, text in card.facts),
        buttons=tuple(
            (number, action.label)
            for number, action in enumerate(card.actions)
            if still_works(action, state) and action.verb != INBOX  # whoever reads this is there
        ),
    )


def _line(to_do: ToDo) -> ToDoLine:
    return ToDoLine(
        to_do=to_do,
        sentence=texts().word("promise", to_do.kind),
        in_place=deputy_words(texts(), to_do),
        button=texts().word("promise_button", to_do.kind),
        href=promise_link(to_do.kind, to_do.number, to_do.meeting_id, to_do.item_id),
        left=left_words(to_do.overdue, to_do.open_days_left),
        again=next_reminder_words(texts(), "put_off_until", to_do.remind_at)
        if to_do.remind_at
        else "",
    )


def _card(item: InboxItem) -> Card:
    """The card as it read when it came; one whose words were withdrawn still leads to its subject.

    Whether a time is over is said as of that moment: it stands beside the card.
    """
    notice = item.notice
    try:
        return texts().card(as_of(notice, item.delivered_at))
    except CANNOT_DRAW:
        number = str(notice.facts.get("number", ""))
        if notice.meeting_id:
            label = texts().say("page.inbox.open_meeting")
            actions: tuple[CardButton, ...] = (
                CardButton(label, "open_meeting", notice.meeting_id),
            )
        elif number:
            actions = (CardButton(texts().say("page.inbox.open_case"), "open_case", number),)
        else:
            actions = ()
        key = f"label.message.{notice.key}"
        known = texts().has(key)
        return Card(texts().say(key if known else "page.inbox.old_message"), number, (), actions)


def _draft_title(draft: Draft) -> str:
    forms = door().forms.forms
    if draft.form == "split":
        return texts().say("page.split.draft")
    return forms[draft.form].title if draft.form in forms else texts().say("page.inbox.old_message")


def _draft_about(draft: Draft) -> str:
    """What tells one new sheet from another without a word on a person: when it was received."""
    received = draft.raw.get("received_at") if draft.form == "sheet" and not draft.subject else ""
    return received[:LONGEST_TIME] if isinstance(received, str) else ""


def _draft_link(draft: Draft) -> str:
    """Where a draft goes on; its subject is a case number, or a meeting's id."""
    match draft.form:
        case "sheet" if draft.subject:
            return address_of("edit_sheet", draft.subject)
        case "sheet":
            return f"/cases/new?draft={draft.id}"
        case "split":
            return f"/cases/{draft.subject}/split"
        case "plan":
            return address_of("plan", draft.subject)
        case "record":
            return address_of("write_record", draft.subject)
        case _:
            return "/meetings/new"
