"""この日に決める: a date with what speaks for and against it, and a reason where one is needed."""

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
from handlers.slack.meetings.answers_seen import standing
from handlers.slack.meetings.meeting_words import in_modal, span
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.modals import NAMED
from handlers.words.best_reason import against, best_reason, confirmed_by
from workflows.core.errors import Invalid, NotAllowed
from workflows.core.permissions import Action
from workflows.meetings.fix_date import FixDate
from workflows.meetings.views import DateView, GetMeeting, MeetingView
from workflows.model.meeting import MeetingState

REASON_MAX = 300


@pressed("fix_date", opens=True)
def ask_fix(press: Press) -> Answer:
    """`item` is the date to begin with; without one it is the best, or the first to come."""
    return fix_modal(press.here, press.subject, press.item)


@pressed("fix_slot", opens=True)
def choose_slot(press: Press) -> Answer:
    return fix_modal(press.here, press.subject, press.chosen[0] if press.chosen else "")


def fix_modal(here: Here, meeting_id: str, slot_id: str, note: str = "") -> Answer:
    seen = here.ask(GetMeeting(meeting_id))
    if not seen.may_run:
        raise NotAllowed(f"denied.{Action.RUN_MEETING}")
    refused = _too_late(here, seen)
    if refused:
        return PrivateSentence(refused)
    ahead = [d for d in seen.dates if not d.past]
    if not ahead:
        return PrivateSentence(here.say("slack_meeting.fix.no_date"))
    date = next((d for d in ahead if d.id == slot_id), seen.best or ahead[0])
    door = here.door
    drawn = [blocks.section(note, strong=True)] if note else []
    drawn.append(blocks.section(in_modal(door, seen.line), strong=True))
    choices = [(d.id, standing(door, seen, d)) for d in ahead]
    element = inputs.select(choices, date.id) | {
        "action_id": NAMED + door.token("fix_slot", meeting_id)
    }
    drawn.append(blocks.section(here.say("slack_meeting.fix.choose"), beside=element))
    drawn += _about(here, date)
    if date.needs_reason or note:
        drawn.append(
            blocks.input_block(
                "reason",
                here.say("page.meeting.field.reason"),
                inputs.text_input(most=REASON_MAX, lines=True),
                hint=here.say("slack_meeting.fix.reason_hint"),
            )
        )
    return Modal(
        here.say("page.meeting.fix"),
        tuple(drawn),
        callback="fix_date",
        submit=here.say("slack_meeting.button.fix"),
        memory={"meeting": meeting_id, "slot": date.id, "confirmed": confirmed_by(date)},
    )


def _too_late(here: Here, seen: MeetingView) -> str:
    match seen.line.state:
        case MeetingState.COLLECTING | MeetingState.ANSWERS_CLOSED:
            return ""
        case MeetingState.FIXED:
            return here.say("fix.already", at=seen.line.starts_at)
        case MeetingState.RECORDED:
            return here.say("slack_meeting.over")
        case MeetingState.CANCELLED:
            return here.say("slack_meeting.cancelled")


def _about(here: Here, date: DateView) -> list[Block]:
    texts = here.door.texts
    told = [span(here.door, date.starts_at, date.ends_at), best_reason(texts, date)]
    return [blocks.section("\n".join([*told, *against(texts, date)]))]


@submitted("fix_date")
def fix(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    reason = submission.typed.get("reason")
    try:
        confirmed = memory.get("confirmed", "")
        command = FixDate(memory["meeting"], memory["slot"], str(reason or ""), confirmed)
        told = here.handle(command)
    except Invalid as wrong:
        if reason is not None:
            raise
        # What speaks against the date came up after the modal was opened: now a reason is asked.
        note = "".join(here.say(e.key, **e.facts) for e in wrong.errors)
        return fix_modal(here, memory["meeting"], memory["slot"], note)
    at = here.ask(GetMeeting(memory["meeting"])).line.starts_at
    return PrivateSentence(here.say("page.meeting.fixed", at=at, agencies=told))
