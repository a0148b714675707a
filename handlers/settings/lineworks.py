"""The settings of LINE WORKS: the town's own bot, and what it may do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from handlers.settings.bad_setting import BadSetting
from handlers.settings.server_address import read_server_address

LINEWORKS: Final = "lineworks"  # the name of this door: in the trail, among events, of accounts
API_URL: Final = "https://www.worksapis.com/v1.0"
AUTH_URL: Final = "https://auth.worksmobile.com/oauth2/v2.0"
RATES: Final = ("free", "paid")
YES_NO: Final = {"yes": True, "no": False}
NEEDED: Final = (
    "LINEWORKS_BOT_ID",
    "LINEWORKS_BOT_SECRET",
    "LINEWORKS_CLIENT_ID",
    "LINEWORKS_CLIENT_SECRET",
    "LINEWORKS_SERVICE_ACCOUNT",
    "LINEWORKS_PRIVATE_KEY_FILE",
)
ADDRESSES: Final = ("LINEWORKS_API_ADDRESS", "LINEWORKS_AUTH_ADDRESS")
NAMES = (*NEEDED, "LINEWORKS_RATE", "LINEWORKS_CALENDAR", *ADDRESSES)


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
    rate: str = "free"
    calendar: bool = False
    api_url: str = API_URL
    auth_url: str = AUTH_URL

    @property
    def token_url(self) -> str:
        return f"{self.auth_url}/token"


def read_lineworks_settings(given: Mapping[str, str]) -> LineworksSettings | None:
    """None without any of them: then there is no LINE WORKS. Raises BadSetting; never says a
    secret."""
    needed = {name: given.get(name, "").strip() for name in NEEDED}
    if not any(needed.values()):
        return None
    for name, value in needed.items():
        if not value:
            raise BadSetting("setting.lineworks_missing", name=name)
    bot_id = needed["LINEWORKS_BOT_ID"]
    if not (bot_id.isascii() and bot_id.isdigit()):
        raise BadSetting("setting.lineworks_bot_id", value=bot_id)
    rate = given.get("LINEWORKS_RATE", "free").strip().lower()
    if rate not in RATES:
        raise BadSetting("setting.lineworks_rate", value=rate)
    calendar = given.get("LINEWORKS_CALENDAR", "no").strip().lower()
    if calendar not in YES_NO:
        raise BadSetting("setting.yes_no", name="LINEWORKS_CALENDAR", value=calendar)
    file = Path(needed["LINEWORKS_PRIVATE_KEY_FILE"])
    return LineworksSettings(
        bot_id=bot_id,
        bot_secret=needed["LINEWORKS_BOT_SECRET"],
        client_id=needed["LINEWORKS_CLIENT_ID"],
        client_secret=needed["LINEWORKS_CLIENT_SECRET"],
        service_account=needed["LINEWORKS_SERVICE_ACCOUNT"],
        private_key_file=file,
        private_key=_key_in(file),
        rate=rate,
        calendar=YES_NO[calendar],
        api_url=read_server_address(given, "LINEWORKS_API_ADDRESS", API_URL),
        auth_url=read_server_address(given, "LINEWORKS_AUTH_ADDRESS", AUTH_URL),
    )


def lineworks_values(settings: LineworksSettings | None) -> dict[str, str]:
    """The settings by name as one may show them: no secret."""
    if settings is None:
        return dict.fromkeys(NAMES, "")
    return {
        "LINEWORKS_BOT_ID": settings.bot_id,
        "LINEWORKS_BOT_SECRET": "***",
        "LINEWORKS_CLIENT_ID": settings.client_id,
        "LINEWORKS_CLIENT_SECRET": "***",
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
        raise BadSetting("setting.lineworks_key_file", place=str(file)) from None
    if "PRIVATE KEY-----" not in text:
        raise BadSetting("setting.lineworks_key_file", place=str(file))
    return text
