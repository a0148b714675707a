"""What one press does about a referral, a role and a 見守り, at any chat; each platform draws it.

Where nothing is to be done any more, the answer is a sentence on how it stands.
"""

from datetime import date
from typing import Any

from handlers.chat.door import ChatMember
from handlers.words.case_forms import check_of, next_check_of, replied_words
from handlers.words.pending_reply import referral_to_answer
from workflows.cases.lines import FollowUpLine, RoleLine
from workflows.cases.reply import ReplyToReferral
from workflows.cases.roles import TickRole
from workflows.cases.views import CaseView
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.followups.answer import AnswerFollowUp
from workflows.japanese.dates import show_date


def accept_referral(here: ChatMember[Any], number: str, referral_id: str) -> str | None:
    """What is said of it; None when this town's form asks for more than the answer."""
    found = referral_to_answer(here, number, referral_id)
    if isinstance(found, str):
        return found
    case, referral = found
    raw = {"answer": "accepted"}
    try:
        given = here.handle(ReplyToReferral(case.id, referral.id, raw))
    except Invalid:
        return None
    return replied_words(case, given, raw, here.door.texts)


def role_to_do(here: ChatMember[Any], case: CaseView, role_id: str) -> RoleLine | str:
    """The role that waits to be done. Raises NotFound, and Refused when it was stopped."""
    line = next((r for r in case.roles if r.id == role_id), None)
    if line is None:
        raise NotFound("not_found.role")
    if line.done_at:
        return here.say("page.settled.role", number=case.number, at=line.done_at, by=line.done_by)
    if line.stopped:
        raise Refused("role.stopped")
    return line


def tick_role(here: ChatMember[Any], case: CaseView, line: RoleLine, outcome: str = "") -> str:
    """What is said of it."""
    here.handle(TickRole(case.id, line.id, outcome))
    return here.say("page.case.role_done", number=case.number, agency=line.agency_name)


def check_to_answer(here: ChatMember[Any], case: CaseView, check_id: str) -> FollowUpLine | str:
    """The check of that name, which may be answered already; or that there is none."""
    if not case.is_open:
        return here.say("page.settled.closed", number=case.number)
    line = check_of(case, check_id)
    if line is None:
        coming = next_check_of(case)
        return here.say("page.settled.follow_up_gone", number=case.number, next_on=coming)
    return line


def answer_check(
    here: ChatMember[Any], case: CaseView, line: FollowUpLine, result: str
) -> date | None:
    """The day of the next one. Raises Invalid when this town's form asks for more, or has this
    answer no longer."""
    raw = {"result": result, "next_on": show_date(line.next_on)}
    return here.handle(AnswerFollowUp(case.id, line.id, raw))
