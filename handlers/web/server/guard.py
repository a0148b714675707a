"""The guard beside a field: what is wrong with words that will leave, while they are written."""

from flask import Blueprint, request

from handlers.web.door import ask, errors_of, page
from workflows.guard.while_typing import CheckSummary

pages = Blueprint("guard", __name__)


@pages.post("/meetings/<meeting_id>/record/summary")
def summary(meeting_id: str) -> str:
    """Asked with every pause in typing; nothing is saved, and nothing typed is said back."""
    typed = request.form.get("summary", "")
    found = ask(CheckSummary(meeting_id, typed))
    return page("guard_hint.html", "", errors=errors_of(None, found), summary=typed.strip())
