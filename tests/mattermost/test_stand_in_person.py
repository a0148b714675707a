"""What people do in the stand-in for Mattermost reaches a product as from Mattermost."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.mattermost.made import Client, action, card, dialog, element
from tests.mattermost.outgoing import NotAcknowledged, odd_bodies
from tests.mattermost.server import StandIn
from tests.slack.limits import Json


class Told:
    """A product that keeps what it is told, and answers what it was set to."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Json, str]] = []  # path, body or form, Authorization
        self.answer: Json = {}
        self.status = 200

    def __call__(self, environ: Json, start: Any) -> Iterable[bytes]:
        asked = Request(environ)
        body = json.loads(asked.get_data()) if asked.is_json else asked.form.to_dict()
        self.requests.append((asked.path, body, asked.headers.get("Authorization", "")))
        return Response(json.dumps(self.answer), status=self.status)(environ, start)


def test_a_press_carries_its_context_who_pressed_and_a_trigger(
    mattermost: StandIn, client: Client
) -> None:
    told = Told()
    person = mattermost.person("u21", mattermost.outgoing(told))
    client.post("日程", props=card(action(), action("×", id="no")))
    told.answer = {"update": {"message": "済み", "props": {}}, "ephemeral_text": "受けました"}
    person.press("×", beside="どうしますか")
    path, body, authorization = told.requests[-1]
    assert (path, authorization) == ("/mattermost/press", "")  # nothing is signed
    assert (body["user_id"], body["context"]) == ("u21", {"token": "t"})
    assert client.open_dialog(body["trigger_id"], dialog()).status_code == 200
    assert "済み" in person.screen_text()
    assert "受けました" in person.screen_text()
    other = mattermost.person("u30", mattermost.outgoing(told))
    assert other.screen_text() == ""  # what is ephemeral nobody else sees, nor another's channel
    told.answer, told.status = {}, 500
    with pytest.raises(NotAcknowledged):
        person.press("×")


def test_a_dialog_stays_open_with_what_is_wrong(mattermost: StandIn, client: Client) -> None:
    told = Told()
    person = mattermost.person("u21", mattermost.outgoing(told))
    trigger = mattermost.world.new_trigger("u21", "c")
    client.open_dialog(trigger, dialog(element(), callback_id="dates", state="s"))
    assert "12/8(火) 10:00\n○\n×" in person.screen_text()
    with pytest.raises(AssertionError, match="still empty"):
        person.hand_in()
    person.fill({"12/8(火) 10:00": "○"})
    told.answer = {"errors": {"when": "締め切りました"}}
    person.hand_in()
    assert "締め切りました" in person.screen_text()
    told.answer = {}
    person.hand_in()
    assert person.dialog is None
    _, body, _ = told.requests[-1]
    assert body["submission"] == {"when": "yes"}
    assert (body["type"], body["state"], body["user_id"]) == ("dialog_submission", "s", "u21")


def test_a_command_comes_as_a_form_with_its_token(mattermost: StandIn) -> None:
    told = Told()
    person = mattermost.person("u21", mattermost.outgoing(told))
    told.answer = {"text": "メニュー", **card()}
    person.type("R8-0012")
    path, form, authorization = told.requests[-1]
    assert path == "/mattermost/command"
    assert (form["command"], form["text"], form["user_id"]) == ("/tsunagu", "R8-0012", "u21")
    assert authorization == f"Token {form['token']}" == f"Token {mattermost.command_token}"
    person.press("○", beside="メニュー")
    assert told.requests[-1][0] == "/mattermost/press"
    told.answer = card(action(id="a.b"))
    with pytest.raises(AssertionError):
        person.type()
    assert "very deep" in odd_bodies("u21")
