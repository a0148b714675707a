"""One press is one command: held wherever a test presses something in a chat."""

from sqlalchemy import select

from storage.database import Database
from storage.tables import seen


def assert_one_press_is_one_command(database: Database, door: str) -> None:
    """What a press carries out is remembered under its own name and the command's. What is kept
    beside it by itself may be done any number of times: a draft, what was asked last, a link."""
    with database.engine.connect() as connection:
        events = connection.execute(select(seen.c.event_id).where(seen.c.door == door)).scalars()
        done: dict[str, list[str]] = {}
        for event in events:
            press, _, command = event.rpartition(":")
            done.setdefault(press, []).append(command)
    several = {press: commands for press, commands in done.items() if press and len(commands) > 1}
    assert several == {}, "one press carried out several commands: a kill between them loses one"
