"""The settings in force as one may show them: what opens something is left out."""

from typing import Final

from handlers.settings.chats import CHATS
from handlers.settings.model import Mode, Settings
from handlers.settings.sign_in import sign_in_values
from handlers.settings.table import TABLE, Secret

HIDDEN: Final = "***"


def in_force(settings: Settings) -> list[tuple[str, str]]:
    """Every setting by name, as one may show it: a password in an address is left out.

    Of the keys it says only that they are set; then there is no file of them.
    """
    local = settings.mode is Mode.LOCAL
    url = settings.local_database_url if local else settings.database_url
    keys = settings.local_keys_file if local else settings.keys_file
    values = {
        "MODE": str(settings.mode),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "DATABASE_URL": without_password(url),
        "DATA_FOLDER": str(settings.data_folder),
        "TOWN_FOLDER": str(settings.town_folder or ""),
        "CHECKPOINT_FOLDER": str(settings.checkpoint_folder or ""),
        "CHECKPOINT_MAIL": ", ".join(settings.checkpoint_mail),
        "KEYS": settings.keys,
        "KEYS_FILE": "" if settings.keys else str(keys),
        "LOG_LEVEL": settings.log_level,
        "PUBLIC_URL": settings.public_url,
        **sign_in_values(settings.sign_in),
    }
    for chat in CHATS:
        values |= chat.values(getattr(settings, chat.code))
    return [(row.name, _masked(values.get(row.name, ""), row.secret)) for row in TABLE]


def _masked(value: str, secret: Secret) -> str:
    """A secret says only that it is set; an address came without its password."""
    return HIDDEN if value and secret is Secret.ALL else value


def without_password(url: str) -> str:
    """A database's address without what opens it: the password, and any option behind the ?."""
    plain = url.partition("?")[0]
    before, at, place = plain.rpartition("@")
    if not at:
        return plain
    scheme, _, login = before.partition("://")
    user, colon, _ = login.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}@{place}"
