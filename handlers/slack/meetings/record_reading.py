"""会議記録 read in Slack; by the chair also confirmed, or handed back to its writer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from handlers.slack.door import (
    PRESSED,
    Answer,
    Here,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.meetings.meeting_words import in_modal, span
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.pages import page_modal
from handlers.slack.ui.reading import answered, in_pages
from handlers.words.form_words import AnsweredSection, in_words
from handlers.words.record_draft import SAID_BLANK, chat_card
from workflows.directory.people import GetOptions
from workflows.meetings.record import ConfirmRecord
from workflows.meetings.record_views import GetRecord, RecordView, WriteRecord
from workflows.meetings.send_back import SendBackRecord
from workflows.meetings.views import GetMeeting
from workflows.model.card import CardButton as CardAction

WORDS: Final = "slack_desk.record"


@pressed("read_record", opens=True)
def read(press: Press) -> Answer:
    """`item` is the page, from 0. The secrecy duty comes first."""
    here, meeting_id = press.here, press.subject
    if first := _not_yet(press):
        return first
    return read_modal(here, meeting_id, int(press.item or 0))


def _not_yet(press: Press) -> Answer:
    """What has to be done before anything is read; nothing when all is done."""
    here, meeting_id = press.here, press.subject
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "read_record", meeting_id))
    if here.ask(GetMeeting(meeting_id)).must_confirm_secrecy:
        return PRESSED["secrecy"](replace(press, verb="secrecy", item=press.verb))
    return None


def read_modal(here: Here, meeting_id: str, number: int = 0) -> Modal:
    """The whole record, each case to those who attend for it. Raises NotAllowed."""
    seen = here.ask(GetRecord(meeting_id))
    found = whole_record(here, seen) if seen.confirmed_at else [_not_there(here, seen)]
    return _paged(here, seen, found, number)


def _not_there(here: Here, seen: RecordView) -> Block:
    key = "not_confirmed" if seen.begun else "not_begun"
    return blocks.section(here.say(f"{WORDS}.{key}"))


def _paged(here: Here, seen: RecordView, found: Sequence[Block], number: int) -> Modal:
    pages = in_pages(found)
    number = min(number, len(pages) - 1)
    drawn = list(pages[number])
    turns = [
        blocks.button(
            here.say(f"{WORDS}.{name}"),
            f"read_record.{to}",
            here.door.token("read_record", seen.line.id, str(to)),
        )
        for name, to in (("page_before", number - 1), ("page_after", number + 1))
        if 0 <= to < len(pages)
    ]
    return Modal(
        here.say("page.meeting.record"), (*drawn, *([blocks.buttons(turns)] if turns else []))
    )


def whole_record(here: Here, seen: RecordView) -> list[Block]:
    """When and where, who came, each case, and what the chats show."""
    line, say = seen.line, here.say
    found = [blocks.section(in_modal(here.door, line), strong=True)]
    pairs = [
        (say("slack_meeting.fact.place"), line.place),
        (say("slack_meeting.fact.chair"), line.chair),
        (say(f"{WORDS}.writer"), seen.writer),
        (say(f"{WORDS}.corrected"), "、".join(who for who, _ in seen.corrected)),
        (say(f"{WORDS}.confirmed"), _confirmed(here, seen)),
    ]
    if line.starts_at and line.ends_at:
        when = span(here.door, line.starts_at, line.ends_at)
        pairs.insert(0, (say("slack_meeting.fact.when"), when))
    found += blocks.facts([(heading, value) for heading, value in pairs if value])
    came = [
        say(
            f"{WORDS}.came_line",
            agency=c.agency,
            presence=here.door.texts.label("presence", c.presence),
            who=c.who,
        )
        for c in seen.came
    ]
    found += [blocks.header(say(f"{WORDS}.came")), blocks.section("\n".join(came))]
    for case in seen.cases:
        found += [blocks.divider(), blocks.section(case.number, strong=True)]
        parts = answered(answers(here, seen, case.case_id))
        found += parts or [blocks.section(say(f"{WORDS}.nothing"))]
    if seen.hidden:
        found.append(blocks.context(say(f"{WORDS}.hidden", count=seen.hidden)))
    return [*found, *as_it_leaves(here, seen)]


def _confirmed(here: Here, seen: RecordView) -> str:
    if seen.confirmed_at is None:
        return ""
    return here.say(f"{WORDS}.confirmed_by", at=seen.confirmed_at, by=seen.confirmed_by)


def answers(here: Here, seen: RecordView, case_id: str) -> list[AnsweredSection]:
    """What is written on one case, in words."""
    found = here.ask(GetOptions())
    names = {value: name for value, name, _ in (*found.agencies, *found.members)}
    case = next(c for c in seen.cases if c.case_id == case_id)
    return in_words(here.door.forms.form("record"), case.values, names, here.door.texts, SAID_BLANK)


def as_it_leaves(here: Here, seen: RecordView) -> list[Block]:
    """The card that the chats get of it."""
    card = chat_card(here.door.texts, seen.line.id, seen.summary)
    return [
        blocks.divider(),
        blocks.section(here.say(f"{WORDS}.preview")),
        blocks.section(card.title, strong=True),
        blocks.section(card.body),
        *blocks.facts(card.facts),
    ]


# -- the chair ------------------------------------------------------------------------------------


@pressed("confirm_record", opens=True)
def confirm(press: Press) -> Answer:
    """What was written, to be shared, changed, or handed back."""
    here, meeting_id = press.here, press.subject
    if first := _not_yet(press):
        return first
    meeting = here.ask(GetMeeting(meeting_id))
    if meeting.record_state != "asked" or not meeting.may_write:
        return PRESSED["write_record"](replace(press, verb="write_record", item=""))
    seen = here.ask(WriteRecord(meeting_id))
    if not seen.is_chair:
        return PRESSED["write_record"](replace(press, verb="write_record", item=""))
    seen = here.ask(WriteRecord(meeting_id, drawn=True))
    made = [
        blocks.button(here.say(f"{WORDS}.{name}"), verb, here.door.token(verb, meeting_id, item))
        for verb, name, item in (
            ("write_record", "change", ""),
            ("send_back_record", "send_back", str(seen.version)),
        )
    ]
    drawn, *rest = in_pages(whole_record(here, seen))
    if rest:
        drawn.append(blocks.context(here.say(f"{WORDS}.longer")))
    return Modal(
        here.say(f"{WORDS}.confirm_title"),
        (*drawn, blocks.divider(), blocks.buttons(made)),
        callback="confirm_record",
        submit=here.say(f"{WORDS}.share"),
        memory={"m": meeting_id, "v": str(seen.version)},
    )


@submitted("confirm_record")
def confirmed(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    roles = here.handle(ConfirmRecord(memory["m"], int(memory["v"])))
    return PrivateSentence(here.say("page.meeting.record_shared", roles=roles))


@pressed("send_back_record")
def send_back(press: Press) -> Answer:
    press.here.handle(SendBackRecord(press.subject, int(press.item)))
    return PrivateSentence(press.here.say(f"{WORDS}.sent_back"))
