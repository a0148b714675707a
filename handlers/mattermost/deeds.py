"""What is answered with one choice: a referral taken, a role done, how a 見守り went.

Which answer about somebody was chosen stands in no post: it is chosen in a dialog, which leaves
nothing behind. What wants words of its own is written on the page behind the link.
"""

from typing import Final

from handlers.chat.case_here import case_to
from handlers.chat.deeds import (
    accept_referral,
    answer_check,
    check_to_answer,
    role_to_do,
    tick_role,
)
from handlers.mattermost.cards import to_page
from handlers.mattermost.door import Answer, Here, Press, Submission, Wrong, pressed, submitted
from handlers.mattermost.messages import Button, Dialog, Message, Question, said
from handlers.words.pending_reply import referral_to_answer
from workflows.cases.lines import FollowUpLine
from workflows.cases.views import CaseView
from workflows.core.errors import Invalid
from workflows.core.permissions import Action
from workflows.model.card import CardButton

RESULT: Final = "result"  # the name of the one question


# -- 返信 -----------------------------------------------------------------------------------------


@pressed("reply")
def reply(press: Press) -> Message:
    """The link to the form, and beside it the one answer that needs no words."""
    here = press.here
    found = referral_to_answer(here, press.subject, press.item)
    if isinstance(found, str):
        return said(found)
    case, referral = found
    words = here.say(
        "mattermost.reply.question",
        number=case.number,
        urgency=case.urgency,
        purpose=referral.purpose,
        reply_by=referral.reply_by,
    )
    accept = Button(here.say("mattermost.reply.accept"), "reply_accept", press.subject, press.item)
    return to_page(here, _form(press, "reply"), words, accept)


@pressed("reply_accept")
def ask_whether_accepted(press: Press) -> Answer:
    """Asked once more, as it cannot be taken back with a second press."""
    here = press.here
    found = referral_to_answer(here, press.subject, press.item)
    if isinstance(found, str):
        return said(found)
    words = here.say("mattermost.reply.sure", number=found[0].number)
    title, submit = here.say("mattermost.reply.accept"), here.say("mattermost.reply.accept")
    return Dialog(title, words, submit, "reply_accept", press.subject, press.item)


@submitted("reply_accept")
def accepted(submission: Submission) -> Message:
    here = submission.here
    told = accept_referral(here, submission.subject, submission.item)
    if told is None:  # this town's form asks for more
        page = CardButton("", "reply", submission.subject, submission.item)
        return to_page(here, page, here.say("mattermost.reply.more"))
    return said(told)


# -- 役割 -----------------------------------------------------------------------------------------


@pressed("tick_role")
def ask_whether_done(press: Press) -> Answer:
    here = press.here
    case = case_to(here, press.subject, Action.TICK_ROLE)
    line = role_to_do(here, case, press.item)
    if isinstance(line, str):
        return said(line)
    words = here.say(
        "mattermost.role.question", number=case.number, agency=line.agency_name, due_on=line.due_on
    )
    title, submit = here.say("mattermost.role.title"), here.say("mattermost.role.done")
    return Dialog(title, words, submit, "tick_role", press.subject, press.item)


@submitted("tick_role")
def ticked(submission: Submission) -> Message:
    here = submission.here
    case = case_to(here, submission.subject, Action.TICK_ROLE)
    line = role_to_do(here, case, submission.item)
    if isinstance(line, str):
        return said(line)
    words, label = tick_role(here, case, line), here.say("mattermost.role.page")
    return said(words, Button(label, "role_page", submission.subject, submission.item))


@pressed("role_page")
def role_page(press: Press) -> Message:
    here = press.here
    # Also of one that is done: what came of it may be written later.
    role_to_do(here, case_to(here, press.subject, Action.TICK_ROLE), press.item)
    return to_page(here, _form(press, "tick_role"))


# -- 見守り ---------------------------------------------------------------------------------------


@pressed("follow_up")
def ask_how_it_went(press: Press) -> Answer:
    here = press.here
    case = case_to(here, press.subject, Action.ANSWER_FOLLOW_UP)
    line = _to_check(here, case, press.item)
    if isinstance(line, str):
        return said(line)
    words = here.say("mattermost.follow_up.question", number=case.number, due_on=line.due_on)
    choices = here.door.forms.form("followup").field("result").choices
    question = Question(
        RESULT,
        here.say("mattermost.follow_up.label"),
        [(choice.value, choice.label) for choice in choices],
    )
    title, submit = here.say("mattermost.follow_up.title"), here.say("mattermost.save")
    return Dialog(title, words, submit, "follow_up", press.subject, line.id, (question,))


@submitted("follow_up")
def save_how_it_went(submission: Submission) -> Message:
    here, result = submission.here, submission.chosen.get(RESULT, "")
    if not result:
        raise Wrong({RESULT: here.say("mattermost.follow_up.choose")})
    case = case_to(here, submission.subject, Action.ANSWER_FOLLOW_UP)
    line = _to_check(here, case, submission.item)
    if isinstance(line, str):
        return said(line)
    page = CardButton("", "follow_up", case.number, line.id)
    try:
        next_on = answer_check(here, case, line, result)
    except Invalid:  # this town's form asks for more, or has this answer no longer
        return to_page(here, page, here.say("mattermost.follow_up.more"))
    return said(here.say("mattermost.follow_up.kept", number=case.number, next_on=next_on))


def _to_check(here: Here, case: CaseView, check_id: str) -> FollowUpLine | str:
    """The check that waits for an answer; or how it stands, without how somebody is."""
    line = check_to_answer(here, case, check_id)
    if isinstance(line, str) or not line.result:
        return line
    return here.say("mattermost.follow_up.answered", number=case.number, at=line.at, by=line.by)


# -- the page ------------------------------------------------------------------------------------


def _form(press: Press, verb: str) -> CardButton:
    return CardButton("", verb, press.subject, press.item)
