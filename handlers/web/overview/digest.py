"""週次: in two minutes, who waits, what is overdue, what failed, what was not checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from flask import Blueprint, abort

from handlers.web.door import ask, page, texts, today
from handlers.words.digest_words import (
    SHOWN,
    about_waiting,
    changes_since_last_digest,
    count_restricted,
    judged,
    restricted_sentence,
)
from handlers.words.verbs import address_of
from workflows.digest.look import DigestView, GetDigest
from workflows.japanese.dates import TOKYO, show_date, show_short, show_time

pages = Blueprint("digest", __name__)


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
                address_of("open_case", w["number"]),
                False,
                about_waiting(texts(), w),
            )
            for w in content["waiting"][:SHOWN]
        ],
        not_drawn=max(0, len(content["waiting"]) - SHOWN),
        judged=judged(content),
        restricted=lambda *lists: restricted_sentence(texts(), content, *lists),
        count_restricted=lambda *lists: count_restricted(content, *lists),
        moves=changes_since_last_digest(texts(), content),
        before_on=content["before"].get("on", ""),
        week=_week(content),
        print_date=show_date(view.on),
        print_ref=texts().say("page.digest.title"),
    )


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
            (show_time(starts.time()), text, address_of("open_meeting", meeting["meeting_id"]))
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
