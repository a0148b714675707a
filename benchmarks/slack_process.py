"""The real product in a process of its own, with the stand-in for Slack's servers beside it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.places import Place, Places
from handlers.chat.meeting_answers import reference
from handlers.runtime.tokens import Tokens
from handlers.slack.door import PRESS
from storage.vault import read_keys
from tests.slack import payloads
from tests.slack.endpoints import SignedHttp
from tests.slack.limits import Json
from tests.slack.product import CHANNEL, user_of
from tests.slack.server import StandIn
from tests.support.people import ELDERLY
from tests.support.product import Product
from tests.support.visitor import Visitor
from workflows.core.ports import Account
from workflows.model.meeting import Meeting

SLOTS = 10
STARTS_WITHIN = 60.0  # seconds


class ReadyProduct(Product):
    """It is there once /readyz says so."""

    def _until_it_answers(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends:
            assert self._process is not None
            assert self._process.poll() is None, self.said()
            try:
                if Visitor(self.url).get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise AssertionError(f"it was never ready: {self.said()}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def memory(self) -> float:
        """MiB that it holds now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(
            int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")
        )


@dataclass
class SlackProcess:
    """A town that asks one agency for dates; `press` and `command` are what Slack would send."""

    url: str
    slack: StandIn
    product: ReadyProduct
    _tokens: Tokens
    _meeting: Meeting
    _message: Json

    def press(self, number: int) -> Json:
        """The answer to one date; each is another answer than the one before it on that date."""
        slot = self._meeting.slots[number % SLOTS]
        symbol = ("yes", "no", "maybe")[number // SLOTS % 3]
        item = f"{reference(slot.id)}.{symbol}"
        said = {"v": "answer_slot", "s": self._meeting.id, "i": item}
        element = {
            "type": "button",
            "action_id": f"answer_slot.{slot.id}",
            "value": self._tokens.seal(PRESS, said),
            "text": {"type": "plain_text", "text": "○"},
        }
        world, user = self.slack.world, self.slack.world.users[user_of(ELDERLY)]
        action = payloads.action_on(world, {"block_id": "b"}, element, None)
        return payloads.block_actions(world, user, [action], shown=None, message=self._message)

    def command(self) -> dict[str, str]:
        world = self.slack.world
        user = world.users[user_of(ELDERLY)]
        return payloads.slash_command(world, user, "/tsunagu", "", self._message["channel"])


@contextmanager
def slack_process(places: Places, name: str) -> Iterator[SlackProcess]:
    """It is ready, and knows its workspace. Slack takes as much as comes."""
    with places.town(name) as place, StandIn() as slack:
        meeting = _asked(place)
        keys = read_keys(place.keys_file)
        place.hall.database.close()
        slack.rates.off()
        user = slack.add_user(user_of(ELDERLY), "elderly", email="")
        slack.add_channel(CHANNEL, "renkei", private=True)
        with slack.world.lock:
            where = slack.world.dm(user.id)
            message = slack.world.post(where, {"text": "日程", "blocks": []})
        product = ReadyProduct(place.folder / "run")
        product.more = {
            "MODE": "town",
            "LOG_LEVEL": "WARNING",
            "PUBLIC_URL": "https://tsunagu.example.jp",
            "DATABASE_URL": place.url,
            "KEYS_FILE": str(place.keys_file),
            "SLACK_API_ADDRESS": slack.api.rstrip("/"),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_COORDINATORS_CHANNEL": CHANNEL,
        }
        try:
            product.start()
            _until_known(product.url, slack.signing_secret)
            tokens = Tokens(keys.web)
            shown = message | {"channel": where.id}
            yield SlackProcess(product.url, slack, product, tokens, meeting, shown)
        finally:
            product.kill()


def _asked(place: Place) -> Meeting:
    place.as_town()
    hall = place.hall
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=range(20, 20 + SLOTS))
    with hall.database.open() as unit:
        at = hall.clock.at
        unit.accounts.save(Account("slack", user_of(ELDERLY), ELDERLY, "linked", ELDERLY, at))
        unit.commit()
    return hall.meeting(meeting_id)


def _until_known(url: str, secret: str) -> None:
    """Until the bot has asked Slack which workspace is its own."""
    assert urlsplit(url).hostname
    way, ends = SignedHttp(url, secret), time.monotonic() + STARTS_WITHIN
    envelope = {"type": "event_callback", "team_id": "T0TSUNAGI", "event": {"type": "unknown"}}
    while way.event(envelope).status != 200:
        assert time.monotonic() < ends
        time.sleep(0.05)
