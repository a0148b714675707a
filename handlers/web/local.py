"""Local mode alone: choose the person to be, and move the clock on."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, request, session
from werkzeug.wrappers import Response

from handlers.web.door import door, page, texts
from workflows.dates import TOKYO, NotADate, parse_date, show_instant
from workflows.desk import Desk
from workflows.directory.people import GetPeople, Person
from workflows.followups.schedule import months_later
from workflows.inbox import Shell
from workflows.permissions import Caller
from workflows.truth import NextDue

pages = Blueprint("local", __name__)

CLOCK_STEPS = (("next", "次の予定"), ("day", "1日"), ("week", "1週間"), ("month", "1か月"))
# The people whose work the story tells come first; the rest follow by agency.
GUIDES = (
    ("受け付ける", "clerk"),
    ("つなぐ・招集する", "coordinator"),
    ("会議を主宰する", "chair"),
    ("全体を見る", "manager"),
    ("名簿を守る", "administrator"),
)


def _only_here() -> None:
    if not door().is_local:
        abort(404)


def strip(here: Shell | None) -> dict[str, Any] | None:
    """The strip on top of every page: who I am, and the time."""
    if not door().is_local:
        return None
    return {
        "people": _groups(),
        "me_id": here.member_id if here else "",
        "now_label": show_instant(door().desk.now()),
        "clock_steps": CLOCK_STEPS,
    }


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    people = door().desk.ask(GetPeople(), Caller.CONSOLE)
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for title, role in GUIDES:
        found = [(p.member_id, _named(p)) for p in people if role in p.roles]
        if found:
            groups.append((title, found))
    rest = [(p.member_id, _named(p)) for p in people if not p.roles]
    groups.append(("機関の担当者", rest))
    return groups


def _named(person: Person) -> str:
    return f"{person.agency_name} {person.name}"


@pages.get("/local")
def choose() -> str:
    _only_here()
    return page("local.html", texts().say("page.local"), groups=_groups())


@pages.post("/local/person")
def person() -> Response:
    _only_here()
    member_id = request.form.get("member_id", "")
    people = door().desk.ask(GetPeople(), Caller.CONSOLE)
    if member_id not in {p.member_id for p in people}:
        abort(400)
    session["person"] = member_id
    return redirect("/")


@pages.post("/local/clock")
def clock() -> Response:
    _only_here()
    move_clock = door().move_clock
    if move_clock is None:
        abort(404)
    desk = door().desk
    now = desk.now()
    target = _target(request.form.get("step", ""), request.form.get("to", ""), now, desk)
    if target is None or target <= now:
        abort(400)
    move_clock(target)
    return redirect("/")


def _target(step: str, to: str, now: datetime, desk: Desk) -> datetime | None:
    match step:
        case "next":
            due = desk.ask(NextDue(), Caller.CLOCK)
            return max(due, now + timedelta(seconds=1)) if due else now + timedelta(days=1)
        case "hour":
            return now + timedelta(hours=1)
        case "day":
            return _morning(now + timedelta(days=1))
        case "week":
            return _morning(now + timedelta(days=7))
        case "month":
            day = months_later(now.date(), 1)
            return datetime.combine(day, datetime.min.time(), TOKYO).replace(hour=9)
        case "to":
            try:
                day = parse_date(to, today=now.date())
            except NotADate:
                return None
            return datetime.combine(day, datetime.min.time(), TOKYO).replace(hour=9)
        case _:
            return None


def _morning(at: datetime) -> datetime:
    return at.astimezone(TOKYO).replace(hour=9, minute=0, second=0, microsecond=0)
