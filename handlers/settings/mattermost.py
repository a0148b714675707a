"""The settings of Mattermost: the town's own server, and our bot there."""

from dataclasses import dataclass, field
from typing import Final

from handlers.settings.bad_setting import missing, wrong_value
from handlers.settings.reading import Given, read_text
from handlers.settings.server_address import read_server_address

MATTERMOST: Final = "mattermost"  # the name of this door: in the trail, among events, of accounts
NEEDED: Final = ("MATTERMOST_URL", "MATTERMOST_TOKEN", "MATTERMOST_COMMAND_TOKEN")
SHORTEST, LONGEST = 20, 100  # of a token; Mattermost's have 26 letters and digits


@dataclass(frozen=True)
class MattermostSettings:
    """`url` is the server's own address, without a slash at its end. `token` is the bot's access
    token, `command_token` the one that comes with the slash command."""

    url: str
    token: str = field(repr=False)
    command_token: str = field(repr=False)


def read_mattermost_settings(given: Given) -> MattermostSettings | None:
    """None without any of them: then there is no Mattermost. Raises BadSetting; never says a
    secret."""
    found = {name: read_text(given, name) for name in NEEDED}
    if not any(found.values()):
        return None
    for name, value in found.items():
        if not value:
            raise missing(name)
    if not _is_token(found["MATTERMOST_TOKEN"]):
        raise wrong_value("MATTERMOST_TOKEN")
    if not _is_token(found["MATTERMOST_COMMAND_TOKEN"]):
        raise wrong_value("MATTERMOST_COMMAND_TOKEN")
    return MattermostSettings(
        url=read_server_address(given, "MATTERMOST_URL"),
        token=found["MATTERMOST_TOKEN"],
        command_token=found["MATTERMOST_COMMAND_TOKEN"],
    )


def _is_token(text: str) -> bool:
    return text.isascii() and text.isalnum() and SHORTEST <= len(text) <= LONGEST


def mattermost_values(settings: MattermostSettings | None) -> dict[str, str]:
    """The settings by name; nothing without Mattermost."""
    if settings is None:
        return {}
    return {
        "MATTERMOST_URL": settings.url,
        "MATTERMOST_TOKEN": settings.token,
        "MATTERMOST_COMMAND_TOKEN": settings.command_token,
    }
