"""Requests of persons as whoever answers them sees them; and the search for their cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from workflows.cases.find_person import SEARCHED, too_often
from workflows.cases.open_case import keys_of_former
from workflows.cases.row import CaseRow
from workflows.cases.story import who
from workflows.dates import NotADate, parse_date
from workflows.desk import Query, handles
from workflows.errors import Invalid, NotFound
from workflows.forms import FieldError
from workflows.looks import Part, Shown
from workflows.people import MatchKey, PersonTyped, former_keys, member_keys, search_keys
from workflows.permissions import Action
from workflows.requests.kept import may_read, must_be_readable
from workflows.requests.model import PersonRequest
from workflows.work import Work


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


@handles(GetRequests, Action.SEE_REQUESTS)
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
class ExtensionSeen:
    until: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AnswerSeen:
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
class RequestSeen:
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
    extensions: tuple[ExtensionSeen, ...]
    answers: tuple[AnswerSeen, ...]
    waits: bool


@dataclass(frozen=True)
class GetRequest(Query[RequestSeen]):
    """One request with all its page shows; the trail keeps that it was opened."""

    request_id: str


@handles(GetRequest, Action.HANDLE_REQUESTS, others={"request_id": "may_read asks about its cases"})
def get_request(query: GetRequest, work: Work) -> RequestSeen:
    one = _found(query.request_id, work)
    work.record("request_seen", request=one.number)
    rows = work.uow.cases.rows_of(one.case_ids)
    return RequestSeen(
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
            ExtensionSeen(e.until, e.reason, who(e.by, work, e.at), e.at) for e in one.extensions
        ),
        answers=tuple(
            AnswerSeen(
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


def _found(request_id: str, work: Work) -> PersonRequest:
    one = work.uow.requests.get(request_id)
    if one is None:
        raise NotFound("not_found.request")
    must_be_readable(one, work)
    return one


@dataclass(frozen=True)
class FoundForRequest:
    """A case in which the person is written; `as_member`: as one of the household; `former`: they
    stood there by mistake, until it was corrected (a WrongPerson)."""

    number: str
    state: str
    as_member: bool
    answering_agency: str
    former: str = ""


@dataclass(frozen=True)
class FindForRequest(Query[tuple[FoundForRequest, ...] | None]):
    """Cases in which exactly this person is written, also as one of the household, for a request
    alone; the trail says so. None when I have searched too often.

    By name, or by reading with a birth date; also as whom a sheet was about by mistake. Only cases
    that the asker may give out come up. Raises Invalid.
    """

    request_id: str
    name: str = ""
    kana: str = ""
    birth_date: str = ""


@handles(
    FindForRequest, Action.HANDLE_REQUESTS, others={"request_id": "may_read asks about its cases"}
)
def find_for_request(query: FindForRequest, work: Work) -> tuple[FoundForRequest, ...] | None:
    one = _found(query.request_id, work)
    by_name, both, was = _wanted(query, work)
    if too_often(["for_request"], work):
        return None
    found: dict[str, bool] = {}
    for case_id, kinds in work.uow.cases.matching(by_name).items():
        found[case_id] = "name" not in kinds
    if both:
        every = [set(work.uow.cases.matching([key])) for key in both]
        found |= dict.fromkeys(set.intersection(*every), False)
    once = work.uow.cases.matching(was)
    rows = work.uow.cases.rows_of({*found, *once})
    given = [r for r in rows.values() if work.may(Action.DISCLOSE, r).allowed]
    work.record(SEARCHED, kinds=["for_request"], hits=len(given), request=one.number)
    for row in given:
        basis = work.may(Action.DISCLOSE, row).reason
        work.show(row, Shown(Part.FOUND_FOR_REQUEST), basis=basis)
    lines = (
        FoundForRequest(
            r.number, r.shown_state, found[r.id], work.agency_name(r.answering_agency_id)
        )
        for r in given
        if r.id in found
    )
    formers = (line for r in given if r.id in once for line in _formers(r, was, work))
    return tuple(sorted((*lines, *formers), key=lambda line: (line.number, line.former)))


def _formers(row: CaseRow, was: frozenset[MatchKey], work: Work) -> Iterator[FoundForRequest]:
    """Each time that the sheet was about the person by mistake."""
    case = work.uow.cases.get(row.id)
    if case is None or not work.may(Action.READ_FORMER, row).allowed:
        return
    for one in case.wrong_persons:
        kinds = {key.kind for key in keys_of_former(one) & was}
        if kinds and one.taken_back_at is None:
            yield FoundForRequest(
                row.number,
                row.shown_state,
                kinds == {"was_member"},
                work.agency_name(row.answering_agency_id),
                one.id,
            )


def _wanted(
    query: FindForRequest, work: Work
) -> tuple[list[MatchKey], list[MatchKey], frozenset[MatchKey]]:
    """The keys of which one is enough (of the name), those that have to be there together, and
    those of whom a sheet was about by mistake, of which one is enough."""
    born, errors = None, list[FieldError]()
    if query.birth_date.strip():
        try:
            born = parse_date(query.birth_date, today=work.today, past=True)
        except NotADate as wrong:
            errors.append(FieldError("birth_date", wrong.key, wrong.facts))
    by_name = sorted(member_keys([query.name]), key=lambda k: k.kind)
    both = sorted(search_keys(PersonTyped("", query.kana, born)), key=lambda k: k.kind)
    kinds = {key.kind for key in both}
    if not by_name and not errors and kinds != {"kana", "birth"}:
        errors.append(FieldError("name", "request.find_nothing", {}))
    if errors:
        raise Invalid(errors)
    was = former_keys(PersonTyped(query.name, query.kana, born), [query.name])
    return by_name, both if kinds == {"kana", "birth"} else [], was
