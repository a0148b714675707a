"""A clock that is put back keeps nothing waiting for as long as it was put back."""

from datetime import timedelta

import pytest

from handlers.chat.rate_window import RateWindow
from handlers.runtime.pause import Pause
from handlers.slack.sending.pace import SlackPace
from tests.support.clock import START

MINUTES = timedelta(minutes=1)
BACK = timedelta(hours=2)


def test_a_pause_is_as_long_as_it_was_begun_to_be() -> None:
    pause = Pause()
    assert pause.is_over(START)
    pause.begin(START, 10 * MINUTES)
    assert not pause.is_over(START + 4 * MINUTES)
    assert not pause.is_over(START + 4 * MINUTES - BACK)
    assert not pause.is_over(START + 9 * MINUTES - BACK)
    assert pause.is_over(START + 10 * MINUTES - BACK)
    pause.begin(START, 10 * MINUTES)
    assert pause.is_over(START + BACK)
    pause.begin(START, 10 * MINUTES)
    pause.end()
    assert pause.is_over(START)


@pytest.mark.parametrize("how", ["used", "closed", "promised"])
def test_a_way_is_free_as_soon_as_it_would_have_been(how: str) -> None:
    """What was sent, what the platform asked us to wait, and the turns that were given."""
    lane = RateWindow(2, MINUTES)
    match how:
        case "used":
            lane.free_at(START)
            lane.used.extend([START, START])
        case "closed":
            lane.free_at(START)
            lane.closed_until = START + MINUTES
        case _:  # promised
            lane.used.extend([START, START])
            lane.turn(START)
    assert lane.turn(START - BACK) <= START - BACK + 2 * MINUTES
    assert lane.free_at(START - BACK + 30 * MINUTES) == START - BACK + 30 * MINUTES


def test_sending_goes_on_at_its_pace_when_the_clock_is_put_back() -> None:
    moved = [timedelta(0)]
    pace = SlackPace(lambda: START + moved[0])
    assert pace.take("chat.postMessage", "C1") is None
    pace.close(30 * MINUTES, "rate_limited", "chat.postMessage", "C1")
    moved[0] = -BACK
    wait = pace.take("chat.postMessage", "C1")
    assert wait is not None
    assert wait[0] <= 31 * MINUTES
    moved[0] = 31 * MINUTES - BACK
    assert pace.take("chat.postMessage", "C1") is None
