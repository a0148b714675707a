"""`python bot.py check slack`: what is missing, in a sentence each, asked of Slack."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from handlers.cli.check import print_findings
from handlers.cli.commands import run_commands
from handlers.cli.console import CANNOT, DONE, NOT_DONE, Voice
from handlers.settings import Settings, load_settings
from handlers.settings.bad_setting import BadSetting
from handlers.slack.check import check_slack
from handlers.words.texts import load_texts
from storage.database import DatabaseRefused
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith
from tests.slack.world import BOT_USER, Channel
from tests.support.town import TownMould

GOOD, MEND = "[良]", "[要対応]"


def said(
    town: SlackTown, capsys: pytest.CaptureFixture[str], settings: Settings | None = None
) -> tuple[int, str]:
    """The exit code, and what was said: one sentence a line."""
    code = print_findings(
        check_slack(settings or town.settings, town.desk), Voice(load_texts(None))
    )
    return code, capsys.readouterr().out


def test_with_everything_in_its_place_it_is_good(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(slack_town, capsys)
    assert code == DONE, out
    assert MEND not in out
    assert "つなぎ野市" in out
    assert "https://tsunagu.example.jp/slack/events" in out
    assert "PERSONAL_DATA_IN_SLACK=yes" in out
    assert slack_town.slack.messages(CHANNEL) == []


def test_over_socket_mode_the_app_token_is_tried(
    slack_town_with: SlackTownWith, capsys: pytest.CaptureFixture[str]
) -> None:
    town = slack_town_with(socket=True, PERSONAL_DATA_IN_SLACK="no")
    code, out = said(town, capsys)
    assert code == DONE, out
    assert "Socket Modeでつながります" in out
    assert "PERSONAL_DATA_IN_SLACK=no" in out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN が正しくありません"),
        ("token_revoked", "SLACK_BOT_TOKEN は無効になりました"),
        ("account_inactive", "SLACK_BOT_TOKEN は無効になりました"),
        ("internal_error", "答えがありません（internal_error）"),
    ],
)
def test_a_token_that_slack_does_not_take_is_named(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str], error: str, words: str
) -> None:
    slack_town.slack.error("auth.test", error, times=9)
    code, out = said(slack_town, capsys)
    assert code == NOT_DONE
    assert f"{MEND} Slack：" in out
    assert words in out
    assert slack_town.slack.bot_token not in out


@pytest.mark.parametrize("scope", ["im:write", "users:read.email", "groups:read"])
def test_a_scope_that_is_missing_is_named(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str], scope: str
) -> None:
    slack_town.slack.take_scope(scope)
    code, out = said(slack_town, capsys)
    assert code == NOT_DONE
    assert [line for line in out.splitlines() if line.startswith(MEND)] == [
        f"{MEND} Slack：権限 {scope} がありません。アプリに加えて、入れ直してください。"
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_auth", "SLACK_APP_TOKEN が正しくありません"),
        ("token_revoked", "SLACK_APP_TOKEN は無効になりました"),
        ("missing_scope", "connections:write がありません"),
        ("forbidden_team", "Socket Modeを始められません（forbidden_team）"),
    ],
)
def test_socket_mode_that_does_not_begin_says_why(
    slack_town_with: SlackTownWith, capsys: pytest.CaptureFixture[str], error: str, words: str
) -> None:
    town = slack_town_with(socket=True)
    town.slack.error("apps.connections.open", error, times=9)
    code, out = said(town, capsys)
    assert code == NOT_DONE
    assert words in out


def test_without_an_address_over_https_slack_reaches_nobody(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(slack_town.settings, public_url="")
    code, out = said(slack_town, capsys, settings)
    assert code == NOT_DONE
    assert "PUBLIC_URL が https ではありません" in out


def test_without_a_signing_secret_nothing_comes_in_over_http(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str]
) -> None:
    """The start refuses that already; whoever asks is told all the same."""
    given = slack_town.settings.slack
    assert given is not None
    settings = replace(slack_town.settings, slack=replace(given, signing_secret=""))
    code, out = said(slack_town, capsys, settings)
    assert code == NOT_DONE
    assert "SLACK_SIGNING_SECRET がありません" in out


Spoil = Callable[[Channel], object]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c: setattr(c, "archived", True), "保管されています"),
        (lambda c: setattr(c, "is_private", False), "公開です"),
        (lambda c: c.members.remove(BOT_USER), "見つかりません"),
        (lambda c: c.__dict__.update(is_private=False, members=[]), "にいません"),
        (lambda c: setattr(c, "seen", lambda: Channel.seen(c) | {"is_ext_shared": True}), "外部と"),
    ],
)
def test_a_coordinators_channel_that_will_not_do_is_named(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str], spoil: Spoil, words: str
) -> None:
    spoil(slack_town.slack.world.channels[CHANNEL])
    code, out = said(slack_town, capsys)
    assert code == NOT_DONE
    assert any(CHANNEL in line and words in line for line in out.splitlines()), out


def test_no_coordinators_channel_is_told(
    slack_town_with: SlackTownWith, capsys: pytest.CaptureFixture[str]
) -> None:
    town = slack_town_with(SLACK_COORDINATORS_CHANNEL="")
    code, out = said(town, capsys)
    assert code == NOT_DONE
    assert "SLACK_COORDINATORS_CHANNEL がありません" in out


def test_members_without_an_account_are_counted_and_not_named(
    slack_town_with: SlackTownWith, capsys: pytest.CaptureFixture[str]
) -> None:
    town = slack_town_with(linked=False)
    town.link("M06")
    code, out = said(town, capsys)
    assert code == NOT_DONE
    assert "人が結びついていません" in out
    assert "筆野" not in out


def test_without_a_token_there_is_no_slack_to_check(
    slack_town: SlackTown, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(slack_town.settings, slack=None)
    code, out = said(slack_town, capsys, settings)
    assert code == NOT_DONE
    assert "SLACK_BOT_TOKEN がありません" in out


def test_the_fictional_town_does_not_start_with_slack(tmp_path: Path) -> None:
    """Fictional cases do not go out to real people."""
    given = {"MODE": "local", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "x"}
    with pytest.raises(BadSetting, match=r"setting\.SLACK_BOT_TOKEN\.in_local_mode"):
        load_settings(tmp_path, given)


def test_the_commands_can_be_typed(
    mould: TownMould,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`check slack` and `slack manifest --url`, as an operator does it."""
    shutil.copy(mould.folder / "town.db", tmp_path / "local.db")
    shutil.copy(mould.folder / "keys.json", tmp_path / "local-keys.json")
    monkeypatch.setenv("MODE", "local")
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))

    def typed(*words: str) -> int:
        return run_commands(tmp_path, bot.CommandLineWiring(), DatabaseRefused, list(words))

    assert typed("check", "slack") == NOT_DONE
    assert "SLACK_BOT_TOKEN がありません" in capsys.readouterr().out
    assert typed("slack", "manifest", "--url", "https://town.example.jp") == DONE
    assert "https://town.example.jp/slack/events" in capsys.readouterr().out
    assert typed("check", "nothing") == CANNOT
