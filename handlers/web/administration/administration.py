"""管理: deliveries, settings in force, the pulse."""

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.runtime.fault_codes import CODES
from handlers.settings import in_force
from handlers.web.administration.chats import label_of, switched_on
from handlers.web.door import ShownError, ask, door, handle, page, say, texts
from handlers.web.server.proxies import proxy_troubles_seen
from handlers.web.server.sure import confirmation_page
from handlers.words.verbs import route
from workflows.core.errors import Refused
from workflows.delivery.dead_letters import (
    DiscardDeadLetter,
    GetDeadLetter,
    GetDeadLetters,
    GetDownSince,
    SendAnotherWay,
)
from workflows.delivery.overview import (
    DeliveryLine,
    GetAdministration,
    SendAgain,
)
from workflows.directory.linked_accounts import CountAccounts
from workflows.guard.mask_card import GetGuardCounts
from workflows.maintenance.broken_records import GetBroken
from workflows.model.notice import NO_MEMBER
from workflows.restore.restored import (
    GetLackingRequests,
    GetRestoreLeft,
    SettleReason,
    SettleRestore,
    UndoneDecisionLine,
)
from workflows.sign_in.sign_in import MAIL

pages = Blueprint("administration", __name__)

PROJECT: Final = Path(__file__).parents[3] / "pyproject.toml"
DEAD_LETTERS: Final = "/admin/deliveries"
LONGEST_ID: Final = 40
STATES: Final = ("waiting", "sending", "sent", "dropped", "dead", "unknown")
TONES: Final = {"sent": "ok", "dead": "danger", "unknown": "warn", "waiting": "info"}


@pages.get(route("administration"))
def administration() -> str:
    return _administration()


def _administration(errors: list[ShownError] | None = None) -> str:
    view = ask(GetAdministration())
    settings = door().settings
    values = in_force(settings)
    pulse = door().pulse()
    url = dict(values)["DATABASE_URL"]
    left = ask(GetRestoreLeft())
    return page(
        "admin.html",
        texts().say("page.admin.title"),
        view=view,
        left=left,
        left_lines=[_left(line) for line in left.lines] if left else [],
        lacking=ask(GetLackingRequests()),
        whys=[(str(why), texts().label("restore_settled", why)) for why in SettleReason],
        errors=errors or [],
        states=[(s, view.counts.get(s, 0), TONES.get(s, "neutral")) for s in STATES],
        failed=[_line(d) for d in view.failed],
        more_failed=sum(view.counts.get(state, 0) for state in ("dead", "unknown")),
        down=[
            (label_of(way.name), way.since, _cause(way.name, way.reason), way)
            for way in view.down
            if way.name in {MAIL, *switched_on()}
        ],
        guard=ask(GetGuardCounts()),
        accounts=[(label_of(one), ask(CountAccounts(one))) for one in switched_on()],
        recent=[_line(d) for d in view.recent],
        settings=values,
        pulse=pulse,
        proxy_troubles=[
            texts().say(f"page.admin.proxy.{t.code}", peer=t.peer) for t in proxy_troubles_seen()
        ],
        trouble=texts().say(f"page.admin.trouble.{pulse.error}") if pulse.error in CODES else "",
        broken=sum(not line.set_aside for line in ask(GetBroken())),
        chats=[(one, label_of(one), state) for one, state in door().chats().items()],
        version=version(),
        database="SQLite" if url.startswith("sqlite") else "PostgreSQL",
    )


def _left(line: UndoneDecisionLine) -> tuple[str, str, str]:
    """What is left, what was decided on it, and what to do by hand."""
    what = line.number or texts().say(f"page.admin.left.{line.what}", count=line.count)
    decided = dict.fromkeys(texts().label("decided", kind) for kind in line.decided)
    return what, "、".join(decided), texts().say(f"page.admin.left.{line.what}_do")


@pages.post("/admin/restore")
def settle_restore() -> Response | tuple[str, int]:
    typed = request.form.get("why", "")
    if typed not in set(SettleReason):
        say_which, label = texts().say("form.required"), texts().say("page.admin.left.why")
        return _administration([ShownError("why", label, say_which)]), 422
    handle(SettleRestore(SettleReason(typed)))
    say("page.admin.left.settled")
    return redirect("/admin")


def _to(line: DeliveryLine) -> str:
    member_id = line.delivery.member_id
    if member_id.startswith(NO_MEMBER):
        return texts().say("page.admin.outside", number=member_id.removeprefix(NO_MEMBER))
    return f"{line.agency} {line.receiver}"


def _line(line: DeliveryLine) -> dict[str, object]:
    delivery = line.delivery
    key = f"label.message.{delivery.key}"
    return {
        "id": delivery.notice_id,
        "what": texts().say(key) if texts().has(key) else delivery.key,
        "to": _to(line),
        "way": _way(delivery.via),
        "state": delivery.state,
        "tone": TONES.get(delivery.state, "neutral"),
        "reason": _reason(delivery.error, delivery.via),
        "attempts": delivery.attempts,
        "at": delivery.sent_at or delivery.created_at,
        "again": line.may_send_again,
    }


def _way(via: str) -> str:
    key = f"label.way.{via or 'inbox'}"
    return texts().say(key) if texts().has(key) else via


def _reason(error: str, via: str) -> str:
    if not error:
        return ""
    key = f"page.admin.reason.{error.partition(':')[0]}"
    if texts().has(key):
        return texts().say(key)
    if via in switched_on():  # a platform's own word
        return _cause(via, error)
    return texts().say("page.admin.reason.other", code=error)


def _cause(way: str, code: str) -> str:
    """Why nothing goes by a way, as the news of it says it."""
    return texts().say(f"way_cause.{way}", code=code.partition(":")[0]) if code else ""


@pages.get("/admin/deliveries")
def dead_letters() -> str:
    found = ask(GetDeadLetters(request.args.get("after", "")[:LONGEST_ID]))
    ways = {MAIL, *switched_on()}
    return page(
        "dead_letters.html",
        texts().say("page.dead_letters.title"),
        letters=[
            _line(one.line) | {"ways": [(w, _way(w)) for w in one.other_ways if w in ways]}
            for one in found.letters
        ],
        next_page=found.next_page,
        is_first="after" not in request.args,
    )


@pages.post("/admin/deliveries/<notice_id>/again")
def send_again(notice_id: str) -> Response:
    via = ask(GetDeadLetter(notice_id)).delivery.via
    handle(SendAgain(notice_id))
    say("page.admin.sent_again", **_by(via))
    return redirect(DEAD_LETTERS if "listed" in request.form else "/admin")


@pages.post("/admin/deliveries/<notice_id>/other-way")
def send_another_way(notice_id: str) -> Response | str:
    way = request.form.get("way", "")
    if way not in {MAIL, *switched_on()}:
        raise Refused("send_again.no_such_way")
    named = _named(notice_id)
    by = _by(way)
    sure = confirmation_page("page.dead_letters.other_way", DEAD_LETTERS, **by, **named)
    if sure is not None:
        return sure
    handle(SendAnotherWay(notice_id, way))
    say("page.admin.sent_again", **by)
    return redirect(DEAD_LETTERS)


@pages.post("/admin/deliveries/<notice_id>/let-go")
def let_go(notice_id: str) -> Response | str:
    sure = confirmation_page("page.dead_letters.let_go", DEAD_LETTERS, **_named(notice_id))
    if sure is not None:
        return sure
    handle(DiscardDeadLetter(notice_id))
    say("page.dead_letters.gone")
    return redirect(DEAD_LETTERS)


def _named(notice_id: str) -> dict[str, object]:
    """Which notice a page asks about, as the list shows it."""
    line = _line(ask(GetDeadLetter(notice_id)))
    return {name: line[name] for name in ("what", "to")}


def _by(way: str) -> dict[str, object]:
    """By which way it goes, and since when nothing does, so that nobody waits without knowing."""
    return {"way": _way(way), "down_since": ask(GetDownSince(way)) if way else None}


def version() -> str:
    """The version of this program: of the checkout it runs from, else as it was installed."""
    if PROJECT.exists():
        return str(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"])
    return metadata.version("tsunagu-bot")
