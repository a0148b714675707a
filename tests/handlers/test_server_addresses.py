"""Where Slack and LINE WORKS are asked can be set: for a proxy, and to try things out."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from dotenv import dotenv_values

from handlers.settings import BadSetting, in_force, load_settings
from handlers.settings.server_address import is_on_server
from handlers.slack.api import SLACK_HOSTS, Api, SlackRefused
from handlers.slack.ui.files import File, upload
from handlers.words.texts import load_texts
from tests.slack import emulator
from tests.slack.product import SlackTown
from tests.support.stand_in import Answer, Listening, Request

SLACK = {"MODE": "town", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


def lineworks(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    named = ("BOT_SECRET", "CLIENT_ID", "CLIENT_SECRET", "SERVICE_ACCOUNT")
    return {
        "MODE": "town",
        "PUBLIC_URL": "https://tsunagu.example.jp",
        "LINEWORKS_BOT_ID": "1",
        "LINEWORKS_PRIVATE_KEY_FILE": str(key),
        **{f"LINEWORKS_{name}": "x" for name in named},
    }


def test_an_address_is_https_or_on_this_machine_and_else_named_in_one_sentence(
    tmp_path: Path,
) -> None:
    """Tokens are sent there: never over a network in the clear. What stands in it is never said."""
    wrong = (
        *("http://slack.example.jp/api", "ftp://127.0.0.1/", "slack.com", "https://", "//x/api"),
        *("https://user:hush@proxy.example.jp/api", "https://proxy.example.jp/api?hush=1"),
        *("https://proxy.example.jp/#hush", "https://[::1", "https://a b.example.jp/"),
        *("https://proxy.example.jp:port/", "http://127.0.0.1.example.jp/", "https://例え.jp/"),
    )
    right = (
        ("https://slack-proxy.example.jp/api/", "https://slack-proxy.example.jp/api"),
        (" https://slack-gov.com/api ", "https://slack-gov.com/api"),
        ("http://127.0.0.1:8711/api/", "http://127.0.0.1:8711/api"),
        ("http://localhost:8711", "http://localhost:8711"),
        ("http://[::1]:8711/x", "http://[::1]:8711/x"),
    )
    works = lineworks(tmp_path)
    for name, given, usual in (
        ("SLACK_API_ADDRESS", SLACK, "https://slack.com/api"),
        ("LINEWORKS_API_ADDRESS", works, "https://www.worksapis.com/v1.0"),
        ("LINEWORKS_AUTH_ADDRESS", works, "https://auth.worksmobile.com/oauth2/v2.0"),
    ):
        assert dict(in_force(load_settings(tmp_path, given)))[name] == usual
        for said, shown in right:
            settings = load_settings(tmp_path, {**given, name: said})
            assert dict(in_force(settings))[name] == shown
        for said in wrong:
            with pytest.raises(BadSetting) as refused:
                load_settings(tmp_path, {**given, name: said})
            sentence = load_texts(None).say(refused.value.key, **refused.value.facts)
            assert sentence.startswith(f"設定 {name} ")
            assert "hush" not in sentence


def test_what_is_asked_goes_to_the_address_that_was_set(tmp_path: Path) -> None:
    asked: list[str] = []

    def take(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(200, b'{"ok": true}', {"Content-Type": "application/json"})

    there = Listening(take)
    try:
        given = {**SLACK, "SLACK_API_ADDRESS": f"{there.url}/proxy/api/"}
        slack = load_settings(tmp_path, given).slack
        assert slack is not None
        Api(slack.bot_token, slack.api_url).call("auth.test")
    finally:
        there.close()
    assert asked == ["/proxy/api/auth.test"]


def test_a_file_goes_to_slack_alone() -> None:
    """Its own server, or one of Slack's over https; an address elsewhere gets no byte."""
    own = "https://slack.com/api/"
    fine = ("https://files.slack.com/upload/v1/A", "https://slack.com/x", "https://a.slack-gov.com")
    for url in fine:
        assert is_on_server(url, own, *SLACK_HOSTS), url
    taken: list[Request] = []

    def take(request: Request) -> Answer:
        taken.append(request)
        return Answer(200, b"", {})

    elsewhere = Listening(take)
    try:
        for url in (
            f"{elsewhere.url}/upload",
            "http://files.slack.com/upload",
            "https://files.slack.com.example.jp/upload",
            "https://slack.com@example.jp/upload",
            "file:///etc/passwd",
            "https://[",
        ):
            made = {"upload_url": url, "file_id": "F1"}
            api = SimpleNamespace(address=own, call=lambda method, made=made, **args: made)
            with pytest.raises(SlackRefused) as refused:
                upload(api, File("a.txt", "", b"secret"))  # type: ignore[arg-type]
            assert refused.value.code == "upload_url"
        api = SimpleNamespace(
            address=f"{elsewhere.url}/api/",
            call=lambda method, **args: {"upload_url": f"{elsewhere.url}/up", "file_id": "F1"},
        )
        assert upload(api, File("a.txt", "", b"bytes")) == "F1"  # type: ignore[arg-type]
    finally:
        elsewhere.close()
    assert [one.body for one in taken] == [b"bytes"]


def test_anybody_can_try_it_against_an_emulator(tmp_path: Path, slack_town: SlackTown) -> None:
    """What the emulator prints is taken as settings; everybody of the list is a user there, and a
    screen shows what the bot wrote to them."""
    rows = [
        {"コード": "M21", "氏名": "縁側 つなぐ", "役割": "連携担当者", "メール": "m21@example.jp"},
        {"コード": "M26", "氏名": "葉山 のどか", "役割": "", "メール": "m26@example.jp"},
    ]
    with emulator.begin(rows, port=0) as slack:
        printed = dotenv_values(stream=io.StringIO(emulator.settings(slack)))
        settings = load_settings(tmp_path, {k: v for k, v in printed.items() if v})
        assert settings.slack is not None
        api = Api(settings.slack.bot_token, settings.slack.api_url)
        users = api.call("users.list")["members"]
        assert {"UM21", "UM26"} <= {one["id"] for one in users}
        api.call("chat.postMessage", channel="UM26", text="つなぎの依頼です")
        assert "つなぎの依頼です" in emulator.answer(slack, "M26")
        assert "press" in emulator.answer(slack, "M26 jump")
    slack_town.open_case("A14")
    slack_town.tick()
    assert "返信する" in emulator.answer(slack_town.slack, "M26", slack_town.app)
    shown = emulator.answer(slack_town.slack, "M26 press 返信する", slack_town.app)
    assert "返信" in shown
