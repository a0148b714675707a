"""The table of all settings: they are read, refused, shown and explained from its rows alone.

The words of a row stand under `setting.<NAME>` in templates/words/settings.yaml: `meaning`, and
where there is more to say `needed` (when it has to be set), `example`, and a sentence for each
reason for which a value is refused. `.env.example` and docs/ops/settings.md are written from both
(`python bot.py settings --env-example`, `--page`); `settings` and `check` read them, too.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    FOLDER = "folder"  # that is there
    FILE = "file"
    ADDRESS = "address"  # of a server that something is sent to: https, or http on this machine
    URL = "url"


# What a value of this kind has to be is said once for all of them: `setting.kind.<kind>_wrong`.
SAID_BY_KIND: Final = frozenset({Kind.NUMBER, Kind.CHOICE, Kind.YES_NO, Kind.FOLDER, Kind.ADDRESS})


class Secret(StrEnum):
    """How much of a value is never shown."""

    NOTHING = "nothing"
    ALL = "all"
    PASSWORD = "password"  # noqa: S105 - the password within an address


class Reader(StrEnum):
    """What of the program reads it."""

    EVERY_COMMAND = "every_command"
    PAGES = "pages"
    MAIL = "mail"
    TRAIL = "trail"
    SLACK = "slack"
    LINEWORKS = "lineworks"
    MATTERMOST = "mattermost"


class Section(StrEnum):
    """What belongs together, in the order in which it is shown."""

    SERVING = "serving"
    DATA = "data"
    TRAIL = "trail"
    MAIL = "mail"
    SIGN_IN = "sign_in"
    SLACK = "slack"
    LINEWORKS = "lineworks"
    MATTERMOST = "mattermost"


@dataclass(frozen=True)
class Setting:
    """One setting. `only_with` names the one without which it is not read at all; `is_real_towns`:
    the fictional town has no use for it, as it has its own database and keys, sends no mail, and
    nobody signs in to it."""

    name: str
    section: Section
    kind: Kind
    read_by: Reader
    usual: str = ""
    secret: Secret = Secret.NOTHING
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    only_with: str = ""
    is_real_towns: bool = False

    @property
    def is_hidden(self) -> bool:
        """Whether what was typed may not be said again, as it holds a secret or a part of one."""
        return self.secret is not Secret.NOTHING


TABLE: Final = (
    Setting(
        "MODE",
        Section.SERVING,
        Kind.CHOICE,
        Reader.EVERY_COMMAND,
        usual="local",
        choices=("local", "town"),
    ),
    Setting("HOST", Section.SERVING, Kind.TEXT, Reader.PAGES, usual="127.0.0.1"),
    Setting("PORT", Section.SERVING, Kind.NUMBER, Reader.PAGES, usual="8710", least=1, most=65535),
    Setting("PUBLIC_URL", Section.SERVING, Kind.URL, Reader.EVERY_COMMAND),
    Setting("TRUSTED_PROXIES", Section.SERVING, Kind.TEXT, Reader.PAGES),
    Setting(
        "LOG_LEVEL",
        Section.SERVING,
        Kind.CHOICE,
        Reader.EVERY_COMMAND,
        usual="INFO",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Setting(
        "DATABASE_URL",
        Section.DATA,
        Kind.URL,
        Reader.EVERY_COMMAND,
        usual="sqlite:///data/town.db",
        secret=Secret.PASSWORD,
        is_real_towns=True,
    ),
    Setting("DATA_FOLDER", Section.DATA, Kind.TEXT, Reader.EVERY_COMMAND, usual="data"),
    Setting(
        "KEYS_FILE",
        Section.DATA,
        Kind.FILE,
        Reader.EVERY_COMMAND,
        usual="data/keys.json",
        is_real_towns=True,
    ),
    Setting(
        "KEYS", Section.DATA, Kind.TEXT, Reader.EVERY_COMMAND, secret=Secret.ALL, is_real_towns=True
    ),
    Setting("TOWN_FOLDER", Section.DATA, Kind.FOLDER, Reader.EVERY_COMMAND),
    Setting("CHECKPOINT_FOLDER", Section.TRAIL, Kind.FOLDER, Reader.TRAIL),
    Setting("CHECKPOINT_MAIL", Section.TRAIL, Kind.TEXT, Reader.TRAIL, only_with="SMTP_URL"),
    Setting(
        "SMTP_URL", Section.MAIL, Kind.URL, Reader.MAIL, secret=Secret.PASSWORD, is_real_towns=True
    ),
    Setting("MAIL_FROM", Section.MAIL, Kind.TEXT, Reader.MAIL, only_with="SMTP_URL"),
    Setting(
        "MAIL_REPLIES", Section.MAIL, Kind.YES_NO, Reader.MAIL, usual="no", only_with="SMTP_URL"
    ),
    Setting(  # OWASP ASVS 3.3.2, level 2
        "SESSION_IDLE_MINUTES",
        Section.SIGN_IN,
        Kind.NUMBER,
        Reader.PAGES,
        usual="30",
        least=5,
        most=480,
    ),
    Setting(
        "SESSION_HOURS", Section.SIGN_IN, Kind.NUMBER, Reader.PAGES, usual="12", least=1, most=24
    ),
    Setting("OIDC_ISSUER", Section.SIGN_IN, Kind.URL, Reader.PAGES, is_real_towns=True),
    Setting("OIDC_CLIENT_ID", Section.SIGN_IN, Kind.TEXT, Reader.PAGES),
    Setting("OIDC_CLIENT_SECRET", Section.SIGN_IN, Kind.TEXT, Reader.PAGES, secret=Secret.ALL),
    Setting(
        "OIDC_CLAIM",
        Section.SIGN_IN,
        Kind.TEXT,
        Reader.PAGES,
        usual="email",
        only_with="OIDC_ISSUER",
    ),
    Setting("OIDC_ONLY", Section.SIGN_IN, Kind.YES_NO, Reader.PAGES, usual="no"),
    Setting("SLACK_BOT_TOKEN", Section.SLACK, Kind.TEXT, Reader.SLACK, secret=Secret.ALL),
    Setting("SLACK_SIGNING_SECRET", Section.SLACK, Kind.TEXT, Reader.SLACK, secret=Secret.ALL),
    Setting("SLACK_APP_TOKEN", Section.SLACK, Kind.TEXT, Reader.SLACK, secret=Secret.ALL),
    Setting(
        "SLACK_COORDINATORS_CHANNEL",
        Section.SLACK,
        Kind.TEXT,
        Reader.SLACK,
        only_with="SLACK_BOT_TOKEN",
    ),
    Setting(
        "SLACK_WORKERS",
        Section.SLACK,
        Kind.NUMBER,
        Reader.SLACK,
        usual="40",
        least=4,
        most=200,
        only_with="SLACK_BOT_TOKEN",
    ),
    Setting(
        "PERSONAL_DATA_IN_SLACK",
        Section.SLACK,
        Kind.YES_NO,
        Reader.SLACK,
        usual="yes",
        only_with="SLACK_BOT_TOKEN",
    ),
    Setting(
        "SLACK_API_ADDRESS",
        Section.SLACK,
        Kind.ADDRESS,
        Reader.SLACK,
        usual="https://slack.com/api",
        secret=Secret.PASSWORD,
        only_with="SLACK_BOT_TOKEN",
    ),
    Setting("LINEWORKS_BOT_ID", Section.LINEWORKS, Kind.TEXT, Reader.LINEWORKS),
    Setting(
        "LINEWORKS_BOT_SECRET",
        Section.LINEWORKS,
        Kind.TEXT,
        Reader.LINEWORKS,
        secret=Secret.ALL,
    ),
    Setting("LINEWORKS_CLIENT_ID", Section.LINEWORKS, Kind.TEXT, Reader.LINEWORKS),
    Setting(
        "LINEWORKS_CLIENT_SECRET",
        Section.LINEWORKS,
        Kind.TEXT,
        Reader.LINEWORKS,
        secret=Secret.ALL,
    ),
    Setting("LINEWORKS_SERVICE_ACCOUNT", Section.LINEWORKS, Kind.TEXT, Reader.LINEWORKS),
    Setting("LINEWORKS_PRIVATE_KEY_FILE", Section.LINEWORKS, Kind.FILE, Reader.LINEWORKS),
    Setting(
        "LINEWORKS_RATE",
        Section.LINEWORKS,
        Kind.CHOICE,
        Reader.LINEWORKS,
        usual="free",
        choices=("free", "paid"),
        only_with="LINEWORKS_BOT_ID",
    ),
    Setting(
        "LINEWORKS_CALENDAR",
        Section.LINEWORKS,
        Kind.YES_NO,
        Reader.LINEWORKS,
        usual="no",
        only_with="LINEWORKS_BOT_ID",
    ),
    Setting(
        "LINEWORKS_API_ADDRESS",
        Section.LINEWORKS,
        Kind.ADDRESS,
        Reader.LINEWORKS,
        usual="https://www.worksapis.com/v1.0",
        secret=Secret.PASSWORD,
        only_with="LINEWORKS_BOT_ID",
    ),
    Setting(
        "LINEWORKS_AUTH_ADDRESS",
        Section.LINEWORKS,
        Kind.ADDRESS,
        Reader.LINEWORKS,
        usual="https://auth.worksmobile.com/oauth2/v2.0",
        secret=Secret.PASSWORD,
        only_with="LINEWORKS_BOT_ID",
    ),
    Setting("MATTERMOST_URL", Section.MATTERMOST, Kind.ADDRESS, Reader.MATTERMOST),
    Setting(
        "MATTERMOST_TOKEN", Section.MATTERMOST, Kind.TEXT, Reader.MATTERMOST, secret=Secret.ALL
    ),
    Setting(
        "MATTERMOST_COMMAND_TOKEN",
        Section.MATTERMOST,
        Kind.TEXT,
        Reader.MATTERMOST,
        secret=Secret.ALL,
    ),
)

NAMES: Final = tuple(row.name for row in TABLE)

_BY_NAME: Final = {row.name: row for row in TABLE}


def setting_of(name: str) -> Setting:
    """The row of a setting. Raises KeyError where there is none."""
    return _BY_NAME[name]


def usual(name: str) -> str:
    """What holds where nothing is set."""
    return _BY_NAME[name].usual
