"""kill -9 of the real process right after Slack had its answers: every press counts, once."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.chat.meeting_answers import reference
from handlers.runtime.tokens import Tokens
from handlers.slack.door import PRESS
from storage.database import open_database
from storage.tables import callbacks
from storage.vault import read_keys
from tests.slack import payloads
from tests.slack.endpoints import SignedHttp
from tests.slack.product import CHANNEL, user_of
from tests.slack.server import StandIn
from tests.support.people import ELDERLY
from tests.support.town import KEYS, TOWN, TownMould
from tests.test_shutdown import SOON, served_in
from workflows.core.ports import Account

DATES = 6


@pytest.mark.timeout(180)
def test_what_was_acknowledged_before_a_kill_is_done_after_the_start(
    mould: TownMould, tmp_path: Path
) -> None:
    """Six dates answered in Slack, the process killed with the last acknowledgement: after the
    start all six are answered, and nothing waits."""
    folder = tmp_path / "data"
    folder.mkdir()
    hall = mould.copy(folder)
    hall.clock.set(datetime.now(UTC))
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=range(20, 20 + DATES))
    with hall.database.open() as unit:
        there = Account("slack", user_of(ELDERLY), ELDERLY, "linked", ELDERLY, hall.clock.at)
        unit.accounts.save(there)
        unit.commit()
    with hall.database.engine.begin() as connection:
        connection.execute(text("UPDATE about SET value = 'town' WHERE name = 'kind'"))
    slots = hall.meeting(meeting_id).slots
    hall.database.close()
    keys = read_keys(folder / KEYS)
    with StandIn() as slack, served_in(tmp_path) as bot:
        user = slack.add_user(user_of(ELDERLY), "elderly", email="")
        slack.add_channel(CHANNEL, "renkei", private=True)
        bot.more = {
            "MODE": "town",
            "PUBLIC_URL": "https://tsunagu.example.jp",
            "DATABASE_URL": f"sqlite:///{folder / TOWN}",
            "KEYS_FILE": str(folder / KEYS),
            "SLACK_API_ADDRESS": slack.api.rstrip("/"),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_COORDINATORS_CHANNEL": CHANNEL,
        }
        bot.start()
        way = SignedHttp(bot.url, slack.signing_secret)
        tokens = Tokens(keys.web)
        message = slack.world.post(slack.world.dm(user.id), {"text": "日程", "blocks": []})
        message |= {"channel": slack.world.dm(user.id).id}
        until_known(way)
        for slot in slots:
            item = f"{reference(slot.id)}.yes"
            token = tokens.seal(PRESS, {"v": "answer_slot", "s": meeting_id, "i": item})
            element = {
                "type": "button",
                "action_id": f"answer_slot.{slot.id}",
                "value": token,
                "text": {"type": "plain_text", "text": "○"},
            }
            action = payloads.action_on(slack.world, {"block_id": "b"}, element, None)
            pressed = payloads.block_actions(
                slack.world, user, [action], shown=None, message=message
            )
            assert way.interaction(pressed).status == 200
        bot.kill()
        bot.start()
        database = open_database(bot.more["DATABASE_URL"], keys, "town")
        ends = time.monotonic() + SOON
        while True:
            with database.engine.connect() as connection:
                rows = connection.execute(callbacks.select()).all()
            if len(rows) == DATES and all(row.try_at is None for row in rows):
                break
            assert time.monotonic() < ends, [(row.error, row.try_at) for row in rows]
            time.sleep(0.05)  # another process: there is nothing to move but the real time
        with database.open() as unit:
            meeting = unit.meetings.get(meeting_id)
        assert meeting
        assert {slot.id for slot in slots} == set(meeting.answers["A14"])
        database.close()


def until_known(way: SignedHttp) -> None:
    """Until the bot has asked Slack which workspace is its own."""
    ends = time.monotonic() + SOON
    envelope = {"type": "event_callback", "team_id": "T0TSUNAGI", "event": {"type": "unknown"}}
    while way.event(envelope).status != 200:
        assert time.monotonic() < ends
        time.sleep(0.05)  # as above
