"""事前準備シート: written before the sitting by whoever likes, read by those who attend."""

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from handlers.web.door import (
    ask,
    door,
    errors_of,
    handle,
    page,
    raw_of,
    say,
    sentence,
    texts,
)
from handlers.web.meetings.meeting_words import names, title_of
from handlers.web.server.form_words import in_words, options
from handlers.words.form_words import shown
from handlers.words.verbs import address_of
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.forms import Raw
from workflows.meetings.preparation import GetPreparations, Preparations, SavePreparation

pages = Blueprint("preparations", __name__)

Page = str | tuple[str, int] | Response


@pages.get("/meetings/<meeting_id>/preparation/<number>")
def preparation(meeting_id: str, number: str) -> Page:
    sheets = ask(GetPreparations(meeting_id, number))
    form = door().forms.form("preparation")
    values = shown(form, sheets.mine.values) if sheets.mine else {}
    return _preparation(sheets, number, values)


def _preparation(
    sheets: Preparations, number: str, values: Raw, wrong: Refused | None = None
) -> str | tuple[str, int]:
    form = door().forms.form("preparation")
    known = names()
    errors = errors_of(form, wrong) if isinstance(wrong, Invalid) else []
    drawn = page(
        "meeting_preparation.html",
        texts().say("page.meeting.preparation"),
        sheets=sheets,
        title=title_of(sheets.line),
        form=form,
        values=values,
        errors=errors,
        refused=sentence(wrong) if wrong and not errors else "",
        options=options(),
        mine=in_words(form, sheets.mine.values, known) if sheets.mine else [],
        others=[(o, in_words(form, o.values, known)) for o in sheets.others],
        earlier={
            one.agency_id: [(e, in_words(form, e.values, known)) for e in one.earlier]
            for one in (*sheets.others, *([sheets.mine] if sheets.mine else []))
        },
    )
    return (drawn, 422 if errors else 409) if wrong else drawn


@pages.post("/meetings/<meeting_id>/preparation/<number>")
def save_preparation(meeting_id: str, number: str) -> Page:
    raw = raw_of(door().forms.form("preparation"))
    try:
        handle(SavePreparation(meeting_id, number, raw))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _preparation(ask(GetPreparations(meeting_id, number)), number, raw, wrong)
    say("page.meeting.prepared")
    return redirect(address_of("open_meeting", meeting_id))
