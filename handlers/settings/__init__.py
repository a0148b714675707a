"""Settings from the environment and `.env`: read and checked at the start, and what they are."""

from handlers.settings.bad_setting import BadSetting
from handlers.settings.display import in_force, without_password
from handlers.settings.load import load_settings
from handlers.settings.model import Mode, Settings
from handlers.settings.table import NAMES

__all__ = [
    "NAMES",
    "BadSetting",
    "Mode",
    "Settings",
    "in_force",
    "load_settings",
    "without_password",
]
