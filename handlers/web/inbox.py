"""受信箱: what waits for me, by when, one button each; and the news."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, handle, page, texts
from handlers.web.navigation import link, promise_link
from workflows.inbox import GetInbox, InboxView, MarkRead, ToDo

pages = Blueprint("inbox", __name__)


@pages.get("/")
def inbox() -> str:
    return page("inbox.html", "受信箱", **_context(ask(GetInbox())))


@pages.get("/inbox/live")
def live() -> str:
    """The part that changes while one looks at it."""
    return page("_inbox_live.html", "受信箱", **_context(ask(GetInbox())))


def _context(view: InboxView) -> dict[str, object]:
    return {
        "view": view,
        "to_do": [_line(t) for t in view.to_do],
        "later": [_line(t) for t in view.later],
        "news": [
            {
                "card": texts().card(item.notice),
                "links": [(a.label, link(a), a.primary) for a in texts().card(item.notice).actions],
                "at": item.delivered_at,
                "unread": item.read_at is None,
                "id": item.notice.id,
            }
            for item in view.news
        ],
    }


def _line(to_do: ToDo) -> dict[str, object]:
    return {
        "to_do": to_do,
        "href": promise_link(to_do.kind, to_do.number, to_do.meeting_id, to_do.item_id),
        "sentence": texts().say(f"promise.{to_do.kind}"),
        "button": texts().say(f"promise_button.{to_do.kind}"),
    }


@pages.post("/inbox/read")
def mark_read() -> Response:
    handle(MarkRead(tuple(request.form.getlist("notice"))), once=False)
    return redirect("/")
