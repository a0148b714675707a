"""The case that somebody wants to do something to, as far as the town lets Slack show any of it."""

from handlers.chat import case_here
from handlers.slack.door import Here
from workflows.cases.views import CaseView
from workflows.core.looks import CasePage
from workflows.core.permissions import Action


def case_to(
    here: Here,
    number: str,
    action: Action,
    page: CasePage = CasePage.NOTHING,
    item: str = "",
) -> CaseView:
    """As of `handlers/chat/case_here.py`; `page` is read only where the town lets Slack show it."""
    shown = page if here.door.slack.personal_data else CasePage.NOTHING
    return case_here.case_to(here, number, action, shown, item)
