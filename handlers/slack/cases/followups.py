"""見守り in Slack: how is it, one of four answers, a line of text and the next day.

How somebody is stands in modals alone: a sentence that is merely told may land in a message.
"""

from handlers.chat.deeds import check_to_answer
from handlers.slack.cases.case_here import case_to
from handlers.slack.door import (
    Answer,
    Here,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.ui import blocks
from handlers.slack.ui.form_reading import raw_of
from handlers.slack.ui.forms import drawn, form_context
from handlers.slack.ui.modals import sentence_modal
from handlers.slack.ui.pages import page_modal
from workflows.cases.lines import FollowUpLine
from workflows.cases.views import CaseView
from workflows.core.permissions import Action
from workflows.followups.answer import AnswerFollowUp
from workflows.forms import Raw
from workflows.japanese.dates import show_date
from workflows.model.card import CardButton as CardAction

FORM = "followup"


@pressed("follow_up", "follow_up_as", opens=True)
def follow_up(press: Press) -> Answer:
    """The form; with the answer that was pressed on the card already chosen."""
    here = press.here
    follow_up_id, _, result = press.item.partition(":")
    case = case_to(here, press.subject, Action.ANSWER_FOLLOW_UP)
    found = _to_answer(here, case, follow_up_id)
    if not isinstance(found, FollowUpLine):
        return found
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "follow_up", case.number, follow_up_id))
    raw: Raw = {"next_on": show_date(found.next_on), "result": result}
    about = here.say(
        "slack_desk.follow_up.about",
        number=case.number,
        due_on=found.due_on,
        origin=found.origin,
    )
    return Modal(
        here.say("slack_desk.follow_up.title"),
        (blocks.section(about), *drawn(form_context(here), here.door.forms.form(FORM), raw)),
        callback=FORM,
        submit=here.say("slack_desk.follow_up.submit"),
        memory={"number": case.number, "follow_up": follow_up_id},
    )


def _to_answer(
    here: Here, case: CaseView, follow_up_id: str
) -> FollowUpLine | Modal | PrivateSentence:
    """The check that waits for an answer; or how it stands now."""
    line = check_to_answer(here, case, follow_up_id)
    if isinstance(line, str):
        return PrivateSentence(line)
    if line.result and here.door.slack.personal_data:
        told = {"at": line.at, "by": line.by, "result": line.result}
        sentence = here.say("page.settled.follow_up", number=case.number, **told)
        return sentence_modal(here.door, sentence)
    return line


@submitted(FORM)
def save_follow_up(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    case = case_to(here, memory["number"], Action.ANSWER_FOLLOW_UP)
    raw = raw_of(here.door.forms.form(FORM), submission.typed, {})
    next_on = here.handle(AnswerFollowUp(case.id, memory["follow_up"], raw))
    label = here.door.texts.label("follow_up_result", str(raw["result"]))
    key = "page.case.follow_up_saved"
    told = here.say(key, number=case.number, result=label, next_on=next_on)
    return sentence_modal(here.door, told)
