"""What every test of the stand-in for Mattermost begins with."""

from collections.abc import Iterator

import pytest

from tests.mattermost.made import Client, server
from tests.mattermost.server import StandIn
from tests.support.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def mattermost(clock: MovedClock) -> Iterator[StandIn]:
    with server(clock) as found:
        yield found


@pytest.fixture
def client(mattermost: StandIn) -> Client:
    return Client(mattermost)
