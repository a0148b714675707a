"""The second step of convening: whom to invite and why, when and where, as fields of a modal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from handlers.slack.door import Here, Modal, Typed
from handlers.slack.meetings.convening_why import heading, reasons, sitting_blocks, sittings_of
from handlers.slack.meetings.dates_typed import OWN, date_blocks, rows_typed
from handlers.slack.meetings.hearing import HEARS, asked_of, reading_lines, what_is_read
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.modals import REVISION
from handlers.words.convening_choices import known_bases, numbers_typed, required_at_first
from handlers.words.form_words import with_absences
from workflows.japanese.dates import show_date
from workflows.meetings.plan_meeting import MeetingPlan, PlanMeeting
from workflows.meetings.propose_dates import DATES_PROPOSED, ProposeDates
from workflows.meetings.slots import DEFAULT_MINUTES, MOST_SLOTS
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of

SECOND: Final = "convene"  # the callback of the second step
MOST_INVITED: Final = 50


@dataclass(frozen=True)
class Dates:
    """The dates of the second step as they are drawn: those to tick, those ticked, one's own
    lines, the day for answers, and `until`: that day as it was proposed."""

    offered: Sequence[datetime]
    ticked: Sequence[datetime]
    own: str
    answer_by: str
    until: str


def at_first(plan: MeetingPlan, bases: Sequence[LegalBasis]) -> dict[str, Any]:
    """What stands there at first: whom consent does not cover is offered and not chosen."""
    return {
        "required_agencies": required_at_first(plan, bases),
        "optional_agencies": [],
        "chair": plan.me,
        "minutes": str(DEFAULT_MINUTES),
    }


def proposed_dates(here: Here, plan: MeetingPlan, typed: Typed, until: str = "") -> Dates:
    """What is proposed for who is chosen now, the best ones ticked. A day for answers that
    somebody typed in the place of `until` stays."""
    offered, last_day = _proposed(here, plan, typed)
    answer_by, last = str(typed.get("answer_by", "")), show_date(last_day)
    return Dates(
        offered,
        offered[:DATES_PROPOSED],
        str(typed.get(OWN, "")),
        last if answer_by == until else answer_by,
        last,
    )


def kept_dates(here: Here, plan: MeetingPlan, typed: Typed, until: str) -> Dates:
    """What was ticked and typed, with what is proposed beside it."""
    ticked = rows_typed(typed).ticked
    offered, _ = _proposed(here, plan, typed)
    every = list(dict.fromkeys([*ticked, *offered]))[: max(MOST_SLOTS, len(ticked))]
    return Dates(every, ticked, str(typed.get(OWN, "")), str(typed.get("answer_by", "")), until)


def second_step(
    here: Here,
    plan: MeetingPlan,
    memory: Mapping[str, str],
    typed: Typed,
    dates: Dates,
    *,
    note: str = "",
) -> Modal:
    """The second step, filled with what was typed and with these dates."""
    sittings = sittings_of(here, plan, typed)
    bases = known_bases(memory["bases"].split(","))
    again = int(memory.get("again", "-1")) + 1
    drawn = [blocks.section(note, strong=True)] if note else []
    drawn.append(blocks.section(heading(here, memory, bases), strong=True))
    for sitting in sittings:
        drawn += sitting_blocks(here, sitting)
    # The reasons name matters of the sheet: asked for here, where they are read.
    named = here.ask(PlanMeeting(numbers_typed(memory["cases"]), tuple(bases), content=True))
    drawn += reasons(here, named, bases)
    if plan.cases:
        drawn.append(what_is_read(here, secrecy=BasisCondition.SECRECY in conditions_of(bases)))
    propose = _button(here, "propose", "slack_meeting.convene.propose")
    between = [blocks.buttons([propose])]
    drawn += questions(here, plan, typed, dates, again=again, between=between)
    drawn.append(blocks.buttons([_button(here, "back", "slack_meeting.button.back")]))
    return Modal(
        here.say("page.meeting.new"),
        tuple(drawn),
        callback=SECOND,
        submit=here.say("slack_meeting.button.convene"),
        memory={
            **memory,
            "again": str(again),
            "until": dates.until,
            "seen": ",".join(s.meeting_id for s in sittings),
        },
    )


def _button(here: Here, verb: str, key: str) -> Block:
    name = f"convene_{verb}"
    return blocks.button(here.say(key), name, here.door.token(name))


def questions(
    here: Here,
    plan: MeetingPlan,
    typed: Typed,
    dates: Dates,
    *,
    again: int,
    between: Sequence[Block] = (),
    optional: bool = False,
) -> list[Block]:
    """All that the second step asks, with `between` before the dates; a new `again` forces these
    dates over what stands there. `optional`: none of it has to be filled in yet."""
    return [
        *_whom(here, plan, typed, optional=optional),
        *between,
        *_when(here, dates, again, optional=optional),
        *_where(here, typed),
    ]


def _whom(here: Here, plan: MeetingPlan, typed: Typed, *, optional: bool) -> list[Block]:
    form = here.door.forms.form("meeting")
    groups = _groups(here, plan)
    drawn = [
        blocks.input_block(
            name,
            form.field(name).label,
            inputs.grouped_choices(groups, list(typed.get(name, ())), most=MOST_INVITED),
            hint=form.field(name).guideline,
            optional=optional or name != "required_agencies",
        )
        for name in ("required_agencies", "optional_agencies")
    ]
    drawn += _hearing(here, plan, typed)
    chairs: dict[str, list[inputs.Choice]] = {}
    offered = with_absences(plan.chairs, plan.away, here.door.texts)
    for member_id, name, agency in offered:
        chairs.setdefault(agency, []).append((member_id, name))
    chair = inputs.grouped_select(chairs, str(typed.get("chair", "")))
    drawn.append(blocks.input_block("chair", form.field("chair").label, chair, optional=True))
    minutes = [(c.value, c.label) for c in form.field("minutes").choices]
    length = inputs.select(minutes, str(typed.get("minutes", "")))
    drawn.append(blocks.input_block("minutes", form.field("minutes").label, length, optional=True))
    return drawn


def _hearing(here: Here, plan: MeetingPlan, typed: Typed) -> list[Block]:
    """Of one case all that are invited hear it, and it is said what they read; of several it is
    asked for each."""
    drawn: list[Block] = []
    for case in plan.cases:
        agencies = [i.hearing[case.number] for i in plan.invitees]
        if len(plan.cases) == 1:
            return reading_lines(here, agencies)
        proposed = [a.agency_id for a in agencies if a.concerned]
        chosen = list(typed.get(HEARS + case.number, proposed))
        drawn += asked_of(here, case.number, agencies, chosen)
    return [*drawn, blocks.context(here.say("slack_meeting.hearing.of_invited"))] if drawn else []


def _groups(here: Here, plan: MeetingPlan) -> dict[str, list[inputs.Choice]]:
    groups: dict[str, list[inputs.Choice]] = {}
    for one in plan.invitees:
        kind = here.door.texts.label("agency_kind", one.kind)
        name = here.say("slack_meeting.convene.suggested") if one.suggested else kind
        groups.setdefault(name, []).append((one.agency_id, one.name))
    return groups


def _when(here: Here, dates: Dates, again: int, *, optional: bool) -> list[Block]:
    until = blocks.input_block(
        "answer_by" + (f"{REVISION}{again}" if again else ""),
        here.say("page.meeting.field.answer_by"),
        inputs.text_input(dates.answer_by, most=40),
        hint=here.say("slack_meeting.dates.answer_by_hint"),
        optional=optional,
    )
    return [*date_blocks(here, dates.offered, dates.ticked, dates.own, revision=again), until]


def _where(here: Here, typed: Typed) -> list[Block]:
    form = here.door.forms.form("meeting")
    return [
        blocks.input_block(
            name,
            form.field(name).label,
            inputs.text_input(str(typed.get(name, "")), most=form.field(name).max or 300),
            hint=form.field(name).guideline,
            optional=True,
        )
        for name in ("place", "online_url", "title")
    ]


def _proposed(here: Here, plan: MeetingPlan, typed: Typed) -> tuple[list[datetime], date]:
    """Up to twenty dates, the best first, and the last day for answers."""
    asked = [
        here.ask(
            ProposeDates(
                required=tuple(typed.get("required_agencies", ())),
                chair_id=str(typed.get("chair") or plan.me),
                minutes=int(str(typed.get("minutes") or DEFAULT_MINUTES)),
                urgency=plan.urgency,
                again=again,
            )
        )
        for again in range(MOST_SLOTS // DATES_PROPOSED)
    ]
    return [slot for one in asked for slot in one.slots], asked[0].answer_by
