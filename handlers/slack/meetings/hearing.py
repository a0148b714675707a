"""Who hears which case, in a modal: a list for each case, and below it what each would read."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from handlers.slack.door import (
    Answer,
    Here,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    Typed,
    pressed,
    submitted,
)
from handlers.slack.meetings.meeting_words import in_modal
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.pages import page_modal
from handlers.words.convening_choices import numbers_typed
from handlers.words.hearing_words import changed_words, hearing_words
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.meetings.who_hears import (
    CaseHearing,
    ChooseWhoHears,
    GetHearing,
    Hearing,
    HearingEdit,
    PreviewPutOn,
)
from workflows.model.card import CardButton

HEARS: Final = "hears."  # then the case's number
MOST_CASES: Final = 30  # beyond, a modal has no room: the page does it


def hears_typed(typed: Typed, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Case number to the agencies chosen for it, of those cases that were asked about."""
    return {n: tuple(typed[HEARS + n]) for n in numbers if HEARS + n in typed}


def what_is_read(here: Here, *, secrecy: bool) -> Block:
    key = "hearing.what_is_read_sworn" if secrecy else "hearing.what_is_read"
    return blocks.section(here.say(key))


def reading_lines(here: Here, agencies: Sequence[Hearing]) -> list[Block]:
    """What each agency would read: those of whom the same is true together."""
    groups: dict[str, list[str]] = {}
    for one in agencies:
        groups.setdefault(hearing_words(here.door.texts, one), []).append(one.agency)
    lines = [
        here.say("slack_meeting.hearing.line", agencies=names, words=words)
        for words, names in groups.items()
    ]
    return [blocks.context("\n".join(lines))] if lines else []


def asked_of(
    here: Here, number: str, agencies: Sequence[Hearing], chosen: Sequence[str]
) -> list[Block]:
    """The question whom of these a case is for, with what each would read."""
    choices = [(a.agency_id, a.agency) for a in agencies if a.may_hear]
    heading = here.say("slack_meeting.hearing.may_hear")
    drawn: list[Block] = []
    if choices:
        element = inputs.grouped_choices({heading: choices}, chosen)
        label = here.say("slack_meeting.hearing.whom", number=number)
        drawn.append(blocks.input_block(HEARS + number, label, element, optional=True))
    return [*drawn, *reading_lines(here, agencies)]


def _modal(
    here: Here, seen: MeetingView, name: str, drawn: Sequence[Block], memory: Mapping[str, str]
) -> Modal:
    return Modal(
        here.say(f"slack_meeting.hearing.{name}"),
        (
            blocks.section(in_modal(here.door, seen.line), strong=True),
            what_is_read(here, secrecy=seen.line.needs_secrecy),
            blocks.context(
                here.say("hearing.runners", organiser=seen.line.organiser, chair=seen.line.chair)
            ),
            *drawn,
        ),
        callback=name,
        submit=here.say(f"slack_meeting.button.{name}"),
        memory={"meeting": seen.line.id, **memory},
    )


# -- changed afterwards ---------------------------------------------------------------------------


@pressed("choose_hearing", opens=True)
def ask_hearing(press: Press) -> Answer:
    return _hearing(press.here, press.subject)


def _hearing(here: Here, meeting_id: str, note: str = "") -> Modal:
    cases = here.ask(GetHearing(meeting_id))
    if len(cases) > MOST_CASES:
        action = CardButton("", "open_meeting", meeting_id)
        return page_modal(here, action, "slack_meeting.hearing.page")
    drawn = [blocks.section(note, strong=True)] if note else []
    for case in cases:
        if case.may_choose:
            heard = [a.agency_id for a in case.agencies if a.hears]
            drawn += asked_of(here, case.number, case.agencies, heard)
        else:
            drawn.append(blocks.context(f"{case.number}　{here.say('invite.restricted')}"))
    memory = {"as": _fingerprint(cases)}
    return _modal(here, here.ask(GetMeeting(meeting_id)), "choose_hearing", drawn, memory)


def _fingerprint(cases: Sequence[CaseHearing]) -> str:
    """What a window showed: one that is old takes back nothing that others chose meanwhile."""
    shown = [(c.number, sorted(a.agency_id for a in c.agencies if a.hears)) for c in cases]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


@submitted("choose_hearing")
def choose_hearing(submission: Submission) -> Answer:
    here, meeting_id = submission.here, submission.memory["meeting"]
    cases = here.ask(GetHearing(meeting_id))
    if _fingerprint(cases) != submission.memory["as"]:
        return _hearing(here, meeting_id, here.say("slack_meeting.hearing.changed"))
    chosen = hears_typed(submission.typed, [c.number for c in cases if c.may_choose])
    changes = []
    for case in cases:
        if case.number in chosen:
            before = [a.agency_id for a in case.agencies if a.hears]
            changes.append(HearingEdit.between(case.number, before, chosen[case.number]))
    done = here.handle(ChooseWhoHears(meeting_id, tuple(changes)))
    return PrivateSentence(here.say("hearing.saved", change=changed_words(here.door.texts, done)))


# -- joining a sitting ----------------------------------------------------------------------------


def join_modal(here: Here, meeting_id: str, numbers: Sequence[str], reason: str) -> Modal:
    """Before cases come to a planned sitting: who of those invited hears each of them."""
    drawn: list[Block] = []
    for case in here.ask(PreviewPutOn(meeting_id, tuple(numbers))):
        proposed = [a.agency_id for a in case.agencies if a.hears]
        drawn += asked_of(here, case.number, case.agencies, proposed)
    memory = {"cases": "、".join(numbers), "basis_reason": reason}
    return _modal(here, here.ask(GetMeeting(meeting_id)), "join_sitting", drawn, memory)


@submitted("join_sitting")
def join_sitting(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    numbers = numbers_typed(memory["cases"])
    chosen = hears_typed(submission.typed, numbers)
    here.handle(PutOnAgenda(memory["meeting"], numbers, memory["basis_reason"], chosen))
    return PrivateSentence(here.say("page.meeting.put_on", number="、".join(numbers)))
