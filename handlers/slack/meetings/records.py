"""会議記録 in Slack: written in steps, handed to the chair, confirmed, read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

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
from handlers.slack.meetings.record_reading import answers, read_modal
from handlers.slack.meetings.record_steps import (
    CALLBACK,
    WORDS,
    OnScreen,
    RecordInProgress,
    Step,
    keep,
    on_screen,
    prefix,
    record_form,
    step_modal,
    steps,
)
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.form_reading import with_row, without_row
from handlers.slack.ui.form_steps import complaint, errors_by_question, sentences, wrong_in
from handlers.slack.ui.pages import page_modal
from handlers.slack.ui.reading import answered
from handlers.words.form_words import numbers_in
from handlers.words.record_draft import filled_from_announced, with_draft
from workflows.cases.drafts import DropDraft
from workflows.core.errors import Conflict, Invalid
from workflows.forms import FieldError
from workflows.meetings.record import SavedRecord, SaveRecord
from workflows.meetings.record_views import FindRecordDraft, RecordView, WriteRecord
from workflows.meetings.views import GetMeeting
from workflows.model.card import CardButton as CardAction

SAVED: Final = "saved"  # of the button that begins with what was saved, not with one's draft
DRAFT: Final = "draft"


@pressed("write_record", opens=True)
def write(press: Press) -> Answer:
    """As far as it is written; once it is confirmed, or for others, to be read."""
    here, meeting_id = press.here, press.subject
    meeting = here.ask(GetMeeting(meeting_id))
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "write_record", meeting_id))
    if meeting.must_confirm_secrecy:
        return PRESSED["secrecy"](replace(press, verb="secrecy", item=press.verb))
    if not meeting.may_write or meeting.record_state == "confirmed":
        return read_modal(here, meeting_id)
    seen = here.ask(WriteRecord(meeting_id))
    if not seen.writable or not seen.begun:
        return read_modal(here, meeting_id)
    draft = here.ask(FindRecordDraft(meeting_id))
    older = bool(draft and seen.saved_at and draft.saved_at < seen.saved_at)
    if draft and older and not press.item:
        return _which(here, meeting_id)
    if draft and press.item == SAVED:
        here.handle(DropDraft(draft.id), once=False)
        draft = None
    seen = here.ask(WriteRecord(meeting_id, drawn=True))
    typed = with_draft(seen, record_form(here), draft)
    note = (
        [blocks.context(here.say("page.meeting.record_draft", at=draft.saved_at))] if draft else []
    )
    theirs = _theirs(here, seen) if older and draft else []
    now = OnScreen(seen, RecordInProgress(meeting_id, seen.version), typed)
    return step_modal(here, now, above=[*note, *theirs])


def _which(here: Here, meeting_id: str) -> Modal:
    """Somebody saved after my draft: whether to go on with theirs or with mine."""
    made = [
        blocks.button(
            here.say(f"{WORDS}.from_{item}"),
            f"write_record.{item}",
            here.door.token("write_record", meeting_id, item),
        )
        for item in (SAVED, DRAFT)
    ]
    told = blocks.section(here.say(f"{WORDS}.older_draft"))
    return Modal(here.say("page.meeting.record"), (told, blocks.buttons(made)))


# -- step by step ---------------------------------------------------------------------------------


@submitted(CALLBACK)
def step_done(submission: Submission) -> Answer:
    """On to the next step; after the last one to the chair, or by the chair to everybody."""
    here = submission.here
    now = on_screen(here, submission.opened)
    keep(here, now)
    step = now.step(here)
    if wrong := _wrong_here(here, now, step):
        return wrong
    if now.mine.step + 1 < len(steps(here, now.seen)):
        return step_modal(here, replace(now, mine=now.mine.at(now.mine.step + 1)))
    return _handed_in(here, now)


def _wrong_here(here: Here, now: OnScreen, step: Step) -> FieldErrors | None:
    """What is wrong beside its field; what is missing may be missing until it is handed in."""
    if step.case is None or step.form is None:
        numbers = _numbers(now)
        return FieldErrors(sentences(numbers, here.door.texts)) if numbers else None
    form, raw = record_form(here), now.typed.cases[step.case.case_id]
    wrong = [e for e in wrong_in(here, form, step.form, raw) if e.key != "form.required"]
    if not wrong:
        return None
    before = prefix(step.case)
    return FieldErrors({before + name: s for name, s in sentences(wrong, here.door.texts).items()})


def _numbers(now: OnScreen) -> tuple[FieldError, ...]:
    """12-digit numbers outside the cases: with who came, and in what the chats are to say."""
    typed = now.typed
    named = {f"who-{agency_id}": who for agency_id, (_, who) in typed.attended.items()}
    return numbers_in({**named, "summary": typed.summary})


def _now(press: Press) -> OnScreen | FieldErrors:
    """What is on the screen, kept as a draft; or what no draft keeps: a 12-digit number."""
    here = press.here
    assert press.opened is not None  # noqa: S101 - these buttons stand in modals alone
    now = on_screen(here, press.opened)
    keep(here, now)
    found = [*_numbers(now), *(e for raw in now.typed.cases.values() for e in numbers_in(raw))]
    return FieldErrors(sentences(found, here.door.texts)) if found else now


@pressed("record_back")
def back(press: Press) -> Answer:
    now = _now(press)
    if isinstance(now, FieldErrors):
        return now
    return step_modal(press.here, replace(now, mine=now.mine.at(max(0, now.mine.step - 1))))


@pressed("record_as_said")
def fill_in_as_said(press: Press) -> Answer:
    """What is still blank as the agencies said beforehand, to be looked over."""
    now, here = _now(press), press.here
    if isinstance(now, FieldErrors):
        return now
    typed, count = filled_from_announced(now.typed, now.seen)
    now = replace(now, typed=typed)
    keep(here, now)
    told = blocks.context(here.say("page.meeting.as_said", count=count))
    return step_modal(here, now, above=[told])


@pressed("record_preview")
def preview(press: Press) -> Answer:
    now = _now(press)
    return now if isinstance(now, FieldErrors) else step_modal(press.here, now)


@pressed("record_keep")
def keep_and_close(press: Press) -> Answer:
    now = _now(press)
    return now if isinstance(now, FieldErrors) else PrivateSentence(press.here.say(f"{WORDS}.kept"))


@pressed("record_row", "record_row_gone")
def row(press: Press) -> Answer:
    """A row more, or one less, of the case that is on the screen."""
    now, here = _now(press), press.here
    if isinstance(now, FieldErrors):
        return now
    case = now.step(here).case
    if case is None:
        return None
    change, stays = (with_row, True) if press.verb == "record_row" else (without_row, False)
    cases = {**now.typed.cases, case.case_id: change(now.typed.cases[case.case_id], press.item)}
    now = replace(now, typed=replace(now.typed, cases=cases))
    keep(here, now)
    return step_modal(here, now, stays=stays)


# -- saved, handed in, shared ---------------------------------------------------------------------


@pressed("record_save")
def save(press: Press) -> Answer:
    """Unfinished, for the others who write it."""
    now, here = _now(press), press.here
    if isinstance(now, FieldErrors):
        return now
    found = _save(here, now, ready=False)
    if not isinstance(found, SavedRecord):
        return found
    return PrivateSentence(here.say("page.meeting.record_saved", version=found.version))


def _handed_in(here: Here, now: OnScreen) -> Answer:
    found = _save(here, now, ready=True)
    if not isinstance(found, SavedRecord):
        return found
    if not now.seen.is_chair:
        return PrivateSentence(here.say("page.meeting.record_asked", chair=now.seen.line.chair))
    return PrivateSentence(here.say("page.meeting.record_shared", roles=found.roles))


def _save(here: Here, now: OnScreen, *, ready: bool) -> SavedRecord | Modal | FieldErrors:
    """What was saved, and shared where the chair hands it in; or the step with what is wrong, or
    what somebody else saved meanwhile."""
    typed, meeting_id = now.typed, now.mine.meeting_id
    shares = ready and now.seen.is_chair
    command = SaveRecord(
        meeting_id, now.mine.version, typed.attended, typed.cases, ready, typed.summary, shares
    )
    try:
        return here.handle(command)
    except Invalid as wrong:
        return _to_be_mended(here, now, wrong)
    except Conflict as conflict:
        # What is typed stays; saving once more lays it over what the other saved.
        told = blocks.section(here.door.sentence(conflict), strong=True)
        last = len(steps(here, now.seen)) - 1
        mine = replace(now.mine, version=now.seen.version, step=last)
        return step_modal(here, replace(now, mine=mine), above=[told, *_theirs(here, now.seen)])


def _to_be_mended(here: Here, now: OnScreen, wrong: Invalid) -> Modal | FieldErrors:
    """The first step in which something is wrong, with what it is; the last one keeps its own."""
    listed = steps(here, now.seen)
    for number, step in enumerate(listed):
        errors = _errors_in(step, wrong.errors)
        if not errors:
            continue
        if step.form is None and number == now.mine.step:
            return FieldErrors({e.field: here.say(e.key, **e.facts) for e in errors})
        at = replace(now, mine=now.mine.at(number))
        above = (
            complaint(record_form(here), errors_by_question(step.form, errors), here.door.texts)
            if step.form
            else _complaint(here, now, errors)
        )
        return step_modal(here, at, above=above, errors=errors)
    return FieldErrors({e.field: here.say(e.key, **e.facts) for e in wrong.errors})


def _complaint(here: Here, now: OnScreen, errors: Sequence[FieldError]) -> list[Block]:
    """What is wrong in a step without a form: all agencies that are blank in one sentence."""
    blank = {e.field.removeprefix("presence-") for e in errors if e.field.startswith("presence-")}
    agencies = [c.agency for c in now.seen.came if c.agency_id in blank]
    found = [here.say(e.key, **e.facts) for e in errors if not e.field.startswith("presence-")]
    if agencies:
        found.insert(0, here.say("page.meeting.who_came_of", agencies=agencies))
    return [blocks.section(sentence, strong=True) for sentence in found]


def _errors_in(step: Step, errors: Sequence[FieldError]) -> list[FieldError]:
    """Those of a step, under the names that its own questions have."""
    found = []
    for error in errors:
        owner, _, rest = error.field.partition(".")
        if step.case and step.form and owner == step.case.case_id:
            if step.form.has(rest.partition(".")[0]):
                found.append(replace(error, field=rest))
        elif owner in step.agencies:
            found.append(replace(error, field=f"{rest}-{owner}"))
        elif owner == "summary" and step.case is None and not step.agencies:
            found.append(error)
    return found


def _theirs(here: Here, seen: RecordView) -> list[Block]:
    """What the other one saved, to be compared."""
    found = [blocks.context(here.say(f"{WORDS}.theirs"))]
    for case in seen.cases:
        found.append(blocks.section(case.number, strong=True))
        found += answered(answers(here, seen, case.case_id))
    return found[:40]
