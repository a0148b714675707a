"""Agenda requests that wait on cases, for the inbox and the 机: numbers and days, no content."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflows.core.work import Work
from workflows.meetings.agenda_requests import answers_for_it
from workflows.model.case import AgendaRequest, Case
from workflows.model.case_row import CaseRow


@dataclass(frozen=True)
class RequestToAnswer:
    """`urgent`: the case was opened at once, and is to be looked at; `last_day` is then the one by
    which that was to be done."""

    number: str
    urgent: bool
    last_day: date
    overdue: bool


def requests_waiting_on(rows: Iterable[CaseRow], work: Work) -> list[tuple[Case, AgendaRequest]]:
    """Those that can be answered still."""
    return [
        (case, one)
        for row in rows
        if row.agenda_requests_waiting and not row.broken and (case := work.uow.cases.get(row.id))
        for one in case.waiting_agenda_requests
        if one.urgent or work.today <= one.last_day
    ]


def requests_to_answer(rows: Iterable[CaseRow], work: Work) -> tuple[RequestToAnswer, ...]:
    """Those that the acting member may answer: what was opened at once first, then by day."""
    found = [
        RequestToAnswer(case.number, one.urgent, one.last_day, work.today > one.last_day)
        for case, one in requests_waiting_on(rows, work)
        if one.by != work.me.id and answers_for_it(case, work)
    ]
    return tuple(sorted(found, key=lambda r: (not r.urgent, r.last_day, r.number)))
