"""The last number given in each fiscal year: counted on, or passed by."""

from sqlalchemy import Table, select

from storage.tagged_rows import TaggedSession
from workflows.core.errors import Refused


def take_next_number(
    session: TaggedSession, table: Table, fiscal_year: int, *, beyond: int = 0
) -> int:
    """Give the next number, or with `beyond` none, and none up to it from now on.

    Taken inside the transaction of what bears it: a rollback gives the number back, and the row's
    lock makes a second writer wait. Raises Refused when somebody else wrote there.
    """
    rows = session.of(table)
    rows.insert({"fiscal_year": fiscal_year, "last": 0}, unless=["fiscal_year"])
    year = table.c.fiscal_year == fiscal_year
    row = session.connection.execute(select(table).where(year).with_for_update()).one()
    if not rows.is_authentic(row):
        raise Refused("rows_changed.numbers")
    last = max(row.last, beyond) if beyond else row.last + 1
    if last != row.last:
        rows.put({"fiscal_year": fiscal_year, "last": last})
    return int(last)
