"""The names of all settings, in the order in which they are shown."""

from handlers.settings.lineworks import NAMES as LINEWORKS_NAMES
from handlers.settings.sign_in import NAMES as SIGN_IN_NAMES
from handlers.settings.slack import NAMES as SLACK_NAMES

NAMES = (
    "MODE",
    "HOST",
    "PORT",
    "DATABASE_URL",
    "DATA_FOLDER",
    "TOWN_FOLDER",
    "CHECKPOINT_FOLDER",
    "CHECKPOINT_MAIL",
    "KEYS",
    "KEYS_FILE",
    "LOG_LEVEL",
    "PUBLIC_URL",
    *SIGN_IN_NAMES,
    *SLACK_NAMES,
    *LINEWORKS_NAMES,
)
