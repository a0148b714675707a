"""Settings: each wrong one stops the start with one sentence that names it."""

import re
from pathlib import Path

import pytest

from handlers.cli.settings import draw_env_example, draw_page
from handlers.settings import NAMES, BadSetting, Mode, Settings, in_force, load_settings
from handlers.settings.bad_setting import wrong_value
from handlers.settings.chats import CHATS
from handlers.settings.lineworks import NEEDED
from handlers.settings.mattermost import NEEDED as MATTERMOST_NEEDED
from handlers.settings.table import (
    SAID_BY_KIND,
    TABLE,
    Kind,
    Reader,
    Secret,
    Section,
    setting_of,
)
from handlers.settings.unread import unknown_settings, without_effect
from handlers.words.texts import load_texts
from handlers.words.words import read_words

ROOT = Path(__file__).parent.parent.parent
TEXTS = load_texts(None)


def refusal(folder: Path, **environment: str) -> str:
    with pytest.raises(BadSetting) as refused:
        load_settings(folder, environment)
    return _sentence(refused.value)


def _sentence(error: BadSetting) -> str:
    return TEXTS.say(error.key, **error.facts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "production"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "８７１０"),
        ("DATABASE_URL", "mysql://town"),
        ("DATABASE_URL", "town.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("TOWN_FOLDER", "/nowhere/at/all"),
        ("CHECKPOINT_FOLDER", "/nowhere/at/all"),
        ("LOG_LEVEL", "LOUD"),
        ("PUBLIC_URL", "tsunagu.example.jp"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://user@tsunagu.example.jp"),
        ("PUBLIC_URL", "https://tsunagu.example.jp/?a=b"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://www.town.example.jp/tsunagu"),
        ("PUBLIC_URL", "https://www.town.example.jp/tsunagu/"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    """The sentence begins with the setting's name, so that the operator knows which line."""
    sentence = refusal(tmp_path, **{name: value})
    assert sentence.startswith(f"設定 {name}")
    assert sentence.endswith("。")


OIDC = {"OIDC_ISSUER": "https://id.example.jp", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "hush"}


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("PUBLIC_URL", "http://tsunagu.example.jp", {}),
        ("SMTP_URL", "mail.example.jp", {}),
        ("SMTP_URL", "smtp://", {}),
        ("SMTP_URL", "imap://mail.example.jp", {}),
        ("SMTP_URL", "smtp://hush@mail.example.jp:no", {}),
        ("SMTP_URL", "smtp://hush@mail.example.jp?starttls=perhaps", {}),
        ("SMTP_URL", "smtp://hush@mail.example.jp?starttls=no", {}),
        ("SMTP_URL", "smtp://hush@mail.example.jp?tls=no", {}),
        ("MAIL_FROM", "", {"SMTP_URL": "smtps://mail.example.jp"}),
        ("MAIL_FROM", "つなぐ@example.jp", {"SMTP_URL": "smtps://mail.example.jp"}),
        ("MAIL_FROM", "a@b\nBcc: c@d", {"SMTP_URL": "smtps://mail.example.jp"}),
        ("MAIL_FROM", "a..b@example.jp", {"SMTP_URL": "smtps://mail.example.jp"}),
        ("MAIL_FROM", "a b@example.jp", {"SMTP_URL": "smtps://mail.example.jp"}),
        ("SESSION_IDLE_MINUTES", "0", {}),
        ("SESSION_IDLE_MINUTES", "long", {}),
        ("SESSION_HOURS", "25", {}),
        ("TRUSTED_PROXIES", "-1", {}),
        ("TRUSTED_PROXIES", "1", {}),
        ("TRUSTED_PROXIES", "proxy.example.jp", {}),
        ("TRUSTED_PROXIES", "127.0.0.1,", {}),
        ("TRUSTED_PROXIES", "10.0.0.5/24", {}),
        ("TRUSTED_PROXIES", "0.0.0.0/0", {}),
        ("TRUSTED_PROXIES", "10.0.0.0/8", {}),
        ("TRUSTED_PROXIES", "127.0.0.1, ::/0", {}),
        ("OIDC_ISSUER", "", {"OIDC_CLIENT_ID": "c"}),
        ("OIDC_ISSUER", "http://id.example.jp", {**OIDC}),
        ("OIDC_CLIENT_SECRET", "", {**OIDC}),
        ("OIDC_ONLY", "yes", {}),
        ("OIDC_ONLY", "maybe", {**OIDC}),
    ],
)
def test_a_wrong_setting_of_signing_in_is_named_and_its_secrets_are_not(
    tmp_path: Path, name: str, value: str, more: dict[str, str]
) -> None:
    """One sentence that begins with the setting; what may hold a password is not said again."""
    sentence = refusal(tmp_path, **{**more, "MODE": "town", name: value})
    assert sentence.startswith(f"設定 {name}")
    assert sentence.endswith("。")
    assert "hush" not in sentence


MATTERMOST = {
    "MODE": "town",
    "PUBLIC_URL": "https://tsunagu.example.jp",
    "MATTERMOST_URL": "https://chat.example.jp/mattermost/",
    "MATTERMOST_TOKEN": "hush1" * 5,
    "MATTERMOST_COMMAND_TOKEN": "hush2" * 5,
}


def test_mattermost_wants_an_address_and_both_tokens_which_are_never_shown(tmp_path: Path) -> None:
    """Three settings, an address over https, and pages that its posts lead to."""
    settings = load_settings(tmp_path, MATTERMOST)
    assert settings.mattermost is not None
    assert settings.mattermost.url == "https://chat.example.jp/mattermost"
    assert "hush" not in f"{in_force(settings)}{settings}"
    assert load_settings(tmp_path, {"MODE": "town"}).mattermost is None
    for name, value in (
        ("MATTERMOST_URL", ""),
        ("MATTERMOST_URL", "http://chat.example.jp"),
        ("MATTERMOST_TOKEN", ""),
        ("MATTERMOST_TOKEN", "hush"),
        ("MATTERMOST_COMMAND_TOKEN", ""),
        ("MATTERMOST_COMMAND_TOKEN", "hush hush hush hush hush"),
        ("PUBLIC_URL", ""),
    ):
        sentence = refusal(tmp_path, **{**MATTERMOST, name: value})
        assert sentence.startswith(f"設定 {name}")
        assert "hush" not in sentence
    assert "MATTERMOST_URL" in refusal(tmp_path, **{**MATTERMOST, "MODE": "local"})


def test_proxies_are_named_by_their_addresses(tmp_path: Path) -> None:
    """Networks and single addresses; none by nothing or by the 0 of before. How many there are,
    as it was written before, is answered with what to write now."""
    for said, shown in (
        ("127.0.0.1, ::1,172.18.0.0/16", "127.0.0.1, ::1, 172.18.0.0/16"),
        ("", ""),
        (" 0 ", ""),
    ):
        settings = load_settings(tmp_path, {"MODE": "town", "TRUSTED_PROXIES": said})
        assert dict(in_force(settings))["TRUSTED_PROXIES"] == shown
    sentence = refusal(tmp_path, MODE="town", TRUSTED_PROXIES="1")
    assert "「TRUSTED_PROXIES=127.0.0.1」" in sentence
    assert "docs/ops/proxy.md" in sentence


def test_the_fictional_town_knows_no_mail_server_and_no_single_sign_on(tmp_path: Path) -> None:
    """Whatever `.env` says: the trial reaches nobody."""
    settings = load_settings(tmp_path, {**OIDC, "SMTP_URL": "smtps://mail.example.jp"})
    assert settings.sign_in == Settings().sign_in


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtps://bot%40town:hu%2Fsh@mail.example.jp", "smtps://bot@town:***@mail.example.jp:465"),
        ("smtp://mail.example.jp", "smtp://mail.example.jp:587"),
        ("smtp://127.0.0.1:25?starttls=no", "smtp://127.0.0.1:25"),
    ],
)
def test_secrets_of_signing_in_are_never_shown(tmp_path: Path, url: str, shown: str) -> None:
    """The settings in force name servers; neither they nor a crash show what opens them."""
    given = {**OIDC, "MODE": "town", "SMTP_URL": url, "MAIL_FROM": "bot@town.example.jp"}
    settings = load_settings(tmp_path, given)
    values = dict(in_force(settings))
    assert values["SMTP_URL"] == shown
    assert values["OIDC_CLIENT_SECRET"] == "***"
    server = settings.sign_in.mail_server
    assert server is not None
    assert server.password in ("", "hu/sh")
    for said in (str(values), repr(settings), repr(server)):
        assert "hush" not in said
        assert "hu%2Fsh" not in said
        assert "hu/sh" not in said


@pytest.mark.parametrize("host", ["192.0.2.1", "192.168.1.5", "::", "tsunagu.example.jp", ""])
def test_local_mode_listens_on_loopback_alone(tmp_path: Path, host: str) -> None:
    """Where anybody can be anybody, nobody else may come in; unset is loopback."""
    if not host:
        assert load_settings(tmp_path, {"HOST": host}).host == "127.0.0.1"
        return
    assert f"設定 HOST（{host}）" in refusal(tmp_path, HOST=host)
    town = {"HOST": host, "MODE": "town", "PUBLIC_URL": "https://tsunagu.example.jp"}
    assert load_settings(tmp_path, town).host == host
    # Asked under a name that it does not know, every page would be refused.
    assert "PUBLIC_URL" in refusal(tmp_path, **{**town, "PUBLIC_URL": ""})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_every_way_of_writing_loopback_is_taken(tmp_path: Path, host: str) -> None:
    """The address on the page is one that a browser opens, also for IPv6."""
    settings = load_settings(tmp_path, {"HOST": host})
    shown = "[::1]" if host == "::1" else host
    assert settings.page_address == f"http://{shown}:8710"


def test_the_env_file_is_read_and_the_environment_stands_over_it(tmp_path: Path) -> None:
    """What `.env` says holds, unless the environment says another thing."""
    (tmp_path / ".env").write_text("MODE=town\nPORT=8800\nDATA_FOLDER=there\n", "utf-8")
    settings = load_settings(tmp_path, {"PORT": "8801"})
    assert (settings.mode, settings.port) == (Mode.TOWN, 8801)
    assert settings.database_url == "sqlite:///there/town.db"
    assert settings.keys_file == Path("there/keys.json")


def test_an_env_file_saved_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A `.env` that Windows saved in Shift JIS stops the start with a sentence, not a traceback."""
    (tmp_path / ".env").write_bytes("MODE=town # 本番".encode("cp932"))
    assert str(tmp_path / ".env") in refusal(tmp_path)


def test_nothing_set_is_local_mode_in_a_database_of_its_own(tmp_path: Path) -> None:
    """The fictional town never shares a file with a real one."""
    settings = load_settings(tmp_path, {})
    assert settings.mode is Mode.LOCAL
    assert settings.local_database_url != settings.database_url
    assert settings.local_keys_file != settings.keys_file


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://tsunagu:hush-hush@db.example.jp/town",
        "postgresql+psycopg://tsunagu:hush-hush@db.example.jp/town?sslmode=require",
        "postgresql://tsunagu:hush-hush@more@db.example.jp/town",
        "postgresql://db.example.jp/town?password=hush-hush&user=tsunagu",
    ],
)
def test_a_password_is_never_shown(tmp_path: Path, url: str) -> None:
    """The settings in force name the database and keep what opens it to themselves."""
    values = dict(in_force(load_settings(tmp_path, {"MODE": "town", "DATABASE_URL": url})))
    assert "hush" not in str(values)
    assert "db.example.jp/town" in values["DATABASE_URL"]


def test_keys_in_a_setting_are_never_shown(tmp_path: Path) -> None:
    """Only that they are set; then no file is named, and printing the settings tells none."""
    settings = load_settings(tmp_path, {"MODE": "town", "KEYS": "hush-hush"})
    values = dict(in_force(settings))
    assert (settings.keys, values["KEYS"], values["KEYS_FILE"]) == ("hush-hush", "***", "")
    assert "hush" not in f"{values}{settings}"


def test_the_fictional_town_never_holds_a_real_towns_keys(tmp_path: Path) -> None:
    """Local mode is open to everybody at the machine."""
    assert load_settings(tmp_path, {"KEYS": "hush-hush"}).keys == ""


def test_every_setting_is_shown(tmp_path: Path) -> None:
    """The administrators' page leaves none out."""
    assert [name for name, _ in in_force(load_settings(tmp_path, {}))] == list(NAMES)


def test_the_files_that_operators_read_are_what_the_table_draws() -> None:
    """`.env.example` and docs/ops/settings.md name every setting and no other. Red: write them
    anew with `python bot.py settings --env-example` and `--page`."""
    example, page = draw_env_example(TEXTS), draw_page(TEXTS)
    assert (ROOT / ".env.example").read_text("utf-8") == example
    assert (ROOT / "docs/ops/settings.md").read_text("utf-8") == page
    # Whoever takes the example as it stands has no secret that others know: nothing is switched on.
    assert re.findall(r"^[^#\n]", example, re.MULTILINE) == []
    assert list(dict.fromkeys(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))) == list(NAMES)
    assert re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE) == list(NAMES)


def test_nothing_set_is_what_the_table_calls_usual(tmp_path: Path) -> None:
    """A row's usual value is the one that holds, for each setting that has one."""
    settings = load_settings(tmp_path, {"MODE": "town"})
    shown = dict(in_force(settings))
    usual = {
        row.name: "town" if row.name == "MODE" else row.usual
        for row in TABLE
        if row.usual and row.section not in ("slack", "lineworks") and row.name != "OIDC_CLAIM"
    }
    found = {row.name: shown[row.name] for row in TABLE if shown[row.name]}
    assert usual.keys() - found.keys() == set(), "read in load.py, shown by in_force in display.py"
    assert found == usual
    files = set((ROOT / "handlers/settings").glob("*.py"))
    reading = files - {ROOT / f"handlers/settings/{name}.py" for name in ("table", "display")}
    text = "".join(file.read_text("utf-8") for file in reading)
    unread = [row.name for row in TABLE if f'"{row.name}"' not in text]
    assert unread == [], "in the table, and no module of handlers/settings reads it"


def _refusals() -> set[str]:
    """The keys of the sentences that the readers of settings may refuse with."""
    found = {f"setting.{name}.missing" for name in (*NEEDED, *MATTERMOST_NEEDED, *OIDC)}
    found |= {f"setting.{chat.first}.in_local_mode" for chat in CHATS}
    for file in (*(ROOT / "handlers/settings").glob("*.py"), ROOT / "bot.py"):
        text = re.sub(r"\s+", " ", file.read_text("utf-8"))
        for call, name, more in re.findall(r'raise (wrong_value|missing)\( ?"(\w+)"(.*?\))', text):
            pattern = r'^, "(\w+)"' if call == "missing" else r'reason="(\w+)"'
            own = reason[1] if (reason := re.search(pattern, more)) else ""
            if call == "missing":
                found.add(f"setting.{name}.{own or 'missing'}")
            elif own or setting_of(name).kind not in SAID_BY_KIND:
                found.add(f"setting.{name}.{own or 'wrong'}")
    return found


def test_every_sentence_about_a_setting_stands_with_its_row_and_is_said_somewhere() -> None:
    """What a setting means, when it is needed and why a value is refused stand together under its
    name; no sentence is said by nothing, and none that is said is lacking."""
    words = read_words(ROOT / "templates/words")
    own = {k for k in words if re.match(r"setting\.[A-Z_]+\.", k)}
    about = {
        f"setting.{name}.{word}" for name in NAMES for word in ("meaning", "needed", "example")
    }
    lacking = {f"setting.{name}.meaning" for name in NAMES} - own
    assert lacking == set(), "to be said in templates/words/settings.yaml"
    said = _refusals()
    assert said - own == set(), "refused with in handlers/settings, and lacking in settings.yaml"
    assert own - about - said == set(), "in settings.yaml, and no setting is refused with it"
    kinds = {f"setting.kind.{kind}" for kind in Kind}
    kinds |= {f"setting.kind.{kind}_wrong" for kind in SAID_BY_KIND}
    assert {k for k in words if k.startswith("setting.kind.")} == kinds
    marks = [row.name for row in TABLE if row.is_real_towns]
    assert all(name in words["setting.MODE.meaning"] for name in marks)
    for code in (*Reader, *Section):
        assert TEXTS.has(f"setting.{type(code).__name__.lower()}.{code}"), code


def test_a_secret_is_neither_shown_nor_said_again(tmp_path: Path) -> None:
    """Whatever a row calls secret, wholly or for a password in it."""
    for row in TABLE:
        said = _sentence(wrong_value(row.name, "hush", reason="meaning"))
        assert ("hush" in said) == (row.secret is Secret.NOTHING), row.name
    steers = _sentence(wrong_value("MODE", "to\x1b[31mw\u202en" + "n" * 10_000, reason="meaning"))
    assert "to�[31mw�nnn" in steers
    assert len(steers) < 400
    secret = {row.name for row in TABLE if row.secret is Secret.ALL}
    assert {name for name in NAMES if re.search("SECRET|TOKEN|^KEYS$", name)} == secret
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    given = {
        **OIDC,
        **MATTERMOST,
        **dict.fromkeys(NEEDED, "7"),
    }
    given |= {"LINEWORKS_PRIVATE_KEY_FILE": str(key), "SLACK_BOT_TOKEN": "xoxb-hush"}
    given |= {name: "hush" for name in secret if name not in given}
    given |= {"SLACK_APP_TOKEN": "xapp-hush", "LINEWORKS_BOT_SECRET": "hush"}
    shown = dict(in_force(load_settings(tmp_path, given)))
    assert {name: shown[name] for name in secret} == dict.fromkeys(secret, "***")
    assert "hush" not in str(shown)


def test_what_is_set_and_read_by_nothing_is_named(tmp_path: Path) -> None:
    """In `.env` every name that is none of ours; in the environment, which is full of others', what
    looks like ours. Each with what may have been meant; no value is kept."""
    file = tmp_path / ".env"
    file.write_text(
        "SMTP_ADRESS=x\nTRUSTED_PROXY=hush\nMAIL_FORM=a\nGREETING=hello\nMODE=town\n"
        "MATTERMOST_TOKEN=\nwhathushhushhushhush1234567\n"
    )
    around = {
        "PATH": "/bin",
        "HOSTNAME": "x",
        "SESSION_MANAGER": "x",
        "MAILCHECK": "60",
        "PORTS": "1",
    }
    around |= {
        "SLACK_TOKEN": "hush",
        "LOG_LEVELS": "INFO",
        "OIDC_CLIENTID": "c",
        "SLACK_WORKERS": "4",
    }
    found = unknown_settings(file, around)
    assert [(one.name, one.near) for one in found] == [
        ("SMTP_ADRESS", ""),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("MAIL_FORM", "MAIL_FROM"),
        ("GREETING", ""),
        ("what…", ""),  # a line alone may be a value that slipped out of its own
        ("LOG_LEVELS", "LOG_LEVEL"),
        ("OIDC_CLIENTID", "OIDC_CLIENT_ID"),
        ("SLACK_TOKEN", ""),
    ]
    assert "hush" not in repr(found)
    town = load_settings(tmp_path, {"MODE": "town"})
    assert without_effect(town, file, {"SLACK_WORKERS": "4", "MAIL_REPLIES": "yes"}) == [
        "MAIL_REPLIES",
        "SLACK_WORKERS",
    ]
    assert without_effect(town, file, {"SLACK_WORKERS": "4", "SLACK_BOT_TOKEN": "xoxb-"}) == []
    assert (
        without_effect(load_settings(tmp_path, {"MODE": "local"}), file, {"SLACK_WORKERS": "4"})
        == []
    )


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("mode=town", "MODE"),
        ("Public_Url=https://tsunagu.example.jp", "PUBLIC_URL"),
        ("ＭＯＤＥ=town", "MODE"),
        ("DATABASE-URL=sqlite:///town.db", "DATABASE_URL"),
        ("export smtp_url=smtp://mail.example.jp", "SMTP_URL"),
    ],
)
def test_a_setting_spelled_otherwise_is_not_passed_over(
    tmp_path: Path, line: str, right: str
) -> None:
    """Else a real town would start as the fictional one, and nobody would know why."""
    (tmp_path / ".env").write_text(f"{line}\n", "utf-8")
    sentence = refusal(tmp_path)
    assert sentence.startswith(f"設定 {right} ")
    assert line.removeprefix("export ").partition("=")[0] in sentence
    assert line.partition("=")[2] not in sentence  # it may be a secret


def test_so_in_the_environment_where_the_right_name_is_not_set(tmp_path: Path) -> None:
    assert refusal(tmp_path, mode="town").startswith("設定 MODE ")
    (tmp_path / ".env").write_text("MODE=local\n", "utf-8")
    assert refusal(tmp_path, mode="town").startswith("設定 MODE ")
    assert load_settings(tmp_path, {"mode": "town", "MODE": "local"}).mode is Mode.LOCAL
    assert load_settings(tmp_path, {"Path": "x", "modes": "town"}).mode is Mode.LOCAL
