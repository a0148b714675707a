"""連携: who of the members is known by which account of a chat, kept by the administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from handlers.web.administration.chats import account_id, known_chats, label_of, switched_on
from handlers.web.door import ShownError, ask, errors_of, handle, page, say, texts
from handlers.web.server.form_words import too_long_words
from handlers.words.verbs import route
from workflows.core.errors import Invalid, Refused
from workflows.directory.link_account import (
    LinkAccount,
    RefuseAccountRequest,
    UnlinkAccount,
    UnlinkMyAccount,
)
from workflows.directory.linked_accounts import (
    AccountsView,
    GetAccounts,
    MemberAccount,
    UnlinkedPerson,
)
from workflows.directory.look import LONGEST_SEARCH

pages = Blueprint("accounts", __name__)

T = TypeVar("T", UnlinkedPerson, MemberAccount)
HOME: Final = "/admin/accounts"
STATES: Final = ("with", "without")


@dataclass(frozen=True)
class OnPlatform(Generic[T]):
    """Something of one platform, by its code and with the platform's name."""

    platform: str
    label: str
    one: T


@dataclass(frozen=True)
class MemberAccountsLine:
    """A member, and beside them what they are on each of the platforms that are asked for."""

    name: str
    kana: str
    agency: str
    accounts: tuple[OnPlatform[MemberAccount], ...]


@pages.get(route("accounts"))
def accounts() -> str:
    given = request.args
    platforms = switched_on()
    wanted = given.get("platform", "") if given.get("platform") in platforms else ""
    state = given.get("state", "") if given.get("state") in STATES else ""
    text, agency_id = given.get("q", ""), given.get("agency", "")
    # Asked also where there is none: the page itself is for administrators alone.
    found = {
        name: ask(GetAccounts(name, text=text, agency_id=agency_id, state=state))
        for name in platforms or ("",)
    }
    views = {name: found[name] for name in platforms}
    shown = {name: view for name, view in views.items() if wanted in ("", name)}
    return page(
        "accounts.html",
        texts().say("page.accounts.title"),
        platforms=[(name, label_of(name)) for name in platforms],
        known=known_chats(),
        beginnings=[texts().say(f"chat.{code}.settings") for code, _ in known_chats()],
        asking=[t for name, v in views.items() for t in _there(name, v.asking)],
        refused=[t for name, v in views.items() for t in _there(name, v.refused)],
        left=[t for name, v in views.items() for t in _there(name, v.left)],
        lines=_lines(shown, state),
        without=[(label_of(name), view.without) for name, view in views.items()],
        total=max((view.total for view in views.values()), default=0),
        agencies=next((view.agencies for view in views.values()), ()),
        asked={"text": text, "agency_id": agency_id, "state": state, "platform": wanted},
        states=[(s, texts().label("account_state", s)) for s in STATES],
        filtered=bool(text or agency_id or state or wanted),
        too_long=too_long_words(text, LONGEST_SEARCH),
    )


def _there(
    platform: str, strangers: tuple[UnlinkedPerson, ...]
) -> list[OnPlatform[UnlinkedPerson]]:
    return [OnPlatform(platform, label_of(platform), one) for one in strangers]


def _lines(views: Mapping[str, AccountsView], state: str) -> list[MemberAccountsLine]:
    """With an account: on any of the platforms; without: on none of them."""
    found: dict[str, list[OnPlatform[MemberAccount]]] = {}
    members = [id_ for view in list(views.values())[:1] for id_, _, _ in view.members]
    for name, view in views.items():
        for line in view.lines:
            found.setdefault(line.member_id, []).append(OnPlatform(name, label_of(name), line))
    least = len(views) if state == "without" else 1
    rows = [found[id_] for id_ in members if len(found.get(id_, ())) >= least]
    return [
        MemberAccountsLine(r[0].one.name, r[0].one.kana, r[0].one.agency, tuple(r)) for r in rows
    ]


def _platform(given: str | None) -> str:
    """The platform that is meant: the first one when none is named. 404 where it is not on."""
    platforms = switched_on()
    if not platforms or (given and given not in platforms):
        abort(404)
    return given or platforms[0]


@pages.get("/admin/accounts/link")
def choose() -> str:
    """One account and one member to be joined; either may be known already."""
    given = request.args
    return _choosing(
        _platform(given.get("platform")), given.get("account", ""), given.get("member", "")
    )


@pages.post("/admin/accounts/link")
def link() -> Response | tuple[str, int]:
    platform = _platform(request.form.get("platform"))
    typed = request.form.get("external_id", "").strip()
    member_id = request.form.get("member_id") or ""
    take_over = bool(request.form.get("take_over"))
    command = LinkAccount(platform, account_id(platform, typed), member_id, take_over)
    try:
        linked = handle(command)
    except Invalid as wrong:
        return _choosing(platform, typed, member_id, errors_of(None, wrong)), 422
    except Refused as wrong:
        return _choosing(platform, typed, member_id, errors_of(None, wrong)), 409
    names = {id_: name for id_, name, _ in ask(GetAccounts(platform)).members}
    if linked:
        say("page.accounts.linked", name=names[member_id], platform=label_of(platform))
    else:
        say("page.permission_requests.linked_waits")
    return redirect(HOME)


def _choosing(
    platform: str, external_id: str, member_id: str, errors: list[ShownError] | None = None
) -> str:
    view = ask(GetAccounts(platform))
    who = _known(view, external_id)
    if external_id and not errors and who is None:
        abort(404)
    return page(
        "account_link.html",
        texts().say("page.accounts.title_link"),
        platform=platform,
        platforms=[(name, label_of(name)) for name in switched_on()],
        external_id=external_id,
        member_id=member_id or (who.near[0][0] if who and who.near else ""),
        who=who,
        groups=_groups(view, who),
        errors=errors or [],
    )


def _known(view: AccountsView, external_id: str) -> UnlinkedPerson | None:
    """Who of those that are no members (yet) this is."""
    strangers = (*view.asking, *view.refused, *view.left)
    return next((one for one in strangers if one.external_id == external_id), None)


def _groups(
    view: AccountsView, who: UnlinkedPerson | None
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everybody to choose from: who it may be first, then agency after agency."""
    near = list(who.near) if who else []
    groups = [(texts().say("page.accounts.near"), near)] if near else []
    likely = {id_ for id_, _ in near}
    by_agency: dict[str, list[tuple[str, str]]] = {}
    for id_, name, agency in view.members:
        if id_ not in likely:
            by_agency.setdefault(agency, []).append((id_, name))
    return [*groups, *by_agency.items()]


@pages.post("/admin/accounts/unlink")
def unlink() -> Response:
    platform = _platform(request.form.get("platform"))
    handle(UnlinkAccount(platform, request.form.get("external_id", "")))
    say("page.accounts.unlinked")
    return redirect(HOME)


@pages.post("/admin/accounts/refuse")
def refuse() -> Response:
    platform = _platform(request.form.get("platform"))
    handle(RefuseAccountRequest(platform, request.form.get("external_id", "")))
    say("page.accounts.refused")
    return redirect(HOME)


@pages.post("/account/unlink")
def unlink_mine() -> Response:
    handle(UnlinkMyAccount(_platform(request.form.get("platform"))))
    say("page.accounts.unlinked")
    return redirect("/account")
