"""The settings of LINE WORKS: the town's own bot, and what it may do there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from handlers.settings.bad_setting import missing, wrong_value
from handlers.settings.reading import Given, read_choice, read_text, read_yes_no
from handlers.settings.server_address import read_server_address
from handlers.settings.table import usual

LINEWORKS: Final = "lineworks"  # the name of this door: in the trail, among events, of accounts
NEEDED: Final = (
    "LINEWORKS_BOT_ID",
    "LINEWORKS_BOT_SECRET",
    "LINEWORKS_CLIENT_ID",
    "LINEWORKS_CLIENT_SECRET",
    "LINEWORKS_SERVICE_ACCOUNT",
    "LINEWORKS_PRIVATE_KEY_FILE",
)


@dataclass(frozen=True)
class LineworksSettings:
    """`private_key` is the service account's key (PEM), read from its file at the start. `rate` is
    the plan by which LINE WORKS counts: free or paid. With `calendar` a fixed meeting stands in
    its members' calendars there."""

    bot_id: str
    bot_secret: str = field(repr=False)
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    service_account: str
    private_key_file: Path
    private_key: str = field(repr=False)
    rate: str = usual("LINEWORKS_RATE")
    calendar: bool = False
    api_url: str = usual("LINEWORKS_API_ADDRESS")
    auth_url: str = usual("LINEWORKS_AUTH_ADDRESS")

    @property
    def token_url(self) -> str:
        return f"{self.auth_url}/token"


def read_lineworks_settings(given: Given) -> LineworksSettings | None:
    """None without any of them: then there is no LINE WORKS. Raises BadSetting; never says a
    secret."""
    needed = {name: read_text(given, name) for name in NEEDED}
    if not any(needed.values()):
        return None
    for name, value in needed.items():
        if not value:
            raise missing(name)
    bot_id = needed["LINEWORKS_BOT_ID"]
    if not (bot_id.isascii() and bot_id.isdigit()):
        raise wrong_value("LINEWORKS_BOT_ID", bot_id)
    file = Path(needed["LINEWORKS_PRIVATE_KEY_FILE"])
    return LineworksSettings(
        bot_id=bot_id,
        bot_secret=needed["LINEWORKS_BOT_SECRET"],
        client_id=needed["LINEWORKS_CLIENT_ID"],
        client_secret=needed["LINEWORKS_CLIENT_SECRET"],
        service_account=needed["LINEWORKS_SERVICE_ACCOUNT"],
        private_key_file=file,
        private_key=_key_in(file),
        rate=read_choice(given, "LINEWORKS_RATE"),
        calendar=read_yes_no(given, "LINEWORKS_CALENDAR"),
        api_url=read_server_address(given, "LINEWORKS_API_ADDRESS"),
        auth_url=read_server_address(given, "LINEWORKS_AUTH_ADDRESS"),
    )


def lineworks_values(settings: LineworksSettings | None) -> dict[str, str]:
    """The settings by name; nothing without LINE WORKS."""
    if settings is None:
        return {}
    return {
        "LINEWORKS_BOT_ID": settings.bot_id,
        "LINEWORKS_BOT_SECRET": settings.bot_secret,
        "LINEWORKS_CLIENT_ID": settings.client_id,
        "LINEWORKS_CLIENT_SECRET": settings.client_secret,
        "LINEWORKS_SERVICE_ACCOUNT": settings.service_account,
        "LINEWORKS_PRIVATE_KEY_FILE": str(settings.private_key_file),
        "LINEWORKS_RATE": settings.rate,
        "LINEWORKS_CALENDAR": "yes" if settings.calendar else "no",
        "LINEWORKS_API_ADDRESS": settings.api_url,
        "LINEWORKS_AUTH_ADDRESS": settings.auth_url,
    }


def _key_in(file: Path) -> str:
    try:
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise wrong_value("LINEWORKS_PRIVATE_KEY_FILE", str(file)) from None
    if "PRIVATE KEY-----" not in text:
        raise wrong_value("LINEWORKS_PRIVATE_KEY_FILE", str(file))
    return text
