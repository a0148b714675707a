"""返信 in a modal: what is asked follows the answer, and what was asked for stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from handlers.slack.cases.cases import sheet_in_words
from handlers.slack.cases.referrals import agencies_here
from handlers.slack.cases.writing import done_modal
from handlers.slack.door import (
    Answer,
    Here,
    Modal,
    OpenModal,
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
from handlers.slack.ui.modals import BANNER
from handlers.slack.ui.pages import page_modal
from handlers.slack.ui.reading import answered, in_pages, pieces
from handlers.words.case_forms import (
    PASSES,
    chain_of,
    hidden_fields,
    replied_words,
    reply_form,
    reply_initial_values,
    without_hidden_fields,
)
from handlers.words.pending_reply import referral_to_answer
from workflows.cases.find_case import GetCaseId
from workflows.cases.lines import ReferralLine
from workflows.cases.reply import ReplyToReferral
from workflows.cases.views import CaseView
from workflows.core.errors import NotFound
from workflows.core.looks import CasePage
from workflows.forms import Field, Form, Raw
from workflows.model.card import CardButton as CardAction

REPLY: Final = "reply"
_FOLLOWING: Final = (
    *hidden_fields(""),
    *hidden_fields(PASSES[0]),
)  # asked by one answer or by the other
_FORM, _BELOW = "form", "below"  # lines before the questions, and before what is read below them


@pressed(REPLY, opens=True)
def reply(press: Press) -> Answer:
    """The referral that waits for my answer; or how it stands now."""
    here = press.here
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "reply", press.subject, press.item))
    found = _to_reply(here, press.subject, press.item, CasePage.REPLY)
    if isinstance(found, PrivateSentence):
        return found
    case, referral = found
    begun, around = reply_initial_values(case), (_request(here, case, referral), _below(here, case))
    return _modal(here, found, begun, around)


def _to_reply(
    here: Here, number: str, referral_id: str, page: CasePage = CasePage.NOTHING
) -> PrivateSentence | tuple[CaseView, ReferralLine]:
    found = referral_to_answer(here, number, referral_id, page)
    return PrivateSentence(found) if isinstance(found, str) else found


def _modal(
    here: Here,
    asked: tuple[CaseView, ReferralLine],
    raw: Raw,
    around: tuple[Sequence[Block], Sequence[Block]],
) -> Modal:
    """`around` is what is read above and below the questions."""
    case, referral = asked
    without = {r.agency_id for r in chain_of(case, referral)}
    offered = {"agency": agencies_here(here, case, without)}
    ask = form_context(
        here, options=offered, acts={"answer": "reply_answer", "lead": "reply_answer"}
    )
    above, below = around
    form = _asked(reply_form(here.door.forms, case, referral.agency_id), raw)
    return Modal(
        here.say("slack_sheet.reply.title", number=case.number),
        (*above, *drawn(ask, form, raw), *below),
        callback=REPLY,
        submit=here.say("slack_sheet.reply.submit"),
        memory={"s": case.number, "i": referral.id, **_hidden(raw)},
    )


def _hidden(raw: Raw) -> dict[str, str]:
    """What stands in questions that another answer asks: it is there again when that is chosen."""
    return {f"h.{name}": str(raw[name]) for name in _FOLLOWING if raw.get(name)}


def _asked(form: Form, raw: Raw) -> Form:
    """What the answers so far ask for, and what they make required; at first the answer alone."""
    answer = str(raw.get("answer") or "")
    lead = str(raw.get("lead") or "") if form.has("lead") else None
    hidden = hidden_fields(answer, lead) if answer else _FOLLOWING
    given = {"answer": answer, "lead": lead or ""}
    return replace(
        form,
        fields=tuple(
            replace(f, required=f.required or _is_required(f, given))
            for f in form.fields
            if f.id not in hidden
        ),
    )


def _is_required(field: Field, given: Mapping[str, str]) -> bool:
    return any(given.get(other) in when for other, when in field.required_when.items())


@pressed("reply_answer")
def answer_chosen(press: Press) -> Answer:
    """The questions that follow from the answer. What was typed in others is remembered."""
    here, modal = press.here, press.opened
    assert modal is not None  # noqa: S101 - this is chosen in a modal
    found = _to_reply(here, modal.memory["s"], modal.memory["i"])
    if isinstance(found, PrivateSentence):
        return found
    raw = _typed(here, found, modal)
    return _modal(here, found, raw, _around(modal, reads=found[0].can("read_case")))


def _typed(here: Here, asked: tuple[CaseView, ReferralLine], modal: OpenModal) -> dict[str, Any]:
    case, referral = asked
    hidden = {k.removeprefix("h."): v for k, v in modal.memory.items() if k.startswith("h.")}
    return raw_of(reply_form(here.door.forms, case, referral.agency_id), modal.typed, hidden)


def _around(modal: OpenModal, *, reads: bool) -> tuple[Sequence[Block], Sequence[Block]]:
    """What is read in the modal already: it is not looked up, and no look counted, once more.
    `reads`: whether the sheet below may still be read."""
    found = [b for b in modal.view["blocks"] if b.get("block_id") != BANNER]
    names = [b.get("block_id") for b in found]
    below = names.index(_BELOW) if reads and _BELOW in names else len(found)
    return found[: names.index(_FORM) + 1], found[below:]


# -- what is read beside it -----------------------------------------------------------------------


def _request(here: Here, case: CaseView, referral: ReferralLine) -> list[Block]:
    say, label = here.say, here.door.texts.label
    found = [
        blocks.section(say("slack_sheet.reply.asked", agency=referral.agency_name), strong=True),
        *blocks.facts(
            [
                (say("slack_sheet.reply.purpose"), label("purpose", referral.purpose)),
                (
                    say("slack_sheet.reply.reply_by"),
                    say("page.case.at", at=referral.reply_by),
                ),
                (say("slack_sheet.reply.asked_by"), referral.asked_by),
            ]
        ),
    ]
    if referral.request:
        found.append(blocks.section(say("slack_sheet.reply.request"), strong=True))
        found += [blocks.section(piece) for piece in pieces(referral.request)]
    if before := chain_of(case, referral)[:-1]:
        found.append(blocks.section(say("slack_sheet.reply.before"), strong=True))
    for one in before:
        facts = {"answer": one.answer, "at": one.replied_at, "reason": one.reason}
        facts["heard_by"] = one.heard_by
        told = say("slack_sheet.reply.passed", agency=one.agency_name, **facts)
        found += [blocks.section(piece) for piece in pieces(told)]
    if case.lead_agency_id:
        lead = case.names.get(case.lead_agency_id, "—")
        found.append(blocks.section(say("slack_sheet.reply.lead_is", agency=lead)))
    return [*found, _line(_FORM)]


def _below(here: Here, case: CaseView) -> list[Block]:
    """The sheet, for whoever may read it."""
    first, *rest = in_pages(answered(sheet_in_words(here, case)))
    more = [blocks.context(here.say("slack_sheet.reply.more"))] if rest else []
    return [_line(_BELOW), *first, *more] if first else []


def _line(name: str) -> Block:
    return {**blocks.divider(), "block_id": name}


# -- handed in ------------------------------------------------------------------------------------


@submitted(REPLY)
def save_reply(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    found = _to_reply(here, memory["s"], memory["i"])
    if isinstance(found, PrivateSentence):
        return found
    case, referral = found
    raw = _typed(here, found, submission.opened)
    given = here.handle(ReplyToReferral(case.id, referral.id, without_hidden_fields(raw)))
    told = replied_words(case, given, raw, here.door.texts)
    try:
        here.ask(GetCaseId(case.number))
    except NotFound:
        return PrivateSentence(told)  # it is another agency's now
    return done_modal(here, told, case.number)
