"""Settings from the environment and `.env`, checked at the start by the table of settings."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values

from handlers.settings.bad_setting import (
    missing,
    other_spelling,
    unreadable_file,
    wrong_value,
)
from handlers.settings.chats import CHATS
from handlers.settings.model import Mode, Settings
from handlers.settings.reading import Given, read_choice, read_folder, read_number, read_text
from handlers.settings.server_address import is_loopback, is_safe_address
from handlers.settings.sign_in import SignInSettings, read_sign_in_settings
from handlers.settings.table import NAMES, TABLE
from workflows.japanese.characters import one_width
from workflows.japanese.mail_address import as_sent

PEOPLE: Final = 2  # who get a checkpoint by mail
DATABASES: Final = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def load_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force: `.env` in `folder`, over it the environment.

    Raises BadSetting with one sentence that names the setting.
    """
    given = {k: v for k, v in _env_file(folder / ".env").items() if v}
    environment = os.environ if environment is None else environment
    _refuse_other_spellings(given)
    _refuse_other_spellings({n: v for n, v in environment.items() if v})
    given |= {n: environment[n] for n in NAMES if environment.get(n)}
    data_folder = Path(read_text(given, "DATA_FOLDER"))
    mode = Mode(read_choice(given, "MODE"))
    settings = Settings(
        mode=mode,
        host=read_text(given, "HOST"),
        port=read_number(given, "PORT"),
        database_url=_database(given.get("DATABASE_URL", f"sqlite:///{data_folder / 'town.db'}")),
        data_folder=data_folder,
        town_folder=read_folder(given, "TOWN_FOLDER"),
        checkpoint_folder=read_folder(given, "CHECKPOINT_FOLDER"),
        # No mail leaves the fictional town.
        checkpoint_mail=() if mode is Mode.LOCAL else _two_addresses(given),
        # The fictional town has keys of its own, and never holds those of a real one.
        keys="" if mode is Mode.LOCAL else given.get("KEYS", ""),
        keys_file=Path(given.get("KEYS_FILE", data_folder / "keys.json")),
        log_level=read_choice(given, "LOG_LEVEL"),
        public_url=_public_url(given.get("PUBLIC_URL", ""), mode),
        # Nobody signs in to the fictional town, and it reaches nobody.
        sign_in=SignInSettings() if mode is Mode.LOCAL else read_sign_in_settings(given),
        # MODE in the environment is said for this very run, not once in a file.
        real_town=_real_town(folder, data_folder, given)
        if mode is Mode.LOCAL and not environment.get("MODE")
        else (),
        **{chat.code: chat.read(given) for chat in CHATS},
    )
    for chat in (chat for chat in CHATS if getattr(settings, chat.code)):
        if settings.mode is Mode.LOCAL:
            # Fictional cases do not go out to real people.
            raise wrong_value(chat.first, reason="in_local_mode")
        if chat.calls_us and not settings.public_url:
            # And its messages lead to pages.
            raise missing("PUBLIC_URL", "missing_for_chat", platform=chat.code)
    if settings.mode is Mode.LOCAL and not is_loopback(settings.host):
        raise wrong_value("HOST", settings.host)
    if not settings.public_url and not is_loopback(settings.host):
        # Asked under another name than we know, every page would be refused.
        raise missing("PUBLIC_URL", host=settings.host)
    return settings


def _real_town(folder: Path, data_folder: Path, given: Mapping[str, str]) -> tuple[str, ...]:
    """The settings, databases and keys that only a real town has: also a database or keys on a disk
    that is not there now, where a link to it lies here."""
    said = [row.name for row in TABLE if row.is_real_towns and given.get(row.name)]
    # A command that is started elsewhere still finds what lies beside the program.
    places = dict.fromkeys((data_folder, folder / data_folder))
    files = [place / name for place in places for name in ("town.db", "keys.json")]
    found = (file.resolve() for file in files if file.exists() or file.is_symlink())
    return (*said, *dict.fromkeys(map(str, found)))


def _refuse_other_spellings(given: Mapping[str, str]) -> None:
    """A name that is one of ours but for its case, its width or a hyphen would be passed over, and
    what it says with it. Raises BadSetting; not where the right name stands beside it. The value is
    never said: it may be a secret."""
    for name in given:
        right = one_width(name).strip().upper().replace("-", "_")
        if name != right and right in NAMES and right not in given:
            raise other_spelling(right, name)


def _env_file(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path)
    except (UnicodeDecodeError, OSError):
        raise unreadable_file(str(path)) from None


def _database(text: str) -> str:
    # The value is never said: it may hold a password.
    scheme = next((one for one in DATABASES if text.startswith(one)), None)
    if scheme is None or text == scheme:
        raise wrong_value("DATABASE_URL")
    return text


def _two_addresses(given: Given) -> tuple[str, ...]:
    """Of two people: one alone could lose it, or be the one who has something to hide."""
    text = read_text(given, "CHECKPOINT_MAIL")
    if not text:
        return ()
    found = tuple(one.strip() for one in text.replace("、", ",").split(",") if one.strip())
    fine = all(as_sent(one) == one for one in found)
    if not fine or len({one.casefold() for one in found}) != PEOPLE or len(found) != PEOPLE:
        raise wrong_value("CHECKPOINT_MAIL", text)
    if not read_text(given, "SMTP_URL"):
        raise missing("SMTP_URL", "missing_for_checkpoint_mail")
    return found


def _public_url(text: str, mode: Mode) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("https", "http") and bool(parts.hostname)
        fine = fine and not parts.username and not parts.query and not parts.fragment
    except ValueError:
        raise wrong_value("PUBLIC_URL", text) from None
    if not fine:
        raise wrong_value("PUBLIC_URL", text)
    if parts.path.strip("/"):
        # Every address of a page begins at the root, and the session's cookie is bound to it.
        raise wrong_value("PUBLIC_URL", text, reason="has_path", path=parts.path)
    if mode is Mode.TOWN and not is_safe_address(text):
        # Sessions would cross the network for anybody to read; browsers would not keep them.
        raise wrong_value("PUBLIC_URL", text, reason="not_https")
    return text.rstrip("/")
