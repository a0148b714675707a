"""机: the coordinator's desk, every open case by what is stuck, with one next step each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request

from handlers.web.door import ask, page, texts
from handlers.web.when import left_words
from workflows.overview import DeskLine, DeskView, GetDesk, Stuck
from workflows.promises import PromiseKind

pages = Blueprint("overview", __name__)

# What a coordinator opens to move it on. The rest is asked of others: the case says how it is.
_CASE_PAGE = {
    PromiseKind.NAME_LEAD: "/lead",
    PromiseKind.NEXT_STEP: "/refer",
    PromiseKind.PLAN_REVIEW: "/plan",
}


@dataclass(frozen=True)
class Shown:
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
    lines: Sequence[Shown]
    overdue: int


@pages.get("/desk")
def desk() -> str:
    return page("desk.html", texts().say("page.overview.title"), **_context())


@pages.get("/desk/live")
def live() -> str:
    """The part that changes while one looks at it."""
    return page("_desk_live.html", texts().say("page.overview.title"), **_context())


def _context() -> dict[str, object]:
    everything = request.args.get("who") == "all"
    view = ask(GetDesk(mine_only=not everything))
    return {"view": view, "groups": _groups(view), "who": "all" if everything else "mine"}


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


def _shown(line: DeskLine) -> Shown:
    late = "late" if line.overdue else "waits"
    what = f"page.overview.{late}.{line.kind or 'nothing'}"
    if line.group is Stuck.IN_ORDER:
        what = "page.overview.in_order.meeting" if line.starts_at else "page.overview.in_order.case"
    return Shown(
        line=line,
        what=texts().say(
            what,
            agency=line.agency_name,
            state=line.state,
            answered=line.answered,
            asked=line.asked,
            starts_at=line.starts_at,
            next_check_on=line.next_check_on,
        ),
        left=left_words(line.overdue, line.open_days_left) if line.due_at else "",
        button=_button(line),
        href=_href(line),
        others="、".join(texts().label("promise_kind", kind) for kind in line.others),
    )


def _button(line: DeskLine) -> str:
    mine = "_mine" if line.is_mine and line.kind in ("record", "confirm_record") else ""
    key = f"page.overview.button.{line.kind}{mine}"
    return texts().say(key if texts().has(key) else "page.overview.button.case")


def _href(line: DeskLine) -> str:
    if line.group is Stuck.NO_RECORD and line.is_mine:
        return f"/meetings/{line.meeting_id}/record"
    if line.group in (Stuck.NO_DATE, Stuck.NO_RECORD):
        return f"/meetings/{line.meeting_id}"
    if line.kind == PromiseKind.REASSESS:
        return f"/meetings/new?case={line.number}"
    page_of = _CASE_PAGE.get(PromiseKind(line.kind), "") if line.kind else ""
    return f"/cases/{line.number}{page_of}"
