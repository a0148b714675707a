"""From somebody's press to their own card as it is then, while every other card waits to be drawn.

In real time, at Slack's own limits: the stand-in counts as it is documented. The bound is the bare
call to the address that came with the press.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import update

from benchmarks.figures import MS, Figure, at_most, p50, p99
from benchmarks.places import Place, Places
from handlers.slack.sending.pace import SlackPace
from storage.tables import outbox, posts
from tests.slack.limits import Json
from tests.slack.product import SlackTown, slack_product, user_of
from tests.support.clock import MovedClock
from tests.support.people import ELDERLY
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.desk import Desk
from workflows.japanese.dates import TOKYO

AIM = 1_500.0  # ms
PRESSES = 40
CASES = 30
RESPONSE = "response_url"
ASKS, ANSWERS = "日程をお尋ね", ("○ 出席", "× 欠席")
WAITED = 20.0  # seconds
BETWEEN = 0.5  # seconds between two presses


class TimeItself(MovedClock):
    """The machine's clock. `at` is when it was asked."""

    def now(self) -> datetime:
        self.at = datetime.now(TOKYO)
        return self.at


def measure(places: Places, presses: int = PRESSES, cases: int = CASES) -> list[Figure]:
    return [one for name in places.names for one in _on(places, name, presses, cases)]


def _on(places: Places, name: str, presses: int, cases: int) -> Iterator[Figure]:
    with places.town(name) as place, slack_product(_in_real_time(place)) as town:
        _make_cards(town, cases)
        town.slack.rates.strict()
        town.part.door.outgoing.pace = SlackPace(town.desk.now)
        with _drawn_all_the_time(town) as drawn:
            times = [_until_drawn(town, number) for number in range(presses)]
        assert drawn[0], "nothing else was drawn"
        bound = [_bare(town) for _ in range(presses)]
        for said, of in (("p50", p50), ("p99", p99)):
            what = f"own press to own card, {said}"
            figure = Figure(what, name, of(times) * 1000, MS, of(bound) * 1000)
            yield at_most(AIM, figure)


def _in_real_time(place: Place) -> TownHall:
    clock, database = TimeItself(), place.hall.database
    return TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)


def _make_cards(town: SlackTown, cases: int) -> None:
    """Many cards in many conversations; one of them asks for dates."""
    town.slack.rates.off()
    town.convene(town.open_case("A14"))
    for _ in range(cases):
        town.open_case("A14", "A17", "A19")
    with town.database.engine.begin() as connection:  # also at night, and on a Sunday
        now = town.desk.now()
        connection.execute(update(outbox).where(outbox.c.state == "waiting").values(try_at=now))
    town.tick()
    assert _card(town)


def _card(town: SlackTown) -> Json:
    return next(m for m in town.person(ELDERLY).messages() if ASKS in m["text"])


@contextmanager
def _drawn_all_the_time(town: SlackTown) -> Iterator[list[int]]:
    """Every card is out of date again each second, and drawn as fast as Slack lets it."""
    over, drawn = threading.Event(), [0]
    old = posts.update().values(shown="old", moves=posts.c.moves + 1)

    def draw() -> None:
        while not over.wait(1.0):
            with town.database.engine.begin() as connection:
                connection.execute(old.values(try_at=town.desk.now()))
            before = len(town.slack.calls)
            town.ticks.run_job("slack_cards")
            drawn[0] += len(town.slack.calls) - before

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        yield drawn
    finally:
        over.set()
        thread.join()


def _until_drawn(town: SlackTown, number: int) -> float:
    """Seconds from the press until Slack was given the card that says so."""
    time.sleep(BETWEEN)  # as somebody presses
    card, answer = _card(town), ANSWERS[number % 2]
    seen, began = len(town.slack.calls), town.desk.now()
    town.person(ELDERLY).press(answer, in_=card)
    ends = time.monotonic() + WAITED
    while time.monotonic() < ends:
        calls = town.slack.calls[seen:]
        for call in calls:
            is_hers = call.method == RESPONSE or call.args.get("ts") == card["ts"]
            if is_hers and f"回答：{answer[0]}" in json.dumps(call.args, ensure_ascii=False):
                return (call.at - began).total_seconds()
        seen += len(calls)
        time.sleep(0.005)
    raise AssertionError("her own card was not drawn")


def _bare(town: SlackTown) -> float:
    """Seconds of the call alone."""
    card = _card(town)
    with town.slack.world.lock:
        url = town.slack.world.new_response_url(user_of(ELDERLY), card["channel"], card["ts"])
    said = {"text": card["text"], "blocks": card["blocks"], "replace_original": True}
    head = {"Content-Type": "application/json; charset=utf-8"}
    asked = urllib.request.Request(url, json.dumps(said).encode(), head)  # noqa: S310 - loopback
    began = time.perf_counter()
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
    return time.perf_counter() - began
