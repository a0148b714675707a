"""Who hears which case, in words for every door: what each agency would read, what a change did."""

from collections.abc import Iterable
from typing import Any

from handlers.words.texts import Texts
from workflows.cases.who_sees import TO_CONFIRM
from workflows.meetings.run import HearingOutcome
from workflows.meetings.views import REFUSED, SILENT, MeetingView
from workflows.meetings.who_hears import Hearing
from workflows.model.meeting import MeetingState


def hearing_words(texts: Texts, one: Hearing) -> str:
    """The sentences beside one agency: on what ground it would be told of the case there, what it
    reads anyway, and to whom a restricted case would be opened."""
    ground = "not_agreed" if one.ground and not one.agreed else one.ground or "none"
    said = [texts.say(f"hearing.ground.{ground}")]
    said.append(anyway_words(texts, one))
    if one.names and one.may_hear:
        said.append(texts.say("hearing.names", names=one.names))
    return "".join(said)


def anyway_words(texts: Texts, one: Hearing) -> str:
    """Why it reads the case also without hearing it there; "" when it would not."""
    if one.reads_anyway == TO_CONFIRM:
        return texts.say("hearing.anyway_confirm")
    why = one.reads_anyway.removeprefix("why.")
    return texts.say("hearing.anyway", why=why) if why else ""


def invited_facts(seen: MeetingView, agency_id: str, *, required: bool) -> dict[str, Any]:
    """The facts of page.meeting.invited and page.meeting.need_changed for an agency that was just
    invited, or is required from now on or no more."""
    (agency,) = (a for a in seen.agencies if a.id == agency_id)
    return {
        "agency": agency.name,
        "required": required,
        "closed": seen.line.state is MeetingState.ANSWERS_CLOSED,
        "fixed": seen.line.state is MeetingState.FIXED,
        "silent": agency.in_doubt == SILENT,
        "refused": agency.in_doubt == REFUSED,
    }


def changed_words(texts: Texts, changes: Iterable[HearingOutcome]) -> str:
    """What a change did, agency by agency: who reads the content no more, and who goes on."""
    said = []
    for one in changes:
        if one.added:
            said.append(texts.say("hearing.added", number=one.number, agencies=one.added))
        if one.shut:
            said.append(texts.say("hearing.shut", number=one.number, agencies=one.shut))
        if one.unnamed:
            said.append(texts.say("hearing.unnamed", number=one.number, names=one.unnamed))
        for agency, why in one.go_on:
            key = "hearing.go_on_confirm" if why == TO_CONFIRM else "hearing.go_on"
            facts = {"number": one.number, "agency": agency, "why": why.removeprefix("why.")}
            said.append(texts.say(key, **facts))
    return "".join(said)
