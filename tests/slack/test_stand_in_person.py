"""Somebody at Slack's screen: what the product is sent, and which of its answers Slack takes."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from tests.slack.endpoints import SignedHttp
from tests.slack.limits import Json
from tests.slack.made import (
    actions,
    button,
    field,
    many,
    modal,
    option,
    refused,
    section,
    select,
    words,
)
from tests.slack.person import NotAcknowledged, Person, SlackWouldRefuse, at_once
from tests.slack.screen import REQUIRED
from tests.slack.server import StandIn
from tests.slack.world import BOT_USER, STACK
from tests.support.clock import MovedClock


class Product:
    """An app of a few lines that does what a test says and keeps what it was sent."""

    def __init__(self, slack: StandIn) -> None:
        self.heard: list[Json] = []
        self.retries: list[str | None] = []
        self.answer: Callable[[Json], Any] = lambda payload: ""
        verifier = SignatureVerifier(slack.signing_secret)
        self.flask = Flask("product")

        @self.flask.post("/slack/events")
        def take() -> Any:
            if not verifier.is_valid_request(request.get_data(), dict(request.headers)):
                return "", 401
            body = request.get_json() if request.is_json else dict(request.form)
            payload = json.loads(body["payload"]) if "payload" in body else body
            self.heard.append(payload)
            self.retries.append(request.headers.get("X-Slack-Retry-Num"))
            return self.answer(payload)


@pytest.fixture
def product(slack: StandIn) -> Product:
    return Product(slack)


@pytest.fixture
def person(slack: StandIn, product: Product) -> Person:
    return slack.person("U21", SignedHttp(product.flask, slack.signing_secret))


def opens(client: WebClient, view: Json) -> Callable[[Json], str]:
    """An answer that opens a view with the trigger it was given."""

    def answer(payload: Json) -> str:
        client.views_open(trigger_id=payload["trigger_id"], view=view)
        return ""

    return answer


FORM = modal(
    field(),
    field(select(option("高"), option("低")), block_id="c", label=words("緊急度"), optional=True),
    field(
        {"type": "datepicker", "action_id": "d"}, block_id="d", label=words("期日"), optional=True
    ),
    field(
        {"type": "checkboxes", "action_id": "k", "options": [option("甲"), option("乙")]},
        block_id="k",
        label=words("困りごと"),
        optional=True,
    ),
    actions(button("次へ", value="v"), block_id="acts"),
)


def test_a_form_is_filled_sent_and_closed(
    client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, FORM)
    person.command("/tsunagu", "new")
    assert product.heard[-1]["command"] == "/tsunagu"
    product.answer = lambda payload: ""
    person.submit()
    assert person.errors == {"氏名": REQUIRED}, "Slack itself asks for what is required"
    assert len(product.heard) == 1
    person.fill({"氏名": "山田", "緊急度": "低", "困りごと": ["甲", "乙"]})
    person.submit()
    sent = product.heard[-1]
    values = sent["view"]["state"]["values"]
    assert values["b"]["type"] == {"type": "plain_text_input", "value": "山田"}
    assert values["c"]["pick"]["selected_option"]["value"] == "低"
    assert values["d"]["d"] == {"type": "datepicker", "selected_date": None}
    assert [one["value"] for one in values["k"]["k"]["selected_options"]] == ["甲", "乙"]
    assert (sent["type"], sent["user"]["id"]) == ("view_submission", "U21")
    assert person.view is None


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(
    client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, FORM)
    person.global_shortcut("new")
    person.fill({"氏名": "山田", "期日": "2026-11-30"})
    product.answer = lambda payload: {"response_action": "errors", "errors": {"b": "だめです"}}
    person.submit()
    assert person.errors == {"氏名": "だめです"}
    assert person.view is not None
    assert person.view.inputs["氏名"] == "山田"
    assert "2026-11-30" in person.screen_text()


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"acts": "no field"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": modal(title=words("あ" * 25))},
        {"response_action": "shrug"},
        {"ok": True},
        "OK",
    ],
)
def test_an_answer_that_slack_would_not_take_is_told(
    client: WebClient, product: Product, person: Person, answer: Any
) -> None:
    product.answer = opens(client, FORM)
    person.global_shortcut("new")
    person.fill({"氏名": "山田"})
    product.answer = lambda payload: answer
    with pytest.raises(SlackWouldRefuse):
        person.submit()


def test_an_update_keeps_what_was_typed_where_both_ids_stay(
    client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, FORM)
    person.global_shortcut("new")
    person.fill({"氏名": "山田", "緊急度": "高"})
    fresh = {"type": "plain_text_input", "action_id": "type", "initial_value": "上書き"}
    other = select(option("高"), option("低"), action_id="another")

    def answer(payload: Json) -> str:
        view = modal(field(fresh), field(other, block_id="c", label=words("緊急度")))
        seen = payload["view"]
        client.views_update(view_id=seen["id"], hash=seen["hash"], view=view)
        args = {"view_id": seen["id"], "hash": seen["hash"], "view": view}
        assert refused(client.views_update, **args) == "hash_conflict"
        return ""

    product.answer = answer
    person.press("次へ")
    action = product.heard[-1]["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("press", "acts", "v")
    assert person.view is not None
    assert person.view.inputs == {"氏名": "山田", "緊急度": None}


def test_a_trigger_lives_three_seconds_and_works_once(
    client: WebClient, product: Product, person: Person, clock: MovedClock
) -> None:
    person.global_shortcut("a")
    trigger = product.heard[-1]["trigger_id"]
    clock.move(seconds=3)
    client.views_open(trigger_id=trigger, view=modal())
    args = {"trigger_id": trigger, "view": modal()}
    assert refused(client.views_open, **args) == "exchanged_trigger_id"
    person.global_shortcut("a")
    clock.move(seconds=3.1)
    late = {"trigger_id": product.heard[-1]["trigger_id"], "view": modal()}
    assert refused(client.views_open, **late) == "expired_trigger_id"


def test_three_views_lie_on_each_other_at_most(
    client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, FORM)
    person.global_shortcut("new")
    first = person.view
    assert first is not None
    for _ in range(STACK - 1):
        product.answer = lambda payload: {"response_action": "push", "view": FORM}
        person.fill({"氏名": "山田"})
        person.submit()
    assert person.view is not None
    assert person.view.raw["root_view_id"] == first.id
    product.answer = lambda payload: ""
    person.press("次へ")
    args = {"trigger_id": product.heard[-1]["trigger_id"], "view": FORM}
    assert refused(client.views_push, **args) == "push_limit_reached"
    person.close_view()
    person.close_view()
    assert person.view.id == first.id
    person.close_view()
    assert refused(client.views_update, view_id=first.id, view=FORM) == "not_found"


def test_a_view_from_a_view_is_pushed(client: WebClient, product: Product, person: Person) -> None:
    product.answer = opens(client, FORM)
    person.global_shortcut("new")

    def answer(payload: Json) -> str:
        client.views_push(trigger_id=payload["trigger_id"], view=modal(title=words("上")))
        return ""

    product.answer = answer
    person.press("次へ")
    assert person.view is not None
    assert person.view.title == "上"
    person.fill({"氏名": "山田"})
    product.answer = lambda payload: {"response_action": "clear"}
    person.submit()
    assert person.view is None


def test_closing_is_told_where_that_was_asked(
    client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, modal(notify_on_close=True, private_metadata="m"))
    person.global_shortcut("new")
    product.answer = lambda payload: ""
    person.close_view()
    assert product.heard[-1]["type"] == "view_closed"
    assert product.heard[-1]["view"]["private_metadata"] == "m"
    assert person.view is None


def test_too_large_a_view_and_a_name_given_twice_are_refused(
    client: WebClient, product: Product, person: Person
) -> None:
    person.global_shortcut("new")
    trigger = product.heard[-1]["trigger_id"]
    large = modal(*[section("あ" * 2900)] * 100)
    assert refused(client.views_open, trigger_id=trigger, view=large) == "view_too_large"
    client.views_open(trigger_id=trigger, view=modal(external_id="one"))
    product.answer = lambda payload: ""
    person.global_shortcut("new")
    args = {"trigger_id": product.heard[-1]["trigger_id"], "view": modal(external_id="one")}
    assert refused(client.views_open, **args) == "duplicate_external_id"
    client.views_update(external_id="one", view=modal(title=words("新")))
    assert person.view is not None
    assert person.view.title == "新"


def test_a_button_in_a_message_is_pressed(
    slack: StandIn, client: WebClient, product: Product, person: Person
) -> None:
    blocks = [actions(button("○", value="1"), select(option("午前"), option("午後")))]
    client.chat_postMessage(channel="U21", text="都合", blocks=blocks)
    person.choose("pick", "午後")
    person.press("○", twice=True)
    payload = product.heard[-1]
    assert [one["type"] for one in product.heard] == ["block_actions"] * 3
    assert payload["container"]["message_ts"] == payload["message"]["ts"]
    assert payload["channel"] == {"id": person.dm_id, "name": "directmessage"}
    (chosen,) = payload["state"]["values"].values()
    assert chosen["pick"]["selected_option"]["value"] == "午後"
    assert product.heard[0]["actions"][0]["selected_option"]["value"] == "午後"
    assert payload["actions"][0]["action_ts"] != product.heard[1]["actions"][0]["action_ts"]
    with pytest.raises(LookupError):
        person.press("△")


def test_an_overflow_menu_is_pressed(client: WebClient, product: Product, person: Person) -> None:
    menu = {"type": "overflow", "action_id": "m", "options": [option("編集"), option("取消")]}
    posted = client.chat_postMessage(channel="C1", text="x", blocks=[section(accessory=menu)])
    person.press("取消", in_=posted["message"] | {"channel": "C1"})
    (action,) = product.heard[-1]["actions"]
    assert (action["type"], action["selected_option"]["value"]) == ("overflow", "取消")


def post(url: str, content: Json) -> int:
    body = json.dumps(content).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as why:
        with why:
            return why.code


def test_a_response_url_takes_five_answers_in_half_an_hour(
    slack: StandIn, client: WebClient, product: Product, person: Person, clock: MovedClock
) -> None:
    client.chat_postMessage(channel="U21", text="x", blocks=[actions(button())])
    person.press("押す")
    url = product.heard[-1]["response_url"]
    assert post(url, {"text": "あなただけに"}) == 200
    assert person.ephemerals()[-1]["text"] == "あなただけに"
    assert post(url, {"text": "置き換え", "replace_original": True}) == 200
    assert person.last_message()["text"] == "置き換え"
    assert post(url, {"blocks": [section("")]}) == 400
    assert post(url, {"text": "皆に", "response_type": "in_channel"}) == 200
    assert post(url, {"delete_original": True}) == 200
    assert [one["text"] for one in person.messages()] == ["皆に"]
    assert post(url, {"text": "六つ目"}) == 404
    person.command("/tsunagu")
    clock.move(minutes=31)
    assert post(product.heard[-1]["response_url"], {"text": "遅い"}) == 404


def test_an_answer_to_a_response_url_may_fail(
    slack: StandIn, product: Product, person: Person
) -> None:
    slack.fail("response_url", 500)
    person.command("/tsunagu")
    url = product.heard[-1]["response_url"]
    assert [post(url, {"text": "x"}) for _ in range(2)] == [500, 200]
    assert len(slack.called("response_url", text="x")) == 2


def test_two_people_press_at_once(
    slack: StandIn, client: WebClient, product: Product, person: Person
) -> None:
    client.chat_postMessage(channel="C1", text="x", blocks=[actions(button())])
    (message,) = slack.messages("C1")
    other = slack.person("U30", person.endpoint)
    at_once(*(lambda who=who: who.press("押す", in_=message) for who in (person, other)))
    assert {one["user"]["id"] for one in product.heard} == {"U21", "U30"}


def test_numbers_and_lengths_are_checked_by_slack_itself(
    client: WebClient, product: Product, person: Person
) -> None:
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}
    short = {"type": "plain_text_input", "action_id": "t", "min_length": 2, "max_length": 3}
    product.answer = opens(
        client,
        modal(
            field(number | {"min_value": "1"}, block_id="n", label=words("人数")),
            field(short, label=words("略称")),
        ),
    )
    person.global_shortcut("new")
    for count, name in (("〇", "一"), (0, "一二三四")):
        person.fill({"人数": count, "略称": name})
        person.submit()
        assert set(person.errors) == {"人数", "略称"}
    person.fill({"人数": 1, "略称": "一二三"})
    product.answer = lambda payload: ""
    person.submit()
    assert person.errors == {}


def test_options_that_the_app_gives_are_chosen(
    client: WebClient, product: Product, person: Person
) -> None:
    agencies = {"type": "external_select", "action_id": "x", "min_query_length": 1}
    product.answer = opens(client, modal(field(agencies, label=words("機関"))))
    person.global_shortcut("new")
    product.answer = lambda payload: {"options": [option(f"{payload['value']}医院")]}
    assert person.suggest("機関", "山田") == ["山田医院"]
    person.fill({"機関": "山田医院"})
    assert person.view is not None
    assert person.view.inputs == {"機関": "山田医院"}
    product.answer = lambda payload: {"options": many(101)}
    with pytest.raises(SlackWouldRefuse):
        person.suggest("機関", "山田")


def test_a_command_may_be_answered_in_its_body(product: Product, person: Person) -> None:
    product.answer = lambda payload: {"text": "お手伝いします", "blocks": [section("help")]}
    person.command("/tsunagu", "help", channel="C1")
    assert person.ephemerals()[-1]["blocks"][0]["text"]["text"] == "help"
    product.answer = lambda payload: {"blocks": [section("")]}
    with pytest.raises(SlackWouldRefuse):
        person.command("/tsunagu")


def test_events_come_as_slack_wraps_them_and_come_again(
    slack: StandIn, client: WebClient, product: Product, person: Person
) -> None:
    person.mention("C1", "助けて")
    first = product.heard[-1]
    assert (first["type"], first["event"]["type"]) == ("event_callback", "app_mention")
    assert first["event"]["text"].startswith(f"<@{BOT_USER}>")
    person.resend_last()
    assert product.heard[-1]["event_id"] == first["event_id"]
    assert product.retries == [None, "1"]
    person.say_to_bot("こんにちは")
    assert product.heard[-1]["event"]["channel_type"] == "im"
    client.views_publish(user_id="U21", view={"type": "home", "blocks": [section("待ち")]})
    person.open_home()
    assert product.heard[-1]["event"]["view"]["type"] == "home"
    assert person.home_text() == "待ち"


def test_a_message_is_handed_to_its_shortcut(product: Product, person: Person) -> None:
    message = person.say("C1", "相談です")
    person.message_shortcut("sheet", message)
    assert product.heard[-1]["type"] == "message_action"
    assert product.heard[-1]["message"]["text"] == "相談です"


def test_a_wrong_or_an_old_signature_does_not_get_in(
    slack: StandIn, product: Product, clock: MovedClock
) -> None:
    forger = slack.person("U21", SignedHttp(product.flask, "wrong"))
    with pytest.raises(NotAcknowledged):
        forger.command("/tsunagu")
    assert forger.reply.status == 401
    old = SignedHttp(product.flask, slack.signing_secret, lambda: clock.now() - timedelta(days=400))
    assert old.verify_url().status == 401
    assert SignedHttp(product.flask, slack.signing_secret).verify_url("x").status == 200
    assert len(product.heard) == 1


def test_the_home_tab_has_a_hash_too(client: WebClient) -> None:
    view = {"type": "home", "blocks": [section()]}
    first = client.views_publish(user_id="U21", view=view)["view"]["hash"]
    client.views_publish(user_id="U21", view=view, hash=first)
    args = {"user_id": "U21", "view": view, "hash": first}
    assert refused(client.views_publish, **args) == "hash_conflict"


def test_what_was_said_is_kept_apart_for_modals_and_messages(
    slack: StandIn, client: WebClient, product: Product, person: Person
) -> None:
    product.answer = opens(client, modal(field(), section("モーダルだけ")))
    person.global_shortcut("new")
    client.chat_postMessage(channel="C1", text="みんなに")
    client.views_publish(user_id="U21", view={"type": "home", "blocks": [section("ホーム")]})
    said = slack.everything_said()
    assert "モーダルだけ" in said.modals
    assert {"みんなに", "ホーム"} <= set(said.messages)
    assert "モーダルだけ" not in said.messages


def test_the_product_is_waited_for(clock: MovedClock) -> None:
    waited = threading.Event()
    with StandIn(clock.now, settle=waited.set) as slack:
        slack.add_user("U21", "tanaka")
        product = Product(slack)
        slack.person("U21", SignedHttp(product.flask, slack.signing_secret)).global_shortcut("x")
    assert waited.is_set()


def test_it_works_over_a_real_address(slack: StandIn) -> None:
    """The stand-in's own server stands for a product that answers 200 and one that does not."""
    api = SignedHttp(slack.world.url, slack.signing_secret, path="/api/auth.test")
    assert api.event({"type": "event_callback"}).status == 200
    upload = SignedHttp(slack.world.url, slack.signing_secret, path="/upload/v1/none")
    assert upload.event({"type": "event_callback"}).status == 404
