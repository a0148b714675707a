"""docs/dev/errors.md: what each error shows on a page, in each chat, on the shell."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

import bot
from handlers.cli.commands import CannotListen, run_commands
from handlers.lineworks.answering import EventAnswers as LineworksAnswers
from handlers.lineworks.api import Api as LineworksApi
from handlers.lineworks.door import PRESSED as LINEWORKS_PRESSED
from handlers.lineworks.door import LineworksDoor
from handlers.lineworks.event import Event
from handlers.lineworks.rooms import Rooms
from handlers.mattermost.answering import Answers as MattermostAnswers
from handlers.mattermost.api import Api as MattermostApi
from handlers.mattermost.door import PRESSED as MATTERMOST_PRESSED
from handlers.mattermost.door import SUBMITTED as MATTERMOST_SUBMITTED
from handlers.mattermost.door import MattermostDoor
from handlers.runtime.tokens import BadToken, Tokens
from handlers.settings import BadSetting, Settings
from handlers.settings.lineworks import LineworksSettings
from handlers.settings.mattermost import MattermostSettings
from handlers.slack.api import Api as SlackApi
from handlers.slack.door import PRESSED as SLACK_PRESSED
from handlers.slack.door import SUBMITTED, SlackDoor
from handlers.slack.requests.answering import RequestAnswers as SlackAnswers
from handlers.web.door import NotSignedIn, SentBefore
from handlers.words.words import BadTemplate
from storage.refused import DatabaseRefused
from tests.support.people import CLERK
from tests.support.town import FORMS, TownHall
from tests.support.web import TEXTS, Seat, TownSeat, web_app
from workflows.core.errors import (
    AlreadyDone,
    CannotOpen,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Overtaken,
    Refused,
)
from workflows.core.ports import CannotStore
from workflows.forms import FieldError
from workflows.forms.shape import BadForm

ROOT = Path(__file__).parent.parent.parent
PLACES = (
    *("page", "Slack: pressed", "Slack: handed in", "LINE WORKS"),
    *("Mattermost: pressed", "Mattermost: handed in", "command line"),
)
NONE = "–"
COMMAND = ["broken", "list"]
VERB = "raises_what_the_table_names"

RAISED: dict[str, Callable[[], Exception]] = {
    "Refused": lambda: Refused("reply.carried"),
    "NotAllowed": lambda: NotAllowed("denied.reply"),
    "NotFound": lambda: NotFound("not_found.case"),
    "CannotOpen": lambda: CannotOpen("not_found.meeting"),
    "Invalid": lambda: Invalid([FieldError("answer", "form.control", {})]),
    "Conflict": lambda: Conflict("already_done"),
    "AlreadyDone": lambda: AlreadyDone("already_done"),
    "Overtaken": lambda: Overtaken("already_done"),
    "SentBefore": lambda: SentBefore(None),
    "NotSignedIn": NotSignedIn,
    "BadToken": BadToken,
    "CannotStore": lambda: CannotStore("disk_full"),
    "BadSetting": lambda: BadSetting("setting.env_unreadable", place=".env"),
    "DatabaseRefused": lambda: DatabaseRefused("database.no_town"),
    "BadForm": lambda: BadForm("here", form="sheet"),
    "BadTemplate": lambda: BadTemplate("here"),
    "CannotListen": lambda: CannotListen("cli.trouble.port_taken", host="127.0.0.1", port=1),
    "anything else": lambda: RuntimeError("somebody's words"),
}


def table() -> dict[str, dict[str, str]]:
    """By error and place: the first word of the cell, a status or what is shown."""
    text = (ROOT / "docs/dev/errors.md").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == len(PLACES) + 1 and cells[0] not in ("error", "---"):
            shown = [re.match(r"`(\w+)`|–", cell) for cell in cells[1:]]
            assert all(shown), line
            found[cells[0].strip("`")] = {
                place: (match[1] or NONE) if match else NONE
                for place, match in zip(PLACES, shown, strict=True)
            }
    return found


def places(place: str) -> list[tuple[str, str]]:
    return [(error, cells[place]) for error, cells in table().items() if cells[place] != NONE]


def raising(error: str) -> Callable[..., NoReturn]:
    def fails(*_: object, **__: object) -> NoReturn:
        raise RAISED[error]()

    return fails


def test_the_table_names_every_error_that_a_workflow_has_and_no_other() -> None:
    """Whoever adds a kind of Refused says here what it shows."""
    kinds = {Refused}
    while more := {sub for kind in kinds for sub in kind.__subclasses__()} - kinds:
        kinds |= more
    ours = {kind.__name__ for kind in kinds if kind.__module__ == "workflows.core.errors"}
    assert table().keys() == RAISED.keys()
    assert ours <= RAISED.keys()


def test_a_page_answers_as_the_table_says(hall: TownHall) -> None:
    local, town = web_app(hall), web_app(hall, town=True)
    seat = Seat(local, CLERK)
    inbox, _ = local.url_map.bind("localhost").match("/", method="GET")
    for error, status in places("page"):
        if error == "BadToken":
            assert seat.get("/a/nothing").status_code == int(status)
        elif error == "NotSignedIn":
            assert TownSeat(town).get("/").status_code == int(status)
        else:
            local.view_functions[inbox] = raising(error)
            shown = seat.get("/")
            assert shown.status_code == int(status), error
            assert "somebody's words" not in shown.get_data(as_text=True)


def slack_answers(hall: TownHall) -> tuple[SlackDoor, SlackAnswers]:
    door = SlackDoor(
        desk=hall.desk,
        texts=TEXTS,
        forms=FORMS,
        settings=cast(Any, None),
        tokens=Tokens(b"only for tests"),
        page_of=lambda action: "",
        slack=cast(Any, None),
        api=SlackApi("xoxb-none", "https://slack.example"),
    )
    return door, SlackAnswers(door, lambda *_: CLERK)


def kind_of(error: str, answer: Callable[[], object]) -> str:
    """What a door makes of it: the kind of its answer, or that it leaves it to the runner."""
    raised = RAISED[error]()
    try:
        shown = answer()
    except type(raised):
        return "raised"
    return "nothing" if shown is None else type(shown).__name__


def test_slack_answers_as_the_table_says(hall: TownHall, monkeypatch: pytest.MonkeyPatch) -> None:
    door, answers = slack_answers(hall)
    body = {"user": {"id": "U1"}, "team": {"id": "T1"}}
    token = {"v": VERB, "s": "", "i": ""}
    for error, shown in places("Slack: pressed"):
        monkeypatch.setitem(SLACK_PRESSED, VERB, raising(error))
        press = {"type": "button", "action_id": "a", "action_ts": "1", "block_id": "b"}
        found = kind_of(error, lambda: answers.pressed(body, press, token))  # noqa: B023
        assert found == shown, error
    for error, shown in places("Slack: handed in"):
        monkeypatch.setitem(SUBMITTED, VERB, raising(error))
        memory = door.tokens.seal("modal", {})
        view: dict[str, Any] = {
            "id": "V1",
            "hash": "1",
            "callback_id": VERB,
            "type": "modal",
            "blocks": [],
        }
        view |= {"private_metadata": memory, "state": {"values": {}}}
        found = kind_of(error, lambda: answers.submitted({**body, "view": view}))  # noqa: B023
        assert found == shown, error


def test_mattermost_answers_as_the_table_says(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = MattermostSettings("https://chat.example.jp", "t", "c")
    door = MattermostDoor(
        desk=hall.desk,
        texts=TEXTS,
        forms=FORMS,
        settings=cast(Any, None),
        tokens=Tokens(b"only for tests"),
        page_of=lambda action: "",
        mattermost=settings,
        api=MattermostApi(settings),
    )
    answers = MattermostAnswers(door, lambda *_: CLERK)
    token = {"v": VERB, "s": "", "i": ""}
    for error, shown in places("Mattermost: pressed"):
        monkeypatch.setitem(MATTERMOST_PRESSED, VERB, raising(error))
        found = kind_of(error, lambda: answers.pressed("u1", token, "e1", None))
        assert found == shown, error
    monkeypatch.setattr(answers, "member_of", lambda user: CLERK)  # it is linked
    for error, shown in places("Mattermost: handed in"):
        monkeypatch.setitem(MATTERMOST_SUBMITTED, VERB, raising(error))
        found = kind_of(error, lambda: answers.handed_in("u1", token, {}, "e1"))
        assert found == shown, error


def test_line_works_answers_as_the_table_says(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = LineworksSettings("1", "s", "c", "s", "a", Path("key"), "no key")
    door = LineworksDoor(
        desk=hall.desk,
        texts=TEXTS,
        forms=FORMS,
        settings=cast(Any, None),
        tokens=Tokens(b"only for tests"),
        page_of=lambda action: "",
        lineworks=settings,
        api=LineworksApi(settings, hall.desk.now),
    )
    answers = LineworksAnswers(door, Rooms(lambda: None, lambda _: None), lambda *_: CLERK)
    for error, shown in places("LINE WORKS"):
        monkeypatch.setitem(LINEWORKS_PRESSED, VERB, raising(error))
        token = "none of ours" if error == "BadToken" else door.token(VERB)
        event = Event("postback", "U1", "", "", token, "1", datetime.now().astimezone())
        found = kind_of(error, lambda: answers.of(event, error).contents)  # noqa: B023
        assert found == {"sentence": "tuple"}.get(shown, shown), error
        if shown == "sentence":
            assert answers.of(event, error).contents, error


class RefusingWiring(bot.CommandLineWiring):
    """The database of every command is refused."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self._open = raising(error)

    def open(self, settings: Settings, *, new: bool = False) -> NoReturn:
        self._open()


def test_a_command_ends_as_the_table_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODE", "local")
    for error, status in places("command line"):
        wiring = RefusingWiring(error)
        if status == "raised":
            with pytest.raises(RuntimeError):
                run_commands(tmp_path, wiring, DatabaseRefused, COMMAND)
            continue
        ended = run_commands(tmp_path, wiring, DatabaseRefused, COMMAND)
        assert ended == int(status), error
        assert capfd.readouterr().err.strip(), error
