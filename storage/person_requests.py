"""Requests of persons, sealed whole; in the clear are their number and their year alone."""

from typing import Any

from sqlalchemy import Row, select

from storage.documents import from_text, to_text
from storage.numbers import take_next_number
from storage.tables import person_requests, request_numbers
from storage.tagged_rows import TaggedSession
from workflows.model.person_request import PersonRequest


class PersonRequestStore:
    def __init__(self, session: TaggedSession) -> None:
        self._session, self._connection = session, session.connection
        self._rows = session.of(person_requests)

    def save(self, request: PersonRequest) -> None:
        values = {"id": request.id, "number": request.number}
        self._rows.put(values, {"content": to_text(request)})

    def get(self, request_id: str, *, change: bool = False) -> PersonRequest | None:
        query = select(person_requests).where(person_requests.c.id == request_id)
        row = self._connection.execute(query.with_for_update() if change else query).one_or_none()
        return self._opened(row) if row else None

    def all(self) -> list[PersonRequest]:
        query = select(person_requests).order_by(person_requests.c.number)
        return [self._opened(row) for row in self._connection.execute(query)]

    def of_number(self, number: str) -> PersonRequest | None:
        query = select(person_requests).where(person_requests.c.number == number)
        row = self._connection.execute(query).one_or_none()
        return self._opened(row) if row else None

    def remove(self, request_id: str) -> None:
        self._rows.remove(person_requests.c.id == request_id)

    def next_number(self, fiscal_year: int) -> int:
        return take_next_number(self._session, request_numbers, fiscal_year)

    def pass_number(self, fiscal_year: int, number: int) -> None:
        take_next_number(self._session, request_numbers, fiscal_year, beyond=number)

    def _opened(self, row: Row[Any]) -> PersonRequest:
        return from_text(self._rows.opened(row, "content"), PersonRequest)
