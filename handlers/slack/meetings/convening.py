"""会議を招集する, in two steps: what it is about and on what footing; then whom, when and where.

What the first step holds comes back with the second, sealed; nothing is kept anywhere until the
meeting is convened. Going back draws the first step with the questions of the second below it,
for what stands in a window's fields is all that Slack keeps of it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from handlers.slack.door import (
    Answer,
    FieldErrors,
    Here,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    Typed,
    pressed,
    submitted,
)
from handlers.slack.meetings.convening_whom import (
    SECOND,
    at_first,
    kept_dates,
    proposed_dates,
    questions,
    second_step,
)
from handlers.slack.meetings.convening_why import sittings_of
from handlers.slack.meetings.dates_typed import question, rows_typed
from handlers.slack.meetings.hearing import hears_typed, join_modal
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.modals import REVISION
from handlers.slack.ui.pages import page_modal
from handlers.words.convening_choices import (
    known_bases,
    numbers_typed,
    usual_bases,
    without_consent,
)
from workflows.core.errors import Invalid
from workflows.core.free_text import checked_reason
from workflows.japanese.characters import trimmed
from workflows.meetings.convene import Convene
from workflows.meetings.plan_meeting import MeetingPlan, PlanMeeting
from workflows.meetings.slots import CONFIRMED, asked_about
from workflows.meetings.views import GetMeeting
from workflows.model.card import CardButton
from workflows.model.legal_basis import BasisCondition, conditions_of, is_about_cases
from workflows.model.meeting import INDIVIDUAL

FIRST: Final = "convene_about"  # the callback of the first step
REASON_MAX: Final = 300
# What goes forth and back of the second step: how often it was drawn, and the day proposed for
# answers. A first step that has it has the second one's questions below.
_WHOM: Final = ("again", "until")


# -- what it is about -----------------------------------------------------------------------------


@pressed("convene", opens=True)
def begin(press: Press) -> Answer:
    """`subject` is a case number, or nothing."""
    here = press.here
    plan = here.ask(PlanMeeting(numbers_typed(press.subject)))
    if plan.unknown:
        return PrivateSentence(here.say("meeting.unknown_case", number=plan.unknown[0]))
    typed: Typed = {
        "cases": "、".join((*(c.number for c in plan.cases), *plan.numbers_to_request)),
        "kind": INDIVIDUAL if plan.cases or plan.numbers_to_request else "",
        "bases": usual_bases(plan),
    }
    return _first(here, plan, typed, {})


def _first(
    here: Here,
    plan: MeetingPlan,
    typed: Typed,
    memory: Mapping[str, str],
    *,
    note: str = "",
    ways: Iterable[Block] = (),
) -> Modal:
    """The first step. With another `revision` in its memory our ticks stand there, not theirs."""
    drawn = [blocks.section(note, strong=True), *ways] if note else []
    drawn += _about_what(here, typed, memory.get("revision", ""))
    kept = {name: memory[name] for name in ("revision", *_WHOM) if name in memory}
    if "again" in kept:
        kept["again"] = str(int(kept["again"]) + 1)
        dates = kept_dates(here, plan, typed, kept["until"])
        drawn += [blocks.divider(), blocks.section(here.say("slack_meeting.convene.below"))]
        drawn += questions(here, plan, typed, dates, again=int(kept["again"]), optional=True)
    return Modal(
        here.say("page.meeting.new"),
        tuple(drawn),
        callback=FIRST,
        submit=here.say("slack_meeting.button.next"),
        memory=kept,
    )


def _about_what(here: Here, typed: Typed, revision: str) -> list[Block]:
    form = here.door.forms.form("meeting")
    kinds = [(c.value, c.label) for c in form.field("kind").choices]
    bases = [(c.value, c.label) for c in form.field("bases").choices]
    drawn = [
        blocks.input_block(
            "cases",
            here.say("slack_meeting.convene.which"),
            inputs.text_input(str(typed.get("cases", "")), most=300, example="R8-0012"),
            hint=here.say("slack_meeting.convene.which_hint"),
            optional=True,
        ),
        blocks.input_block(
            "kind", form.field("kind").label, inputs.select(kinds, str(typed.get("kind", "")))
        ),
        blocks.input_block(
            "bases" + (REVISION + revision if revision else ""),
            form.field("bases").label,
            inputs.checkboxes(bases[: blocks.FEW], list(typed.get("bases", ()))),
            hint=form.field("bases").guideline,
        ),
    ]
    if here.door.slack.personal_data:
        reason = form.field("basis_reason")
        words = inputs.text_input(str(typed.get("basis_reason", "")), most=REASON_MAX, lines=True)
        drawn.append(
            blocks.input_block(
                "basis_reason", reason.label, words, hint=reason.guideline, optional=True
            )
        )
    return drawn


@submitted(FIRST)
def about(submission: Submission) -> Answer:
    """The consent gate stands before anybody is chosen."""
    here, typed, before = submission.here, submission.typed, submission.memory
    numbers = numbers_typed(str(typed.get("cases", "")))
    bases = known_bases(typed.get("bases", ()))
    plan = here.ask(PlanMeeting(numbers, tuple(bases)))
    if plan.unknown:
        return FieldErrors({"cases": here.say("meeting.unknown_case", number=plan.unknown[0])})
    if not numbers and is_about_cases(bases):
        return FieldErrors({"cases": here.say("meeting.no_case")})
    if plan.cases and BasisCondition.NO_CONTENT in conditions_of(bases):
        return FieldErrors({"bases": here.say("meeting.no_content", number=plan.cases[0].number)})
    if plan.numbers_to_request and BasisCondition.NO_CONTENT in conditions_of(bases):
        return FieldErrors(
            {"bases": here.say("meeting.no_content", number=plan.numbers_to_request[0])}
        )
    without = [c for c in plan.cases if not c.has_consent]
    if without and BasisCondition.CONSENT in conditions_of(bases):
        token = here.door.token("convene_without_consent")
        words = here.say("slack_meeting.convene.without_consent")
        offer = blocks.buttons(
            [blocks.button(words, "convene_without_consent", token, style="primary")]
        )
        told = here.say("slack_meeting.convene.unconsented", numbers=[c.number for c in without])
        return _first(here, plan, typed, before, note=told, ways=[offer])
    wanted = [*(c.number for c in without), *plan.numbers_to_request]
    if wanted and not trimmed(str(typed.get("basis_reason", ""))):
        if not here.door.slack.personal_data:
            return page_modal(
                here, CardButton("", "convene", wanted[0]), "slack_meeting.convene.page"
            )
        asks = "agenda_request" if wanted[0] in plan.numbers_to_request else "meeting"
        return FieldErrors({"basis_reason": here.say(f"{asks}.reason_needed", number=wanted[0])})
    if reason := trimmed(str(typed.get("basis_reason", ""))):
        checked_reason(reason, "basis_reason", REASON_MAX)
    memory = {
        "cases": "、".join(numbers),
        "kind": str(typed.get("kind", "")),
        "bases": ",".join(str(b) for b in bases),
        "basis_reason": str(typed.get("basis_reason", "")),
    }
    if "again" not in before:
        chosen = at_first(plan, bases)
        return second_step(here, plan, memory, chosen, proposed_dates(here, plan, chosen))
    memory |= {name: before[name] for name in _WHOM}
    return second_step(here, plan, memory, typed, kept_dates(here, plan, typed, before["until"]))


@pressed("convene_without_consent")
def on_another_basis(press: Press) -> Answer:
    here, modal = press.here, press.opened
    if modal is None or modal.callback != FIRST:
        return None  # its answer is being shown
    typed = {**modal.typed, "bases": without_consent(modal.typed.get("bases", ()))}
    revision = str(int(modal.memory.get("revision", "0")) + 1)
    plan = here.ask(PlanMeeting(numbers_typed(str(typed.get("cases", "")))))
    note = here.say("slack_meeting.convene.now_without_consent")
    return _first(here, plan, typed, {**modal.memory, "revision": revision}, note=note)


def plan_of(here: Here, memory: Mapping[str, str]) -> MeetingPlan:
    """The plan for what the first step holds."""
    bases = known_bases(memory["bases"].split(","))
    return here.ask(PlanMeeting(numbers_typed(memory["cases"]), tuple(bases)))


# -- whom, when and where -------------------------------------------------------------------------


@pressed("convene_back")
def back(press: Press) -> Answer:
    """The first step again, with what the second one holds below it."""
    here, modal = press.here, press.opened
    if modal is None or modal.callback != SECOND:
        return None
    memory = modal.memory
    plan = plan_of(here, memory)
    first: Typed = {
        "cases": memory["cases"],
        "kind": memory["kind"],
        "bases": memory["bases"].split(","),
        "basis_reason": memory["basis_reason"],
    }
    return _first(here, plan, {**modal.typed, **first}, memory)


@pressed("convene_propose")
def propose(press: Press) -> Answer:
    here, modal = press.here, press.opened
    if modal is None or modal.callback != SECOND:
        return None
    plan = plan_of(here, modal.memory)
    dates = proposed_dates(here, plan, modal.typed, modal.memory["until"])
    note = here.say("slack_meeting.convene.proposed")
    return second_step(here, plan, modal.memory, modal.typed, dates, note=note)


@pressed("convene_join")
def join(press: Press) -> Answer:
    """Bring the cases to a sitting that is planned already: who hears them there is asked next."""
    here, modal = press.here, press.opened
    if modal is None or modal.callback != SECOND:
        return None
    numbers = numbers_typed(modal.memory["cases"])
    if set(numbers) <= set(here.ask(GetMeeting(press.subject)).line.numbers):
        return PrivateSentence(here.say("page.meeting.put_on", number="、".join(numbers)))
    return join_modal(here, press.subject, numbers, modal.memory["basis_reason"])


@submitted(SECOND)
def convene(submission: Submission) -> Answer:
    here, typed, memory = submission.here, submission.typed, submission.memory
    numbers = numbers_typed(memory["cases"])
    plan = plan_of(here, memory)
    seen = set(memory["seen"].split(","))
    if any(s.meeting_id not in seen for s in sittings_of(here, plan, typed)):
        note = here.say("slack_meeting.convene.look_first")
        dates = kept_dates(here, plan, typed, memory["until"])
        return second_step(here, plan, memory, typed, dates, note=note)
    names = ("required_agencies", "optional_agencies", "chair", "minutes")
    raw = {
        "kind": memory["kind"],
        "bases": [b for b in memory["bases"].split(",") if b],
        "basis_reason": memory["basis_reason"],
        **{name: typed.get(name, "") for name in (*names, "place", "online_url", "title")},
    }
    dates_typed = rows_typed(typed)
    hearing = hears_typed(typed, numbers)
    try:
        meeting_id = here.handle(
            Convene(
                raw,
                numbers,
                dates_typed.rows,
                str(typed.get("answer_by", "")),
                memory.get(CONFIRMED, ""),
                hearing,
            )
        )
    except Invalid as wrong:
        if note := question(here, wrong.errors, "slack_meeting.button.convene"):
            dates = kept_dates(here, plan, typed, memory["until"])
            asked = {**memory, CONFIRMED: asked_about(wrong.errors)}
            return second_step(here, plan, asked, typed, dates, note=note)
        return FieldErrors(dates_typed.errors(wrong.errors, here.door))
    convened = here.ask(GetMeeting(meeting_id))
    return PrivateSentence(
        here.say(
            "slack_meeting.convene.done",
            first=convened.dates[0].starts_at,
            dates=len(convened.dates),
            agencies=convened.line.agencies,
            answer_by=convened.line.answer_by,
        )
    )
