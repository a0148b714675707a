"""A sheet that was sent, corrected in steps; two people at once are shown each other's words."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from handlers.slack.cases.case_here import case_to
from handlers.slack.cases.writing import (
    SHEET,
    SheetInProgress,
    done_modal,
    keep,
    letter_blocks,
    memory_of,
    step_modal,
    step_with_errors,
    title_of,
    typed_before,
    writing_in,
)
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
from handlers.slack.ui.form_steps import errors_by_question
from handlers.slack.ui.forms import today_of
from handlers.slack.ui.pages import page_modal
from handlers.slack.ui.reading import pieces
from handlers.words.form_words import Merged, begun_of_draft, fingerprints, merge, shown
from workflows.cases.drafts import FindDraft
from workflows.cases.edit_sheet import EditSheet, without_consent
from workflows.cases.find_case import GetCaseId
from workflows.core.errors import Conflict, Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import FieldError, Raw
from workflows.forms.lost_characters import LETTERS_SEEN
from workflows.model.card import CardButton as CardAction

CONFLICT = "sheet_conflict"
_MOST_SHOWN = 25  # differences beside each other, so that long ones fit too


@pressed("edit_sheet", opens=True)
def edit_sheet(press: Press) -> Answer:
    """The first step of a case's sheet, with what its writer had begun before."""
    here, number = press.here, press.subject
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "edit_sheet", number))
    case = case_to(here, number, Action.EDIT_SHEET, CasePage.SHEET)
    if not case.is_open:
        return PrivateSentence(here.say("page.settled.closed", number=case.number))
    form, values = without_consent(here.door.forms.form(SHEET)), dict(case.sheet or {})
    if draft := here.ask(FindDraft(SHEET, case.number)):
        found = begun_of_draft(draft)
        mine = SheetInProgress(draft.id, case.number, found.version, found.opened, begun=True)
        note = blocks.context(here.say("slack_sheet.continued", at=draft.saved_at))
        return step_modal(here, mine, found.raw, above=[note])
    opened = fingerprints(form, values)
    mine = SheetInProgress(secrets.token_hex(16), case.number, case.sheet_version, opened)
    return step_modal(here, mine, shown(form, values))


def save_edit(here: Here, mine: SheetInProgress, raw: Raw, *, letters_seen: bool = False) -> Answer:
    """Save the sheet, unless somebody else has saved it since it was opened, or letters that may
    have been lost are to be seen first."""
    case = case_to(here, mine.number, Action.EDIT_SHEET)
    try:
        version = here.handle(
            EditSheet(case.id, mine.version, raw, letters_seen, draft_id=mine.draft_id)
        )
    except Conflict as conflict:
        return _side_by_side(here, mine, raw, conflict)
    except Invalid as invalid:
        if any(e.field == LETTERS_SEEN for e in invalid.errors):
            return _letters(here, mine, invalid.errors)
        return step_with_errors(
            here, mine, raw, errors_by_question(mine.form(here.door), invalid.errors)
        )
    same = version == mine.version
    key = "page.case.sheet_unchanged" if same else "page.case.sheet_saved"
    told = [here.say(key, version=version)]
    try:
        here.ask(GetCaseId(case.number))
    except NotFound:  # restricted once more: who was not named before is not by that
        told.append(here.say("page.case.restricted_again", number=case.number))
    return done_modal(here, "\n".join(told), case.number)


def _letters(here: Here, mine: SheetInProgress, lost: Sequence[FieldError]) -> Modal:
    """Letters that may have been lost, to be seen before they are kept."""
    back = here.door.token("sheet_step", "", "0")
    button = blocks.button(here.say("slack_sheet.back"), "sheet_step", back)
    return Modal(
        title_of(here, mine),
        (*letter_blocks(here, mine.form(here.door), lost), blocks.buttons([button])),
        callback=CONFLICT,
        submit=here.say("slack_sheet.save_all_the_same"),
        memory={**memory_of(mine), LETTERS_SEEN: "1"},
    )


def _side_by_side(here: Here, mine: SheetInProgress, raw: Raw, conflict: Conflict) -> Modal:
    """The modal with both versions of each field that differs; saving again overwrites the newer
    one."""
    case = case_to(here, mine.number, Action.EDIT_SHEET, CasePage.SHEET)
    form, current = mine.form(here.door), dict(case.sheet or {})
    texts = here.door.texts
    merged = merge(form, mine.opened, raw, current, case.names, today=today_of(here), texts=texts)
    mine = replace(mine, opened=fingerprints(form, current), version=case.sheet_version)
    mine = keep(here, mine, merged.raw)
    back = here.door.token("sheet_step", "", "0")
    button = blocks.button(here.say("slack_sheet.conflict.change"), "sheet_step", back)
    return Modal(
        title_of(here, mine),
        (
            blocks.section(here.say(conflict.key, **conflict.facts)),
            *_differences(here, merged),
            blocks.buttons([button]),
        ),
        callback=CONFLICT,
        submit=here.say("slack_sheet.conflict.save"),
        memory=memory_of(mine),
    )


def _differences(here: Here, merged: Merged) -> list[Block]:
    say = here.say
    found = []
    if merged.taken:
        found.append(blocks.section(say("slack_sheet.conflict.taken", fields=merged.taken)))
    if not merged.differing:
        return [*found, blocks.section(say("slack_sheet.conflict.none"))]
    found.append(blocks.section(say("slack_sheet.conflict.differing")))
    empty = say("slack_sheet.conflict.empty")
    for one in merged.differing[:_MOST_SHOWN]:
        found.append(blocks.section(one.label, strong=True))
        for who, words in (("theirs", one.theirs), ("yours", one.yours)):
            told = say(f"slack_sheet.conflict.{who}", words=words or empty)
            found += [blocks.section(piece) for piece in pieces(told)]
    return found


@submitted(CONFLICT)
def save_on_top(submission: Submission) -> Answer:
    here = submission.here
    mine = writing_in(here.door, submission.memory)
    # The step on the screen is none of the form's: whatever is wrong leads to its own step.
    mine = replace(mine, same_told=True)
    seen = LETTERS_SEEN in submission.memory
    return save_edit(here, mine, typed_before(here, mine), letters_seen=seen)
