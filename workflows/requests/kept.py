"""Loading and saving a request of a person: who may read it, and what saving makes owed."""

from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.person_request import PersonRequest
from workflows.promises.derive import derive_promises


def request_to_change(request_id: str, work: Work) -> PersonRequest:
    """Load the request to change it; by who may read it alone. Raises NotFound, NotAllowed."""
    found = work.uow.requests.get(request_id, change=True)
    if found is None:
        raise NotFound("not_found.request")
    must_be_readable(found, work)
    return found


def must_be_readable(request: PersonRequest, work: Work) -> None:
    """Raises NotAllowed where whoever asks may not read the request (`may_read`)."""
    if not may_read(request, work):
        raise NotAllowed("denied.request_restricted")


def may_read(request: PersonRequest, work: Work) -> bool:
    """Whether whoever asks may give out all of the cases that the request is about.

    [ours] docs/rules.md 7: of a restricted case the named alone may.
    """
    rows = work.uow.cases.rows_of(request.case_ids)
    if request.cases_gone or any(case_id not in rows for case_id in request.case_ids):
        # Of one that was disposed of nobody knows any more who could read it.
        return work.me.id == request.by
    return all(work.may(Action.DISCLOSE, row).allowed for row in rows.values())


def save_request(request: PersonRequest, work: Work) -> None:
    """Save the request, and derive what is owed on it anew."""
    work.uow.requests.save(request)
    derive_promises(request, work)
