"""町の設定: the town's name, its districts and the days it closes, for the administrators."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, handle, page, say, sentence, texts
from handlers.web.server.form_words import options
from handlers.words.form_words import is_beyond_any_field, label_or_nothing
from workflows.core.errors import Conflict, Invalid
from workflows.directory.edit_town import GetTownToEdit, SaveTown, TownToEdit
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import show_date
from workflows.model.directory import Town

pages = Blueprint("town", __name__)

SPARE: Final = 2  # empty rows for new districts
Page = str | tuple[str, int] | Response
TypedTown = dict[str, object]


@pages.get("/admin/town")
def town() -> Page:
    view = ask(GetTownToEdit())
    return _page(view, _as_typed(view.town))


@pages.post("/admin/town")
def save_town() -> Page:
    view = ask(GetTownToEdit())
    rows = _rows()
    days = request.form.get("closed_days", "")
    opened = request.form.get("opened_days")  # None: a page drawn before it was asked
    typed: TypedTown = {
        "name": request.form.get("name", ""),
        "kana": request.form.get("kana", ""),
        "districts": rows,
        "closed_days": days,
        "opened_days": opened or "",
        "retention_years": request.form.get("retention_years", ""),
        "core_agency": request.form.get("core_agency", ""),
        "request_days": request.form.get("request_days", ""),
        "still_needed_months": request.form.get("still_needed_months", ""),
        "request_retention_years": request.form.get("request_retention_years", ""),
    }
    if "add_row" in request.form:
        return _page(view, {**typed, "districts": [*rows, {}]})
    districts = [(r.get("code", ""), r.get("name", ""), r.get("kana", "")) for r in rows]
    stays = [d for d in districts if trimmed(d[1]) or trimmed(d[2])]
    command = SaveTown(
        str(typed["name"]),
        str(typed["kana"]),
        tuple(stays),
        tuple(days.splitlines()),
        request.form.get("stamp", ""),
        str(typed["retention_years"]),
        None if opened is None else tuple(opened.splitlines()),
        str(typed["core_agency"]),
        request.form.get("request_days"),
        request.form.get("still_needed_months"),
        request.form.get("request_retention_years"),
    )
    try:
        saved = handle(command)
    except Conflict as changed:
        errors = [ShownError("", "", sentence(changed))]
        return _page(view, typed, errors, now=view.town), 409
    except Invalid as wrong:
        lines = {"closed_days": days.splitlines(), "opened_days": (opened or "").splitlines()}
        return _page(view, typed, _errors(wrong, stays, lines)), 422
    say("page.town.saved" if saved.changed else "page.town.same")
    if saved.on_closed_days:
        say("page.town.on_closed_days", days=[show_date(d) for _, d in saved.on_closed_days])
    return redirect("/admin/town")


def _rows() -> list[dict[str, str]]:
    """The districts as posted, all of them: a large town has more than other tables may."""
    cells = ("code", "name", "kana")
    columns = [request.form.getlist(f"district-{cell}") for cell in cells]
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*columns, strict=False)]
    return [r for r in rows if any(trimmed(v) for v in r.values())]


def _as_typed(town: Town) -> TypedTown:
    """The town as a person would type it: its days in Japanese, one a line."""
    return {
        "name": town.name,
        "kana": town.kana,
        "districts": [{"code": d.id, "name": d.name, "kana": d.kana} for d in town.districts],
        "closed_days": "\n".join(show_date(d) for d in sorted(town.closed_days)),
        "opened_days": "\n".join(show_date(d) for d in sorted(town.opened_days)),
        "retention_years": str(town.retention_years),
        "core_agency": town.core_agency_id,
        "request_days": str(town.request_days),
        "still_needed_months": str(town.still_needed_months),
        "request_retention_years": str(town.request_retention_years),
    }


def _errors(
    wrong: Invalid,
    districts: Sequence[tuple[str, str, str]],
    days: Mapping[str, Sequence[str]],
) -> list[ShownError]:
    """Each beside its field; one of many says which line, as it was typed."""
    found = []
    for error in wrong.errors:
        field, _, number = error.field.partition(".")
        told = texts().say(error.key, **error.facts)
        if number and not is_beyond_any_field(error):
            line = (
                "・".join(p for p in districts[int(number) - 1][1:] if p)
                if field == "districts"
                else days[field][int(number) - 1].strip()
            )
            told = texts().say("page.town.of_line", line=line, told=told)
        found.append(ShownError(field, label_or_nothing(f"page.town.field.{field}", texts()), told))
    return found


def _page(
    view: TownToEdit,
    typed: TypedTown,
    errors: Sequence[ShownError] = (),
    now: Town | None = None,
) -> str:
    """`now` is the town as somebody else has left it, shown beside what was typed."""
    rows = typed["districts"]
    assert isinstance(rows, list)  # noqa: S101 - made in this module
    return page(
        "town.html",
        texts().say("page.town.title"),
        values=typed,
        rows=[*rows, *({} for _ in range(SPARE))],
        used={code: use for code, use in view.used.items() if use},
        errors=list(errors),
        stamp=view.stamp,
        agencies=[(a, name) for a, name, _ in options()["agency"]],
        now=_as_typed(now) if now else None,
    )
