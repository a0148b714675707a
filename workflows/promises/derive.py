"""The open promises of a case, a meeting or a request, derived anew from how it is now."""

from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.meeting import Meeting
from workflows.model.person_request import PersonRequest, promises_of_request
from workflows.model.promise import promises_of_case, promises_of_meeting
from workflows.promises.ladder import rung_at


def derive_promises(subject: Case | Meeting | PersonRequest, work: Work) -> None:
    """Make the open promises of the subject those that follow from it; see Promises.replace."""
    if isinstance(subject, Case):
        wanted = promises_of_case(subject, work.days, work.today)
    elif isinstance(subject, PersonRequest):
        wanted = list(promises_of_request(subject, work.days))
    else:
        wanted = promises_of_meeting(subject, work.days)
    work.uow.promises.replace(subject.id, [(p, rung_at(p, 0, work.days)) for p in wanted])
