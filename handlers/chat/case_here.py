"""The case that somebody wants to do something to, as far as they may; or that it is not there."""

from typing import Any

from handlers.chat.door import ChatMember
from workflows.cases.find_case import CaseIdOf
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotAllowed
from workflows.core.looks import CasePage
from workflows.core.permissions import Action


def case_to(
    here: ChatMember[Any],
    number: str,
    action: Action,
    page: CasePage = CasePage.NOTHING,
    item: str = "",
) -> CaseView:
    """The case, when the one who is here may do this to it. Raises NotFound, NotAllowed.

    What `page` shows is read, and the look written down.
    """
    case = here.ask(GetCase(here.ask(CaseIdOf(number)), page, item))
    decision = case.may[action]
    if not decision.allowed:
        raise NotAllowed(decision.reason)
    return case
