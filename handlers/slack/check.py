"""`check slack`: whether everything is there that Slack needs, asked of Slack itself.

One sentence each; nothing is changed and nobody there sees anything.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from handlers.runtime.finding import Finding, fine, wrong
from handlers.settings import Settings
from handlers.settings.slack import SlackSettings
from handlers.slack.api import Api, SlackRefused
from handlers.slack.door import SLACK
from handlers.slack.manifest import PATH, SCOPES
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.linked_accounts import GetAccounts

SHARED: Final = ("is_shared", "is_ext_shared", "is_org_shared", "is_pending_ext_shared")
WRONG_TOKEN: Final = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type"})
REVOKED: Final = frozenset({"token_revoked", "token_expired", "account_inactive"})


def check_slack(settings: Settings, desk: Desk) -> Iterator[Finding]:
    """What is good and what is not, the most basic first."""
    slack = settings.slack
    if slack is None:
        yield wrong("slack_app.check.no_token")
        return
    api = Api(slack.bot_token, slack.api_url)
    try:
        team, granted = api.scopes()
    except SlackRefused as refused:
        yield _refused(refused, "token")
    else:
        yield fine("slack_app.check.token", team=team)
        missing = [scope for scope in SCOPES if scope not in granted]
        for scope in missing:
            yield wrong("slack_app.check.scope", scope=scope)
        if not missing:
            yield fine("slack_app.check.scopes")
        yield from _channel(api, slack)
    yield from _way_in(settings, slack)
    accounts = desk.ask(GetAccounts(SLACK), Caller.CONSOLE)
    if accounts.without:
        yield wrong("slack_app.check.unlinked", count=accounts.without, total=accounts.total)
    else:
        yield fine("slack_app.check.linked", total=accounts.total)
    shown = "shown" if slack.personal_data else "not_shown"
    yield fine(f"slack_app.check.personal_data_{shown}")


def _way_in(settings: Settings, slack: SlackSettings) -> Iterator[Finding]:
    """Over Socket Mode or HTTP: whether Slack can reach us."""
    if slack.is_socket:
        try:
            Api(slack.app_token, slack.api_url).call("apps.connections.open")
        except SlackRefused as refused:
            yield _refused(refused, "app_token")
        else:
            yield fine("slack_app.check.socket")
        return
    if not slack.signing_secret:
        yield wrong("slack_app.check.no_secret")
    if urlsplit(settings.public_url).scheme == "https":
        yield fine("slack_app.check.http", address=settings.public_url + PATH)
    else:
        yield wrong("slack_app.check.no_https", address=settings.page_address)


def _channel(api: Api, slack: SlackSettings) -> Iterator[Finding]:
    """The coordinators' channel: there, private, ours alone, and we are in it."""
    channel = slack.coordinators_channel
    if not channel:
        yield wrong("slack_app.check.channel.none")
        return
    try:
        found = api.call("conversations.info", channel=channel)["channel"]
    except SlackRefused as refused:
        if refused.code == "channel_not_found":
            yield wrong("slack_app.check.channel.not_found", channel=channel)
        elif refused.code != "missing_scope":  # told already
            yield _refused(refused, "token")
        return
    faults = {
        "archived": found.get("is_archived"),
        "not_in": not found.get("is_member"),
        "not_private": not found.get("is_private"),
        "shared": any(found.get(name) for name in SHARED),
    }
    told = [name for name, is_so in faults.items() if is_so]
    for name in told:
        yield wrong(f"slack_app.check.channel.{name}", channel=channel)
    if not told:
        yield fine("slack_app.check.channel.fine", channel=channel)


def _refused(refused: SlackRefused, token: str) -> Finding:
    """Why Slack does not take a token: `token` (the bot's) or `app_token`."""
    if refused.code in WRONG_TOKEN:
        return wrong(f"slack_app.check.{token}_wrong", code=refused.code)
    if refused.code in REVOKED:
        return wrong(f"slack_app.check.{token}_revoked", code=refused.code)
    if token == "app_token" and refused.code == "missing_scope":  # noqa: S105 - which, not what
        return wrong("slack_app.check.app_token_scope")
    key = "socket_off" if token == "app_token" else "refused"  # noqa: S105 - which, not what
    return wrong(f"slack_app.check.{key}", code=refused.code)
