"""A role that a meeting gave out, ticked off: with a word on what came of it, or without."""

from handlers.chat.deeds import role_to_do
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
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.inputs import text_input
from workflows.cases.lines import RoleLine
from workflows.cases.roles import TickRole
from workflows.cases.views import CaseView
from workflows.core.errors import NotFound
from workflows.core.free_text import REASON_MAX
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.model.card import CardButton as CardAction


@pressed("tick_role", opens=True)
def role(press: Press) -> Answer:
    """What is to be done, and a field for what came of it."""
    here, say = press.here, press.here.say
    case = case_to(here, press.subject, Action.TICK_ROLE, CasePage.ROLE, press.item)
    line = role_to_do(here, case, press.item)
    if isinstance(line, str):
        return PrivateSentence(line)
    return Modal(
        say("slack_desk.role.title"),
        (blocks.section(_about(here, case, line)), *_words(here, case, line)),
        callback="tick_role",
        submit=say("slack_desk.role.submit"),
        memory={"number": case.number, "role": line.id},
    )


def _line(case: CaseView, role_id: str) -> RoleLine:
    line = next((r for r in case.roles if r.id == role_id), None)
    if line is None:
        raise NotFound("not_found.role")
    return line


def _about(here: Here, case: CaseView, line: RoleLine) -> str:
    return here.say(
        "slack_desk.role.about",
        number=case.number,
        agency=line.agency_name,
        member=line.member_name,
        due_on=line.due_on,
    )


def _words(here: Here, case: CaseView, line: RoleLine) -> list[Block]:
    """The task, and the outcome to be written; on the page alone where the town wants it so."""
    say = here.say
    if not here.door.slack.personal_data:
        page = CardAction(say("slack_desk.button.page"), "tick_role", case.number, line.id)
        link = blocks.link_button(page.label, "0", here.door.page_of(page))
        return [blocks.section(say("slack_desk.role.only_tick")), blocks.buttons([link])]
    task = line.task if line.reads else say("slack_desk.role.hidden")
    return [
        *blocks.facts([(say("slack_desk.role.task"), task)]),
        blocks.input_block(
            "outcome",
            say("slack_desk.role.outcome"),
            text_input(most=REASON_MAX, lines=True),
            hint=say("slack_desk.role.outcome_hint"),
            optional=True,
        ),
    ]


@submitted("tick_role")
def ticked(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    case = case_to(here, memory["number"], Action.TICK_ROLE)
    line = _line(case, memory["role"])
    outcome = str(submission.typed.get("outcome", ""))
    here.handle(TickRole(case.id, line.id, outcome))
    told = here.say("page.case.role_done", number=case.number, agency=line.agency_name)
    return PrivateSentence(told + here.say("slack_desk.role.next"))
