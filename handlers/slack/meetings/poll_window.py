"""日程を答える in a modal: a comment to one date, or all dates at once, for one's own agency or for
another that said it on the telephone."""

from collections.abc import Mapping

from handlers.chat.meeting_answers import SYMBOLS, find_slot
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
from handlers.slack.meetings.meeting_words import heard_question, in_modal, symbol
from handlers.slack.meetings.poll import poll_state
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.words import filters
from handlers.words.best_reason import off_hours_mark
from workflows.meetings.answer import COMMENT_MAX, NAME_MAX, AnswerDates, AnswerSlot
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.model.meeting import Slot


@pressed("slot_comment", opens=True)
def ask_comment(press: Press) -> Answer:
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    slot = find_slot(asked.dates, press.item)
    if not asked.open:
        return PrivateSentence(poll_state(here.door, asked))
    code, comment = asked.answers.get(slot.id, ("", ""))
    return Modal(
        here.say("slack_meeting.poll.comment_title"),
        (
            blocks.section(filters.moment(slot.starts_at), strong=True),
            *_questions(here, slot, code, comment),
        ),
        callback="slot_comment",
        submit=here.say("slack_meeting.button.save"),
        memory={"meeting": press.subject, "slot": slot.id},
    )


@submitted("slot_comment")
def save_comment(submission: Submission) -> Answer:
    here, typed = submission.here, submission.typed
    slot_id = submission.memory["slot"]
    asked = here.ask(GetAskedDates(submission.memory["meeting"]))
    comment = typed.get(f"comment.{slot_id}")
    here.handle(
        AnswerSlot(
            asked.line.id,
            asked.agency_id,
            slot_id,
            str(typed.get(f"answer.{slot_id}", "")),
            comment if isinstance(comment, str) else None,
            said_at=here.said_at,
        )
    )
    return PrivateSentence(here.say("slack_meeting.poll.saved"))


# -- all dates at once ----------------------------------------------------------------------------


@pressed("answer_dates", opens=True)
def ask_dates(press: Press) -> Answer:
    """`item` is the agency for which it is answered, if not one's own."""
    return dates_modal(press.here, press.subject, press.item)


@pressed("answer_for", opens=True)
def ask_dates_for(press: Press) -> Answer:
    """The organiser enters what the chosen agency said on the telephone."""
    return dates_modal(press.here, press.subject, press.chosen[0] if press.chosen else "")


def dates_modal(here: Here, meeting_id: str, agency_id: str) -> Answer:
    asked = here.ask(GetAskedDates(meeting_id, agency_id))
    if not asked.open:
        return PrivateSentence(poll_state(here.door, asked))
    return _all_dates(here, asked, asked.answers, who=asked.who, heard_by=asked.heard_by)


def _all_dates(
    here: Here,
    asked: AskedDates,
    answers: Mapping[str, tuple[str, str]],
    *,
    who: str,
    heard_by: str,
    note: str = "",
) -> Modal:
    drawn = [blocks.section(note, strong=True)] if note else []
    drawn.append(blocks.section(in_modal(here.door, asked.line), strong=True))
    drawn.append(blocks.section(here.say("slack_meeting.poll.all", dates=len(asked.dates))))
    if asked.for_another:
        drawn.append(
            blocks.section(here.say("slack_meeting.poll.for_another", agency=asked.agency_name))
        )
    for slot in asked.dates:
        when = filters.moment(slot.starts_at)
        when += off_hours_mark(here.door.texts, asked.off_hours.get(slot.id, ""))
        drawn += _questions(here, slot, *answers.get(slot.id, ("", "")), when=when)
    if here.door.slack.personal_data:
        drawn.append(
            blocks.input_block(
                "who",
                here.say("page.meeting.field.who"),
                inputs.text_input(who, most=NAME_MAX),
                hint=here.say("slack_meeting.poll.who_hint"),
                optional=True,
            )
        )
    if asked.for_another:
        drawn.append(heard_question(here.door, heard_by))
    return Modal(
        here.say("page.meeting.answer"),
        tuple(drawn),
        callback="answer_dates",
        submit=here.say("slack_meeting.button.save"),
        memory={"meeting": asked.line.id, "agency": asked.agency_id},
    )


def _questions(here: Here, slot: Slot, code: str, comment: str, *, when: str = "") -> list[Block]:
    """○△× for one date, and a comment; where nothing personal is written in Slack, none.

    `when` names the date where it stands among others.
    """
    choices = [(one, symbol(here.door, one)) for one in SYMBOLS]
    label = when or here.say("slack_meeting.poll.answer")
    found = [blocks.input_block(f"answer.{slot.id}", label, inputs.radio(choices, code))]
    if here.door.slack.personal_data:
        words = here.say("slack_meeting.poll.comment_on", when=filters.short(slot.starts_at))
        found.append(
            blocks.input_block(
                f"comment.{slot.id}",
                words,
                inputs.text_input(comment, most=COMMENT_MAX),
                hint="" if when else here.say("slack_meeting.poll.comment_hint"),
                optional=True,
            )
        )
    return found


@submitted("answer_dates")
def save_dates(submission: Submission) -> Answer:
    here, typed = submission.here, submission.typed
    meeting_id, agency_id = submission.memory["meeting"], submission.memory["agency"]
    asked = here.ask(GetAskedDates(meeting_id, agency_id))
    answers = {
        slot.id: (
            str(typed.get(f"answer.{slot.id}", asked.answers.get(slot.id, ("", ""))[0])),
            str(typed.get(f"comment.{slot.id}", asked.answers.get(slot.id, ("", ""))[1])),
        )
        for slot in asked.dates
    }
    who = str(typed.get("who", asked.who))
    heard_by = str(typed.get("heard_by") or "")
    if asked.open and any(f"answer.{slot.id}" not in typed for slot in asked.dates):
        # Dates were added while the modal stood open: they are asked for too.
        note = here.say("slack_meeting.poll.new_dates")
        return _all_dates(here, asked, answers, who=who, heard_by=heard_by, note=note)
    here.handle(
        AnswerDates(
            meeting_id,
            agency_id,
            {slot_id: code for slot_id, (code, _) in answers.items()},
            {slot_id: comment for slot_id, (_, comment) in answers.items()},
            who,
            heard_by,
            said_at=here.said_at,
        )
    )
    return PrivateSentence(here.say("slack_meeting.poll.saved"))
