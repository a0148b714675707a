"""Local mode alone: choose the person to be, and move the clock on."""

import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, request, session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from handlers.web.door import WebDoor, door, page, say, texts
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetNextDue
from workflows.desk import Desk
from workflows.directory.people import GetPeople, Person
from workflows.inbox.inbox import Shell
from workflows.japanese.dates import TOKYO, NotADate, parse_date, show_instant
from workflows.japanese.open_days import months_later
from workflows.overview.coordinator_desk import CountSent

pages = Blueprint("local", __name__)

CLOCK_STEPS: Final = ("next", "day", "week", "month")
MORNING: Final = 9
FURTHEST: Final = timedelta(days=366)
ROLES: Final = ("clerk", "coordinator", "chair", "manager", "administrator")

# Whose work the two stories tell, in the order in which they come in: 8050 and ヤングケアラー.
CAST: Final = (
    ("8050", ("M21", "M26", "M30", "M32", "M33", "M34", "M03")),
    ("young_carer", ("M17", "M40", "M12", "M09", "M48", "M10")),
    ("town_hall", ("M06", "M01", "M04", "M05")),
)


@dataclass(frozen=True)
class Guide:
    """One person to be, and what there is to try as them."""

    member_id: str
    name: str
    agency_name: str
    roles: str
    part: str


def _only_here() -> WebDoor:
    """The door, in local mode; in a town these pages do not exist."""
    found = door()
    if not found.is_local:
        abort(404)
    return found


def trace_of(error: Exception) -> str:
    """How it came to this error, for whoever tries the program out; in a town nothing, because it
    quotes what people wrote."""
    return "".join(traceback.format_exception(error)) if door().is_local else ""


def strip(here: Shell | None) -> dict[str, Any] | None:
    """The strip on top of every page: who I am, and the time."""
    if not door().is_local:
        return None
    return {
        "people": _groups() if here else [],
        "me_id": here.member_id if here else "",
        "now_label": show_instant(door().desk.now()),
        "clock_steps": [(step, texts().label("clock_step", step)) for step in CLOCK_STEPS],
        "then": _here(),
    }


def _here() -> str:
    """The page that is shown, to come back to; one that answers a post is not shown again."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _people() -> tuple[Person, ...]:
    return door().desk.ask(GetPeople(), Caller.CONSOLE)


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    people = _people()
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for role in ROLES:
        found = [(p.member_id, _named(p)) for p in people if role in p.roles]
        if found:
            groups.append((texts().say(f"page.local.groups.{role}"), found))
    rest = [(p.member_id, _named(p)) for p in people if not p.roles]
    groups.append((texts().say("page.local.groups.rest"), rest))
    return groups


def _named(person: Person) -> str:
    return f"{person.name}（{person.agency_name}）"


@pages.get("/local")
def choose() -> str:
    _only_here()
    people = {p.member_id: p for p in _people()}
    cast = [
        (texts().label("cast", story), [_guide(people[i]) for i in ids if i in people])
        for story, ids in CAST
    ]
    return page(
        "local.html",
        texts().say("page.local.title"),
        cast=cast,
        groups=_groups(),
        then="/",
        notes_requests=door().note_requests is not None,
    )


def _guide(person: Person) -> Guide:
    key = f"page.local.part.{person.member_id}"
    return Guide(
        person.member_id,
        person.name,
        person.agency_name,
        "・".join(texts().label("role", r) for r in person.roles),
        texts().say(key) if texts().has(key) else "",
    )


@pages.post("/local/person")
def person() -> AnyResponse:
    _only_here()
    member_id = request.form.get("member_id", "")
    if member_id not in {p.member_id for p in _people()}:
        abort(400)
    session["person"] = member_id
    session["switched"] = True
    return redirect(own_path(request.form.get("then")))


def not_theirs() -> AnyResponse | None:
    """Right after a switch, a page that is not for the new person gives way to their inbox."""
    if not session.pop("switched", False):
        return None
    people = {p.member_id: p.name for p in _people()}
    say("page.local.not_theirs", name=people.get(session.get("person", ""), ""))
    return redirect("/")


@pages.after_app_request
def switch_is_over(response: Response) -> Response:
    beside = request.endpoint in ("static", "htmx", "local.person")
    if not beside and "switched" in session:
        del session["switched"]
    return response


@pages.post("/local/clock")
def clock() -> AnyResponse:
    found = _only_here()
    move_clock = found.move_clock
    if move_clock is None:
        abort(404)
    back = redirect(own_path(request.form.get("then")))
    now = found.desk.now()
    try:
        target = _target(request.form.get("step", ""), request.form.get("to", ""), now, found.desk)
    except NotADate:
        flash(texts().say("page.local.not_a_day"))
        return back
    if target <= now or target > now + FURTHEST:
        flash(texts().say("page.local.not_ahead" if target <= now else "page.local.too_far"))
        return back
    move_clock(target)
    sent = found.desk.ask(CountSent(now), Caller.CLOCK)
    say("page.local.moved", at=found.desk.now(), sent=sent)
    return back


def _target(step: str, to: str, now: datetime, desk: Desk) -> datetime:
    """The moment to move to. Raises NotADate when the typed day cannot be read."""
    match step:
        case "next":
            due = desk.ask(GetNextDue(), Caller.CLOCK)
            return max(due, now + timedelta(seconds=1)) if due else now + timedelta(days=1)
        case "day":
            return _morning(now + timedelta(days=1))
        case "week":
            return _morning(now + timedelta(days=7))
        case "month":
            day = months_later(now.date(), 1)
            return datetime.combine(day, datetime.min.time(), TOKYO).replace(hour=MORNING)
        case "to":
            day = parse_date(to, today=now.date())
            return datetime.combine(day, datetime.min.time(), TOKYO).replace(hour=MORNING)
        case _:
            raise BadRequest


def _morning(at: datetime) -> datetime:
    return at.astimezone(TOKYO).replace(hour=MORNING, minute=0, second=0, microsecond=0)


def own_path(path: str | None) -> str:
    """A path to return to, if it is one of ours; else the inbox."""
    # Browsers drop tabs and line ends, so "/<tab>/elsewhere" would lead to another site.
    ours = path and path.isprintable() and path.startswith("/")
    return path if path and ours and not path.startswith(("//", "/\\")) else "/"
