"""机: the coordinator's desk, every open case by what is stuck, with one next step each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request

from handlers.web.door import ask, page, texts
from handlers.web.server.navigation import link
from handlers.words.desk_lines import next_step_button, stuck_words, time_left
from handlers.words.to_do import left_words
from handlers.words.verbs import route
from workflows.digest.look_back import GetLookBack
from workflows.overview.coordinator_desk import DeskLine, DeskView, GetCoordinatorDesk, Stuck

pages = Blueprint("overview", __name__)


@dataclass(frozen=True)
class ShownDeskLine:
    """A line with its words."""

    line: DeskLine
    what: str
    left: str
    button: str
    href: str
    others: str


@dataclass(frozen=True)
class Group:
    code: str
    title: str
    hint: str
    lines: Sequence[ShownDeskLine]
    overdue: int


@pages.get(route("desk"))
def desk() -> str:
    return page("desk.html", texts().say("page.overview.title"), **_context())


@pages.get("/desk/live")
def live() -> str:
    """The part that changes while one looks at it."""
    return page("_desk_live.html", texts().say("page.overview.title"), **_context())


@pages.get(route("look_back"))
def look_back() -> str:
    """Cases to be looked back on, without a word of what was written about them."""
    return page("look_back.html", texts().say("page.overview.look_back"), lines=ask(GetLookBack()))


def _context() -> dict[str, object]:
    everything = request.args.get("who") == "all"
    view = ask(GetCoordinatorDesk(mine_only=not everything))
    asked = [(r, left_words(texts(), r.overdue, r.open_days)) for r in view.requests]
    return {
        "view": view,
        "groups": _groups(view),
        "asked": asked,
        "who": "all" if everything else "mine",
    }


def _groups(view: DeskView) -> list[Group]:
    shown = [_shown(line) for line in view.lines]
    return [
        Group(
            str(code),
            texts().say(f"page.overview.group.{code}"),
            texts().say(f"page.overview.hint.{code}"),
            lines,
            sum(s.line.overdue for s in lines),
        )
        for code in Stuck
        if (lines := [s for s in shown if s.line.group is code])
    ]


def _also(kind: str, agency: str) -> str:
    what = texts().label("promise_kind", kind)
    return f"{what}（{agency}）" if agency else what


def _shown(line: DeskLine) -> ShownDeskLine:
    action = next_step_button(texts(), line)
    return ShownDeskLine(
        line=line,
        what=stuck_words(texts(), line),
        left=time_left(texts(), line),
        button=action.label,
        href=link(action),
        others="、".join(_also(kind, agency) for kind, agency in line.others),
    )
