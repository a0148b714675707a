"""What an operator decides: the settings, each with its usual value."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from handlers.settings.lineworks import LineworksSettings
from handlers.settings.mattermost import MattermostSettings
from handlers.settings.sign_in import SignInSettings
from handlers.settings.slack import SlackSettings
from handlers.settings.table import usual


class Mode(StrEnum):
    LOCAL = "local"
    TOWN = "town"


@dataclass(frozen=True)
class Settings:
    """What the operator decided. Names of settings are these in capitals."""

    mode: Mode = Mode.LOCAL
    host: str = usual("HOST")
    port: int = int(usual("PORT"))
    database_url: str = usual("DATABASE_URL")
    data_folder: Path = Path(usual("DATA_FOLDER"))
    town_folder: Path | None = None
    checkpoint_folder: Path | None = None
    checkpoint_mail: tuple[str, ...] = ()  # two addresses, or none
    keys: str = field(default="", repr=False)  # the text itself; secret
    keys_file: Path = Path(usual("KEYS_FILE"))
    log_level: str = usual("LOG_LEVEL")
    public_url: str = ""
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    slack: SlackSettings | None = None
    lineworks: LineworksSettings | None = None
    mattermost: MattermostSettings | None = None
    # What of a real town is set or lies here while nobody said that the fictional one is meant.
    real_town: tuple[str, ...] = ()

    @property
    def local_database_url(self) -> str:
        """Local mode's fictional town lives in a database of its own, never in the real one."""
        return f"sqlite:///{self.data_folder / 'local.db'}"

    @property
    def local_keys_file(self) -> Path:
        return self.data_folder / "local-keys.json"

    @property
    def page_address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"
