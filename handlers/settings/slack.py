"""The settings of Slack: the town's own app, and what may be shown there."""

from dataclasses import dataclass, field
from typing import Final

from handlers.settings.bad_setting import missing, wrong_value
from handlers.settings.reading import Given, read_number, read_text, read_yes_no
from handlers.settings.server_address import read_server_address
from handlers.settings.table import usual

SLACK: Final = "slack"  # the name of this door: in the audit trail, among events seen, of accounts


@dataclass(frozen=True)
class SlackSettings:
    """`app_token` set: Socket Mode; else Slack calls us over HTTP. `coordinators_channel` is the
    id of the channel in which every case has a card, or empty. With `personal_data` a modal may
    show and take what a case's sheet says; without, it gives a link to the page. `workers` is how
    many things people pressed are worked on at a time. `api_address` is where Slack is asked."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    coordinators_channel: str = ""
    workers: int = int(usual("SLACK_WORKERS"))
    personal_data: bool = True
    api_address: str = usual("SLACK_API_ADDRESS")

    @property
    def api_url(self) -> str:
        """What the names of methods stand behind."""
        return f"{self.api_address}/"

    @property
    def is_socket(self) -> bool:
        return bool(self.app_token)


def read_slack_settings(given: Given) -> SlackSettings | None:
    """None without a bot token: then there is no Slack. Raises BadSetting; never says a secret."""
    bot_token = read_text(given, "SLACK_BOT_TOKEN")
    app_token = read_text(given, "SLACK_APP_TOKEN")
    secret = read_text(given, "SLACK_SIGNING_SECRET")
    if not bot_token:
        if app_token or secret:
            raise missing("SLACK_BOT_TOKEN")
        return None
    if not bot_token.startswith("xoxb-"):
        raise wrong_value("SLACK_BOT_TOKEN")
    if app_token and not app_token.startswith("xapp-"):
        raise wrong_value("SLACK_APP_TOKEN")
    if not app_token and not secret:
        raise missing("SLACK_SIGNING_SECRET")
    return SlackSettings(
        bot_token=bot_token,
        signing_secret=secret,
        app_token=app_token,
        coordinators_channel=_channel(read_text(given, "SLACK_COORDINATORS_CHANNEL")),
        workers=read_number(given, "SLACK_WORKERS"),
        personal_data=read_yes_no(given, "PERSONAL_DATA_IN_SLACK"),
        api_address=read_server_address(given, "SLACK_API_ADDRESS"),
    )


def slack_values(settings: SlackSettings | None) -> dict[str, str]:
    """The settings by name; nothing without Slack."""
    if settings is None:
        return {}
    return {
        "SLACK_BOT_TOKEN": settings.bot_token,
        "SLACK_SIGNING_SECRET": settings.signing_secret,
        "SLACK_APP_TOKEN": settings.app_token,
        "SLACK_COORDINATORS_CHANNEL": settings.coordinators_channel,
        "SLACK_WORKERS": str(settings.workers),
        "PERSONAL_DATA_IN_SLACK": "yes" if settings.personal_data else "no",
        "SLACK_API_ADDRESS": settings.api_address,
    }


def _channel(text: str) -> str:
    if text and not (text.isascii() and text.isalnum() and text[0] in "CG"):
        raise wrong_value("SLACK_COORDINATORS_CHANNEL", text)
    return text
