"""Cases and meetings whose documents no key opens, and as if the key came back."""

from sqlalchemy import select, update

from storage.tables import cases, meetings
from tests.support.hands import Hands

GARBAGE = "k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def make_unreadable(hall: Hands, record: str, *columns: str) -> dict[str, str]:
    """Make these columns of a case or meeting what no key opens; answers with what stood there."""
    spoilt = dict.fromkeys(columns, GARBAGE)
    with hall.database.engine.connect() as connection, connection.begin():
        for table in (cases, meetings):
            found = connection.execute(select(table).where(table.c.id == record)).one_or_none()
            if found is not None:
                connection.execute(update(table).where(table.c.id == record).values(**spoilt))
                return {column: getattr(found, column) for column in columns}
    raise AssertionError(record)


def make_readable(hall: Hands, record: str, stood: dict[str, str]) -> None:
    """As if the key, or a backup, came back."""
    with hall.database.engine.connect() as connection, connection.begin():
        for table in (cases, meetings):
            connection.execute(update(table).where(table.c.id == record).values(stood))
