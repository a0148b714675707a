"""つなぐ, 主担当 in modals: who takes what part in a case. Replies have a module of their own."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from handlers.slack.cases.case_here import case_to
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
from handlers.slack.ui.form_reading import raw_of, with_row, without_row
from handlers.slack.ui.forms import Rows, drawn, form_context, today_of
from handlers.slack.ui.pages import page_modal
from handlers.words.case_forms import (
    agencies_already_asked,
    agencies_for,
    lead_form,
    lead_initial_values,
    refer_form,
    referrals_of,
)
from handlers.words.form_words import Option, options_of
from workflows.cases.refer import Refer
from workflows.cases.reply import SetLead
from workflows.cases.views import CaseView, GetCase
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.directory.people import GetOptions
from workflows.forms import Raw
from workflows.model.card import CardButton as CardAction

REFER: Final = "refer"
LEAD: Final = "set_lead"


def agencies_here(here: Here, case: CaseView, without: set[str]) -> list[Option]:
    """Agencies to choose from; those that the consent does not cover say so."""
    texts = here.door.texts
    offered = options_of(here.ask(GetOptions()), texts)["agency"]
    return agencies_for(case, offered, without, texts)


# -- refer ----------------------------------------------------------------------------------------


@pressed("refer", opens=True)
def refer(press: Press) -> Answer:
    """Further agencies, and why they are told where nobody agreed to it."""
    here = press.here
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "refer", press.subject))
    case = case_to(here, press.subject, Action.REFER, CasePage.REFER)
    if not case.is_open:
        return PrivateSentence(here.say("page.settled.closed", number=case.number))
    return _refer_modal(here, case, {}, 0)  # each telling is stated for itself


def _refer_modal(here: Here, case: CaseView, raw: Raw, revision: int) -> Modal:
    door, say = here.door, here.say
    rows = Rows("refer_row", "refer_row_gone", door.page_of(CardAction("", "refer", case.number)))
    offered = {"agency": agencies_here(here, case, agencies_already_asked(case))}
    ask = form_context(here, rows, options=offered, revision=str(revision))
    above = []
    if not case.has_consent:
        above.append(blocks.section(say("slack_sheet.refer.no_consent")))
    elif case.beyond_consent:
        above.append(blocks.section(say("slack_sheet.refer.beyond")))
    return Modal(
        say("slack_sheet.refer.title", number=case.number),
        (*above, *drawn(ask, refer_form(door.forms), raw)),
        callback=REFER,
        submit=say("slack_sheet.refer.submit"),
        memory={"s": case.number, "r": str(revision)},
    )


@pressed("refer_row")
def add_row(press: Press) -> Answer:
    return _changed(press, lambda raw: with_row(raw, press.item), again=False)


@pressed("refer_row_gone")
def remove_row(press: Press) -> Answer:
    return _changed(press, lambda raw: without_row(raw, press.item), again=True)


def _changed(press: Press, change: Callable[[Raw], Raw], *, again: bool) -> Answer:
    """The modal with other rows; `again` forces what we know into its fields."""
    here, modal = press.here, press.opened
    assert modal is not None  # noqa: S101 - these buttons stand in modals alone
    case = case_to(here, modal.memory["s"], Action.REFER)
    revision = int(modal.memory["r"]) + again
    return _refer_modal(here, case, change(_typed(here, modal)), revision)


def _typed(here: Here, modal: OpenModal) -> dict[str, Any]:
    return raw_of(refer_form(here.door.forms), modal.typed, {})


@submitted(REFER)
def save_referrals(submission: Submission) -> Answer:
    here = submission.here
    case = case_to(here, submission.memory["s"], Action.REFER)
    raw: Mapping[str, Any] = _typed(here, submission.opened)
    basis, reason = (str(raw.get(f, "")) for f in ("unconsented_basis", "unconsented_reason"))
    count = here.handle(Refer(case.id, referrals_of(raw), basis, reason))
    after = here.ask(GetCase(case.id))
    newest = max(after.referrals, key=lambda r: r.asked_at)
    facts = {"number": case.number, "count": count, "reply_by": newest.reply_by}
    return done_modal(here, here.say("page.case.referred", **facts), case.number)


# -- lead -----------------------------------------------------------------------------------------


@pressed(LEAD, opens=True)
def lead(press: Press) -> Answer:
    """Who answers for the case, and when it is looked after next; holds no content."""
    here, say = press.here, press.here.say
    case = case_to(here, press.subject, Action.SET_LEAD)
    if not case.is_open:
        return PrivateSentence(say("page.settled.closed", number=case.number))
    offered: dict[str, list[Option]] = {"agency": [(a, name, "") for a, name in case.takes_part]}
    form = lead_form(here.door.forms, here.door.texts)
    found: list[Block] = drawn(
        form_context(here, options=offered), form, lead_initial_values(case, today_of(here))
    )
    return Modal(
        say("slack_sheet.lead.title", number=case.number),
        tuple(found),
        callback=LEAD,
        submit=say("slack_sheet.lead.submit"),
        memory={"s": case.number},
    )


@submitted(LEAD)
def set_lead(submission: Submission) -> Answer:
    here = submission.here
    case = case_to(here, submission.memory["s"], Action.SET_LEAD)
    form = lead_form(here.door.forms, here.door.texts)
    raw = raw_of(form, submission.typed, {})
    agency = str(raw.get("agency", ""))
    here.handle(SetLead(case.id, agency, str(raw.get("next_check_on", ""))))
    name = case.names.get(agency, "—")
    told = here.say("page.case.lead_set", number=case.number, agency=name)
    return done_modal(here, told, case.number)
