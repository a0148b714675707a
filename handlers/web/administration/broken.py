"""管理, 開けないケース・会議: looked at again, mended, taken from the lists or put back."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.runtime.check_all_readable import check_all_readable
from handlers.web.door import ask, door, handle, me, page, say, texts
from workflows.core.errors import Refused
from workflows.maintenance.broken_records import (
    BrokenLine,
    GetBroken,
    PutBackBroken,
    RepairBroken,
    SetAsideBroken,
)

pages = Blueprint("broken", __name__)
HERE = "/admin/broken"


@pages.get(HERE)
def listed() -> str:
    return _listed()


def _listed(refused: Refused | None = None) -> str:
    return page(
        "broken.html",
        texts().say("page.broken_records.title"),
        lines=ask(GetBroken()),
        refused=texts().say(refused.key, **refused.facts) if refused else "",
    )


@pages.post(f"{HERE}/look")
def look() -> Response:
    """Open every document once, a part of them at a time: nobody waits for the whole of it."""
    found = check_all_readable(door().desk, me(), "web")
    say("page.broken_records.looked", count=len(found))
    return redirect(HERE)


@pages.post(f"{HERE}/repair")
def repair() -> Response | tuple[str, int]:
    name = _name(request.form["record"])
    try:
        handle(RepairBroken(request.form["record"]))
    except Refused as refused:
        return _listed(refused), 409
    say("page.broken_records.repaired", name=name)
    return redirect(HERE)


@pages.post(f"{HERE}/remove")
def remove() -> Response:
    name = _name(request.form["record"])
    handle(SetAsideBroken(request.form["record"]))
    say("page.broken_records.set_aside", name=name)
    return redirect(HERE)


@pages.post(f"{HERE}/restore")
def restore() -> Response:
    name = _name(request.form["record"])
    opens = handle(PutBackBroken(request.form["record"]))
    say("page.broken_records.put_back", name=name, opens=opens)
    return redirect(HERE)


def _name(record: str) -> str:
    lines: tuple[BrokenLine, ...] = ask(GetBroken())
    return next((line.name for line in lines if line.record == record), record)
