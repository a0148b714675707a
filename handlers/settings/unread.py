"""What is set and read by nobody: names that are none of ours, and settings that lack another."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from handlers.settings.bad_setting import shown_value
from handlers.settings.chats import CHATS
from handlers.settings.model import Mode, Settings
from handlers.settings.table import NAMES, TABLE

# What begins like this in the environment is meant for us. Other beginnings of ours (SESSION_,
# MAIL_, DATABASE_) are those of other programs, too.
_OUR_BEGINNINGS: Final = (
    *("OIDC_", "SMTP_", "CHECKPOINT_", "PERSONAL_DATA_"),
    *(f"{chat.code.upper()}_" for chat in CHATS),
)
_ALIKE: Final = 0.85  # difflib's ratio: TRUSTED_PROXY is TRUSTED_PROXIES
_SHORT: Final = 6  # PORT, KEYS and their like resemble too much


@dataclass(frozen=True)
class UnknownSetting:
    """A name that is set and none of ours; `near` is the one it may have been meant for, or empty.

    Its value may be a secret, and is kept nowhere.
    """

    name: str
    near: str


def unknown_settings(env_file: Path, environment: Mapping[str, str]) -> list[UnknownSetting]:
    """Of the file every unknown name, of the environment those that look like ours."""
    in_file = {name: value for name, value in dotenv_values(env_file).items() if name not in NAMES}
    meant = [name for name, value in environment.items() if value and _looks_like_ours(name)]
    # A line without a = may be a value that slipped out of its own.
    shown = {name: name if value is not None else f"{name[:4]}…" for name, value in in_file.items()}
    shown |= {name: name for name in sorted(meant)}
    return [UnknownSetting(shown_value(seen), _near(name)) for name, seen in shown.items()]


def without_effect(settings: Settings, env_file: Path, environment: Mapping[str, str]) -> list[str]:
    """The settings that are set while the one that they belong to is not. In local mode none: it
    passes over whatever is of a real town, and says so itself."""
    if settings.mode is Mode.LOCAL:
        return []
    given = {name for name, value in {**dotenv_values(env_file), **environment}.items() if value}
    return [r.name for r in TABLE if r.only_with and r.name in given and r.only_with not in given]


def _looks_like_ours(name: str) -> bool:
    return name not in NAMES and (name.startswith(_OUR_BEGINNINGS) or bool(_near(name)))


def _near(name: str) -> str:
    if len(name) < _SHORT:
        return ""
    long_enough = [one for one in NAMES if len(one) >= _SHORT]
    found = difflib.get_close_matches(name.upper(), long_enough, n=1, cutoff=_ALIKE)
    return found[0] if found else ""
