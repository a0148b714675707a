"""What was begun on a form of a case and not saved yet: kept while typing, and found again.

A draft remembers which version its writer had before them, so that saving it later is compared
with what somebody else has saved meanwhile.
"""

import secrets

from flask import redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, door, errors_of, handle, say, texts
from handlers.words.form_words import Begun, ShownError, begun_of_draft, numbers_in
from workflows.cases.drafts import DropDraft, FindDraft, SaveDraft
from workflows.core.errors import AlreadyDone, NotAllowed, NotFound, Refused
from workflows.forms import Form, Raw


def begun(form_id: str, number: str, raw: Raw, opened: str, version: int) -> Begun:
    """My unsaved writing on this form, or what is saved of it."""
    draft = ask(FindDraft(form_id, number))
    if draft is None:
        return Begun(secrets.token_hex(16), raw, opened, version)
    return begun_of_draft(draft)


def keep(form_id: str, number: str, raw: Raw, back: str) -> str | Response:
    """Keep what is typed so far, or throw it away when its writer says so."""
    draft_id = request.form.get("draft_id", "")
    if "discard" in request.form:
        handle(DropDraft(draft_id))
        say("page.case.draft_dropped")
        return redirect(back)
    version = request.form.get("version", type=int, default=0)
    mine = Begun(draft_id, raw, request.form.get("opened", ""), version)
    form = door().forms.form(form_id)
    return keep_as(SaveDraft(form_id, mine.kept, draft_id or None, number), form, raw)


def keep_as(draft: SaveDraft, form: Form, raw: Raw) -> str | Response:
    """Save it, for a page that saves by itself; of what cannot be kept it says why."""
    if refused := not_kept(draft, form):
        return refused
    return kept_draft(errors_of(form, numbers_in(raw)))


def not_kept(draft: SaveDraft, form: Form) -> Response | None:
    """Save it; answers with the sentence why it was not, to be shown beside the form."""
    try:
        handle(draft, once=False)
    except (AlreadyDone, NotAllowed, NotFound):
        raise
    except Refused as wrong:
        said = (
            f"「{e.label}」{e.sentence}" if e.label else e.sentence for e in errors_of(form, wrong)
        )
        return Response("".join(said), status=409)
    return None


def kept_draft(wrong: list[ShownError]) -> str | Response:
    """What the page says after it has saved by itself: that all is kept, or which field is not."""
    if wrong:
        said = texts().say("guard.draft", fields=list(dict.fromkeys(e.label for e in wrong)))
        return Response(said, status=409)
    return texts().say("page.case.draft_kept", at=door().desk.now())
