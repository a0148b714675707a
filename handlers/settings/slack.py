"""The settings of Slack: the town's own app, and what may be shown there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from handlers.settings.bad_setting import BadSetting
from handlers.settings.server_address import read_server_address

SLACK: Final = "slack"  # the name of this door: in the audit trail, among events seen, of accounts
API_URL: Final = "https://slack.com/api"
WORKERS: Final = range(4, 201)
YES_NO: Final = {"yes": True, "no": False}

NAMES = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_COORDINATORS_CHANNEL",
    "SLACK_WORKERS",
    "PERSONAL_DATA_IN_SLACK",
    "SLACK_API_ADDRESS",
)


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
    workers: int = 40
    personal_data: bool = True
    api_address: str = API_URL

    @property
    def api_url(self) -> str:
        """What the names of methods stand behind."""
        return f"{self.api_address}/"

    @property
    def is_socket(self) -> bool:
        return bool(self.app_token)


def read_slack_settings(given: Mapping[str, str]) -> SlackSettings | None:
    """None without a bot token: then there is no Slack. Raises BadSetting; never says a secret."""
    bot_token = given.get("SLACK_BOT_TOKEN", "").strip()
    app_token = given.get("SLACK_APP_TOKEN", "").strip()
    secret = given.get("SLACK_SIGNING_SECRET", "").strip()
    if not bot_token:
        if app_token or secret:
            raise BadSetting("setting.slack_bot_token")
        return None
    if not bot_token.startswith("xoxb-"):
        raise BadSetting("setting.slack_bot_token")
    if app_token and not app_token.startswith("xapp-"):
        raise BadSetting("setting.slack_app_token")
    if not app_token and not secret:
        raise BadSetting("setting.slack_signing_secret")
    shown = given.get("PERSONAL_DATA_IN_SLACK", "yes").strip().lower()
    if shown not in YES_NO:
        raise BadSetting("setting.yes_no", name="PERSONAL_DATA_IN_SLACK", value=shown)
    return SlackSettings(
        bot_token=bot_token,
        signing_secret=secret,
        app_token=app_token,
        coordinators_channel=_channel(given.get("SLACK_COORDINATORS_CHANNEL", "").strip()),
        workers=_workers(given.get("SLACK_WORKERS", "40").strip()),
        personal_data=YES_NO[shown],
        api_address=read_server_address(given, "SLACK_API_ADDRESS", API_URL),
    )


def slack_values(settings: SlackSettings | None) -> dict[str, str]:
    """The settings by name as one may show them: no secret."""
    if settings is None:
        return dict.fromkeys(NAMES, "")
    return {
        "SLACK_BOT_TOKEN": "***",
        "SLACK_SIGNING_SECRET": "***" if settings.signing_secret else "",
        "SLACK_APP_TOKEN": "***" if settings.app_token else "",
        "SLACK_COORDINATORS_CHANNEL": settings.coordinators_channel,
        "SLACK_WORKERS": str(settings.workers),
        "PERSONAL_DATA_IN_SLACK": "yes" if settings.personal_data else "no",
        "SLACK_API_ADDRESS": settings.api_address,
    }


def _channel(text: str) -> str:
    if text and not (text.isascii() and text.isalnum() and text[0] in "CG"):
        raise BadSetting("setting.slack_channel", value=text)
    return text


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in WORKERS:
        raise BadSetting(
            "setting.number", name="SLACK_WORKERS", value=text, least=WORKERS[0], most=WORKERS[-1]
        )
    return int(text)
