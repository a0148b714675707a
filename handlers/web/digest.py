"""週次: in two minutes, who waits, what is overdue, what failed, what was not checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from flask import Blueprint, abort

from handlers.web.door import ask, page, texts, today
from workflows.dates import TOKYO, show_date, show_short, show_time
from workflows.digest.look import DigestView, GetDigest

pages = Blueprint("digest", __name__)

SHOWN: Final = 12  # people waiting who are drawn; the rest are one sentence
MOVES: Final = (
    "waiting",
    "overdue_reply",
    "no_date",
    "overdue_role",
    "overdue_follow_up",
    "failed",
)


@dataclass(frozen=True)
class Move:
    """One count against the last digest's, and where both stand on one scale (0 to 100)."""

    label: str
    before: int
    now: int
    word: str
    before_at: float
    now_at: float


@dataclass(frozen=True)
class Day:
    """A day of the week strip."""

    label: str
    today: bool
    closed: bool
    items: tuple[tuple[str, str, str], ...]


@pages.get("/digest")
def newest() -> str:
    return _page(ask(GetDigest()))


@pages.get("/digest/<on>")
def of_day(on: str) -> str:
    try:
        day = date.fromisoformat(on)
    except ValueError:
        abort(404)
    return _page(ask(GetDigest(day)))


def _page(view: DigestView) -> str:
    content = cast(Mapping[str, Any], view.content)
    return page(
        "digest.html",
        texts().say("page.digest.title"),
        view=view,
        c=content,
        waiting=[
            (
                w["number"],
                w["days"],
                "" if w["restricted"] else f"/cases/{w['number']}",
                False,
                _about(w),
            )
            for w in content["waiting"][:SHOWN]
        ],
        not_drawn=max(0, len(content["waiting"]) - SHOWN),
        moves=_moves(content),
        before_on=content["before"].get("on", ""),
        week=_week(content),
        print_date=show_date(view.on),
        print_ref=texts().say("page.digest.title"),
    )


def _about(waiting: Mapping[str, Any]) -> str:
    """What is said of one who waits; of a restricted case nothing but its number."""
    if waiting["restricted"]:
        return texts().say("page.digest.restricted")
    return texts().say(
        "page.digest.about",
        state=waiting["state"],
        answering=waiting["answering"],
        urgency=waiting["urgency"],
        replies=waiting["waiting_replies"],
    )


def _moves(content: Mapping[str, Any]) -> list[Move]:
    """What moved since the last digest; none the first time."""
    before = content["before"].get("counts") or {}
    if not before:
        return []
    now = content["counts"]
    most = max([1, *(int(c.get(k, 0)) for c in (before, now) for k in MOVES)])
    found = []
    for key in MOVES:
        was, is_now = int(before.get(key, 0)), int(now.get(key, 0))
        word = "fewer" if is_now < was else "more" if is_now > was else "same"
        found.append(
            Move(
                texts().say(f"page.digest.move.{key}"),
                was,
                is_now,
                texts().say(f"page.digest.moved.{word}", count=abs(is_now - was)),
                was * 100 / most,
                is_now * 100 / most,
            )
        )
    return found


def _week(content: Mapping[str, Any]) -> list[Day]:
    items: dict[str, list[tuple[str, str, str]]] = {}
    for meeting in content["this_week"]:
        starts = datetime.fromisoformat(meeting["starts_at"]).astimezone(TOKYO)
        text = texts().say(
            "page.digest.meeting",
            kind=meeting["kind"],
            numbers=meeting["numbers"],
            agencies=meeting["agencies"],
        )
        items.setdefault(starts.date().isoformat(), []).append(
            (show_time(starts.time()), text, f"/meetings/{meeting['meeting_id']}")
        )
    return [
        Day(
            show_short(date.fromisoformat(d["on"])),
            date.fromisoformat(d["on"]) == today(),
            bool(d["closed"]),
            tuple(items.get(d["on"], [])),
        )
        for d in content.get("week", [])
    ]
