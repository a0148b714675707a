"""What stands above the second step of convening: what it is about, sittings to join, reasons."""

from collections.abc import Mapping, Sequence
from typing import Final

from handlers.slack.door import Here, Typed
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from workflows.meetings.joinable import GetJoinableMeetings, JoinableMeeting
from workflows.meetings.plan_meeting import Invitee, MeetingPlan
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of

MOST_REASONS: Final = 8
MOST_SITTINGS: Final = 3


def heading(here: Here, memory: Mapping[str, str], bases: Sequence[LegalBasis]) -> str:
    texts = here.door.texts
    return here.say(
        "slack_meeting.convene.about",
        kind=texts.label("meeting_kind", memory["kind"]),
        bases="、".join(texts.label("legal_basis", str(b)) for b in bases),
        numbers=[n for n in memory["cases"].split("、") if n],
    )


def sittings_of(here: Here, plan: MeetingPlan, typed: Typed) -> tuple[JoinableMeeting, ...]:
    """会議を増やさない: what is planned with most of the same agencies already."""
    wanted = (*typed.get("required_agencies", ()), *typed.get("optional_agencies", ()))
    return here.ask(GetJoinableMeetings(tuple(c.number for c in plan.cases), wanted))[
        :MOST_SITTINGS
    ]


def sitting_blocks(here: Here, sitting: JoinableMeeting) -> list[Block]:
    told = here.say(
        "slack_meeting.convene.sitting",
        called=here.say(
            "page.meeting.one", title=sitting.title, kind=sitting.kind, numbers=sitting.numbers
        ),
        at=sitting.starts_at,
        together=sitting.together,
        missing=sitting.missing,
    )
    token = here.door.token("convene_join", sitting.meeting_id)
    words = here.say("slack_meeting.convene.join")
    return [blocks.section(told, beside=blocks.button(words, f"join.{sitting.meeting_id}", token))]


def reasons(here: Here, plan: MeetingPlan, bases: Sequence[LegalBasis]) -> list[Block]:
    """Why the first agencies are suggested, and whom the consent in force does not cover."""
    told = [
        here.say("slack_meeting.convene.reason", name=one.name, why=_why(here, one))
        for one in plan.invitees
        if one.suggested
    ][:MOST_REASONS]
    found = []
    if told:
        found.append(blocks.section("\n".join([here.say("slack_meeting.convene.reasons"), *told])))
    outside = [i.name for i in plan.invitees if i.suggested and not i.covered]
    if BasisCondition.CONSENT in conditions_of(bases) and plan.cases and outside:
        told_outside = here.say("slack_meeting.convene.not_covered", agencies=outside)
        found.append(blocks.context(told_outside))
    return found


def _why(here: Here, one: Invitee) -> str:
    """What it is about stays on the pages where nothing personal is shown in Slack."""
    said = []
    for key, facts in one.reasons:
        shown = dict(facts)
        if not here.door.slack.personal_data and "matters" in shown:
            shown["matters"] = ""
        said.append(here.say(key, **shown))
    if not one.has_contact:
        said.append(here.say("slack_meeting.convene.not_reached"))
    return "".join(said)
