"""The app's manifest says what the code needs, all of it and nothing else."""

import re
from pathlib import Path

import yaml

from handlers.slack.manifest import EVENTS, METHODS, PATH, SCOPES, manifest, manifest_text
from handlers.slack.requests import commands
from handlers.slack.requests.app_events import OF_PUBLIC
from handlers.words.texts import load_texts
from tests.slack import methods
from tests.support.product import ROOT

DOOR = ROOT / "handlers" / "slack"
FAMILIES = "apps|auth|bots|chat|conversations|files|team|users|views"
NAMED = re.compile(rf'"((?:{FAMILIES})(?:\.[A-Za-z]+)+)"')
TABLES = {"sending/pace.py", "manifest.py", "api.py"}  # name methods without calling them
BY_EVENTS = {scope for _, scope in EVENTS.values() if scope}


def called() -> dict[str, set[str]]:
    """The methods that the source names, and where."""
    found: dict[str, set[str]] = {}
    for path in DOOR.rglob("*.py"):
        for name in (
            NAMED.findall(path.read_text("utf-8"))
            if str(path.relative_to(DOOR)) not in TABLES
            else ()
        ):
            found.setdefault(name, set()).add(path.name)
    if (DOOR / "api.py").read_text("utf-8").count('_response("auth.test"'):
        found.setdefault("auth.test", set()).add("api.py")
    return found


def test_the_file_is_what_the_code_prints() -> None:
    """Else: python bot.py slack manifest > docs/ops/slack-manifest.yaml"""
    kept = (ROOT / "docs/ops/slack-manifest.yaml").read_text("utf-8")
    assert kept == manifest_text(load_texts(None))
    assert yaml.safe_load(kept) == manifest(load_texts(None))


def test_every_method_that_is_called_is_listed_and_no_other() -> None:
    assert set(METHODS) == set(called())


def test_every_scope_that_is_needed_is_asked_for_and_no_other() -> None:
    needed = {scope for scopes in METHODS.values() for scope in scopes}
    assert set(SCOPES) == needed | BY_EVENTS | {"commands"}


def test_the_scopes_of_each_method_are_those_that_slack_wants() -> None:
    """As the stand-in for Slack's servers has them, which was written by itself."""
    for name, scopes in METHODS.items():
        known = methods.METHODS.get(name)
        if known is None:
            assert name == "apps.connections.open"  # asks for a scope of another token
        elif known.by_channel == "manage":
            assert "groups:write" in scopes, name
        elif known.by_channel:
            assert f"groups:{known.by_channel}" in scopes, name
        elif known.scopes:
            assert set(known.scopes) & set(scopes), name


def test_every_event_that_is_listened_to_is_subscribed_to_and_no_other() -> None:
    assert set(EVENTS) == set(commands.EVENTS) - OF_PUBLIC
    assert set(commands.EVENTS) >= set(commands.IS_RELEVANT)
    asked = manifest(load_texts(None))["settings"]["event_subscriptions"]["bot_events"]
    assert asked == [name for name, _ in EVENTS.values()]


def test_the_command_and_shortcuts_are_those_that_are_understood() -> None:
    features = manifest(load_texts(None))["features"]
    assert [c["command"] for c in features["slash_commands"]] == [commands.COMMAND]
    for shortcut in features["shortcuts"]:
        body = {"callback_id": shortcut["callback_id"], "message": {"text": "x"}}
        verb = commands.read_shortcut(body)[0]
        assert (verb == "menu") == (shortcut["type"] == "global")


def test_socket_mode_has_no_address_and_http_has_one_everywhere() -> None:
    by_socket, by_http = (
        manifest(load_texts(None)),
        manifest(load_texts(None), "https://tsunagu.example.jp/"),
    )
    assert by_socket["settings"]["socket_mode_enabled"] is True
    assert "url" not in yaml.safe_dump(by_socket)
    assert by_http["settings"]["socket_mode_enabled"] is False
    address = "https://tsunagu.example.jp" + PATH
    assert yaml.safe_dump(by_http).count(address) == 3


def test_names_and_descriptions_are_as_short_as_slack_takes_them() -> None:
    made = manifest(load_texts(None))
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    for shortcut in made["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_every_scope_gives_its_reason() -> None:
    lines = manifest_text(load_texts(None)).splitlines()
    for scope, reason in SCOPES.items():
        assert f"    - {scope}  # {reason}" in lines
        assert len(reason) > 10


def test_what_is_named_in_tables_exists() -> None:
    assert all((DOOR / Path(name)).exists() for name in TABLES)
