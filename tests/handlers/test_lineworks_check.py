"""`check lineworks`, `setup lineworks` and the settings: what is missing, in a sentence each."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot
from handlers.cli.check import print_findings
from handlers.cli.commands import run_commands
from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.lineworks.check import check_lineworks
from handlers.lineworks.setup import set_up_lineworks
from handlers.settings import Settings, in_force, load_settings
from handlers.settings.bad_setting import BadSetting
from handlers.settings.lineworks import NEEDED
from handlers.words.texts import load_texts
from storage.database import DatabaseRefused
from tests.lineworks.product import LineworksTown, LineworksTownWith, given_for
from tests.lineworks.server import StandIn
from tests.support.web import TEXTS

GOOD, MEND = "[良]", "[要対応]"


def said(
    town: LineworksTown, capsys: pytest.CaptureFixture[str], settings: Settings | None = None
) -> tuple[int, str]:
    """The exit code, and what was said: one sentence a line."""
    code = print_findings(check_lineworks(settings or town.settings, town.desk), Voice(TEXTS))
    return code, capsys.readouterr().out


def set_up(town: LineworksTown, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = print_findings(set_up_lineworks(town.part.door), Voice(TEXTS))
    return code, capsys.readouterr().out


def test_after_the_setup_everything_is_good(
    lineworks_town: LineworksTown, capsys: pytest.CaptureFixture[str]
) -> None:
    """The menu is there for everybody; a second setup changes nothing; nobody is written to."""
    town = lineworks_town
    assert said(town, capsys)[0] == NOT_DONE
    code, out = set_up(town, capsys)
    assert (code, "メニュー" in out) == (DONE, True)
    menu = town.lineworks.world.menu
    assert set_up(town, capsys)[0] == DONE
    assert town.lineworks.world.menu == menu
    town.person("M21").menu("メニュー")
    assert town.person("M21").last().by == "bot"
    code, out = said(town, capsys)
    assert code == DONE, out
    assert MEND not in out
    assert "https://tsunagu.example.jp/lineworks/callback" in out
    assert "つなぐボット" in out
    assert town.lineworks.messages("uM30") == []


def test_what_is_wrong_is_named_in_a_sentence_each(
    lineworks_town: LineworksTown,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    town, lineworks = lineworks_town, lineworks_town.lineworks
    code, out = said(town, capsys)
    assert code == NOT_DONE
    assert "「python bot.py setup lineworks」" in out
    lineworks.world.bot["channelEvents"] = ["message", "join", "leave", "joined", "left"]
    assert "ボットに postback が届きません" in said(town, capsys)[1]
    lineworks.world.bot["enableCallback"] = False
    assert "Callback URLが切れています" in said(town, capsys)[1]
    lineworks.world.bot.clear()
    lineworks.error("bot.read", 404, "NOT_FOUND")
    assert "LINEWORKS_BOT_ID のボットがありません" in said(town, capsys)[1]
    lineworks.take_scope("user.read")
    assert "権限 user.read がありません" in said(town, capsys)[1]
    lineworks.tokens.issue_key()
    assert "LINEWORKS_PRIVATE_KEY_FILE が正しくありません（invalid_grant）" in said(town, capsys)[1]
    lineworks.fail("token", 500, times=9)
    assert "答えがありません（http_500）" in said(town, capsys)[1]
    given = town.settings.lineworks
    assert given
    wrongs: tuple[tuple[dict[str, Any], str], ...] = (
        (
            {"client_secret": "wrong"},
            "LINEWORKS_CLIENT_SECRET が正しくありません（invalid_client）",
        ),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}, "を鍵として読めません"),
        ({"auth_url": "http://127.0.0.1:9"}, "答えがありません（unreachable）"),
    )
    for changed, words in wrongs:
        lineworks.mend()
        settings = replace(town.settings, lineworks=replace(given, **changed))
        code, out = said(town, capsys, settings)
        assert code == NOT_DONE
        assert words in out
        assert lineworks.tokens.client_secret not in out
    assert "lineworks_closed" not in caplog.text


def test_an_address_that_lineworks_cannot_reach_and_nobody_linked_are_named(
    lineworks_town_with: LineworksTownWith, capsys: pytest.CaptureFixture[str]
) -> None:
    town = lineworks_town_with(linked=False)
    settings = replace(town.settings, public_url="http://localhost:8710")
    code, out = said(town, capsys, settings)
    assert code == NOT_DONE
    assert "PUBLIC_URL が https ではありません" in out
    (linked,) = [line for line in out.splitlines() if "0人が結びついています" in line]
    assert linked.startswith(MEND)


def test_of_a_bot_that_is_not_there_nothing_else_is_said_to_be_missing(
    lineworks_town: LineworksTown, capsys: pytest.CaptureFixture[str]
) -> None:
    lineworks_town.lineworks.error("bot.read", 404, "NOT_FOUND")
    out = said(lineworks_town, capsys)[1]
    assert "LINEWORKS_BOT_ID のボットがありません" in out
    assert "setup lineworks" not in out


def test_a_callback_address_that_is_not_ours_is_named_with_the_right_one(
    lineworks_town: LineworksTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town, ours = lineworks_town, "https://tsunagu.example.jp/lineworks/callback"
    town.lineworks.world.bot["callbackUrl"] = "https://old.example.jp/callback"
    out = said(town, capsys)[1]
    assert f"https://old.example.jp/callback です。ボットの画面で {ours} に直してください" in out
    town.lineworks.world.bot["callbackUrl"] = ours
    assert "直してください" not in said(town, capsys)[1]


def test_a_setup_without_a_scope_says_where_to_see_which(
    lineworks_town: LineworksTown, capsys: pytest.CaptureFixture[str]
) -> None:
    lineworks_town.lineworks.take_scope("bot")
    code, out = set_up(lineworks_town, capsys)
    assert code == NOT_DONE
    assert "「python bot.py check lineworks」" in out


def test_without_settings_the_commands_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODE", "local")
    for command in (["check", "lineworks"], ["setup", "lineworks"]):
        monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
        code = run_commands(tmp_path, bot.CommandLineWiring(), DatabaseRefused, command)
        assert code == NOT_DONE
        assert "LINE WORKSは使いません" in capsys.readouterr().out


# -- the settings ---------------------------------------------------------------------------------


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    with StandIn() as lineworks:
        return given_for(lineworks, tmp_path)


def sentence(given: dict[str, str]) -> str:
    with pytest.raises(BadSetting) as bad:
        load_settings(Path("/nowhere"), given)
    return load_texts(None).say(bad.value.key, **bad.value.facts)


def test_every_setting_that_is_needed_is_asked_for_by_its_name(given: dict[str, str]) -> None:
    for name in NEEDED:
        assert name in sentence({k: v for k, v in given.items() if k != name})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"LINEWORKS_BOT_ID": "つなぐ"}, "LINEWORKS_BOT_ID"),
        ({"LINEWORKS_RATE": "fast"}, "free か paid"),
        ({"LINEWORKS_CALENDAR": "perhaps"}, "LINEWORKS_CALENDAR"),
        ({"LINEWORKS_PRIVATE_KEY_FILE": "/nowhere/key"}, "/nowhere/key"),
        ({"LINEWORKS_PRIVATE_KEY_FILE": __file__}, "LINEWORKS_PRIVATE_KEY_FILE"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"MODE": "local"}, "MODE=local では LINE WORKS を使えません"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(
    given: dict[str, str], changed: dict[str, str], words: str
) -> None:
    assert words in sentence(given | changed)


def test_no_secret_is_shown_among_the_settings_in_force(given: dict[str, str]) -> None:
    settings = load_settings(Path("/nowhere"), given)
    shown = dict(in_force(settings))
    assert shown["LINEWORKS_BOT_SECRET"] == shown["LINEWORKS_CLIENT_SECRET"] == "***"
    assert shown["LINEWORKS_RATE"] == "free"
    assert settings.lineworks
    secrets = (settings.lineworks.bot_secret, settings.lineworks.private_key)
    assert [one for one in secrets if one in repr(settings) + repr(shown)] == []


def test_without_any_of_them_there_is_no_lineworks() -> None:
    settings = load_settings(Path("/nowhere"), {})
    assert settings.lineworks is None
    assert dict(in_force(settings))["LINEWORKS_BOT_ID"] == ""
