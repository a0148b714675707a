"""Requests of persons as whoever answers them sees them."""

from dataclasses import dataclass
from datetime import date, datetime

from workflows.cases.story import who
from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.person_request import PersonRequest
from workflows.requests.kept import may_read, must_be_readable


@dataclass(frozen=True)
class RequestLine:
    """One line of the list: numbers and days, nobody's name. `may_open`: its page opens to me."""

    id: str
    number: str
    kind: str
    received_on: date
    due_on: date
    extended: bool
    agency: str
    outcome: str
    answered_on: date | None
    overdue: bool
    days_left: int
    may_open: bool
    lacks: str = ""  # what a restore lost of it: words, or answer


@dataclass(frozen=True)
class RequestList:
    waiting: tuple[RequestLine, ...]
    answered: tuple[RequestLine, ...]
    may_record: bool
    days: int


@dataclass(frozen=True)
class GetRequests(Query[RequestList]):
    """Those that wait by their day, then those that were answered, the newest first."""


@handles(GetRequests, Action.SEE_REQUESTS, code="get_requests")
def get_requests(query: GetRequests, work: Work) -> RequestList:
    every = work.uow.requests.all()
    waiting = sorted((r for r in every if not r.answer), key=lambda r: (r.due_on, r.number))
    answered = sorted((r for r in every if r.answer), key=lambda r: r.number, reverse=True)
    return RequestList(
        tuple(_line(r, work) for r in waiting),
        tuple(_line(r, work) for r in answered),
        work.may(Action.HANDLE_REQUESTS, None).allowed,
        work.uow.directory.town().request_days,
    )


def _line(one: PersonRequest, work: Work) -> RequestLine:
    answer = one.answer
    handles_them = work.may(Action.HANDLE_REQUESTS, None).allowed
    return RequestLine(
        id=one.id,
        number=one.number,
        kind=one.kind,
        received_on=one.received_on,
        due_on=one.due_on,
        extended=bool(one.extensions),
        agency=work.agency_name(one.agency_id, one.at),
        outcome=answer.outcome if answer else "",
        answered_on=answer.on if answer else None,
        overdue=answer is None and work.today > one.due_on,
        days_left=abs((one.due_on - work.today).days),
        may_open=handles_them and may_read(one, work),
        lacks=one.lacks,
    )


@dataclass(frozen=True)
class ExtensionView:
    until: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AnswerView:
    outcome: str
    given: str
    reason: str
    on: date
    by: str
    at: datetime
    taken_back_by: str
    taken_back_at: datetime | None


@dataclass(frozen=True)
class CaseOfRequest:
    """A case that a request is about. With `former`, the id of a WrongPerson, only what stood in it
    about the person by mistake."""

    number: str
    state: str
    answering_agency: str
    former: str = ""


@dataclass(frozen=True)
class RequestView:
    """Everything its page shows; class P and H. `answers` are the newest first."""

    line: RequestLine
    asked_as: str
    person: str
    asker: str
    authority: str
    checked: str
    wanted: str
    by: str
    at: datetime
    due_first: date
    cases: tuple[CaseOfRequest, ...]
    extensions: tuple[ExtensionView, ...]
    answers: tuple[AnswerView, ...]
    waits: bool


@dataclass(frozen=True)
class GetRequest(Query[RequestView]):
    """One request with all its page shows; the trail keeps that it was opened."""

    request_id: str


@handles(
    GetRequest,
    Action.HANDLE_REQUESTS,
    code="get_request",
    others={"request_id": "may_read asks about its cases"},
)
def get_request(query: GetRequest, work: Work) -> RequestView:
    one = request_to_read(query.request_id, work)
    work.record("request_seen", request=one.number)
    rows = work.uow.cases.rows_of(one.case_ids)
    return RequestView(
        line=_line(one, work),
        asked_as=one.asked_as,
        person=one.person,
        asker=one.asker,
        authority=one.authority,
        checked=one.checked,
        wanted=one.wanted,
        by=who(one.by, work, one.at),
        at=one.at,
        due_first=one.due_first,
        cases=tuple(
            CaseOfRequest(
                rows[c].number,
                rows[c].shown_state,
                work.agency_name(rows[c].answering_agency_id),
                one.former.get(c, ""),
            )
            for c in one.case_ids
            if c in rows
        ),
        extensions=tuple(
            ExtensionView(e.until, e.reason, who(e.by, work, e.at), e.at) for e in one.extensions
        ),
        answers=tuple(
            AnswerView(
                a.outcome,
                a.given,
                a.reason,
                a.on,
                who(a.by, work, a.at),
                a.at,
                who(a.taken_back_by, work, a.taken_back_at),
                a.taken_back_at,
            )
            for a in reversed(one.answers)
        ),
        waits=one.answer is None,
    )


def request_to_read(request_id: str, work: Work) -> PersonRequest:
    """The request, where I may read it. Raises NotFound, also for one that is not mine to see."""
    one = work.uow.requests.get(request_id)
    if one is None:
        raise NotFound("not_found.request")
    must_be_readable(one, work)
    return one
