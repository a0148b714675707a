"""Somebody in their LINE WORKS: what the product is sent, and what stands on the screen."""

import base64
import hashlib
import hmac
import json
import re
import threading

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from tests.lineworks.callbacks import Callback, NotAcknowledged, odd_bodies
from tests.lineworks.made import (
    Client,
    bubble,
    button_template,
    carousel,
    column,
    copied,
    element,
    flex,
    flex_button,
    link,
    list_template,
    menu,
    message,
    pictures,
    postback,
    quick,
    refused,
    text,
    words,
)
from tests.lineworks.person import Person
from tests.lineworks.pieces import Json
from tests.lineworks.server import StandIn
from tests.lineworks.world import DOMAIN
from tests.slack.person import at_once


class Product:
    """An app of a few lines that checks what it is sent, and keeps it."""

    def __init__(self, lineworks: StandIn) -> None:
        self.heard: list[Json] = []
        self.bodies: list[bytes] = []
        self.status = 200
        secret, bot_id = lineworks.bot_secret.encode(), lineworks.bot_id
        self.flask = Flask("product")

        @self.flask.post("/lineworks/callback")
        def take() -> tuple[str, int]:
            body = request.get_data()
            right = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
            if request.headers.get("X-WORKS-Signature") != right:
                return "", 401
            if request.headers.get("X-WORKS-BotId") != bot_id:
                return "", 403
            self.bodies.append(body)
            self.heard.append(json.loads(body))
            return "", self.status

    def last(self) -> Json:
        """What was heard last, without its time."""
        return {name: value for name, value in self.heard[-1].items() if name != "issuedTime"}


@pytest.fixture
def product(lineworks: StandIn) -> Product:
    return Product(lineworks)


@pytest.fixture
def endpoint(lineworks: StandIn, product: Product) -> Callback:
    return lineworks.callback(product.flask)


@pytest.fixture
def person(lineworks: StandIn, endpoint: Callback) -> Person:
    return lineworks.person("u21", endpoint)


SOURCE = {"userId": "u21", "domainId": DOMAIN}
IN_ROOM = {"userId": "u21", "channelId": "c1", "domainId": DOMAIN}


# -- pressing -------------------------------------------------------------------------------------


def test_a_postback_comes_as_an_event(client: Client, product: Product, person: Person) -> None:
    client.send(carousel(column(postback("出席", "t=abc"))))
    person.press("出席")
    assert product.last() == {"type": "postback", "source": SOURCE, "data": "t=abc"}
    assert len(person.messages()) == 1, "nothing was said aloud"


def test_display_text_stands_as_the_persons_own_words(
    client: Client, product: Product, person: Person
) -> None:
    client.send(text("12月1日は?", quick("○", "t=1", said="12月1日 ○")))
    person.press("○")
    assert product.last()["type"] == "postback"
    assert person.messages()[-1].by == "u21"
    assert person.screen_text("").endswith("田中 一郎: 12月1日 ○")


def test_a_quick_reply_may_come_in_a_message(
    lineworks: StandIn, client: Client, product: Product, person: Person
) -> None:
    lineworks.world.quick_reply_as_message = True
    client.send(text("はい?", quick("○", "t=1", said="行けます")))
    person.press("○")
    content = {"type": "text", "text": "行けます", "postback": "t=1"}
    assert product.last() == {"type": "message", "source": SOURCE, "content": content}


def test_a_message_action_is_said_aloud(client: Client, product: Product, person: Person) -> None:
    client.send(button_template(message("一覧を見る", postback="list")))
    person.press("一覧を見る")
    content = {"type": "text", "text": "一覧を見る", "postback": "list"}
    assert product.last() == {"type": "message", "source": SOURCE, "content": content}
    assert person.messages()[-1].content == {"type": "text", "text": "一覧を見る"}


def test_the_words_of_a_message_action_are_its_text_where_it_has_one(
    client: Client, product: Product, person: Person
) -> None:
    client.send(carousel(column(message("一覧", text="一覧をください"))))
    person.press("一覧")
    assert product.last()["content"] == {"type": "text", "text": "一覧をください"}


def test_a_link_gives_its_address_and_tells_nobody(
    client: Client, product: Product, person: Person
) -> None:
    client.send(flex(bubble(words(), flex_button(link("開く", "https://example.jp/once")))))
    assert person.press("開く") == "https://example.jp/once"
    assert person.opened == ["https://example.jp/once"]
    assert product.heard == []


def test_something_to_copy_is_copied(client: Client, product: Product, person: Person) -> None:
    client.send(button_template(copied("番号を写す", "R8-0012")))
    person.press("番号を写す")
    assert (person.copied, product.heard) == (["R8-0012"], [])


def test_each_type_of_message_can_be_pressed(client: Client, person: Person) -> None:
    client.send(list_template(element("一件", action=link("一")), actions=[[link("二")]]))
    client.send(pictures(link("三")))
    client.send(flex(bubble(flex_button(link("四"))), bubble(action=link("五"))))
    for label in "一二三四五":
        person.press(label)
    assert len(person.opened) == 5


def test_one_of_several_like_buttons_is_found_by_what_stands_beside_it(
    client: Client, product: Product, person: Person
) -> None:
    first = column(postback(data="1"), words="12月1日")
    client.send(carousel(first, column(postback(data="2"), words="12月2日")))
    person.press("○", beside="12月2日")
    person.press("○", nth=0)
    assert [one["data"] for one in product.heard] == ["2", "1"]


def test_old_cards_stay_and_the_newest_is_pressed_first(
    client: Client, product: Product, person: Person
) -> None:
    client.send(carousel(column(postback(data="old"))))
    client.send(carousel(column(postback(data="new"))))
    client.send(text("あとから"))
    person.press("○")
    person.press("○", in_=person.messages()[0])
    assert [one["data"] for one in product.heard] == ["new", "old"]


def test_quick_replies_go_away_with_the_next_message(
    client: Client, product: Product, person: Person
) -> None:
    client.send(text("はい?", quick("○", "t=1")))
    assert person.buttons() == ["○"]
    client.send(text("あとから"))
    assert person.buttons() == []
    with pytest.raises(LookupError):
        person.press("○")
    person.press("○", in_=person.messages()[0])  # whoever had it on the screen just before
    assert product.last()["data"] == "t=1"


def test_what_is_not_there_cannot_be_pressed(client: Client, person: Person) -> None:
    client.send(button_template(message("一覧")))
    with pytest.raises(LookupError, match=r"'削除' to press among \['一覧'\]"):
        person.press("削除")
    with pytest.raises(LookupError):
        person.menu("メニュー")


def test_a_double_press_is_two_presses(client: Client, product: Product, person: Person) -> None:
    client.send(carousel(column(postback())))
    person.press("○", twice=True)
    first, second = product.heard
    assert first["data"] == second["data"]
    assert product.bodies[0] != product.bodies[1], "the times differ, so it is no repeat"


def test_people_press_together(
    lineworks: StandIn, client: Client, product: Product, person: Person, endpoint: Callback
) -> None:
    other = lineworks.person("u30", endpoint)
    for user in ("u21", "u30"):
        client.send(carousel(column(postback())), user=user)

    def press(one: Person) -> None:
        one.press("○")

    at_once(lambda: press(person), lambda: press(other))
    assert {one["source"]["userId"] for one in product.heard} == {"u21", "u30"}


# -- speaking -------------------------------------------------------------------------------------


def test_the_1_to_1_has_no_channel(lineworks: StandIn, product: Product, person: Person) -> None:
    person.say("ヘルプ")
    content = {"type": "text", "text": "ヘルプ"}
    assert product.last() == {"type": "message", "source": SOURCE, "content": content}
    lineworks.world.private_channel_ids = True
    person.say("ヘルプ")
    assert product.last()["source"]["channelId"] == "private-u21"


def test_a_room_is_named(client: Client, product: Product, person: Person) -> None:
    client.send_to_room(carousel(column(postback("見た", displayText="見ました"))))
    person.say("了解", "c1")
    assert product.last()["source"] == IN_ROOM
    person.press("見た", "c1")
    assert product.last()["source"] == IN_ROOM
    assert [one.by for one in person.messages("c1")] == ["bot", "u21", "u21"]
    assert person.messages() == []


def test_times_are_written_as_line_works_writes_them(product: Product, person: Person) -> None:
    person.say("一")
    person.say("一")
    times = [one["issuedTime"] for one in product.heard]
    assert all(re.fullmatch(r"2026-11-20T01:00:00\.\d{3}Z", one) for one in times)
    assert times[0] < times[1]


def test_the_menu_says_its_words(client: Client, product: Product, person: Person) -> None:
    client.call("POST", "/bots/2000001/persistentmenu", menu(message("予定", postback="m"), link()))
    person.menu("予定")
    assert product.last()["content"] == {"type": "text", "text": "予定", "postback": "m"}
    assert person.menu("開く") == "https://example.jp/x"
    assert person.screen_text().endswith("[予定] [開く]")


def test_coming_and_going_is_told(lineworks: StandIn, product: Product, person: Person) -> None:
    person.begin()
    assert product.last()["type"] == "begin"
    assert product.last()["source"]["userId"] == "u21"
    person.press_begin()
    assert product.last()["content"]["postback"] == "start"
    person.end()
    assert product.last()["type"] == "end"
    lineworks.add_room(["u30"], "別室", room_id="c2")
    person.join("c2")
    expected = {"source": {"channelId": "c2", "domainId": DOMAIN}, "members": ["u21"]}
    assert product.last() == {"type": "joined"} | expected
    assert person.rooms() == ["c1", "c2"]
    person.leave("c2")
    assert product.last() == {"type": "left"} | expected
    assert person.rooms() == ["c1"]


def test_nobody_acts_in_a_room_that_they_are_not_in(
    lineworks: StandIn, person: Person, endpoint: Callback
) -> None:
    outsider = lineworks.person("u30", endpoint)
    for deed in (outsider.messages, lambda room: outsider.say("はい", room), outsider.leave):
        with pytest.raises(AssertionError, match="not a member"):
            deed("c1")


def test_the_join_of_a_new_room_is_told_when_it_is_due(
    lineworks: StandIn, client: Client, product: Product, endpoint: Callback
) -> None:
    lineworks.deliver(endpoint)
    client.call("POST", "/bots/2000001/channels", {"members": ["u21"]})
    lineworks.deliver(endpoint)
    lineworks.deliver(endpoint)
    assert [one["type"] for one in product.heard] == ["join", "join"]


def test_a_picture_is_sent(product: Product, person: Person) -> None:
    person.send({"type": "image", "fileId": "f1"})
    assert product.last()["content"] == {"type": "image", "fileId": "f1"}
    assert person.screen_text("") == "田中 一郎: (image)"


# -- the screen -----------------------------------------------------------------------------------


def test_everything_that_somebody_sees_is_on_the_screen(client: Client, person: Person) -> None:
    client.send(text("お知らせ"))
    client.send(button_template(message("一覧"), link("開く"), words="どうしますか"))
    client.send(
        list_template(
            element("R8-0012", subtitle="高", action=link("見る")),
            coverData={"title": "担当の件"},
            actions=[[message("ほか")]],
        )
    )
    client.send(carousel(column(postback("○"), postback("×"), title="候補1", words="12月1日")))
    client.send(flex(bubble(words("会議"), flex_button(link("出欠")))))
    client.send(text("回答は?", quick("○"), quick("△")))
    client.send_to_room(text("室の知らせ"))
    assert person.screen_text() == (
        "お知らせ\nどうしますか\n[一覧] [開く]\n担当の件\nR8-0012\n高\n[見る]\n[ほか]\n"
        "候補1\n12月1日\n[○] [×]\n会議\n[出欠]\n回答は?\n[○] [△]"
        "\n\n連携室\n室の知らせ"
    )
    assert person.last().content["text"] == "回答は?"


# -- the way in -----------------------------------------------------------------------------------


def test_who_does_not_acknowledge_fails_the_deed(product: Product, person: Person) -> None:
    product.status = 500
    with pytest.raises(NotAcknowledged):
        person.say("はい")


def test_a_repeat_is_the_same_to_the_byte(product: Product, person: Person) -> None:
    person.say("はい")
    person.resend_last()
    assert product.bodies[0] == product.bodies[1]
    assert len(person.messages()) == 1


def test_forgers_can_be_played(lineworks: StandIn, product: Product, endpoint: Callback) -> None:
    event = lineworks.world.event("message", user="u21", content={"type": "text", "text": "x"})
    statuses = [
        deed(event).status for deed in (endpoint.forged, endpoint.unsigned, endpoint.of_another_bot)
    ]
    assert statuses == [401, 401, 403]
    assert product.heard == []


def test_odd_bodies_are_signed_rightly(lineworks: StandIn, endpoint: Callback) -> None:
    """So that what a product does about them is not done by its signature check."""
    bodies = odd_bodies(lineworks.world, "u21")
    assert len(set(bodies.values())) == len(bodies) > 20
    readable = [body for name, body in bodies.items() if name not in {"nothing", "no JSON"}]
    for body in readable:
        if b"\xff" not in body:
            assert endpoint.send(body).status == 200


def test_a_served_product_is_reached_by_its_address(lineworks: StandIn, product: Product) -> None:
    server = make_server("127.0.0.1", 0, product.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        endpoint = lineworks.callback(f"http://127.0.0.1:{server.server_port}")
        lineworks.person("u21", endpoint).say("はい")
        assert endpoint.forged(lineworks.world.event("end")).status == 401
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert product.last()["content"]["text"] == "はい"


def test_the_product_may_finish_what_it_goes_on_doing(
    lineworks: StandIn, product: Product, person: Person
) -> None:
    finished: list[int] = []
    lineworks.world.settle = lambda: finished.append(len(product.heard))
    person.say("はい")
    assert finished == [1]


def test_a_room_without_the_bot_is_unknown(client: Client) -> None:
    assert refused(client.send_to_room(text(), "private-u21")) == (404, "NOT_FOUND")
