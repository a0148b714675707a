"""The stand-in goes wrong as a test plans it, and counts calls as LINE WORKS does."""

import pytest
import requests

from tests.lineworks.made import Client, refused, text
from tests.lineworks.server import StandIn
from tests.support.clock import MovedClock

# -- faults ---------------------------------------------------------------------------------------


def test_a_broken_server_says_so_as_often_as_planned(lineworks: StandIn, client: Client) -> None:
    lineworks.fail("send.user", status=503, times=2)
    assert [client.send(text()).status_code for _ in range(3)] == [503, 503, 201]
    assert [call.status for call in lineworks.called("send.user")] == [503, 503, 201]


def test_a_fault_can_be_meant_for_one_person(lineworks: StandIn, client: Client) -> None:
    lineworks.fail("*", times=9, where={"user": "u30"})
    assert client.send(text()).status_code == 201
    assert client.send(text(), user="u30").status_code == 500
    lineworks.mend()
    assert client.send(text(), user="u30").status_code == 201


def test_a_refusal_can_be_planned(lineworks: StandIn, client: Client) -> None:
    lineworks.error("send.user", 403, "FORBIDDEN")
    assert refused(client.send(text())) == (403, "FORBIDDEN")
    lineworks.error("token", 401, "invalid_client")
    assert refused(client.ask_token()) == (401, "invalid_client")


@pytest.mark.parametrize("arrives", [True, False])
def test_what_failed_may_have_arrived(lineworks: StandIn, client: Client, arrives: bool) -> None:
    lineworks.fail("send.user", status=502, arrives=arrives)
    assert client.send(text()).status_code == 502
    assert len(lineworks.messages("u21")) == arrives


@pytest.mark.parametrize("arrives", [True, False])
def test_a_dropped_connection_may_have_arrived(
    lineworks: StandIn, client: Client, arrives: bool
) -> None:
    lineworks.drop("send.user", arrives=arrives)
    with pytest.raises(requests.ConnectionError):
        client.send(text())
    assert len(lineworks.messages("u21")) == arrives
    assert [call.status for call in lineworks.called("send.user", user="u21")] == [0]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_time_out_may_have_arrived(lineworks: StandIn, client: Client, arrives: bool) -> None:
    fault = lineworks.hang("send.user", arrives=arrives)
    with pytest.raises(requests.ReadTimeout):
        client.send(text(), timeout=0.05)
    assert fault.began.wait(5)
    assert len(lineworks.messages("u21")) == arrives
    fault.release()


# -- rates ----------------------------------------------------------------------------------------


def test_a_story_on_a_standing_clock_is_not_slowed(client: Client) -> None:
    assert {client.send(text()).status_code for _ in range(70)} == {201}


@pytest.mark.parametrize(("plan", "most"), [("free", 60), ("paid", 240)])
def test_a_minute_has_so_many_calls(
    lineworks: StandIn, clock: MovedClock, plan: str, most: int
) -> None:
    lineworks.rates.strict(plan)
    standings = [lineworks.rates.count("send.user") for _ in range(most)]
    assert not any(one is None or one.too_many for one in standings)
    clock.move(seconds=59)
    over = lineworks.rates.count("send.user")
    assert over is not None
    assert (over.too_many, over.remaining, over.reset) == (True, 0, 1)
    clock.move(seconds=1)
    again = lineworks.rates.count("send.user")
    assert again is not None
    assert (again.too_many, again.remaining) == (False, most - 1)


def test_the_answers_say_how_many_are_left(
    lineworks: StandIn, client: Client, clock: MovedClock
) -> None:
    lineworks.rates.strict("free")
    told = ("limit", "remaining", "reset")
    headers = client.send(text()).headers
    assert [headers[f"rateLimit-{x}"] for x in told] == ["60", "59", "60"]
    clock.move(seconds=20)
    headers = client.send(text(), user="nobody").headers
    assert [headers[f"rateLimit-{x}"] for x in told] == ["60", "58", "40"]
    for _ in range(58):
        lineworks.rates.count("send.user")
    answer = client.send(text())
    assert refused(answer) == (429, "TOO_MANY_REQUESTS")
    assert [answer.headers[f"rateLimit-{x}"] for x in told] == ["60", "0", "40"]
    assert len(lineworks.messages("u21")) == 1
    assert client.send_to_room(text()).status_code == 201, "each API is counted by itself"


def test_ten_rooms_a_minute_whatever_the_plan(lineworks: StandIn, client: Client) -> None:
    lineworks.rates.strict("paid")
    path = f"/bots/{lineworks.bot_id}/channels"
    made = [client.call("POST", path, {"members": ["u21"]}).status_code for _ in range(11)]
    assert made == [201] * 10 + [429]


def test_who_sends_for_half_an_hour_is_given_half(lineworks: StandIn, clock: MovedClock) -> None:
    lineworks.rates.strict("free")
    limits = []
    for _ in range(32):
        counted = lineworks.rates.count("send.user")
        assert counted is not None
        limits.append(counted.limit)
        clock.move(minutes=1)
    assert limits == [60] * 31 + [30]
    clock.move(minutes=1)
    rested = lineworks.rates.count("send.user")
    assert rested is not None
    assert rested.limit == 60


def test_the_token_endpoint_is_counted_too(lineworks: StandIn, client: Client) -> None:
    lineworks.rates.strict("free")
    for _ in range(60):
        lineworks.rates.count("token")
    assert refused(client.ask_token()) == (429, "TOO_MANY_REQUESTS")


def test_too_many_can_be_planned_with_its_seconds(lineworks: StandIn, client: Client) -> None:
    lineworks.fail("send.user", status=429, retry_after=7)
    answer = client.send(text())
    assert refused(answer) == (429, "TOO_MANY_REQUESTS")
    assert answer.headers["rateLimit-reset"] == "7"


def test_nobody_counts_when_told_not_to(lineworks: StandIn, client: Client) -> None:
    lineworks.rates.off()
    assert "rateLimit-limit" not in client.send(text()).headers
