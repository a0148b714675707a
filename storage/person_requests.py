"""Requests of persons, sealed whole; in the clear are their number and their year alone."""

from sqlalchemy import Connection, case, delete, insert, select, update

from storage.documents import from_text, to_text
from storage.tables import person_requests, place, request_numbers, upsert
from storage.vault import Vault
from workflows.requests.model import PersonRequest


class PersonRequestStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def save(self, request: PersonRequest) -> None:
        content = self._vault.seal(to_text(request), _place(request.id))
        done = self._connection.execute(
            update(person_requests)
            .where(person_requests.c.id == request.id)
            .values(content=content)
        )
        if not done.rowcount:
            values = {"id": request.id, "number": request.number, "content": content}
            self._connection.execute(insert(person_requests).values(**values))

    def get(self, request_id: str, *, change: bool = False) -> PersonRequest | None:
        query = select(person_requests).where(person_requests.c.id == request_id)
        row = self._connection.execute(query.with_for_update() if change else query).one_or_none()
        return self._opened(row.id, row.content) if row else None

    def all(self) -> list[PersonRequest]:
        query = select(person_requests).order_by(person_requests.c.number)
        return [self._opened(row.id, row.content) for row in self._connection.execute(query)]

    def of_number(self, number: str) -> PersonRequest | None:
        query = select(person_requests).where(person_requests.c.number == number)
        row = self._connection.execute(query).one_or_none()
        return self._opened(row.id, row.content) if row else None

    def remove(self, request_id: str) -> None:
        gone = delete(person_requests).where(person_requests.c.id == request_id)
        self._connection.execute(gone)

    def next_number(self, fiscal_year: int) -> int:
        return int(
            self._connection.execute(
                upsert(self._connection, request_numbers)
                .values(fiscal_year=fiscal_year, last=1)
                .on_conflict_do_update(
                    index_elements=["fiscal_year"], set_={"last": request_numbers.c.last + 1}
                )
                .returning(request_numbers.c.last)
            ).scalar_one()
        )

    def pass_number(self, fiscal_year: int, number: int) -> None:
        last = case((request_numbers.c.last < number, number), else_=request_numbers.c.last)
        self._connection.execute(
            upsert(self._connection, request_numbers)
            .values(fiscal_year=fiscal_year, last=number)
            .on_conflict_do_update(index_elements=["fiscal_year"], set_={"last": last})
        )

    def _opened(self, request_id: str, content: str) -> PersonRequest:
        return from_text(self._vault.open(content, _place(request_id)), PersonRequest)


def _place(request_id: str) -> str:
    return place(person_requests, "content", request_id)
