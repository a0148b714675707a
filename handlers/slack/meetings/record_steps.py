"""The steps in which a 会議記録 is written in Slack: who came, each case, what the chat will say.

What is typed is kept as a draft after every step, the same draft that the page keeps. A modal
remembers ids alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from handlers.slack.door import Here, Modal, OpenModal, Typed
from handlers.slack.meetings.meeting_words import in_modal
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.form_reading import raw_of
from handlers.slack.ui.form_steps import errors_by_question, sentences, steps_of, with_step_number
from handlers.slack.ui.forms import Rows, drawn, form_context
from handlers.slack.ui.inputs import radio, text_input
from handlers.words.record_draft import RecordTyped, announced_words, chat_card, with_draft
from workflows.cases.drafts import SaveDraft
from workflows.forms import FieldError, Form
from workflows.guard.while_typing import SUMMARY_MAX
from workflows.meetings.attended import NOT_KNOWN, PRESENCES, WHO_MAX
from workflows.meetings.record import DRAFT_FORM
from workflows.meetings.record_views import (
    CaseRecord,
    FindRecordDraft,
    PreviewRecord,
    RecordView,
    WriteRecord,
)
from workflows.model.card import CardButton as CardAction

CALLBACK: Final = "record"
CAME_A_STEP: Final = 20  # agencies, two questions each
WORDS: Final = "slack_desk.record"


@dataclass(frozen=True)
class Step:
    """Some of the agencies, a part of one case's form, or (neither) the last step."""

    agencies: tuple[str, ...] = ()
    case: CaseRecord | None = None
    form: Form | None = None


@dataclass(frozen=True)
class RecordInProgress:
    """Where somebody is in writing a record, on top of which version."""

    meeting_id: str
    version: int
    step: int = 0
    revision: int = 0

    @property
    def memory(self) -> dict[str, str]:
        return {
            "m": self.meeting_id,
            "v": str(self.version),
            "n": str(self.step),
            "r": str(self.revision),
        }

    def at(self, step: int) -> "RecordInProgress":
        return replace(self, step=step)


def writing_in(memory: Mapping[str, str]) -> RecordInProgress:
    return RecordInProgress(memory["m"], int(memory["v"]), int(memory["n"]), int(memory["r"]))


def record_form(here: Here) -> Form:
    return here.door.forms.form("record")


def steps(here: Here, seen: RecordView) -> list[Step]:
    """How the record is parted; it depends on the meeting and the form alone."""
    ids = [c.agency_id for c in seen.came]
    found = [
        Step(agencies=tuple(ids[at : at + CAME_A_STEP])) for at in range(0, len(ids), CAME_A_STEP)
    ]
    parts = steps_of(record_form(here))
    found += [
        Step(case=case, form=with_step_number(part, n, len(parts), here.door.texts))
        for case in seen.cases
        for n, part in enumerate(parts)
    ]
    return [*found, Step()]


# -- what is typed --------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnScreen:
    """The record as it is, where somebody is in it, and all that they have typed."""

    seen: RecordView
    mine: RecordInProgress
    typed: RecordTyped

    def step(self, here: Here) -> Step:
        return steps(here, self.seen)[self.mine.step]


def on_screen(here: Here, opened: OpenModal) -> OnScreen:
    """What stands in the modal, laid over what was typed in the steps before."""
    mine = writing_in(opened.memory)
    seen = here.ask(WriteRecord(mine.meeting_id, drawn=True))
    before = with_draft(seen, record_form(here), here.ask(FindRecordDraft(mine.meeting_id)))
    step = steps(here, seen)[mine.step]
    return OnScreen(seen, mine, _laid_over(step, before, opened.typed))


def _laid_over(step: Step, before: RecordTyped, typed: Typed) -> RecordTyped:
    if step.agencies:
        came = {a: _came(a, before, typed) for a in step.agencies}
        return replace(before, attended={**before.attended, **came})
    if step.case and step.form:
        case_id = step.case.case_id
        raw = raw_of(step.form, typed, before.cases[case_id], prefix(step.case))
        return replace(before, cases={**before.cases, case_id: raw})
    return replace(before, summary=str(typed.get("summary", before.summary)))


def _came(agency_id: str, before: RecordTyped, typed: Typed) -> tuple[str, str]:
    presence, who = before.attended.get(agency_id, (NOT_KNOWN, ""))
    return (
        str(typed.get(f"presence-{agency_id}", presence)) or presence,
        str(typed.get(f"who-{agency_id}", who)),
    )


def keep(here: Here, now: OnScreen) -> None:
    """As typed, unchecked, mine alone."""
    draft = here.ask(FindRecordDraft(now.mine.meeting_id))
    command = SaveDraft(DRAFT_FORM, now.typed.raw, draft.id if draft else None, now.mine.meeting_id)
    here.handle(command, once=False)


def prefix(case: CaseRecord) -> str:
    """Before the names of a case's questions, so that no case shows another's answers."""
    return f"{case.case_id[:8]}-"


# -- drawing --------------------------------------------------------------------------------------


def step_modal(
    here: Here,
    now: OnScreen,
    *,
    above: Sequence[Block] = (),
    errors: Sequence[FieldError] = (),
    stays: bool = False,
) -> Modal:
    """The step as it is typed so far; `stays` leaves what stands on the screen as it is."""
    mine = now.mine if stays else replace(now.mine, revision=now.mine.revision + 1)
    now = replace(now, mine=mine)
    listed = steps(here, now.seen)
    step, last = listed[mine.step], mine.step + 1 == len(listed)
    heading = here.say(
        f"{WORDS}.step",
        title=in_modal(here.door, now.seen.line),
        step=mine.step + 1,
        of=len(listed),
    )
    found = [blocks.context(heading), *above]
    if step.agencies:
        found += _attendance(here, now, step)
    elif step.case and step.form:
        found += _case(here, now, step.case, step.form, errors)
    else:
        found += _last(here, now)
    return Modal(
        here.say("page.meeting.record"),
        (*found[: blocks.VIEW_BLOCKS - 1], blocks.buttons(_buttons(here, now))),
        callback=CALLBACK,
        submit=here.say(_submit(now.seen) if last else f"{WORDS}.next"),
        memory=mine.memory,
    )


def _submit(seen: RecordView) -> str:
    return f"{WORDS}.share" if seen.is_chair else f"{WORDS}.ask"


def _buttons(here: Here, now: OnScreen) -> list[Block]:
    def button(verb: str, name: str) -> Block:
        return blocks.button(here.say(f"{WORDS}.{name}"), verb, here.door.token(verb))

    back = [button("record_back", "back")] if now.mine.step else []
    return [*back, button("record_save", "save"), button("record_keep", "keep")]


def _named(name: str, now: OnScreen) -> str:
    return f"{name}~{now.mine.revision}"


def _attendance(here: Here, now: OnScreen, step: Step) -> list[Block]:
    names = {c.agency_id: c.agency for c in now.seen.came}
    choices = [(p, here.door.texts.label("presence", p)) for p in PRESENCES]
    found = [
        blocks.header(here.say(f"{WORDS}.came")),
        blocks.context(here.say(f"{WORDS}.came_note")),
    ]
    came = {c.agency_id: c for c in now.seen.came}
    if any(came[a].said for a in step.agencies):
        button = here.say(f"{WORDS}.as_said")
        found.append(
            blocks.buttons(
                [blocks.button(button, "record_as_said", here.door.token("record_as_said"))]
            )
        )
    for agency_id in step.agencies:
        presence, who = now.typed.attended.get(agency_id, (NOT_KNOWN, ""))
        label = here.say(f"{WORDS}.who", agency=names[agency_id])
        found += [
            blocks.input_block(
                _named(f"presence-{agency_id}", now),
                names[agency_id],
                radio(choices, presence),
                hint=announced_words(here.door.texts, came[agency_id]),
            ),
            blocks.input_block(
                _named(f"who-{agency_id}", now),
                label,
                text_input(who[:WHO_MAX], most=WHO_MAX),
                optional=True,
            ),
        ]
    return found


def _case(
    here: Here, now: OnScreen, case: CaseRecord, form: Form, errors: Sequence[FieldError]
) -> list[Block]:
    page = CardAction("", "write_record", now.mine.meeting_id)
    rows = Rows("record_row", "record_row_gone", here.door.page_of(page))
    told = sentences(errors_by_question(form, errors), here.door.texts)
    ask = form_context(
        here, rows, prefix=prefix(case), errors=told, revision=str(now.mine.revision)
    )
    heading = here.say(f"{WORDS}.case", number=case.number)
    return [
        blocks.section(heading, strong=True),
        *_before(here, case),
        *drawn(ask, form, now.typed.cases[case.case_id]),
    ]


def _before(here: Here, case: CaseRecord) -> list[Block]:
    """What the last sittings left: lead, open roles, decisions."""
    lines = [here.say(f"{WORDS}.lead", lead=case.lead)]
    lines += [
        here.say(
            f"{WORDS}.open_role", agency=r.agency, member=r.member, task=r.task, due_on=r.due_on
        )
        for r in case.open_roles
    ]
    lines += [here.say(f"{WORDS}.decided", text=d) for d in case.last_decisions]
    return [blocks.context("\n".join(lines))]


def _last(here: Here, now: OnScreen) -> list[Block]:
    """What the chats will show, as it will appear; the one sentence of it that is written here."""
    typed = now.typed
    facts = here.ask(PreviewRecord(now.mine.meeting_id, typed.attended, typed.cases, typed.summary))
    card = chat_card(here.door.texts, now.mine.meeting_id, facts)
    again = blocks.button(
        here.say(f"{WORDS}.preview_again"), "record_preview", here.door.token("record_preview")
    )
    return [
        blocks.input_block(
            _named("summary", now),
            here.say("page.meeting.field.summary"),
            text_input(typed.summary[:SUMMARY_MAX], most=SUMMARY_MAX, lines=True),
            hint=here.say(f"{WORDS}.summary_hint", max=SUMMARY_MAX),
            optional=True,
        ),
        blocks.divider(),
        blocks.section(here.say(f"{WORDS}.preview"), beside=again),
        blocks.section(card.title, strong=True),
        blocks.section(card.body),
        *blocks.facts(card.facts),
        blocks.divider(),
    ]
