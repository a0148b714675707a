"""The case that somebody wants to do something to, as far as they may; or that it is not there."""

from handlers.slack.door import Here
from workflows.cases.find_case import CaseIdOf
from workflows.cases.views import CaseView, GetCase
from workflows.errors import NotAllowed
from workflows.permissions import Action


def case_to(here: Here, number: str, action: Action, *, content: bool = True) -> CaseView:
    """The case, when the one who is here may do this to it. Raises NotFound, NotAllowed.

    Content is read (and the look written down) only where the town lets Slack show any.
    """
    shown = content and here.door.slack.personal_data
    case = here.ask(GetCase(here.ask(CaseIdOf(number)), shown))
    decision = case.may[action]
    if not decision.allowed:
        raise NotAllowed(decision.reason)
    return case
