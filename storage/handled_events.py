"""Which events came in before: what comes twice has its effect once."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.tables import seen, streams, upsert
from workflows.core.ports import HandledEvent


def mark_handled(
    connection: Connection, door: str, event_id: str, at: datetime, digest: str = ""
) -> bool:
    """Remember an event that came in; False when it had come before."""
    done = connection.execute(
        upsert(connection, seen)
        .values(door=door, event_id=event_id, at=at, digest=digest or None)
        .on_conflict_do_nothing(index_elements=["door", "event_id"])
        .returning(seen.c.event_id)  # psycopg keeps no row count of an INSERT
    )
    return done.first() is not None


def find_handled(connection: Connection, door: str, event_id: str) -> HandledEvent | None:
    query = select(seen).where(seen.c.door == door, seen.c.event_id == event_id)
    row = connection.execute(query).first()
    return HandledEvent(row.at, row.digest or "", row.made or "") if row else None


def note_result(connection: Connection, door: str, event_id: str, made: str) -> None:
    """Remember of an event that came in what was made of it."""
    here = (seen.c.door == door) & (seen.c.event_id == event_id)
    connection.execute(update(seen).where(here).values(made=made))


def advance_stream(connection: Connection, stream: str, position: str, at: datetime) -> bool:
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
