"""The stand-in for Slack refuses what Slack refuses: each method and error, by Slack's client."""

import json
import urllib.error
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.endpoints import SignedHttp
from tests.slack.limits import Json
from tests.slack.made import client_of, modal, refused, section
from tests.slack.server import StandIn
from tests.slack.world import BOT_USER
from tests.support.clock import MovedClock


def test_a_message_is_kept_changed_and_taken_away(slack: StandIn, client: WebClient) -> None:
    meta = {"event_type": "card", "event_payload": {"id": "x"}}
    posted = client.chat_postMessage(channel="C1", text="はい", metadata=meta)
    client.chat_update(channel="C1", ts=posted["ts"], text="いいえ", blocks=[section()])
    kept = client.conversations_history(channel="C1", include_all_metadata=True, limit=1)
    assert kept["messages"][0]["text"] == "いいえ"
    assert kept["messages"][0]["metadata"] == meta
    assert kept["messages"][0]["edited"]["user"] == BOT_USER
    assert "metadata" not in client.conversations_history(channel="C1")["messages"][0]
    at = {"oldest": posted["ts"], "latest": posted["ts"]}
    assert client.conversations_history(channel="C1", **at)["messages"] == []
    assert client.conversations_history(channel="C1", inclusive=True, **at)["messages"] != []
    client.chat_update(channel="C1", ts=posted["ts"], text="文字だけ")
    assert slack.messages("C1")[0]["blocks"] == [], "text alone takes the blocks away"
    client.chat_delete(channel="C1", ts=posted["ts"])
    assert slack.messages("C1") == []


def test_text_is_cut_at_40_000_and_refused_over_4_000_bytes_in_an_update(
    slack: StandIn, client: WebClient
) -> None:
    posted = client.chat_postMessage(channel="C1", text="あ" * 40_001)
    assert len(slack.messages("C1")[0]["text"]) == 40_000
    change = {"channel": "C1", "ts": posted["ts"]}
    client.chat_update(text="あ" * 1_333, **change)
    assert refused(client.chat_update, text="あ" * 1_334, **change) == "msg_too_long"


@pytest.mark.parametrize(
    ("error", "args"),
    [
        ("channel_not_found", {"channel": "C9"}),
        ("channel_not_found", {"channel": "GFAR"}),
        ("channel_not_found", {"channel": "U99"}),
        ("cannot_dm_bot", {"channel": "UBOT"}),
        ("invalid_blocks", {"channel": "C1", "blocks": [section("")]}),
        ("invalid_blocks_format", {"channel": "C1", "blocks": {"type": "section"}}),
        ("msg_blocks_too_long", {"channel": "C1", "blocks": [section("あ" * 2500)] * 5}),
        ("msg_blocks_too_long", {"channel": "C1", "blocks": [section("あ" * 200)] * 45}),
        ("invalid_metadata_format", {"channel": "C1", "metadata": {"event_type": "x"}}),
        ("thread_not_found", {"channel": "C1", "thread_ts": "1.1"}),
    ],
)
def test_a_message_is_refused_with_the_word_of_slack(
    client: WebClient, error: str, args: Json
) -> None:
    assert refused(client.chat_postMessage, **({"text": "はい"} | args)) == error


def test_a_message_without_a_word_is_refused(client: WebClient) -> None:
    args = {"api_method": "chat.postMessage", "json": {"channel": "C1", "text": " "}}
    assert refused(client.api_call, **args) == "no_text"


def test_a_form_is_understood_like_json(slack: StandIn, client: WebClient) -> None:
    form = {"channel": "C1", "text": "はい", "blocks": json.dumps([section()])}
    client.api_call("chat.postMessage", data=form)
    assert slack.messages("C1")[0]["blocks"][0]["type"] == "section"
    broken = {"api_method": "chat.postMessage", "data": form | {"blocks": "[{"}}
    assert refused(client.api_call, **broken) == "invalid_blocks_format"


def test_a_refusal_points_at_the_place(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as why:
        client.chat_postMessage(channel="C1", text="x", blocks=[section(), section("あ" * 3001)])
    told = why.value.response["response_metadata"]["messages"]
    where = "[json-pointer:/blocks/1/text/text]"
    assert told == [f"[ERROR] must be less than 3001 characters {where}"]


def test_a_public_channel_is_written_to_only_from_inside_or_with_its_scope(
    slack: StandIn, client: WebClient
) -> None:
    client.chat_postMessage(channel="CFAR", text="はい")
    slack.take_scope("chat:write.public")
    assert refused(client.chat_postMessage, channel="CFAR", text="はい") == "not_in_channel"


def test_only_its_own_messages_are_changed(slack: StandIn, client: WebClient) -> None:
    person = slack.person("U21", SignedHttp("", ""))
    other = person.say("C1", "私の発言")["ts"]
    assert refused(client.chat_update, channel="C1", ts=other, text="x") == "cant_update_message"
    assert refused(client.chat_delete, channel="C1", ts=other) == "cant_delete_message"
    assert refused(client.chat_update, channel="C1", ts="1.1", text="x") == "message_not_found"


def test_an_archived_channel_takes_nothing(slack: StandIn, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C1", text="はい")["ts"]
    slack.archive("C1")
    assert refused(client.chat_postMessage, channel="C1", text="x") == "is_archived"
    assert refused(client.chat_update, channel="C1", ts=ts, text="x") == "is_archived"
    assert refused(client.conversations_invite, channel="C1", users="U30") == "is_archived"
    assert refused(client.conversations_archive, channel="C1") == "already_archived"
    client.conversations_unarchive(channel="C1")
    client.chat_postMessage(channel="C1", text="x")


def test_a_private_channel_has_a_life(slack: StandIn, client: WebClient) -> None:
    made = client.conversations_create(name="会議-r8-0012", is_private=True)["channel"]
    assert made["is_private"] is True
    client.conversations_invite(channel=made["id"], users="U21,U30")
    client.conversations_setTopic(channel=made["id"], topic="支援会議")
    client.conversations_rename(channel=made["id"], name="会議-r8-0012-済")
    client.conversations_kick(channel=made["id"], user="U30")
    assert client.conversations_members(channel=made["id"])["members"] == [BOT_USER, "U21"]
    found = client.conversations_list(types="private_channel", exclude_archived=True)["channels"]
    assert [one["name"] for one in found] == ["会議-r8-0012-済"]
    assert client.conversations_info(channel=made["id"])["channel"]["topic"]["value"] == "支援会議"


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations_create", {"name": "renkei"}, "name_taken"),
        ("conversations_create", {"name": "大文字A"}, "invalid_name_specials"),
        ("conversations_create", {"name": "a b"}, "invalid_name_specials"),
        ("conversations_create", {"name": "a" * 81}, "invalid_name_maxlength"),
        ("conversations_create", {"name": "--"}, "invalid_name_punctuation"),
        ("conversations_create", {"name": ""}, "invalid_name_required"),
        ("conversations_invite", {"channel": "C1", "users": "U21"}, "already_in_channel"),
        ("conversations_invite", {"channel": "C1", "users": "U99"}, "user_not_found"),
        ("conversations_invite", {"channel": "C1", "users": "UGONE"}, "user_not_found"),
        ("conversations_invite", {"channel": "C1", "users": BOT_USER}, "cant_invite_self"),
        ("conversations_invite", {"channel": "CFAR", "users": "U30"}, "not_in_channel"),
        ("conversations_kick", {"channel": "C1", "user": "U30"}, "not_in_channel"),
        ("conversations_archive", {"channel": "CFAR"}, "not_in_channel"),
        ("conversations_rename", {"channel": "C1", "name": "b"}, "not_authorized"),
        ("conversations_setTopic", {"channel": "C1", "topic": "あ" * 251}, "too_long"),
        ("conversations_unarchive", {"channel": "C1"}, "not_archived"),
        ("conversations_join", {"channel": "GFAR"}, "channel_not_found"),
        ("conversations_history", {"channel": "CFAR"}, "not_in_channel"),
        ("conversations_replies", {"channel": "C1", "ts": "1.1"}, "thread_not_found"),
        ("conversations_info", {"channel": "C9"}, "channel_not_found"),
        ("conversations_list", {"cursor": "nowhere"}, "invalid_cursor"),
        ("conversations_open", {"users": "UGONE"}, "user_disabled"),
        ("conversations_open", {"users": "U99"}, "user_not_found"),
        ("conversations_open", {"users": "UBOT"}, "cannot_dm_bot"),
        ("conversations_open", {"users": ""}, "users_list_not_supplied"),
        ("users_info", {"user": "U99"}, "user_not_found"),
        ("users_lookupByEmail", {"email": "gone@example.jp"}, "users_not_found"),
        ("bots_info", {"bot": "B9"}, "bot_not_found"),
        ("files_info", {"file": "F9"}, "file_not_found"),
        ("chat_getPermalink", {"channel": "C1", "message_ts": "1.1"}, "message_not_found"),
        (
            "chat_postEphemeral",
            {"channel": "C1", "user": "U30", "text": "x"},
            "user_not_in_channel",
        ),
        ("views_update", {"view_id": "V9", "view": modal()}, "not_found"),
        ("views_open", {"trigger_id": "1.2.x", "view": modal()}, "invalid_trigger_id"),
        (
            "views_publish",
            {"user_id": "U99", "view": {"type": "home", "blocks": []}},
            "invalid_arguments",
        ),
        ("views_publish", {"user_id": "U21", "view": modal()}, "invalid_arguments"),
        ("reactions_add", {"channel": "C1", "name": "x", "timestamp": "1.1"}, "unknown_method"),
    ],
)
def test_a_call_is_refused_with_the_word_of_slack(
    client: WebClient, method: str, args: Json, error: str
) -> None:
    assert refused(getattr(client, method), **args) == error


def test_people_are_found_page_by_page_and_by_their_address(client: WebClient) -> None:
    pages = [page["members"] for page in client.users_list(limit=2)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert client.users_lookupByEmail(email="M21@example.jp")["user"]["id"] == "U21"
    assert client.users_info(user="UGONE")["user"]["deleted"] is True
    assert client.team_info()["team"]["domain"] == "tsunagino"
    assert client.bots_info()["bot"]["user_id"] == BOT_USER


def test_a_message_to_somebody_deactivated_is_taken_without_a_word(
    slack: StandIn, client: WebClient
) -> None:
    """As Slack does (slackapi/python-slack-sdk#1156): only users.info tells."""
    client.chat_postMessage(channel="U21", text="はい")
    slack.deactivate("U21")
    client.chat_postMessage(channel="U21", text="はい")
    assert len(slack.dm("U21")) == 2


def test_a_file_arrives_in_the_channel(slack: StandIn, client: WebClient) -> None:
    client.files_upload_v2(channel="C1", content=b"BEGIN:VCALENDAR", filename="kaigi.ics")
    (message,) = slack.messages("C1")
    (file,) = message["files"]
    assert slack.world.files[file["id"]].content == b"BEGIN:VCALENDAR"
    slack.archive("C1")
    assert (
        refused(client.files_upload_v2, channel="C1", content=b"x", filename="x") == "is_archived"
    )


def test_a_picture_must_be_where_slack_finds_it(
    slack: StandIn, client: WebClient, clock: MovedClock
) -> None:
    """A file stands in a block only when Slack has looked through it, a little later."""
    slack.world.file_delay = timedelta(seconds=2)
    found = client.files_upload_v2(content=b"PNG", filename="week.png")["file"]["id"]
    drawn = {"type": "image", "alt_text": "図", "slack_file": {"id": found}}
    args: Json = {"channel": "C1", "text": "図", "blocks": [drawn]}
    assert refused(client.chat_postMessage, **args) == "invalid_blocks"
    assert client.files_info(file=found)["file"]["mimetype"] == ""
    clock.move(seconds=2)
    assert client.files_info(file=found)["file"]["mimetype"] == "image/png"
    client.chat_postMessage(**args)
    linked = {"type": "image", "alt_text": "図", "image_url": "https://town.example.jp/a.png"}
    args = {"channel": "C1", "text": "図", "blocks": [section(accessory=linked)]}
    assert refused(client.chat_postMessage, **args) == "invalid_blocks"
    slack.world.pictures.add("https://town.example.jp/a.png")
    client.chat_postMessage(**args)


def test_email_and_calls_need_their_scopes(slack: StandIn, client: WebClient) -> None:
    slack.take_scope("users:read.email", "groups:write", "channels:history")
    assert "email" not in client.users_info(user="U21")["user"]["profile"]
    assert refused(client.users_lookupByEmail, email="m21@example.jp") == "missing_scope"
    assert refused(client.conversations_history, channel="C1") == "missing_scope"
    with pytest.raises(SlackApiError) as why:
        client.conversations_create(name="a", is_private=True)
    assert why.value.response["needed"] == "groups:write"
    assert "groups:write" not in client.auth_test().headers["x-oauth-scopes"]


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_token_that_no_longer_counts_is_told(
    slack: StandIn, client: WebClient, error: str
) -> None:
    slack.revoke(error)
    assert refused(client.auth_test) == error
    slack.mend()
    client.auth_test()


def test_a_wrong_token_is_told_apart(slack: StandIn) -> None:
    assert refused(WebClient("xoxb-x", base_url=slack.api).auth_test) == "invalid_auth"
    assert refused(WebClient(base_url=slack.api).auth_test) == "not_authed"
    swapped = WebClient(slack.app_token, base_url=slack.api)
    assert refused(swapped.auth_test) == "not_allowed_token_type"


# -- rates and faults -----------------------------------------------------------------------------


def waits(call: Callable[..., Any], **args: Any) -> int:
    """How long Slack asks to wait."""
    with pytest.raises(SlackApiError) as why:
        call(**args)
    assert (why.value.response.status_code, why.value.response["error"]) == (429, "ratelimited")
    return int(why.value.response.headers["Retry-After"])


def test_one_message_a_second_a_channel(
    slack: StandIn, client: WebClient, clock: MovedClock
) -> None:
    slack.rates.strict()
    client.chat_postMessage(channel="C1", text="1")
    client.chat_postMessage(channel="CFAR", text="another channel is not held up")
    assert waits(client.chat_postMessage, channel="C1", text="2") == 1
    clock.move(seconds=1)
    client.chat_postMessage(channel="C1", text="2")
    assert [one["text"] for one in slack.messages("C1")] == ["1", "2"]


def test_a_tier_counts_a_minute(slack: StandIn, client: WebClient, clock: MovedClock) -> None:
    slack.rates.strict()
    for _ in range(20):
        client.users_list()
    clock.move(seconds=20)
    assert waits(client.users_list) == 40
    client.users_info(user="U21")
    clock.move(seconds=40)
    client.users_list()
    slack.rates.off()
    for _ in range(21):
        client.users_list()


def test_a_story_on_a_standing_clock_has_room(slack: StandIn, client: WebClient) -> None:
    for _ in range(30):
        client.chat_postMessage(channel="C1", text="はい")


def test_a_planned_fault_comes_as_often_as_planned(slack: StandIn, client: WebClient) -> None:
    slack.fail("chat.postMessage", 503, times=2, where={"channel": "C1"})
    client.chat_postMessage(channel="CFAR", text="elsewhere")
    for _ in range(2):
        with pytest.raises(SlackApiError) as why:
            client.chat_postMessage(channel="C1", text="x")
        assert why.value.response.status_code == 503
    client.chat_postMessage(channel="C1", text="x")
    slack.fail("chat.update", 429, retry_after=7)
    assert waits(client.chat_update, channel="C1", ts="1.1", text="x") == 7
    slack.error("views.open", "internal_error")
    assert refused(client.views_open, trigger_id="x", view=modal()) == "internal_error"
    assert len(slack.called("chat.postMessage", channel="C1")) == 3


@pytest.mark.parametrize("arrives", [True, False])
def test_a_call_without_an_answer_may_have_arrived(slack: StandIn, arrives: bool) -> None:
    hanging = slack.hang("chat.postMessage", arrives=arrives)
    hasty = client_of(slack, timeout=0.1)
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel="C1", text="はい")
    hanging.release()
    assert len(slack.messages("C1")) == arrives
    slack.drop("chat.postMessage", arrives=arrives)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        hasty.chat_postMessage(channel="C1", text="はい")
    assert len(slack.messages("C1")) == 2 * arrives
