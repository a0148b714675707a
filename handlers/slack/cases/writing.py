"""A sheet while it is being written in modals: where one is in it, its draft, the step as drawn.

Every step is kept as a draft before the next one is shown, so that nothing typed hangs on a modal
that somebody may close; a page goes on with the same draft. A modal remembers ids alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from handlers.slack.cases.case_here import case_to
from handlers.slack.door import (
    Answer,
    FieldErrors,
    Here,
    Modal,
    OpenModal,
    PrivateSentence,
    SlackDoor,
)
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.form_reading import raw_of
from handlers.slack.ui.form_steps import (
    complaint,
    errors_by_question,
    first_with_error,
    sentences,
    steps_of,
    with_step_number,
)
from handlers.slack.ui.forms import Rows, drawn, form_context
from handlers.words.case_forms import with_referrals
from handlers.words.form_words import Begun, label_of, shown
from workflows.cases.drafts import GetDraft, SaveDraft
from workflows.cases.edit_sheet import without_consent
from workflows.cases.find_case import FindSame, SameCase
from workflows.core.errors import NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import FieldError, Form, Raw
from workflows.forms.lost_characters import LETTERS_SEEN
from workflows.model.card import CardButton as CardAction

SHEET: Final = "sheet"
NEW, EDIT = "sheet_new", "sheet_edit"  # callbacks of the steps' modals
_MOST_PRINTS: Final = 1_500  # characters of what a modal remembers, which is sealed as well
_MOST_SAME: Final = 10  # lines of each kind in a modal
_MARK: Final = 12  # characters of one field's print, see form_words.fingerprints


@dataclass(frozen=True)
class SheetInProgress:
    """One sheet being written: a new one, or with `number` that of a case. `opened` (its prints)
    and `version` are what its writer had before them; `begun` once there is a draft of it;
    `revision` counts how often it was drawn; `same_told` when similar cases were pointed out."""

    draft_id: str
    number: str = ""
    version: int = 0
    opened: str = ""
    step: int = 0
    revision: int = 0
    begun: bool = False
    same_told: bool = False

    @property
    def callback(self) -> str:
        return EDIT if self.number else NEW

    def form(self, door: SlackDoor) -> Form:
        if self.number:
            return without_consent(door.forms.form(SHEET))
        return with_referrals(door.forms, door.texts)

    def steps(self, door: SlackDoor) -> tuple[Form, ...]:
        return steps_of(self.form(door))

    def at(self, step: int) -> "SheetInProgress":
        return replace(self, step=step)


def memory_of(mine: SheetInProgress) -> dict[str, str]:
    """What a modal is to remember. Prints of a form so long that they do not fit are left out:
    whoever meets somebody else's version is then shown every difference."""
    prints = "".join(json.loads(mine.opened).values()) if mine.opened else ""
    facts = {
        "d": mine.draft_id,
        "s": mine.number,
        "v": str(mine.version),
        "o": prints if len(prints) <= _MOST_PRINTS else "",
        "n": str(mine.step),
        "r": str(mine.revision),
        "b": "1" if mine.begun else "",
        "same": "1" if mine.same_told else "",
    }
    return {k: v for k, v in facts.items() if v}


def writing_in(door: SlackDoor, memory: Mapping[str, str]) -> SheetInProgress:
    """What a modal remembers."""
    mine = SheetInProgress(
        draft_id=memory["d"],
        number=memory.get("s", ""),
        version=int(memory.get("v", "0")),
        step=int(memory.get("n", "0")),
        revision=int(memory.get("r", "0")),
        begun="b" in memory,
        same_told="same" in memory,
    )
    return replace(mine, opened=_prints(mine.form(door), memory.get("o", "")))


def _prints(form: Form, packed: str) -> str:
    """The prints of a form as they were packed; none when the form has changed meanwhile."""
    marks = [packed[at : at + _MARK] for at in range(0, len(packed), _MARK)]
    if len(marks) != len(form.fields):
        return ""
    return json.dumps({f.id: mark for f, mark in zip(form.fields, marks, strict=True)})


# -- the draft ------------------------------------------------------------------------------------


def on_screen(here: Here, modal: OpenModal) -> tuple[SheetInProgress, dict[str, Any]]:
    """Where somebody is, and all that they have typed: on the screen and in the steps before."""
    mine = writing_in(here.door, modal.memory)
    return mine, raw_of(mine.steps(here.door)[mine.step], modal.typed, typed_before(here, mine))


def typed_before(here: Here, mine: SheetInProgress) -> Raw:
    """Raises NotFound when the draft has been sent or thrown away meanwhile."""
    try:
        kept = cast(Mapping[str, Any], here.ask(GetDraft(mine.draft_id)).raw)
    except NotFound:
        if mine.begun:
            raise
        if not mine.number:
            return {}
        case = case_to(here, mine.number, Action.EDIT_SHEET, CasePage.SHEET)
        return shown(mine.form(here.door), case.sheet or {})
    return cast(Raw, kept["fields"] if mine.number else kept)


def keep(here: Here, mine: SheetInProgress, raw: Raw) -> SheetInProgress:
    """Keep what is typed. Raises NotFound when its draft has been sent or thrown away."""
    kept: Any = raw
    if mine.number:
        kept = Begun(mine.draft_id, raw, mine.opened, mine.version).kept
    here.handle(SaveDraft(SHEET, kept, mine.draft_id, mine.number), once=False)
    here.ask(GetDraft(mine.draft_id))
    return replace(mine, begun=True)


# -- the step -------------------------------------------------------------------------------------


def step_modal(
    here: Here,
    mine: SheetInProgress,
    raw: Raw,
    *,
    errors: Sequence[FieldError] = (),
    above: Sequence[Block] = (),
    below: Sequence[Block] = (),
    stays: bool = False,
) -> Modal:
    """The step as it is shown, with what is wrong in it. `stays` leaves on the screen what is
    being typed there; otherwise what we know is forced into its fields."""
    door, say = here.door, here.say
    mine = mine if stays else replace(mine, revision=mine.revision + 1)
    form, steps = mine.form(door), mine.steps(door)
    step = with_step_number(steps[mine.step], mine.step, len(steps), door.texts)
    ours = [e for e in errors_by_question(form, errors) if step.has(e.field.partition(".")[0])]
    rows = Rows("sheet_row", "sheet_row_gone", page_of(door, mine))
    ask = form_context(here, rows, errors=sentences(ours, door.texts), revision=str(mine.revision))
    top = [*above, *(complaint(form, ours, door.texts) if ours else ())]
    bottom = [*below, _buttons(here, mine, step)]
    found = [*top, *drawn(ask, step, raw), *bottom]
    if len(found) > blocks.VIEW_BLOCKS:
        found = [*top, *drawn(replace(ask, errors={}), step, raw), *bottom]
    last = mine.step == len(steps) - 1
    done = "save" if mine.number else "send"
    return Modal(
        title_of(here, mine),
        tuple(found),
        callback=mine.callback,
        submit=say(f"slack_sheet.{done if last else 'next'}"),
        memory=memory_of(mine),
    )


def title_of(here: Here, mine: SheetInProgress) -> str:
    key = "slack_sheet.title_edit" if mine.number else "slack_sheet.title_new"
    return here.say(key, number=mine.number)


def page_of(door: SlackDoor, mine: SheetInProgress) -> str:
    """Where the same is written on the web: the draft goes on there."""
    verb = "edit_sheet" if mine.number else "drafts"
    return door.page_of(CardAction("", verb, mine.number))


def _buttons(here: Here, mine: SheetInProgress, step: Form) -> Block:
    say, token = here.say, here.door.token
    found = []
    if mine.step:
        back = token("sheet_step", "", str(mine.step - 1))
        found.append(blocks.button(say("slack_sheet.back"), "sheet_step", back))
    if step.has("kana"):
        found.append(blocks.button(say("slack_sheet.same"), "sheet_same", token("sheet_same")))
    found.append(blocks.button(say("slack_sheet.keep"), "sheet_keep", token("sheet_keep")))
    if mine.begun:
        sure = blocks.confirm(
            say("slack_sheet.drop"),
            say("slack_sheet.drop_sure"),
            say("slack_sheet.drop"),
            say("slack_sheet.drop_not"),
        )
        name = "sheet_drop"
        found.append(blocks.button(say("slack_sheet.drop"), name, token(name), confirm=sure))
    return blocks.buttons(found)


# -- the same person ------------------------------------------------------------------------------


def find_same(here: Here, raw: Raw, except_case_id: str = "") -> tuple[SameCase, ...] | None:
    """Cases about the same person or household; None when somebody has searched too often."""
    asked = {f: str(raw.get(f) or "") for f in ("name", "kana", "birth_date", "phone", "address")}
    return here.ask(FindSame(**asked, except_case_id=except_case_id))


def same_blocks(here: Here, same: tuple[SameCase, ...] | None) -> list[Block]:
    say, label = here.say, here.door.texts.label
    if not same:
        return [blocks.section(say(f"slack_sheet.same_{'unknown' if same is None else 'none'}"))]
    found: list[Block] = []
    for title, is_sure in (("same_sure", True), ("same_perhaps", False)):
        some = [one for one in same if one.is_sure is is_sure]
        if not some:
            continue
        found.append(blocks.section(say(f"slack_sheet.{title}", count=len(some)), strong=True))
        found += [
            blocks.section(
                say(
                    "slack_sheet.same_line",
                    number=one.number,
                    state=one.state,
                    kinds=[label("match_key", k) for k in one.kinds],
                    agency=one.answering_agency,
                )
            )
            for one in some[:_MOST_SAME]
        ]
    return [*found, blocks.section(say("slack_sheet.same_then"))]


def letter_blocks(here: Here, form: Form, lost: Sequence[FieldError]) -> list[Block]:
    """Which answers hold letters that may have been lost, before they are kept."""
    told = [e for e in lost if e.field != LETTERS_SEEN]
    if not told:
        return []
    lines = [
        here.say(
            "slack_sheet.letters_line",
            field=label_of(form, e.field, here.door.texts),
            letters=e.facts["letters"],
        )
        for e in told[:_MOST_SAME]
    ]
    title = blocks.section(here.say("slack_sheet.letters_title"), strong=True)
    return [title, *(blocks.section(line) for line in lines)]


# -- the end of it --------------------------------------------------------------------------------


def step_with_errors(
    here: Here, mine: SheetInProgress, raw: Raw, wrong: Sequence[FieldError]
) -> Answer:
    """Beside the fields where they are on the screen; else the step in which they are."""
    step = first_with_error(mine.steps(here.door), wrong)
    told = sentences(wrong, here.door.texts)
    if step is None:
        return PrivateSentence("　".join(told.values()))
    if step == mine.step and not mine.same_told:
        return FieldErrors(told)
    return step_modal(here, mine.at(step), raw, errors=wrong)


def done_modal(here: Here, told: str, number: str) -> Modal:
    """What happened, and the case to look at next."""
    open_case = here.door.token("open_case", number)
    button = blocks.button(here.say("slack_sheet.open_case"), "open_case", open_case)
    return Modal(here.say("slack.modal.title"), (blocks.section(told), blocks.buttons([button])))
