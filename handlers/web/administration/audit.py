"""監査の記録: who looked at or changed what, when, by which door and on which basis."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, request
from jinja2 import UndefinedError

from handlers.web.administration.chats import known_chats
from handlers.web.door import ShownError, ask, page, texts, today
from handlers.words.case_words import with_place_of
from handlers.words.verbs import route
from workflows.audit.check import TrailState
from workflows.audit.page import GetTrail, GetTrailPeople, TrailLine, TrailSearch
from workflows.directory.tables import write_table
from workflows.japanese.dates import NotADate, parse_date
from workflows.model.trail import GROUPS

pages = Blueprint("audit", __name__)

MOST_KEPT = 1_000  # characters of it that stand in its field again
LONGEST = 100  # characters of what is asked for; days, codes and numbers are far shorter
SHORT_ID = 8  # of 32: enough to see which rows belong together
ROW_DIGITS = 9  # more than a 32-bit column holds is no row
BY_PAGES, BY_OURSELVES = ("web", "link"), ("cli", "clock")  # the doors beside the chats
FIELDS = ("since", "until", "member", "number", "group", "door")
COLUMNS = ("row", "at", "who", "code", "door", "basis", "group", "case", "meeting", "what")


@dataclass(frozen=True)
class ShownTrailLine:
    """A line of the trail in words."""

    line: TrailLine
    door: str
    basis: str
    group: str
    case: str
    about: str  # the case, else the meeting
    what: str
    time: str  # to the second, as an audit asks for


@pages.get(route("audit"))
def audit() -> str | tuple[str, int]:
    typed, wish, errors = _wish()
    before = request.args.get("before", "")
    view = ask(GetTrail(wish, _row(before))) if not errors else None
    shown = page(
        "audit.html",
        texts().say("page.audit.title"),
        typed=typed,
        errors=errors,
        view=view,
        lines=[_shown(line) for line in view.lines] if view else [],
        older={**typed, "before": view.older} if view and view.older else None,
        newest=not before,
        people=ask(GetTrailPeople()),
        groups=GROUPS,
        doors=[*BY_PAGES, *(code for code, _ in known_chats()), *BY_OURSELVES],
        state=_state(view.state) if view else None,
    )
    return (shown, 422) if errors else shown


@pages.get("/admin/audit.csv")
def export() -> Response | tuple[str, int] | str:
    """All that fits, in stretches, so that nobody has to wait for the whole."""
    _, wish, errors = _wish()
    if errors:
        return audit()
    data = write_table([texts().say(f"page.audit.column.{c}") for c in COLUMNS], _cells(wish))
    headers = {"Content-Disposition": f'attachment; filename="audit-{today().isoformat()}.csv"'}
    return Response(data, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(wish: TrailSearch) -> Iterator[tuple[str, ...]]:
    before = 0
    while True:
        view = ask(GetTrail(wish, before, whole=True))
        for shown in map(_shown, view.lines):
            line = shown.line
            yield (
                str(line.seq),
                line.at.isoformat(timespec="seconds") if line.at else "",
                line.who,
                line.actor_id,
                shown.door,
                shown.basis,
                shown.group,
                shown.case,
                line.meeting_id,
                shown.what,
            )
        before = view.older
        if not before:
            return


def _row(typed: str) -> int:
    """The row that a link names; what is no number is the newest page."""
    is_number = typed.isascii() and typed.isdigit()
    return int(typed) if is_number and len(typed) <= ROW_DIGITS else 0


def _wish() -> tuple[dict[str, str], TrailSearch, list[ShownError]]:
    """What was asked for, as typed and as understood; a day that is none is an error beside it."""
    # PostgreSQL takes no NUL, and nobody types one.
    typed = {
        name: request.args.get(name, "")[:MOST_KEPT].replace("\0", "").strip() for name in FIELDS
    }
    errors = [
        _error(name, "form.too_long", {"max": LONGEST, "length": len(typed[name])})
        for name in ("since", "until", "number")
        if len(typed[name]) > LONGEST
    ]
    if errors:
        return typed, TrailSearch(), errors
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = parse_date(typed[name], today=today(), past=True) if typed[name] else None
        except NotADate as wrong:
            errors.append(_error(name, wrong.key, wrong.facts))
    since, until = days.get("since"), days.get("until")
    if since and until and until < since:
        errors.append(_error("until", "page.audit.period_reversed", {}))
    wish = TrailSearch(
        since, until, typed["member"], typed["number"], typed["group"], typed["door"]
    )
    return typed, wish, errors


def _error(name: str, key: str, facts: Mapping[str, object]) -> ShownError:
    return ShownError(name, texts().say(f"page.audit.field.{name}"), texts().say(key, **facts))


def _shown(line: TrailLine) -> ShownTrailLine:
    case, meeting = _case(line), line.meeting_id[:SHORT_ID]
    return ShownTrailLine(
        line=line,
        door=texts().label("door", line.door),
        basis=_basis(line.basis),
        group=texts().label("trail_group", line.group),
        case=case,
        about=case or (texts().say("page.audit.meeting", id=meeting) if meeting else ""),
        what=_what(line),
        time=line.at.strftime("%H:%M:%S") if line.at else "",
    )


def _case(line: TrailLine) -> str:
    if line.hidden:
        return texts().say("page.audit.hidden_case")
    return texts().say("page.audit.gone_case") if line.gone else line.number


def _basis(code: str) -> str:
    """A standing; what was shared beyond the consent stands on a law instead."""
    in_law = texts().has(f"label.legal_basis.{code}")
    return texts().label("legal_basis" if in_law else "standing", code)


def _what(line: TrailLine) -> str:
    """The sentence of the story; what it was called inside when it can no longer be told."""
    if line.hidden:
        read = "read" if line.group == "read" else "change"
        return texts().say(f"page.audit.hidden_{read}")
    if line.facts is None:
        return texts().say("page.audit.unreadable")
    key = f"story.{line.kind}"
    try:
        facts = with_place_of(line.facts, texts())
        return texts().say(key, **facts) if texts().has(key) else line.kind
    except (UndefinedError, KeyError, TypeError, ValueError):
        return line.kind  # written by an older version, or by somebody else


@dataclass(frozen=True)
class ShownState:
    """How the chain stands, in words."""

    broken: str
    check: str
    checkpoint: str
    key: str


def _state(state: TrailState) -> ShownState:
    say, check, mark = texts().say, state.check, state.checkpoint
    if check is None:
        told, broken = say("page.audit.state_none"), ""
    elif check.broken is None:
        told, broken = (
            say(
                "page.audit.state_sound",
                at=check.at,
                rows=check.seq,
                compared_until=check.compared_until,
            ),
            "",
        )
    else:
        told = say("page.audit.state_broken", at=check.at)
        broken = say(f"audit.fault.{check.broken.fault}", **check.broken.told())
    signed = say("page.audit.checkpoint_none")
    if mark is not None:
        signed = say("page.audit.checkpoint", at=mark.signed_at, row=mark.seq)
    return ShownState(broken, told, signed, state.key)
