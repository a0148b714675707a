"""Requests of persons are kept for years of their own after the answer, and then let go.

A manager approves it on the same page as cases, by number and days; it goes at once, and leaves
its proof. What a case leaves in requests when it is disposed of, goes with the case.
"""

from dataclasses import dataclass
from datetime import date

from workflows.core.work import Work, new_id
from workflows.guard.mentions import RecordNames, forget_in_digests
from workflows.model.case import Case
from workflows.model.disposal import Disposal
from workflows.model.person_request import PersonRequest
from workflows.model.retention_period import last_day

REQUEST = "request"  # the kind of its line in the record of disposals


@dataclass(frozen=True)
class RequestDue:
    """An answered request whose years are over; nobody's name."""

    request_id: str
    number: str
    kind: str
    answered_on: date
    kept_until: date


def due_requests(work: Work) -> list[RequestDue]:
    """Those that were answered long enough ago, and are about no case whose disposal is held."""
    years = work.uow.directory.town().request_retention_years
    found = []
    for one in work.uow.requests.all():
        if one.answer is None or last_day(one.answer.on, years) >= work.today:
            continue
        if any(row.held for row in work.uow.cases.rows_of(one.case_ids).values()):
            continue
        until = last_day(one.answer.on, years)
        found.append(RequestDue(one.id, one.number, one.kind, one.answer.on, until))
    return sorted(found, key=lambda r: (r.kept_until, r.number))


def dispose_request(due: RequestDue, work: Work) -> bool:
    """Dispose of a request and keep the proof; False when it is not there any more."""
    request = work.uow.requests.get(due.request_id, change=True)
    if request is None:
        return False
    proof = work.uow.disposals.digest(request)
    counts = erase_request(request, work)
    work.uow.disposals.add(
        Disposal(
            id=new_id(),
            kind=REQUEST,
            subject_id=request.id,
            number=request.number,
            ended_on=due.answered_on,
            kept_until=due.kept_until,
            approved_by=work.me.id,
            approved_at=work.now,
            disposed_at=work.now,
            counts=counts,
            proof=proof,
        )
    )
    work.record("request_disposed", request=request.number, subject=request.id)
    return True


def erase_request(request: PersonRequest, work: Work) -> dict[str, int]:
    """Remove a request and all that names it. Answers with how many of what went; the proof of it
    is the caller's matter."""
    names = RecordNames(request.number, frozenset({request.id}))
    counts = {
        "requests": 1,
        "mentions": work.uow.purge.mentions(names, request.at, work.now),
        "digests": forget_in_digests(names, work),
    }
    work.uow.promises.replace(request.id, [])
    work.uow.requests.remove(request.id)
    return counts


def take_case_out_of_requests(case: Case, work: Work) -> int:
    """Take a case that is disposed of out of the requests about it. Answers with how many those
    are.

    That there was one is kept as a count alone: who could read it is not known any more.
    """
    about = [r for r in work.uow.requests.all() if case.id in (*r.case_ids, *r.former)]
    for one in about:
        one.case_ids = [i for i in one.case_ids if i != case.id]
        one.former.pop(case.id, None)
        one.cases_gone += 1
        work.uow.requests.save(one)
    return len(about)
