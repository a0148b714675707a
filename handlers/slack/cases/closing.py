"""見守り, 終結・中断, 再開 in modals, and who may see a restricted case."""

from collections.abc import Sequence
from typing import Final

from handlers.slack.cases.case_here import case_to
from handlers.slack.cases.writing import done_modal
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
from handlers.slack.ui.form_reading import raw_of
from handlers.slack.ui.forms import drawn, form_context
from handlers.slack.ui.inputs import text_input
from handlers.slack.ui.pages import page_modal
from handlers.words.case_words import open_closing_judgements
from workflows.cases.close_case import CloseCase, ReopenCase
from workflows.cases.lines import JudgementLine
from workflows.cases.name_members import NameMember
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.views import CaseView
from workflows.core.errors import NotFound
from workflows.core.free_text import REASON_MAX
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import Field, FieldType, Form, Raw, Section
from workflows.model.card import CardButton as CardAction

CLOSE: Final = "close_case"
REOPEN: Final = "reopen_case"
SET_ASIDE: Final = "set_aside"
NAME: Final = "name_members"
_MOST_NAMED: Final = 80


# -- close and reopen -----------------------------------------------------------------------------


@pressed(CLOSE, opens=True)
def close(press: Press) -> Answer:
    """Going over to watching, closed or suspended; what still hinders the last two stands above."""
    here, say = press.here, press.here.say
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", CLOSE, press.subject))
    case = case_to(here, press.subject, Action.CLOSE_CASE)
    if not case.is_open:
        return PrivateSentence(say("page.settled.closed", number=case.number))
    form = here.door.forms.form("closure")
    judged = open_closing_judgements(
        case_to(here, press.subject, Action.CLOSE_CASE, CasePage.CLOSE)
    )
    begun: Raw = {"kind": judged[0].what} if judged else {}
    return Modal(
        say("slack_sheet.close.title", number=case.number),
        (
            *_judged(here, case.number, judged),
            *_hindering(here, case),
            *drawn(form_context(here), form, begun),
        ),
        callback=CLOSE,
        submit=say("slack_sheet.close.submit"),
        memory={"s": case.number},
    )


def _judged(here: Here, number: str, judged: Sequence[JudgementLine]) -> list[Block]:
    """What a meeting judged, each with the way to say why it is not carried out."""
    label = here.say("slack_sheet.set_aside.open")
    return [
        blocks.section(
            here.say("slack_sheet.set_aside.judged", what=one.what, at=one.at),
            beside=blocks.button(
                label, f"{SET_ASIDE}.{one.id}", here.door.token(SET_ASIDE, number, one.id)
            ),
        )
        for one in judged
    ]


def _hindering(here: Here, case: CaseView) -> list[Block]:
    waiting = sorted(r.agency_name for r in case.referrals if r.waits)
    undone = sorted({r.agency_name for r in case.roles if r.keeps_open})
    found = []
    if waiting:
        found.append(here.say("close.waiting_replies", agencies=waiting))
    if undone:
        found.append(here.say("close.open_roles", agencies=undone))
    if any(m.live for m in case.meetings):
        found.append(here.say("close.live_meeting"))
    return [blocks.section(sentence) for sentence in found]


@submitted(CLOSE)
def closed(submission: Submission) -> Answer:
    here = submission.here
    case = case_to(here, submission.memory["s"], Action.CLOSE_CASE)
    raw = raw_of(here.door.forms.form("closure"), submission.typed, {})
    kind = here.handle(CloseCase(case.id, raw))
    key = "page.case.watching" if kind == "watching" else "page.case.closed"
    label = here.door.texts.label("closure_kind", kind)
    return done_modal(here, here.say(key, number=case.number, kind=label), case.number)


@pressed(SET_ASIDE)
def set_aside(press: Press) -> Answer:
    """Why what a meeting judged is not carried out. `item` is the judgement's id."""
    here, say = press.here, press.here.say
    case = case_to(here, press.subject, Action.CLOSE_CASE)
    reason = text_input(most=REASON_MAX, lines=True)
    return Modal(
        say("slack_sheet.set_aside.title", number=case.number),
        (
            blocks.section(say("slack_sheet.set_aside.about")),
            blocks.input_block("reason", say("slack_sheet.set_aside.reason"), reason),
        ),
        callback=SET_ASIDE,
        submit=say("slack_sheet.set_aside.submit"),
        memory={"s": case.number, "j": press.item},
    )


@submitted(SET_ASIDE)
def save_set_aside(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    case = case_to(here, memory["s"], Action.CLOSE_CASE)
    here.handle(SetAsideJudgement(case.id, memory["j"], str(submission.typed.get("reason", ""))))
    return done_modal(here, here.say("page.case.set_aside", number=case.number), case.number)


@pressed(REOPEN, opens=True)
def reopen(press: Press) -> Answer:
    here, say = press.here, press.here.say
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", REOPEN, press.subject))
    case = case_to(here, press.subject, Action.CLOSE_CASE)
    if case.is_open:
        return PrivateSentence(say("page.settled.open", number=case.number))
    reason = text_input(most=REASON_MAX, lines=True)
    return Modal(
        say("slack_sheet.reopen.title", number=case.number),
        (
            blocks.section(say("slack_sheet.reopen.about")),
            blocks.input_block("reason", say("slack_sheet.reopen.reason"), reason),
        ),
        callback=REOPEN,
        submit=say("slack_sheet.reopen.submit"),
        memory={"s": case.number},
    )


@submitted(REOPEN)
def save_reopening(submission: Submission) -> Answer:
    here = submission.here
    case = case_to(here, submission.memory["s"], Action.CLOSE_CASE)
    here.handle(ReopenCase(case.id, str(submission.typed.get("reason", ""))))
    agency = case.answering_agency
    told = here.say("page.case.reopened", number=case.number, agency=agency)
    return done_modal(here, told, case.number)


# -- who may see a restricted case ----------------------------------------------------------------


@pressed(NAME, opens=True)
def named(press: Press) -> Answer:
    here = press.here
    case = case_to(here, press.subject, Action.NAME_MEMBERS)
    if not case.restricted:
        return PrivateSentence(here.say("page.settled.not_restricted", number=case.number))
    return _named_modal(here, case)


def _named_modal(here: Here, case: CaseView, told: str = "") -> Modal:
    say = here.say
    found = [blocks.section(told, strong=True)] if told else []
    for one in case.named[:_MOST_NAMED]:
        who = say("slack_sheet.named.who", name=one.name, agency=one.agency_name)
        token = here.door.token("unname_member", case.number, one.member_id)
        off = say("slack_sheet.named.take_off")
        button = blocks.button(off, f"unname_member.{one.member_id}", token)
        found.append(blocks.section(who, beside=button))
    member = Field("member", say("slack_sheet.named.add"), FieldType.MEMBER, "named", required=True)
    held = {n.member_id for n in case.named}
    ask = form_context(here)
    offered = [m for m in ask.options["member"] if m[0] not in held]
    ask = form_context(here, options={"member": offered}, revision=str(len(case.named)))
    form = Form(NAME, "", (Section("named", ""),), (member,))
    return Modal(
        say("slack_sheet.named.title", number=case.number),
        (*found, *drawn(ask, form, {})),
        callback=NAME,
        submit=say("slack_sheet.named.submit"),
        memory={"s": case.number},
    )


@submitted(NAME)
def name(submission: Submission) -> Answer:
    here = submission.here
    member_id = str(submission.typed.get("member", ""))
    return _changed(here, submission.memory["s"], member_id, adds=True)


@pressed("unname_member")
def take_off(press: Press) -> Answer:
    return _changed(press.here, press.subject, press.item, adds=False)


def _changed(here: Here, number: str, member_id: str, *, adds: bool) -> Answer:
    """The list as it is now, with what happened on top."""
    case = case_to(here, number, Action.NAME_MEMBERS)
    sees = here.handle(NameMember(case.id, member_id, named=adds))
    key = "page.case.named" if adds else "page.case.unnamed"
    told = here.say(key, name=case.names.get(member_id, "—"), sees=sees)
    try:
        after = case_to(here, number, Action.NAME_MEMBERS)
    except NotFound:  # whoever took themselves off sees it no more
        return PrivateSentence(told)
    return _named_modal(here, after, told)
