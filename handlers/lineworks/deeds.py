"""What is answered with one press: a referral taken, a role done, how a 見守り went.

A press stands in the chat as the person's own words: which answer about somebody was pressed is
not among them. What wants words of its own is written on the page behind the link.
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
from handlers.lineworks import contents
from handlers.lineworks.asking import ask, nothing_open, typed_for
from handlers.lineworks.cards import to_page
from handlers.lineworks.contents import Button
from handlers.lineworks.door import Here, Said, UserInput, pressed
from handlers.words.pending_reply import referral_to_answer
from workflows.cases.lines import FollowUpLine
from workflows.cases.views import CaseView
from workflows.core.errors import Invalid
from workflows.core.permissions import Action
from workflows.forms import Choice
from workflows.model.card import CardButton as CardAction

YES: Final = ("○", "1")


# -- 返信 -----------------------------------------------------------------------------------------


@pressed("reply")
def reply(heard: UserInput) -> Said:
    """The link to the form, and beside it the one answer that needs no words."""
    here = heard.here
    found = referral_to_answer(here, heard.subject, heard.item)
    if isinstance(found, str):
        return Said(contents.text(found))
    case, referral = found
    words = here.say(
        "lineworks.reply.question",
        number=case.number,
        urgency=case.urgency,
        purpose=referral.purpose,
        reply_by=referral.reply_by,
    )
    accept = Button(here.say("lineworks.reply.accept"), _token(heard, "reply_accept", heard.item))
    return Said(to_page(here, _form(heard, "reply"), words, accept))


@pressed("reply_accept")
def accepted(heard: UserInput) -> Said:
    here = heard.here
    told = accept_referral(here, heard.subject, heard.item)
    if told is None:
        return Said(to_page(here, _form(heard, "reply"), here.say("lineworks.reply.more")))
    return Said(contents.text(told))


# -- 役割 -----------------------------------------------------------------------------------------


@pressed("tick_role")
def role(heard: UserInput) -> Said:
    here = heard.here
    case = case_to(here, heard.subject, Action.TICK_ROLE)
    line = role_to_do(here, case, heard.item)
    if isinstance(line, str):
        return Said(contents.text(line))
    words = here.say(
        "lineworks.role.question", number=case.number, agency=line.agency_name, due_on=line.due_on
    )
    done = Button(here.say("lineworks.role.done"), _token(heard, "role_done", heard.item))
    page = Button(here.say("lineworks.role.page"), _token(heard, "role_page", heard.item))
    return ask(here, contents.text(words, done, page), "role_done", heard.subject, heard.item)


@pressed("role_done")
def ticked(heard: UserInput) -> Said:
    here = heard.here
    case = case_to(here, heard.subject, Action.TICK_ROLE)
    line = role_to_do(here, case, heard.item)
    if isinstance(line, str):
        return Said(contents.text(line))
    told = tick_role(here, case, line)
    nothing_open(here)
    return Said(contents.text(told))


@typed_for("role_done")
def done_typed(here: Here, item: str, word: str) -> str:
    return item if word in YES else ""


@pressed("role_page")
def role_page(heard: UserInput) -> Said:
    here = heard.here
    line = role_to_do(here, case_to(here, heard.subject, Action.TICK_ROLE), heard.item)
    if isinstance(line, str):
        return Said(contents.text(line))
    return Said(to_page(here, _form(heard, "tick_role")))


# -- 見守り ---------------------------------------------------------------------------------------


@pressed("follow_up")
def follow_up(heard: UserInput) -> Said:
    """The answers stand on buttons that go away with the next message, and whichever is pressed
    says the same: beside the case's number nothing stays of how somebody is. So no word that is
    typed is an answer either."""
    here = heard.here
    case = case_to(heard.here, heard.subject, Action.ANSWER_FOLLOW_UP)
    line = _to_check(here, case, heard.item)
    if isinstance(line, str):
        return Said(contents.text(line))
    words = here.say("lineworks.follow_up.question", number=case.number, due_on=line.due_on)
    spoken = here.say("lineworks.follow_up.spoken")
    quick = [
        Button(
            choice.label,
            _token(heard, "follow_up_as", f"{line.id}:{choice.value}"),
            spoken=spoken,
        )
        for choice in _choices(here)
    ]
    page = Button(here.say("lineworks.follow_up.page"), _token(heard, "follow_up_page", line.id))
    asking = contents.text(words, *quick, page)
    return ask(here, asking, "follow_up_as", heard.subject, line.id)


@pressed("follow_up_as")
def follow_up_as(heard: UserInput) -> Said:
    here = heard.here
    check_id, _, result = heard.item.partition(":")
    case = case_to(heard.here, heard.subject, Action.ANSWER_FOLLOW_UP)
    line = _to_check(here, case, check_id)
    if isinstance(line, str):
        return Said(contents.text(line))
    try:
        next_on = answer_check(here, case, line, result)
    except Invalid:  # this town's form asks for more, or has this answer no longer
        page = CardAction("", "follow_up", case.number, line.id)
        return Said(to_page(here, page, here.say("lineworks.follow_up.more")))
    nothing_open(here)
    return Said(
        contents.text(here.say("lineworks.follow_up.kept", number=case.number, next_on=next_on))
    )


@pressed("follow_up_page")
def follow_up_page(heard: UserInput) -> Said:
    case = case_to(heard.here, heard.subject, Action.ANSWER_FOLLOW_UP)
    line = _to_check(heard.here, case, heard.item)
    if isinstance(line, str):
        return Said(contents.text(line))
    return Said(to_page(heard.here, _form(heard, "follow_up")))


def _to_check(here: Here, case: CaseView, check_id: str) -> FollowUpLine | str:
    """The check that waits for an answer; or how it stands, without how somebody is."""
    line = check_to_answer(here, case, check_id)
    if isinstance(line, str):
        return line
    if line.result:
        return here.say("lineworks.follow_up.answered", number=case.number, at=line.at, by=line.by)
    return line


def _choices(here: Here) -> tuple[Choice, ...]:
    return here.door.forms.form("followup").field("result").choices


# -- both -----------------------------------------------------------------------------------------


def _token(heard: UserInput, verb: str, item: str = "") -> str:
    """Of a button about the same thing."""
    return heard.here.door.token(verb, heard.subject, item)


def _form(heard: UserInput, verb: str) -> CardAction:
    return CardAction("", verb, heard.subject, heard.item)
