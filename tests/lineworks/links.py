"""A link from a talk, followed in the phone's browser."""

from urllib.parse import parse_qs, urlsplit

from tests.lineworks.product import LineworksTown
from tests.support.web import TOWN, TownSeat


def followed(town: LineworksTown, address: str) -> tuple[TownSeat, str]:
    """The browser, let in as the link's member, and the page to which it was led."""
    asked = address.removeprefix(TOWN)
    parts = urlsplit(asked)
    (then,) = parse_qs(parts.query)["then"]
    seat = TownSeat(town.app)
    let_in = seat.send(parts.path, {"then": then}, page=asked)
    assert let_in.headers["Location"] == then
    return seat, then
