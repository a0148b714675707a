"""What every test of the stand-in for Slack begins with."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.slack.made import client_of, workspace
from tests.slack.server import StandIn
from tests.support.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def slack(clock: MovedClock) -> Iterator[StandIn]:
    with workspace(clock) as found:
        yield found


@pytest.fixture
def client(slack: StandIn) -> WebClient:
    return client_of(slack)
