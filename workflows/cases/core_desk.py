"""中核機関: the core desk hears at once of an emergency, and of a request that reaches nobody.

[ours] It is told by number, and whom to telephone; who may see the case opens it from the card.
Nobody is let in by it. Of a restricted case who is not named hears that there is one, without its
number (docs/rules.md 7): who of the core desk is to see it is named by those who may, which the
trail records. While a town has named no core desk, the coordinators hear in its place.
"""

from collections.abc import Iterable

from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.directory import Member
from workflows.model.notice import Fact

CORE_DESK = "core_desk"  # the message; its receivers need not see the case (drop_reason.py)
_DESK, _COORDINATORS = "core_desk", "coordinators"


def tell_of_emergency(case: Case, work: Work) -> None:
    """Tell the core desk now, at any hour, that the case is 緊急; unless it was asked itself."""
    core = work.uow.directory.town().core_agency_id
    if any(r.agency_id == core for r in case.waiting_referrals):
        return
    desk = work.core_desk()
    place, to = (_DESK, desk) if desk else (_COORDINATORS, work.coordinators(case))
    _tell("emergency", case, to, "", work, place=place)


def tell_of_nobody_there(case: Case, agency_id: str, already: Iterable[Member], work: Work) -> None:
    """Tell the core desk that a request went to an agency in which nobody receives it."""
    told = {m.id for m in already}
    to = [m for m in work.core_desk() if m.id not in told]
    _tell("nobody_there", case, to, agency_id, work, place=_DESK)


def _tell(
    why: str, case: Case, to: Iterable[Member], agency_id: str, work: Work, *, place: str
) -> None:
    """`place` is whose they are: the core desk, or the coordinators in its place."""
    found = [m for m in to if work.actor is None or m.id != work.actor.id]
    waiting = case.waiting_referrals
    facts: dict[str, Fact] = {
        "why": why,
        "restricted": case.is_restricted,
        "agency": "",
        "asked": [],
        "writer": "",
        "phone": "",
        "reply_by": min(r.reply_by for r in waiting).isoformat() if waiting else "",
    }
    if not case.is_restricted:
        writer = work.agency(case.writer_agency_id)
        facts |= {
            "agency": work.agency_name(agency_id) if agency_id else "",
            "asked": list(dict.fromkeys(work.agency_name(r.agency_id) for r in waiting)),
            "writer": writer.name,
            "phone": writer.phone,
        }
    for member in found:
        opens = work.as_member(member).may(Action.SEE_CASE, case).allowed
        nameless = case.is_restricted and not opens
        work.tell(
            CORE_DESK,
            [member],
            once=f"{case.id}:{why}:{agency_id}:{len(case.referrals)}",
            facts={**facts, "opens": opens, **({"number": ""} if nameless else {})},
            case=None if nameless else case,
            urgent=str(case.urgency) == "emergency",
        )
    if found:
        work.record("core_desk_told", case=case, why=why, to=place)
