"""連携: who of the members is known by which account of a chat, kept by the administrators."""

import re
from typing import Final

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, door, errors_of, handle, page, say, texts
from workflows.account_changes import LinkAccount, RefuseRequest, UnlinkAccount, UnlinkMyAccount
from workflows.account_views import AccountsView, GetAccounts, Stranger
from workflows.errors import Invalid, Refused

pages = Blueprint("accounts", __name__)

PLATFORM: Final = "slack"
HOME: Final = "/admin/accounts"
STATES: Final = ("with", "without")
# What people copy: the id itself, a mention, or the address of a profile.
_ID: Final = re.compile(r"(?:.*/team/|<?@)?([UW][A-Z0-9]+)(?:\|[^>]*)?>?")


@pages.get("/admin/accounts")
def accounts() -> str:
    given = request.args
    asked = GetAccounts(
        PLATFORM,
        text=given.get("q", ""),
        agency_id=given.get("agency", ""),
        state=given.get("state", "") if given.get("state") in STATES else "",
    )
    return page(
        "accounts.html",
        texts().say("page.accounts.title"),
        view=ask(asked),
        asked=asked,
        states=[(s, texts().label("account_state", s)) for s in STATES],
        filtered=asked != GetAccounts(PLATFORM),
        is_on=is_on(),
    )


def is_on() -> bool:
    """Whether the platform is set up; else nobody is linked, for nothing would be sent there."""
    return door().settings.slack is not None


@pages.get("/admin/accounts/link")
def choose() -> str:
    """One account and one member to be joined; either may be known already."""
    if not is_on():
        abort(404)
    return _choosing(request.args.get("account", ""), request.args.get("member", ""))


@pages.post("/admin/accounts/link")
def link() -> Response | tuple[str, int]:
    if not is_on():
        abort(404)
    typed, member_id = request.form.get("external_id", "").strip(), request.form.get("member_id")
    take_over = bool(request.form.get("take_over"))
    found = _ID.fullmatch(typed.upper() if typed.islower() else typed)
    command = LinkAccount(PLATFORM, found[1] if found else "", member_id or "", take_over)
    try:
        handle(command)
    except Invalid as wrong:
        return _choosing(typed, member_id or "", errors_of(None, wrong)), 422
    except Refused as wrong:
        return _choosing(typed, member_id or "", errors_of(None, wrong)), 409
    names = {id_: name for id_, name, _ in ask(GetAccounts(PLATFORM)).members}
    label = texts().label("platform", PLATFORM)
    say("page.accounts.linked", name=names[command.member_id], platform=label)
    return redirect(HOME)


def _choosing(external_id: str, member_id: str, errors: list[ShownError] | None = None) -> str:
    view = ask(GetAccounts(PLATFORM))
    who = _known(view, external_id)
    if external_id and not errors and who is None:
        abort(404)
    return page(
        "account_link.html",
        texts().say("page.accounts.title_link"),
        external_id=external_id,
        member_id=member_id or (who.near[0][0] if who and who.near else ""),
        who=who,
        groups=_groups(view, who),
        errors=errors or [],
    )


def _known(view: AccountsView, external_id: str) -> Stranger | None:
    """Who of those that are no members (yet) this is."""
    strangers = (*view.asking, *view.refused, *view.left)
    return next((one for one in strangers if one.external_id == external_id), None)


def _groups(view: AccountsView, who: Stranger | None) -> list[tuple[str, list[tuple[str, str]]]]:
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
    handle(UnlinkAccount(PLATFORM, request.form.get("external_id", "")))
    say("page.accounts.unlinked")
    return redirect(HOME)


@pages.post("/admin/accounts/refuse")
def refuse() -> Response:
    handle(RefuseRequest(PLATFORM, request.form.get("external_id", "")))
    say("page.accounts.refused")
    return redirect(HOME)


@pages.post("/account/unlink")
def unlink_mine() -> Response:
    handle(UnlinkMyAccount(PLATFORM))
    say("page.accounts.unlinked")
    return redirect("/account")
