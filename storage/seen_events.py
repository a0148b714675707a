"""Which events came in before: what comes twice has its effect once."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.tables import seen, streams, upsert


def remember(connection: Connection, door: str, event_id: str, at: datetime) -> bool:
    """Remember an event that came in; True when it had come before."""
    done = connection.execute(
        upsert(connection, seen)
        .values(door=door, event_id=event_id, at=at)
        .on_conflict_do_nothing(index_elements=["door", "event_id"])
        .returning(seen.c.event_id)  # psycopg keeps no row count of an INSERT
    )
    return done.first() is None


def was_remembered(connection: Connection, door: str, event_id: str) -> bool:
    query = select(func.count()).where(seen.c.door == door, seen.c.event_id == event_id)
    return bool(connection.execute(query).scalar_one())


def is_next(connection: Connection, stream: str, position: str, at: datetime) -> bool:
    """Move a row of presses on to `position`; False when it is that far already."""
    values = {"position": position, "at": at}
    done = connection.execute(
        upsert(connection, streams)
        .values(name=stream, **values)
        .on_conflict_do_update(
            index_elements=["name"], set_=values, where=streams.c.position < position
        )
        .returning(streams.c.name)
    )
    return done.first() is not None
