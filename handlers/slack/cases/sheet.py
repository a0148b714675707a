"""つなぐシート in steps: begun, gone on with, forth and back, compared with other cases, sent."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from handlers.slack.cases.sheet_edit import edit_sheet, save_edit
from handlers.slack.cases.writing import (
    EDIT,
    NEW,
    SHEET,
    SheetInProgress,
    done_modal,
    find_same,
    keep,
    letter_blocks,
    memory_of,
    on_screen,
    same_blocks,
    step_modal,
    step_with_errors,
    title_of,
    typed_before,
    writing_in,
)
from handlers.slack.door import (
    PRESSED,
    Answer,
    FieldErrors,
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
from handlers.slack.ui.form_reading import with_row, without_row
from handlers.slack.ui.form_steps import errors_by_question, sentences, wrong_in
from handlers.slack.ui.forms import today_of
from handlers.slack.ui.pages import page_modal
from handlers.words.case_forms import referrals_of
from handlers.words.form_words import numbers_in
from workflows.cases.drafts import DropDraft, GetDraft
from workflows.cases.find_case import GetCaseId
from workflows.cases.open_case import OpenCase
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid
from workflows.core.ports import Draft
from workflows.forms import Raw, check
from workflows.forms.lost_characters import lost_character_errors
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_instant
from workflows.model.card import CardButton as CardAction

SAME: Final = "sheet_same"  # callback of the modal that points out similar cases
_MOST_DRAFTS: Final = 10


# -- begun ----------------------------------------------------------------------------------------


@pressed("new_sheet", opens=True)
def new_sheet(press: Press) -> Answer:
    """A sheet to write; where some were begun before, the choice to go on with one of them."""
    here = press.here
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "new_sheet", ""))
    begun = _my_drafts(here) if press.item != "fresh" else []
    return _drafts_modal(here, begun) if begun else fresh_sheet(here)


def fresh_sheet(here: Here, **fields: Any) -> Modal:
    """The first step of a new sheet; no draft is kept before somebody goes on."""
    raw = {"received_at": show_instant(here.door.desk.now()), **fields}
    return step_modal(here, SheetInProgress(secrets.token_hex(16)), raw)


def _my_drafts(here: Here) -> list[Draft]:
    """My unsent sheets, the newest first."""
    mine = [d for d in here.ask(GetInbox()).drafts if d.form == SHEET and not d.subject]
    return sorted(mine, key=lambda d: d.saved_at, reverse=True)


def _drafts_modal(here: Here, drafts: Sequence[Draft]) -> Modal:
    say, token = here.say, here.door.token
    found = [blocks.section(say("slack_sheet.drafts", count=len(drafts)))]
    for draft in drafts[:_MOST_DRAFTS]:
        go_on = blocks.button(
            say("slack_sheet.go_on"), f"drafts.{draft.id}", token("drafts", "", draft.id)
        )
        found.append(blocks.section(say("slack_sheet.draft_line", at=draft.saved_at), beside=go_on))
    fresh = token("new_sheet", "", "fresh")
    found.append(blocks.buttons([blocks.button(say("slack_sheet.fresh"), "new_sheet", fresh)]))
    return Modal(say("slack_sheet.title_new", number=""), tuple(found))


@pressed("drafts", opens=True)
def drafts(press: Press) -> Answer:
    """The draft named, to go on with; without one, all of them."""
    here = press.here
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "drafts", ""))
    if not press.item:
        mine = _my_drafts(here)
        return (
            _drafts_modal(here, mine)
            if mine
            else PrivateSentence(here.say("slack_sheet.no_drafts"))
        )
    draft = here.ask(GetDraft(press.item))
    if draft.form == SHEET and draft.subject:
        return edit_sheet(replace(press, verb="edit_sheet", subject=draft.subject, item=""))
    if draft.form == SHEET:
        note = here.say("slack_sheet.continued", at=draft.saved_at)
        mine_now = SheetInProgress(draft.id, begun=True)
        return step_modal(here, mine_now, cast(Raw, draft.raw), above=[blocks.context(note)])
    if draft.form == "record" and (write := PRESSED.get("write_record")):
        return write(replace(press, verb="write_record", subject=draft.subject, item=""))
    return page_modal(here, CardAction("", "drafts", ""))


# -- forth and back -------------------------------------------------------------------------------


@submitted(NEW)
def step_done(submission: Submission) -> Answer:
    """On to the next step, or sent after the last one. What is wrong is told beside its field."""
    here = submission.here
    mine, raw = on_screen(here, submission.opened)
    door, steps = here.door, mine.steps(here.door)
    mine = keep(here, mine, raw)  # also what is wrong: somebody may close the modal over it
    if wrong := wrong_in(here, mine.form(door), steps[mine.step], raw):
        return FieldErrors(sentences(wrong, door.texts))
    if mine.step + 1 < len(steps):
        return step_modal(here, mine.at(mine.step + 1), raw)
    return save_edit(here, mine, raw) if mine.number else _send(here, mine, raw)


submitted(EDIT)(step_done)


@pressed("sheet_step")
def step_back(press: Press) -> Answer:
    """Another step, with all that was typed."""
    here = press.here
    found = _kept_now(press)
    if isinstance(found, FieldErrors):
        return found
    mine, raw = found
    return step_modal(here, replace(mine, step=int(press.item), same_told=False), raw)


def _kept_now(press: Press) -> tuple[SheetInProgress, dict[str, Any]] | FieldErrors:
    """What is on the screen, kept as a draft; or what no draft keeps: a 12-digit number."""
    here = press.here
    assert press.opened is not None  # noqa: S101 - these buttons stand in modals alone
    mine, raw = on_screen(here, press.opened)
    mine = keep(here, mine, raw)
    numbers = errors_by_question(mine.form(here.door), numbers_in(raw))
    return FieldErrors(sentences(numbers, here.door.texts)) if numbers else (mine, raw)


@pressed("sheet_row")
def add_row(press: Press) -> Answer:
    found = _kept_now(press)
    if isinstance(found, FieldErrors):
        return found
    mine, raw = found
    raw = with_row(raw, press.item)
    return step_modal(press.here, keep(press.here, mine, raw), raw, stays=True)


@pressed("sheet_row_gone")
def remove_row(press: Press) -> Answer:
    found = _kept_now(press)
    if isinstance(found, FieldErrors):
        return found
    mine, raw = found
    raw = without_row(raw, press.item)
    return step_modal(press.here, keep(press.here, mine, raw), raw)


@pressed("sheet_keep")
def keep_and_close(press: Press) -> Answer:
    found = _kept_now(press)
    return (
        found
        if isinstance(found, FieldErrors)
        else PrivateSentence(press.here.say("slack_sheet.kept"))
    )


@pressed("sheet_drop")
def drop(press: Press) -> Answer:
    """Throw away what was begun."""
    assert press.opened is not None  # noqa: S101 - this button stands in modals alone
    mine = writing_in(press.here.door, press.opened.memory)
    press.here.handle(DropDraft(mine.draft_id), once=False)
    return PrivateSentence(press.here.say("slack_sheet.dropped"))


@pressed("sheet_same")
def look_for_same(press: Press) -> Answer:
    """Whether the same person is here already, below the questions that tell it."""
    here = press.here
    found = _kept_now(press)
    if isinstance(found, FieldErrors):
        return found
    mine, raw = found
    this = here.ask(GetCaseId(mine.number)) if mine.number else ""
    below = same_blocks(here, find_same(here, raw, this))
    return step_modal(here, mine, raw, below=below, stays=True)


# -- sent -----------------------------------------------------------------------------------------


def _send(here: Here, mine: SheetInProgress, raw: Raw) -> Answer:
    """Send the sheet; what is wrong in an earlier step leads back there."""
    form = mine.form(here.door)
    checked = check(form, raw, today=today_of(here))
    if wrong := errors_by_question(form, checked.errors):
        return step_with_errors(here, mine, raw, wrong)
    if not mine.same_told:
        same, lost = find_same(here, raw) or (), lost_character_errors(form, checked.values)
        if same or lost:
            pointed_out = (
                *letter_blocks(here, form, lost),
                *(same_blocks(here, same) if same else ()),
            )
            return _pointed_out(here, replace(mine, same_told=True), pointed_out)
    try:
        # What may have been lost was pointed out beside who may be the same.
        case_id = here.handle(OpenCase(raw, referrals_of(raw), mine.draft_id, mine.same_told))
    except Invalid as invalid:
        return step_with_errors(here, mine, raw, errors_by_question(form, invalid.errors))
    case = here.ask(GetCase(case_id))
    told = here.say(
        "page.case.sent",
        number=case.number,
        count=len(case.referrals),
        reply_by=case.referrals[0].reply_by,
    )
    return done_modal(here, told, case.number)


def _pointed_out(here: Here, mine: SheetInProgress, told: Sequence[Block]) -> Modal:
    say, token = here.say, here.door.token
    last = token("sheet_step", "", str(mine.step))
    back = blocks.button(say("slack_sheet.back"), "sheet_step", last)
    return Modal(
        title_of(here, mine),
        (*told, blocks.buttons([back])),
        callback=SAME,
        submit=say("slack_sheet.send_all_the_same"),
        memory=memory_of(mine),
    )


@submitted(SAME)
def send_all_the_same(submission: Submission) -> Answer:
    here = submission.here
    mine = writing_in(here.door, submission.memory)
    return _send(here, mine, typed_before(here, mine))
