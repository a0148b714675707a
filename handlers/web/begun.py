"""What was begun on a form of a case and not saved yet: kept while typing, and found again.

A draft remembers which version its writer had before them, so that saving it later is compared
with what somebody else has saved meanwhile.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, door, errors_of, handle, say, texts
from workflows.cases.drafts import (
    DropDraft,
    FindDraft,
    FinishDraft,
    SaveDraft,
    fields_with_my_numbers,
)
from workflows.forms import FieldError, Raw


@dataclass(frozen=True)
class Begun:
    """The form as it is opened: `saved_at` is None when nothing unsaved was found."""

    draft_id: str
    raw: Raw
    opened: str
    version: int
    saved_at: datetime | None = None


def begun(form_id: str, number: str, raw: Raw, opened: str, version: int) -> Begun:
    """My unsaved writing on this form, or what is saved of it."""
    draft = ask(FindDraft(form_id, number))
    if draft is None:
        return Begun(secrets.token_hex(16), raw, opened, version)
    kept = cast(Mapping[str, Any], draft.raw)
    fields, was = cast(Raw, kept["fields"]), str(kept["opened"])
    return Begun(draft.id, fields, was, int(kept["version"]), draft.saved_at)


def keep(form_id: str, number: str, raw: Raw, back: str) -> str | Response:
    """Keep what is typed so far, or throw it away when its writer says so."""
    draft_id = request.form.get("draft_id", "")
    if "discard" in request.form:
        handle(DropDraft(draft_id))
        say("page.case.draft_dropped")
        return redirect(back)
    version = request.form.get("version", type=int, default=0)
    kept: Any = {"fields": raw, "opened": request.form.get("opened", ""), "version": version}
    handle(SaveDraft(form_id, kept, draft_id or None, number), once=False)
    return kept_draft(errors_of(door().forms.form(form_id), numbers_in(raw)))


def numbers_in(raw: Raw) -> tuple[FieldError, ...]:
    """An error for each field whose text no draft keeps: one with a 12-digit number."""
    names = fields_with_my_numbers(raw)
    return tuple(FieldError(name, "form.my_number", {}) for name in names)


def kept_draft(wrong: list[ShownError]) -> str | Response:
    """What the page says after it has saved by itself: that all is kept, or which field is not."""
    if wrong:
        said = texts().say("guard.draft", fields=list(dict.fromkeys(e.label for e in wrong)))
        return Response(said, status=409)
    return texts().say("page.case.draft_kept", at=door().desk.now())


def done() -> None:
    """The form was saved: its draft goes, and no late saving while typing brings it back."""
    if draft_id := request.form.get("draft_id", ""):
        handle(FinishDraft(draft_id), once=False)
