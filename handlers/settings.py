"""Settings from the environment and `.env`, checked at start; README.md documents every one."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dotenv import dotenv_values

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
PORTS = range(1, 65536)


class Mode(StrEnum):
    LOCAL = "local"
    TOWN = "town"


class BadSetting(ValueError):
    """A setting is wrong; the text is one Japanese sentence that names it."""


@dataclass(frozen=True)
class Settings:
    """What the operator decided. Names of settings are these in capitals."""

    mode: Mode = Mode.LOCAL
    host: str = "127.0.0.1"
    port: int = 8710
    database_url: str = "sqlite:///data/town.db"
    data_folder: Path = Path("data")
    town_folder: Path | None = None
    keys_file: Path = Path("data/keys.json")
    log_level: str = "INFO"
    public_url: str = ""

    @property
    def local_database_url(self) -> str:
        """Local mode's fictional town lives in a database of its own, never in the real one."""
        return f"sqlite:///{self.data_folder / 'local.db'}"

    @property
    def local_keys_file(self) -> Path:
        return self.data_folder / "local-keys.json"

    @property
    def page_address(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"


NAMES = (
    "MODE",
    "HOST",
    "PORT",
    "DATABASE_URL",
    "DATA_FOLDER",
    "TOWN_FOLDER",
    "KEYS_FILE",
    "LOG_LEVEL",
    "PUBLIC_URL",
)


def load_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force: `.env` in `folder`, over it the environment.

    Raises BadSetting with one sentence that names the setting.
    """
    given = {k: v for k, v in dotenv_values(folder / ".env").items() if v}
    environment = os.environ if environment is None else environment
    given |= {n: environment[n] for n in NAMES if environment.get(n)}
    usual = Settings()
    data_folder = Path(given.get("DATA_FOLDER", usual.data_folder))
    settings = Settings(
        mode=_mode(given.get("MODE", str(usual.mode))),
        host=given.get("HOST", usual.host),
        port=_port(given.get("PORT", str(usual.port))),
        database_url=_database(given.get("DATABASE_URL", f"sqlite:///{data_folder / 'town.db'}")),
        data_folder=data_folder,
        town_folder=_folder(given.get("TOWN_FOLDER")),
        keys_file=Path(given.get("KEYS_FILE", data_folder / "keys.json")),
        log_level=_log_level(given.get("LOG_LEVEL", usual.log_level)),
        public_url=_public_url(given.get("PUBLIC_URL", "")),
    )
    if settings.mode is Mode.LOCAL and not _is_loopback(settings.host):
        raise BadSetting(
            f"設定 HOST（{settings.host}）は使えません。"
            "MODE=local では 127.0.0.1 か localhost だけを使えます。"
        )
    return settings


def _mode(text: str) -> Mode:
    try:
        return Mode(text.strip().lower())
    except ValueError:
        raise BadSetting(
            f"設定 MODE（{text}）は使えません。local か town を指定してください。"
        ) from None


def _port(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or int(text) not in PORTS:
        raise BadSetting(f"設定 PORT（{text}）は使えません。1 から 65535 の数字にしてください。")
    return int(text)


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BadSetting(
            "設定 DATABASE_URL は使えません。"
            "sqlite:///ファイル名 か postgresql://… の形で指定してください。"
        )
    return text


def _folder(text: str | None) -> Path | None:
    if not text:
        return None
    if not Path(text).is_dir():
        raise BadSetting(f"設定 TOWN_FOLDER（{text}）のフォルダーが見つかりません。")
    return Path(text)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise BadSetting(
            f"設定 LOG_LEVEL（{text}）は使えません。{'・'.join(LOG_LEVELS)}から選んでください。"
        )
    return text.upper()


def _public_url(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise BadSetting(f"設定 PUBLIC_URL（{text}）は使えません。https:// で始めてください。")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
