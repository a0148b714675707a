"""What every test of the stand-in for LINE WORKS begins with."""

from collections.abc import Iterator

import pytest

from tests.lineworks.made import Client, tenant
from tests.lineworks.server import StandIn
from tests.support.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def lineworks(clock: MovedClock) -> Iterator[StandIn]:
    with tenant(clock) as found:
        yield found


@pytest.fixture
def client(lineworks: StandIn, clock: MovedClock) -> Client:
    return Client(lineworks, clock).sign_in()
