"""Why a case that nobody closed is still needed; in the modal or on the page alone."""

from typing import Final

from handlers.slack.cases.case_here import case_to
from handlers.slack.door import (
    Answer,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.ui import blocks
from handlers.slack.ui.inputs import text_input
from handlers.slack.ui.pages import page_modal
from workflows.cases.still_needed import SayStillNeeded
from workflows.core.free_text import REASON_MAX
from workflows.core.permissions import Action
from workflows.model.card import CardButton as CardAction

CALLBACK: Final = "still_needed"


@pressed(CALLBACK, opens=True)
def still_needed(press: Press) -> Answer:
    here, say = press.here, press.here.say
    case = case_to(here, press.subject, Action.SAY_STILL_NEEDED)
    if not case.need_asked_at:
        return PrivateSentence(say("page.settled.still_needed", number=case.number))
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", CALLBACK, case.number))
    lead = "page.still_needed.lead" if case.is_open else "page.still_needed.lead_suspended"
    box = text_input(most=REASON_MAX, lines=True)
    return Modal(
        say("slack_desk.still_needed.title"),
        (
            blocks.section(say("slack_desk.still_needed.about", number=case.number)),
            blocks.section(say(lead)),
            blocks.input_block(
                "reason",
                say("page.still_needed.reason"),
                box,
                hint=say("page.still_needed.reason_hint"),
            ),
            blocks.input_block(
                "next_step",
                say("page.still_needed.next_step"),
                box,
                hint=say("page.still_needed.next_step_hint"),
                optional=True,
            ),
        ),
        callback=CALLBACK,
        submit=say("slack_desk.still_needed.submit"),
        memory={"number": case.number},
    )


@submitted(CALLBACK)
def save_still_needed(submission: Submission) -> Answer:
    here, memory, typed = submission.here, submission.memory, submission.typed
    case = case_to(here, memory["number"], Action.SAY_STILL_NEEDED)
    reason, step = (str(typed.get(name) or "") for name in ("reason", "next_step"))
    next_on = here.handle(SayStillNeeded(case.id, reason, step))
    return PrivateSentence(here.say("page.still_needed.saved", number=case.number, next_on=next_on))
