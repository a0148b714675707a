"""`check lineworks`: whether everything is there that LINE WORKS needs, asked of it.

One sentence each; nothing is changed and nobody there sees anything.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from handlers.lineworks.access import KeyUnreadable, scopes_of
from handlers.lineworks.api import Api, ErrorKind, LineworksRefused
from handlers.lineworks.callback import PATH
from handlers.lineworks.door import LINEWORKS
from handlers.runtime.finding import Finding, fine, wrong
from handlers.settings import Settings
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.linked_accounts import GetAccounts

NOT_FOUND: Final = 404
# What the token endpoint says (RFC 6749), by the sentence for it.
TOKEN_WORDS: Final = {
    "invalid_client": "client",
    "unauthorized_client": "client",
    "invalid_grant": "assertion",
    "private_key": "key",
}
EVENTS: Final = ("message", "postback", "join", "joined", "leave", "left")


def check_lineworks(settings: Settings, desk: Desk) -> Iterator[Finding]:
    """What is good and what is not, the most basic first."""
    given = settings.lineworks
    if given is None:
        yield wrong("lineworks_app.check.none")
        return
    api = Api(given, desk.now)
    missing: list[str] = []
    for scope in scopes_of(given):
        try:
            api.access.allowed(scope)
        except KeyUnreadable:
            yield wrong("lineworks_app.check.key", place=str(given.private_key_file))
            return
        except LineworksRefused as refused:
            if refused.code != "invalid_scope":
                yield refused_words(refused)
                return
            missing.append(scope)
            yield wrong("lineworks_app.check.scope", scope=scope)
    if not missing:
        yield fine("lineworks_app.check.token", account=given.service_account)
        yield from _bot(api, settings.public_url + PATH)
    if urlsplit(settings.public_url).scheme == "https":
        yield fine("lineworks_app.check.callback", address=settings.public_url + PATH)
    else:
        yield wrong("lineworks_app.check.no_https", address=settings.page_address)
    accounts = desk.ask(GetAccounts(LINEWORKS), Caller.CONSOLE)
    linked = accounts.total - accounts.without
    # Not everybody has LINE WORKS: who has neither is told by mail.
    said = fine if linked else wrong
    yield said("lineworks_app.check.linked", count=linked, total=accounts.total)
    yield fine("lineworks_app.check.rate", rate=given.rate)


def _bot(api: Api, address: str) -> Iterator[Finding]:
    """Nothing more is asked about a bot that is not there."""
    try:
        bot = api.call("bot.read")
    except LineworksRefused as refused:
        if refused.status == NOT_FOUND:
            yield wrong("lineworks_app.check.no_bot")
        else:
            yield refused_words(refused)
        return
    yield fine("lineworks_app.check.bot", name=str(bot.get("botName") or ""))
    yield from _callback(bot, address)
    yield from _menu(api)


def _callback(bot: dict[str, Any], address: str) -> Iterator[Finding]:
    if not bot.get("enableCallback"):
        yield wrong("lineworks_app.check.callback_off", address=address)
        return
    there = str(bot.get("callbackUrl") or "")  # not every answer names it
    if there and there != address and urlsplit(address).scheme == "https":
        yield wrong("lineworks_app.check.callback_elsewhere", there=there, address=address)
    told = bot.get("channelEvents") or []
    unheard = [event for event in EVENTS if told and event not in told]
    for event in unheard:
        yield wrong("lineworks_app.check.event", event=event)


def _menu(api: Api) -> Iterator[Finding]:
    try:
        api.call("menu.read")
    except LineworksRefused as refused:
        if refused.status == NOT_FOUND:
            yield wrong("lineworks_app.check.no_menu")
        else:
            yield refused_words(refused)
        return
    yield fine("lineworks_app.check.menu")


def refused_words(refused: LineworksRefused) -> Finding:
    """Why LINE WORKS does not do it, in a sentence."""
    if refused.code in TOKEN_WORDS:
        key = TOKEN_WORDS[refused.code]
        return wrong(f"lineworks_app.check.{key}", code=refused.code, place="")
    if refused.kind in (ErrorKind.LATER, ErrorKind.MAYBE):
        return wrong("lineworks_app.check.unreachable", code=refused.code)
    if refused.code == "invalid_scope":  # of several asked for together
        return wrong("lineworks_app.check.scopes")
    if refused.code == "insufficient_scope":
        return wrong("lineworks_app.check.scope", scope=refused.needed)
    return wrong("lineworks_app.check.refused", code=refused.code)
