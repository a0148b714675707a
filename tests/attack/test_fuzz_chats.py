"""What Slack's and LINE WORKS's addresses are sent by strangers, and by members who type anything.

A few in `make test`; `make attack` sends as many as ATTACK_ROUNDS says.
"""

import json
import random
from typing import Any, Final

import pytest
from werkzeug.test import Client

from handlers.lineworks.callback import PATH as LINEWORKS_PATH
from handlers.mattermost.door import PRESS_PATH as MATTERMOST_PATH
from handlers.slack.manifest import PATH as SLACK_PATH
from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.lineworks.callbacks import written
from tests.lineworks.product import LineworksTown
from tests.slack.endpoints import SignedHttp
from tests.slack.product import SlackTown
from tests.support.people import COORDINATOR, ELDERLY

REQUESTS: Final = 40  # of a round
KINDS: Final = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/plain", "application/json; charset=utf-16", "x", "",
)  # fmt: skip
SIGNING: Final = (
    "X-Slack-Signature", "X-Slack-Request-Timestamp", "X-Works-Signature", "X-Works-BotId",
    "X-Slack-Retry-Num", "Content-Encoding",
)  # fmt: skip

pytestmark = [pytest.mark.attack(Kind.FUZZ), pytest.mark.timeout(600)]


def _body(dice: random.Random) -> bytes:
    """A body of any kind: JSON, a form, half of one, letters of no encoding."""
    deep = "[" * 3_000 if dice.random() < 0.1 else ""
    made = json.dumps({odd(dice)[:50]: odd(dice), "payload": odd(dice), "type": odd(dice)[:50]})
    body = dice.choice(
        (made, f"payload={made}", f"payload={deep}", "payload=%ff%fe&ssl_check=1", "payload=null",
         "null", "[]", "7", deep, odd(dice), "command=%2Ftsunagu&text=" + odd(dice)[:500])
    ).encode("utf-8", "surrogatepass")  # fmt: skip
    cut = dice.randint(0, len(body)) if dice.random() < 0.2 else len(body)
    return body[:cut] + (b"\xff\xfe\x00" if dice.random() < 0.1 else b"")


def _headers(dice: random.Random) -> dict[str, str]:
    made = {"Content-Type": dice.choice(KINDS)}
    for name in dice.sample(SIGNING, dice.randint(0, 3)):
        value = odd(dice)[:100].encode("ascii", "ignore").decode()
        made[name] = "".join(c for c in value if c.isprintable())
    return made


@pytest.mark.parametrize("seed", seeds(2))
@pytest.mark.parametrize(
    ("chat", "path"),
    [
        ("slack", SLACK_PATH),
        ("lineworks", LINEWORKS_PATH),
        ("mattermost", MATTERMOST_PATH),
    ],
)
def test_whatever_a_stranger_sends_to_a_chats_address_is_turned_away_in_silence(
    request: pytest.FixtureRequest,
    chat: str,
    path: str,
    seed: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a right signature nothing is a failure, nothing is done, nothing is logged."""
    dice, caller = random.Random(seed), Client(request.getfixturevalue(f"{chat}_town").app)
    for _ in range(REQUESTS):
        body, headers = _body(dice), _headers(dice)
        answer = caller.post(path, data=body, headers=headers)
        assert 400 <= answer.status_code < 500, (seed, body, headers, answer.status_code)
    assert caplog.text == ""


def _otherwise(dice: random.Random, value: Any) -> Any:
    """The same event with one of its texts as somebody may have typed or forged it."""
    match value:
        case dict() if value:
            name = dice.choice(sorted(value))
            if name in ("type", "source") and dice.random() < 0.9:
                return value
            return {**value, name: _otherwise(dice, value[name])}
        case list() if value:
            place = dice.randrange(len(value))
            return [*value[:place], _otherwise(dice, value[place]), *value[place + 1 :]]
        case _:
            return dice.choice((odd(dice), None, 7, [], {}, value))


@pytest.mark.parametrize("seed", seeds(2))
def test_whatever_comes_signed_from_line_works_is_taken_and_harms_nothing(
    lineworks_town: LineworksTown, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is answered 200, so that it does not come again, and worked off without a failure."""
    dice, town = random.Random(seed), lineworks_town
    person = town.person(ELDERLY)
    said = {"type": "text", "text": "こんにちは"}
    token = town.part.door.token("open_case", "none", "")
    events = [
        town.lineworks.world.event("message", user=person.id, content=said),
        town.lineworks.world.event("postback", user=person.id, data=token),
        town.lineworks.world.event("join", user=person.id, channel="c1"),
    ]
    for _ in range(REQUESTS):
        event = _otherwise(dice, dice.choice(events))
        body = written(event)
        assert person.endpoint.send(body).status == 200, (seed, event)
    town.settle()
    assert "failed" not in caplog.text, caplog.text


@pytest.mark.parametrize("seed", seeds(2))
def test_whatever_a_member_types_into_slack_is_answered(
    slack_town: SlackTown, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Commands, presses and messages of anything: acknowledged, and nothing fails."""
    dice, endpoint = random.Random(seed), slack_town.person(COORDINATOR).endpoint
    assert isinstance(endpoint, SignedHttp)
    person = slack_town.person(COORDINATOR)
    person.command("/tsunagu", "")
    team = {"id": "T1", "domain": "t"}
    for _ in range(REQUESTS):
        typed = odd(dice)
        press = {
            "type": "block_actions", "team": team, "user": {"id": person.id, "team_id": "T1"},
            "trigger_id": "1.1", "container": {"type": "message"}, "channel": {"id": person.dm_id},
            "actions": [{"type": "button", "action_id": typed[:255], "block_id": "b",
                         "value": odd(dice)[:2000], "action_ts": "1.1"}],
        }  # fmt: skip
        command = {"command": "/tsunagu", "text": typed, "user_id": person.id, "team_id": "T1",
                   "channel_id": person.dm_id, "trigger_id": "1.1"}  # fmt: skip
        reply = endpoint.interaction(press) if dice.random() < 0.5 else endpoint.command(command)
        assert reply.status < 500, (seed, typed, reply)
    slack_town.settle()
    assert "failed" not in caplog.text, caplog.text
