"""`check mattermost`: whether everything is there that Mattermost needs, asked of it.

One sentence each; nothing is changed and nobody there sees anything.
"""

from collections.abc import Iterator
from typing import Any, Final

from handlers.chat.platform_error import ErrorKind
from handlers.mattermost.api import Api, MattermostRefused
from handlers.mattermost.door import COMMAND_PATH, MATTERMOST
from handlers.runtime.finding import Finding, fine, wrong
from handlers.settings import Settings
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.linked_accounts import GetAccounts

OLDEST: Final = (6, 0)  # [ours] the oldest server whose ways we know


def check_mattermost(settings: Settings, desk: Desk) -> Iterator[Finding]:
    """What is good and what is not, the most basic first."""
    given = settings.mattermost
    if given is None:
        yield wrong("mattermost_app.check.none")
        return
    api = Api(given)
    try:
        me = _object(api.call("users.me"))
        config = _object(api.call("config.read", query={"format": "old"}))
        people = api.call("users.list", query={"page": "0", "per_page": "200"})
    except MattermostRefused as refused:
        yield refused_words(refused, given.url)
        return
    yield fine("mattermost_app.check.bot", name=str(me.get("username") or ""), address=given.url)
    if not me.get("is_bot"):
        yield wrong("mattermost_app.check.no_bot", name=str(me.get("username") or ""))
    version = str(config.get("Version") or "")
    if _number(version) < OLDEST:
        yield wrong("mattermost_app.check.version", version=version)
    yield from _addresses(people if isinstance(people, list) else [])
    limit = str(config.get("PostEditTimeLimit") or "-1")
    if limit not in ("-1", ""):
        yield wrong("mattermost_app.check.edit_limit", seconds=limit)
    yield fine("mattermost_app.check.ways", address=settings.page_address, command=COMMAND_PATH)
    accounts = desk.ask(GetAccounts(MATTERMOST), Caller.CONSOLE)
    linked = accounts.total - accounts.without
    # Not everybody has Mattermost: who has neither is told by mail.
    said = fine if linked else wrong
    yield said("mattermost_app.check.linked", count=linked, total=accounts.total)


def _addresses(people: list[Any]) -> Iterator[Finding]:
    """Whether anybody can be linked by an e-mail address."""
    found = [one for one in people if isinstance(one, dict) and not one.get("is_bot")]
    if found and not any(one.get("email") for one in found):
        yield wrong("mattermost_app.check.no_addresses")
    elif found and not any(one.get("email_verified") is True for one in found):
        yield wrong("mattermost_app.check.unverified")


def _number(version: str) -> tuple[int, int]:
    """The first two parts of "10.11.4"; what is none counts as new."""
    parts = [part for part in version.split(".") if part.isascii() and part.isdigit()]
    if len(parts) < len(OLDEST) or any(len(part) > len("9999") for part in parts):
        return OLDEST
    return int(parts[0]), int(parts[1])


def _object(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def refused_words(refused: MattermostRefused, address: str) -> Finding:
    """Why Mattermost does not do it, in a sentence."""
    if refused.kind is ErrorKind.CLOSED:
        return wrong("mattermost_app.check.token", code=refused.code)
    if refused.kind in (ErrorKind.LATER, ErrorKind.MAYBE):
        return wrong("mattermost_app.check.unreachable", code=refused.code, address=address)
    return wrong("mattermost_app.check.refused", code=refused.code, address=address)
