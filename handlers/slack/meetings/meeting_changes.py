"""What changes a meeting in a modal: further dates, moving, cancelling, who is invited."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.slack.door import (
    Answer,
    FieldErrors,
    Here,
    Modal,
    Press,
    PrivateSentence,
    Submission,
    Typed,
    pressed,
    submitted,
)
from handlers.slack.meetings.dates_typed import OWN, date_blocks, question, rows_typed
from handlers.slack.meetings.hearing import what_is_read
from handlers.slack.meetings.meeting_words import in_modal
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.reading import pieces
from handlers.words.hearing_words import changed_words, hearing_words, invited_facts
from workflows.core.errors import Invalid, NotAllowed
from workflows.core.permissions import Action
from workflows.directory.people import GetOptions
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import PLACE_MAX, CancelMeeting, MoveMeeting
from workflows.meetings.propose_dates import ProposeDates
from workflows.meetings.run import AddDates, InviteAgency, ReopenAnswers, UninviteAgency
from workflows.meetings.slots import CONFIRMED, DEFAULT_MINUTES, asked_about
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.meetings.who_hears import CaseHearing, GetHearing
from workflows.model.meeting import MeetingState

REASON_MAX = 300
DEFAULT_LENGTH = timedelta(minutes=DEFAULT_MINUTES)


def _run_by(here: Here, meeting_id: str) -> MeetingView:
    seen = here.ask(GetMeeting(meeting_id))
    if not seen.may_run:
        raise NotAllowed(f"denied.{Action.RUN_MEETING}")
    return seen


def _modal(
    here: Here,
    seen: MeetingView,
    name: str,
    drawn: list[Block],
    submit: str,
    *,
    note: str = "",
    confirmed: str = "",
) -> Modal:
    """`note` asks about unusual dates; pressing once more confirms those of `confirmed`."""
    top = [blocks.section(note, strong=True)] if note else []
    heading = blocks.section(in_modal(here.door, seen.line), strong=True)
    return Modal(
        here.say(f"page.meeting.{name}"),
        (*top, heading, *drawn),
        callback=f"meeting_{name}",
        submit=here.say(f"slack_meeting.button.{submit}"),
        memory={"meeting": seen.line.id, CONFIRMED: confirmed},
    )


def _answer_by(here: Here, value: str, hint: str) -> Block:
    return blocks.input_block(
        "answer_by",
        here.say("page.meeting.field.answer_by"),
        inputs.text_input(value, most=40, example=here.say("slack_meeting.dates.day_example")),
        hint=here.say(f"slack_meeting.dates.{hint}"),
        optional=True,
    )


# -- further dates --------------------------------------------------------------------------------


@pressed("add_dates", opens=True)
def ask_dates(press: Press) -> Answer:
    return _dates_modal(press.here, press.subject, {})


def _dates_modal(
    here: Here, meeting_id: str, typed: Typed, *, note: str = "", confirmed: str = ""
) -> Modal:
    """Proposals to tick and lines of one's own, with what was `typed` already."""
    seen = _run_by(here, meeting_id)
    offered = {d.starts_at for d in seen.dates}
    required = tuple(a.id for a in seen.agencies if a.required)
    length = next((d.ends_at - d.starts_at for d in seen.dates), DEFAULT_LENGTH)
    minutes = int(length.total_seconds()) // 60
    try:
        asked = [here.ask(ProposeDates(required, "", minutes, again=n)) for n in range(4)]
    except NotAllowed:
        asked = []  # whoever may run a meeting need not be one who convenes: dates are typed
    proposed = [s for one in asked for s in one.slots if s not in offered][: blocks.FEW]
    ticked = rows_typed(typed).ticked
    every = list(dict.fromkeys([*ticked, *proposed]))
    drawn = [
        *date_blocks(here, every, ticked, str(typed.get(OWN, ""))),
        _answer_by(here, str(typed.get("answer_by", "")), "answer_by_kept"),
    ]
    return _modal(here, seen, "dates", drawn, "add_dates", note=note, confirmed=confirmed)


@submitted("meeting_dates")
def add_dates(submission: Submission) -> Answer:
    here, typed = submission.here, submission.typed
    dates = rows_typed(typed)
    if not dates.rows:
        return FieldErrors({OWN: here.say("slot.none")})
    meeting_id, before = submission.memory["meeting"], submission.memory.get(CONFIRMED, "")
    command = AddDates(meeting_id, dates.rows, str(typed.get("answer_by", "")), before)
    try:
        count = here.handle(command)
    except Invalid as wrong:
        if note := question(here, wrong.errors, "slack_meeting.button.add_dates"):
            confirmed = asked_about(wrong.errors)
            return _dates_modal(here, meeting_id, typed, note=note, confirmed=confirmed)
        return FieldErrors(dates.errors(wrong.errors, here.door))
    return PrivateSentence(here.say("page.meeting.dates_added", count=count))


@pressed("reopen_answers", opens=True)
def ask_reopen(press: Press) -> Answer:
    seen = _run_by(press.here, press.subject)
    return _modal(
        press.here, seen, "reopen", [_answer_by(press.here, "", "answer_by_new")], "reopen_answers"
    )


@submitted("meeting_reopen")
def reopen(submission: Submission) -> Answer:
    here, meeting_id = submission.here, submission.memory["meeting"]
    here.handle(ReopenAnswers(meeting_id, str(submission.typed.get("answer_by", ""))))
    line = here.ask(GetMeeting(meeting_id)).line
    return PrivateSentence(here.say("page.meeting.reopened", answer_by=line.answer_by))


# -- another time, or not at all ------------------------------------------------------------------


@pressed("move_meeting", opens=True)
def ask_move(press: Press) -> Answer:
    here = press.here
    seen = _run_by(here, press.subject)
    if not seen.line.starts_at:
        return PrivateSentence(here.say("move.not_fixed"))
    now = {
        "slots.0.day": show_date(seen.line.starts_at.date()),
        "slots.0.starts": f"{seen.line.starts_at:%H:%M}",
        "place": seen.line.place,
    }
    return _move_modal(here, seen, now)


def _move_modal(
    here: Here, seen: MeetingView, typed: Typed, *, note: str = "", confirmed: str = ""
) -> Modal:
    drawn = [
        blocks.input_block(
            name,
            here.say(f"page.meeting.field.{words}"),
            inputs.text_input(
                str(typed.get(name, "")), most=most, lines=name == "reason", example=example
            ),
            hint=here.say("slack_meeting.change.reason_hint") if name == "reason" else "",
            optional=name == "place",
        )
        for name, words, most, example in (
            ("slots.0.day", "day", 40, here.say("slack_meeting.dates.day_example")),
            ("slots.0.starts", "starts", 20, here.say("slack_meeting.dates.time_example")),
            ("place", "place", PLACE_MAX, ""),
            ("reason", "reason", REASON_MAX, ""),
        )
    ]
    return _modal(here, seen, "move", drawn, "move_meeting", note=note, confirmed=confirmed)


@submitted("meeting_move")
def move(submission: Submission) -> Answer:
    here, meeting_id = submission.here, submission.memory["meeting"]
    names = ("slots.0.day", "slots.0.starts", "reason", "place")
    day, starts, reason, place = (str(submission.typed.get(name, "")) for name in names)
    confirmed = submission.memory.get(CONFIRMED, "")
    try:
        told = here.handle(MoveMeeting(meeting_id, day, starts, reason, place, confirmed))
    except Invalid as wrong:
        note = question(here, wrong.errors, "slack_meeting.button.move_meeting")
        if not note:
            raise Invalid([e for e in wrong.errors if e.field != CONFIRMED]) from None
        seen, asked = _run_by(here, meeting_id), asked_about(wrong.errors)
        return _move_modal(here, seen, submission.typed, note=note, confirmed=asked)
    at = here.ask(GetMeeting(meeting_id)).line.starts_at
    return PrivateSentence(here.say("page.meeting.moved", at=at, agencies=told))


@pressed("cancel_meeting", opens=True)
def ask_cancel(press: Press) -> Answer:
    here = press.here
    seen = _run_by(here, press.subject)
    reason = blocks.input_block(
        "reason",
        here.say("page.meeting.field.reason"),
        inputs.text_input(most=REASON_MAX, lines=True),
        hint=here.say("slack_meeting.change.reason_hint"),
    )
    return _modal(here, seen, "cancel", [reason], "cancel_meeting")


@submitted("meeting_cancel")
def cancel(submission: Submission) -> Answer:
    here = submission.here
    reason = str(submission.typed.get("reason", ""))
    told = here.handle(CancelMeeting(submission.memory["meeting"], reason))
    return PrivateSentence(here.say("page.meeting.cancelled", agencies=told))


# -- who is invited -------------------------------------------------------------------------------


@pressed("change_agencies", opens=True)
def ask_agencies(press: Press) -> Answer:
    here, door = press.here, press.here.door
    seen = _run_by(here, press.subject)
    invited = [
        (a.id, here.say("slack_meeting.run.name", name=a.name, required=a.required))
        for a in seen.agencies
    ]
    groups = {here.say("slack_meeting.change.invited"): invited}
    ours = {a.id for a in seen.agencies}
    for value, label, kind in here.ask(GetOptions()).agencies:
        if value not in ours:
            groups.setdefault(door.texts.label("agency_kind", kind), []).append((value, label))
    drawn = [
        blocks.input_block(
            "agency", here.say("page.meeting.field.agency"), inputs.grouped_select(groups)
        ),
        blocks.input_block(
            "do",
            here.say("slack_meeting.change.how"),
            inputs.radio(
                [
                    (do, here.say(f"slack_meeting.change.{do}"))
                    for do in ("required", "optional", "uninvite")
                ]
            ),
        ),
    ]
    return _modal(here, seen, "agencies", _date_stands(here, seen) + drawn, "change_agencies")


def _date_stands(here: Here, seen: MeetingView) -> list[Block]:
    """That who is invited now is asked whether it comes, once the date is fixed."""
    if seen.line.state is not MeetingState.FIXED:
        return []
    return [blocks.context(here.say("page.meeting.date_stands", at=seen.line.starts_at))]


@submitted("meeting_agencies")
def change_agencies(submission: Submission) -> Answer:
    here, meeting_id = submission.here, submission.memory["meeting"]
    chosen, do = str(submission.typed.get("agency", "")), str(submission.typed.get("do", ""))
    before = {a.id: a.name for a in _run_by(here, meeting_id).agencies}
    known = before | {value: label for value, label, _ in here.ask(GetOptions()).agencies}
    name = known.get(chosen, "")
    if do == "uninvite":
        if chosen not in before:
            return FieldErrors({"agency": here.say("slack_meeting.change.not_invited")})
        ended = here.handle(UninviteAgency(meeting_id, chosen))
        words = changed_words(here.door.texts, ended)
        return PrivateSentence(here.say("page.meeting.uninvited", agency=name, change=words))
    required = do == "required"
    if chosen not in before and name and (cases := here.ask(GetHearing(meeting_id, chosen))):
        return _to_hear(here, meeting_id, chosen, name, required=required, cases=cases)
    here.handle(InviteAgency(meeting_id, chosen, required))
    key = "need_changed" if chosen in before else "invited"
    facts = invited_facts(_run_by(here, meeting_id), chosen, required=required)
    return PrivateSentence(here.say(f"page.meeting.{key}", **facts))


def _to_hear(
    here: Here,
    meeting_id: str,
    agency_id: str,
    name: str,
    *,
    required: bool,
    cases: Sequence[CaseHearing],
) -> Modal:
    """Before an agency is invited: which cases it is to hear, and what it would read of each."""
    seen = _run_by(here, meeting_id)
    words = {c.number: hearing_words(here.door.texts, c.agencies[0]) for c in cases}
    heard = [c.number for c in cases if len(cases) == 1 or c.agencies[0].concerned]
    choices = {here.say("slack_meeting.hearing.cases"): [(n, n) for n in words]}
    label = here.say("slack_meeting.hearing.which", agency=name)
    told = [
        here.say("slack_meeting.hearing.case_line", number=number, words=said)
        for number, said in words.items()
    ]
    drawn = (
        blocks.section(in_modal(here.door, seen.line), strong=True),
        *_date_stands(here, seen),
        what_is_read(here, secrecy=seen.line.needs_secrecy),
        blocks.input_block("agency", label, inputs.grouped_choices(choices, heard), optional=True),
        *(blocks.context(piece) for piece in pieces("\n".join(told))),
    )
    return Modal(
        here.say("slack_meeting.hearing.invite_to_hear"),
        drawn,
        callback="invite_to_hear",
        submit=here.say("slack_meeting.button.invite_to_hear"),
        memory={
            "meeting": meeting_id,
            "invited": agency_id,
            "name": name,
            "required": "1" if required else "",
        },
    )


@submitted("invite_to_hear")
def invite_to_hear(submission: Submission) -> Answer:
    here, memory = submission.here, submission.memory
    numbers = tuple(submission.typed.get("agency", ()))
    required = bool(memory["required"])
    here.handle(InviteAgency(memory["meeting"], memory["invited"], required, numbers))
    facts = invited_facts(_run_by(here, memory["meeting"]), memory["invited"], required=required)
    return PrivateSentence(here.say("page.meeting.invited", **facts))
