"""A case in a chat: in brief, and for who wants to do something to it, as far as they may."""

from typing import Any

from handlers.chat.door import ChatMember
from workflows.cases.find_case import GetCaseId
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotAllowed
from workflows.core.looks import CasePage
from workflows.core.permissions import Action


def case_in_brief(here: ChatMember[Any], number: str, key: str) -> tuple[str, str]:
    """Its number as it is written, and in the sentence of this key how it stands and who answers
    for it. Raises NotFound."""
    case = here.ask(GetCase(here.ask(GetCaseId(number))))
    words = here.say(
        key,
        number=case.number,
        urgency=case.urgency,
        state=case.state,
        answering=case.answering_agency,
    )
    return case.number, words


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
    case = here.ask(GetCase(here.ask(GetCaseId(number)), page, item))
    decision = case.may[action]
    if not decision.allowed:
        raise NotAllowed(decision.reason)
    return case
