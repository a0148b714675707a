"""The stand-in for Mattermost keeps what it is given and refuses what Mattermost refuses."""

import pytest
import requests

from tests.mattermost.made import Client, action, card, dialog, element, refused
from tests.mattermost.server import StandIn
from tests.mattermost.world import BOT
from tests.slack.limits import Json
from tests.support.clock import MovedClock

PERMISSION = (403, "api.context.permissions.app_error")


def test_posts_stand_in_their_order_and_are_edited_in_place(
    mattermost: StandIn, client: Client
) -> None:
    first = client.post("一", props=card())
    assert first.status_code == 201
    client.post("二")
    assert client.channel("u21") == client.channel("u21") != client.channel("u30")
    shown = first.json()["props"]["attachments"][0]["actions"][0]
    assert "integration" not in shown  # nobody but the server knows what a button carries
    edited = client.patch(first.json()["id"], "一、訂正", props={})
    assert (edited.status_code, edited.json()["message"]) == (200, "一、訂正")
    assert [one.message for one in mattermost.posts("u21")] == ["一、訂正", "二"]
    assert mattermost.posts("u21")[0].attachments == []
    listed = client.call("GET", f"/channels/{client.channel()}/posts").json()
    assert [listed["posts"][one]["message"] for one in listed["order"]] == ["二", "一、訂正"]
    assert client.call("DELETE", f"/posts/{first.json()['id']}").status_code == 200
    gone = client.call("GET", f"/posts/{first.json()['id']}")
    assert refused(gone) == (404, "app.post.get.app_error")
    assert refused(client.patch(first.json()["id"], "三")) == PERMISSION
    assert mattermost.everything_said().posts.count("一、訂正") == 1


def test_what_a_post_may_not_be_is_refused_and_not_kept(
    mattermost: StandIn, client: Client
) -> None:
    length = (400, "model.post.is_valid.message_length.app_error")
    props = (400, "model.post.is_valid.props.app_error")
    assert client.post("あ" * 16_383).status_code == 201
    assert refused(client.post("あ" * 16_384)) == length
    wrong: list[Json] = [
        action(id="yes.1"),
        action(name=""),
        action(style="red"),
        action(type="link"),
        action(type="select"),
        action(options=[{"text": "一", "value": "1"}]),
        action(integration={"url": "tsunagu", "context": {}}),
        action(integration=None),
        action(url="https://example.jp"),
    ]
    for one in wrong:
        assert refused(client.post("一", props=card(one))) == props, one
    assert refused(client.post("一", props=card(action(), action()))) == props  # one id twice
    assert refused(client.post("一", props=card(color="blue"))) == props
    assert refused(client.post("一", props=card(title_link="https://example.jp"))) == props
    body = (400, "api.context.invalid_body_param.app_error")
    assert refused(client.post("")) == body
    assert refused(client.call("POST", "/posts", [])) == body
    assert refused(client.post("い" * 100_001)) == (  # three bytes each
        413,
        "api.context.request_body_too_large.app_error",
    )
    assert refused(client.call("POST", "/posts", {"channel_id": "c1", "message": "一"})) == (
        PERMISSION
    )
    assert len(mattermost.posts("u21")) == 1


def test_the_same_pending_post_is_one_post_for_thirty_seconds(
    mattermost: StandIn, client: Client, clock: MovedClock
) -> None:
    ids = {client.post("一", pending_post_id="n1").json()["id"] for _ in range(2)}
    assert len(ids) == 1
    clock.move(seconds=31)
    client.post("一", pending_post_id="n1")
    assert len(mattermost.posts("u21")) == 2


def test_people_are_found_by_their_address_where_addresses_are_shown(
    mattermost: StandIn, client: Client
) -> None:
    found = client.call("GET", "/users/email/M21@example.jp").json()
    assert (found["id"], found["last_name"], found["delete_at"]) == ("u21", "田中", 0)
    nobody = client.call("GET", "/users/email/nobody@example.jp")
    assert refused(nobody) == (404, "app.user.missing_account.const")
    assert client.call("GET", "/users/u99").json()["delete_at"] > 0
    assert refused(client.call("GET", "/users/u00"))[0] == 404
    page = client.call("GET", "/users", page="1", per_page="2").json()
    assert [one["username"] for one in page] == ["tsunagu", "u99"]
    mattermost.world.shows_email = False
    assert client.call("GET", "/users/u21").json()["email"] == ""
    hidden = client.call("GET", "/users/email/m21@example.jp")
    assert refused(hidden) == (403, "api.user.get_user_by_email.permissions.app_error")
    unknown = client.call("POST", "/channels/direct", [BOT, "u00"])
    assert refused(unknown) == (400, "api.channel.create_direct_channel.invalid_user.app_error")
    assert refused(client.call("POST", "/channels/direct", ["u21", "u30"])) == PERMISSION
    assert client.post("一", user="u99").status_code == 201  # nothing tells that nobody reads it


def test_a_token_that_counts_no_longer_and_what_is_nowhere(
    mattermost: StandIn, client: Client
) -> None:
    assert client.call("GET", "/users/me").json()["is_bot"] is True
    mattermost.revoke()
    expired = client.call("GET", "/users/me")
    assert refused(expired) == (401, "api.context.session_expired.app_error")
    assert client.call("GET", "/system/ping").json() == {"status": "OK"}  # for anybody
    assert client.call("GET", "/config/client", format="old").json()["Version"]
    assert refused(client.call("GET", "/nowhere"))[0] == 404
    assert refused(client.call("DELETE", "/users/me"))[0] == 405


def test_the_time_to_edit_is_over_for_other_words_alone(
    mattermost: StandIn, client: Client, clock: MovedClock
) -> None:
    post = client.post("一", props=card()).json()["id"]
    mattermost.world.edit_limit = 300
    clock.move(minutes=6)
    late = (400, "api.post.update_post.permissions_time_limit.app_error")
    assert refused(client.patch(post, "二")) == late
    assert client.patch(post, "一", props={}).status_code == 200


def test_dialogs_have_their_limits_in_bytes_and_a_trigger_its_life(
    mattermost: StandIn, client: Client, clock: MovedClock
) -> None:
    world = mattermost.world
    wrong: list[Json] = [
        dialog(title="九つの文字の題名です"),
        dialog(title=""),
        dialog(element(), element()),
        dialog(element(display_name="九つの文字の題名です")),
        dialog(element(help_text="あ" * 51)),
        dialog(element(default="maybe")),
        dialog(element(options=[])),
        dialog(element(type="date")),
        dialog(element(type="text", options=None, default="あ" * 51)),
        dialog(element(type="textarea", options=None, min_length=3, max_length=2)),
        dialog(blocks=[]),
    ]
    for one in wrong:
        answer = client.open_dialog(world.new_trigger("u21", "c"), one)
        assert refused(answer) == (400, "api.context.invalid_body_param.app_error"), one
    assert world.dialogs == {}
    trigger = world.new_trigger("u21", "c")
    assert refused(client.open_dialog(trigger, dialog(), url=""))[0] == 400
    assert client.open_dialog(trigger, dialog()).status_code == 200
    clock.move(seconds=4)
    expired = (400, "interactive_message.decode_trigger_id.expired")
    assert refused(client.open_dialog(trigger, dialog())) == expired
    assert refused(client.open_dialog("guessed", dialog()))[0] == 400


def test_the_rate_limit_is_told_in_headers_and_drips_away(
    mattermost: StandIn, client: Client, clock: MovedClock
) -> None:
    assert "X-RateLimit-Limit" not in client.call("GET", "/users/me").headers  # as installed
    mattermost.rates.strict(per_second=2, burst=1)
    first = client.call("GET", "/users/me").headers
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("2", "1")
    client.call("GET", "/users/me")
    third = client.call("GET", "/users/me")
    assert (third.status_code, third.text, third.headers["Retry-After"]) == (
        429,
        "limit exceeded\n",
        "1",
    )
    clock.move(seconds=0.5)
    assert client.call("GET", "/users/me").status_code == 200
    assert client.call("GET", "/users/me").status_code == 429


def test_faults_come_as_planned(mattermost: StandIn, client: Client) -> None:
    mattermost.fail("posts.create", status=429, retry_after=7)
    assert client.post("一").headers["Retry-After"] == "7"
    mattermost.fail("posts.create", status=502)
    assert client.post("一").text.startswith("<html>")
    mattermost.error("users.me", 403, "api.x", times=1)
    assert refused(client.call("GET", "/users/me")) == (403, "api.x")
    mattermost.drop("posts.create", arrives=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.post("届く")
    hanging = mattermost.hang("users.me", where={})
    with pytest.raises(requests.exceptions.RequestException):
        client.call("GET", "/users/me", timeout=0.1)
    hanging.release()
    assert hanging.began.is_set()
    assert client.post("二").status_code == 201
    assert [one.message for one in mattermost.posts("u21")] == ["届く", "二"]
    assert [call.status for call in mattermost.called("posts.create")] == [429, 502, 0, 201]
