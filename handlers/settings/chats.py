"""The chats that a town may use, each with how its settings are read; a further one is a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from handlers.settings.lineworks import LINEWORKS, lineworks_values, read_lineworks_settings
from handlers.settings.mattermost import (
    MATTERMOST,
    mattermost_values,
    read_mattermost_settings,
)
from handlers.settings.reading import Given
from handlers.settings.slack import SLACK, read_slack_settings, slack_values


@dataclass(frozen=True)
class ChatSettings:
    """`code` is also the name of its field in Settings, `first` the setting that is named when the
    chat may not be used at all. `read` answers with None where the chat is not set up, `values`
    with its settings by name. `calls_us`: it does not work without PUBLIC_URL."""

    code: str
    first: str
    read: Callable[[Given], Any]
    values: Callable[[Any], dict[str, str]]
    calls_us: bool = False


CHATS: Final = (
    ChatSettings(SLACK, "SLACK_BOT_TOKEN", read_slack_settings, slack_values),
    ChatSettings(
        LINEWORKS, "LINEWORKS_BOT_ID", read_lineworks_settings, lineworks_values, calls_us=True
    ),
    ChatSettings(
        MATTERMOST, "MATTERMOST_URL", read_mattermost_settings, mattermost_values, calls_us=True
    ),
)
