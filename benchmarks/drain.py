"""How fast the outbox is drained: at the platforms' own limits, and where nobody counts.

At the limits time is moved, second by second, as the jobs come; the stand-ins count as it is
documented, and a single 429 makes the figure worthless. Without limits the bound is the bare call
of the same length to the same stand-in.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from benchmarks.figures import A_SECOND, Figure, at_least
from benchmarks.places import Place, Places
from handlers.lineworks.door import LINEWORKS
from handlers.lineworks.pace import A_MINUTE as LINEWORKS_A_MINUTE
from handlers.slack.door import SLACK
from handlers.slack.sending.pace import A_WORKSPACE, POST, SlackPace
from tests.lineworks.product import LineworksTown, lineworks_product
from tests.slack.product import SlackTown, slack_product
from tests.support.chat_town import ChatTown, active_members
from tests.support.people import ELDERLY
from workflows.model.notice import Notice

AIM = 0.95
MINUTES = 1  # that are counted; the one before them, in which all is still free, is not
WITHOUT = 300
MINUTE = timedelta(minutes=1)
At = Callable[[], list[datetime]]


def measure(places: Places, minutes: int = MINUTES, without: int = WITHOUT) -> list[Figure]:
    return [
        one
        for name in places.names
        for part in (
            _slack_one(places, name, minutes),
            _slack_all(places, name, minutes),
            _lineworks(places, name, minutes),
            _without(places, name, without),
        )
        for one in part
    ]


def _slack_one(places: Places, name: str, minutes: int) -> Iterator[Figure]:
    with places.town(name) as place, slack_product(place.hall) as town:
        _strictly(town)
        put(town, SLACK, [ELDERLY], 60 * (minutes + 2))
        rate = _a_minute(town, SLACK, lambda: _sent(town), minutes)
        figure = Figure("Slack, to one person, at its limits", name, rate, "/min", 60)
        yield at_least(AIM, figure)


def _slack_all(places: Places, name: str, minutes: int) -> Iterator[Figure]:
    with places.town(name) as place, slack_product(place.hall) as town:
        _strictly(town)
        put(town, SLACK, _everybody(place), A_WORKSPACE * (minutes + 2))
        rate = _a_minute(town, SLACK, lambda: _sent(town), minutes)
        figure = Figure("Slack, to everybody, at its limits", name, rate, "/min", A_WORKSPACE)
        yield at_least(AIM, figure)


def _strictly(town: SlackTown) -> None:
    town.slack.rates.strict()
    town.part.door.outgoing.pace = SlackPace(town.clock.now)


def _sent(town: SlackTown) -> list[datetime]:
    calls = town.slack.called(POST)
    refused = [call.answer for call in calls if not call.answer.get("ok")]
    assert not refused, refused[:3]
    return [call.at for call in calls]


def _lineworks(places: Places, name: str, minutes: int) -> Iterator[Figure]:
    most = LINEWORKS_A_MINUTE["paid"]
    with places.town(name) as place, lineworks_product(place.hall, LINEWORKS_RATE="paid") as town:
        town.lineworks.rates.strict("paid")
        town.part.door.outgoing.pace.room = 1
        put(town, LINEWORKS, _everybody(place), most * (minutes + 2))
        rate = _a_minute(town, LINEWORKS, lambda: _posted(town), minutes)
        yield at_least(AIM, Figure("LINE WORKS, at its limits", name, rate, "/min", most))


def _posted(town: LineworksTown) -> list[datetime]:
    calls = town.lineworks.called("send.user")
    refused = [call.answer for call in calls if call.status >= 400]
    assert not refused, refused[:3]
    return [call.at for call in calls]


def _without(places: Places, name: str, number: int) -> Iterator[Figure]:
    """Every notice is claimed, looked at again, drawn, sent and recorded."""
    with places.town(name) as place, slack_product(place.hall) as town:
        town.slack.rates.off()
        town.part.door.outgoing.pace.room = 1_000_000
        put(town, SLACK, _everybody(place), number)
        began = time.perf_counter()
        town.ticks.run_job(SLACK)
        rate = number / (time.perf_counter() - began)
        calls = town.slack.called(POST)
        assert len(calls) == number, len(calls)
        bound = _bare_calls(town, calls[-1].args, number)
        yield Figure("Slack, where nobody counts", name, rate, A_SECOND, bound)


def _bare_calls(town: SlackTown, args: dict[str, Any], number: int) -> float:
    body = json.dumps({k: v for k, v in args.items() if k != "metadata"}).encode()
    head = {
        "Authorization": f"Bearer {town.slack.bot_token}",
        "Content-Type": "application/json; charset=utf-8",
    }
    began = time.perf_counter()
    for _ in range(number):
        asked = urllib.request.Request(town.slack.api + POST, body, head)  # noqa: S310 - loopback
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - loopback
            assert json.loads(answer.read())["ok"]
    return number / (time.perf_counter() - began)


def _everybody(place: Place) -> list[str]:
    return [member.id for member in active_members(place.hall)]


def put(town: ChatTown, via: str, members: list[str], number: int) -> None:
    """So many notices wait to go by this way, to these in turn."""
    now = town.desk.now()
    with town.database.open() as unit:
        for count, member in zip(range(number), cycle(members), strict=False):
            name = f"bench{count:08}"
            facts = {"change": "added"}
            notice = Notice(name, "passkey_changed", member, name, facts, created_at=now, via=via)
            unit.outbox.put(notice)
        unit.commit()


def _a_minute(town: ChatTown, via: str, sent: At, minutes: int) -> float:
    """How many went in each minute, once the first one is over."""
    town.ticks.run_job(via)
    begins = town.clock.at + MINUTE
    ends = begins + minutes * MINUTE
    while town.clock.at < ends:
        town.clock.move(seconds=1)
        town.ticks.run_job(via)
    return sum(1 for at in sent() if begins < at <= ends) / minutes
