"""A reassessment said to be done, with what came of it; in the modal or on the page alone."""

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
from workflows.core.free_text import REASON_MAX
from workflows.core.permissions import Action
from workflows.followups.reassess import EndReassessment
from workflows.model.card import CardButton as CardAction

CALLBACK = "reassess"


@pressed("reassess", opens=True)
def reassess(press: Press) -> Answer:
    here, say = press.here, press.here.say
    case = case_to(here, press.subject, Action.END_REASSESSMENT)
    if not case.reassess:
        return PrivateSentence(say("page.settled.reassessed", number=case.number))
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "reassess", case.number))
    return Modal(
        say("slack_desk.reassess.title"),
        (
            blocks.section(say("slack_desk.reassess.about", number=case.number)),
            blocks.input_block(
                "outcome",
                say("slack_desk.reassess.outcome"),
                text_input(most=REASON_MAX, lines=True),
                hint=say("slack_desk.reassess.outcome_hint"),
            ),
        ),
        callback=CALLBACK,
        submit=say("slack_desk.reassess.submit"),
        memory={"number": case.number},
    )


@submitted(CALLBACK)
def save_reassessment(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    case = case_to(here, memory["number"], Action.END_REASSESSMENT)
    here.handle(EndReassessment(case.id, str(submission.typed.get("outcome", ""))))
    return PrivateSentence(here.say("page.case.reassessed", number=case.number))
