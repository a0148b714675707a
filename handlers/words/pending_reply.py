"""The referral that waits for somebody's answer, for every chat; or a sentence on how it stands."""

from typing import Protocol, TypeVar

from workflows.cases.find_case import GetCaseId, GetMyReply
from workflows.cases.lines import ReferralLine
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.looks import CasePage
from workflows.core.messages import Query

R = TypeVar("R")


class Asking(Protocol):
    """Whoever is here, at whichever door."""

    def ask(self, query: Query[R]) -> R: ...
    def say(self, key: str, /, **facts: object) -> str: ...


def referral_to_answer(
    here: Asking, number: str, referral_id: str, page: CasePage = CasePage.NOTHING
) -> str | tuple[CaseView, ReferralLine]:
    """With what `page` shows while the answer is awaited.

    Raises NotFound, and NotAllowed when it was asked of another agency.
    """
    try:
        case = here.ask(GetCase(here.ask(GetCaseId(number))))
    except NotFound:
        # Who passed it on no longer sees the case, but may be told what they answered.
        mine = here.ask(GetMyReply(number, referral_id))
        facts = {"at": mine.at, "by": mine.by, "answer": mine.answer, "next": mine.next_agency}
        facts |= {"heard_by": mine.heard_by, "said_by": ""}
        return here.say("page.settled.replied", number=mine.number, **facts)
    referral = next((r for r in case.referrals if r.id == referral_id), None)
    if referral is None:
        raise NotFound("not_found.referral")
    if referral.answer:
        if page is not CasePage.NOTHING:
            seen = here.ask(GetCase(case.id, CasePage.REPLIED, referral_id))
            referral = next(r for r in seen.referrals if r.id == referral_id)
        facts = {"at": referral.replied_at, "by": referral.replied_by}
        facts |= {"answer": referral.answer, "next": referral.next_agency}
        facts |= {"heard_by": referral.heard_by, "said_by": referral.said_by}
        return here.say("page.settled.replied", number=case.number, **facts)
    if not referral.mine:
        raise NotAllowed("denied.reply")
    if not case.is_open:
        return here.say("page.settled.closed", number=case.number)
    if page is not CasePage.NOTHING:
        case = here.ask(GetCase(case.id, page, referral_id))
        referral = next(r for r in case.referrals if r.id == referral_id)
    return case, referral
