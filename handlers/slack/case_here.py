"""The case that somebody wants to do something to, as far as they may; or that it is not there."""

from handlers.slack.door import Here
from workflows.cases.find_case import CaseIdOf
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotAllowed
from workflows.core.looks import CasePage
from workflows.core.permissions import Action


def case_to(
    here: Here,
    number: str,
    action: Action,
    page: CasePage = CasePage.NOTHING,
    item: str = "",
) -> CaseView:
    """The case, when the one who is here may do this to it. Raises NotFound, NotAllowed.

    What `page` shows is read (and the look written down) only where the town lets Slack show any.
    """
    shown = page if here.door.slack.personal_data else CasePage.NOTHING
    case = here.ask(GetCase(here.ask(CaseIdOf(number)), shown, item))
    decision = case.may[action]
    if not decision.allowed:
        raise NotAllowed(decision.reason)
    return case
