"""Who may do what: the table for everybody; why I may or may not, for one case or one meeting."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, handle, page, say, texts
from handlers.web.meetings.meeting_words import title_of
from handlers.web.server.local import own_path
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.core.errors import NotAllowed
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.views import GetMeeting
from workflows.model.legal_basis import condition_of_basis
from workflows.overview.access import (
    Access,
    AccessLine,
    GetCaseAccess,
    GetMeetingAccess,
    GetPermissions,
)

pages = Blueprint("access", __name__)

CONFIRM_FIRST: Final = "denied.confirm_secrecy_first"


@pages.get("/permissions")
def permissions() -> str:
    return page(
        "permissions.html", texts().say("page.permissions.title"), table=ask(GetPermissions())
    )


@pages.get("/cases/<number>/access")
def of_case(number: str) -> str:
    seen = ask(GetCaseAccess(ask(GetCaseId(number))))
    facts = ["consent_given" if seen.has_consent else "consent_missing"]
    facts.append("covered" if seen.covered else "not_covered")
    if seen.restricted:
        facts.append("restricted")
    return page(
        "access.html",
        texts().say("page.access.title_case", number=seen.number),
        back=address_of("open_case", seen.number),
        back_label=seen.number,
        facts=[texts().say(f"page.access.{fact}") for fact in facts],
        **_shown(seen.access),
    )


@pages.get("/meetings/<meeting_id>/access")
def of_meeting(meeting_id: str) -> str:
    seen = ask(GetMeetingAccess(meeting_id))
    facts = [
        f"{texts().label('legal_basis', b)}：{texts().label('footing', condition_of_basis(b))}"
        for b in seen.bases
    ]
    if seen.cancelled:
        facts.append(texts().say("page.access.cancelled"))
    told = "attends_for" if seen.numbers else "attends_for_none"
    facts.append(texts().say(f"page.access.{told}", numbers=seen.numbers))
    return page(
        "access.html",
        texts().say("page.access.title_meeting"),
        back=address_of("open_meeting", meeting_id),
        back_label=title_of(ask(GetMeeting(meeting_id)).line),
        facts=facts,
        **_shown(seen.access),
    )


def _shown(access: Access) -> dict[str, Any]:
    return {
        "standings": access.standings,
        "lines": [(line, _reason(line)) for line in access.lines],
        "to_confirm": access.to_confirm,
    }


def _reason(line: AccessLine) -> list[str]:
    """Why, and what to do next: the missing conditions, else whose standing would be enough."""
    found = [texts().say(line.decision.reason)]
    if line.decision.allowed:
        return found
    if line.lacks:
        # Each of them says what to do; the refusal itself would only repeat it.
        return [texts().say(f"page.access.lacks.{lack}") for lack in line.lacks]
    names = [texts().label("standing", s) for s in line.enough]
    return [*found, texts().say("page.access.by", standings=names)]


def why_page() -> str:
    """Where the reasons of a refusal on a page of a case or a meeting are told, or nothing."""
    named = request.view_args or {}
    if "meeting_id" in named:
        return f"/meetings/{named['meeting_id']}/access"
    return (
        f"/cases/{named['number']}/access"
        if request.path.startswith("/cases/") and "number" in named
        else ""
    )


# -- the secrecy duty, before the first content ---------------------------------------------------


def confirm_first(error: NotAllowed) -> Response | None:
    """Whoever opens content of a meeting before confirming the duty is led to the confirmation."""
    meeting_id = (request.view_args or {}).get("meeting_id")
    part = bool(request.headers.get("HX-Request"))
    if error.key != CONFIRM_FIRST or meeting_id is None or request.method != "GET" or part:
        return None
    return redirect(f"/meetings/{meeting_id}/secrecy?{urlencode({'then': request.path})}")


@pages.get("/meetings/<meeting_id>/secrecy")
def secrecy(meeting_id: str) -> str | Response:
    """Where somebody is sent who opens content before confirming; one press leads back there."""
    seen = ask(GetMeeting(meeting_id))
    then = _then(meeting_id, request.args.get("then"))
    if not seen.must_confirm_secrecy:
        return redirect(then)
    return page(
        "meeting_secrecy.html",
        texts().say("page.access.secrecy"),
        line=seen.line,
        title=title_of(seen.line),
        then=then,
    )


@pages.post("/meetings/<meeting_id>/secrecy")
def confirm(meeting_id: str) -> Response:
    handle(ConfirmSecrecy(meeting_id))
    say("page.meeting.secrecy_saved")
    return redirect(_then(meeting_id, request.form.get("then")))


def _then(meeting_id: str, path: str | None) -> str:
    """A case's or a meeting's page to go back to, else this meeting's."""
    wanted = own_path(path)
    within = wanted.startswith(("/cases/", "/meetings/"))
    return wanted if within else address_of("open_meeting", meeting_id)
