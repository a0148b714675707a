"""A request of a person after a restore: as it stood without its words, completed by hand."""

import re
from typing import Final

from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.model.decision_line import RequestDecided
from workflows.model.person_request import Answered, Extension, PersonRequest
from workflows.requests.kept import save_request

_NUMBER: Final = re.compile(r"請R(\d+)-(\d+)")
TEXTS_LOST: Final = ""


def restore_request(decided: RequestDecided, work: Work) -> bool:
    """Bring a request back to how it stood, its due day watched again; False if it stands so.

    Its words are not in the list of decisions: who asked for what, and what was answered, is
    asked anew on its page.
    """
    request = work.uow.requests.get(decided.id, change=True)
    moved = request is None
    if request is None:
        request = _without_words(decided)
        _pass_number(decided.number, work)
    moved |= _make_as_decided(request, decided, work)
    if moved:
        save_request(request, work)
        work.record("request_again", request=request.number)
    return moved


def _without_words(decided: RequestDecided) -> PersonRequest:
    return PersonRequest(
        id=decided.id,
        number=decided.number,
        kind=decided.kind,
        asked_as=decided.asked_as,
        person=TEXTS_LOST,
        asker=TEXTS_LOST,
        authority=TEXTS_LOST,
        checked=TEXTS_LOST,
        wanted=TEXTS_LOST,
        received_on=decided.received_on,
        due_first=decided.due_first,
        by=decided.by,
        agency_id=decided.agency_id,
        at=decided.at,
    )


def _pass_number(number: str, work: Work) -> None:
    """The next request is not called the same."""
    if found := _NUMBER.fullmatch(number):
        work.uow.requests.pass_number(int(found[1]), int(found[2]))


def _make_as_decided(request: PersonRequest, decided: RequestDecided, work: Work) -> bool:
    about = (decided.case_ids, decided.former, decided.cases_gone)
    moved = (request.case_ids, request.former, request.cases_gone) != about
    request.case_ids, request.former = list(decided.case_ids), dict(decided.former)
    request.cases_gone = decided.cases_gone
    if request.due_on != decided.due_on:
        request.extensions.append(Extension(decided.due_on, TEXTS_LOST, decided.by, work.now))
        moved = True
    now = request.answer
    if now and now.at != decided.answered_at:
        now.taken_back_by, now.taken_back_at = decided.answered_by or decided.by, work.now
        moved, now = True, None
    if decided.answered_at and now is None:
        on = decided.answered_on or decided.answered_at.astimezone(TOKYO).date()
        by, at = decided.answered_by, decided.answered_at
        request.answers.append(Answered(decided.outcome, TEXTS_LOST, TEXTS_LOST, on, by, at))
        moved = True
    return moved
