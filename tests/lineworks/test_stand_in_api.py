"""The stand-in for LINE WORKS keeps what it is given and refuses what LINE WORKS refuses."""

import pytest

from tests.lineworks.made import (
    Client,
    button_template,
    carousel,
    column,
    event,
    link,
    menu,
    message,
    postback,
    refused,
    text,
)
from tests.lineworks.server import StandIn
from tests.support.clock import MovedClock

BOT = "/bots/2000001"
EVENTS = "/users/u21/calendar/events"


# -- messages -------------------------------------------------------------------------------------


def test_messages_stand_in_their_order_where_they_were_sent(
    lineworks: StandIn, client: Client
) -> None:
    answer = client.send(text("一"))
    assert (answer.status_code, answer.content) == (201, b"")
    client.send(text("二"), user="m21@example.jp")  # by address, which is as good as the id
    client.send_to_room(text("室"))
    assert [one.content["text"] for one in lineworks.messages("u21")] == ["一", "二"]
    assert [one.content["text"] for one in lineworks.room_messages("c1")] == ["室"]
    assert lineworks.messages("u30") == []


def test_nobody_is_reached_who_is_not_there(lineworks: StandIn, client: Client) -> None:
    assert refused(client.send(text(), user="nobody")) == (404, "NOT_FOUND")
    assert refused(client.send_to_room(text(), room="nowhere")) == (404, "NOT_FOUND")
    assert refused(client.send(text(), user="u99")) == (403, "ACCESS_DENIED")
    lineworks.suspend("u21")
    assert refused(client.send(text())) == (403, "ACCESS_DENIED")
    lineworks.remove("u30")
    assert refused(client.send(text(), user="u30")) == (404, "NOT_FOUND")


def test_wrong_contents_are_refused_and_not_kept(lineworks: StandIn, client: Client) -> None:
    answer = client.send(button_template(postback()))
    assert refused(answer) == (400, "INVALID_PARAMETER")
    assert "[/actions/0/type]" in answer.json()["description"]
    path = f"{BOT}/users/u21/messages"
    assert refused(client.call("POST", path, text())) == (400, "INVALID_PARAMETER")
    assert refused(client.call("POST", path, [])) == (400, "BAD_REQUEST")
    assert refused(client.call("POST", path)) == (400, "BAD_REQUEST")
    broken = client.session.post(
        f"{lineworks.api}{path}", data=b"{", headers={"Content-Type": "application/json"}, timeout=5
    )
    assert refused(broken) == (400, "BAD_REQUEST")
    assert lineworks.messages("u21") == []


def test_everything_said_is_remembered_also_what_was_refused(
    lineworks: StandIn, client: Client
) -> None:
    client.send(carousel(column(link("見る", "https://example.jp/secret"), title="題")))
    client.send(button_template(postback("断られた", "t=refused")))
    client.call("POST", f"{BOT}/channels", {"members": ["u21"], "title": "室の名"})
    client.call("POST", f"{BOT}/persistentmenu", menu(message("項目")))
    client.call("POST", EVENTS, event(summary="会議の名"))
    said = lineworks.everything_said()
    assert {"見る", "https://example.jp/secret", "題", "断られた", "t=refused"} <= {*said.messages}
    assert {"室の名", "項目"} <= {*said.elsewhere}
    assert "会議の名" in said.calendars
    assert {*said.messages} < {*said.everything()}


def test_there_is_no_changing_and_no_taking_back(client: Client) -> None:
    client.send(text())
    path = f"{BOT}/users/u21/messages"
    assert refused(client.call("PUT", path, {"content": text()})) == (405, "METHOD_NOT_ALLOWED")
    assert refused(client.call("DELETE", path)) == (405, "METHOD_NOT_ALLOWED")
    assert refused(client.call("PATCH", path, {})) == (405, "METHOD_NOT_ALLOWED")


def test_another_bot_and_another_place_are_not_there(client: Client) -> None:
    other = client.call("POST", "/bots/7/users/u21/messages", {"content": text()})
    assert refused(other) == (404, "NOT_FOUND")
    assert refused(client.call("GET", "/nowhere")) == (404, "NOT_FOUND")


# -- rooms, the menu, the bot ---------------------------------------------------------------------


def test_a_room_is_made_and_written_to(lineworks: StandIn, client: Client) -> None:
    body = {"members": ["u21", "m30@example.jp"], "title": "支援会議"}
    answer = client.call("POST", f"{BOT}/channels", body)
    assert answer.status_code == 201
    room = answer.json()["channelId"]
    assert lineworks.world.rooms[room].members == ["u21", "u30"]
    assert client.send_to_room(text(), room).status_code == 201
    assert [one["type"] for one in lineworks.world.due if one["source"]["channelId"] == room] == [
        "join"
    ]


def test_a_room_takes_members_of_the_tenant_alone(lineworks: StandIn, client: Client) -> None:
    rooms = f"{BOT}/channels"
    outside = client.call("POST", rooms, {"members": ["u21", "friend@example.com"]})
    assert refused(outside) == (404, "NOT_FOUND")
    assert refused(client.call("POST", rooms, {"members": []})) == (400, "INVALID_PARAMETER")
    assert [*lineworks.world.rooms] == ["c1"]


def test_the_menu_is_registered_read_and_taken_away(lineworks: StandIn, client: Client) -> None:
    path = f"{BOT}/persistentmenu"
    assert refused(client.call("GET", path)) == (404, "NOT_FOUND")
    assert client.call("POST", path, menu(message("一"))).status_code == 201
    assert client.call("POST", path, menu(message("二"))).status_code == 201
    assert client.call("GET", path).json() == menu(message("二"))
    assert refused(client.call("PUT", path, menu())) == (405, "METHOD_NOT_ALLOWED")
    wrong = client.call("POST", path, menu(postback()))
    assert refused(wrong) == (400, "INVALID_PARAMETER")
    assert client.call("DELETE", path).status_code == 204
    assert lineworks.world.menu is None


def test_the_bot_is_read_with_a_scope_of_its_own(lineworks: StandIn, clock: MovedClock) -> None:
    looking = Client(lineworks, clock, "bot.read").sign_in()
    assert looking.call("GET", BOT).json()["botId"] == 2000001


# -- members --------------------------------------------------------------------------------------


def test_members_come_page_by_page(lineworks: StandIn, client: Client) -> None:
    lineworks.add_user("gone", email="gone@example.jp", deleted=True)
    first = client.call("GET", "/users", count="2").json()
    assert [one["userId"] for one in first["users"]] == ["u21", "u30"]
    assert first["users"][0]["email"] == "m21@example.jp"
    assert first["users"][0]["userName"] == {"lastName": "田中", "firstName": "一郎"}
    cursor = first["responseMetaData"]["nextCursor"]
    rest = client.call("GET", "/users", count="2", cursor=cursor).json()
    assert [one["userId"] for one in rest["users"]] == ["u99"]
    assert rest["users"][0]["isSuspended"] is True
    assert not rest["responseMetaData"]["nextCursor"]


def test_a_cursor_must_be_written_for_an_address(lineworks: StandIn, client: Client) -> None:
    cursor = client.call("GET", "/users", count="1").json()["responseMetaData"]["nextCursor"]
    as_it_is = client.session.get(
        f"{lineworks.api}/users?cursor={cursor}",
        headers={"Authorization": f"Bearer {client.token}"},
        timeout=5,
    )
    assert refused(as_it_is) == (400, "INVALID_PARAMETER")
    for wrong in ("x", "AAAA"):
        answer = client.call("GET", "/users", cursor=wrong)
        assert refused(answer) == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize("count", ["0", "101", "many"])
def test_a_page_has_at_most_a_hundred(client: Client, count: str) -> None:
    assert refused(client.call("GET", "/users", count=count)) == (400, "INVALID_PARAMETER")


def test_one_member_is_found_by_id_or_address(client: Client) -> None:
    assert client.call("GET", "/users/m30@example.jp").json()["userId"] == "u30"
    assert refused(client.call("GET", "/users/u31")) == (404, "NOT_FOUND")
    assert refused(client.call("GET", "/users", domainId="1")) == (403, "FORBIDDEN")


# -- calendars ------------------------------------------------------------------------------------


def test_an_event_is_made_moved_and_removed_in_silence(lineworks: StandIn, client: Client) -> None:
    made = client.call("POST", EVENTS, event())
    assert made.status_code == 201
    event_id = made.json()["eventComponents"][0]["eventId"]
    moved = client.call("PUT", f"{EVENTS}/{event_id}", event(summary="延期"))
    assert moved.status_code == 200
    assert lineworks.world.events[event_id].component["summary"] == "延期"
    gone = client.call("DELETE", f"{EVENTS}/{event_id}", sendNotification="false")
    assert (gone.status_code, gone.content) == (204, b"")
    assert lineworks.world.events == {}
    assert lineworks.world.calendar_notices == []
    assert refused(client.call("DELETE", f"{EVENTS}/{event_id}")) == (404, "NOT_FOUND")


def test_people_are_told_unless_silence_is_asked_for(lineworks: StandIn, client: Client) -> None:
    loud = event()
    del loud["sendNotification"]
    event_id = client.call("POST", EVENTS, loud).json()["eventComponents"][0]["eventId"]
    client.call("PUT", f"{EVENTS}/{event_id}", loud)
    client.call("DELETE", f"{EVENTS}/{event_id}")
    assert len(lineworks.world.calendar_notices) == 3


def test_an_event_belongs_to_its_calendar(client: Client) -> None:
    given = client.call("POST", EVENTS, event(eventId="e1")).json()["eventComponents"][0]
    assert given["eventId"] == "e1"
    other = client.call("PUT", "/users/u30/calendar/events/e1", event())
    assert refused(other) == (404, "NOT_FOUND")
    renamed = client.call("PUT", f"{EVENTS}/e1", event(eventId="e2"))
    assert refused(renamed) == (400, "INVALID_PARAMETER")
    wrong = client.call("POST", EVENTS, event(visibility="SECRET"))
    assert refused(wrong) == (400, "INVALID_PARAMETER")
    assert refused(client.call("POST", "/users/me/calendar/events", event())) == (404, "NOT_FOUND")
